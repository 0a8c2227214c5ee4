/* The table against a model. */
#include "base/random.h"
#include "base/table.h"
#include "support/suite.h"

#include <string.h>

static bool table_has(const struct table *table, uint64_t hash, uint32_t wanted)
{
    struct probe probe = table_probe(table, hash);
    for (uint32_t slot; (slot = table_next(table, &probe)) != TABLE_NONE;)
        if (slot == wanted)
            return true;
    return false;
}

static void empty_table_has_nothing(void)
{
    struct table table;
    table_init(&table);
    CU_ASSERT_FALSE(table_has(&table, 7, 0));
    table_close(&table);
}

/* Against an array as the model, with few hashes so that runs collide and wrap round. */
static void table_agrees_with_a_model_whatever_is_put_in_and_out(void)
{
    enum { SLOTS = 3000 };
    static bool in[SLOTS];
    struct table table;
    table_init(&table);
    memset(in, 0, sizeof in);
    for (uint64_t i = 0; i < 60000; i++) {
        uint32_t slot = (uint32_t)random_below(random_draw(1, i), SLOTS);
        uint64_t hash = slot % 5 ? random_mix(slot) : 0xfffffff0u + slot % 7;
        CU_ASSERT_EQUAL(table_has(&table, hash, slot), in[slot]);
        if (in[slot])
            table_remove(&table, hash, slot);
        else
            CU_ASSERT_EQUAL(table_insert(&table, hash, slot), OK);
        in[slot] = !in[slot];
    }
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        uint64_t hash = slot % 5 ? random_mix(slot) : 0xfffffff0u + slot % 7;
        CU_ASSERT_EQUAL(table_has(&table, hash, slot), in[slot]);
    }
    table_close(&table);
}

SUITE(base_table, TEST(empty_table_has_nothing),
      TEST(table_agrees_with_a_model_whatever_is_put_in_and_out));
