#include "net/wire/wire.h"

#include "base/memory.h"
#include "base/number.h"
#include "node/entries.h"
#include "node/id.h"
#include "node/parcel.h"
#include "node/seal.h"

#define GREETING_FIELDS(X)                                                                         \
    X(settings, UINT64_MAX)                                                                        \
    X(instance, UINT64_MAX)                                                                        \
    X(incarnation, UINT32_MAX)                                                                     \
    X(node, NODE_NONE)                                                                             \
    X(connection, UINT32_MAX)
CODEC(greeting, GREETING_FIELDS)

#define BATCH_FIELDS(X)                                                                            \
    X(from, NODE_NONE)                                                                             \
    X(incarnation, UINT32_MAX)                                                                     \
    X(to, UINT32_MAX)
CODEC(batch, BATCH_FIELDS)

#define WIRE_REQUEST_FIELDS(X) X(cookie, UINT64_MAX)
CODEC(wire_request, WIRE_REQUEST_FIELDS)

#define MESSAGE_FIELDS(X)                                                                          \
    X(kind, MESSAGE_KINDS - 1)                                                                     \
    X(code, UINT8_MAX)                                                                             \
    X(meant, UINT16_MAX)                                                                           \
    X(part, UINT16_MAX)                                                                            \
    X(number, UINT64_MAX)                                                                          \
    X(request, UINT64_MAX)
CODEC(message, MESSAGE_FIELDS)

#define WIRE_ANSWER_FIELDS(X)                                                                      \
    X(cookie, UINT64_MAX)                                                                          \
    X(outcome, OUTCOMES_COUNT - 1)                                                                 \
    X(from, NODE_NONE)                                                                             \
    X(worker, UINT64_MAX)                                                                          \
    X(latency_ns, TIME_NEVER)                                                                      \
    X(token.epoch, UINT32_MAX)                                                                     \
    X(token.counter, UINT64_MAX)
CODEC(wire_answer, WIRE_ANSWER_FIELDS)

/* ---- writing ------------------------------------------------------------------------------- */

void wire_frame_close(struct wire_frame *frame)
{
    string_builder_close(&frame->bytes);
    *frame = (struct wire_frame){0};
}

void wire_frame_clear(struct wire_frame *frame)
{
    frame->bytes.size = 0;
    frame->bytes.failed = false;
    frame->value_worker = 0;
}

static struct string_builder *begin(struct wire_frame *frame, enum wire_frame_kind kind)
{
    wire_frame_clear(frame);
    codec_begin_frame(&frame->bytes, kind);
    return &frame->bytes;
}

/* The frame of `size` bytes is what was written, if there was memory for all that came behind. */
static enum error end(struct wire_frame *frame, size_t size)
{
    if (!frame->bytes.failed)
        return OK;
    frame->bytes.size = size;
    frame->bytes.failed = false;
    return ERROR_MEMORY;
}

enum error wire_write_greeting(struct wire_frame *frame, enum wire_frame_kind kind,
                               const struct greeting *greeting)
{
    struct string_builder *bytes = begin(frame, kind);
    greeting_put(bytes, greeting);
    codec_put_words(bytes, greeting->cluster);
    return end(frame, 0);
}

enum error wire_write_refusal(struct wire_frame *frame, enum refusal refusal, const char *reason)
{
    struct string_builder *bytes = begin(frame, FRAME_REFUSAL);
    size_t size = min_size(strlen(reason), WIRE_REASON_SIZE - 1);
    varint_put(bytes, refusal);
    varint_put(bytes, size);
    string_builder_add_bytes(bytes, reason, size);
    return end(frame, 0);
}

enum error wire_write_request(struct wire_frame *frame, const struct wire_request *request)
{
    struct string_builder *bytes = begin(frame, FRAME_REQUEST);
    wire_request_put(bytes, request);
    codec_put_text(bytes, &request->id);
    codec_put_text(bytes, &request->payload);
    return end(frame, 0);
}

