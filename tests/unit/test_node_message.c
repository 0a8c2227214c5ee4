#include "node/message.h"

#include "support/suite.h"

static char long_bytes[] = "longer than a text holds in itself";

static void messages_and_outcomes_are_named_as_in_a_trace(void)
{
    static const char *const messages[] = {"join",  "welcome",   "heartbeat",
                                           "leave", "leave-ack", "request",
                                           "reply", "lease",     "hand-over"};
    static const char *const outcomes[] = {
        "ok",         "timeout",     "owner-lost", "caller-lost", "unreachable",
        "overloaded", "load-failed", "stopping",   "unavailable", "work-failed"};
    CU_ASSERT_EQUAL_FATAL(MESSAGE_KINDS, 9);
    CU_ASSERT_EQUAL_FATAL(OUTCOMES_COUNT, 10);
    for (unsigned kind = 0; kind < MESSAGE_KINDS; kind++)
        CU_ASSERT_STRING_EQUAL(message_name((enum message_kind)kind), messages[kind]);
    for (unsigned outcome = 0; outcome < OUTCOMES_COUNT; outcome++)
        CU_ASSERT_STRING_EQUAL(outcome_name((enum outcome)outcome), outcomes[outcome]);
}

/* A copy whose original is cleared at once: its text must be its own. */
static struct message copy_of(struct message *message)
{
    struct message copy;
    memset(&copy, 0xff, sizeof copy);
    CU_ASSERT_EQUAL_FATAL(message_copy(&copy, message), OK);
    message_clear(message);
    return copy;
}

static void a_copy_of_a_request_owns_its_id(void)
{
    struct message ask = {.kind = MESSAGE_REQUEST, .from = 3, .request = 9, .part = 2};
    ask.as.ask.budget_ns = 5;
    CU_ASSERT_EQUAL_FATAL(text_set(&ask.as.ask.id, long_bytes, strlen(long_bytes)), OK);
    struct message copy = copy_of(&ask);
    CU_ASSERT_EQUAL(text_size(&ask.as.ask.id), 0);
    CU_ASSERT_EQUAL(text_size(&copy.as.ask.id), strlen(long_bytes));
    CU_ASSERT_EQUAL(memcmp(text_bytes(&copy.as.ask.id), long_bytes, strlen(long_bytes)), 0);
    CU_ASSERT_EQUAL(copy.from, 3);
    CU_ASSERT_EQUAL(copy.request, 9);
    CU_ASSERT_EQUAL(copy.part, 2);
    CU_ASSERT_EQUAL(copy.as.ask.budget_ns, 5);
    message_clear(&copy);
}

static void a_copy_of_a_reply_owns_its_value(void)
{
    struct message reply = {.kind = MESSAGE_REPLY, .code = OUTCOME_VALUE};
    reply.as.answer.worker = 12;
    CU_ASSERT_EQUAL_FATAL(text_set(&reply.as.answer.value, long_bytes, strlen(long_bytes)), OK);
    struct message copy = copy_of(&reply);
    CU_ASSERT_EQUAL(text_size(&copy.as.answer.value), strlen(long_bytes));
    CU_ASSERT_EQUAL(copy.as.answer.worker, 12);
    message_clear(&copy);
}

static void a_copy_of_a_short_text_has_it_too(void)
{
    struct message ask = {.kind = MESSAGE_REQUEST};
    ask.as.ask.id = text_borrow("7", 1);
    struct message copy = copy_of(&ask);
    CU_ASSERT_EQUAL(text_size(&copy.as.ask.id), 1);
    CU_ASSERT_EQUAL(*text_bytes(&copy.as.ask.id), '7');
}

/* The place of a text holds other bytes in these; none of them may be freed or followed. */
static void messages_without_a_text_are_copied_and_cleared_as_they_are(void)
{
    static const enum message_kind kinds[] = {MESSAGE_JOIN, MESSAGE_HEARTBEAT, MESSAGE_LEAVE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct message message;
        memset(&message, 0xff, sizeof message);
        message.kind = (uint8_t)kinds[i];
        struct message original = message, copy = copy_of(&message);
        CU_ASSERT_EQUAL(memcmp(&copy, &original, sizeof copy), 0);
    }
}

SUITE(node_message, TEST(messages_and_outcomes_are_named_as_in_a_trace),
      TEST(a_copy_of_a_request_owns_its_id), TEST(a_copy_of_a_reply_owns_its_value),
      TEST(a_copy_of_a_short_text_has_it_too),
      TEST(messages_without_a_text_are_copied_and_cleared_as_they_are));
