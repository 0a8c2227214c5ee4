/* Words as values: exact, bounded, and written again as they were read. */
#include "scenario/value.h"

#include "base/duration.h"
#include "support/suite.h"

static struct word word(const char *text)
{
    return (struct word){text, strlen(text)};
}

static void durations_are_exact(void)
{
    static const struct {
        const char *text;
        int64_t ns;
    } durations[] = {{"0s", 0},
                     {"1ns", 1},
                     {"250us", 250 * NS_PER_US},
                     {"1.5s", 1500 * NS_PER_MS},
                     {"0.1s", 100 * NS_PER_MS},
                     {"0.000000001s", 1},
                     {"1.0000000000000000000000000s", NS_PER_S},
                     {"2m", 120 * NS_PER_S},
                     {"0.5h", 1800 * NS_PER_S},
                     {"0.00000000005m", 3},
                     {"1000000000s", DURATION_MAX_NS},
                     {"0000000000000000000000000000001s", NS_PER_S}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        int64_t ns = -1;
        CU_ASSERT_PTR_NULL(value_duration(word(durations[i].text), &ns));
        CU_ASSERT_EQUAL(ns, durations[i].ns);
    }
}

static void what_is_no_duration_says_why(void)
{
    static const char no[] = "want a duration, such as 5s";
    static const char unit[] = "want a unit: ns, us, ms, s, m or h, such as 5s";
    static const char fine[] = "finer than a nanosecond";
    static const char longer[] = "longer than 10^9 seconds";
    static const struct {
        const char *text;
        const char *why;
    } wrong[] = {{"", no},
                 {"s", no},
                 {".5s", no},
                 {"+5s", no},
                 {"-5s", "below zero"},
                 {"5", unit},
                 {"5 s", unit},
                 {"5S", unit},
                 {"5ss", unit},
                 {"5.s", no},
                 {"5..s", no},
                 {"0.1ns", fine},
                 {"0.0000000001s", fine},
                 {"0.0000000000000000000000000000000001s", fine},
                 {"1000000000.000000001s", longer},
                 {"1000000000.0000000001s", longer},
                 {"1000000001s", longer},
                 {"1000000000000000000000000000000s", longer},
                 {"277778h", longer}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t ns;
        const char *why = value_duration(word(wrong[i].text), &ns);
        CU_ASSERT_PTR_NOT_NULL_FATAL(why);
        CU_ASSERT_STRING_EQUAL(why, wrong[i].why);
    }
}

static void a_duration_is_written_so_that_it_reads_the_same(void)
{
    static const struct {
        int64_t ns;
        const char *text;
    } written[] = {{0, "0ms"},
                   {1, "1ns"},
                   {999, "999ns"},
                   {1500, "1.5us"},
                   {NS_PER_MS + 1, "1.000001ms"},
                   {400 * NS_PER_MS, "400ms"},
                   {90 * NS_PER_S, "90s"},
                   {DURATION_MAX_NS, "1000000000s"},
                   {DURATION_MAX_NS - 1, "999999999.999999999s"}};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        struct duration_text text = duration_plain(written[i].ns);
        int64_t ns = -1;
        CU_ASSERT_STRING_EQUAL(text.text, written[i].text);
        CU_ASSERT_PTR_NULL(value_duration(word(text.text), &ns));
        CU_ASSERT_EQUAL(ns, written[i].ns);
    }
}

static void shares_go_from_nothing_to_all(void)
{
    uint32_t ppb = 7;
    CU_ASSERT_PTR_NULL(value_share(word("0%"), &ppb));
    CU_ASSERT_EQUAL(ppb, 0);
    CU_ASSERT_PTR_NULL(value_share(word("100%"), &ppb));
    CU_ASSERT_EQUAL(ppb, 1000000000);
    CU_ASSERT_PTR_NULL(value_share(word("0.0000001%"), &ppb));
    CU_ASSERT_EQUAL(ppb, 1);
    CU_ASSERT_PTR_NOT_NULL(value_share(word("100.0000001%"), &ppb));
    CU_ASSERT_PTR_NOT_NULL(value_share(word("0.00000005%"), &ppb));
    CU_ASSERT_PTR_NOT_NULL(value_share(word("0.5"), &ppb));
    CU_ASSERT_PTR_NOT_NULL(value_share(word("-1%"), &ppb));
    CU_ASSERT_PTR_NOT_NULL(value_share(word("%"), &ppb));
    CU_ASSERT_PTR_NOT_NULL(value_share(word("5%%"), &ppb));
}