enum error wire_write_answer(struct wire_frame *frame, const struct wire_answer *answer)
{
    struct string_builder *bytes = begin(frame, FRAME_ANSWER);
    wire_answer_put(bytes, answer);
    codec_put_text(bytes, &answer->value);
    return end(frame, 0);
}

enum error wire_write_batch(struct wire_frame *frame, const struct batch *batch)
{
    batch_put(begin(frame, FRAME_MESSAGES), batch);
    return end(frame, 0);
}

/* A value is written as its size and 1; in place of that: it is the one before in this frame, of
 * the same worker. */
#define VALUE_SAME 0u

/* Shorter values are written again: it costs less than to compare. */
#define VALUE_SAME_LEAST 64u

bool wire_has_value(const struct wire_frame *frame, const struct message *message)
{
    const struct text *value = &message->as.answer.value;
    return message->kind == MESSAGE_REPLY && message->code == OUTCOME_VALUE &&
           frame->value_worker == message->as.answer.worker && frame->value_worker &&
           text_size(value) == frame->value_size && frame->value_size >= VALUE_SAME_LEAST &&
           memcmp(frame->bytes.text + frame->value_at, text_bytes(value), frame->value_size) == 0;
}

static void put_value(struct wire_frame *frame, const struct message *message)
{
    struct string_builder *bytes = &frame->bytes;
    const struct text *value = &message->as.answer.value;
    bool same = wire_has_value(frame, message);
    codec_put_number(bytes, message->as.answer.worker);
    varint_put(bytes, same ? VALUE_SAME : text_size(value) + 1u);
    if (same)
        return;
    string_builder_add_bytes(bytes, text_bytes(value), text_size(value));
    if (bytes->failed)
        return;
    frame->value_worker = message->as.answer.worker;
    frame->value_at = bytes->size - text_size(value);
    frame->value_size = text_size(value);
}

enum error wire_write_message(struct wire_frame *frame, const struct message *message)
{
    struct string_builder *bytes = &frame->bytes;
    size_t size = bytes->size;
    message_put(bytes, message);
    if (message->kind == MESSAGE_REQUEST) {
        codec_put_number(bytes, (uint64_t)message->as.ask.budget_ns);
        codec_put_text(bytes, &message->as.ask.id);
    } else if (message->kind == MESSAGE_REPLY && message->code == OUTCOME_VALUE) {
        put_value(frame, message);
    } else if (message->kind == MESSAGE_REPLY && message->code == OUTCOME_WORK_FAILED) {
        codec_put_text(bytes, &message->as.answer.value);
    } else if (message->kind == MESSAGE_WELCOME) {
        codec_put_text(bytes, &message->as.members);
    } else if (message->kind == MESSAGE_HEARTBEAT) {
        codec_put_number(bytes, message->as.floor);
    } else if (message->kind == MESSAGE_HAND_OVER) {
        codec_put_text(bytes, &message->as.parcel);
    } else if (message->kind == MESSAGE_REPLY && message->code >= OUTCOMES_COUNT) {
        codec_put_number(bytes, message->as.answer.worker);
    } else if (message->kind == MESSAGE_LEASE) {
        codec_put_text(bytes, &message->as.entries);
    }
    return end(frame, size);
}

/* ---- reading ------------------------------------------------------------------------------- */

enum wire_frame_kind wire_kind(const void *bytes, size_t size, unsigned *version)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    unsigned kind = codec_frame_kind(&reader, FRAME_KINDS, version);
    return size <= WIRE_FRAME_MAX ? (enum wire_frame_kind)kind : 0;
}

/* What follows the head of a frame. */
static struct byte_reader body_of(const void *bytes, size_t size)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    byte_reader_take(&reader, 2);
    return reader;
}

enum error wire_read_greeting(const void *bytes, size_t size, struct greeting *greeting)
{
    struct byte_reader reader = body_of(bytes, size);
    greeting_get(&reader, greeting);
    codec_get_words(&reader, greeting->cluster, sizeof greeting->cluster);
    bool client = greeting->node == NODE_NONE;
    return byte_reader_done(&reader) && client == (greeting->incarnation == 0) &&
                   id_is_word(greeting->cluster, strlen(greeting->cluster))
               ? OK
               : ERROR_TEXT;
}

