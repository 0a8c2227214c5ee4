#include "node/id.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Reads one UTF-8 character; returns its size in bytes, or 0 where the bytes are no shortest form
 * of a Unicode scalar value (RFC 3629). */
static size_t utf8_next(const unsigned char *at, size_t left, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = at[0] < 0x80             ? 1
                  : (at[0] & 0xe0) == 0xc0 ? 2
                  : (at[0] & 0xf0) == 0xe0 ? 3
                  : (at[0] & 0xf8) == 0xf0 ? 4
                                           : 0;
    if (size == 0 || size > left)
        return 0;
    *code = size == 1 ? at[0] : at[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (at[i] & 0x3fu);
    }
    bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < least[size] || surrogate || *code > 0x10ffff ? 0 : size;
}

static bool printable(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029;
    bool blank = code == 0x20 || code == 0xa0 || code == 0x1680 ||
                 (code >= 0x2000 && code <= 0x200f) || code == 0x202f || code == 0x205f ||
                 code == 0x3000 || code == 0xfeff;
    bool steers = (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f);
    return !control && !blank && !steers;
}

bool id_valid(const char *bytes, size_t size)
{
    if (size == 0 || size > ID_SIZE_MAX)
        return false;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t step = utf8_next((const unsigned char *)bytes + at, size - at, &code);
        if (step == 0 || !printable(code))
            return false;
        at += step;
    }
    return true;
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
