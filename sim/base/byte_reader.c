#include "base/byte_reader.h"

uint64_t varint_get_long(struct byte_reader *reader, uint64_t most)
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
        if (number > most || (byte == 0 && shift))
            break;
        return number;
    }
    byte_reader_fail(reader);
    return 0;
}
