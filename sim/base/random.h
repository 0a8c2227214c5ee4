/* Keyed randomness: a draw is a function of (seed, purpose, subject, counter), never of what was
 * drawn before. Taking one request or fault out of a run leaves every other draw as it was. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/base.h"

enum purpose {
    PURPOSE_VALUE,
    PURPOSE_LOAD,
    PURPOSE_LOAD_FAIL,
    PURPOSE_WORK,
    PURPOSE_LATENCY,
    PURPOSE_LOSS,
    PURPOSE_DUPLICATE,
    PURPOSE_CLIENT_ID,
    PURPOSE_ARRIVAL,
    PURPOSE_ANY_NODE,
    PURPOSE_LIFE,
    PURPOSE_CHAOS,
    PURPOSE_SWARM,
    PURPOSE_TIES,
    PURPOSE_HUNT,
};

/* The finaliser of splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014, with Stafford's variant 13): a bijection in which every bit moves every
 * other. */
static inline uint64_t random_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The key of one stream of draws: `subject` is a node, a link (from << 32 | to), a line, … */
static inline uint64_t random_key(uint64_t seed, enum purpose purpose, uint64_t subject)
{
    return random_mix(random_mix(random_mix(seed) ^ (uint64_t)purpose) ^ subject);
}

/* Draw number `counter` of the stream: 64 uniform bits. */
static inline uint64_t random_draw(uint64_t key, uint64_t counter)
{
    return random_mix(key ^ random_mix(counter));
}

/* A number of 0..bound-1 from 64 uniform bits; bound > 0. The bias is below bound / 2^64. */
static inline uint64_t random_below(uint64_t bits, uint64_t bound)
{
    return (uint64_t)(((unsigned __int128)bits * bound) >> 64);
}

/* Whether a chance of `ppb` in 10^9 comes true for these bits. */
static inline bool random_chance(uint64_t bits, uint32_t ppb)
{
    return ppb && random_below(bits, UINT64_C(1000000000)) < ppb;
}

#endif
