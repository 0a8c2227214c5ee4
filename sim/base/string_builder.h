/* A text that grows at its end.
 *
 *     struct string_builder line = {0};
 *     string_builder_print(&line, "dpsim --seed %llu", seed);
 *     string_builder_add(&line, " ");
 *     return string_builder_take(&line);
 *
 * An addition that there is no memory for is left out, and so are all later ones: `failed` is
 * looked at once, at the end. Over a buffer of fixed size (string_builder_over) it takes no memory,
 * and `failed` means that the text was cut. */
#ifndef BASE_STRING_BUILDER_H
#define BASE_STRING_BUILDER_H

#include "base/base.h"

#include <stdarg.h>

/* Zeros are an empty one. */
struct string_builder {
    char *text; /* ended by a NUL; NULL as long as nothing was added */
    size_t size;
    size_t capacity;
    bool fixed;
    bool failed;
};

/* Builds in the `capacity` > 0 bytes of `buffer`, which stays the caller's and is "" at first. A
 * text that would not fit with its NUL is cut between two characters of UTF-8. */
struct string_builder string_builder_over(char *buffer, size_t capacity);

/* Frees the text, unless it is in a buffer of the caller's, and makes the builder empty. */
void string_builder_close(struct string_builder *builder);

/* Gives the text to the caller, to be freed with memory_free, and makes the builder empty; "" if
 * nothing was added. NULL: some addition failed, or there is no memory. Not for a fixed buffer. */
char *string_builder_take(struct string_builder *builder);

void string_builder_add(struct string_builder *builder, const char *text); /* ends in NUL */
void string_builder_add_bytes(struct string_builder *builder, const char *bytes, size_t size);
void string_builder_add_char(struct string_builder *builder, char c);
void string_builder_add_number(struct string_builder *builder, uint64_t number); /* in decimal */

/* Makes room for `size` bytes more and a NUL; false, and `failed`, if there is none. */
bool string_builder_reserve(struct string_builder *builder, size_t size);

/* Adds `size` bytes, which the caller fills in. NULL: there is no room. */
static inline char *string_builder_extend(struct string_builder *builder, size_t size)
{
    if (builder->failed ||
        (size >= builder->capacity - builder->size && !string_builder_reserve(builder, size)))
        return NULL;
    char *at = builder->text + builder->size;
    builder->size += size;
    at[size] = '\0';
    return at;
}

__attribute__((format(printf, 2, 3))) void string_builder_print(struct string_builder *builder,
                                                                const char *format, ...);
__attribute__((format(printf, 2, 0))) void
string_builder_print_list(struct string_builder *builder, const char *format, va_list arguments);

#endif
