/* Who is up: this node's view of the members.
 *
 * A member is in the view when it is heard and says that it hears this node, so a link cut one way
 * takes both its ends out of each other's views. Whoever gets a JOIN joins too, so naming one node
 * of the cluster to join the others is enough. */
#ifndef NODE_MEMBERSHIP_H
#define NODE_MEMBERSHIP_H

#include "node/state.h"

/* ERROR_MEMORY: nothing to close. */
enum error member_init(struct node *node);
void member_close(struct node *node);

/* The node starts: its first view, and the way back to the members if it was one. */
void member_start(struct node *node);

/* The VIEW record of the view as it is. */
void member_record_view(struct node *node);

/* Joins all nodes it knows. */
void member_connect(struct node *node);

/* Tells the members that this node goes. */
void member_leave(struct node *node);

/* Whether the message is of an earlier incarnation of its sender. */
bool member_is_stale(const struct node *node, const struct message *message);

/* Takes note of the sender of any message that is not stale, and of what JOIN, HEARTBEAT and LEAVE
 * say. */
void member_hear(struct node *node, const struct message *message);

/* The runner saw the connection to this incarnation of the peer break, or the peer come back. */
void member_lost(struct node *node, node_id peer, uint32_t incarnation);
void member_found(struct node *node, node_id peer);

/* Whether there is a way to the peer, as far as is known. */
bool member_reaches(const struct node *node, node_id peer);

/* Heartbeats and suspicions that are due at node.now_ns. */
void member_run_due(struct node *node);

#endif
