#include "base/text.h"

#include "base/memory.h"

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
        /* The bytes are only read; a text that borrows is never cleared. */
        memcpy(&text.as.large.bytes, &bytes, sizeof bytes);
        text.as.large.size = (uint32_t)size;
        text.as.small[15] = (char)TEXT_LARGE_MARK;
    }
    return text;
}

enum error text_set(struct text *text, const char *bytes, size_t size)
{
    *text = text_borrow(bytes, size);
    if (!text_is_large(text))
        return OK;
    char *block = memory_resize(NULL, size);
    if (!block) {
        memset(text, 0, sizeof *text);
        return ERROR_MEMORY;
    }
    memcpy(block, bytes, size);
    text->as.large.bytes = block;
    return OK;
}

enum error text_copy(struct text *to, const struct text *from)
{
    if (text_is_large(from))
        return text_set(to, from->as.large.bytes, from->as.large.size);
    *to = *from;
    return OK;
}

void text_free(struct text *text)
{
    memory_free(text->as.large.bytes);
}
