/* What is worth going to: what was broken, which requests failed first, which answers were slowest.
 * A few of each kind, found as the records come. */
#ifndef VIZ_MODEL_NOTABLE_H
#define VIZ_MODEL_NOTABLE_H

#include "base/base.h"

#define NOTABLE_MAX 5u

struct notable_item {
    int64_t weight; /* the greatest come first; of equals, the one that came first */
    uint32_t index;
};

struct notable {
    struct notable_item items[NOTABLE_MAX];
    uint32_t count;
    uint64_t total; /* of all that were added */
};

static inline void notable_add(struct notable *notable, uint32_t index, int64_t weight)
{
    uint32_t place = notable->count;
    notable->total++;
    while (place && notable->items[place - 1].weight < weight)
        place--;
    if (place == NOTABLE_MAX)
        return;
    if (notable->count < NOTABLE_MAX)
        notable->count++;
    for (uint32_t i = notable->count - 1; i > place; i--)
        notable->items[i] = notable->items[i - 1];
    notable->items[place] = (struct notable_item){weight, index};
}

#endif
