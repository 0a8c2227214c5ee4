/* Draws from distributions, held against the theory, against bounds, and against what they were
 * before. */
#include "base/distribution.h"
#include "base/random.h"

#include "support/suite.h"

#include <stdlib.h>

#define DRAWS 100000

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct sample {
    double mean;
    double p50;
    double p99;
};

static struct sample sample_of(struct distribution distribution)
{
    static int64_t draws[DRAWS];
    struct sample sample = {.mean = 0};
    for (uint64_t i = 0; i < DRAWS; i++) {
        draws[i] = distribution_draw(&distribution, random_draw(7, i));
        sample.mean += (double)draws[i] / DRAWS;
    }
    qsort(draws, DRAWS, sizeof *draws, by_size);
    sample.p50 = (double)draws[DRAWS / 2];
    sample.p99 = (double)draws[DRAWS * 99 / 100];
    return sample;
}

static bool near(double got, double wanted, double share)
{
    return got >= wanted * (1 - share) && got <= wanted * (1 + share);
}

static void a_constant_is_what_it_is(void)
{
    struct distribution distribution = distribution_constant(5);
    CU_ASSERT_EQUAL(distribution_draw(&distribution, 0), 5);
    CU_ASSERT_EQUAL(distribution_draw(&distribution, UINT64_MAX), 5);
    CU_ASSERT_EQUAL(distribution_least(&distribution), 5);
}

static void a_uniform_reaches_both_ends_and_nothing_beyond(void)
{
    struct distribution distribution = {
        .kind = DISTRIBUTION_UNIFORM, .least_ns = 10, .most_ns = 13};
    unsigned times[4] = {0};
    CU_ASSERT_EQUAL(distribution_draw(&distribution, 0), 10);
    CU_ASSERT_EQUAL(distribution_draw(&distribution, UINT64_MAX), 13);
    for (uint64_t i = 0; i < 40000; i++) {
        int64_t ns = distribution_draw(&distribution, random_draw(1, i));
        CU_ASSERT_FATAL(ns >= 10 && ns <= 13);
        times[ns - 10]++;
    }
    for (int i = 0; i < 4; i++)
        CU_ASSERT_TRUE(near(times[i], 10000, 0.03));
    CU_ASSERT_EQUAL(distribution_least(&distribution), 10);
}

static void a_uniform_of_one_value_is_that_value(void)
{
    struct distribution distribution = {
        .kind = DISTRIBUTION_UNIFORM, .least_ns = 10, .most_ns = 10};
    CU_ASSERT_EQUAL(distribution_draw(&distribution, 0), 10);
    CU_ASSERT_EQUAL(distribution_draw(&distribution, UINT64_MAX), 10);
}

static void the_uniform_has_its_mean_and_quantiles(void)
{
    struct sample sample = sample_of((struct distribution){
        .kind = DISTRIBUTION_UNIFORM, .least_ns = 1000000, .most_ns = 5000000});
    CU_ASSERT_TRUE(near(sample.mean, 3e6, 0.01));
    CU_ASSERT_TRUE(near(sample.p50, 3e6, 0.01));
    CU_ASSERT_TRUE(near(sample.p99, 4.96e6, 0.01));
}

static void the_exponential_has_its_mean_and_quantiles(void)
{
    struct sample sample =
        sample_of((struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .scale_ns = 5000000});
    CU_ASSERT_TRUE(near(sample.mean, 5e6, 0.01));
    CU_ASSERT_TRUE(near(sample.p50, 5e6 * 0.69314718, 0.01));
    CU_ASSERT_TRUE(near(sample.p99, 5e6 * 4.60517019, 0.02));
}

static void the_lognormal_has_its_mean_and_quantiles(void)
{
    static const struct {
        uint32_t sigma_ppm;
        double mean; /* e^(sigma^2 / 2) */
        double p99;  /* e^(2.326348 sigma) */
    } distributions[] = {{100000, 1.00501252, 1.26192053},
                         {500000, 1.13314845, 3.20007401},
                         {1500000, 3.08021685, 32.77027358}};
    for (int i = 0; i < 3; i++) {
        struct sample sample =
            sample_of((struct distribution){.kind = DISTRIBUTION_LOGNORMAL,
                                            .scale_ns = 8000000,
                                            .sigma_ppm = distributions[i].sigma_ppm});
        CU_ASSERT_TRUE(near(sample.mean, 8e6 * distributions[i].mean, 0.02));
        CU_ASSERT_TRUE(near(sample.p50, 8e6, 0.01));
        CU_ASSERT_TRUE(near(sample.p99, 8e6 * distributions[i].p99, 0.02));
    }
}

