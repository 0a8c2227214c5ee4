/* Output put together in a buffer without printf, for the writers of traces, which must keep up
 * with the run. Errors of the file are left for its owner to see by ferror. */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include "base/text.h"

#include <stdio.h>

/* Some hundred lines between two writes. */
#define LINE_ROOM 16384u

struct line {
    FILE *out;
    size_t used;
    char bytes[LINE_ROOM];
};

static inline void line_begin(struct line *line, FILE *out)
{
    line->out = out;
    line->used = 0;
}

/* Writes what is in the buffer to the file. */
void line_flush(struct line *line);

/* Any number of bytes. */
void line_put_long(struct line *line, const char *bytes, size_t size);

static inline void line_put(struct line *line, const char *bytes, size_t size)
{
    if (size > LINE_ROOM - line->used) {
        line_put_long(line, bytes, size);
        return;
    }
    memcpy(line->bytes + line->used, bytes, size);
    line->used += size;
}

/* A literal string. */
#define LINE_PUT(line, literal) line_put(line, "" literal, sizeof(literal) - 1)

void line_words(struct line *line, const char *words); /* ended by a NUL */
void line_number(struct line *line, uint64_t number);
void line_signed(struct line *line, int64_t number);
void line_node(struct line *line, node_id node); /* n1 for node 0 */

/* As a JSON string with its quotes; what is no UTF-8 becomes U+FFFD. */
void line_json(struct line *line, const char *bytes, size_t size);

/* For people: what is no UTF-8, and what would act on a terminal, as \xHH; beyond `most` bytes "…".
 */
void line_shown(struct line *line, const char *bytes, size_t size, size_t most);

#endif
