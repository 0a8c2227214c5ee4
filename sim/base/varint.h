/* Whole numbers as bytes: seven bits a byte, the lowest first, the eighth bit set in all but the
 * last (as in Protocol Buffers and LEB128). The same on every machine, and short for small numbers.
 *
 * Reading never goes beyond the end and never fails twice: a reader that has failed is at its end
 * and gives zeros, so that `failed` is looked at once, after all is read. */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/string_builder.h"

void varint_put(struct string_builder *bytes, uint64_t number);

struct byte_reader {
    const unsigned char *at;
    const unsigned char *end;
    bool failed; /* what was read is no number, or not there */
};

static inline struct byte_reader byte_reader_over(const void *bytes, size_t size)
{
    return (struct byte_reader){.at = bytes, .end = (const unsigned char *)bytes + size};
}

/* The next number; 0, and `failed`, if there is none or it is above `most`. */
uint64_t varint_get(struct byte_reader *reader, uint64_t most);

/* The next `size` bytes; NULL, and `failed`, if there are not as many. */
const void *byte_reader_take(struct byte_reader *reader, size_t size);

/* Whether all was read and none of it failed. */
static inline bool byte_reader_done(const struct byte_reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}

#endif
