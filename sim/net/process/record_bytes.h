/* Records as bytes (wire/codec.h), singly and in a queue, to cross from process to process; and
 * whether one that came across can be believed.
 *
 * Of a record go the fields that a node's records use. Its clock shows its time: who reads it knows
 * what that is of. */
#ifndef NET_PROCESS_RECORD_BYTES_H
#define NET_PROCESS_RECORD_BYTES_H

#include "net/wire/codec.h"
#include "node/record.h"

/* Bytes that a record takes at the most, besides those of its texts. */
#define RECORD_BYTES_FIXED 96u

/* A longer id or value than this is no record's. */
#define RECORD_TEXT_MAX (2u << 20)

/* Fewer than RECORD_BYTES_FIXED and the bytes of its texts. */
void record_bytes_put(struct string_builder *bytes, const struct record *record);

/* Reads a record, whose texts borrow the bytes; that it was one, byte_reader_done says. */
void record_bytes_get(struct byte_reader *reader, struct record *record);

/* The most bytes that it takes. */
static inline size_t record_bytes_most(const struct record *record)
{
    return RECORD_BYTES_FIXED + text_size(&record->id) + text_size(&record->value);
}

/* Whether a record, from a process that may be broken or hostile, is one that node `node` of
 * `nodes`, with so many slots of leases, can have made. */
bool record_is_sound(const struct record *record, uint32_t nodes, uint32_t slots, node_id node);

/* ---- a queue ------------------------------------------------------------------------------- */

/* Bytes that wait in a queue at the most. */
#define RECORD_QUEUE_MAX (64u << 20)

/* Records that wait to be taken, each behind its size, oldest first. Zeros are an empty queue. */
struct record_queue {
    struct string_builder bytes; /* those from `first` on wait */
    size_t first;
};

/* Both empty the queue; `clear` keeps its memory. */
void record_queue_close(struct record_queue *queue);
void record_queue_clear(struct record_queue *queue);

static inline size_t record_queue_size(const struct record_queue *queue)
{
    return queue->bytes.size - queue->first;
}

/* ERROR_FULL, ERROR_MEMORY: the record is not added. */
enum error record_queue_add(struct record_queue *queue, const struct record *record);

/* A piece of the front: whole records. */
struct record_piece {
    const char *bytes; /* valid until the next record_queue_add */
    size_t size;
    uint32_t records;
    int64_t last_ns; /* t_ns of its last record; unchanged if there is none */
};

/* Takes a piece off that ends with the first record at or beyond `most` bytes. */
void record_queue_take(struct record_queue *queue, size_t most, struct record_piece *piece);

#endif
