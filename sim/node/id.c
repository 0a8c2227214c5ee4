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

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first digit is the lowest byte");

/* Of up to 8 digits, all at once: their bytes become pairs, the pairs fours, and these the number
 * (Lemire, "Quickly parsing eight digits", 2018). */
static bool short_number(const struct text *id, uint32_t size, uint64_t *number)
{
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0), six = UINT64_C(0x0606060606060606),
                   zeros = UINT64_C(0x3030303030303030);
    uint64_t word;
    memcpy(&word, id->as.small, sizeof word);
    word <<= 64 - 8 * size;
    if (size < 8)
        word |= zeros >> 8 * size;
    if ((word & high) != zeros || ((word + six) & high) != zeros)
        return false;
    word = (word & UINT64_C(0x0f0f0f0f0f0f0f0f)) * (10 << 8 | 1) >> 8;
    word = (word & UINT64_C(0x00ff00ff00ff00ff)) * (100 << 16 | 1) >> 16;
    *number = (word & UINT64_C(0x0000ffff0000ffff)) * (UINT64_C(10000) << 32 | 1) >> 32;
    return true;
}

/* Likewise of any size. */
static bool long_number(const struct text *id, uint64_t *number)
{
    const char *bytes = text_bytes(id);
    uint32_t size = text_size(id);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] < '0' || bytes[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(bytes[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (size)
        *number = sum;
    return size > 0;
}

bool id_number(const struct text *id, uint64_t *number)
{
    uint32_t size = (unsigned char)id->as.small[15]; /* or the mark of a large one */
    return size - 1 < 8 ? short_number(id, size, number) : long_number(id, number);
}
