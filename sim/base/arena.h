/* Memory that grows piece by piece and is given back all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

struct arena;

/* NULL when there is no memory. */
struct arena *arena_new(void);

/* Gives all of it back. NULL is allowed. */
void arena_delete(struct arena *arena);

/* `size` bytes for any type, uninitialised; NULL when there is no memory. They stay where they are.
 */
void *arena_take(struct arena *arena, size_t size);

/* A copy of `size` bytes with a NUL after them. */
char *arena_copy(struct arena *arena, const char *bytes, size_t size);

#endif
