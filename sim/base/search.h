/* One binary search for everything that is kept in the order of a number. */
#ifndef BASE_SEARCH_H
#define BASE_SEARCH_H

#include "base/base.h"

/* The first of the places from..count-1 whose number is not below `key`; `count` if there is none.
 * All that are below come first. Inlined with is_below. */
static inline __attribute__((always_inline)) size_t
search_first(const void *array, size_t from, size_t count, uint64_t key,
             bool (*is_below)(const void *array, size_t place, uint64_t key))
{
    while (from < count) {
        size_t middle = from + (count - from) / 2;
        if (is_below(array, middle, key))
            from = middle + 1;
        else
            count = middle;
    }
    return from;
}

#endif
