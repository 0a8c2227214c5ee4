#include "base/varint.h"

void varint_put_long(struct string_builder *bytes, uint64_t number)
{
    char room[VARINT_SIZE_MAX];
    size_t size = 0;
    for (; number >= 0x80; number >>= 7)
        room[size++] = (char)(number | 0x80);
    room[size++] = (char)number;
    string_builder_add_bytes(bytes, room, size);
}
