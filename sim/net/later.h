/* What a node's process has to do later: the ends of loads and turns, and clients' next requests.
 * In order of time, and of coming in among equals. */
#ifndef NET_LATER_H
#define NET_LATER_H

#include "core/text.h"

enum later_kind {
    LATER_LOADED, /* code: whether it succeeded; slot, subject: the worker; text: its value */
    LATER_WORKED, /* slot, subject: the worker */
    LATER_ASKS,   /* subject: the client or source that asks */
};

struct later {
    int64_t at_ns;
    uint64_t order; /* later_add sets it */
    uint8_t kind;   /* enum later_kind */
    bool code;
    uint32_t slot;
    uint64_t subject;
    struct text text; /* owned */
};

/* Zeros are an empty one. */
struct laters {
    struct later *heap;
    size_t count;
    size_t capacity;
    uint64_t added;
};

void later_close(struct laters *laters);

/* ERROR_MEMORY: the text is still the caller's. */
enum error later_add(struct laters *laters, struct later later);

/* When the first is due; TIME_NEVER if there is none. */
int64_t later_next_ns(const struct laters *laters);

/* Takes the first; there is one. */
struct later later_pop(struct laters *laters);

#endif
