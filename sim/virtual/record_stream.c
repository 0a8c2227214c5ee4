#include "virtual/record_stream.h"

#include "base/memory.h"

enum error record_stream_add_slowly(struct record_stream *stream, const struct record *record)
{
    if (memory_reserve((void **)&stream->records, &stream->capacity, stream->count + 1,
                       sizeof *stream->records))
        return ERROR_MEMORY;
    struct record *kept = &stream->records[stream->count];
    *kept = *record;
    if (record_has_long_text(record)) {
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

void record_stream_clear(struct record_stream *stream, size_t kept)
{
    for (size_t i = 0; i < stream->count && stream->long_texts; i++) {
        struct record *record = &stream->records[i];
        if (!record_has_long_text(record))
            continue;
        text_clear(&record->id);
        text_clear(&record->value);
        stream->long_texts--;
    }
    stream->count = 0;
    if (stream->capacity > kept) {
        memory_free(stream->records);
        stream->records = NULL;
        stream->capacity = 0;
    }
}
