#include "support/net_frames.h"

#include "node/id.h"
#include "node/parcel.h"
#include "node/record.h"
#include "node/seal.h"

#include <string.h>

/* Every byte of it can be read. */
static void touch(const struct text *text)
{
    unsigned sum = 0;
    for (uint32_t i = 0; i < text_size(text); i++)
        sum += (unsigned char)text_bytes(text)[i];
    must(sum <= 255u * text_size(text));
}

static void check_same(struct wire_frame *frame, const void *bytes, size_t size)
{
    must(frame->bytes.size == size && memcmp(frame->bytes.text, bytes, size) == 0);
    wire_frame_close(frame);
}

static enum error read_greeting(const void *bytes, size_t size, enum wire_frame_kind kind)
{
    struct greeting greeting;
    struct wire_frame again = {0};
    if (wire_read_greeting(bytes, size, &greeting))
        return ERROR_TEXT;
    must(memchr(greeting.cluster, 0, sizeof greeting.cluster) != NULL);
    must(id_valid(greeting.cluster, strlen(greeting.cluster)));
    must((greeting.node == NODE_NONE) == (greeting.incarnation == 0));
    must(!wire_write_greeting(&again, kind, &greeting));
    check_same(&again, bytes, size);
    return OK;
}

static enum error read_refuse(const void *bytes, size_t size)
{
    char why[256];
    enum refusal refusal;
    if (wire_read_refusal(bytes, size, &refusal, why))
        return ERROR_TEXT;
    const char *end = memchr(why, 0, sizeof why);
    must(end != NULL);
    must(refusal <= REFUSAL_LAST);
    for (const char *c = why; c < end; c++)
        must(*c >= ' ' && *c < 0x7f);
    return OK;
}

static enum error read_ask(const void *bytes, size_t size)
{
    struct wire_request ask;
    struct wire_frame again = {0};
    if (wire_read_request(bytes, size, &ask))
        return ERROR_TEXT;
    touch(&ask.id);
    must(id_valid(text_bytes(&ask.id), text_size(&ask.id)));
    must(!wire_write_request(&again, &ask));
    check_same(&again, bytes, size);
    return OK;
}

static enum error read_answer(const void *bytes, size_t size)
{
    struct wire_answer answer;
    struct wire_frame again = {0};
    if (wire_read_answer(bytes, size, &answer))
        return ERROR_TEXT;
    touch(&answer.value);
    must(answer.outcome < OUTCOMES_COUNT && text_size(&answer.value) <= WIRE_VALUE_MAX);
    must(!wire_write_answer(&again, &answer));
    check_same(&again, bytes, size);
    return OK;
}

static void check_request(const struct message *message, uint32_t nodes)
{
    struct text id = message_id(message);
    touch(&message->as.ask.id);
    must(id_valid(text_bytes(&id), text_size(&id)));
    must(message->as.ask.budget_ns >= 0 && message->as.ask.budget_ns < TIME_NEVER);
    must(message->request > 0 && number_owner(message->request, nodes) == message->from);
    must((message->code & ~REQUEST_PAYLOAD) == 1 || (message->code & ~REQUEST_PAYLOAD) == 2);
    must(text_size(&message->as.ask.id) <= DEMAND_MAX);
    if (message->code & REQUEST_PAYLOAD)
        must(text_size(&message->as.ask.id) > text_size(&id) + 1);
}

static void check_reply(const struct message *message, uint32_t nodes, node_id self)
{
    const struct text *value = &message->as.answer.value;
    touch(value);
    must(message->code <= REPLY_PASSED);
    must(message->code >= OUTCOMES_COUNT || outcome_is_replied((enum outcome)message->code));
    unsigned part = message->part, most = WIRE_VALUE_MAX;
    if (message->code == OUTCOME_VALUE && part & REPLY_SEALED) {
        part ^= REPLY_SEALED;
        most += SEAL_SIZE_MAX;
    }
    must(part == 1 || part == 2);
    must(message->request > 0 && number_owner(message->request, nodes) == self);
    must(text_size(value) <= most);
    if (message->code == OUTCOME_VALUE)
        must(message->as.answer.worker > 0 &&
             number_owner(message->as.answer.worker, nodes) == message->from);
    else if (message->code >= OUTCOMES_COUNT)
        must(text_size(value) == 0 && message->as.answer.worker < nodes);
    else
        must(text_size(value) <= (message->code == OUTCOME_WORK_FAILED ? WIRE_WHY_MAX : 0) &&
             message->as.answer.worker == 0);
}

