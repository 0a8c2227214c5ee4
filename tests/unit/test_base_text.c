#include "base/text.h"

#include "support/suite.h"

#include <stdio.h>

static char bytes_of_16[] = "0123456789abcdef";

static void fifteen_bytes_lie_in_the_text_itself(void)
{
    struct text text;
    CU_ASSERT_EQUAL(text_set(&text, bytes_of_16, 15), OK);
    CU_ASSERT_FALSE(text_is_large(&text));
    CU_ASSERT_EQUAL(text_size(&text), 15);
    CU_ASSERT_PTR_EQUAL(text_bytes(&text), text.as.small);
    CU_ASSERT_EQUAL(memcmp(text_bytes(&text), "0123456789abcde", 15), 0);
    text_clear(&text);
}

static void sixteen_bytes_are_a_block_of_their_own(void)
{
    struct text text;
    CU_ASSERT_EQUAL(text_set(&text, bytes_of_16, 16), OK);
    CU_ASSERT_TRUE(text_is_large(&text));
    CU_ASSERT_EQUAL(text_size(&text), 16);
    CU_ASSERT_PTR_NOT_EQUAL(text_bytes(&text), bytes_of_16);
    CU_ASSERT_EQUAL(memcmp(text_bytes(&text), bytes_of_16, 16), 0);
    text_clear(&text);
    CU_ASSERT_FALSE(text_is_large(&text));
    CU_ASSERT_EQUAL(text_size(&text), 0);
}

static void an_empty_text_has_no_bytes_and_needs_none(void)
{
    struct text text;
    CU_ASSERT_EQUAL(text_set(&text, NULL, 0), OK);
    CU_ASSERT_EQUAL(text_size(&text), 0);
    struct text zero = {0};
    CU_ASSERT_TRUE(text_equal(&text, &zero));
}

static void a_text_holds_any_bytes(void)
{
    struct text text;
    CU_ASSERT_EQUAL(text_set(&text, "\0\xff\0", 3), OK);
    CU_ASSERT_EQUAL(text_size(&text), 3);
    CU_ASSERT_EQUAL(memcmp(text_bytes(&text), "\0\xff\0", 3), 0);
}

static void unused_bytes_are_zero_so_that_equal_texts_are_equal_as_they_lie(void)
{
    struct text a, b;
    memset(&a, 0xaa, sizeof a);
    memset(&b, 0x55, sizeof b);
    CU_ASSERT_EQUAL(text_set(&a, "7", 1), OK);
    CU_ASSERT_EQUAL(text_set(&b, "7", 1), OK);
    CU_ASSERT_EQUAL(memcmp(&a, &b, sizeof a), 0);
    CU_ASSERT_TRUE(text_equal(&a, &b));
}

/* Whether texts of these bytes are equal, which must not depend on the order in which one asks. */
static bool equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
    struct text x = text_borrow(a, a_size), y = text_borrow(b, b_size);
    CU_ASSERT_EQUAL(text_equal(&x, &y), text_equal(&y, &x));
    return text_equal(&x, &y);
}

static void texts_are_equal_if_and_only_if_their_bytes_are(void)
{
    char other[] = "0123456789abcdef";
    CU_ASSERT_TRUE(equal(bytes_of_16, 16, other, 16));
    CU_ASSERT_TRUE(equal(bytes_of_16, 15, other, 15));
    CU_ASSERT_FALSE(equal(bytes_of_16, 15, other, 16));
    CU_ASSERT_FALSE(equal(bytes_of_16, 14, other, 15));
    CU_ASSERT_FALSE(equal("a", 1, "a\0", 2));
    other[15] = 'F';
    CU_ASSERT_FALSE(equal(bytes_of_16, 16, other, 16));
    CU_ASSERT_TRUE(equal(bytes_of_16, 15, other, 15));
    CU_ASSERT_FALSE(equal("01234567890123456", 17, bytes_of_16, 16));
}

