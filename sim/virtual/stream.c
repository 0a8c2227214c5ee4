#include "virtual/stream.h"

#include "base/memory.h"

void stream_close(struct stream *stream)
{
    stream_clear(stream);
    memory_free(stream->records);
}

static bool has_long_text(const struct record *record)
{
    return text_is_large(&record->id) || text_is_large(&record->value);
}

enum error stream_add(struct stream *stream, const struct record *record)
{
    if (stream->count == stream->capacity &&
        memory_reserve((void **)&stream->records, &stream->capacity, stream->count + 1,
                       sizeof *stream->records))
        return ERROR_MEMORY;
    struct record *kept = &stream->records[stream->count];
    *kept = *record;
    if (has_long_text(record)) {
        if (text_copy(&kept->id, &record->id))
            return ERROR_MEMORY;
        if (text_copy(&kept->value, &record->value)) {
            text_clear(&kept->id);
            return ERROR_MEMORY;
        }
        stream->long_texts++;
    }
    stream->count++;
    return OK;
}

void stream_clear(struct stream *stream)
{
    for (size_t i = 0; i < stream->count && stream->long_texts; i++) {
        struct record *record = &stream->records[i];
        if (!has_long_text(record))
            continue;
        text_clear(&record->id);
        text_clear(&record->value);
        stream->long_texts--;
    }
    stream->count = 0;
}
