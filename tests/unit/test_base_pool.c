/* Pools, and sets of bits. */
#include "base/bits.h"
#include "base/pool.h"
#include "support/suite.h"

#include <string.h>

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
    size_t chunks = (1001 + POOL_CHUNK - 1) / POOL_CHUNK;
    CU_ASSERT_EQUAL(pool_bytes(&pool), chunks * (POOL_CHUNK * 24 + sizeof(char *)));
    pool_close(&pool);
}

static void what_a_pool_has_reserved_is_given_next_and_not_counted(void)
{
    struct pool pool;
    pool_init(&pool, 24);
    CU_ASSERT_EQUAL(pool_reserve(&pool), OK);
    CU_ASSERT_EQUAL(pool_reserve(&pool), OK);
    CU_ASSERT_EQUAL(pool.count, 0);
    CU_ASSERT_EQUAL(pool.used, 1);
    CU_ASSERT_EQUAL(pool_take(&pool), 0);
    CU_ASSERT_EQUAL(pool_take(&pool), 1);
    CU_ASSERT_EQUAL(pool.count, 2);
    pool_close(&pool);
}

static void a_set_of_bits_has_what_was_added_and_not_removed(void)
{
    CU_ASSERT_EQUAL(bits_words(64), 1);
    CU_ASSERT_EQUAL(bits_words(65), 2);
    uint64_t *bits = bits_new(65);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bits);
    bits_add(bits, 0);
    bits_add(bits, 63);
    bits_add(bits, 64);
    bits_remove(bits, 63);
    for (uint32_t i = 0; i < 65; i++)
        CU_ASSERT_EQUAL(bits_has(bits, i), i == 0 || i == 64);
    memory_free(bits);
}

SUITE(base_pool, TEST(pool_gives_zeroed_objects_that_stay_where_they_are),
      TEST(what_a_pool_has_reserved_is_given_next_and_not_counted),
      TEST(a_set_of_bits_has_what_was_added_and_not_removed));
