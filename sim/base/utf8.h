/* UTF-8 (RFC 3629): the shortest forms of Unicode scalar values, and nothing else. What is no UTF-8
 * is found byte by byte, so that whoever shows it can put something else in its place. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/base.h"

#define UTF8_REPLACEMENT UINT32_C(0xfffd) /* what stands for what is no UTF-8 */
#define UTF8_ELLIPSIS    "\xe2\x80\xa6"   /* "…" */
#define UTF8_WRONG       "\xef\xbf\xbd"   /* UTF8_REPLACEMENT as text */

/* The size in bytes of the character that begins at bytes[0], and its number in `code`; 0 where the
 * `left` > 0 bytes do not begin with a whole character, and `code` is undefined. It reads no
 * further than to the first byte that is wrong: of a text that ends in NUL, `left` may be
 * SIZE_MAX. */
static inline size_t utf8_next(const char *bytes, size_t left, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)bytes[0];
    size_t size = first < 0x80             ? 1
                  : (first & 0xe0) == 0xc0 ? 2
                  : (first & 0xf0) == 0xe0 ? 3
                  : (first & 0xf8) == 0xf0 ? 4
                                           : 0;
    if (size == 0 || size > left)
        return 0;
    *code = size == 1 ? first : first & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | ((unsigned char)bytes[i] & 0x3fu);
    }
    bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < least[size] || surrogate || *code > 0x10ffff ? 0 : size;
}

/* Whether a character acts on a terminal instead of being shown: controls, line and paragraph
 * separators, and those that turn the direction of writing. */
static inline bool utf8_is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x200e && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* The size without the last character; 0 if there is one at most. */
static inline size_t utf8_drop_last(const char *bytes, size_t size)
{
    while (size && ((unsigned char)bytes[--size] & 0xc0) == 0x80)
        ;
    return size;
}

/* Where to cut a text that is to have `size` bytes at most: at `size`, or before the character that
 * would be cut in two there. */
static inline size_t utf8_cut(const char *bytes, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char byte = (unsigned char)bytes[size - back];
        if ((byte & 0xc0) == 0x80)
            continue;
        size_t whole = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return whole > back ? size - back : size;
    }
    return size;
}

#endif
