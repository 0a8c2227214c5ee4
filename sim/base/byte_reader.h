/* Whole numbers as bytes: seven bits a byte, the lowest first, the eighth bit set in all but the
 * last (as in Protocol Buffers and LEB128). The same on every machine, and short for small numbers.
 * A number is written in one way only: one that ends in a byte of zeros is none.
 *
 * Here is their reader: it never goes beyond the end and never fails twice. One that has failed is
 * at its end and gives zeros, so that `failed` is looked at once, after all is read. varint.h has
 * their writer. */
#ifndef BASE_BYTE_READER_H
#define BASE_BYTE_READER_H

#include "base/base.h"

struct byte_reader {
    const unsigned char *at;
    const unsigned char *end;
    bool failed; /* what was read is no number, or not there */
};

static inline struct byte_reader byte_reader_over(const void *bytes, size_t size)
{
    return (struct byte_reader){.at = bytes, .end = (const unsigned char *)bytes + size};
}

uint64_t varint_get_long(struct byte_reader *reader, uint64_t most);

/* The next number; 0, and `failed`, if there is none or it is above `most`. */
static inline uint64_t varint_get(struct byte_reader *reader, uint64_t most)
{
    const unsigned char *at = reader->at;
    size_t left = (size_t)(reader->end - at);
    if (left > 0 && at[0] < 0x80 && at[0] <= most) {
        reader->at = at + 1;
        return at[0];
    }
    uint64_t two = left > 1 && at[0] >= 0x80 && at[1] < 0x80 ? (uint64_t)at[1] << 7 : 0;
    if (two && (two | (at[0] & 0x7fu)) <= most) {
        reader->at = at + 2;
        return two | (at[0] & 0x7fu);
    }
    return varint_get_long(reader, most);
}

/* Reads no further, as after something else that is not sound. */
static inline void byte_reader_fail(struct byte_reader *reader)
{
    reader->at = reader->end;
    reader->failed = true;
}

/* The next `size` bytes; NULL, and `failed`, if there are not as many. */
static inline const void *byte_reader_take(struct byte_reader *reader, size_t size)
{
    const void *bytes = reader->at;
    if (size > (size_t)(reader->end - reader->at)) {
        byte_reader_fail(reader);
        return NULL;
    }
    reader->at += size;
    return bytes;
}

/* Whether all was read and none of it failed. */
static inline bool byte_reader_done(const struct byte_reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}

#endif
