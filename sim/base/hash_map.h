/* A hash map from hashes to slots of a pool or an array: chains of the slots under one of 2^n
 * heads, doubled when there are as many slots as heads. It holds no keys: `same` compares the few
 * candidates with the key that is searched.
 *
 *     static inline bool same(const void *names, uint32_t slot, const void *key)
 *     {
 *         return word_equal(((const struct name *)names)[slot].word, *(const struct word *)key);
 *     }
 *     slot = hash_map_find(&map, word_hash(word), same, names, &word);
 *
 * A link keeps 32 bits of the hash of the slot that it leads to, so a candidate is wrong once in
 * about 2^32 passed, and the first of a chain is found without a look at any other. Adding and
 * removing touch two or three words. Memory is 16 bytes for each slot up to the highest, to the
 * next power of two. Chains depend on the order of insertion: nothing that decides may iterate. */
#ifndef BASE_HASH_MAP_H
#define BASE_HASH_MAP_H

#include "base/base.h"
#include "base/pool.h"
#include "base/random.h"

#define HASH_MAP_NONE UINT32_MAX

struct hash_map_link {
    uint32_t to;  /* the next slot of a chain plus one; 0: none */
    uint32_t tag; /* of that slot's hash */
};

/* Zeros are an empty map. */
struct hash_map {
    struct hash_map_link *heads; /* each to the first slot of a chain. The links lie behind them */
    struct hash_map_link *links; /* from slots, each at its slot plus one */
    uint32_t mask;               /* heads - 1 */
    uint32_t count;
};

/* Takes no memory yet. */
void hash_map_init(struct hash_map *map);

/* Frees its memory and makes the map empty. */
void hash_map_close(struct hash_map *map);

/* For hash_map_add: makes room for the slot and one more. */
enum error hash_map_grow(struct hash_map *map, uint32_t slot);

static inline uint32_t hash_map_tag(uint64_t hash)
{
    return (uint32_t)(hash ^ (hash >> 32));
}

/* Adds a slot, which is not in the map, under a hash; under one hash there may be many.
 * ERROR_MEMORY, ERROR_FULL past 2^30 slots: nothing has changed. */
static inline enum error hash_map_add(struct hash_map *map, uint64_t hash, uint32_t slot)
{
    if (!map->heads || slot > map->mask || map->count > map->mask) {
        enum error error = hash_map_grow(map, slot);
        if (error)
            return error;
    }
    uint32_t tag = hash_map_tag(hash);
    struct hash_map_link *head = &map->heads[tag & map->mask];
    map->links[slot + 1] = *head;
    *head = (struct hash_map_link){.to = slot + 1, .tag = tag};
    map->count++;
    return OK;
}

/* Removes a slot that was added under this hash, and must be there. */
static inline void hash_map_remove(struct hash_map *map, uint64_t hash, uint32_t slot)
{
    struct hash_map_link *link = &map->heads[hash_map_tag(hash) & map->mask];
    while (link->to != slot + 1) {
        must(link->to);
        link = &map->links[link->to];
    }
    *link = map->links[slot + 1];
    map->count--;
}

/* The bytes that it takes. */
static inline size_t hash_map_bytes(const struct hash_map *map)
{
    size_t heads = map->heads ? (size_t)map->mask + 1 : 0;
    return heads * (sizeof *map->heads + sizeof *map->links);
}

/* The last added slot under this hash for which same(owner, slot, key) holds, or HASH_MAP_NONE.
 * Inlined with `same`, as a loop written by hand. */
static inline __attribute__((always_inline)) uint32_t
hash_map_find(const struct hash_map *map, uint64_t hash,
              bool (*same)(const void *owner, uint32_t slot, const void *key), const void *owner,
              const void *key)
{
    if (!map->heads)
        return HASH_MAP_NONE;
    uint32_t tag = hash_map_tag(hash);
    for (const struct hash_map_link *link = &map->heads[tag & map->mask]; link->to;
         link = &map->links[link->to])
        if (link->tag == tag && same(owner, link->to - 1, key))
            return link->to - 1;
    return HASH_MAP_NONE;
}

/* The hash of a number (Knuth's multiplicative hashing): numbers that are near each other are
 * spread. */
static inline uint64_t hash_map_number(uint64_t number)
{
    return number * UINT64_C(0x9e3779b97f4a7c15);
}

/* What most maps are: of a pool's objects, each added under hash_map_number of its uint64_t
 * `member`. The object whose member is `number`, or NULL. */
#define hash_map_find_number(map, pool, type, member, number)                                      \
    ((type *)hash_map_find_number_at(map, pool,                                                    \
                                     _Generic(((type *)0)->member, uint64_t                        \
                                              : offsetof(type, member)),                           \
                                     number))

struct hash_map_numbers {
    const struct pool *pool;
    size_t offset;
};

static inline bool hash_map_same_number(const void *owner, uint32_t slot, const void *key)
{
    const struct hash_map_numbers *numbers = owner;
    const char *object = pool_at(numbers->pool, slot);
    return *(const uint64_t *)(const void *)(object + numbers->offset) == *(const uint64_t *)key;
}

/* The same of the uint64_t at `offset` of each object. */
static inline __attribute__((always_inline)) void *
hash_map_find_number_at(const struct hash_map *map, const struct pool *pool, size_t offset,
                        uint64_t number)
{
    struct hash_map_numbers numbers = {pool, offset};
    uint32_t slot =
        hash_map_find(map, hash_map_number(number), hash_map_same_number, &numbers, &number);
    return slot == HASH_MAP_NONE ? NULL : pool_at(pool, slot);
}

#endif
