/* Frames when there is no memory. */
#include "net/wire/wire.h"

#include "support/memory_fail.h"
#include "support/suite.h"

#include <string.h>

static char long_bytes[] = "a-text-that-is-longer-than-a-text-holds-in-itself";

static struct message long_request(void)
{
    struct message message = {.kind = MESSAGE_REQUEST, .code = 1, .number = 2, .request = 2};
    message.as.ask.id = text_borrow(long_bytes, 40);
    return message;
}

static enum error write_kind(struct wire_frame *frame, int kind)
{
    struct greeting greeting = {.cluster = "shop", .node = 1, .incarnation = 1};
    struct batch batch = {.from = 1, .incarnation = 1, .to = 1};
    struct wire_request request = {.id = text_borrow(long_bytes, 40)};
    struct wire_answer answer = {.value = text_borrow(long_bytes, strlen(long_bytes))};
    switch (kind) {
    case FRAME_MESSAGES:
        return wire_write_batch(frame, &batch);
    case FRAME_REFUSAL:
        return wire_write_refusal(frame, REFUSAL_LASTING, long_bytes);
    case FRAME_REQUEST:
        return wire_write_request(frame, &request);
    case FRAME_ANSWER:
        return wire_write_answer(frame, &answer);
    default:
        return wire_write_greeting(frame, (enum wire_frame_kind)kind, &greeting);
    }
}

static void a_frame_that_cannot_be_made_is_empty(void)
{
    for (int kind = FRAME_HELLO; kind < FRAME_KINDS; kind++) {
        struct wire_frame frame = {0};
        CU_ASSERT_EQUAL_FATAL(wire_write_refusal(&frame, REFUSAL_LASTING, ""), OK);
        memory_fail_at(1, false);
        CU_ASSERT_EQUAL(write_kind(&frame, kind), ERROR_MEMORY);
        CU_ASSERT_EQUAL(frame.bytes.size, 0);
        CU_ASSERT_EQUAL(write_kind(&frame, kind), OK);
        memory_fail_at(0, false);
        wire_frame_close(&frame);
        CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
    }
}

static void a_batch_that_cannot_grow_is_as_it_was(void)
{
    struct wire_frame frame = {0};
    size_t size;
    struct batch batch = {.from = 1, .incarnation = 1, .to = 1};
    struct message message = long_request();
    CU_ASSERT_EQUAL_FATAL(wire_write_batch(&frame, &batch), OK);
    CU_ASSERT_EQUAL_FATAL(wire_write_message(&frame, &message), OK);
    memory_fail_at(1, true);
    unsigned char bytes[512];
    while (size = frame.bytes.size, must(size <= sizeof bytes),
           memcpy(bytes, frame.bytes.text, size), !wire_write_message(&frame, &message))
        ;
    CU_ASSERT_EQUAL(frame.bytes.size, size);
    CU_ASSERT_EQUAL(memcmp(frame.bytes.text, bytes, size), 0);
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(wire_write_message(&frame, &message), OK);
    wire_frame_close(&frame);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
}

static void reading_never_allocates(void)
{
    struct wire_frame frame = {0};
    struct batch batch = {.from = 1, .incarnation = 1, .to = 1};
    struct message message = long_request();
    struct wire_cursor cursor;
    must(!wire_write_batch(&frame, &batch) && !wire_write_message(&frame, &message));
    memory_fail_at(1, true);
    CU_ASSERT_EQUAL(wire_read_batch(frame.bytes.text, frame.bytes.size, &batch, &cursor), OK);
    CU_ASSERT_EQUAL(wire_read_message(&cursor, &batch, 3, 0, 0, &message), OK);
    CU_ASSERT_EQUAL(memory_fail_calls(), 0);
    memory_fail_at(0, false);
    wire_frame_close(&frame);
}

SUITE(net_wire_memory, TEST(a_frame_that_cannot_be_made_is_empty),
      TEST(a_batch_that_cannot_grow_is_as_it_was), TEST(reading_never_allocates));
