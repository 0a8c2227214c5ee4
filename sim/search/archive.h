/* The abstract states that a hunt has reached, each with the shortest way there. A run goes on from
 * a state with a feature that chance seldom reaches: states are many, most of them rare by
 * accident, and features are few.
 *
 * Only runs of chance count. What runs that went on from a state reach says how often the hunt has
 * tried, and not how deep it is: a feature that was counted then would be left as soon as a few
 * runs had gone on from it. */
#ifndef SEARCH_ARCHIVE_H
#define SEARCH_ARCHIVE_H

#include "base/hash_map.h"
#include "search/abstract.h"
#include "search/way.h"

/* Further states are not kept, so that memory has a bound: some 30 MB. */
#define ARCHIVE_MOST (1u << 17)

/* So many states that have a feature, the latest ones, can be gone on from. */
#define FEATURE_STATES_MOST 64u

struct archived {
    uint64_t state;
    int64_t at_ns; /* when the way is there */
    struct way way;
};

struct feature {
    uint64_t runs;                        /* of chance that reached it, … */
    uint64_t root;                        /* … and the root of that, rounded down */
    uint32_t states[FEATURE_STATES_MOST]; /* a ring */
    uint32_t count;                       /* that have it, in all */
};

/* Zeros are an empty one. */
struct archive {
    struct archived *states;
    size_t count;
    size_t capacity;
    struct hash_map by_state;
    struct feature features[ABSTRACT_FEATURES];
};

void archive_close(struct archive *archive);

/* A run that went this way has reached these states; of chance, if it has a single seed.
 * ERROR_MEMORY: not all are noted. */
enum error archive_add(struct archive *archive, const struct way *way,
                       const struct abstract_visit *visits, uint32_t count);

/* A state, drawn by 64 uniform bits. There is one. A feature is drawn with the weight
 * 1 / (root of the runs of chance that reached it + 1): so features that are no rarity get their
 * share of a hunt, too. Of two states that have it the one counts that is reached the sooner,
 * so that more is still to come. */
const struct archived *archive_draw(const struct archive *archive, uint64_t bits);

#endif
