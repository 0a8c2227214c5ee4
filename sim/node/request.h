/* A request's life at its caller: made with a deadline, routed once the node has a view, tried once
 * more where that is allowed and the owner fails, ended exactly once. */
#ifndef NODE_REQUEST_H
#define NODE_REQUEST_H

#include "node/state.h"

/* Before any other function, and after all others; request_close frees all requests and records
 * nothing. */
void request_init(struct node *node);
void request_close(struct node *node);

/* Gives out the number of the next request. */
uint64_t request_number(struct node *node);

/* A client of this node asks, as in EVENT_REQUEST; host->done gets the cookie, now or later. */
void request_make(struct node *node, const struct event *event);

/* Whether one that is made now is not refused as stopping; see node_takes_requests. */
bool request_is_taken(const struct node *node);

/* The node has a view: what waited for one is routed. */
void request_route_waiting(struct node *node);

/* The node leaves without ever having had a view: what waited for one fails. */
void request_refuse_waiting(struct node *node);

/* The outcome of a try on this node. `value` as in node_answer. */
void request_answered_here(struct node *node, const struct caller *caller, enum outcome outcome,
                           uint64_t worker, struct text *value);

/* It is the owner's that this node names; as by a REPLY_MOVED. */
void request_sent_on_here(struct node *node, const struct caller *caller, node_id owner);

/* It waited here, and goes on at this node, which has it. */
void request_passed_on(struct node *node, const struct caller *caller, node_id owner);

/* It was another node's to serve, and is this one's now. */
void request_passed_here(struct node *node, const struct caller *caller);

/* The open request one of whose tries this REPLY answers, or NULL: it comes too late. */
struct request *request_awaiting(const struct node *node, const struct message *reply);

/* A REPLY has come for this request, which request_awaiting has found in the same step. */
void request_replied(struct node *node, const struct message *reply, struct request *request);

/* What the peer was asked, and has not answered, is lost: it is tried again where that is allowed,
 * or ends as `owner-lost`. */
void request_peer_lost(struct node *node, node_id peer, enum route_why why);

/* All requests of this node with numbers below have ended. */
uint64_t request_floor(const struct node *node);

/* Ends the requests whose deadline has come at node->now_ns; tries those again whose owner has been
 * silent for config.retry_ns. */
void request_run_deadlines(struct node *node);
void request_run_retries(struct node *node);

/* Ends all open requests with `caller-lost`. */
void request_lose_all(struct node *node);

#endif
