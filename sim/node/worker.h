/* What workers do on the node that holds them: load once, answer one request at a time in the order
 * in which they came, and end at their time.
 *
 * Requests that are in a mailbox when its worker ends go to the id's next worker. A worker whose
 * load failed stays for config.fail_ttl_ns, or the rest of its life, and answers `load-failed`, so
 * the slow resource behind an id is asked no more often than that, whatever happens. */
#ifndef NODE_WORKER_H
#define NODE_WORKER_H

#include "node/lease.h"
#include "node/registry.h"

/* Before any other function, and after all others; worker_close frees all workers and records
 * nothing. */
void worker_init(struct node *node);
void worker_close(struct node *node);

/* Takes a request for an id into this node's registry; node_answer follows now or later, unless its
 * deadline comes first. Returns what is in a mailbox here, or NULL if it has its answer already. */
struct pending *worker_accept(struct node *node, const struct caller *caller,
                              const struct asked *asked);

/* Holds a request that is in no list in this one, until it is let go; node_may_hold. */
void pending_hold(struct node *node, struct pending *pending, struct list *list, enum waits waits);
void pending_let_go(struct node *node, struct pending *pending);

/* Holds a request of another node that comes while this one joins, until it has a view or the
 * request's deadline comes; or refuses it, if too many are held. */
void worker_hold(struct node *node, const struct caller *caller, const struct asked *asked);

/* The node has a view, or leaves: takes what waited for one into the registry, or refuses it. */
void worker_take_held(struct node *node);

/* The lease of the slot, of which these wait, is this node's: lets in the workers that came for it,
 * and takes the requests into the registry. Or it will not be: refuses them. */
void worker_take_waiting(struct node *node, struct lease_slot *slot);
void worker_refuse_waiting(struct node *node, struct lease_slot *slot, enum outcome outcome);

/* It is to be another node's: passes them on to that one. */
void worker_pass_for_lease(struct node *node, struct lease_slot *slot);

/* Leases are ending (see lease_slot.ending): ends their workers. A turn is broken off, and what
 * waits in a mailbox waits for the lease, or is refused by a node that leaves. What is overdue is
 * left to its deadline, which is to be looked at next. */
void worker_end_unleased(struct node *node);

/* A request that was held, with its `id`: takes it into the registry, refuses it, or sends its
 * caller to the id's owner. */
void worker_take_over(struct node *node, struct pending *pending);
void worker_refuse(struct node *node, struct pending *pending, enum outcome outcome);
void worker_pass_on(struct node *node, struct pending *pending, const struct text *id,
                    node_id owner);
void worker_send_on(struct node *node, struct pending *pending, node_id owner);

/* The worker is to move: what waits for its turn goes there at once. */
void worker_pass_waiting(struct node *node, struct worker *worker);

/* The node leaves, and has waited for long enough: those that move and load yet are lost, but for
 * those that a further try of its own clients waits for. */
void worker_drop_loads(struct node *node);

/* The caller does not wait any longer. A request in its turn is left to the turn's end. */
void worker_abandon(struct node *node, struct pending *pending);

/* The host has made the value, which is taken, or failed to; a turn is done. What concerns a worker
 * that has ended is ignored. */
void worker_loaded(struct node *node, struct worker_ref ref, bool loaded, struct text *value);
void worker_worked(struct node *node, struct worker_ref ref);

/* A turn is done with an answer of its own, or has failed: `value` says why; see EVENT_ANSWERED. */
void worker_answered(struct node *node, struct worker_ref ref, enum outcome outcome,
                     struct text *value);

/* Ends what is due at node->now_ns: pending requests first, then lives. */
void worker_run_due(struct node *node);

/* The node is leaving: workers with an empty mailbox end now, the others when it is empty. */
void worker_leave(struct node *node);

/* Records all workers as lost and ends them with their mailboxes. */
void worker_lose_all(struct node *node);

/* Records all live workers as they are; see node_describe. */
void worker_describe_all(struct node *node);

#endif
