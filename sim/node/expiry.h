/* Things that fall due, in the order in which they do.
 *
 * A sorted list, filled from its end: workers of one ttl, requests of one timeout come in the order
 * of their times, so each costs a few instructions and no heap is needed. One that comes out of
 * order walks past those that are later. Times are of the node's own clock. */
#ifndef NODE_EXPIRY_H
#define NODE_EXPIRY_H

#include "base/base.h"

struct due {
    struct due *next;
    struct due *previous;
    int64_t at_ns;
};

struct expiry {
    struct due ends; /* next: the first due; previous: the last; at_ns: TIME_NEVER */
};

void expiry_init(struct expiry *expiry);

/* Puts `due` in at `at_ns`, after all others of that time. It must be in no list. */
void expiry_add(struct expiry *expiry, struct due *due, int64_t at_ns);

/* Takes it out, if it is in a list. */
void expiry_remove(struct due *due);

static inline bool expiry_empty(const struct expiry *expiry)
{
    return expiry->ends.next == &expiry->ends;
}

/* When the first one falls due; TIME_NEVER if there is none. */
static inline int64_t expiry_next_ns(const struct expiry *expiry)
{
    return expiry->ends.next->at_ns;
}

/* The first one, or NULL if there is none. It stays in the list. */
static inline struct due *expiry_first(const struct expiry *expiry)
{
    return expiry_empty(expiry) ? NULL : expiry->ends.next;
}

/* The first one, if it is due at `now_ns` or before; else NULL. It stays in the list. */
static inline struct due *expiry_due(const struct expiry *expiry, int64_t now_ns)
{
    return expiry_next_ns(expiry) <= now_ns ? expiry->ends.next : NULL;
}

#endif
