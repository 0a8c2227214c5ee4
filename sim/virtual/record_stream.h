/* The records of one node that were not merged yet, in the order in which they were made.
 *
 * Every record of a run goes through record_stream_add, in the thread of its node. */
#ifndef VIRTUAL_RECORD_STREAM_H
#define VIRTUAL_RECORD_STREAM_H

#include "node/record.h"

/* Zeros are an empty one. */
struct record_stream {
    struct record *records; /* long texts in them are the stream's own */
    size_t count;
    size_t capacity;
    size_t long_texts; /* records that own some */
    char unused[32];
};

static inline bool record_has_long_text(const struct record *record)
{
    return text_is_large(&record->id) || text_is_large(&record->value);
}

/* For record_stream_add: where there is no room, or a long text. */
enum error record_stream_add_slowly(struct record_stream *stream, const struct record *record);

/* Adds a copy of the record, with its texts. ERROR_MEMORY: nothing is added. */
static inline enum error record_stream_add(struct record_stream *stream,
                                           const struct record *record)
{
    if (stream->count == stream->capacity || record_has_long_text(record))
        return record_stream_add_slowly(stream, record);
    stream->records[stream->count++] = *record;
    return OK;
}

/* Empties it, and keeps its memory if that is room for `kept` records at the most. */
void record_stream_clear(struct record_stream *stream, size_t kept);

#endif
