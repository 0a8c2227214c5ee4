/* A request's life at its caller: made with a deadline, routed once, tried once more on this node
 * where that is allowed and the owner fails, ended exactly once. */
#ifndef NODE_REQUEST_H
#define NODE_REQUEST_H

#include "node/state.h"

/* A client of this node asks for `id`. */
void request_make(struct node *node, const struct text *id, uint64_t cookie);

/* This node's own worker decided. `value` as in node_answer. */
void request_answered_here(struct node *node, uint64_t number, enum outcome outcome,
                           uint64_t worker, struct text *value);

/* Whether this REPLY can still matter: its request is open and has no other answer from its sender.
 */
bool request_awaits(const struct node *node, const struct message *reply);

/* A REPLY came. */
void request_replied(struct node *node, const struct message *reply);

/* `peer` is out of reach: what it was asked is tried here, if it may be. */
void request_peer_lost(struct node *node, node_id peer);

/* Ends what is at its deadline at node.now_ns; and tries again what has waited long enough. */
void request_run_deadlines(struct node *node);
void request_run_retries(struct node *node);

/* Of the objects in node.requests. */
uint32_t request_size(void);

/* Frees all requests without a word. */
void request_close(struct node *node);

/* All open requests end with `caller-lost`. */
void request_lose_all(struct node *node);

#endif
