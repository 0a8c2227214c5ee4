#include "node/seal.h"

#include "support/suite.h"

#include <string.h>

static const struct token token = {UINT32_MAX, UINT64_MAX}, next = {1, 8};

static struct text text_of(const char *words)
{
    struct text text;
    must(!text_set(&text, words, strlen(words)));
    return text;
}

static void a_value_comes_back_with_its_token(void)
{
    static const char *const values[] = {"", "1", "fourteen bytes", "a value that has a block"};
    for (int i = 0; i < 4; i++) {
        struct seal sent = {0}, received = {0};
        struct text sealed = text_of(values[i]), expected = text_of(values[i]), value;
        struct token got;
        CU_ASSERT_EQUAL(seal_value(&sent, i % 2 ? &token : &next, &sealed), OK);
        CU_ASSERT_TRUE(seal_open(&received, &sealed, &got, &value));
        CU_ASSERT_EQUAL(token_compare(&got, i % 2 ? &token : &next), 0);
        CU_ASSERT_TRUE(text_equal(&value, &expected));
        text_clear(&sealed);
        text_clear(&expected);
        seal_close(&sent);
        seal_close(&received);
    }
}

static void answers_that_share_a_value_share_it_sealed_and_opened(void)
{
    struct seal sent = {0}, received = {0};
    struct text first = text_of("a value that has a block"), second, other, one, two;
    struct token got;
    must(!text_copy(&second, &first) && !text_copy(&other, &first));
    must(!seal_value(&sent, &next, &first) && !seal_value(&sent, &next, &second));
    must(!seal_value(&sent, &token, &other));
    CU_ASSERT_TRUE(text_is_same_block(&first, &second));
    CU_ASSERT_FALSE(text_is_same_block(&first, &other));
    CU_ASSERT_TRUE(seal_open(&received, &first, &got, &one));
    CU_ASSERT_TRUE(seal_open(&received, &second, &got, &two));
    CU_ASSERT_TRUE(text_is_same_block(&one, &two));
    CU_ASSERT_TRUE(seal_open(&received, &other, &got, &two) && got.epoch == token.epoch);
    text_clear(&first);
    text_clear(&second);
    text_clear(&other);
    seal_close(&sent);
    seal_close(&received);
}

static void what_is_no_token_is_not_opened(void)
{
    struct seal received = {0};
    struct token got;
    struct text value;
    static const char *const none[] = {"", "\x01", "\x81", "\x01\x81",
                                       "\xff\xff\xff\xff\xff\x01\x01"};
    for (int i = 0; i < 5; i++) {
        struct text sealed = text_borrow(none[i], strlen(none[i]));
        CU_ASSERT_FALSE(seal_open(&received, &sealed, &got, &value));
        CU_ASSERT_EQUAL(text_size(&value), 0);
    }
}

SUITE(node_seal, TEST(a_value_comes_back_with_its_token),
      TEST(answers_that_share_a_value_share_it_sealed_and_opened),
      TEST(what_is_no_token_is_not_opened));
