#include "base/text.h"

#include "base/memory.h"

#include <stdatomic.h>

/* Lies before the bytes of a text that owns them. */
struct block {
    atomic_uint shares;
    uint32_t unused;
    char bytes[];
};

static struct block *block_of(const struct text *text)
{
    return container_of(text->as.large.bytes, struct block, bytes);
}

static bool is_shared(const struct text *text)
{
    return (unsigned char)text->as.small[15] == TEXT_LARGE_MARK;
}

struct text text_borrow(const char *bytes, size_t size)
{
    struct text text;
    memset(&text, 0, sizeof text);
    must(size <= UINT32_MAX);
    if (size <= TEXT_SMALL_MAX) {
        if (size)
            memcpy(text.as.small, bytes, size);
        text.as.small[15] = (char)size;
    } else {
        /* The bytes are only read. */
        memcpy(&text.as.large.bytes, &bytes, sizeof bytes);
        text.as.large.size = (uint32_t)size;
        text.as.small[15] = (char)TEXT_BORROWED_MARK;
    }
    return text;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first digit is the lowest byte");

/* Up to 8 digits, all at once, the first in the lowest byte: the number becomes two fours, these
 * pairs, and the pairs digits (the way of id_number back). 10486 / 2^20 is a hundredth, and 103 /
 * 2^10 a tenth, exactly so for what is divided by them here. */
static uint64_t eight_digits(uint32_t number)
{
    uint64_t fours = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t hundreds = fours * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
    uint64_t pairs = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = pairs * 103 >> 10 & UINT64_C(0x000f000f000f000f);
    return tens | (pairs - tens * 10) << 8;
}

struct text text_of_number(uint32_t number)
{
    struct text text;
    uint32_t above = number / 100000000;
    if (above) {
        char bytes[10];
        uint32_t size = above < 10 ? 9 : 10;
        for (uint32_t at = size; at-- > 0; number /= 10)
            bytes[at] = (char)('0' + number % 10);
        return text_borrow(bytes, size);
    }
    uint64_t digits = eight_digits(number);
    uint32_t zeros = number ? (uint32_t)__builtin_ctzll(digits) / 8 : 7;
    digits = (digits | UINT64_C(0x3030303030303030)) >> 8 * zeros;
    memset(&text, 0, sizeof text);
    memcpy(text.as.small, &digits, sizeof digits);
    text.as.small[15] = (char)(8 - zeros);
    return text;
}

/* A large text of its own block, whose bytes are to be filled in; NULL: there is no memory. */
static char *new_block(struct text *text, size_t size)
{
    struct block *block = memory_resize(NULL, sizeof *block + size);
    memset(text, 0, sizeof *text);
    if (!block)
        return NULL;
    atomic_init(&block->shares, 1);
    text->as.large.bytes = block->bytes;
    text->as.large.size = (uint32_t)size;
    text->as.small[15] = (char)TEXT_LARGE_MARK;
    return block->bytes;
}

enum error text_set(struct text *text, const char *bytes, size_t size)
{
    *text = text_borrow(bytes, size);
    if (!text_is_large(text))
        return OK;
    char *to = new_block(text, size);
    if (!to)
        return ERROR_MEMORY;
    memcpy(to, bytes, size);
    return OK;
}

enum error text_join(struct text *text, const struct text *const *parts, size_t count)
{
    char small[TEXT_SMALL_MAX];
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += text_size(parts[i]);
    must(size <= UINT32_MAX);
    char *to = size > TEXT_SMALL_MAX ? new_block(text, size) : small;
    if (!to)
        return ERROR_MEMORY;
    for (size_t i = 0, at = 0; i < count; at += text_size(parts[i++]))
        memcpy(to + at, text_bytes(parts[i]), text_size(parts[i]));
    if (to == small)
        *text = text_borrow(small, size);
    return OK;
}

OUT_OF_LINE enum error text_copy_large(struct text *to, const struct text *from)
{
    if (!is_shared(from))
        return text_set(to, from->as.large.bytes, from->as.large.size);
    atomic_fetch_add_explicit(&block_of(from)->shares, 1, memory_order_relaxed);
    *to = *from;
    return OK;
}

OUT_OF_LINE void text_free(struct text *text)
{
    if (!is_shared(text))
        return;
    struct block *block = block_of(text);
    if (atomic_fetch_sub_explicit(&block->shares, 1, memory_order_acq_rel) == 1)
        memory_free(block);
}
