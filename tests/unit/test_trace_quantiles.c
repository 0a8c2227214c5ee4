/* Exact quantiles by nearest rank, of few values and of more than stay in memory. */
#include "trace/quantiles.h"

#include "support/suite.h"

static int64_t quantile(const struct quantiles *quantiles, uint32_t ppm)
{
    int64_t value = -1;
    CU_ASSERT_EQUAL(quantiles_find(quantiles, ppm, &value), OK);
    return value;
}

static void of_nothing_a_quantile_is_0(void)
{
    struct quantiles quantiles = {0};
    CU_ASSERT_EQUAL(quantiles_count(&quantiles), 0);
    CU_ASSERT_EQUAL(quantile(&quantiles, QUANTILE_MEDIAN), 0);
    CU_ASSERT_EQUAL(quantile(&quantiles, QUANTILE_MOST), 0);
    quantiles_close(&quantiles);
}

static void a_quantile_is_the_value_of_its_rank(void)
{
    struct quantiles quantiles = {0};
    for (int64_t value = 100; value >= 1; value--)
        quantiles_add(&quantiles, value * 1000003);
    CU_ASSERT_EQUAL(quantile(&quantiles, 0), 1000003);
    CU_ASSERT_EQUAL(quantile(&quantiles, 10000), 1000003);
    CU_ASSERT_EQUAL(quantile(&quantiles, 10001), 2 * 1000003);
    CU_ASSERT_EQUAL(quantile(&quantiles, QUANTILE_MEDIAN), 50 * 1000003);
    CU_ASSERT_EQUAL(quantile(&quantiles, 990000), 99 * 1000003);
    CU_ASSERT_EQUAL(quantile(&quantiles, 990001), 100 * 1000003);
    CU_ASSERT_EQUAL(quantile(&quantiles, QUANTILE_MOST), 100 * 1000003);
    quantiles_close(&quantiles);
}

/* Each with one far greater one beside it, so that all digits are looked at. */
static void every_magnitude_is_exact(void)
{
    for (int bit = 0; bit < 63; bit++)
        for (int64_t off = -1; off <= 1; off++) {
            struct quantiles quantiles = {0};
            int64_t value = (INT64_C(1) << bit) + off;
            quantiles_add(&quantiles, value);
            quantiles_add(&quantiles, INT64_MAX);
            CU_ASSERT_EQUAL(quantile(&quantiles, QUANTILE_MEDIAN), value);
            CU_ASSERT_EQUAL(quantile(&quantiles, QUANTILE_MOST), INT64_MAX);
            quantiles_close(&quantiles);
        }
}

/* Those that are far from each other, that share digits, and that are the same. */
static void several_at_once_are_as_one_by_one(void)
{
    static const uint32_t ppm[] = {1, QUANTILE_MEDIAN, 990000, QUANTILE_MOST};
    for (uint64_t kind = 0; kind < 6; kind++) {
        struct quantiles quantiles = {0};
        int64_t found[4];
        for (uint64_t i = 0; i < 1000; i++)
            quantiles_add(&quantiles, (int64_t)(i * i * i >> kind * 6));
        CU_ASSERT_EQUAL(quantiles_find_all(&quantiles, ppm, found, 4), OK);
        for (int i = 0; i < 4; i++)
            CU_ASSERT_EQUAL(found[i], quantile(&quantiles, ppm[i]));
        quantiles_close(&quantiles);
    }
}

static void what_is_below_0_counts_as_0(void)
{
    struct quantiles quantiles = {0};
    quantiles_add(&quantiles, -5);
    CU_ASSERT_EQUAL(quantile(&quantiles, QUANTILE_MOST), 0);
    quantiles_close(&quantiles);
}

static void parts_of_one_set_are_taken_together(void)
{
    struct quantiles last = {0}, first = {.next = &last};
    for (int64_t value = 1; value <= 9; value++)
        quantiles_add(value % 2 ? &first : &last, value);
    CU_ASSERT_EQUAL(quantiles_count(&first), 9);
    CU_ASSERT_EQUAL(quantile(&first, QUANTILE_MEDIAN), 5);
    CU_ASSERT_EQUAL(quantile(&last, QUANTILE_MEDIAN), 4);
    quantiles_close(&first);
    quantiles_close(&last);
}

/* The value of each rank, in no order: 0 is small, the last is large. */
static void more_values_than_stay_in_memory_are_exact_too(void)
{
    enum { MANY = 5 * QUANTILES_ROOM / 2, STEP = 1000003 };
    static const uint32_t asked[] = {0, 1, 250000, QUANTILE_MEDIAN, 999000, 999999, QUANTILE_MOST};
    struct quantiles quantiles = {0};
    for (uint64_t i = 0, rank = 0; i < MANY; i++, rank = (rank + STEP) % MANY)
        quantiles_add(&quantiles, (int64_t)(rank * rank * rank / 8));
    CU_ASSERT_EQUAL(quantiles.spilled, 2 * QUANTILES_ROOM);
    CU_ASSERT_TRUE(quantiles.capacity <= QUANTILES_ROOM);
    CU_ASSERT_EQUAL(quantiles_count(&quantiles), MANY);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        uint64_t rank = ((uint64_t)MANY * asked[i] + 999999) / 1000000;
        rank -= rank > 0;
        CU_ASSERT_EQUAL(quantile(&quantiles, asked[i]), (int64_t)(rank * rank * rank / 8));
    }
    quantiles_close(&quantiles);
}

SUITE(trace_quantiles, TEST(of_nothing_a_quantile_is_0), TEST(a_quantile_is_the_value_of_its_rank),
      TEST(every_magnitude_is_exact), TEST(several_at_once_are_as_one_by_one),
      TEST(what_is_below_0_counts_as_0), TEST(parts_of_one_set_are_taken_together),
      TEST(more_values_than_stay_in_memory_are_exact_too));
