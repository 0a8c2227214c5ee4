/* The registry of one node: the one worker of each id here. */
#ifndef NODE_REGISTRY_H
#define NODE_REGISTRY_H

#include "node/state.h"

/* QUEUED: as many loads run as may; its own has not begun. */
enum worker_state { WORKER_LOADING, WORKER_READY, WORKER_FAILED, WORKER_QUEUED };

/* What a request waits for: its turn, in a worker's mailbox; the lease of its id's slot; or, as one
 * that is held, a worker to move here, or the node's view. */
enum waits { WAITS_FOR_TURN, WAITS_FOR_LEASE, WAITS_FOR_WORKER, WAITS_FOR_VIEW };

/* A request that came to this node's registry. */
struct pending {
    uint32_t slot;
    bool abandoned; /* in its turn, and nobody waits for its answer any more */
    uint8_t waits;  /* enum waits */
    struct caller caller;
    struct due deadline;         /* in node.pending_deadlines, for a caller on another node */
    struct worker *worker;       /* NULL: it is in no mailbox, … */
    struct text id;              /* … and asks for this id */
    struct text demand;          /* empty: there is no payload */
    int64_t turn_ns;             /* its turn began then */
    int64_t held_ns;             /* it waits for a worker to move here since then */
    struct list_link in_mailbox; /* or in the list of those that wait for the same; in none if its
                                    lease ended when it was overdue */
};

struct worker {
    struct text id;
    struct text value;   /* when WORKER_READY */
    uint64_t number;     /* 0: this slot holds no worker */
    struct due life;     /* at_ns: from then on it serves nobody; TIME_NEVER: its life is over when
                            its turn is; while WORKER_QUEUED, in load_queue: the first deadline of
                            those that wait */
    struct list mailbox; /* of struct pending; while busy its first is the one in its turn */
    uint32_t slot;
    uint32_t mailbox_count : 26;
    uint32_t state : 2; /* enum worker_state */
    uint32_t busy : 1;
    uint32_t moves : 1; /* it is another node's, and goes there when it is idle; see handover.h */
    uint32_t named : 1; /* as busy, to the one that it goes to; see giver.h */
    uint32_t came : 1;  /* it moved here by a view that is not this node's, or not yet */
};

_Static_assert(sizeof(struct worker) <= 96,
               "with its cells of the hash map, 128 bytes a live worker");

/* A record of what the worker does: START, LOAD, VALUE, LOAD_FAILED, EXPIRE or LOST. */
void registry_record(struct node *node, enum record_kind kind, const struct worker *worker);

/* Puts the token of its id's slot into a LOAD or SERVE, if there are leases. */
void registry_add_token(const struct node *node, struct record *record);

/* The live worker of the id, or NULL. */
struct worker *registry_find(const struct node *node, const struct text *id);

/* The worker that the host means, or NULL if it has ended. */
struct worker *registry_of(const struct node *node, struct worker_ref ref);

/* Starts a worker for an id that has none, asked for until deadline_ns: it loads, and its life
 * begins, now or when config.load_at_once allows. NULL when there is no memory or
 * config.workers_max live: nothing has changed. */
struct worker *registry_start(struct node *node, const struct text *id, int64_t deadline_ns);

/* A worker whose load is queued is asked for until deadline_ns, too. */
void registry_hurry(struct node *node, struct worker *worker, int64_t deadline_ns);

/* The worker that one was on another node. */
struct moved_from {
    node_id node;
    uint64_t number;
};

/* Starts the worker of an id that has none here as what is left of that one, ready with this value,
 * or failed if it is NULL, until end_ns. NULL as registry_start. */
struct worker *registry_move_in(struct node *node, const struct text *id, const struct text *value,
                                int64_t end_ns, struct moved_from from);

/* Records that the worker goes on at the peer. */
void registry_moved(struct node *node, const struct worker *worker, node_id peer);

/* Whether the worker is to move. */
void registry_set_moves(struct node *node, struct worker *worker, bool moves);

/* Turns a worker whose life has ended into the id's next one, with the mailbox as it is: needs no
 * memory. */
void registry_renew(struct node *node, struct worker *worker, int64_t deadline_ns);

/* The worker's life is over, and its turn is not: it lives until then. */
void registry_outlast(struct node *node, struct worker *worker);

/* Whether its life is over, and it lives for its turn alone. */
static inline bool registry_is_over(const struct worker *worker)
{
    return worker->state != WORKER_QUEUED && worker->life.at_ns == TIME_NEVER;
}

/* The worker's load is over: it has this state, and the next load in the queue begins. */
void registry_load_ended(struct node *node, struct worker *worker, enum worker_state state);

/* Removes a worker whose mailbox is empty. */
void registry_end(struct node *node, struct worker *worker);

/* How long the worker lives from its load, and likewise from its last answer. */
int64_t registry_life_ns(const struct node *node, const struct worker *worker);

/* The slot's worker, or NULL: for slots below workers.used, all workers. */
struct worker *registry_at(const struct node *node, uint32_t slot);

#endif
