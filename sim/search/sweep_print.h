/* A sweep in words, and as one JSON object. Errors of `out` are left for the caller to find by
 * ferror.
 */
#ifndef SEARCH_SWEEP_PRINT_H
#define SEARCH_SWEEP_PRINT_H

#include "search/sweep.h"
#include "trace/writer.h"

#include <stdio.h>

/* Makes the command that repeats the run with this seed, to be freed with memory_free; NULL without
 * memory. */
struct repeater {
    char *(*command)(void *context, uint64_t seed);
    void *context;
};

/* BRIEFLY: without the table of numbers. */
enum sweep_detail { SWEEP_IN_FULL, SWEEP_BRIEFLY };

void sweep_print(FILE *out, const struct sweep *sweep, const struct repeater *repeater,
                 enum sweep_detail detail);
void sweep_json(FILE *out, const struct sweep *sweep, const struct repeater *repeater);

/* The members of JSON objects about sweeps that say how many runs passed, and their numbers:
 * without braces. */
void sweep_put_numbers(struct writer *writer, const struct sweep *sweep);

/* The hash of all runs, as of one: equal for equal sweeps. */
struct hash_value sweep_hash(const struct sweep *sweep);

#endif
