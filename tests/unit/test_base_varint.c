#include "base/varint.h"

#include "support/suite.h"

static void numbers_come_back(void)
{
    static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
    struct string_builder bytes = {0};
    for (int i = 0; i < 8; i++)
        varint_put(&bytes, numbers[i]);
    struct byte_reader reader = byte_reader_over(bytes.text, bytes.size);
    for (int i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(varint_get(&reader, UINT64_MAX), numbers[i]);
    CU_ASSERT_TRUE(byte_reader_done(&reader));
    CU_ASSERT_EQUAL(varint_get(&reader, UINT64_MAX), 0);
    CU_ASSERT_FALSE(byte_reader_done(&reader));
    string_builder_close(&bytes);
}

static bool fails(const char *bytes, size_t size, uint64_t most)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    bool failed = varint_get(&reader, most) == 0 && reader.failed && reader.at == reader.end;
    return failed && varint_get(&reader, most) == 0 && reader.failed;
}

static void a_number_that_is_cut_short_or_too_large_fails(void)
{
    CU_ASSERT_TRUE(fails("", 0, 9));
    CU_ASSERT_TRUE(fails("\x80\x80", 2, 9));
    CU_ASSERT_TRUE(fails("\x0a", 1, 9));
    CU_ASSERT_FALSE(fails("\x09", 1, 9));
    CU_ASSERT_TRUE(fails("\x89\x00", 2, 9)); /* in more bytes than it takes */
    CU_ASSERT_TRUE(fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, UINT64_MAX));
    CU_ASSERT_TRUE(fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, UINT64_MAX));
}

static void bytes_are_taken_within_the_end(void)
{
    struct byte_reader reader = byte_reader_over("abc", 3);
    CU_ASSERT_EQUAL(*(const char *)byte_reader_take(&reader, 2), 'a');
    CU_ASSERT_PTR_NULL(byte_reader_take(&reader, 2));
    CU_ASSERT_TRUE(reader.failed);
}

SUITE(base_varint, TEST(numbers_come_back), TEST(a_number_that_is_cut_short_or_too_large_fails),
      TEST(bytes_are_taken_within_the_end));
