/* What texts and messages do when there is no memory for a long text. */
#include "node/message.h"

#include "support/memory_fail.h"
#include "support/suite.h"

static char long_bytes[] = "longer than a text holds in itself";

static void a_text_without_memory_is_empty(void)
{
    struct text text;
    memset(&text, 0xff, sizeof text);
    memory_fail_at(1, false);
    CU_ASSERT_EQUAL(text_set(&text, long_bytes, strlen(long_bytes)), ERROR_MEMORY);
    CU_ASSERT_EQUAL(text_size(&text), 0);
    CU_ASSERT_FALSE(text_is_large(&text));
    CU_ASSERT_EQUAL(text_set(&text, long_bytes, strlen(long_bytes)), OK);
    text_clear(&text);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
}

static void a_small_text_needs_no_memory(void)
{
    struct text text;
    memory_fail_at(1, true);
    CU_ASSERT_EQUAL(text_set(&text, "fifteen bytes..", 15), OK);
    CU_ASSERT_EQUAL(memory_fail_calls(), 0);
    memory_fail_at(0, false);
}

static void a_message_copied_without_memory_has_no_text(void)
{
    struct message ask = {.kind = MESSAGE_REQUEST, .request = 7}, copy;
    ask.as.ask.id = text_borrow(long_bytes, strlen(long_bytes));
    memory_fail_at(1, true);
    CU_ASSERT_EQUAL(message_copy(&copy, &ask), ERROR_MEMORY);
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(text_size(&copy.as.ask.id), 0);
    message_clear(&copy);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
}

SUITE(base_text, TEST(a_text_without_memory_is_empty), TEST(a_small_text_needs_no_memory),
      TEST(a_message_copied_without_memory_has_no_text));
