/* The hash map against a model. */
#include "base/hash_map.h"
#include "support/suite.h"

#include <string.h>

static bool is_slot(const void *owner, uint32_t slot, const void *key)
{
    CU_ASSERT_PTR_NULL(owner);
    return slot == *(const uint32_t *)key;
}

static bool has(const struct hash_map *map, uint64_t hash, uint32_t slot)
{
    return hash_map_find(map, hash, is_slot, NULL, &slot) == slot;
}

static void empty_map_has_nothing(void)
{
    struct hash_map map;
    hash_map_init(&map);
    CU_ASSERT_FALSE(has(&map, 7, 0));
    CU_ASSERT_EQUAL(hash_map_bytes(&map), 0);
    hash_map_close(&map);
}

/* With few hashes, so that runs collide and wrap round. */
static uint64_t hash_of(uint32_t slot)
{
    return slot % 5 ? random_mix(slot) : 0xfffffff0u + slot % 7;
}

static void map_agrees_with_a_model_whatever_is_added_and_removed(void)
{
    enum { SLOTS = 3000 };
    static bool in[SLOTS];
    struct hash_map map;
    hash_map_init(&map);
    memset(in, 0, sizeof in);
    for (uint64_t i = 0; i < 60000; i++) {
        uint32_t slot = (uint32_t)random_below(random_draw(1, i), SLOTS);
        CU_ASSERT_EQUAL(has(&map, hash_of(slot), slot), in[slot]);
        if (in[slot])
            hash_map_remove(&map, hash_of(slot), slot);
        else
            CU_ASSERT_EQUAL(hash_map_add(&map, hash_of(slot), slot), OK);
        in[slot] = !in[slot];
    }
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        CU_ASSERT_EQUAL(has(&map, hash_of(slot), slot), in[slot]);
    hash_map_close(&map);
}

struct request {
    uint32_t client;
    uint64_t number;
};

static void map_finds_an_object_of_a_pool_by_its_number(void)
{
    struct hash_map map = {0};
    struct pool pool;
    pool_init(&pool, sizeof(struct request));
    for (uint64_t number = 100; number < 1100; number++) {
        uint32_t slot = pool_take(&pool);
        *(struct request *)pool_at(&pool, slot) = (struct request){7, number};
        CU_ASSERT_EQUAL(hash_map_add(&map, hash_map_number(number), slot), OK);
    }
    for (uint64_t number = 100; number < 1100; number++) {
        struct request *found = hash_map_find_number(&map, &pool, struct request, number, number);
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_EQUAL(found->number, number);
    }
    CU_ASSERT_PTR_NULL(hash_map_find_number(&map, &pool, struct request, number, 1100));
    hash_map_close(&map);
    pool_close(&pool);
}

SUITE(base_hash_map, TEST(empty_map_has_nothing),
      TEST(map_agrees_with_a_model_whatever_is_added_and_removed),
      TEST(map_finds_an_object_of_a_pool_by_its_number));
