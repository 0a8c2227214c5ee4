#include "base/string_builder.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"

#include <string.h>

struct string_builder string_builder_over(char *buffer, size_t capacity)
{
    must(capacity > 0);
    buffer[0] = '\0';
    return (struct string_builder){.text = buffer, .capacity = capacity, .fixed = true};
}

void string_builder_close(struct string_builder *builder)
{
    if (!builder->fixed)
        memory_free(builder->text);
    *builder = (struct string_builder){0};
}

char *string_builder_take(struct string_builder *builder)
{
    must(!builder->fixed);
    string_builder_add_bytes(builder, "", 0);
    char *text = builder->text;
    if (builder->failed) {
        memory_free(text);
        text = NULL;
    }
    *builder = (struct string_builder){0};
    return text;
}

bool string_builder_reserve(struct string_builder *builder, size_t size)
{
    if (builder->failed)
        return false;
    if (size < builder->capacity - builder->size)
        return true;
    builder->failed =
        builder->fixed || size > SIZE_MAX / 2 ||
        memory_reserve((void **)&builder->text, &builder->capacity, builder->size + size + 1, 1);
    return !builder->failed;
}

void string_builder_add_bytes(struct string_builder *builder, const char *bytes, size_t size)
{
    if (builder->failed)
        return;
    if (!string_builder_reserve(builder, size)) {
        if (!builder->fixed)
            return;
        size = utf8_cut(bytes, builder->capacity - builder->size - 1);
    }
    memcpy(builder->text + builder->size, bytes, size);
    builder->size += size;
    builder->text[builder->size] = '\0';
}

void string_builder_add(struct string_builder *builder, const char *text)
{
    string_builder_add_bytes(builder, text, strlen(text));
}

void string_builder_add_char(struct string_builder *builder, char c)
{
    string_builder_add_bytes(builder, &c, 1);
}

void string_builder_add_number(struct string_builder *builder, uint64_t number)
{
    char digits[NUMBER_DIGITS];
    size_t at = number_digits(digits, number);
    string_builder_add_bytes(builder, digits + at, sizeof digits - at);
}
