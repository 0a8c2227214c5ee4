/* Means and intervals against values worked out by hand. */
#include "base/random.h"
#include "search/numbers.h"
#include "search/sample.h"

#include "support/suite.h"

#include <string.h>

static struct sample sample_of(const int64_t *values, size_t count)
{
    struct sample sample = {0};
    for (size_t i = 0; i < count; i++)
        sample_add(&sample, values[i], i);
    return sample;
}

static void an_interval_is_that_of_students_t(void)
{
    /* Mean 5, variance 32/7, standard error 0.755929, t(7) 2.365: half of 1.787772. */
    static const int64_t values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    struct sample sample = sample_of(values, 8);
    CU_ASSERT_EQUAL(sample_mean(&sample, 1000), 5000);
    CU_ASSERT_EQUAL(sample_interval(&sample, 1000), 1788);
    CU_ASSERT_EQUAL(sample.least, 2);
    CU_ASSERT_EQUAL(sample.most, 9);
    CU_ASSERT_EQUAL(sample.most_seed, 7);
}

static void equal_values_have_no_interval(void)
{
    static const int64_t values[] = {400000000000007, 400000000000007, 400000000000007};
    struct sample sample = sample_of(values, 3);
    CU_ASSERT_EQUAL(sample_mean(&sample, 1), values[0]);
    CU_ASSERT_EQUAL(sample_interval(&sample, 1000), 0);
}

static void a_small_spread_of_large_values_is_exact(void)
{
    struct sample sample = {0}, small = {0};
    for (int64_t i = 0; i < 1000000; i++) {
        sample_add(&sample, 1000000000000000 + i % 7, 0);
        sample_add(&small, i % 7, 0);
    }
    CU_ASSERT_TRUE(sample_interval(&small, 1000000) > 0);
    CU_ASSERT_EQUAL(sample_interval(&sample, 1000000), sample_interval(&small, 1000000));
}

static void nothing_and_one_value_have_no_interval(void)
{
    static const int64_t value = -5;
    struct sample none = {0}, one = sample_of(&value, 1);
    CU_ASSERT_EQUAL(sample_mean(&none, 1000), 0);
    CU_ASSERT_EQUAL(sample_interval(&none, 1000), 0);
    CU_ASSERT_EQUAL(sample_mean(&one, 1000), -5000);
    CU_ASSERT_EQUAL(sample_interval(&one, 1000), 0);
}

static void parts_add_up_to_the_whole_in_any_order(void)
{
    struct sample whole = {0}, parts[3] = {0}, forwards = {0}, backwards = {0};
    for (uint64_t i = 0; i < 300; i++) {
        int64_t value = (int64_t)(random_mix(i) % 1000) - 300;
        sample_add(&whole, value, i);
        sample_add(&parts[i % 3], value, i);
    }
    for (int i = 0; i < 3; i++) {
        sample_merge(&forwards, &parts[i]);
        sample_merge(&backwards, &parts[2 - i]);
    }
    CU_ASSERT_EQUAL(memcmp(&whole, &forwards, sizeof whole), 0);
    CU_ASSERT_EQUAL(memcmp(&whole, &backwards, sizeof whole), 0);
}

static void text_is(enum number_unit unit, int64_t thousandths, const char *wanted)
{
    CU_ASSERT_STRING_EQUAL(shown_number(unit, thousandths).text, wanted);
}

static void numbers_are_printed_to_three_digits(void)
{
    text_is(UNIT_COUNT, 0, "0");
    text_is(UNIT_COUNT, 4, "0.004");
    text_is(UNIT_COUNT, 1500, "1.5");
    text_is(UNIT_COUNT, 12345, "12.3");
    text_is(UNIT_COUNT, 123567, "124");
    text_is(UNIT_COUNT, 1234567, "1235");
    text_is(UNIT_COUNT, -12345, "-12.3");
    text_is(UNIT_TIME, INT64_C(2500000000), "2.5ms");
}

static void a_share_is_all_only_if_it_is(void)
{
    text_is(UNIT_SHARE, INT64_C(1000000000000), "100%");
    text_is(UNIT_SHARE, INT64_C(999999999999), "99.999%");
    text_is(UNIT_SHARE, INT64_C(987230000000), "98.723%");
}

SUITE(search_sample, TEST(an_interval_is_that_of_students_t), TEST(equal_values_have_no_interval),
      TEST(a_small_spread_of_large_values_is_exact), TEST(nothing_and_one_value_have_no_interval),
      TEST(parts_add_up_to_the_whole_in_any_order), TEST(numbers_are_printed_to_three_digits),
      TEST(a_share_is_all_only_if_it_is));
