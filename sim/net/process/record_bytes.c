#include "net/process/record_bytes.h"

#include "base/memory.h"

#include <string.h>

/* Each block is filled up to 8 bytes. */
#define PADDED(size) (((size) + 7u) & ~(size_t)7u)

static size_t long_size(const struct text *text)
{
    return text_is_large(text) ? text->as.large.size : 0;
}

size_t record_bytes_size(const struct record *record)
{
    return sizeof *record + PADDED(long_size(&record->id)) + PADDED(long_size(&record->value));
}

static unsigned char *put_long(unsigned char *to, const struct text *text)
{
    size_t size = long_size(text);
    if (size)
        memcpy(to, text->as.large.bytes, size);
    memset(to + size, 0, PADDED(size) - size);
    return to + PADDED(size);
}

void record_bytes_write(const struct record *record, unsigned char *to)
{
    struct record flat = *record;
    unsigned char *next = to + sizeof flat;
    text_detach(&flat.id);
    text_detach(&flat.value);
    memcpy(to, &flat, sizeof flat);
    next = put_long(next, &record->id);
    put_long(next, &record->value);
}

/* The text, if it is long, begins at *at. */
static bool take_long(struct text *text, const unsigned char **at, const unsigned char *end)
{
    if (!text_is_large(text)) {
        struct text short_one = *text;
        if (text_size(text) > TEXT_SMALL_MAX)
            return false;
        *text = text_borrow(short_one.as.small, text_size(&short_one)); /* the rest zero */
        return true;
    }
    size_t size = text->as.large.size;
    if (size <= TEXT_SMALL_MAX || size > (1u << 21) || PADDED(size) > (size_t)(end - *at))
        return false;
    *text = text_borrow((const char *)*at, size);
    *at += PADDED(size);
    return true;
}

size_t record_bytes_read(const unsigned char *bytes, size_t size, struct record *record)
{
    const unsigned char *at = bytes + sizeof *record;
    if (size < sizeof *record)
        return 0;
    memcpy(record, bytes, sizeof *record);
    if (!take_long(&record->id, &at, bytes + size) || !take_long(&record->value, &at, bytes + size))
        return 0;
    return (size_t)(at - bytes);
}

/* The number of codes that a record of this kind may have, from 0; 0: nodes make none of the kind.
 */
static unsigned codes_of(const struct record *record)
{
    switch (record->kind) {
    case RECORD_DOWN:
    case RECORD_LOST:
        return DOWN_LEAVE + 1;
    case RECORD_DROP:
        return DROPS_COUNT;
    case RECORD_FAIL:
        return OUTCOMES_COUNT;
    case RECORD_ROUTE:
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_SERVE:
        return 3;
    case RECORD_START:
    case RECORD_FROZEN:
    case RECORD_THAWED:
        return 2;
    case RECORD_UP:
    case RECORD_VIEW:
    case RECORD_REQUEST:
    case RECORD_LOAD:
    case RECORD_VALUE:
    case RECORD_LOAD_FAILED:
    case RECORD_REPLY:
    case RECORD_EXPIRE:
        return 1;
    default:
        return 0;
    }
}

/* The numbers that a node gives out itself are its own. */
static bool numbers_are_its_own(const struct record *record, uint32_t nodes, node_id node)
{
    switch (record->kind) {
    case RECORD_START:
    case RECORD_LOAD:
    case RECORD_VALUE:
    case RECORD_LOAD_FAILED:
    case RECORD_SERVE:
    case RECORD_EXPIRE:
    case RECORD_LOST:
        return record->worker && number_owner(record->worker, nodes) == node;
    case RECORD_SEND:
        return record->number && number_owner(record->number, nodes) == node;
    default:
        return true;
    }
}

static bool in_range(int64_t ns)
{
    return ns > -TIME_NEVER && ns < TIME_NEVER;
}

bool record_is_sound(const struct record *record, uint32_t nodes, node_id node)
{
    bool drop = record->kind == RECORD_DROP; /* a message of another node may be dropped here */
    bool peer = record->peer == NODE_NONE || record->peer < nodes;
    bool own = drop ? record->node < nodes && record->peer < nodes &&
                          (record->node == node || record->peer == node)
                    : record->node == node;
    bool to_peer = record->kind == RECORD_SEND || record->kind == RECORD_RECV ||
                   record->kind == RECORD_ROUTE || record->kind == RECORD_REPLY;
    bool coded = record->kind == RECORD_FAIL || record->kind == RECORD_ROUTE;
    return own && peer && !(to_peer && record->peer == NODE_NONE) &&
           record->code < codes_of(record) && (record->code || !coded) &&
           numbers_are_its_own(record, nodes, node) && record->message < MESSAGE_KINDS &&
           record->why < (record->kind == RECORD_ROUTE ? WHYS_COUNT : 1) && record->step == 0 &&
           in_range(record->t_ns) && in_range(record->clock_ns) && in_range(record->amount);
}

/* ---- a queue ------------------------------------------------------------------------------- */

void record_queue_close(struct record_queue *queue)
{
    memory_free(queue->bytes);
    *queue = (struct record_queue){0};
}

void record_queue_clear(struct record_queue *queue)
{
    queue->first = queue->size = 0;
}

/* Moves what waits to the front once the other half is free. */
static void compact(struct record_queue *queue)
{
    if (queue->first <= queue->size / 2)
        return;
    queue->size -= queue->first;
    memmove(queue->bytes, queue->bytes + queue->first, queue->size);
    queue->first = 0;
}

enum error record_queue_add(struct record_queue *queue, const struct record *record)
{
    uint64_t size = record_bytes_size(record);
    if (record_queue_size(queue) + sizeof size + size > RECORD_QUEUE_MAX)
        return ERROR_FULL;
    compact(queue);
    if (memory_reserve((void **)&queue->bytes, &queue->capacity, queue->size + sizeof size + size,
                       1))
        return ERROR_MEMORY;
    memcpy(queue->bytes + queue->size, &size, sizeof size);
    record_bytes_write(record, queue->bytes + queue->size + sizeof size);
    queue->size += sizeof size + size;
    return OK;
}

void record_queue_take(struct record_queue *queue, size_t most, struct record_piece *piece)
{
    piece->bytes = queue->bytes + queue->first;
    piece->size = 0;
    piece->records = 0;
    while (piece->size < record_queue_size(queue) && piece->size < most) {
        uint64_t size;
        struct record record;
        memcpy(&size, piece->bytes + piece->size, sizeof size);
        memcpy(&record, piece->bytes + piece->size + sizeof size, sizeof record);
        piece->last_ns = record.t_ns;
        piece->size += sizeof size + size;
        piece->records++;
    }
    queue->first += piece->size;
}
