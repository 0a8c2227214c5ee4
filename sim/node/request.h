/* A request's life at its caller: made with a deadline, routed once, tried once more on this node
 * where that is allowed and the owner fails, ended exactly once. */
#ifndef NODE_REQUEST_H
#define NODE_REQUEST_H

#include "node/state.h"

/* Before any other function, and after all others; request_close frees all requests and records
 * nothing. */
void request_init(struct node *node);
void request_close(struct node *node);

/* A client of this node asks for `id`; host->done gets the cookie, now or later. */
void request_make(struct node *node, const struct text *id, uint64_t cookie);

/* The outcome of a request that was tried on this node. `value` as in node_answer. */
void request_answered_here(struct node *node, uint64_t number, enum outcome outcome,
                           uint64_t worker, struct text *value);

/* Whether this REPLY can still matter: its request is open and its sender has not answered yet. */
bool request_awaits(const struct node *node, const struct message *reply);

/* A REPLY came. */
void request_replied(struct node *node, const struct message *reply);

/* `peer` is out of reach: its open requests are tried on this node where that is allowed. */
void request_peer_lost(struct node *node, node_id peer);

/* Ends the requests whose deadline has come at node->now_ns; tries those on this node whose owner
 * has been silent for config.retry_ns. */
void request_run_deadlines(struct node *node);
void request_run_retries(struct node *node);

/* Ends all open requests with `caller-lost`. */
void request_lose_all(struct node *node);

#endif
