/* Distributions of durations: how long a message travels, a load takes, a worker works.
 *
 * Computed in integers only, so a draw is the same on every machine, compiler and library. */
#ifndef BASE_DISTRIBUTION_H
#define BASE_DISTRIBUTION_H

#include "base/base.h"

enum distribution_kind {
    DISTRIBUTION_CONSTANT,    /* least_ns */
    DISTRIBUTION_UNIFORM,     /* least_ns..most_ns, both included */
    DISTRIBUTION_EXPONENTIAL, /* mean scale_ns, not below least_ns */
    DISTRIBUTION_LOGNORMAL,   /* median scale_ns, the logarithm's deviation sigma_ppm / 10^6, not
                                 below least_ns */
    DISTRIBUTION_EMPIRICAL, /* one of empirical's, each as likely; least_ns and most_ns are the ends
                             */
};

/* Durations as they were observed. */
struct empirical {
    const char *file;   /* where they come from, for people and to write it down */
    uint32_t count;     /* 1 or more */
    int64_t *sorted_ns; /* ascending, each of 0..DISTRIBUTION_MOST_NS */
};

struct distribution {
    enum distribution_kind kind;
    int64_t least_ns;
    int64_t most_ns;
    int64_t scale_ns;
    uint32_t sigma_ppm;
    const struct empirical *empirical; /* EMPIRICAL, else NULL; it outlives the distribution */
};

static inline struct distribution distribution_constant(int64_t ns)
{
    return (struct distribution){.kind = DISTRIBUTION_CONSTANT, .least_ns = ns, .most_ns = ns};
}

/* No draw is above this: 10^9 seconds. No part of a distribution is, either. */
#define DISTRIBUTION_MOST_NS (INT64_C(1000000000) * NS_PER_S)

/* The duration for 64 uniform bits: never below distribution_least, never above
 * DISTRIBUTION_MOST_NS. The exponential is scale * -ln(u), which falls as the bits rise; the
 * lognormal is scale * exp(sigma * z), of which the factor is 2^20 at most; it rises with the bits,
 * as the uniform and the empirical do. */
int64_t distribution_draw(const struct distribution *distribution, uint64_t bits);

/* The least that distribution_draw can give. */
int64_t distribution_least(const struct distribution *distribution);

/* -log2 of (bits + 1) / 2^64, in units of 2^-32: of 0..64 * 2^32, at most 16 units off. It never
 * rises with the bits. */
uint64_t distribution_minus_log2(uint64_t bits);

/* 2^(x / 2^32), for x below 2^32, in units of 2^-62. It never falls as x rises. */
uint64_t distribution_exp2(uint32_t x);

#endif