static void a_least_holds_and_only_what_is_below_it_is_changed(void)
{
    struct distribution distribution = {
        .kind = DISTRIBUTION_EXPONENTIAL, .scale_ns = 5000000, .least_ns = 1000000};
    struct distribution bare = {.kind = DISTRIBUTION_EXPONENTIAL, .scale_ns = 5000000};
    unsigned held = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t bits = random_draw(3, i);
        int64_t ns = distribution_draw(&distribution, bits),
                free_ns = distribution_draw(&bare, bits);
        CU_ASSERT_EQUAL(ns, free_ns < 1000000 ? 1000000 : free_ns);
        held += free_ns < 1000000;
    }
    CU_ASSERT_TRUE(held > 100 && held < 300); /* 1 - e^-0.2 is 18 % */
    CU_ASSERT_EQUAL(distribution_least(&distribution), 1000000);
    CU_ASSERT_EQUAL(distribution_least(&bare), 0);
}

static void no_draw_leaves_its_bounds_for_the_extreme_bits(void)
{
    static const uint64_t bits[] = {
        0, 1, UINT64_MAX / 2, UINT64_MAX / 2 + 1, UINT64_MAX - 1, UINT64_MAX};
    static const int64_t scales[] = {1, NS_PER_MS, NS_PER_S, DISTRIBUTION_MOST_NS};
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < 4; i++) {
            struct distribution exponential = {.kind = DISTRIBUTION_EXPONENTIAL,
                                               .scale_ns = scales[i]};
            struct distribution lognormal = {
                .kind = DISTRIBUTION_LOGNORMAL, .scale_ns = scales[i], .sigma_ppm = 10000000};
            int64_t ns = distribution_draw(&exponential, bits[k]);
            CU_ASSERT_TRUE(ns >= 0 && ns <= DISTRIBUTION_MOST_NS);
            CU_ASSERT_TRUE((double)ns <= (double)scales[i] * 44.3615);
            ns = distribution_draw(&lognormal, bits[k]);
            CU_ASSERT_TRUE(ns >= 0 && ns <= DISTRIBUTION_MOST_NS);
            CU_ASSERT_TRUE((double)ns <= (double)scales[i] * (1 << 20));
        }
}

static void the_median_of_a_lognormal_is_exact(void)
{
    struct distribution distribution = {
        .kind = DISTRIBUTION_LOGNORMAL, .scale_ns = 8000000, .sigma_ppm = 500000};
    CU_ASSERT_EQUAL(distribution_draw(&distribution, UINT64_MAX / 2), 8000000);
    CU_ASSERT_EQUAL(distribution_draw(&distribution, UINT64_MAX / 2 + 1), 8000000);
}

/* Bits that cross each kind of knot: powers of two, table steps, and their neighbours. */
static uint64_t rising_bits(uint64_t i)
{
    return random_mix(i) >> (i % 64);
}

static void skewed_draws_are_monotone_in_the_bits(void)
{
    struct distribution exponential = {.kind = DISTRIBUTION_EXPONENTIAL,
                                       .scale_ns = DISTRIBUTION_MOST_NS / 64};
    struct distribution lognormal = {
        .kind = DISTRIBUTION_LOGNORMAL, .scale_ns = DISTRIBUTION_MOST_NS / 64, .sigma_ppm = 200000};
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t low = rising_bits(i), step = random_mix(~i) >> (i * 7 % 64);
        uint64_t high = low > UINT64_MAX - step ? UINT64_MAX : low + step;
        CU_ASSERT_FATAL(distribution_minus_log2(low) >= distribution_minus_log2(high));
        CU_ASSERT_FATAL(distribution_draw(&exponential, low) >=
                        distribution_draw(&exponential, high));
        CU_ASSERT_FATAL(distribution_draw(&lognormal, low) <= distribution_draw(&lognormal, high));
    }
    for (unsigned cell = 0; cell < 256; cell++) {
        uint64_t knot = (UINT64_C(256) + cell) << 55;
        CU_ASSERT_TRUE(distribution_minus_log2(knot - 2) >= distribution_minus_log2(knot - 1));
        CU_ASSERT_TRUE(distribution_minus_log2(knot - 1) >= distribution_minus_log2(knot));
    }
}

