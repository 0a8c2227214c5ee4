#include "base/varint.h"

void varint_put(struct string_builder *bytes, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        string_builder_add_char(bytes, (char)(number | 0x80));
    string_builder_add_char(bytes, (char)number);
}

static void fail(struct byte_reader *reader)
{
    reader->at = reader->end;
    reader->failed = true;
}

uint64_t varint_get(struct byte_reader *reader, uint64_t most)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        uint64_t byte = *reader->at++;
        uint64_t part = (byte & 0x7f) << shift;
        if (part >> shift != (byte & 0x7f))
            break; /* more than 64 bits */
        number |= part;
        if (byte >= 0x80)
            continue;
        if (number > most)
            break;
        return number;
    }
    fail(reader);
    return 0;
}

const void *byte_reader_take(struct byte_reader *reader, size_t size)
{
    const void *bytes = reader->at;
    if (size > (size_t)(reader->end - reader->at)) {
        fail(reader);
        return NULL;
    }
    reader->at += size;
    return bytes;
}
