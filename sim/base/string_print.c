/* What of a string builder needs printf: apart, so that those link without it who print nothing. */
#include "base/string_builder.h"

#include "base/utf8.h"

#include <stdio.h>

void string_builder_print_list(struct string_builder *builder, const char *format,
                               va_list arguments)
{
    if (builder->failed)
        return;
    va_list again;
    va_copy(again, arguments);
    char *end = builder->text ? builder->text + builder->size : NULL;
    size_t left = builder->capacity - builder->size;
    int printed = vsnprintf(end, left, format, arguments);
    must(printed >= 0);
    size_t size = (size_t)printed;
    if (string_builder_reserve(builder, size)) {
        if (size >= left)
            vsnprintf(builder->text + builder->size, size + 1, format, again);
        builder->size += size;
    } else if (builder->text) { /* a piece of it may be there: cut it, or take it back */
        builder->size += builder->fixed ? utf8_cut(end, left - 1) : 0;
        builder->text[builder->size] = '\0';
    }
    va_end(again);
}

void string_builder_print(struct string_builder *builder, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    string_builder_print_list(builder, format, arguments);
    va_end(arguments);
}
