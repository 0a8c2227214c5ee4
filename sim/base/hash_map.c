#include "base/hash_map.h"

#include "base/memory.h"

#define HEADS_FIRST 16u
#define HEADS_MAX   (1u << 30)

void hash_map_init(struct hash_map *map)
{
    *map = (struct hash_map){0};
}

void hash_map_close(struct hash_map *map)
{
    memory_free(map->heads);
    hash_map_init(map);
}

/* Puts the chain's entries, which are in `map`, at the same places of `to`. */
static void move_chain(const struct hash_map *map, struct hash_map *to, uint32_t at)
{
    for (uint32_t next; at; at = next) {
        struct hash_map_entry entry = map->entries[at];
        uint32_t *head = &to->heads[entry.tag & to->mask];
        next = entry.next;
        to->entries[at] = (struct hash_map_entry){entry.tag, *head};
        *head = at;
    }
}

enum error hash_map_grow(struct hash_map *map, uint32_t slot)
{
    uint32_t heads = map->heads ? map->mask + 1 : HEADS_FIRST;
    while (heads < HEADS_MAX && (slot >= heads || map->count >= heads))
        heads *= 2;
    if (slot >= heads || map->count >= heads)
        return ERROR_FULL;
    struct hash_map grown = {.mask = heads - 1, .count = map->count};
    grown.heads = memory_zeroed(heads * (sizeof *grown.heads + sizeof *grown.entries));
    if (!grown.heads)
        return ERROR_MEMORY;
    grown.entries = (struct hash_map_entry *)(void *)(grown.heads + heads) - 1;
    for (uint32_t i = 0; map->heads && i <= map->mask; i++)
        move_chain(map, &grown, map->heads[i]);
    memory_free(map->heads);
    *map = grown;
    return OK;
}
