/* A set of small numbers, one bit each, as an array of words. Whoever holds it knows its size. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include "base/memory.h"

/* Words for the numbers 0..count-1. */
static inline uint32_t bits_words(uint32_t count)
{
    return (count + 63) / 64;
}

/* An empty set of numbers below `count`, for memory_free; NULL when there is no memory. */
static inline uint64_t *bits_new(uint32_t count)
{
    return memory_zeroed(bits_words(count) * sizeof(uint64_t));
}

static inline bool bits_has(const uint64_t *bits, uint32_t number)
{
    return bits[number / 64] >> (number % 64) & 1;
}

static inline void bits_add(uint64_t *bits, uint32_t number)
{
    bits[number / 64] |= UINT64_C(1) << (number % 64);
}

static inline void bits_remove(uint64_t *bits, uint32_t number)
{
    bits[number / 64] &= ~(UINT64_C(1) << (number % 64));
}

#endif
