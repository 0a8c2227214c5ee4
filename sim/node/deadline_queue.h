/* Deadlines of one kind on one node, in the order of their times.
 *
 * Those that come in the order of their times, as of workers of one ttl and of requests of one
 * timeout, lie in a list: each costs a few instructions. One that comes out of order goes into a
 * pairing heap (Fredman, Sedgewick, Sleator, Tarjan, 1986) beside it. Times are of the node's own
 * clock, or of one that stands still while the node does. */
#ifndef NODE_DEADLINE_QUEUE_H
#define NODE_DEADLINE_QUEUE_H

#include "base/list.h"

/* Lies in the object that it is about. Zeros: in no list. */
struct due {
    struct list_link link; /* in the heap: `next` is the next sibling's, `previous` the one's
                              before, or the parent's */
    struct due *child;     /* in the heap: the first one; in the list: itself */
    int64_t at_ns;
};

/* It is not to be moved. */
struct deadline_queue {
    struct due ends; /* before the first of the list, and behind its last: at TIME_NEVER, so that an
                        empty list is due then */
    struct due top;  /* the parent of the heap's root */
};

/* Makes it an empty one. */
void deadline_queue_init(struct deadline_queue *queue);

/* Adds `due`, which is in no list, at `at_ns`: after all others of that time that came in order. */
void deadline_queue_add(struct deadline_queue *queue, struct due *due, int64_t at_ns);

/* Whether it is in one. */
static inline bool deadline_queue_has(const struct due *due)
{
    return due->link.previous != NULL;
}

/* For deadline_queue_remove: of one that came out of order. */
void deadline_queue_remove_from_heap(struct due *due);

/* Takes it out of the queue that it is in, if it is in one. */
static inline void deadline_queue_remove(struct due *due)
{
    if (!deadline_queue_has(due))
        return;
    if (due->child != due) {
        deadline_queue_remove_from_heap(due);
        return;
    }
    list_remove(&due->link);
    due->child = NULL;
}

/* The first one, or NULL if there is none. It stays. */
static inline struct due *deadline_queue_first(const struct deadline_queue *queue)
{
    struct due *listed = container_of(queue->ends.link.next, struct due, link);
    struct due *root = queue->top.child;
    if (root && root->at_ns < listed->at_ns)
        return root;
    return listed == &queue->ends ? NULL : listed;
}

/* When the first one is due; TIME_NEVER if there is none. */
static inline int64_t deadline_queue_next_ns(const struct deadline_queue *queue)
{
    const struct due *listed = container_of(queue->ends.link.next, struct due, link);
    const struct due *root = queue->top.child;
    return root && root->at_ns < listed->at_ns ? root->at_ns : listed->at_ns;
}

/* The first one, if it is due at `now_ns` or before; else NULL. It stays. */
static inline struct due *deadline_queue_due(const struct deadline_queue *queue, int64_t now_ns)
{
    struct due *first = deadline_queue_first(queue);
    return first && first->at_ns <= now_ns ? first : NULL;
}

#endif
