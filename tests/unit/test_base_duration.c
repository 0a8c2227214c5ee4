/* Durations as text. */
#include "base/duration.h"
#include "support/suite.h"

static void durations_are_written_in_four_ways(void)
{
    static const struct {
        int64_t ns;
        const char *exact, *plain, *brief, *rounded;
    } rows[] = {
        {0, "0ns", "0ms", "0ns", "0 ns"},
        {999, "999ns", "999ns", "999ns", "999 ns"},
        {1000, "1us", "1us", "1.0us", "1 us"},
        {1001, "1.001us", "1.001us", "1.0us", "1 us"},
        {1500000, "1.5ms", "1.5ms", "1.5ms", "1.5 ms"},
        {5949999, "5.949999ms", "5.949999ms", "5.9ms", "5.94 ms"},
        {5950000, "5.95ms", "5.95ms", "6.0ms", "5.95 ms"},
        {99950000, "99.95ms", "99.95ms", "100ms", "99.9 ms"},
        {999949999, "999.949999ms", "999.949999ms", "1.0s", "999 ms"},
        {1060000000, "1.06s", "1.06s", "1.1s", "1.06 s"},
        {5000000001, "5.000000001s", "5.000000001s", "5.0s", "5 s"},
        {59949999999, "59.949999999s", "59.949999999s", "59.9s", "59.9 s"},
        {59950000000, "59.95s", "59.95s", "1m0s", "59.9 s"},
        {60000000001, "1m0.000000001s", "60.000000001s", "1m0s", "60 s"},
        {99999999999, "1m39.999999999s", "99.999999999s", "1m40s", "99.9 s"},
        {150400000000, "2m30.4s", "150.4s", "2m30s", "2 m 30 s"},
        {-1500000, "-1.5ms", "-1.5ms", "-1.5ms", "-1.5 ms"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_STRING_EQUAL(duration_exact(rows[i].ns).text, rows[i].exact);
        CU_ASSERT_STRING_EQUAL(duration_plain(rows[i].ns).text, rows[i].plain);
        CU_ASSERT_STRING_EQUAL(duration_short(rows[i].ns).text, rows[i].brief);
        CU_ASSERT_STRING_EQUAL(duration_rounded(rows[i].ns).text, rows[i].rounded);
    }
}

static void longest_durations_fit(void)
{
    CU_ASSERT_STRING_EQUAL(duration_exact(INT64_MIN).text, "-153722867m16.854775808s");
    CU_ASSERT_STRING_EQUAL(duration_plain(INT64_MIN).text, "-9223372036.854775808s");
    CU_ASSERT_STRING_EQUAL(duration_rounded(INT64_MIN).text, "-153722867 m 16 s");
}

SUITE(base_duration, TEST(durations_are_written_in_four_ways), TEST(longest_durations_fit));
