#include "base/hash_map.h"

#include "base/memory.h"

#define HEADS_FIRST 8u
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

/* Puts the chain's slots, which are in `map`, into `to`. */
static void move_chain(const struct hash_map *map, struct hash_map *to, struct hash_map_link link)
{
    while (link.to) {
        struct hash_map_link *head = &to->heads[link.tag & to->mask], next = map->links[link.to];
        to->links[link.to] = *head;
        *head = link;
        link = next;
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
    grown.heads = memory_zeroed(heads * (sizeof *grown.heads + sizeof *grown.links));
    if (!grown.heads)
        return ERROR_MEMORY;
    grown.links = grown.heads + heads - 1;
    for (uint32_t i = 0; map->heads && i <= map->mask; i++)
        move_chain(map, &grown, map->heads[i]);
    memory_free(map->heads);
    *map = grown;
    return OK;
}
