#include "base/table.h"

#include "base/memory.h"

#define CELLS_FIRST 16u
#define CELLS_MAX   (1u << 31)

void table_init(struct table *table)
{
    *table = (struct table){0};
}

void table_close(struct table *table)
{
    memory_free(table->cells);
    table_init(table);
}

static void put(struct table_cell *cells, uint32_t mask, struct table_cell cell)
{
    uint32_t at = cell.tag & mask;
    while (cells[at].next_slot)
        at = (at + 1) & mask;
    cells[at] = cell;
}

static enum error grow(struct table *table)
{
    uint32_t old = table->cells ? table->mask + 1 : 0;
    if (old == CELLS_MAX)
        return ERROR_FULL;
    uint32_t size = old ? old * 2 : CELLS_FIRST;
    struct table_cell *cells = memory_zeroed(size * sizeof *cells);
    if (!cells)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < old; i++)
        if (table->cells[i].next_slot)
            put(cells, size - 1, table->cells[i]);
    memory_free(table->cells);
    table->cells = cells;
    table->mask = size - 1;
    return OK;
}

enum error table_insert(struct table *table, uint64_t hash, uint32_t slot)
{
    must(slot < TABLE_NONE - 1);
    if (!table->cells || table->count >= table->mask / 4 * 3) {
        enum error error = grow(table);
        if (error)
            return error;
    }
    put(table->cells, table->mask, (struct table_cell){table_tag(hash), slot + 1});
    table->count++;
    return OK;
}

/* Empties a cell and moves later ones of the same run up, so that no search stops short (Knuth, The
 * Art of Computer Programming, 6.4, algorithm R). */
static void empty(struct table *table, uint32_t hole)
{
    uint32_t mask = table->mask;
    for (uint32_t at = (hole + 1) & mask; table->cells[at].next_slot; at = (at + 1) & mask) {
        uint32_t home = table->cells[at].tag & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        table->cells[hole] = table->cells[at];
        hole = at;
    }
    table->cells[hole] = (struct table_cell){0};
}

void table_remove(struct table *table, uint64_t hash, uint32_t slot)
{
    uint32_t at = table_tag(hash) & table->mask;
    while (table->cells[at].next_slot != slot + 1) {
        must(table->cells[at].next_slot);
        at = (at + 1) & table->mask;
    }
    empty(table, at);
    table->count--;
}
