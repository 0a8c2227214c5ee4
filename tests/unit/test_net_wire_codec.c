/* The codec: what is cut short, too large or too long is refused, and so is another version. */
#include "net/wire/codec.h"

#include "support/suite.h"

enum shade { SHADE_LIGHT, SHADE_DARK };

struct sample {
    uint8_t small;
    bool flag;
    enum shade shade;
    uint16_t middle;
    int64_t time_ns;
    uint64_t large;
};

#define SAMPLE_FIELDS(X)                                                                           \
    X(small, 9)                                                                                    \
    X(flag, 1)                                                                                     \
    X(shade, SHADE_DARK)                                                                           \
    X(middle, UINT16_MAX)                                                                          \
    X(time_ns, TIME_NEVER)                                                                         \
    X(large, UINT64_MAX)
CODEC(sample, SAMPLE_FIELDS)

#define SAMPLE_SIZE 24u

static const struct sample largest = {9, true, SHADE_DARK, UINT16_MAX, TIME_NEVER, UINT64_MAX};

static bool reads(const struct string_builder *bytes, size_t size, struct sample *sample)
{
    struct byte_reader reader = byte_reader_over(bytes->text, size);
    sample_get(&reader, sample);
    return byte_reader_done(&reader);
}

static void a_structure_comes_back_and_none_of_its_beginnings_does(void)
{
    struct string_builder bytes = {0};
    struct sample back;
    sample_put(&bytes, &largest);
    CU_ASSERT_EQUAL_FATAL(bytes.size, SAMPLE_SIZE);
    for (size_t size = 0; size < bytes.size; size++) {
        CU_ASSERT_FALSE(reads(&bytes, size, &back));
        CU_ASSERT_TRUE(back.small == 0 && back.time_ns == 0 && back.large == 0);
    }
    CU_ASSERT_TRUE(reads(&bytes, bytes.size, &back));
    CU_ASSERT_TRUE(back.small == 9 && back.flag && back.shade == SHADE_DARK);
    CU_ASSERT_TRUE(back.middle == UINT16_MAX && back.time_ns == TIME_NEVER);
    CU_ASSERT_EQUAL(back.large, UINT64_MAX);
    string_builder_close(&bytes);
}

static void bytes_are_the_same_on_every_machine(void)
{
    static const char expected[SAMPLE_SIZE] = {1, 0, 1, 0, 0, 0, 3, 2, 4, 0, 0, 0,
                                               0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 5};
    struct sample sample = {1, false, SHADE_DARK, 0x203, 4, UINT64_C(0x0500000000000007)};
    struct string_builder bytes = {0};
    sample_put(&bytes, &sample);
    CU_ASSERT_EQUAL(memcmp(bytes.text, expected, SAMPLE_SIZE), 0);
    string_builder_close(&bytes);
}

static void a_number_above_its_bound_or_below_nothing_is_refused(void)
{
    static const size_t first_bytes[] = {0, 1, 2, 15}; /* small, flag, shade, the top of time_ns */
    struct string_builder bytes = {0};
    struct sample back;
    sample_put(&bytes, &(struct sample){0});
    for (size_t i = 0; i < 4; i++) {
        bytes.text[first_bytes[i]] = (char)0x80;
        CU_ASSERT_FALSE(reads(&bytes, bytes.size, &back));
        bytes.text[first_bytes[i]] = 0;
    }
    CU_ASSERT_TRUE(reads(&bytes, bytes.size, &back));
    string_builder_close(&bytes);
}

static void a_text_is_no_longer_than_its_bound_nor_than_what_is_there(void)
{
    struct string_builder bytes = {0};
    struct text text = text_borrow("0123456789abcdef", 16);
    char words[17];
    codec_put_text(&bytes, &text);
    for (size_t most = 14; most <= 17; most++) {
        struct byte_reader reader = byte_reader_over(bytes.text, bytes.size);
        struct text back = codec_get_text(&reader, most);
        CU_ASSERT_EQUAL(byte_reader_done(&reader), most >= 16);
        CU_ASSERT_EQUAL(text_size(&back), most >= 16 ? 16 : 0);
    }
    for (size_t size = 0; size < bytes.size; size++) {
        struct byte_reader reader = byte_reader_over(bytes.text, size);
        codec_get_text(&reader, 16);
        CU_ASSERT_FALSE(byte_reader_done(&reader));
    }
    struct byte_reader fits = byte_reader_over(bytes.text, bytes.size), room = fits, within = fits;
    codec_get_words(&fits, words, 17);
    CU_ASSERT_TRUE(byte_reader_done(&fits) && strcmp(words, "0123456789abcdef") == 0);
    codec_get_words(&room, words, 16);
    CU_ASSERT_TRUE(room.failed && words[0] == '\0');
    bytes.text[5] = '\0';
    codec_get_words(&within, words, 17);
    CU_ASSERT_TRUE(within.failed);
    string_builder_close(&bytes);
}

static void a_head_tells_kind_and_version(void)
{
    struct string_builder bytes = {0};
    unsigned version = 0;
    codec_begin_frame(&bytes, 2);
    CU_ASSERT_EQUAL_FATAL(bytes.size, 2);
    for (size_t size = 0; size <= 2; size++) {
        struct byte_reader reader = byte_reader_over(bytes.text, size);
        CU_ASSERT_EQUAL(codec_frame_kind(&reader, 3, &version), size == 2 ? 2 : 0);
    }
    struct byte_reader unknown = byte_reader_over(bytes.text, 2), other = unknown;
    CU_ASSERT_EQUAL(codec_frame_kind(&unknown, 2, &version), 0);
    bytes.text[1] = CODEC_VERSION + 1;
    CU_ASSERT_EQUAL(codec_frame_kind(&other, 3, &version), 3);
    CU_ASSERT_EQUAL(version, CODEC_VERSION + 1);
    string_builder_close(&bytes);
}

SUITE(net_wire_codec, TEST(a_structure_comes_back_and_none_of_its_beginnings_does),
      TEST(bytes_are_the_same_on_every_machine),
      TEST(a_number_above_its_bound_or_below_nothing_is_refused),
      TEST(a_text_is_no_longer_than_its_bound_nor_than_what_is_there),
      TEST(a_head_tells_kind_and_version));
