/* The registry of one node: the one worker of each id here. */
#ifndef NODE_REGISTRY_H
#define NODE_REGISTRY_H

#include "node/state.h"

enum worker_state { WORKER_LOADING, WORKER_READY, WORKER_FAILED };

/* A request in a worker's mailbox; or, if config.repeats, one that has its answer and is remembered
 * until its deadline. */
struct pending {
    uint32_t slot;
    bool answered;
    bool abandoned; /* in its turn, and nobody waits for its answer any more */
    struct caller caller;
    struct due deadline; /* in node.pending_deadlines, for a caller on another node */
    struct worker *worker;
    struct list_link in_mailbox;
};

struct worker {
    struct text id;
    struct text value;   /* when WORKER_READY */
    uint64_t number;     /* 0: this slot holds no worker */
    struct due life;     /* at_ns: from then on it serves nobody */
    struct list mailbox; /* of struct pending; while busy its first is the one in its turn */
    uint32_t slot;
    uint32_t mailbox_count : 27;
    uint32_t state : 2; /* enum worker_state */
    uint32_t busy : 1;
};

_Static_assert(sizeof(struct worker) <= 96,
               "with its cells of the hash map, 128 bytes a live worker");

/* A record of what the worker does: START, LOAD, VALUE, LOAD_FAILED, EXPIRE or LOST. */
void registry_record(struct node *node, enum record_kind kind, const struct worker *worker);

/* The live worker of the id, or NULL. */
struct worker *registry_find(const struct node *node, const struct text *id);

/* The worker that the host means, or NULL if it has ended. */
struct worker *registry_of(const struct node *node, struct worker_ref ref);

/* Starts a worker for an id that has none: it loads, and its life begins. NULL when there is no
 * memory or config.workers_max live: nothing has changed. */
struct worker *registry_start(struct node *node, const struct text *id);

/* Turns a worker that has ended into the id's next one, with the mailbox as it is: needs no memory.
 */
void registry_renew(struct node *node, struct worker *worker);

/* Removes a worker whose mailbox is empty. */
void registry_end(struct node *node, struct worker *worker);

#endif