enum error wire_read_refusal(const void *bytes, size_t size, enum refusal *refusal,
                             char reason[WIRE_REASON_SIZE])
{
    struct byte_reader reader = body_of(bytes, size);
    *refusal = (enum refusal)varint_get(&reader, REFUSAL_LAST);
    codec_get_reason(&reader, reason, WIRE_REASON_SIZE);
    return byte_reader_done(&reader) ? OK : ERROR_TEXT;
}

enum error wire_read_request(const void *bytes, size_t size, struct wire_request *request)
{
    struct byte_reader reader = body_of(bytes, size);
    wire_request_get(&reader, request);
    request->id = codec_get_text(&reader, ID_SIZE_MAX);
    request->payload = codec_get_text(&reader, PAYLOAD_MAX);
    return byte_reader_done(&reader) && id_valid(text_bytes(&request->id), text_size(&request->id))
               ? OK
               : ERROR_TEXT;
}

enum error wire_read_answer(const void *bytes, size_t size, struct wire_answer *answer)
{
    struct byte_reader reader = body_of(bytes, size);
    wire_answer_get(&reader, answer);
    answer->value = codec_get_text(&reader, WIRE_VALUE_MAX);
    return byte_reader_done(&reader) ? OK : ERROR_TEXT;
}

enum error wire_read_batch(const void *bytes, size_t size, struct batch *batch,
                           struct wire_cursor *cursor)
{
    *cursor = (struct wire_cursor){.reader = body_of(bytes, size)};
    batch_get(&cursor->reader, batch);
    return cursor->reader.failed ? ERROR_TEXT : OK;
}

static bool read_request(struct byte_reader *reader, const struct batch *batch, uint32_t nodes,
                         struct message *message)
{
    message->as.ask.budget_ns = (int64_t)codec_get_number(reader, TIME_NEVER - 1);
    bool payload = message->code & REQUEST_PAYLOAD;
    unsigned try = message->code & ~REQUEST_PAYLOAD;
    struct text *asked = &message->as.ask.id;
    *asked = codec_get_text(reader, payload ? DEMAND_MAX : ID_SIZE_MAX);
    return (try == 1 || try == 2) && message->request > 0 &&
           number_owner(message->request, nodes) == batch->from &&
           (payload ? demand_valid(asked) : id_valid(text_bytes(asked), text_size(asked)));
}

/* Each value is written in one way only: one that could have been left out is malformed. */
static bool read_value(struct wire_cursor *cursor, struct message *message)
{
    struct text *value = &message->as.answer.value;
    message->as.answer.worker = codec_get_number(&cursor->reader, UINT64_MAX);
    size_t sealed = message->part & REPLY_SEALED ? SEAL_SIZE_MAX : 0;
    size_t size = (size_t)varint_get(&cursor->reader, WIRE_VALUE_MAX + sealed + 1);
    bool follows = cursor->value_worker && cursor->value_worker == message->as.answer.worker;
    if (size == VALUE_SAME) {
        *value = cursor->value;
        return follows && text_size(value) >= VALUE_SAME_LEAST;
    }
    const char *bytes = byte_reader_take(&cursor->reader, --size);
    if (!bytes)
        return false;
    *value = text_borrow(bytes, size);
    if (follows && size >= VALUE_SAME_LEAST && text_equal(value, &cursor->value))
        return false;
    cursor->value_worker = message->as.answer.worker;
    cursor->value = *value;
    return true;
}

/* Under leases an answer may be sealed with its token, else none is. */
static bool is_sealed_well(const struct message *reply, uint32_t slots)
{
    if (!(reply->part & REPLY_SEALED))
        return true;
    const char *at = text_bytes(&reply->as.answer.value);
    const char *end = at + text_size(&reply->as.answer.value);
    struct token token;
    return slots && token_get(&at, end, &token) && (size_t)(end - at) <= WIRE_VALUE_MAX;
}

static bool is_replied(uint8_t code)
{
    return code < OUTCOMES_COUNT ? outcome_is_replied((enum outcome)code) : code <= REPLY_PASSED;
}

