/* What the files of the worker share, for them alone: worker.c takes a request to its answer,
 * worker_mailbox.c keeps those that have none yet, worker_lease.c those that wait for a lease, and
 * worker_life.c ends workers. */
#ifndef NODE_WORKER_STATE_H
#define NODE_WORKER_STATE_H

#include "node/worker.h"

/* ---- pending requests: worker_mailbox.c ---------------------------------------------------- */

/* A new one, in no mailbox. NULL: there is no room for it. */
struct pending *pending_new(struct node *node, const struct caller *caller,
                            const struct text *demand);
void pending_delete(struct node *node, struct pending *pending);

/* The id of one that waits outside of mailboxes, which is the caller's from now on. */
static inline struct text pending_take_id(struct pending *pending)
{
    struct text id = pending->id;
    memset(&pending->id, 0, sizeof pending->id);
    return id;
}

/* The first one, or NULL. */
struct pending *mailbox_first(const struct worker *worker);
void mailbox_add(struct node *node, struct worker *worker, struct pending *pending);
void mailbox_remove(struct node *node, struct pending *pending);

/* The node is closed: frees those that wait for its view. */
void worker_drop_held(struct node *node);

/* ---- what waits for the lease of its id's slot: worker_lease.c ----------------------------- */

/* So many wait for a slot as for a worker, at the most, and none on a node that leaves. Returns it,
 * or NULL if it is refused. */
struct pending *worker_wait_for_lease(struct node *node, struct pending *pending,
                                      const struct text *id);
void worker_stop_waiting(struct lease_slot *slot, struct pending *pending);

/* The node is closed: frees all of them. */
void worker_drop_waiting(struct node *node);

/* ---- the ends of workers: worker_life.c ---------------------------------------------------- */

/* Ends a worker whose mailbox is empty if the node is leaving, or if its load has not begun; but
 * one that moves finishes its load, and goes. */
void worker_end_if_done(struct node *node, struct worker *worker);

/* The worker's time has come: what waits goes to the id's next worker, here or elsewhere. */
void worker_end_life(struct node *node, struct worker *worker);

#endif
