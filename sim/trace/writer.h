/* Text and JSON put together in a buffer without printf, for output that must keep up with a run.
 * Errors of the file are left for its owner to see by ferror. */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include "base/text.h"

#include <stdio.h>

/* Some hundred lines between two writes. */
#define WRITER_ROOM 16384u

struct writer {
    FILE *out;
    size_t used;
    char bytes[WRITER_ROOM];
};

static inline void writer_init(struct writer *writer, FILE *out)
{
    writer->out = out;
    writer->used = 0;
}

/* Writes what is in the buffer to the file; to be called at the end. */
void writer_flush(struct writer *writer);

/* ---- text ---------------------------------------------------------------------------------- */

/* writer_put where the bytes do not fit into what is left of the buffer. */
void writer_put_long(struct writer *writer, const char *bytes, size_t size);

/* Any number of bytes, as they are. */
static inline void writer_put(struct writer *writer, const char *bytes, size_t size)
{
    if (size > WRITER_ROOM - writer->used) {
        writer_put_long(writer, bytes, size);
        return;
    }
    memcpy(writer->bytes + writer->used, bytes, size);
    writer->used += size;
}

/* A literal string. */
#define WRITER_PUT(writer, literal) writer_put(writer, "" literal, sizeof(literal) - 1)

static inline void writer_string(struct writer *writer, const char *string)
{
    writer_put(writer, string, strlen(string));
}

void writer_number(struct writer *writer, uint64_t number);
void writer_signed(struct writer *writer, int64_t number);
void writer_node(struct writer *writer, node_id node); /* n1 for node 0 */

/* For people: what is no UTF-8, and what would act on a terminal, as \xHH; beyond `most` bytes "…".
 */
void writer_shown(struct writer *writer, const char *bytes, size_t size, size_t most);

/* ---- JSON ---------------------------------------------------------------------------------- */

/* A string with its quotes; what is no UTF-8 becomes U+FFFD. */
void writer_json(struct writer *writer, const char *bytes, size_t size);

/* Members of an object behind the first one; `key` is a literal without anything to escape. */
#define WRITER_KEY(writer, key) WRITER_PUT(writer, ",\"" key "\":")
#define WRITER_MEMBER_NUMBER(writer, key, number)                                                  \
    (WRITER_KEY(writer, key), writer_number(writer, (uint64_t)(number)))
#define WRITER_MEMBER_SIGNED(writer, key, number)                                                  \
    (WRITER_KEY(writer, key), writer_signed(writer, number))
#define WRITER_MEMBER_NODE(writer, key, node)                                                      \
    (WRITER_PUT(writer, ",\"" key "\":\""), writer_node(writer, node), WRITER_PUT(writer, "\""))
#define WRITER_MEMBER_TEXT(writer, key, text)                                                      \
    (WRITER_KEY(writer, key), writer_json(writer, text_bytes(text), text_size(text)))
/* A name of ours, which needs no escapes. */
#define WRITER_MEMBER_NAME(writer, key, name)                                                      \
    (WRITER_PUT(writer, ",\"" key "\":\""), writer_string(writer, name), WRITER_PUT(writer, "\""))

#endif
