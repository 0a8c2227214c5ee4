/* Exact quantiles of a set of times, by nearest rank: each is one of the values that were added.
 *
 *     struct quantiles latencies = {0};
 *     quantiles_add(&latencies, 5000000);
 *     quantiles_find(&latencies, QUANTILE_MEDIAN, &median_ns);
 *     quantiles_close(&latencies);
 *
 * All values are kept, since any of them can be asked for. The last million lies in memory; what is
 * older goes to an unlinked temporary file, 8 bytes a value. A quantile is found in a few passes
 * over all of them, each of which counts by the next 11 bits, so it takes no further memory. */
#ifndef TRACE_QUANTILES_H
#define TRACE_QUANTILES_H

#include "base/base.h"

#include <stdio.h>

/* In millionths. */
#define QUANTILE_MEDIAN 500000u
#define QUANTILE_MOST   1000000u

/* Values in memory, 8 bytes each. */
#define QUANTILES_ROOM (1u << 20)

#define QUANTILES_AT_ONCE 4u

/* Zeros are an empty set. */
struct quantiles {
    const struct quantiles
        *next; /* holds more values of the same set: of another thread, say; NULL */
    int64_t *values;
    size_t count; /* in memory */
    size_t capacity;
    FILE *file;       /* of the older ones; NULL: none */
    uint64_t spilled; /* values in it */
    int64_t most;     /* of all; 0 or more */
    bool failed;      /* there was no memory for a value: nothing is known any more */
};

/* Frees all of this one, and makes it empty. */
void quantiles_close(struct quantiles *quantiles);

/* A value below 0 counts as 0. */
void quantiles_add(struct quantiles *quantiles, int64_t value);

/* How many values there are, also in `next`. */
uint64_t quantiles_count(const struct quantiles *quantiles);

/* The least value that is not exceeded by at least `ppm` millionths of all, of these and those of
 * `next`; of none it is 0. ERROR_MEMORY: a value is missing. ERROR_IO: the file can't be read.
 * *value is 0 then. */
enum error quantiles_find(const struct quantiles *quantiles, uint32_t ppm, int64_t *value);

/* Likewise of several at once, which rise, in less time than one by one. */
enum error quantiles_find_all(const struct quantiles *quantiles, const uint32_t *ppm,
                              int64_t *values, size_t count);

/* The values of these ranks in their order, up to QUANTILES_AT_ONCE, which rise: 1 is the least; a
 * rank beyond them is the last one's. */
enum error quantiles_at(const struct quantiles *quantiles, const uint64_t *ranks, int64_t *values,
                        size_t count);

/* The rank of a quantile among `count` values: 1..count, or 1 of none. */
uint64_t quantile_rank(uint64_t count, uint32_t ppm);

#endif
