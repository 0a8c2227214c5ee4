/* One binary search for everything that the model keeps in the order of time. */
#ifndef VIZ_MODEL_SEARCH_H
#define VIZ_MODEL_SEARCH_H

#include "base/base.h"

/* The first of the places from..count-1 that is not before(array, place, t_ns); `count` if there is
 * none. All that are come first. By doubling steps from `from`, then by halving: a near place is
 * found with few looks. Inlined with `before`. */
static inline __attribute__((always_inline)) size_t
search_time(const void *array, size_t from, size_t count, int64_t t_ns,
            bool (*before)(const void *array, size_t place, int64_t t_ns))
{
    size_t low = from;
    size_t step = 1;
    while (low + step < count && before(array, low + step, t_ns)) {
        low += step;
        step *= 2;
    }
    size_t high = low + step < count ? low + step : count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (before(array, middle, t_ns))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