static bool read_reply(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                       uint32_t slots, node_id self, struct message *message)
{
    bool value = message->code == OUTCOME_VALUE;
    unsigned part = value ? message->part & ~REPLY_SEALED : message->part;
    bool try = part == 1 || part == 2;
    if (!try || !is_replied(message->code) || message->request == 0 ||
        number_owner(message->request, nodes) != self)
        return false;
    if (message->code >= OUTCOMES_COUNT) { /* the node that has it */
        message->as.answer.worker = codec_get_number(&cursor->reader, nodes - 1);
        return true;
    }
    if (message->code == OUTCOME_WORK_FAILED)
        message->as.answer.value = codec_get_text(&cursor->reader, WIRE_WHY_MAX);
    if (message->code != OUTCOME_VALUE)
        return true;
    return read_value(cursor, message) && is_sealed_well(message, slots) &&
           message->as.answer.worker > 0 &&
           number_owner(message->as.answer.worker, nodes) == batch->from;
}

static bool read_welcome(struct byte_reader *reader, uint32_t nodes, struct message *message)
{
    message->as.members = codec_get_text(reader, (nodes + 7) / 8);
    return message->code <= (WELCOME_ASKS | WELCOME_CHANGED) &&
           text_size(&message->as.members) == (nodes + 7) / 8;
}

static bool read_heartbeat(struct byte_reader *reader, const struct batch *batch, uint32_t nodes,
                           struct message *message)
{
    message->as.floor = codec_get_number(reader, UINT64_MAX);
    return message->code <= (HEARTBEAT_HEARS | HEARTBEAT_JOINING) &&
           (message->as.floor == 0 || number_owner(message->as.floor, nodes) == batch->from);
}

/* Entries that ask, or that answer: not both. */
static bool read_lease(struct byte_reader *reader, uint32_t nodes, uint32_t slots,
                       struct message *message)
{
    message->as.entries = codec_get_text(reader, ENTRIES_SIZE_MAX);
    bool asks = message->code == LEASE_ASKS;
    if (!slots || !text_size(&message->as.entries) || (!asks && message->code != LEASE_ANSWERS))
        return false;
    struct entries_reader entries = entries_reader_over(&message->as.entries, nodes, slots);
    while (entries_next(&entries))
        if (asks != (entries.entry.kind <= ENTRY_RELEASE))
            return false;
    return byte_reader_done(&entries.bytes);
}

/* The fields that only some kinds use. */
static bool is_plain(const struct message *message)
{
    return message->request == 0 && message->part == 0;
}

static bool read_carried(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                         uint32_t slots, node_id self, struct message *message)
{
    switch (message->kind) {
    case MESSAGE_REQUEST:
        return read_request(&cursor->reader, batch, nodes, message);
    case MESSAGE_REPLY:
        return read_reply(cursor, batch, nodes, slots, self, message);
    case MESSAGE_WELCOME:
        return is_plain(message) && read_welcome(&cursor->reader, nodes, message);
    case MESSAGE_HEARTBEAT:
        return message->request == 0 && read_heartbeat(&cursor->reader, batch, nodes, message);
    case MESSAGE_HAND_OVER:
        message->as.parcel = codec_get_text(&cursor->reader, PARCEL_MOST);
        return is_plain(message) && message->code < PARCEL_KINDS;
    case MESSAGE_LEASE:
        return is_plain(message) && read_lease(&cursor->reader, nodes, slots, message);
    default:
        return is_plain(message) && message->code <= (message->kind == MESSAGE_JOIN);
    }
}

enum error wire_read_message(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                             uint32_t slots, node_id self, struct message *message)
{
    memset(message, 0, sizeof *message);
    message_get(&cursor->reader, message);
    if (cursor->reader.failed || message->number == 0 ||
        number_owner(message->number, nodes) != batch->from)
        return ERROR_TEXT;
    message->from = batch->from;
    message->incarnation = batch->incarnation;
    bool carried = read_carried(cursor, batch, nodes, slots, self, message);
    return carried && !cursor->reader.failed ? OK : ERROR_TEXT;
}
