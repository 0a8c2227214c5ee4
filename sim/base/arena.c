#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <string.h>

/* The first chunk serves a small scenario; those after it double, so that a large one takes few. */
#define CHUNK_LEAST (8u << 10)
#define CHUNK_MOST  (1u << 20)

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct chunk *chunks; /* the one that is being filled first */
    size_t next_size;
};

struct arena *arena_new(void)
{
    struct arena *arena = memory_zeroed(sizeof *arena);
    if (arena)
        arena->next_size = CHUNK_LEAST;
    return arena;
}

void arena_delete(struct arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        memory_free(chunk);
    }
    memory_free(arena);
}

/* A block that would waste most of a chunk gets one of its own size, behind the one being filled.
 */
static void *take_large(struct arena *arena, size_t size)
{
    struct chunk *chunk = memory_resize(NULL, sizeof *chunk + size);
    if (!chunk)
        return NULL;
    *chunk = (struct chunk){.size = size, .used = size};
    struct chunk **place = arena->chunks ? &arena->chunks->next : &arena->chunks;
    chunk->next = *place;
    *place = chunk;
    return chunk->bytes;
}

static bool add_chunk(struct arena *arena)
{
    struct chunk *chunk = memory_resize(NULL, sizeof *chunk + arena->next_size);
    if (!chunk)
        return false;
    *chunk = (struct chunk){.next = arena->chunks, .size = arena->next_size};
    arena->chunks = chunk;
    if (arena->next_size < CHUNK_MOST)
        arena->next_size *= 2;
    return true;
}

void *arena_take(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (!arena->chunks || arena->chunks->size - arena->chunks->used < size) {
        if (size > arena->next_size / 4)
            return take_large(arena, size);
        if (!add_chunk(arena))
            return NULL;
    }
    struct chunk *chunk = arena->chunks;
    void *block = chunk->bytes + chunk->used;
    chunk->used += size;
    return block;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t size)
{
    char *copy = arena_take(arena, size + 1);
    if (!copy)
        return NULL;
    if (size)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}
