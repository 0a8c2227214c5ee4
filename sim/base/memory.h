/* The only way to heap memory: all of dpsim allocates here, so a test links another memory.c and
 * makes any allocation fail. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/base.h"

/* As realloc: `old` may be NULL; NULL is returned and `old` is unchanged when there is no memory.
 */
void *memory_resize(void *old, size_t size);

/* As calloc(1, size). NULL when there is no memory. */
void *memory_zeroed(size_t size);

/* As free. */
void memory_free(void *block);

/* Makes room for `wanted` items in an array of `*capacity`, doubling. On ERROR_MEMORY nothing has
 * changed. `*items` is the array; item_size > 0. */
enum error memory_reserve(void **items, size_t *capacity, size_t wanted, size_t item_size);

#endif
