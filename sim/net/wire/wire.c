#include "net/wire/wire.h"

#include "base/memory.h"
#include "base/number.h"
#include "node/id.h"

/* ---- writing ------------------------------------------------------------------------------- */

void wire_frame_close(struct wire_frame *frame)
{
    memory_free(frame->bytes);
    *frame = (struct wire_frame){0};
}

/* Room for `size` bytes more, to be filled in; NULL when there is no memory. */
static unsigned char *grow(struct wire_frame *frame, size_t size)
{
    if (memory_reserve((void **)&frame->bytes, &frame->capacity, frame->size + size, 1))
        return NULL;
    unsigned char *room = frame->bytes + frame->size;
    frame->size += size;
    return room;
}

static unsigned char *put_bytes(unsigned char *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

/* Of little-endian machines: the bytes as they lie. */
#define PUT(at, value) ((at) = put_bytes((at), &(value), sizeof(value)))

static unsigned char *begin(struct wire_frame *frame, enum wire_frame_kind kind, size_t size)
{
    frame->size = 0;
    frame->value_worker = 0;
    unsigned char *at = grow(frame, 2 + size);
    if (!at)
        return NULL;
    at[0] = (unsigned char)kind;
    at[1] = WIRE_VERSION;
    return at + 2;
}

#define GREETING_SIZE (1 + 8 + 8 + 4 + 4) /* and the name of the cluster */

enum error wire_write_greeting(struct wire_frame *frame, enum wire_frame_kind kind,
                               const struct greeting *greeting)
{
    uint8_t size = (uint8_t)strlen(greeting->cluster);
    unsigned char *at = begin(frame, kind, GREETING_SIZE + size);
    if (!at)
        return ERROR_MEMORY;
    PUT(at, greeting->settings);
    PUT(at, greeting->instance);
    PUT(at, greeting->incarnation);
    PUT(at, greeting->node);
    PUT(at, size);
    put_bytes(at, greeting->cluster, size);
    return OK;
}

enum error wire_write_refusal(struct wire_frame *frame, bool in_use, const char *reason)
{
    uint8_t size = (uint8_t)min_size(strlen(reason), WIRE_REASON_SIZE - 1), used = in_use;
    unsigned char *at = begin(frame, FRAME_REFUSAL, 2u + size);
    if (!at)
        return ERROR_MEMORY;
    PUT(at, used);
    PUT(at, size);
    put_bytes(at, reason, size);
    return OK;
}

enum error wire_write_request(struct wire_frame *frame, const struct wire_request *request)
{
    uint8_t size = (uint8_t)text_size(&request->id);
    unsigned char *at = begin(frame, FRAME_REQUEST, 8u + 1u + size);
    if (!at)
        return ERROR_MEMORY;
    PUT(at, request->cookie);
    PUT(at, size);
    put_bytes(at, text_bytes(&request->id), size);
    return OK;
}

enum error wire_write_answer(struct wire_frame *frame, const struct wire_answer *answer)
{
    uint32_t size = text_size(&answer->value);
    unsigned char *at = begin(frame, FRAME_ANSWER, 8u + 1u + 4u + 8u + 8u + 4u + size);
    if (!at)
        return ERROR_MEMORY;
    PUT(at, answer->cookie);
    PUT(at, answer->outcome);
    PUT(at, answer->from);
    PUT(at, answer->worker);
    PUT(at, answer->latency_ns);
    PUT(at, size);
    put_bytes(at, text_bytes(&answer->value), size);
    return OK;
}

enum error wire_write_batch(struct wire_frame *frame, const struct batch *batch)
{
    unsigned char *at = begin(frame, FRAME_MESSAGES, 12);
    if (!at)
        return ERROR_MEMORY;
    PUT(at, batch->from);
    PUT(at, batch->incarnation);
    PUT(at, batch->to);
    return OK;
}

#define MESSAGE_SIZE (1 + 1 + 2 + 2 + 8 + 8) /* and what its kind carries */

/* In place of the size of a value: it is the one before in this frame, of the same worker. */
#define VALUE_SAME UINT32_MAX

/* Shorter values are written again: it costs less than to compare. */
#define VALUE_SAME_LEAST 64u

bool wire_has_value(const struct wire_frame *frame, const struct message *message)
{
    const struct text *value = &message->as.answer.value;
    return message->kind == MESSAGE_REPLY && message->code == OUTCOME_VALUE &&
           frame->value_worker == message->as.answer.worker && frame->value_worker &&
           text_size(value) == frame->value_size && frame->value_size >= VALUE_SAME_LEAST &&
           memcmp(frame->bytes + frame->value_at, text_bytes(value), frame->value_size) == 0;
}

static size_t carried_size(const struct message *message, bool same)
{
    if (message->kind == MESSAGE_REQUEST)
        return 8u + 1u + text_size(&message->as.ask.id);
    if (message->kind == MESSAGE_REPLY && message->code == OUTCOME_VALUE)
        return 8u + 4u + (same ? 0u : text_size(&message->as.answer.value));
    if (message->kind == MESSAGE_WELCOME)
        return 2u + text_size(&message->as.members);
    return message->kind == MESSAGE_HEARTBEAT ? 8u : 0;
}

static unsigned char *put_value(struct wire_frame *frame, unsigned char *at,
                                const struct message *message, bool same)
{
    uint32_t size = text_size(&message->as.answer.value), written = same ? VALUE_SAME : size;
    PUT(at, message->as.answer.worker);
    PUT(at, written);
    if (same)
        return at;
    frame->value_worker = message->as.answer.worker;
    frame->value_at = (size_t)(at - frame->bytes);
    frame->value_size = size;
    return put_bytes(at, text_bytes(&message->as.answer.value), size);
}

enum error wire_write_message(struct wire_frame *frame, const struct message *message)
{
    bool value = message->kind == MESSAGE_REPLY && message->code == OUTCOME_VALUE;
    bool same = wire_has_value(frame, message);
    unsigned char *at = grow(frame, MESSAGE_SIZE + carried_size(message, same));
    if (!at)
        return ERROR_MEMORY;
    PUT(at, message->kind);
    PUT(at, message->code);
    PUT(at, message->meant);
    PUT(at, message->part);
    PUT(at, message->number);
    PUT(at, message->request);
    if (message->kind == MESSAGE_REQUEST) {
        uint8_t size = (uint8_t)text_size(&message->as.ask.id);
        PUT(at, message->as.ask.budget_ns);
        PUT(at, size);
        put_bytes(at, text_bytes(&message->as.ask.id), size);
    } else if (value) {
        put_value(frame, at, message, same);
    } else if (message->kind == MESSAGE_WELCOME) {
        uint16_t size = (uint16_t)text_size(&message->as.members);
        PUT(at, size);
        put_bytes(at, text_bytes(&message->as.members), size);
    } else if (message->kind == MESSAGE_HEARTBEAT) {
        PUT(at, message->as.floor);
    }
    return OK;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool take(struct wire_cursor *cursor, void *to, size_t size)
{
    if ((size_t)(cursor->end - cursor->at) < size)
        return false;
    memcpy(to, cursor->at, size);
    cursor->at += size;
    return true;
}

#define TAKE(cursor, value) take((cursor), &(value), sizeof(value))

static bool take_text(struct wire_cursor *cursor, size_t size, struct text *text)
{
    if ((size_t)(cursor->end - cursor->at) < size)
        return false;
    *text = text_borrow((const char *)cursor->at, size);
    cursor->at += size;
    return true;
}

enum wire_frame_kind wire_kind(const void *bytes, size_t size, uint8_t *version)
{
    const unsigned char *head = bytes;
    if (size < 2 || size > WIRE_FRAME_MAX || head[0] == 0 || head[0] >= FRAME_KINDS)
        return 0;
    *version = head[1];
    return head[1] == WIRE_VERSION ? (enum wire_frame_kind)head[0] : FRAME_KINDS;
}

static struct wire_cursor cursor_of(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    return (struct wire_cursor){.at = size < 2 ? at + size : at + 2, .end = at + size};
}

enum error wire_read_greeting(const void *bytes, size_t size, struct greeting *greeting)
{
    struct wire_cursor cursor = cursor_of(bytes, size);
    uint8_t name_size;
    memset(greeting, 0, sizeof *greeting);
    bool whole = TAKE(&cursor, greeting->settings) && TAKE(&cursor, greeting->instance) &&
                 TAKE(&cursor, greeting->incarnation) && TAKE(&cursor, greeting->node) &&
                 TAKE(&cursor, name_size) && name_size <= WIRE_NAME_MAX &&
                 take(&cursor, greeting->cluster, name_size) && wire_at_end(&cursor);
    bool client = greeting->node == NODE_NONE;
    return whole && client == (greeting->incarnation == 0) &&
                   id_is_word(greeting->cluster, name_size)
               ? OK
               : ERROR_TEXT;
}

enum error wire_read_refusal(const void *bytes, size_t size, bool *in_use,
                             char reason[WIRE_REASON_SIZE])
{
    struct wire_cursor cursor = cursor_of(bytes, size);
    uint8_t used, length;
    if (!TAKE(&cursor, used) || !TAKE(&cursor, length) || !take(&cursor, reason, length) ||
        !wire_at_end(&cursor))
        return ERROR_TEXT;
    reason[length] = '\0';
    for (char *c = reason; c < reason + length; c++)
        if (*c < ' ' || *c == 0x7f)
            *c = '?'; /* it goes to a terminal */
    *in_use = used;
    return OK;
}

enum error wire_read_request(const void *bytes, size_t size, struct wire_request *request)
{
    struct wire_cursor cursor = cursor_of(bytes, size);
    uint8_t id_size;
    if (!TAKE(&cursor, request->cookie) || !TAKE(&cursor, id_size) ||
        !take_text(&cursor, id_size, &request->id) || !wire_at_end(&cursor))
        return ERROR_TEXT;
    return id_valid(text_bytes(&request->id), id_size) ? OK : ERROR_TEXT;
}

enum error wire_read_answer(const void *bytes, size_t size, struct wire_answer *answer)
{
    struct wire_cursor cursor = cursor_of(bytes, size);
    uint32_t value_size;
    bool whole = TAKE(&cursor, answer->cookie) && TAKE(&cursor, answer->outcome) &&
                 TAKE(&cursor, answer->from) && TAKE(&cursor, answer->worker) &&
                 TAKE(&cursor, answer->latency_ns) && TAKE(&cursor, value_size) &&
                 value_size <= WIRE_VALUE_MAX && take_text(&cursor, value_size, &answer->value) &&
                 wire_at_end(&cursor);
    return whole && answer->outcome < OUTCOMES_COUNT ? OK : ERROR_TEXT;
}

enum error wire_read_batch(const void *bytes, size_t size, struct batch *batch,
                           struct wire_cursor *cursor)
{
    *cursor = cursor_of(bytes, size);
    return TAKE(cursor, batch->from) && TAKE(cursor, batch->incarnation) && TAKE(cursor, batch->to)
               ? OK
               : ERROR_TEXT;
}

static bool read_request(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                         struct message *message)
{
    uint8_t size;
    return (message->code == 1 || message->code == 2) && TAKE(cursor, message->as.ask.budget_ns) &&
           TAKE(cursor, size) && take_text(cursor, size, &message->as.ask.id) &&
           id_valid(text_bytes(&message->as.ask.id), size) && message->as.ask.budget_ns >= 0 &&
           message->as.ask.budget_ns < TIME_NEVER && message->request > 0 &&
           number_owner(message->request, nodes) == batch->from;
}

/* Each value is written in one way only: one that could have been left out is malformed. */
static bool read_value(struct wire_cursor *cursor, struct message *message)
{
    uint32_t size;
    struct text *value = &message->as.answer.value;
    if (!TAKE(cursor, message->as.answer.worker) || !TAKE(cursor, size))
        return false;
    bool follows = cursor->value_worker && cursor->value_worker == message->as.answer.worker;
    if (size == VALUE_SAME) {
        *value = cursor->value;
        return follows && text_size(value) >= VALUE_SAME_LEAST;
    }
    if (size > WIRE_VALUE_MAX || !take_text(cursor, size, value) ||
        (follows && size >= VALUE_SAME_LEAST && text_equal(value, &cursor->value)))
        return false;
    cursor->value_worker = message->as.answer.worker;
    cursor->value = *value;
    return true;
}

static bool read_reply(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                       node_id self, struct message *message)
{
    bool try = message->part == 1 || message->part == 2;
    if (!try || message->code >= OUTCOMES_COUNT || message->code == OUTCOME_CALLER_LOST ||
        message->code == OUTCOME_OWNER_LOST || message->request == 0 ||
        number_owner(message->request, nodes) != self)
        return false;
    if (message->code != OUTCOME_VALUE)
        return true;
    return read_value(cursor, message) && message->as.answer.worker > 0 &&
           number_owner(message->as.answer.worker, nodes) == batch->from;
}

static bool read_welcome(struct wire_cursor *cursor, uint32_t nodes, struct message *message)
{
    uint16_t size;
    return message->code <= 1 && TAKE(cursor, size) && size == (nodes + 7) / 8 &&
           take_text(cursor, size, &message->as.members);
}

static bool read_heartbeat(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                           struct message *message)
{
    return message->code <= (HEARTBEAT_HEARS | HEARTBEAT_JOINING) &&
           TAKE(cursor, message->as.floor) &&
           (message->as.floor == 0 || number_owner(message->as.floor, nodes) == batch->from);
}

/* The fields that only some kinds use. */
static bool is_plain(const struct message *message)
{
    return message->request == 0 && message->part == 0;
}

enum error wire_read_message(struct wire_cursor *cursor, const struct batch *batch, uint32_t nodes,
                             node_id self, struct message *message)
{
    memset(message, 0, sizeof *message);
    bool whole = TAKE(cursor, message->kind) && TAKE(cursor, message->code) &&
                 TAKE(cursor, message->meant) && TAKE(cursor, message->part) &&
                 TAKE(cursor, message->number) && TAKE(cursor, message->request);
    if (!whole || message->number == 0 || number_owner(message->number, nodes) != batch->from)
        return ERROR_TEXT;
    message->from = batch->from;
    message->incarnation = batch->incarnation;
    bool good = false;
    switch (message->kind) {
    case MESSAGE_REQUEST:
        good = read_request(cursor, batch, nodes, message);
        break;
    case MESSAGE_REPLY:
        good = read_reply(cursor, batch, nodes, self, message);
        break;
    case MESSAGE_WELCOME:
        good = is_plain(message) && read_welcome(cursor, nodes, message);
        break;
    case MESSAGE_HEARTBEAT:
        good = is_plain(message) && read_heartbeat(cursor, batch, nodes, message);
        break;
    case MESSAGE_JOIN:
    case MESSAGE_LEAVE:
    case MESSAGE_LEAVE_ACK:
        good = is_plain(message) && message->code <= (message->kind == MESSAGE_JOIN);
        break;
    default:
        break;
    }
    return good ? OK : ERROR_TEXT;
}
