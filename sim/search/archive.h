/* The abstract states that a hunt has reached, each with the shortest way there and how often it
 * was reached. A state that is seldom reached is the more likely one to go on from; or one in which
 * a single field has a value that is seldom reached. There are many states, most of them rare by
 * accident, and few values: what is rare by itself is gone on from far more often by these. */
#ifndef SEARCH_ARCHIVE_H
#define SEARCH_ARCHIVE_H

#include "base/hash_map.h"
#include "base/pool.h"
#include "search/abstract.h"
#include "search/way.h"

/* Further states are not kept, so that memory has a bound: some 50 MB. */
#define ARCHIVE_MOST (1u << 17)

/* A field of a state's, and its value; and so many states that have it, the latest ones. */
#define FEATURES            128u
#define FEATURE_STATES_MOST 64u

struct archived {
    uint64_t state;
    int64_t at_ns; /* when the way is there */
    uint32_t visits;
    struct way way;
};

struct feature {
    uint64_t visits;
    uint32_t states[FEATURE_STATES_MOST]; /* a ring */
    uint32_t count;                       /* that have it, in all */
};

/* Zeros are an empty one. */
struct archive {
    struct archived *states;
    size_t count;
    size_t capacity;
    struct hash_map by_state;
    uint64_t *weights; /* sums of 2^32 / (visits + 1), as a binary indexed tree over the states */
    size_t weights_capacity;
    struct feature features[FEATURES];
};

void archive_close(struct archive *archive);

/* A run that went this way has reached these states. ERROR_MEMORY: not all are noted. */
enum error archive_add(struct archive *archive, const struct way *way,
                       const struct abstract_visit *visits, uint32_t count);

/* A state, drawn by 64 uniform bits: with the weight 1 / (visits + 1). There is one. It counts as
 * visited. */
const struct archived *archive_draw(struct archive *archive, uint64_t bits);

/* Likewise a value of a field, with the weight 1 / (visits + 1); and of two states that have it the
 * one that is reached the sooner, so that more is still to come. */
const struct archived *archive_draw_by_field(struct archive *archive, uint64_t bits);

#endif
