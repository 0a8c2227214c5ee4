/* Tables, pools and lists of what falls due. */
#include "base/pool.h"
#include "base/random.h"
#include "base/table.h"
#include "node/expiry.h"
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

static void pool_gives_zeroed_objects_that_stay_where_they_are(void)
{
    struct pool pool;
    pool_init(&pool, 24);
    uint32_t first = pool_take(&pool);
    void *place = pool_at(&pool, first);
    for (int i = 0; i < 1000; i++)
        memset(pool_at(&pool, pool_take(&pool)), 0xff, 24);
    CU_ASSERT_PTR_EQUAL(pool_at(&pool, first), place);
    pool_give(&pool, 500);
    CU_ASSERT_EQUAL(pool.count, 1000);
    CU_ASSERT_EQUAL(pool_take(&pool), 500);
    static const char zeros[24];
    CU_ASSERT_EQUAL(memcmp(pool_at(&pool, 500), zeros, 24), 0);
    pool_close(&pool);
}

static void what_falls_due_comes_in_order_of_time_then_of_coming(void)
{
    struct expiry expiry;
    struct due due[5] = {{0}};
    expiry_init(&expiry);
    CU_ASSERT_EQUAL(expiry_next_ns(&expiry), TIME_NEVER);
    expiry_add(&expiry, &due[0], 20);
    expiry_add(&expiry, &due[1], 10);
    expiry_add(&expiry, &due[2], 20);
    expiry_add(&expiry, &due[3], 15);
    CU_ASSERT_PTR_NULL(expiry_due(&expiry, 9));
    const struct due *order[] = {&due[1], &due[3], &due[0], &due[2]};
    for (int i = 0; i < 4; i++) {
        struct due *next = expiry_due(&expiry, 20);
        CU_ASSERT_PTR_EQUAL(next, order[i]);
        expiry_remove(next);
    }
    CU_ASSERT_TRUE(expiry_empty(&expiry));
    expiry_remove(&due[4]);
}

SUITE(core_table, TEST(empty_table_has_nothing),
      TEST(table_agrees_with_a_model_whatever_is_put_in_and_out),
      TEST(pool_gives_zeroed_objects_that_stay_where_they_are),
      TEST(what_falls_due_comes_in_order_of_time_then_of_coming));
