/* A map from numbers of 32 bits to such numbers that are not 0, which can't be taken out again.
 *
 * Open addressing with linear probing: a quarter of the places are free at least, and eight lie in
 * one cache line, which is what a look mostly takes, where a hash map over a pool takes three. */
#ifndef BASE_NUMBER_MAP_H
#define BASE_NUMBER_MAP_H

#include "base/base.h"

struct number_map_place {
    uint32_t value; /* 0: it is free */
    uint32_t key;
};

/* Zeros are an empty one. */
struct number_map {
    struct number_map_place *places; /* NULL: there are none yet */
    uint32_t count;
    uint8_t bits; /* there are 2^bits places */
};

void number_map_close(struct number_map *map);

/* For number_map_reserve. ERROR_MEMORY: nothing has changed. */
enum error number_map_grow(struct number_map *map);

/* So many keys it has before it grows. */
static inline uint32_t number_map_most(const struct number_map *map)
{
    return UINT32_C(3) << (map->bits - 2);
}

/* Where the key is, or is to be put. There are places. Keys that are near each other are spread
 * (Knuth's multiplicative hashing). */
static inline struct number_map_place *number_map_find(const struct number_map *map, uint32_t key)
{
    uint32_t mask = (UINT32_C(1) << map->bits) - 1;
    uint32_t at = key * UINT32_C(0x9e3779b1) >> (32 - map->bits);
    while (map->places[at].value && map->places[at].key != key)
        at = (at + 1) & mask;
    return &map->places[at];
}

/* The key's value; 0: it has none. */
static inline uint32_t number_map_get(const struct number_map *map, uint32_t key)
{
    return map->places ? number_map_find(map, key)->value : 0;
}

/* The key's value, 0 if it has none: the caller gives it one before the next call. NULL when there
 * is no memory: nothing has changed. */
static inline uint32_t *number_map_reserve(struct number_map *map, uint32_t key)
{
    if ((!map->places || map->count >= number_map_most(map)) && number_map_grow(map))
        return NULL;
    struct number_map_place *place = number_map_find(map, key);
    map->count += !place->value;
    place->key = key;
    return &place->value;
}

/* Gives the key a value, which is not 0. ERROR_MEMORY: nothing has changed. */
static inline enum error number_map_set(struct number_map *map, uint32_t key, uint32_t value)
{
    uint32_t *place = number_map_reserve(map, key);
    if (!place)
        return ERROR_MEMORY;
    *place = value;
    return OK;
}

#endif
