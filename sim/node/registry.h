/* The registry of one node: the one worker of each id here. */
#ifndef NODE_REGISTRY_H
#define NODE_REGISTRY_H

#include "node/state.h"

enum worker_state { WORKER_LOADING, WORKER_READY, WORKER_FAILED };

/* A request that waits for a worker's turn, or, if config.repeats, one that has been answered and
 * is remembered until its deadline. */
struct waiting {
    uint32_t slot;
    bool answered;
    bool forgotten; /* in its turn, and nobody waits for its answer any more */
    struct asker asker;
    struct due patience; /* in node.patience, for a caller on another node */
    struct worker *worker;
    struct waiting *next; /* in the mailbox */
    struct waiting *previous;
};

struct worker {
    struct text id;
    struct text value;     /* when WORKER_READY */
    uint64_t number;       /* 0: this slot holds no worker */
    struct due life;       /* at_ns: from then on it serves nobody */
    struct waiting *first; /* the mailbox; while busy its first is the one in its turn */
    struct waiting *last;
    uint32_t slot;
    uint32_t waiting : 27;
    uint32_t state : 2; /* enum worker_state */
    uint32_t busy : 1;
};

_Static_assert(sizeof(struct worker) <= 96, "with its cells of the table, 128 bytes a live worker");

/* A record of what the worker does: START, LOAD, VALUE, LOAD_FAILED, EXPIRE or LOST. */
void registry_record(struct node *node, enum record_kind kind, const struct worker *worker);

/* The live worker of the id, or NULL. */
struct worker *registry_find(const struct node *node, const struct text *id);

/* The worker that the host means, or NULL if it has ended. */
struct worker *registry_of(const struct node *node, struct worker_ref ref);

/* Starts the id's worker, which has none: loading, with its life before it. NULL when there is no
 * memory or config.workers_max live: nothing has changed. */
struct worker *registry_start(struct node *node, const struct text *id);

/* Turns a worker that has ended into the id's next one, with the requests that wait: needs no
 * memory. */
void registry_renew(struct node *node, struct worker *worker);

/* Removes a worker that nobody waits for. */
void registry_end(struct node *node, struct worker *worker);

#endif
