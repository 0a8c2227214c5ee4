/* An id names what has one worker in the cluster: 1..63 bytes of printable UTF-8, in which the
 * only blank is the space. */
#ifndef NODE_ID_H
#define NODE_ID_H

#include "base/random.h"
#include "base/text.h"

#define ID_SIZE_MAX 63u

/* Whether the bytes are a valid id. */
bool id_valid(const char *bytes, size_t size);

/* Whether they are one without spaces: a name of a cluster or a client is such a one. */
bool id_is_word(const char *bytes, size_t size);

/* The same 64 bits for the same id on every node, compiler and run (XXH3). */
uint64_t id_hash(const struct text *id);

/* The same 64 bits for the same id in this process, in less time: for maps, and nothing that is
 * seen. */
static inline uint64_t id_key(const struct text *id)
{
    uint64_t words[2];
    if (text_is_large(id))
        return id_hash(id);
    memcpy(words, id, sizeof words);
    return random_mix(words[0] + words[1] * UINT64_C(0x9e3779b97f4a7c15));
}

/* The slot of its lease, of so many. */
static inline uint32_t id_slot(const struct text *id, uint32_t slots)
{
    return (uint32_t)(id_hash(id) % slots);
}

/* Whether the id is a whole number of 0..2^64-1 in decimal digits; then it is put into `number`. */
bool id_number(const struct text *id, uint64_t *number);

#endif