/* -log2 of (bits + 1) / 2^64 in 2^-32, one binary digit a squaring. */
static uint64_t logarithm_by_squaring(uint64_t bits)
{
    unsigned zeros = (unsigned)__builtin_clzll(bits + 1);
    uint64_t x = (bits + 1) << zeros, digits = 0; /* of 2^63..2^64-1, for 1..2 */
    for (int i = 0; i < 32; i++) {
        unsigned __int128 square = (unsigned __int128)x * x;
        bool two = square >> 127;
        digits = digits << 1 | two;
        x = (uint64_t)(square >> (two ? 64 : 63));
    }
    return ((uint64_t)(1 + zeros) << 32) - digits;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void the_logarithm_is_exact_at_powers_of_two_and_close_elsewhere(void)
{
    CU_ASSERT_EQUAL(distribution_minus_log2(0), UINT64_C(64) << 32);
    CU_ASSERT_EQUAL(distribution_minus_log2(UINT64_MAX), 0);
    for (unsigned power = 0; power < 64; power++)
        CU_ASSERT_EQUAL(distribution_minus_log2((UINT64_C(1) << power) - 1), (uint64_t)(64 - power)
                                                                                 << 32);
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t bits = rising_bits(i);
        CU_ASSERT_FATAL(bits == UINT64_MAX ||
                        distance(distribution_minus_log2(bits), logarithm_by_squaring(bits)) <= 16);
    }
}

static void the_power_of_two_undoes_the_logarithm_and_never_falls(void)
{
    CU_ASSERT_EQUAL(distribution_exp2(0), UINT64_C(1) << 62);
    CU_ASSERT_EQUAL(distribution_exp2(UINT32_C(1) << 31) >> 30,
                    UINT64_C(0x16a09e667)); /* the root of 2 */
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t x = (uint32_t)random_mix(i);
        uint64_t power = distribution_exp2(x);
        CU_ASSERT_FATAL(distance((UINT64_C(2) << 32) - logarithm_by_squaring(power - 1), x) <= 2);
        CU_ASSERT_FATAL(x == UINT32_MAX || power <= distribution_exp2(x + 1));
    }
    CU_ASSERT_TRUE(distribution_exp2(UINT32_MAX) < UINT64_C(1) << 63);
}

/* The same on every machine, compiler and flag: a change here changes every run's hash. */
static void draws_are_these_for_ever(void)
{
    static const struct distribution distributions[] = {
        {.kind = DISTRIBUTION_UNIFORM, .least_ns = 1000000, .most_ns = 5000000},
        {.kind = DISTRIBUTION_EXPONENTIAL, .scale_ns = 5000000},
        {.kind = DISTRIBUTION_LOGNORMAL, .scale_ns = 8000000, .sigma_ppm = 500000},
    };
    static const int64_t golden[3][4] = {
        {2212600, 2979718, 1463997, 2057283},
        {5967635, 3516699, 10770850, 6652959},
        {6182765, 7949336, 4401057, 5838140},
    };
    for (int k = 0; k < 3; k++)
        for (uint64_t i = 0; i < 4; i++)
            CU_ASSERT_EQUAL(distribution_draw(&distributions[k], random_draw(42, i)), golden[k][i]);
}

SUITE(base_distribution, TEST(a_constant_is_what_it_is),
      TEST(a_uniform_reaches_both_ends_and_nothing_beyond),
      TEST(a_uniform_of_one_value_is_that_value), TEST(the_uniform_has_its_mean_and_quantiles),
      TEST(the_exponential_has_its_mean_and_quantiles),
      TEST(the_lognormal_has_its_mean_and_quantiles),
      TEST(a_least_holds_and_only_what_is_below_it_is_changed),
      TEST(no_draw_leaves_its_bounds_for_the_extreme_bits),
      TEST(the_median_of_a_lognormal_is_exact), TEST(skewed_draws_are_monotone_in_the_bits),
      TEST(the_logarithm_is_exact_at_powers_of_two_and_close_elsewhere),
      TEST(the_power_of_two_undoes_the_logarithm_and_never_falls), TEST(draws_are_these_for_ever));