static void a_borrowed_text_is_where_its_bytes_are(void)
{
    struct text large = text_borrow(bytes_of_16, 16);
    CU_ASSERT_PTR_EQUAL(text_bytes(&large), bytes_of_16);
    struct text small = text_borrow(bytes_of_16, 15);
    CU_ASSERT_PTR_EQUAL(text_bytes(&small), small.as.small);
}

static void a_copy_owns_its_own_bytes(void)
{
    char source[] = "a text of more than fifteen bytes";
    struct text borrowed = text_borrow(source, strlen(source)), copy;
    memset(&copy, 0xff, sizeof copy);
    CU_ASSERT_EQUAL(text_copy(&copy, &borrowed), OK);
    source[0] = 'A';
    CU_ASSERT_EQUAL(text_bytes(&copy)[0], 'a');
    CU_ASSERT_EQUAL(text_size(&copy), strlen(source));
    text_clear(&copy);
    text_clear(&copy);
    CU_ASSERT_EQUAL(text_size(&copy), 0);
}

static void copies_share_their_bytes_until_the_last_is_cleared(void)
{
    struct text first, second, third;
    CU_ASSERT_EQUAL(text_set(&first, bytes_of_16, 16), OK);
    CU_ASSERT_EQUAL(text_copy(&second, &first), OK);
    CU_ASSERT_EQUAL(text_copy(&third, &second), OK);
    CU_ASSERT_TRUE(text_is_same_block(&first, &third));
    text_clear(&first);
    text_clear(&second);
    CU_ASSERT_EQUAL(memcmp(text_bytes(&third), bytes_of_16, 16), 0);
    text_clear(&third);
}

static void a_copy_of_what_was_borrowed_has_bytes_of_its_own(void)
{
    struct text borrowed = text_borrow(bytes_of_16, 16), copy;
    CU_ASSERT_EQUAL(text_copy(&copy, &borrowed), OK);
    CU_ASSERT_FALSE(text_is_same_block(&borrowed, &copy));
    CU_ASSERT_TRUE(text_equal(&borrowed, &copy));
    text_clear(&copy);
    text_clear(&borrowed); /* does nothing */
    CU_ASSERT_EQUAL(bytes_of_16[0], '0');
}

static void detached_texts_are_equal_as_they_lie_whoever_owned_the_bytes(void)
{
    struct text borrowed = text_borrow(bytes_of_16, 16), owned;
    CU_ASSERT_EQUAL(text_copy(&owned, &borrowed), OK);
    struct text flat = owned;
    text_detach(&borrowed);
    text_detach(&flat);
    CU_ASSERT_EQUAL(memcmp(&borrowed, &flat, sizeof flat), 0);
    text_clear(&owned);
}

static void a_number_is_its_decimal_digits(void)
{
    static const uint32_t numbers[] = {
        0, 9, 10, 4711, 9999999, 10000000, 99999999, 100000000, 999999999, 1000000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char digits[16];
        int size = snprintf(digits, sizeof digits, "%u", numbers[i]);
        struct text wanted = text_borrow(digits, (size_t)size), made = text_of_number(numbers[i]);
        CU_ASSERT_EQUAL(memcmp(&made, &wanted, sizeof made), 0);
    }
}

SUITE(base_text, TEST(a_number_is_its_decimal_digits),
      TEST(copies_share_their_bytes_until_the_last_is_cleared),
      TEST(a_copy_of_what_was_borrowed_has_bytes_of_its_own),
      TEST(detached_texts_are_equal_as_they_lie_whoever_owned_the_bytes),
      TEST(fifteen_bytes_lie_in_the_text_itself), TEST(sixteen_bytes_are_a_block_of_their_own),
      TEST(an_empty_text_has_no_bytes_and_needs_none), TEST(a_text_holds_any_bytes),
      TEST(unused_bytes_are_zero_so_that_equal_texts_are_equal_as_they_lie),
      TEST(texts_are_equal_if_and_only_if_their_bytes_are),
      TEST(a_borrowed_text_is_where_its_bytes_are), TEST(a_copy_owns_its_own_bytes));
