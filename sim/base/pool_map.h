/* Objects of one size that are found by a hash: a pool, and a hash map of its slots.
 *
 *     struct session *session = pool_map_add(&sessions, hash_map_number(number), &slot);
 *     ...
 *     session = pool_map_find_number(&sessions, struct session, number, 7);
 *     pool_map_remove(&sessions, hash_map_number(session->number), session->slot);
 *
 * An object keeps its slot itself, and what its hash is made of. `pool.count` tells how many there
 * are. */
#ifndef BASE_POOL_MAP_H
#define BASE_POOL_MAP_H

#include "base/hash_map.h"

struct pool_map {
    struct pool pool;
    struct hash_map map;
};

/* Takes no memory yet. object_size as pool_init has it. */
static inline void pool_map_init(struct pool_map *map, uint32_t object_size)
{
    pool_init(&map->pool, object_size);
    hash_map_init(&map->map);
}

/* Frees all objects, but not what they own. */
static inline void pool_map_close(struct pool_map *map)
{
    pool_close(&map->pool);
    hash_map_close(&map->map);
}

/* A new object of zeros under this hash, and its slot. NULL when there is no memory: nothing has
 * changed. */
static inline void *pool_map_add(struct pool_map *map, uint64_t hash, uint32_t *slot)
{
    *slot = pool_take(&map->pool);
    if (*slot == POOL_NONE)
        return NULL;
    if (!hash_map_add(&map->map, hash, *slot))
        return pool_at(&map->pool, *slot);
    pool_give(&map->pool, *slot);
    return NULL;
}

/* Removes an object that was added under this hash. */
static inline void pool_map_remove(struct pool_map *map, uint64_t hash, uint32_t slot)
{
    hash_map_remove(&map->map, hash, slot);
    pool_give(&map->pool, slot);
}

struct pool_map_search {
    const struct pool *pool;
    bool (*same)(const void *object, const void *key);
    const void *key;
};

static inline bool pool_map_same(const void *owner, uint32_t slot, const void *key)
{
    const struct pool_map_search *search = owner;
    return search->same(pool_at(search->pool, slot), key);
}

/* The first object under this hash for which same(object, key) holds, or NULL. Inlined with `same`.
 */
static inline __attribute__((always_inline)) void *
pool_map_find(const struct pool_map *map, uint64_t hash,
              bool (*same)(const void *object, const void *key), const void *key)
{
    struct pool_map_search search = {&map->pool, same, key};
    uint32_t slot = hash_map_find(&map->map, hash, pool_map_same, &search, key);
    return slot == HASH_MAP_NONE ? NULL : pool_at(&map->pool, slot);
}

/* Of objects added under hash_map_number of their uint64_t `member`: the one whose member is
 * `number`, or NULL. */
#define pool_map_find_number(pool_map, type, member, number)                                       \
    hash_map_find_number(&(pool_map)->map, &(pool_map)->pool, type, member, number)

/* Each object, for freeing what it owns: the order is no one's. The body must not remove any. */
#define pool_map_each(type, object, pool_map)                                                      \
    for (uint32_t object##_head = 0;                                                               \
         (pool_map)->map.heads && object##_head <= (pool_map)->map.mask; object##_head++)          \
        for (uint32_t object##_at = (pool_map)->map.heads[object##_head].to; object##_at;          \
             object##_at = (pool_map)->map.links[object##_at].to)                                  \
            for (type *object = pool_at(&(pool_map)->pool, object##_at - 1); object; object = NULL)

#endif
