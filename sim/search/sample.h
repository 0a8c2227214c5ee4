/* A number over many runs: its mean, how far off the mean may be, its extremes. Sums are exact, in
 * integers, so the order in which runs are added never shows, and samples of parts add up to that
 * of the whole. */
#ifndef SEARCH_SAMPLE_H
#define SEARCH_SAMPLE_H

#include "base/base.h"

/* Zeros are an empty one. */
struct sample {
    __int128 sum;
    unsigned __int128 squares; /* of all values, summed */
    uint64_t count;
    int64_t least;
    int64_t most;
    uint64_t most_seed; /* of the runs with `most`, the lowest seed */
};

/* Adds the value that the run with this seed had, of -10^15..10^15, to at most 10^7 others. */
void sample_add(struct sample *sample, int64_t value, uint64_t seed);

/* Adds all that `from` has. */
void sample_merge(struct sample *sample, const struct sample *from);

/* Whether it may be one of numbers, and small enough for all that is computed of it here. */
bool sample_is_possible(const struct sample *sample);

static inline bool sample_has_interval(const struct sample *sample)
{
    return sample->count >= 2;
}

/* The mean times `scale`, rounded; 0 of nothing. */
int64_t sample_mean(const struct sample *sample, int64_t scale);

/* Half the width of the mean's 95 % interval (Student's t), times `scale`, rounded up; 0 of fewer
 * than two values, which say nothing of it. */
int64_t sample_interval(const struct sample *sample, int64_t scale);

#endif
