#include "base/number_map.h"

#include "base/memory.h"

#define BITS_FIRST 3u
#define BITS_MOST  30u

void number_map_close(struct number_map *map)
{
    memory_free(map->places);
    *map = (struct number_map){0};
}

enum error number_map_grow(struct number_map *map)
{
    struct number_map grown = {.count = map->count,
                               .bits = map->places ? (uint8_t)(map->bits + 1) : BITS_FIRST};
    if (grown.bits > BITS_MOST)
        return ERROR_MEMORY;
    grown.places = memory_zeroed(((size_t)1 << grown.bits) * sizeof *grown.places);
    if (!grown.places)
        return ERROR_MEMORY;
    for (size_t i = 0; map->places && i < (size_t)1 << map->bits; i++)
        if (map->places[i].value)
            *number_map_find(&grown, map->places[i].key) = map->places[i];
    memory_free(map->places);
    *map = grown;
    return OK;
}
