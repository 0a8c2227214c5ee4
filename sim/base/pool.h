/* Objects of one size, in chunks that never move: a slot is a number, its object stays where it is.
 *
 * An object costs three bytes beside its size; taking and giving back are a few instructions. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/base.h"

#include <string.h>

/* Few in one: a pool of three objects touches little more memory than these. */
#define POOL_CHUNK_BITS 3u
#define POOL_CHUNK      (1u << POOL_CHUNK_BITS) /* objects in a chunk */
#define POOL_NONE       UINT32_MAX

struct pool {
    char **chunks;
    size_t chunks_capacity;
    uint32_t object_size;
    uint32_t used;  /* slots ever taken: 0..used-1 */
    uint32_t free;  /* the first free slot below `used`, or POOL_NONE */
    uint32_t count; /* slots taken now */
};

/* object_size is at least 4 and a multiple of its alignment. Takes no memory yet. */
void pool_init(struct pool *pool, uint32_t object_size);
void pool_close(struct pool *pool);

/* The bytes that its chunks take, objects given back included. */
static inline size_t pool_bytes(const struct pool *pool)
{
    size_t chunks = (pool->used + POOL_CHUNK - 1) / POOL_CHUNK;
    return chunks * (POOL_CHUNK * pool->object_size + sizeof *pool->chunks);
}

/* The object of a taken slot. */
static inline void *pool_at(const struct pool *pool, uint32_t slot)
{
    return pool->chunks[slot >> POOL_CHUNK_BITS] +
           (size_t)(slot & (POOL_CHUNK - 1)) * pool->object_size;
}

/* For pool_take: a slot that was never taken. */
uint32_t pool_take_new(struct pool *pool);

/* For pool_reserve: makes a slot that was never taken a free one. */
enum error pool_reserve_new(struct pool *pool);

/* Sees to it that the next pool_take gives a slot. ERROR_MEMORY: nothing has changed. */
static inline enum error pool_reserve(struct pool *pool)
{
    return pool->free == POOL_NONE ? pool_reserve_new(pool) : OK;
}

/* A slot whose object is to be set at once: it holds anything. POOL_NONE when there is no memory.
 */
static inline uint32_t pool_take_unset(struct pool *pool)
{
    uint32_t slot = pool->free;
    if (slot != POOL_NONE)
        memcpy(&pool->free, pool_at(pool, slot), sizeof pool->free);
    else if ((slot = pool_take_new(pool)) == POOL_NONE)
        return POOL_NONE;
    pool->count++;
    return slot;
}

/* The same with its object zeroed. */
static inline uint32_t pool_take(struct pool *pool)
{
    uint32_t slot = pool_take_unset(pool);
    if (slot != POOL_NONE)
        memset(pool_at(pool, slot), 0, pool->object_size);
    return slot;
}

static inline void pool_give(struct pool *pool, uint32_t slot)
{
    memcpy(pool_at(pool, slot), &pool->free, sizeof pool->free);
    pool->free = slot;
    pool->count--;
}

#endif
