#include "net/process/backlog.h"

#include "base/memory.h"
#include "net/process/shared_ring.h"

void backlog_close(struct backlog *backlog)
{
    memory_free(backlog->bytes);
    *backlog = (struct backlog){0};
}

void backlog_clear(struct backlog *backlog)
{
    backlog->first = backlog->size = 0;
}

static void close_up(struct backlog *backlog)
{
    if (backlog->first <= backlog->size / 2)
        return;
    backlog->size -= backlog->first;
    memmove(backlog->bytes, backlog->bytes + backlog->first, backlog->size);
    backlog->first = 0;
}

enum error backlog_add(struct backlog *backlog, const struct record *record)
{
    uint64_t size = record_flat_size(record);
    if (backlog_size(backlog) + sizeof size + size > BACKLOG_MAX)
        return ERROR_FULL;
    close_up(backlog);
    if (memory_reserve((void **)&backlog->bytes, &backlog->capacity,
                       backlog->size + sizeof size + size, 1))
        return ERROR_MEMORY;
    memcpy(backlog->bytes + backlog->size, &size, sizeof size);
    record_flatten(record, backlog->bytes + backlog->size + sizeof size);
    backlog->size += sizeof size + size;
    return OK;
}

void backlog_take(struct backlog *backlog, size_t most, struct backlog_piece *piece)
{
    piece->bytes = backlog->bytes + backlog->first;
    piece->size = 0;
    piece->records = 0;
    while (piece->size < backlog_size(backlog) && piece->size < most) {
        uint64_t size;
        struct record record;
        memcpy(&size, piece->bytes + piece->size, sizeof size);
        memcpy(&record, piece->bytes + piece->size + sizeof size, sizeof record);
        piece->last_ns = record.t_ns;
        piece->size += sizeof size + size;
        piece->records++;
    }
    backlog->first += piece->size;
}
