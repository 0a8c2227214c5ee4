#include "base/hash_map.h"

#include "base/memory.h"

#define CELLS_FIRST 16u
#define CELLS_MAX   (1u << 31)

void hash_map_init(struct hash_map *map)
{
    *map = (struct hash_map){0};
}

void hash_map_close(struct hash_map *map)
{
    memory_free(map->cells);
    hash_map_init(map);
}

static void put(struct hash_map_cell *cells, uint32_t mask, struct hash_map_cell cell)
{
    uint32_t at = cell.tag & mask;
    while (cells[at].next_slot)
        at = (at + 1) & mask;
    cells[at] = cell;
}

static enum error grow(struct hash_map *map)
{
    uint32_t old = map->cells ? map->mask + 1 : 0;
    if (old == CELLS_MAX)
        return ERROR_FULL;
    uint32_t size = old ? old * 2 : CELLS_FIRST;
    struct hash_map_cell *cells = memory_zeroed(size * sizeof *cells);
    if (!cells)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < old; i++)
        if (map->cells[i].next_slot)
            put(cells, size - 1, map->cells[i]);
    memory_free(map->cells);
    map->cells = cells;
    map->mask = size - 1;
    return OK;
}

enum error hash_map_add(struct hash_map *map, uint64_t hash, uint32_t slot)
{
    must(slot < HASH_MAP_NONE - 1);
    if (!map->cells || map->count >= map->mask / 4 * 3) {
        enum error error = grow(map);
        if (error)
            return error;
    }
    put(map->cells, map->mask, (struct hash_map_cell){hash_map_tag(hash), slot + 1});
    map->count++;
    return OK;
}

/* Empties a cell and moves later ones of the same run up, so that no search stops short (Knuth, The
 * Art of Computer Programming, 6.4, algorithm R). */
static void empty(struct hash_map *map, uint32_t hole)
{
    uint32_t mask = map->mask;
    for (uint32_t at = (hole + 1) & mask; map->cells[at].next_slot; at = (at + 1) & mask) {
        uint32_t home = map->cells[at].tag & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        map->cells[hole] = map->cells[at];
        hole = at;
    }
    map->cells[hole] = (struct hash_map_cell){0};
}

void hash_map_remove(struct hash_map *map, uint64_t hash, uint32_t slot)
{
    uint32_t at = hash_map_tag(hash) & map->mask;
    while (map->cells[at].next_slot != slot + 1) {
        must(map->cells[at].next_slot);
        at = (at + 1) & map->mask;
    }
    empty(map, at);
    map->count--;
}
