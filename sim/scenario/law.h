/* Laws of chance for durations: how long a message travels, a load takes, a worker works.
 *
 * Integers alone decide, so a draw is the same on every machine, compiler and library. */
#ifndef SCENARIO_LAW_H
#define SCENARIO_LAW_H

#include "core/base.h"

enum law_kind {
    LAW_CONSTANT,    /* least_ns */
    LAW_UNIFORM,     /* least_ns..most_ns, both included */
    LAW_EXPONENTIAL, /* mean scale_ns, not below least_ns */
    LAW_LOGNORMAL,   /* median scale_ns, the logarithm's deviation sigma_ppm / 10^6, not below least_ns */
};

struct law {
    enum law_kind kind;
    int64_t least_ns;
    int64_t most_ns;
    int64_t scale_ns;
    uint32_t sigma_ppm;
};

static inline struct law law_constant(int64_t ns)
{
    return (struct law){.kind = LAW_CONSTANT, .least_ns = ns, .most_ns = ns};
}

/* The duration for 64 uniform bits: never below law_least, never above an hour more than scale_ns
 * times 2^20. The exponential is scale * -ln(u); the lognormal scale * exp(sigma * z). */
int64_t law_draw(const struct law *law, uint64_t bits);

/* The least that law_draw can give. */
int64_t law_least(const struct law *law);

/* -log2 of (bits + 1) / 2^64, in units of 2^-32: of 0..64 * 2^32. */
uint64_t law_minus_log2(uint64_t bits);

/* Cumulative Zipf weights, shared by all who draw from them: item k of 0..count-1 has a weight of
 * (k + 1)^-s. */
struct zipf;

/* count of 1..10^7, s_ppm = s * 10^6 of 0..10^7. NULL when there is no memory. */
struct zipf *zipf_new(uint64_t count, uint32_t s_ppm);
void zipf_delete(struct zipf *zipf);
uint64_t zipf_draw(const struct zipf *zipf, uint64_t bits);

#endif
