#include "net/process/record_bytes.h"

#include "base/memory.h"

#define RECORD_FIELDS(X)                                                                           \
    X(t_ns, TIME_NEVER - 1)                                                                        \
    X(node, NODE_NONE)                                                                             \
    X(peer, NODE_NONE)                                                                             \
    X(kind, RECORD_KINDS - 1)                                                                      \
    X(code, UINT8_MAX)                                                                             \
    X(epoch, UINT32_MAX)                                                                           \
    X(message, MESSAGE_KINDS - 1)                                                                  \
    X(why, WHYS_COUNT - 1)                                                                         \
    X(request, UINT64_MAX)                                                                         \
    X(number, UINT64_MAX)                                                                          \
    X(worker, UINT64_MAX)                                                                          \
    X(amount, TIME_NEVER - 1)
CODEC(record, RECORD_FIELDS)

void record_bytes_put(struct string_builder *bytes, const struct record *record)
{
    record_put(bytes, record);
    codec_put_text(bytes, &record->id);
    codec_put_text(bytes, &record->value);
}

void record_bytes_get(struct byte_reader *reader, struct record *record)
{
    memset(record, 0, sizeof *record);
    record_get(reader, record);
    record->clock_ns = record->t_ns;
    record->id = codec_get_text(reader, RECORD_TEXT_MAX);
    record->value = codec_get_text(reader, RECORD_TEXT_MAX);
}

/* The number of codes that a record of this kind may have, from 0; 0: nodes make none of the kind.
 */
static unsigned codes_of(const struct record *record)
{
    switch (record->kind) {
    case RECORD_DOWN:
        return DOWN_LEAVE + 1;
    case RECORD_LOST:
        return DOWN_LEASE + 1;
    case RECORD_LEASE:
        return LEASE_HOWS_COUNT;
    case RECORD_DROP:
        return DROPS_COUNT;
    case RECORD_FAIL:
        return OUTCOMES_COUNT;
    case RECORD_ROUTE:
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_SERVE:
    case RECORD_HANDED:
        return 3;
    case RECORD_START:
        return START_MOVED + 1;
    case RECORD_FROZEN:
    case RECORD_THAWED:
    case RECORD_REQUEST:
    case RECORD_VALUE:
        return 2;
    case RECORD_UP:
    case RECORD_VIEW:
    case RECORD_LOAD:
    case RECORD_LOAD_FAILED:
    case RECORD_REPLY:
    case RECORD_EXPIRE:
    case RECORD_MOVED:
        return 1;
    default:
        return 0;
    }
}

/* The numbers that a node gives out itself are its own. */
static bool numbers_are_its_own(const struct record *record, uint32_t nodes, node_id node)
{
    enum record_family family = record_family((enum record_kind)record->kind);
    if (family == RECORD_OF_WORKER || record->kind == RECORD_SERVE)
        return record->worker && number_owner(record->worker, nodes) == node;
    if (record->kind == RECORD_SEND)
        return record->number && number_owner(record->number, nodes) == node;
    return true;
}

/* Whether a LEASE is about slots that there are. */
static bool slots_are_sound(const struct record *lease, uint32_t slots)
{
    struct record one;
    struct byte_reader rest;
    uint64_t last = 0;
    for (bool more = record_first_slot(lease, &one, &rest); more;
         more = record_next_slot(&one, &rest)) {
        if (one.number >= slots)
            return false;
        last = one.number;
    }
    return !rest.failed && (last == lease->number || lease->code == LEASE_RENEWED);
}

bool record_is_sound(const struct record *record, uint32_t nodes, uint32_t slots, node_id node)
{
    bool drop = record->kind == RECORD_DROP; /* a message of another node may be dropped here */
    bool peer = record->peer == NODE_NONE || record->peer < nodes;
    bool own = drop ? record->node < nodes && record->peer < nodes &&
                          (record->node == node || record->peer == node)
                    : record->node == node;
    bool to_peer = record->kind == RECORD_SEND || record->kind == RECORD_RECV ||
                   record->kind == RECORD_ROUTE || record->kind == RECORD_REPLY ||
                   record->kind == RECORD_MOVED || record->kind == RECORD_HANDED ||
                   (record->kind == RECORD_START && record->code == START_MOVED);
    bool coded = record->kind == RECORD_FAIL || record->kind == RECORD_ROUTE;
    return own && peer && !(to_peer && record->peer == NODE_NONE) &&
           record->code < codes_of(record) && (record->code || !coded) &&
           numbers_are_its_own(record, nodes, node) &&
           (record->why == 0 || record->kind == RECORD_ROUTE ||
            (record->kind == RECORD_SERVE && record->why == SERVE_FAILED)) &&
           (record->kind != RECORD_LEASE || slots_are_sound(record, slots));
}

/* ---- a queue ------------------------------------------------------------------------------- */

void record_queue_close(struct record_queue *queue)
{
    string_builder_close(&queue->bytes);
    *queue = (struct record_queue){0};
}

void record_queue_clear(struct record_queue *queue)
{
    queue->first = queue->bytes.size = 0;
}

/* Moves what waits to the front once the other half is free. */
static void compact(struct record_queue *queue)
{
    struct string_builder *bytes = &queue->bytes;
    if (queue->first <= bytes->size / 2)
        return;
    bytes->size -= queue->first;
    memmove(bytes->text, bytes->text + queue->first, bytes->size);
    queue->first = 0;
}

enum error record_queue_add(struct record_queue *queue, const struct record *record)
{
    struct string_builder *bytes = &queue->bytes;
    if (record_queue_size(queue) + record_bytes_most(record) > RECORD_QUEUE_MAX)
        return ERROR_FULL;
    compact(queue);
    size_t size = bytes->size;
    record_bytes_put(bytes, record);
    if (!bytes->failed)
        return OK;
    bytes->size = size;
    bytes->failed = false;
    return ERROR_MEMORY;
}

void record_queue_take(struct record_queue *queue, size_t most, struct record_piece *piece)
{
    piece->bytes = queue->bytes.text + queue->first;
    piece->records = 0;
    struct byte_reader reader = byte_reader_over(piece->bytes, record_queue_size(queue));
    const unsigned char *begin = reader.at;
    for (; reader.at < reader.end && (size_t)(reader.at - begin) < most; piece->records++) {
        struct record record;
        record_bytes_get(&reader, &record);
        piece->last_ns = record.t_ns;
    }
    piece->size = (size_t)(reader.at - begin);
    queue->first += piece->size;
}
