/* The one codec: how structures cross from process to process, by a socket or in shared memory.
 *
 * Nothing goes as it lies in memory. A structure is written field by field, in the order of its
 * list, little-endian and as wide as each field is; the list also bounds what is read:
 *
 *     #define POLL_FIELDS(X) X(number, UINT64_MAX) X(state, STATE_LAST)
 *     CODEC(poll, POLL_FIELDS)     defines poll_put and poll_get for struct poll
 *
 * So no field is negative. A text is its size, as a varint (base/varint.h), and its bytes. After
 * reading, byte_reader_done says whether all of it was sound: what is cut short, too large, too
 * long or written in another way than here is refused. Reading takes no memory; texts borrow the
 * bytes that are read. */
#ifndef NET_WIRE_CODEC_H
#define NET_WIRE_CODEC_H

#include "base/text.h"
#include "base/varint.h"

#include <endian.h>
#include <stdio.h>

/* Of all that is encoded here and in the files that use this: frames between nodes, clients and
 * drivers, orders, what a node's process shares with its parent. Whoever speaks another one is
 * refused at the first frame. */
#define CODEC_VERSION 13u

/* Why one that speaks another version is refused. */
static inline void codec_version_reason(char *reason, size_t size, unsigned speaks, unsigned wanted)
{
    snprintf(reason, size, "it speaks version %u of the protocol, not %u", speaks, wanted);
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* The lowest `size` bytes of the number. */
static inline char *codec_store(char *at, uint64_t number, size_t size)
{
    number = htole64(number);
    memcpy(at, &number, size);
    return at + size;
}

/* Reads a number of `size` bytes; *fits becomes false if it is above `most`. */
static inline uint64_t codec_load(const unsigned char **at, size_t size, uint64_t most, bool *fits)
{
    uint64_t number = 0;
    memcpy(&number, *at, size);
    number = le64toh(number);
    *at += size;
    *fits &= number <= most;
    return number;
}

static inline void codec_put_number(struct string_builder *bytes, uint64_t number)
{
    char *at = string_builder_extend(bytes, sizeof number);
    if (at)
        codec_store(at, number, sizeof number);
}

static inline uint64_t codec_get_number(struct byte_reader *reader, uint64_t most)
{
    const unsigned char *at = byte_reader_take(reader, sizeof(uint64_t));
    bool fits = true;
    uint64_t number = at ? codec_load(&at, sizeof number, most, &fits) : 0;
    if (!fits)
        byte_reader_fail(reader);
    return number;
}

/* ---- structures ---------------------------------------------------------------------------- */

#define CODEC_SIZE(field, most) +sizeof from->field
#define CODEC_PUT(field, most)  at = codec_store(at, (uint64_t)from->field, sizeof from->field);
#define CODEC_GET(field, most)                                                                     \
    from->field =                                                                                  \
        (__typeof__(from->field))codec_load(&at, sizeof from->field, (uint64_t)(most), &fits);

/* What can't be read is zero. */
#define CODEC(name, FIELDS)                                                                        \
    static inline void name##_put(struct string_builder *bytes, const struct name *from)           \
    {                                                                                              \
        char *at = string_builder_extend(bytes, 0 FIELDS(CODEC_SIZE));                             \
        if (!at)                                                                                   \
            return;                                                                                \
        FIELDS(CODEC_PUT)                                                                          \
        (void)at;                                                                                  \
    }                                                                                              \
    static inline void name##_get(struct byte_reader *reader, struct name *from)                   \
    {                                                                                              \
        static const unsigned char zeros[0 FIELDS(CODEC_SIZE)];                                    \
        const unsigned char *at = byte_reader_take(reader, sizeof zeros);                          \
        bool fits = true;                                                                          \
        if (!at)                                                                                   \
            at = zeros;                                                                            \
        FIELDS(CODEC_GET)                                                                          \
        if (!fits)                                                                                 \
            byte_reader_fail(reader);                                                              \
    }

/* ---- texts --------------------------------------------------------------------------------- */

static inline void codec_put_text(struct string_builder *bytes, const struct text *text)
{
    uint32_t size = text_size(text);
    varint_put(bytes, size);
    char *at = string_builder_extend(bytes, size);
    if (at)
        memcpy(at, text_bytes(text), size);
}

/* Of `most` bytes at the most. */
static inline struct text codec_get_text(struct byte_reader *reader, size_t most)
{
    size_t size = (size_t)varint_get(reader, most);
    const char *bytes = byte_reader_take(reader, size);
    return bytes ? text_borrow(bytes, size) : (struct text){0};
}

static inline void codec_put_words(struct string_builder *bytes, const char *words)
{
    varint_put(bytes, strlen(words));
    string_builder_add(bytes, words);
}

/* Words that have room in `capacity` bytes with a NUL, and none within. */
static inline void codec_get_words(struct byte_reader *reader, char *words, size_t capacity)
{
    struct text text = codec_get_text(reader, capacity - 1);
    memcpy(words, text_bytes(&text), text_size(&text));
    words[text_size(&text)] = '\0';
    if (strlen(words) != text_size(&text))
        byte_reader_fail(reader);
}

/* The same, to be printed: what is no printable ASCII is replaced. */
static inline void codec_get_reason(struct byte_reader *reader, char *words, size_t capacity)
{
    struct text text = codec_get_text(reader, capacity - 1);
    uint32_t size = text_size(&text);
    for (uint32_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text_bytes(&text)[i];
        words[i] = c < ' ' || c >= 0x7f ? '?' : (char)c;
    }
    words[size] = '\0';
}

/* ---- frames -------------------------------------------------------------------------------- */

/* A frame begins with its kind, from 1 on, and the version, a byte each. */
static inline void codec_begin_frame(struct string_builder *bytes, unsigned kind)
{
    varint_put(bytes, kind);
    varint_put(bytes, CODEC_VERSION);
}

/* The kind, below `kinds`, of the frame that is read; 0: it is none; `kinds`: it is of another
 * version, which is put into `version`. */
static inline unsigned codec_frame_kind(struct byte_reader *reader, unsigned kinds,
                                        unsigned *version)
{
    unsigned kind = (unsigned)varint_get(reader, kinds - 1);
    *version = (unsigned)varint_get(reader, 127);
    if (reader->failed || kind == 0)
        return 0;
    return *version == CODEC_VERSION ? kind : kinds;
}

#endif
