#include "base/pool_map.h"

#include "support/suite.h"

struct numbered {
    uint64_t number;
    uint32_t slot;
};

static struct numbered *add(struct pool_map *map, uint64_t number)
{
    uint32_t slot;
    struct numbered *added = pool_map_add(map, hash_map_number(number), &slot);
    CU_ASSERT_PTR_NOT_NULL_FATAL(added);
    *added = (struct numbered){number, slot};
    return added;
}

static inline bool has_number(const void *object, const void *key)
{
    return ((const struct numbered *)object)->number == *(const uint64_t *)key;
}

static void an_object_is_found_until_it_is_removed(void)
{
    struct pool_map map;
    pool_map_init(&map, sizeof(struct numbered));
    CU_ASSERT_PTR_NULL(pool_map_find_number(&map, struct numbered, number, 7));
    for (uint64_t number = 1; number <= 1000; number++)
        add(&map, number);
    for (uint64_t number = 1; number <= 1000; number += 2) {
        struct numbered *found = pool_map_find_number(&map, struct numbered, number, number);
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_EQUAL(found->number, number);
        pool_map_remove(&map, hash_map_number(number), found->slot);
    }
    CU_ASSERT_EQUAL(map.pool.count, 500);
    for (uint64_t number = 1; number <= 1000; number++) {
        const struct numbered *found =
            pool_map_find(&map, hash_map_number(number), has_number, &number);
        CU_ASSERT_EQUAL(found != NULL, number % 2 == 0);
    }
    pool_map_close(&map);
}

static void each_object_is_met_once(void)
{
    struct pool_map map;
    uint64_t sum = 0, count = 0;
    pool_map_init(&map, sizeof(struct numbered));
    pool_map_each (struct numbered, object, &map)
        sum += object->number;
    CU_ASSERT_EQUAL(sum, 0);
    for (uint64_t number = 1; number <= 100; number++)
        add(&map, number);
    struct numbered *removed = pool_map_find_number(&map, struct numbered, number, 50);
    pool_map_remove(&map, hash_map_number(50), removed->slot);
    pool_map_each (struct numbered, object, &map) {
        sum += object->number;
        count++;
    }
    CU_ASSERT_EQUAL(sum, 5050 - 50);
    CU_ASSERT_EQUAL(count, 99);
    pool_map_close(&map);
}

SUITE(base_pool_map, TEST(an_object_is_found_until_it_is_removed), TEST(each_object_is_met_once));
