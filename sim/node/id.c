#include "node/id.h"

#include "base/utf8.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static bool printable(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029;
    bool blank = code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200f) ||
                 code == 0x202f || code == 0x205f || code == 0x3000 || code == 0xfeff;
    bool steers = (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f);
    return !control && !blank && !steers;
}

bool id_valid(const char *bytes, size_t size)
{
    if (size == 0 || size > ID_SIZE_MAX)
        return false;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t step = utf8_next(bytes + at, size - at, &code);
        if (step == 0 || !printable(code))
            return false;
        at += step;
    }
    return true;
}

bool id_is_word(const char *bytes, size_t size)
{
    return id_valid(bytes, size) && !memchr(bytes, ' ', size);
}

uint64_t id_hash(const struct text *id)
{
    return XXH3_64bits(text_bytes(id), text_size(id));
}

bool id_number(const struct text *id, uint64_t *number)
{
    const char *bytes = text_bytes(id);
    uint32_t size = text_size(id);
    uint64_t sum = 0;
    if (size == 0)
        return false;
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] < '0' || bytes[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(bytes[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *number = sum;
    return true;
}
