#include "node/id.h"

#include "support/suite.h"

static bool valid(const char *bytes)
{
    return id_valid(bytes, strlen(bytes));
}

static void an_id_is_of_1_to_63_bytes(void)
{
    char bytes[64];
    memset(bytes, 'x', sizeof bytes);
    CU_ASSERT_FALSE(id_valid(bytes, 0));
    CU_ASSERT_TRUE(id_valid(bytes, 1));
    CU_ASSERT_TRUE(id_valid(bytes, 63));
    CU_ASSERT_FALSE(id_valid(bytes, 64));
}

static void size_counts_bytes_not_characters(void)
{
    char bytes[64] = "";
    for (int i = 0; i < 31; i++)
        memcpy(bytes + 2 * i, "\xc3\xa9", 2);
    CU_ASSERT_TRUE(id_valid(bytes, 62));
    memcpy(bytes + 62, "\xc3\xa9", 2);
    CU_ASSERT_FALSE(id_valid(bytes, 64));
    CU_ASSERT_FALSE(id_valid(bytes, 63));
}

static void printable_characters_of_every_length_are_valid(void)
{
    CU_ASSERT_TRUE(valid("!"));
    CU_ASSERT_TRUE(valid("~"));
    CU_ASSERT_TRUE(valid("user/7#x"));
    CU_ASSERT_TRUE(valid("\xc2\xa1"));         /* U+00A1, the first printable of two bytes */
    CU_ASSERT_TRUE(valid("\xdf\xbf"));         /* U+07FF */
    CU_ASSERT_TRUE(valid("\xe0\xa0\x80"));     /* U+0800 */
    CU_ASSERT_TRUE(valid("\xed\x9f\xbf"));     /* U+D7FF, just below the surrogates */
    CU_ASSERT_TRUE(valid("\xee\x80\x80"));     /* U+E000, just above them */
    CU_ASSERT_TRUE(valid("\xf0\x90\x80\x80")); /* U+10000 */
    CU_ASSERT_TRUE(valid("\xf4\x8f\xbf\xbf")); /* U+10FFFF, the last */
}

static void bytes_that_are_no_utf8_are_refused(void)
{
    CU_ASSERT_FALSE(valid("\x80"));         /* a continuation alone */
    CU_ASSERT_FALSE(valid("a\xbfz"));       /* likewise, within */
    CU_ASSERT_FALSE(valid("\xc3"));         /* cut short */
    CU_ASSERT_FALSE(valid("\xe2\x82"));     /* cut short */
    CU_ASSERT_FALSE(valid("\xf0\x9f\x98")); /* cut short */
    CU_ASSERT_FALSE(valid("\xc3("));        /* no continuation */
    CU_ASSERT_FALSE(valid("\xe2\x82("));
    CU_ASSERT_FALSE(valid("\xf8\x88\x80\x80\x80")); /* five bytes */
    CU_ASSERT_FALSE(valid("\xfe"));
    CU_ASSERT_FALSE(valid("\xff"));
}

static void overlong_forms_are_refused(void)
{
    CU_ASSERT_FALSE(valid("\xc0\xaf"));         /* '/' in two bytes */
    CU_ASSERT_FALSE(valid("\xc1\xbf"));         /* U+007F in two */
    CU_ASSERT_FALSE(valid("\xe0\x80\xaf"));     /* '/' in three */
    CU_ASSERT_FALSE(valid("\xe0\x9f\xbf"));     /* U+07FF in three */
    CU_ASSERT_FALSE(valid("\xf0\x8f\xbf\xbf")); /* U+FFFF in four */
}

static void surrogates_and_what_is_past_unicode_are_refused(void)
{
    CU_ASSERT_FALSE(valid("\xed\xa0\x80"));     /* U+D800 */
    CU_ASSERT_FALSE(valid("\xed\xbf\xbf"));     /* U+DFFF */
    CU_ASSERT_FALSE(valid("\xf4\x90\x80\x80")); /* U+110000 */
    CU_ASSERT_FALSE(valid("\xf7\xbf\xbf\xbf"));
}

static void controls_are_refused(void)
{
    CU_ASSERT_FALSE(id_valid("\0", 1));
    CU_ASSERT_FALSE(id_valid("a\0b", 3));
    CU_ASSERT_FALSE(valid("\x1f"));
    CU_ASSERT_FALSE(valid("\n"));
    CU_ASSERT_FALSE(valid("\x1b[31m"));
    CU_ASSERT_FALSE(valid("\x7f"));
    CU_ASSERT_FALSE(valid("\xc2\x80"));     /* U+0080 */
    CU_ASSERT_FALSE(valid("\xc2\x9f"));     /* U+009F */
    CU_ASSERT_FALSE(valid("\xe2\x80\xa8")); /* U+2028, a line's end */
    CU_ASSERT_FALSE(valid("\xe2\x80\xa9")); /* U+2029, a paragraph's */
}

static void a_space_is_the_only_blank_of_an_id_and_no_word_has_one(void)
{
    CU_ASSERT_TRUE(valid(" "));
    CU_ASSERT_TRUE(valid("a b"));
    CU_ASSERT_TRUE(id_is_word("ab", 2));
    CU_ASSERT_FALSE(id_is_word("a b", 3));
    CU_ASSERT_FALSE(id_is_word("", 0));
    CU_ASSERT_FALSE(valid("a\tb"));
    CU_ASSERT_FALSE(valid("\xc2\xa0"));     /* U+00A0, no-break */
    CU_ASSERT_FALSE(valid("\xe1\x9a\x80")); /* U+1680 */
    CU_ASSERT_FALSE(valid("\xe2\x80\x80")); /* U+2000 */
    CU_ASSERT_FALSE(valid("\xe2\x80\x8b")); /* U+200B, of no width */
    CU_ASSERT_FALSE(valid("\xe3\x80\x80")); /* U+3000 */
    CU_ASSERT_FALSE(valid("\xef\xbb\xbf")); /* U+FEFF, a byte order mark */
    CU_ASSERT_FALSE(valid("\xe2\x80\xaf")); /* U+202F */
    CU_ASSERT_FALSE(valid("\xe2\x81\x9f")); /* U+205F */
    CU_ASSERT_TRUE(valid("\xe2\x80\x90"));  /* U+2010, a hyphen, the next after U+200F */
    CU_ASSERT_TRUE(valid("\xe1\xbf\xbe"));  /* U+1FFE, below U+2000 */
}

