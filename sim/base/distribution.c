#include "base/distribution.h"

#include "base/distribution_tables.h"
#include "base/random.h"

typedef unsigned __int128 u128;

#define ONE        (UINT64_C(1) << 32)          /* of numbers in units of 2^-32 */
#define LN2        UINT64_C(0xb17217f8)         /* in 2^-32 */
#define HALF_LN2   UINT64_C(0x2c5c85fe)         /* in 2^-31 */
#define LOG2E      UINT64_C(0x171547652b82fe17) /* in 2^-60 */
#define FACTOR_MAX 20                           /* a draw is at most 2^20 times the median */

/* The number of leading zeros; `x` is not 0. */
static unsigned leading_zeros(uint64_t x)
{
    return (unsigned)__builtin_clzll(x);
}

/* Between the knots a straight line and, since the logarithm bends, a parabola that is 0 at both of
 * them: d * t + c * t * (1 - t) with c = d^2 * ln(2) / 2. Both are summed exactly and rounded once,
 * which keeps the sum from ever falling. */
uint64_t distribution_minus_log2(uint64_t bits)
{
    if (bits == UINT64_MAX)
        return 0;
    unsigned zeros = leading_zeros(bits + 1);
    uint64_t norm = (bits + 1) << zeros;
    unsigned i = (norm >> 55) & 255;
    uint64_t t = norm << 9 >> 32;
    uint64_t d = (i == 255 ? ONE : log2_table[i + 1]) - log2_table[i];
    uint64_t c = (d * d >> 16) * HALF_LN2 >> 31; /* in 2^-48 */
    u128 sum = ((u128)(d * t) << 48) + (u128)c * (t * (ONE - t));
    return (1 + zeros) * ONE - log2_table[i] - (uint64_t)(sum >> 80);
}

/* All terms are positive, so rounding down at each step keeps the sum from ever falling. */
uint64_t distribution_exp2(uint32_t x)
{
    uint64_t sum = exp2_terms[EXP2_TERMS - 1];
    for (int k = EXP2_TERMS - 2; k >= 0; k--)
        sum = exp2_terms[k] + (uint64_t)((u128)sum * ((uint64_t)x << 32) >> 64);
    return sum;
}

/* How many deviations from its mean a normal variable is that is further out with probability
 * 2^-(l / 2^32); l is of 1..64 of those units. In 2^-28. */
static uint64_t tail_deviations(uint64_t l)
{
    uint64_t y = l - ONE / 2;
    unsigned zeros = leading_zeros(y);
    uint64_t norm = y << zeros;
    unsigned octave = 63 - zeros - 31;
    unsigned i = octave * QUANTILE_STEPS + ((norm >> 58) & (QUANTILE_STEPS - 1));
    uint64_t t = norm << 6 >> 32;
    return quantile_table[i] + ((quantile_table[i + 1] - quantile_table[i]) * t >> 32);
}

static int64_t cap(u128 ns)
{
    return ns > (u128)DISTRIBUTION_MOST_NS ? DISTRIBUTION_MOST_NS : (int64_t)ns;
}

static int64_t draw_exponential(int64_t scale_ns, uint64_t bits)
{
    u128 product = (u128)(uint64_t)scale_ns * distribution_minus_log2(bits);
    return cap((product >> 16) * LN2 >> 48);
}

static int64_t draw_lognormal(int64_t scale_ns, uint32_t sigma_ppm, uint64_t bits)
{
    bool above = bits >> 63;
    uint64_t deviations = tail_deviations(distribution_minus_log2(above ? ~bits : bits));
    /* sigma * z * log2(e), in 2^-32: 10^-6 * 2^-28 * 2^-60 is 2^56 of that. */
    uint64_t exponent = (uint64_t)(((u128)(deviations * sigma_ppm) * LOG2E >> 56) / 1000000);
    if (above && exponent >= FACTOR_MAX * ONE)
        return cap((u128)(uint64_t)scale_ns << FACTOR_MAX);
    int64_t power = above ? (int64_t)exponent : -(int64_t)exponent;
    int64_t whole = power >> 32;
    if (whole < -62)
        return 0;
    u128 product = (u128)(uint64_t)scale_ns * distribution_exp2((uint32_t)power);
    return cap(product >> (62 - whole));
}

int64_t distribution_draw(const struct distribution *distribution, uint64_t bits)
{
    int64_t ns = distribution->least_ns;
    switch (distribution->kind) {
    case DISTRIBUTION_CONSTANT:
        return ns;
    case DISTRIBUTION_UNIFORM:
        return ns + (int64_t)random_below(bits, (uint64_t)(distribution->most_ns - ns) + 1);
    case DISTRIBUTION_EMPIRICAL:
        return distribution->empirical
            ->sorted_ns[random_below(bits, distribution->empirical->count)];
    case DISTRIBUTION_EXPONENTIAL:
        ns = draw_exponential(distribution->scale_ns, bits);
        break;
    case DISTRIBUTION_LOGNORMAL:
        ns = draw_lognormal(distribution->scale_ns, distribution->sigma_ppm, bits);
        break;
    }
    return ns < distribution->least_ns ? distribution->least_ns : ns;
}

int64_t distribution_least(const struct distribution *distribution)
{
    return distribution->least_ns;
}
