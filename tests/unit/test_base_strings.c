/* UTF-8, the string builder, failures, and the small functions of numbers. */
#include "base/failure.h"
#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "base/string_builder.h"
#include "base/utf8.h"
#include "support/suite.h"

#include <errno.h>
#include <string.h>

static bool is_valid(const char *text)
{
    uint32_t code;
    size_t left = strlen(text);
    for (size_t step; left > 0; text += step, left -= step)
        if ((step = utf8_next(text, left, &code)) == 0)
            return false;
    return true;
}

static void utf8_is_shortest_forms_of_scalar_values(void)
{
    CU_ASSERT_TRUE(is_valid(""));
    CU_ASSERT_TRUE(is_valid("a\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80"));
    CU_ASSERT_TRUE(is_valid("\xf4\x8f\xbf\xbf"));
    CU_ASSERT_FALSE(is_valid("\xf4\x90\x80\x80"));
    CU_ASSERT_FALSE(is_valid("\xc0\x80"));
    CU_ASSERT_FALSE(is_valid("\xe0\x9f\xbf"));
    CU_ASSERT_FALSE(is_valid("\xed\xa0\x80"));
    CU_ASSERT_FALSE(is_valid("\x80"));
    CU_ASSERT_FALSE(is_valid("a\xc3"));
    CU_ASSERT_FALSE(is_valid("\xff"));
}

static void utf8_next_reads_no_further_than_a_nul(void)
{
    uint32_t code;
    CU_ASSERT_EQUAL(utf8_next("\xe2\x80", SIZE_MAX, &code), 0);
    CU_ASSERT_EQUAL(utf8_next("\xe2\x80\xa6", SIZE_MAX, &code), 3);
    CU_ASSERT_EQUAL(code, 0x2026);
    CU_ASSERT_EQUAL(utf8_next("", SIZE_MAX, &code), 1);
    CU_ASSERT_EQUAL(code, 0);
}

static void utf8_is_cut_between_characters(void)
{
    const char *text = "a\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80";
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    for (size_t size = 0; size <= 10; size++)
        CU_ASSERT_EQUAL(utf8_cut(text, size), cuts[size]);
    CU_ASSERT_EQUAL(utf8_cut("\x80\x80\x80\x80\x80", 5), 5);
    CU_ASSERT_EQUAL(utf8_drop_last(text, 10), 6);
    CU_ASSERT_EQUAL(utf8_drop_last(text, 3), 1);
    CU_ASSERT_EQUAL(utf8_drop_last(text, 0), 0);
}

static void builder_grows_to_what_is_added(void)
{
    struct string_builder builder = {0};
    char expected[4016] = "";
    for (int i = 0; i < 1000; i++) {
        string_builder_print(&builder, "%03d", i);
        string_builder_add_char(&builder, ' ');
        snprintf(expected + 4 * i, 16, "%03d ", i);
        CU_ASSERT_EQUAL(builder.size, 4 * ((size_t)i + 1));
    }
    char *text = string_builder_take(&builder);
    CU_ASSERT_STRING_EQUAL(text, expected);
    CU_ASSERT_PTR_NULL(builder.text);
    memory_free(text);
    text = string_builder_take(&builder);
    CU_ASSERT_STRING_EQUAL(text, "");
    memory_free(text);
    string_builder_add(&builder, "left");
    string_builder_close(&builder);
}

static void builder_over_a_buffer_cuts_between_characters(void)
{
    char buffer[8];
    struct string_builder builder = string_builder_over(buffer, sizeof buffer);
    CU_ASSERT_STRING_EQUAL(buffer, "");
    string_builder_print(&builder, "%s", "1234567");
    CU_ASSERT_FALSE(builder.failed);
    CU_ASSERT_STRING_EQUAL(buffer, "1234567");
    builder = string_builder_over(buffer, sizeof buffer);
    string_builder_print(&builder, "12345%s", "\xe2\x80\xa6");
    CU_ASSERT_TRUE(builder.failed);
    CU_ASSERT_STRING_EQUAL(buffer, "12345");
    string_builder_add(&builder, "6");
    CU_ASSERT_STRING_EQUAL(buffer, "12345");
    builder = string_builder_over(buffer, sizeof buffer);
    string_builder_add(&builder, "123456\xc3\xa9");
    CU_ASSERT_TRUE(builder.failed);
    CU_ASSERT_STRING_EQUAL(buffer, "123456");
    string_builder_close(&builder);
}

static void failure_has_its_error_and_its_text(void)
{
    struct failure failure = {0};
    errno = ENOENT;
    CU_ASSERT_EQUAL(failure_set(&failure, ERROR_IO, "%s: gone", "a.txt"), ERROR_IO);
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_EQUAL(failure.error, ERROR_IO);
    CU_ASSERT_STRING_EQUAL(failure.text, "a.txt: gone");
    CU_ASSERT_EQUAL(failure_set(&failure, ERROR_TEXT, "n%d: %s", 2, failure.text), ERROR_TEXT);
    CU_ASSERT_STRING_EQUAL(failure.text, "n2: a.txt: gone");
    CU_ASSERT_EQUAL(failure_memory(&failure), ERROR_MEMORY);
    CU_ASSERT_STRING_EQUAL(failure.text, "out of memory");
    CU_ASSERT_EQUAL(failure_set(NULL, ERROR_FULL, "for nobody"), ERROR_FULL);
}

static void failure_that_does_not_fit_ends_in_an_ellipsis(void)
{
    char text[301] = "", expected[FAILURE_TEXT_SIZE];
    struct failure failure;
    memset(text, 'x', 255);
    failure_set(&failure, ERROR_IO, "%s", text);
    CU_ASSERT_STRING_EQUAL(failure.text, text);
    text[255] = 'x';
    failure_set(&failure, ERROR_IO, "%s", text);
    snprintf(expected, sizeof expected, "%.252s\xe2\x80\xa6", text);
    CU_ASSERT_STRING_EQUAL(failure.text, expected);
    memcpy(text + 250, "\xe2\x80\xa6yyyy", 8);
    failure_set(&failure, ERROR_IO, "%s", text);
    snprintf(expected, sizeof expected, "%.250s\xe2\x80\xa6", text);
    CU_ASSERT_STRING_EQUAL(failure.text, expected);
}

static void numbers_are_brought_between_their_bounds(void)
{
    CU_ASSERT_EQUAL(min_i64(-1, 1), -1);
    CU_ASSERT_EQUAL(max_u64(1, UINT64_MAX), UINT64_MAX);
    CU_ASSERT_EQUAL(clamp_i32(-5, 0, 9), 0);
    CU_ASSERT_EQUAL(clamp_i32(5, 0, 9), 5);
    CU_ASSERT_EQUAL(clamp_i32(10, 0, 9), 9);
    CU_ASSERT_EQUAL(clamp_i32(10, 0, -1), 0);
}

static void monotonic_clock_does_not_go_back(void)
{
    int64_t before_ns = monotonic_ns();
    CU_ASSERT_TRUE(before_ns > 0 && monotonic_ns() >= before_ns);
}

SUITE(base_strings, TEST(utf8_is_shortest_forms_of_scalar_values),
      TEST(utf8_next_reads_no_further_than_a_nul), TEST(utf8_is_cut_between_characters),
      TEST(builder_grows_to_what_is_added), TEST(builder_over_a_buffer_cuts_between_characters),
      TEST(failure_has_its_error_and_its_text), TEST(failure_that_does_not_fit_ends_in_an_ellipsis),
      TEST(numbers_are_brought_between_their_bounds), TEST(monotonic_clock_does_not_go_back));
