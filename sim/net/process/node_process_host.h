/* What the node asks of its host, in a process: records go into the ring, messages to the
 * transport, loads and turns to the loader and the timer queue, answers to whoever asked. */
#ifndef NET_PROCESS_NODE_PROCESS_HOST_H
#define NET_PROCESS_NODE_PROCESS_HOST_H

#include "net/process/node_process.h"

/* Requests of clients elsewhere that have no answer yet, of all of them together. */
#define PENDING_REQUESTS_MAX 65536u

/* The cookie of a request of such a client: the rest is its slot of `pending_requests`. Other
 * cookies are clients of this node (TAG_CLIENT), its sources (TAG_SOURCE), or a named reply's place
 * in the plan. */
#define COOKIE_WIRE_CLIENT (UINT64_C(1) << 61)

extern const struct node_host node_process_host;

/* Records it at the time of the last step. */
void node_process_record(struct node_process *process, struct record *record);

/* Records the latencies of this round's answers, where the trace does not keep the answers. */
void node_process_record_latencies(struct node_process *process);

/* Records that a message to `to`, which came or went, is dropped. */
void node_process_dropped(struct node_process *process, const struct message *message, node_id to,
                          enum drop_why why);

/* Records a request of this node's clients that was made at made_ns, maybe before the last step.
 * Gives it its number, for an EVENT_REQUEST to follow. */
void node_process_made(struct node_process *process, struct source_request *request);

/* Steps the node with a request that has arrived, or answers that there are too many. */
void node_process_request(struct node_process *process, const struct arrival *arrival);

/* Does what was to be done at the time of the timer. */
void node_process_run_timer(struct node_process *process, const struct timer *timer);

#endif