static void marks_that_turn_the_direction_of_text_are_refused(void)
{
    CU_ASSERT_FALSE(valid("\xe2\x80\x8e")); /* U+200E */
    CU_ASSERT_FALSE(valid("\xe2\x80\xaa")); /* U+202A */
    CU_ASSERT_FALSE(valid("\xe2\x80\xae")); /* U+202E */
    CU_ASSERT_FALSE(valid("\xe2\x81\xa6")); /* U+2066 */
    CU_ASSERT_FALSE(valid("\xe2\x81\xa9")); /* U+2069 */
    CU_ASSERT_TRUE(valid("\xe2\x81\xb0"));  /* U+2070, past U+206F */
    CU_ASSERT_TRUE(valid("\xe2\x81\x9e"));  /* U+205E, a dotted line, just below U+205F */
}

/* What id_number says: the number, or no number at all. */
static bool number_is(const char *bytes, uint64_t wanted)
{
    struct text id = text_borrow(bytes, strlen(bytes));
    uint64_t number;
    return id_number(&id, &number) && number == wanted;
}

static bool no_number(const char *bytes)
{
    struct text id = text_borrow(bytes, strlen(bytes));
    uint64_t number = 77;
    return !id_number(&id, &number) && number == 77;
}

static void whole_numbers_up_to_2_to_the_64th_less_1_are_numbers(void)
{
    CU_ASSERT_TRUE(number_is("0", 0));
    CU_ASSERT_TRUE(number_is("7", 7));
    CU_ASSERT_TRUE(number_is("18446744073709551615", UINT64_MAX));
    CU_ASSERT_TRUE(no_number("18446744073709551616"));
    CU_ASSERT_TRUE(no_number("18446744073709551620"));
    CU_ASSERT_TRUE(no_number("99999999999999999999"));
    CU_ASSERT_TRUE(no_number("184467440737095516150"));
}

static void leading_zeros_change_no_number(void)
{
    CU_ASSERT_TRUE(number_is("007", 7));
    CU_ASSERT_TRUE(number_is("00000000000000000000000000000000018446744073709551615", UINT64_MAX));
}

static void what_is_not_all_digits_is_no_number(void)
{
    CU_ASSERT_TRUE(no_number(""));
    CU_ASSERT_TRUE(no_number("+7"));
    CU_ASSERT_TRUE(no_number("-7"));
    CU_ASSERT_TRUE(no_number("7a"));
    CU_ASSERT_TRUE(no_number("0x7"));
    CU_ASSERT_TRUE(no_number("7."));
    CU_ASSERT_TRUE(no_number("\xd9\xa7")); /* an Arabic seven */
}

/* Values of XXH3_64bits as xxHash publishes it; a node of another make must agree on them. */
static void a_hash_is_the_same_on_every_machine(void)
{
    struct text empty = text_borrow("", 0), one = text_borrow("1", 1);
    struct text longer = text_borrow("a-quite-long-id-of-more-than-fifteen-bytes", 42);
    CU_ASSERT_EQUAL(id_hash(&empty), UINT64_C(0x2d06800538d394c2));
    CU_ASSERT_EQUAL(id_hash(&one), UINT64_C(0x65cd25028f98f158));
    CU_ASSERT_EQUAL(id_hash(&longer), UINT64_C(0x955c532ceceed73e));
}

static void a_byte_beside_the_digits_is_none_wherever_it_stands(void)
{
    static const char beside[] = {'/', ':', ' ', '0' - 16, '0' + 16, (char)0xb0, (char)0xfa};
    for (size_t size = 1; size <= 9; size++) {
        char bytes[] = "123456789";
        bytes[size] = '\0';
        CU_ASSERT_TRUE(
            number_is(bytes, 123456789 / (uint64_t[]){1, 10, 100, 1000, 10000, 100000, 1000000,
                                                      10000000, 100000000}[9 - size]));
        for (size_t at = 0; at < size; at++)
            for (size_t i = 0; i < sizeof beside; i++) {
                char kept = bytes[at];
                bytes[at] = beside[i];
                CU_ASSERT_TRUE(no_number(bytes));
                bytes[at] = kept;
            }
    }
}

SUITE(node_id, TEST(an_id_is_of_1_to_63_bytes), TEST(size_counts_bytes_not_characters),
      TEST(printable_characters_of_every_length_are_valid),
      TEST(bytes_that_are_no_utf8_are_refused), TEST(overlong_forms_are_refused),
      TEST(surrogates_and_what_is_past_unicode_are_refused), TEST(controls_are_refused),
      TEST(a_space_is_the_only_blank_of_an_id_and_no_word_has_one),
      TEST(marks_that_turn_the_direction_of_text_are_refused),
      TEST(whole_numbers_up_to_2_to_the_64th_less_1_are_numbers),
      TEST(a_byte_beside_the_digits_is_none_wherever_it_stands),
      TEST(leading_zeros_change_no_number), TEST(what_is_not_all_digits_is_no_number),
      TEST(a_hash_is_the_same_on_every_machine));
