/* Which nodes are up: this node's view of the members.
 *
 * A member is in the view while its messages come and it says that this node's come to it, so a
 * link cut one way takes both its ends out of each other's views.
 *
 * A node that joins has an empty view: it owns nothing. It asks all others. A member answers with
 * its view, and that is the node's from then on. Where all others join too, or are silent for
 * `suspect`, those that join form a view among themselves; where nobody answers, the node is alone.
 * Whoever gets a JOIN and is alone joins too, so connecting one node of the cluster is enough.
 *
 * A node that leaves says so until all that hear it have acknowledged. Its peers take it out of
 * their views at once; what they have asked it stays asked. */
#ifndef NODE_MEMBERSHIP_H
#define NODE_MEMBERSHIP_H

#include "base/number.h"
#include "node/state.h"

/* ERROR_MEMORY: nothing to close. */
enum error member_init(struct node *node);
void member_close(struct node *node);

/* The node's start: records its first view, or joins if config.joined. */
void member_start(struct node *node);

/* Begins to join, if the node is alone. A member asks the silent nodes to join. Nothing if
 * membership is static, or the node joins or leaves. */
void member_connect(struct node *node);

/* The node is leaving from now on: tells every node, if this one was more than alone, and takes
 * itself out of its view, if there are others in it: what its clients ask goes to them. */
void member_leave(struct node *node);

/* Whether this node may go: all that heard it know that it leaves, or it has waited for long. */
bool member_may_go(const struct node *node);

/* Takes note of the sender of a message that is not stale, and acts on those of membership.
 * Requests may end by this, or be tried again. */
void member_hear(struct node *node, const struct message *message);

/* The peer has refused a request since it is leaving: takes it out of the view. What else it was
 * asked stays asked. */
void member_refused(struct node *node, node_id peer);

/* The host reports that the connection to this incarnation of the peer broke, or that this one can
 * be reached again. What a lost one was asked is lost, and what one before that was. */
void member_lost(struct node *node, node_id peer, uint32_t incarnation);
void member_found(struct node *node, node_id peer, uint32_t incarnation);

/* Carries out heartbeats and suspicions that are due at node->now_ns. Not if membership is
 * static. */
void member_run_due(struct node *node);

/* The node stood still until now (Dadgar, Phillips, Currey, "Lifeguard", arXiv:1707.00788): what it
 * did not hear in that time says nothing of the others. */
void member_paused(struct node *node);

/* When member_run_due is to run; TIME_NEVER: not at all. */
static inline int64_t member_wake_ns(const struct node *node)
{
    int64_t wake_ns = node->heartbeat_ns;
    if (node->suspicion_ns != TIME_NEVER)
        wake_ns = min_i64(wake_ns, node->suspicion_ns + node->paused_ns);
    if (node->awaited && node->now_ns < node->leave_ns)
        wake_ns = min_i64(wake_ns, node->leave_ns);
    return wake_ns;
}

/* Records the view as it is. for_ns, if not 0: nobody has let the node join for so long. */
void member_record_view(struct node *node, int64_t for_ns);

/* ---- membership_send.c --------------------------------------------------------------------- */

/* Sends the peer, or all of them, a message that carries nothing: JOIN, LEAVE or LEAVE_ACK. */
void member_send(struct node *node, node_id peer, enum message_kind kind);
void member_broadcast(struct node *node, enum message_kind kind);
void member_send_heartbeat(struct node *node, node_id peer);

/* `asks`: 0 or WELCOME_ASKS. Where there is no memory for it the peer asks again. */
void member_send_welcome(struct node *node, node_id peer, uint8_t asks);

/* Sends each peer what is due with a heartbeat. */
void member_beat(struct node *node);

/* ---- for joining.c ------------------------------------------------------------------------- */

/* Adds the sender of a WELCOME and its view, without a record. Who is new here counts as heard
 * now. */
void member_add_all(struct node *node, const struct message *welcome);

/* A silence that began at ran_ns, in the time in which the node ran, is looked at in time. */
void member_suspect_from(struct node *node, int64_t ran_ns);

/* Whether the peer is there, and not going. */
static inline bool member_takes_part(const struct member *known)
{
    return known->heard && !known->left;
}

#endif
