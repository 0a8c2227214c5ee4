/* Which nodes are up: this node's view of the members.
 *
 * A member is in the view while its messages come and it says that this node's come to it, so a
 * link cut one way takes both its ends out of each other's views. Whoever gets a JOIN joins too, so
 * connecting one node of the cluster is enough. */
#ifndef NODE_MEMBERSHIP_H
#define NODE_MEMBERSHIP_H

#include "node/state.h"

/* ERROR_MEMORY: nothing to close. */
enum error member_init(struct node *node);
void member_close(struct node *node);

/* The node's start: records its first view, and joins if config.joined. */
void member_start(struct node *node);

/* Records the view as it is. */
void member_record_view(struct node *node);

/* Sends a JOIN to every node. */
void member_connect(struct node *node);

/* Sends a LEAVE to every node, if this one has joined. */
void member_leave(struct node *node);

/* Whether the message is of an earlier incarnation of its sender. */
bool member_is_stale(const struct node *node, const struct message *message);

/* Takes note of the sender of a message that is not stale, and acts on JOIN, HEARTBEAT and LEAVE.
 */
void member_hear(struct node *node, const struct message *message);

/* The host reports that the connection to this incarnation of the peer broke, or that the peer can
 * be reached again. */
void member_lost(struct node *node, node_id peer, uint32_t incarnation);
void member_found(struct node *node, node_id peer);

/* False if the peer is known to be out of reach. */
bool member_reaches(const struct node *node, node_id peer);

/* Carries out heartbeats and suspicions that are due at node->now_ns. */
void member_run_due(struct node *node);

#endif
