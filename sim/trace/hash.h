/* The 128-bit hash of a trace: equal for equal runs, whatever the threads, compiler and flags.
 *
 * It is a chain of 64 x 64 -> 128 bit multiplications, as in wyhash (Wang Yi, 2019), over each
 * record as far as it is in use and as it lies in memory on a little-endian machine, and over the
 * hashes (XXH3) of its long texts. How the scenario says what happens is left out: a comment
 * more, or a fault in other words, is no other run. It tells runs apart; it is no defence against
 * forgery. */
#ifndef TRACE_HASH_H
#define TRACE_HASH_H

#include "trace/reader.h"

struct hash {
    struct reader reader;
    uint64_t low;
    uint64_t high;
};

struct hash_value {
    char hex[33]; /* 32 digits and a NUL */
};

void hash_init(struct hash *hash);

/* Of all records taken so far. */
struct hash_value hash_now(const struct hash *hash);

#endif
