/* Finds slots of a pool by hash: open addressing with linear probing, grown at 3/4, emptied in
 * place without tombstones. It holds no keys: the caller compares the few candidates that it is
 * given.
 *
 *     struct probe probe = table_probe(&table, hash);
 *     for (uint32_t slot; (slot = table_next(&table, &probe)) != TABLE_NONE;)
 *         if (is_the_one(slot))
 *             return slot;
 *
 * A hash keeps 32 of its bits in a cell, so a candidate is wrong once in about 2^32 cells passed.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/base.h"

#define TABLE_NONE UINT32_MAX

struct table_cell {
    uint32_t tag;
    uint32_t next_slot; /* the slot plus one; 0: empty */
};

struct table {
    struct table_cell *cells;
    uint32_t mask; /* cells - 1 */
    uint32_t count;
};

struct probe {
    uint32_t tag;
    uint32_t cell;
};

/* Takes no memory yet. */
void table_init(struct table *table);
void table_close(struct table *table);

/* ERROR_MEMORY, ERROR_FULL past 2^31 slots: nothing has changed. */
enum error table_insert(struct table *table, uint64_t hash, uint32_t slot);

/* The slot must be there under this hash. */
void table_remove(struct table *table, uint64_t hash, uint32_t slot);

static inline uint32_t table_tag(uint64_t hash)
{
    return (uint32_t)(hash ^ (hash >> 32));
}

static inline struct probe table_probe(const struct table *table, uint64_t hash)
{
    uint32_t tag = table_tag(hash);
    return (struct probe){.tag = tag, .cell = tag & table->mask};
}

/* The next slot inserted under a hash like this one, or TABLE_NONE. */
static inline uint32_t table_next(const struct table *table, struct probe *probe)
{
    if (!table->cells)
        return TABLE_NONE;
    for (;;) {
        struct table_cell cell = table->cells[probe->cell];
        if (!cell.next_slot)
            return TABLE_NONE;
        probe->cell = (probe->cell + 1) & table->mask;
        if (cell.tag == probe->tag)
            return cell.next_slot - 1;
    }
}

#endif
