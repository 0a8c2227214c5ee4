#include "base/memory.h"

#include <stdlib.h>

void *memory_resize(void *old, size_t size)
{
    return realloc(old, size);
}

void *memory_zeroed(size_t size)
{
    return calloc(1, size); /* what is fresh from the system is zero and need not be touched */
}

void memory_free(void *block)
{
    free(block);
}

enum error memory_reserve(void **items, size_t *capacity, size_t wanted, size_t item_size)
{
    if (wanted <= *capacity)
        return OK;
    size_t larger = *capacity ? *capacity : 8;
    while (larger < wanted) {
        if (larger > SIZE_MAX / 2)
            return ERROR_MEMORY;
        larger *= 2;
    }
    if (larger > SIZE_MAX / item_size)
        return ERROR_MEMORY;
    void *block = memory_resize(*items, larger * item_size);
    if (!block)
        return ERROR_MEMORY;
    *items = block;
    *capacity = larger;
    return OK;
}
