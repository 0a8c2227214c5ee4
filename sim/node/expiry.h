/* Deadlines of one kind on one node, in the order of their times.
 *
 * Those that come in the order of their times, as of workers of one ttl and of requests of one
 * timeout, lie in a list: each costs a few instructions. One that comes out of order goes into a
 * pairing heap (Fredman, Sedgewick, Sleator, Tarjan, 1986) beside it. Times are of the node's own
 * clock, or of one that stands still while the node does. */
#ifndef NODE_EXPIRY_H
#define NODE_EXPIRY_H

#include "base/list.h"

/* Lies in the object that it is about. Zeros: in no list. */
struct due {
    struct list_link link; /* in the heap: `next` is the next sibling's, `previous` the one's
                              before, or the parent's */
    struct due *child;     /* in the heap: the first one; in the list: itself */
    int64_t at_ns;
};

/* Zeros are an empty one. It is not to be moved while it holds any. */
struct expiry {
    struct list list;
    struct due top; /* the parent of the heap's root */
};

/* Adds `due`, which is in no list, at `at_ns`: after all others of that time that came in order. */
void expiry_add(struct expiry *expiry, struct due *due, int64_t at_ns);

/* Takes it out of the expiry that it is in, if it is in one. */
void expiry_remove(struct due *due);

/* Whether it is in one. */
static inline bool expiry_has(const struct due *due)
{
    return due->link.previous != NULL;
}

/* The first one, or NULL if there is none. It stays. */
static inline struct due *expiry_first(const struct expiry *expiry)
{
    struct list_link *link = list_first(&expiry->list);
    struct due *listed = link ? container_of(link, struct due, link) : NULL;
    struct due *root = expiry->top.child;
    return !root || (listed && listed->at_ns <= root->at_ns) ? listed : root;
}

/* When the first one is due; TIME_NEVER if there is none. */
static inline int64_t expiry_next_ns(const struct expiry *expiry)
{
    const struct due *first = expiry_first(expiry);
    return first ? first->at_ns : TIME_NEVER;
}

/* The first one, if it is due at `now_ns` or before; else NULL. It stays. */
static inline struct due *expiry_due(const struct expiry *expiry, int64_t now_ns)
{
    struct due *first = expiry_first(expiry);
    return first && first->at_ns <= now_ns ? first : NULL;
}

#endif
