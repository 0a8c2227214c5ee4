/* The records of one host, in the order in which it made them. */
#ifndef VIRTUAL_STREAM_H
#define VIRTUAL_STREAM_H

#include "node/record.h"

struct stream {
    struct record *records; /* long texts in them are the stream's own */
    size_t count;
    size_t capacity;
    size_t long_texts; /* records that own some */
    char unused[32]; /* streams that different threads fill lie side by side: off each other's lines
                      */
};

/* A stream of zeros is an empty one. */
void stream_close(struct stream *stream);

/* Appends a copy of the record with its texts. ERROR_MEMORY: nothing is appended. */
enum error stream_add(struct stream *stream, const struct record *record);

/* Empties it; what it holds of memory it keeps. */
void stream_clear(struct stream *stream);

#endif
