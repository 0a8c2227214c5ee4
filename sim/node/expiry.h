/* Deadlines of one kind on one node, in the order of their times.
 *
 * A sorted list that is filled from its end: workers of one ttl and requests of one timeout come in
 * the order of their times, so each costs a few instructions and no heap is needed. A deadline that
 * comes out of order walks past those that are later. Times are of the node's own clock. */
#ifndef NODE_EXPIRY_H
#define NODE_EXPIRY_H

#include "base/list.h"

/* Lies in the object that it is about. Zeros: in no list. */
struct due {
    struct list_link link;
    int64_t at_ns;
};

/* Zeros are an empty one. */
struct expiry {
    struct list list;
};

/* Adds `due`, which is in no list, at `at_ns`, after all others of that time. */
void expiry_add(struct expiry *expiry, struct due *due, int64_t at_ns);

/* Takes it out of the list that it is in, if it is in one. */
static inline void expiry_remove(struct due *due)
{
    list_remove(&due->link);
}

/* The first one, or NULL if there is none. It stays in the list. */
static inline struct due *expiry_first(const struct expiry *expiry)
{
    struct list_link *link = list_first(&expiry->list);
    return link ? container_of(link, struct due, link) : NULL;
}

static inline bool expiry_empty(const struct expiry *expiry)
{
    return list_empty(&expiry->list);
}

/* When the first one is due; TIME_NEVER if there is none. */
static inline int64_t expiry_next_ns(const struct expiry *expiry)
{
    const struct due *first = expiry_first(expiry);
    return first ? first->at_ns : TIME_NEVER;
}

/* The first one, if it is due at `now_ns` or before; else NULL. It stays in the list. */
static inline struct due *expiry_due(const struct expiry *expiry, int64_t now_ns)
{
    struct due *first = expiry_first(expiry);
    return first && first->at_ns <= now_ns ? first : NULL;
}

/* The one after `due`, which is in this list, or NULL. */
static inline struct due *expiry_after(const struct expiry *expiry, const struct due *due)
{
    struct list_link *link = list_next(&expiry->list, &due->link);
    return link ? container_of(link, struct due, link) : NULL;
}

/* Each one, from the first on. The body may remove that one, no other. */
#define expiry_each(name, expiry)                                                                  \
    for (struct due *name = expiry_first(expiry), *name##_next;                                    \
         name && (name##_next = expiry_after(expiry, name), true); name = name##_next)

#endif
