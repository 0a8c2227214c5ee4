/* Finds which of many spans of time overlap another one.
 *
 * The spans lie in an array of whatever begins with a struct span, in the order of their starts;
 * ends become known later. Above them stands a tree of the latest ends, 16 to one, so that a search
 * skips all that was over before. */
#ifndef VIZ_MODEL_SPANS_H
#define VIZ_MODEL_SPANS_H

#include "base/base.h"

struct span {
    int64_t start_ns;
    int64_t end_ns; /* TIME_NEVER: not yet known */
};

#define SPANS_LEVELS 8u /* 16^8: all that a uint32_t can count */

struct spans {
    char *items;
    size_t item_size;
    size_t count;
    size_t capacity;
    struct {
        int64_t *latest; /* end of 16 items, 256 items, … */
        size_t count;
        size_t capacity;
    } levels[SPANS_LEVELS];
};

/* Takes no memory yet. */
void spans_init(struct spans *spans, size_t item_size);
void spans_close(struct spans *spans);

static inline void *spans_at(const struct spans *spans, size_t index)
{
    return spans->items + index * spans->item_size;
}

/* Copies `item` to the end; its start is not before that of the item before. ERROR_MEMORY,
 * ERROR_FULL: nothing has changed. */
enum error spans_add(struct spans *spans, const void *item);

/* Sets the end of item `index`, which is not before its start. */
void spans_end(struct spans *spans, size_t index, int64_t end_ns);

#define SPANS_NONE SIZE_MAX

/* The first item at or after `from` that overlaps: starts before t1_ns and ends at or after t0_ns.
 * SPANS_NONE: there is none. */
size_t spans_next(const struct spans *spans, size_t from, int64_t t0_ns, int64_t t1_ns);

/* The first item that starts at or after t_ns; `count` if there is none. */
size_t spans_find(const struct spans *spans, int64_t t_ns);

#endif
