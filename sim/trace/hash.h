/* The 128-bit hash of a trace (XXH3): equal for equal runs, whatever the threads, compiler and
 * flags. It is taken over the records as they lie in memory on a little-endian machine, and over
 * the bytes of long texts. */
#ifndef TRACE_HASH_H
#define TRACE_HASH_H

#include "trace/reader.h"

struct hash {
    struct reader reader;
    struct hash_state *state;
};

struct hash_value {
    char hex[33]; /* 32 digits and a NUL */
};

enum error hash_init(struct hash *hash);
void hash_close(struct hash *hash);

/* Of all records taken so far. */
struct hash_value hash_now(struct hash *hash);

#endif
