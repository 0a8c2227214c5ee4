/* Records that wait to be taken, as bytes: each behind its size, oldest first. */
#ifndef NET_PROCESS_BACKLOG_H
#define NET_PROCESS_BACKLOG_H

#include "node/record.h"

/* Bytes that wait at the most. */
#define BACKLOG_MAX (64u << 20)

/* Zeros are an empty one. */
struct backlog {
    unsigned char *bytes; /* bytes[first..size-1] wait */
    size_t first;
    size_t size;
    size_t capacity;
};

void backlog_close(struct backlog *backlog);
void backlog_clear(struct backlog *backlog);

static inline size_t backlog_size(const struct backlog *backlog)
{
    return backlog->size - backlog->first;
}

/* ERROR_FULL, ERROR_MEMORY: it is not added. */
enum error backlog_add(struct backlog *backlog, const struct record *record);

/* A piece of the front, of about `most` bytes and whole records. */
struct backlog_piece {
    const unsigned char *bytes; /* valid until the next backlog_add */
    size_t size;
    uint32_t records;
    int64_t last_ns; /* t_ns of its last record; untouched if there is none */
};

/* Takes a piece off. */
void backlog_take(struct backlog *backlog, size_t most, struct backlog_piece *piece);

#endif
