/* What workers do on the node that holds them: load once, answer one request at a time in the order
 * in which they came, end at their time.
 *
 * Requests that a worker's end catches in its mailbox go to the id's next worker. A worker whose
 * load failed stays for its life and answers `load-failed`, so the slow resource behind an id is
 * asked once a ttl, whatever happens. */
#ifndef NODE_WORKER_H
#define NODE_WORKER_H

#include "node/state.h"

/* A request for an id comes to this node's registry; node_answer follows now or later, unless its
 * deadline comes first. Returns what waits here, or NULL if it has its answer already. */
struct waiting *worker_accept(struct node *node, const struct asker *asker, const struct text *id);

/* Whether the request was accepted before and its deadline has not come (config.repeats only). */
bool worker_has_seen(const struct node *node, uint64_t request);

/* The caller does not wait any longer. One that is in its turn is left to its end. */
void worker_forget(struct node *node, struct waiting *waiting);

void worker_loaded(struct node *node, struct worker_ref ref, bool loaded, struct text *value);
void worker_worked(struct node *node, struct worker_ref ref);

/* Ends what is due at node.now_ns: first the patience of those who wait, then lives. */
void worker_run_due(struct node *node);

/* The node is leaving: workers that hold nothing end now, the others when they have answered. */
void worker_leave(struct node *node);

/* All workers are lost, and what waits with them. */
void worker_lose_all(struct node *node);

/* Records of all live workers, as they are; see node_describe. */
void worker_describe_all(struct node *node);

/* Frees all workers without a word. */
void worker_close(struct node *node);

#endif