static void numbers_go_to_two_to_the_sixty_four_less_one(void)
{
    uint64_t number = 0;
    CU_ASSERT_PTR_NULL(value_number(word("18446744073709551615"), &number));
    CU_ASSERT_EQUAL(number, UINT64_MAX);
    CU_ASSERT_STRING_EQUAL(value_number(word("18446744073709551616"), &number),
                           "larger than 2^64-1");
    CU_ASSERT_STRING_EQUAL(value_number(word("99999999999999999999999999999999999999999"), &number),
                           "larger than 2^64-1");
    CU_ASSERT_PTR_NULL(value_number(word("0"), &number));
    CU_ASSERT_EQUAL(number, 0);
    CU_ASSERT_PTR_NOT_NULL(value_number(word(""), &number));
    CU_ASSERT_PTR_NOT_NULL(value_number(word("1.0"), &number));
    CU_ASSERT_PTR_NOT_NULL(value_number(word("0x10"), &number));
    CU_ASSERT_STRING_EQUAL(value_number(word("-1"), &number), "below zero");
}

static void clocks_have_whole_rates_and_signed_offsets(void)
{
    int32_t ppm = 7;
    int64_t ns = 7;
    CU_ASSERT_PTR_NULL(value_clock_rate(word("-500000ppm"), &ppm));
    CU_ASSERT_EQUAL(ppm, -500000);
    CU_ASSERT_PTR_NULL(value_clock_rate(word("+500000ppm"), &ppm));
    CU_ASSERT_EQUAL(ppm, 500000);
    CU_ASSERT_PTR_NOT_NULL(value_clock_rate(word("+500001ppm"), &ppm));
    CU_ASSERT_PTR_NOT_NULL(value_clock_rate(word("+0.5ppm"), &ppm));
    CU_ASSERT_PTR_NULL(value_offset(word("-1.5ms"), &ns));
    CU_ASSERT_EQUAL(ns, -1500 * NS_PER_US);
    CU_ASSERT_PTR_NULL(value_offset(word("+1000000000s"), &ns));
    CU_ASSERT_EQUAL(ns, DURATION_MAX_NS);
    CU_ASSERT_PTR_NOT_NULL(value_offset(word("15ms"), &ns));
    CU_ASSERT_PTR_NOT_NULL(value_offset(word("+-15ms"), &ns));
    CU_ASSERT_PTR_NOT_NULL(value_offset(word("+"), &ns));
}

static void exponents_go_from_nought_to_ten(void)
{
    uint32_t ppm = 7;
    CU_ASSERT_PTR_NULL(value_exponent(word("10"), &ppm));
    CU_ASSERT_EQUAL(ppm, 10000000);
    CU_ASSERT_PTR_NULL(value_exponent(word("0"), &ppm));
    CU_ASSERT_EQUAL(ppm, 0);
    CU_ASSERT_PTR_NOT_NULL(value_exponent(word("10.000001"), &ppm));
    CU_ASSERT_PTR_NOT_NULL(value_exponent(word("0.0000001"), &ppm));
}

static void memory_is_in_powers_of_1024(void)
{
    uint64_t bytes = 0;
    CU_ASSERT_PTR_NULL(value_bytes(word("8G"), &bytes));
    CU_ASSERT_EQUAL(bytes, UINT64_C(8) << 30);
    CU_ASSERT_PTR_NULL(value_bytes(word("1.5M"), &bytes));
    CU_ASSERT_EQUAL(bytes, 3u << 19);
    CU_ASSERT_PTR_NULL(value_bytes(word("1K"), &bytes));
    CU_ASSERT_EQUAL(bytes, 1024);
    CU_ASSERT_PTR_NULL(value_bytes(word("1048576T"), &bytes));
    CU_ASSERT_EQUAL(bytes, UINT64_C(1) << 60);
    CU_ASSERT_PTR_NOT_NULL(value_bytes(word("1048577T"), &bytes));
    static const char *const none[] = {"", "8", "G", "0G", "8g", "8GB", "-8G", "8 G"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CU_ASSERT_PTR_NOT_NULL(value_bytes(word(none[i]), &bytes));
}

SUITE(scenario_value, TEST(durations_are_exact), TEST(what_is_no_duration_says_why),
      TEST(a_duration_is_written_so_that_it_reads_the_same), TEST(shares_go_from_nothing_to_all),
      TEST(numbers_go_to_two_to_the_sixty_four_less_one),
      TEST(clocks_have_whole_rates_and_signed_offsets), TEST(exponents_go_from_nought_to_ten),
      TEST(memory_is_in_powers_of_1024));
