#include "base/pool.h"

#include "base/memory.h"

void pool_init(struct pool *pool, uint32_t object_size)
{
    must(object_size >= sizeof(uint32_t));
    *pool = (struct pool){.object_size = object_size, .free = POOL_NONE};
}

void pool_close(struct pool *pool)
{
    for (uint32_t chunk = 0; chunk * POOL_CHUNK < pool->used; chunk++)
        memory_free(pool->chunks[chunk]);
    memory_free(pool->chunks);
    pool->chunks = NULL;
}

static enum error add_chunk(struct pool *pool)
{
    size_t chunk = pool->used >> POOL_CHUNK_BITS;
    if (pool->used > POOL_NONE - POOL_CHUNK)
        return ERROR_FULL;
    if (memory_reserve((void **)&pool->chunks, &pool->chunks_capacity, chunk + 1,
                       sizeof *pool->chunks))
        return ERROR_MEMORY;
    pool->chunks[chunk] = memory_resize(NULL, (size_t)pool->object_size * POOL_CHUNK);
    return pool->chunks[chunk] ? OK : ERROR_MEMORY;
}

uint32_t pool_take_new(struct pool *pool)
{
    if (pool->used % POOL_CHUNK == 0 && add_chunk(pool))
        return POOL_NONE;
    return pool->used++;
}

enum error pool_reserve_new(struct pool *pool)
{
    uint32_t slot = pool_take_new(pool);
    if (slot == POOL_NONE)
        return ERROR_MEMORY;
    pool->count++;
    pool_give(pool, slot);
    return OK;
}
