/* A hash map from hashes to slots of a pool or an array: open addressing with linear probing, grown
 * at 3/4, emptied in place without tombstones. It holds no keys: `same` compares the few candidates
 * with the key that is searched.
 *
 *     static inline bool same(const void *names, uint32_t slot, const void *key)
 *     {
 *         return word_equal(((const struct name *)names)[slot].word, *(const struct word *)key);
 *     }
 *     slot = hash_map_find(&map, word_hash(word), same, names, &word);
 *
 * A cell keeps 32 bits of the hash, so a candidate is wrong once in about 2^32 cells passed. Where
 * a slot lies depends on hashes and the order of insertion: nothing that decides may iterate. */
#ifndef BASE_HASH_MAP_H
#define BASE_HASH_MAP_H

#include "base/base.h"
#include "base/pool.h"
#include "base/random.h"

#define HASH_MAP_NONE UINT32_MAX

struct hash_map_cell {
    uint32_t tag;
    uint32_t next_slot; /* the slot plus one; 0: empty */
};

/* Zeros are an empty map. */
struct hash_map {
    struct hash_map_cell *cells;
    uint32_t mask; /* cells - 1 */
    uint32_t count;
};

/* Takes no memory yet. */
void hash_map_init(struct hash_map *map);

/* Frees the cells and makes the map empty. */
void hash_map_close(struct hash_map *map);

/* Adds a slot under a hash; under one hash there may be many. ERROR_MEMORY, ERROR_FULL past 2^31
 * cells: nothing has changed. */
enum error hash_map_add(struct hash_map *map, uint64_t hash, uint32_t slot);

/* Removes a slot that was added under this hash, and must be there. */
void hash_map_remove(struct hash_map *map, uint64_t hash, uint32_t slot);

/* The bytes that its cells take. */
static inline size_t hash_map_bytes(const struct hash_map *map)
{
    return map->cells ? ((size_t)map->mask + 1) * sizeof *map->cells : 0;
}

static inline uint32_t hash_map_tag(uint64_t hash)
{
    return (uint32_t)(hash ^ (hash >> 32));
}

/* The first slot under this hash for which same(owner, slot, key) holds, or HASH_MAP_NONE. Inlined
 * with `same`, as a loop written by hand. */
static inline __attribute__((always_inline)) uint32_t
hash_map_find(const struct hash_map *map, uint64_t hash,
              bool (*same)(const void *owner, uint32_t slot, const void *key), const void *owner,
              const void *key)
{
    if (!map->cells)
        return HASH_MAP_NONE;
    uint32_t tag = hash_map_tag(hash);
    for (uint32_t at = tag & map->mask;; at = (at + 1) & map->mask) {
        struct hash_map_cell cell = map->cells[at];
        if (!cell.next_slot)
            return HASH_MAP_NONE;
        if (cell.tag == tag && same(owner, cell.next_slot - 1, key))
            return cell.next_slot - 1;
    }
}

/* What most maps are: of a pool's objects, each added under random_mix of its uint64_t `member`.
 * The object whose member is `number`, or NULL. */
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
    uint32_t slot = hash_map_find(map, random_mix(number), hash_map_same_number, &numbers, &number);
    return slot == HASH_MAP_NONE ? NULL : pool_at(pool, slot);
}

#endif
