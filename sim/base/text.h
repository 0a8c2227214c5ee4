/* A short byte string by value: an id, a worker's value.
 *
 * Up to 15 bytes lie in the 16 bytes of the text itself, the unused ones zero; a longer one is a
 * block that this text owns, unless it was made by text_borrow. So the ids and values of common use
 * are copied, compared and hashed without touching the heap. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/base.h"

#include <string.h>

#define TEXT_SMALL_MAX  15u
#define TEXT_LARGE_MARK 0xffu

struct text {
    union {
        char small[16]; /* its last byte: the size, or TEXT_LARGE_MARK */
        struct {
            char *bytes;
            uint32_t size;
            uint32_t mark;
        } large;
    } as;
};

_Static_assert(sizeof(struct text) == 16, "a text is passed about by value");

static inline bool text_is_large(const struct text *text)
{
    return (unsigned char)text->as.small[15] == TEXT_LARGE_MARK;
}

static inline uint32_t text_size(const struct text *text)
{
    return text_is_large(text) ? text->as.large.size : (uint32_t)text->as.small[15];
}

/* Not ended by a NUL. Valid as long as the text is, and where it is. */
static inline const char *text_bytes(const struct text *text)
{
    return text_is_large(text) ? text->as.large.bytes : text->as.small;
}

static inline bool text_equal(const struct text *a, const struct text *b)
{
    if (!text_is_large(a))
        return memcmp(a, b, sizeof *a) == 0;
    return text_is_large(b) && a->as.large.size == b->as.large.size &&
           memcmp(a->as.large.bytes, b->as.large.bytes, a->as.large.size) == 0;
}

/* Makes `text` of `size` bytes, copied. ERROR_MEMORY leaves it empty. */
enum error text_set(struct text *text, const char *bytes, size_t size);

/* A text that owns nothing: it is valid as long as `bytes` are, if they are more than 15. Never to
 * be given to text_clear. */
struct text text_borrow(const char *bytes, size_t size);

/* Makes `to`, whatever it held, a copy of `from`. ERROR_MEMORY leaves it empty. */
enum error text_copy(struct text *to, const struct text *from);

/* Frees the block of a large text. */
void text_free(struct text *text);

/* Frees what the text owns and makes it empty. */
static inline void text_clear(struct text *text)
{
    if (text_is_large(text))
        text_free(text);
    memset(text, 0, sizeof *text);
}

#endif
