/* Writes whole numbers as bytes; byte_reader.h says how they look, and reads them. */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/byte_reader.h"
#include "base/string_builder.h"

#define VARINT_SIZE_MAX 10u

void varint_put_long(struct string_builder *bytes, uint64_t number);

static inline void varint_put(struct string_builder *bytes, uint64_t number)
{
    char *at = number < 0x80 ? string_builder_extend(bytes, 1) : NULL;
    if (at)
        *at = (char)number;
    else
        varint_put_long(bytes, number);
}

#endif
