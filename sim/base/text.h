/* A byte string by value: an id, a worker's value.
 *
 * Up to 15 bytes lie in the 16 bytes of the text itself, the unused ones zero, so that the ids and
 * values of common use are copied, compared and hashed without touching the heap. A longer one is
 * a block that all copies of the text share and that the last of them frees, in whatever thread;
 * or, if it was made by text_borrow, bytes of somebody else's, which a copy copies. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/base.h"

#include <string.h>

#define TEXT_SMALL_MAX     15u
#define TEXT_LARGE_MARK    0xffu /* the bytes are a block that is shared */
#define TEXT_BORROWED_MARK 0xfeu /* or somebody else's */

struct text {
    union {
        char small[16]; /* its last byte: the size, or a mark */
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
    return (unsigned char)text->as.small[15] >= TEXT_BORROWED_MARK;
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

/* Likewise of the bytes of all parts, one behind the other. */
enum error text_join(struct text *text, const struct text *const *parts, size_t count);

/* A text that owns nothing: it is valid as long as `bytes` are, if they are more than 15. */
struct text text_borrow(const char *bytes, size_t size);

/* The number in decimal digits: it owns nothing and is short. */
struct text text_of_number(uint32_t number);

/* For text_copy: of a long one. */
enum error text_copy_large(struct text *to, const struct text *from);

/* Makes `to`, whatever it held, a copy of `from`, which shares its block if it has one.
 * ERROR_MEMORY, of a long text that was borrowed, leaves it empty. */
static inline enum error text_copy(struct text *to, const struct text *from)
{
    if (text_is_large(from))
        return text_copy_large(to, from);
    *to = *from;
    return OK;
}

/* Whether both have their bytes in the same place, where they are long. */
static inline bool text_is_same_block(const struct text *a, const struct text *b)
{
    return text_is_large(a) && text_is_large(b) && a->as.large.bytes == b->as.large.bytes;
}

/* Gives up the text's share of its block. For text_clear. */
void text_free(struct text *text);

/* Makes the text, if it is long, one of no bytes but with its size, the same whoever owned them:
 * for hashing and writing it as it lies. */
static inline void text_detach(struct text *text)
{
    if (!text_is_large(text))
        return;
    text->as.large.bytes = NULL;
    text->as.small[15] = (char)TEXT_LARGE_MARK;
}

/* Frees what the text owns and makes it empty. */
static inline void text_clear(struct text *text)
{
    if (text_is_large(text))
        text_free(text);
    memset(text, 0, sizeof *text);
}

#endif
