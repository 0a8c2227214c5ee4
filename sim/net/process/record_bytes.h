/* Records as bytes, singly and in a queue, to cross from process to process; and whether one that
 * came across can be believed.
 *
 * A record lies as it does in memory, its long texts behind it. So the bytes mean something between
 * builds of one layout alone (AGENT_LAYOUT). */
#ifndef NET_PROCESS_RECORD_BYTES_H
#define NET_PROCESS_RECORD_BYTES_H

#include "node/record.h"

/* The bytes that a record takes; a multiple of 8. */
size_t record_bytes_size(const struct record *record);
void record_bytes_write(const struct record *record, unsigned char *to);

/* Reads a record whose texts borrow the bytes. Returns the bytes used, or 0: these are no record.
 */
size_t record_bytes_read(const unsigned char *bytes, size_t size, struct record *record);

/* Whether a record, from a process that may be broken or hostile, is one that node `node` of
 * `nodes` can have made. */
bool record_is_sound(const struct record *record, uint32_t nodes, node_id node);

/* ---- a queue ------------------------------------------------------------------------------- */

/* Bytes that wait in a queue at the most. */
#define RECORD_QUEUE_MAX (64u << 20)

/* Records that wait to be taken, each behind its size, oldest first. Zeros are an empty queue. */
struct record_queue {
    unsigned char *bytes; /* bytes[first..size-1] wait */
    size_t first;
    size_t size;
    size_t capacity;
};

/* Both empty the queue; `clear` keeps its memory. */
void record_queue_close(struct record_queue *queue);
void record_queue_clear(struct record_queue *queue);

static inline size_t record_queue_size(const struct record_queue *queue)
{
    return queue->size - queue->first;
}

/* ERROR_FULL, ERROR_MEMORY: the record is not added. */
enum error record_queue_add(struct record_queue *queue, const struct record *record);

/* A piece of the front: whole records. */
struct record_piece {
    const unsigned char *bytes; /* valid until the next record_queue_add */
    size_t size;
    uint32_t records;
    int64_t last_ns; /* t_ns of its last record; unchanged if there is none */
};

/* Takes a piece off that ends with the first record at or beyond `most` bytes. */
void record_queue_take(struct record_queue *queue, size_t most, struct record_piece *piece);

#endif