static void check_message(const struct message *message, const struct batch *batch, uint32_t nodes,
                          node_id self)
{
    must(message->kind < MESSAGE_KINDS && message->step == 0);
    must(message->from == batch->from && message->incarnation == batch->incarnation);
    must(message->number > 0 && number_owner(message->number, nodes) == message->from);
    if (message->kind == MESSAGE_REQUEST)
        check_request(message, nodes);
    else if (message->kind == MESSAGE_REPLY)
        check_reply(message, nodes, self);
    else
        must(message->request == 0 && message->code < PARCEL_KINDS &&
             (message->part == 0 || message->kind == MESSAGE_HEARTBEAT));
    if (message->kind == MESSAGE_HAND_OVER)
        must(text_size(&message->as.parcel) <= PARCEL_MOST);
    if (message->kind == MESSAGE_WELCOME)
        must(text_size(&message->as.members) == (nodes + 7) / 8);
}

static enum error read_messages(const void *bytes, size_t size, uint32_t nodes, node_id self)
{
    struct batch batch;
    struct wire_cursor cursor;
    struct message message;
    struct wire_frame again = {0};
    enum error error = wire_read_batch(bytes, size, &batch, &cursor);
    if (error)
        return error;
    must(!wire_write_batch(&again, &batch));
    while (!error && !wire_at_end(&cursor)) {
        error = wire_read_message(&cursor, &batch, nodes, FRAMES_SLOTS, self, &message);
        if (error)
            break;
        check_message(&message, &batch, nodes, self);
        must(!wire_write_message(&again, &message));
    }
    if (!error)
        check_same(&again, bytes, size);
    wire_frame_close(&again);
    return error;
}

static enum error read_kind(const void *bytes, size_t size, uint32_t nodes, node_id self)
{
    unsigned version = 0;
    enum wire_frame_kind kind = wire_kind(bytes, size, &version);
    switch (kind) {
    case FRAME_HELLO:
    case FRAME_WELCOME:
        return read_greeting(bytes, size, kind);
    case FRAME_REFUSAL:
        return read_refuse(bytes, size);
    case FRAME_MESSAGES:
        return read_messages(bytes, size, nodes, self);
    case FRAME_REQUEST:
        return read_ask(bytes, size);
    case FRAME_ANSWER:
        return read_answer(bytes, size);
    case FRAME_KINDS:
        must(version != CODEC_VERSION);
        break;
    }
    return ERROR_TEXT;
}

enum error frames_read(const void *bytes, size_t size, uint32_t nodes, node_id self)
{
    unsigned char *block = malloc(size ? size : 1);
    must(block != NULL);
    memcpy(block, bytes, size);
    enum error error = read_kind(block, size, nodes, self);
    free(block);
    return error;
}

void frames_check_sent(const struct message *sent, node_id to, uint32_t nodes, uint32_t slots)
{
    struct wire_frame frame = {0}, again = {0};
    struct batch batch = {.from = sent->from, .incarnation = sent->incarnation, .to = 1}, got;
    struct wire_cursor cursor;
    struct message own = *sent, read;
    own.number = sent->from + 1u; /* the host gives it */
    must(!wire_write_batch(&frame, &batch) && !wire_write_message(&frame, &own));
    must(!wire_read_batch(frame.bytes.text, frame.bytes.size, &got, &cursor));
    must(!wire_read_message(&cursor, &got, nodes, slots, to, &read) && wire_at_end(&cursor));
    must(!wire_write_batch(&again, &got) && !wire_write_message(&again, &read));
    check_same(&again, frame.bytes.text, frame.bytes.size);
    wire_frame_close(&frame);
}
