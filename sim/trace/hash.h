/* The 128-bit hash of a run: equal for equal runs, whatever the threads, compiler and flags.
 *
 * Each node's records have a hash of their own, in the order in which that node made them, and so
 * have those that no node made. At the end they are joined in the nodes' order, so nobody has to
 * put the records of all nodes into one order first.
 *
 * A hash is a chain of 64 x 64 -> 128 bit multiplications, as in wyhash (Wang Yi, 2019): one or two
 * for each record, of sums of its fields as they lie in memory on a little-endian machine, and one
 * of the hash (XXH3) of each of its long texts. How the scenario says what happens is left out: a
 * comment more, or a fault in other words, is no other run. It tells runs apart; it is no defence
 * against forgery. */
#ifndef TRACE_HASH_H
#define TRACE_HASH_H

#include "node/record.h"

/* Of records so far. */
struct hash {
    uint64_t low;
    uint64_t high;
};

struct hash_value {
    char hex[33]; /* 32 digits and a NUL */
};

void hash_init(struct hash *hash);
void hash_add(struct hash *hash, const struct record *record);

/* `part` follows as a whole. */
void hash_join(struct hash *hash, const struct hash *part);

struct hash_value hash_value(const struct hash *hash);

#endif
