/* A map of numbers against an array of all keys. */
#include "base/number_map.h"

#include "base/random.h"
#include "support/suite.h"

static void an_empty_map_has_no_key(void)
{
    struct number_map map = {0};
    CU_ASSERT_EQUAL(number_map_get(&map, 0), 0);
    CU_ASSERT_EQUAL(number_map_get(&map, UINT32_MAX), 0);
    number_map_close(&map);
}

static void a_key_has_the_value_that_it_was_given_last(void)
{
    enum { KEYS = 512, STEPS = 4000 };
    static uint32_t wanted[KEYS];
    struct number_map map = {0};
    for (uint64_t step = 0; step < STEPS; step++) {
        uint32_t key = (uint32_t)random_below(random_draw(1, step), KEYS);
        wanted[key] = (uint32_t)random_draw(2, step) | 1;
        CU_ASSERT_EQUAL_FATAL(number_map_set(&map, key, wanted[key]), OK);
        uint32_t other = (uint32_t)random_below(random_draw(3, step), KEYS);
        CU_ASSERT_EQUAL(number_map_get(&map, other), wanted[other]);
    }
    for (uint32_t key = 0; key < KEYS; key++)
        CU_ASSERT_EQUAL(number_map_get(&map, key), wanted[key]);
    number_map_close(&map);
}

/* How many places are between the one that the key's hash names and the key's own. */
static uint64_t steps_to(const struct number_map *map, uint32_t key)
{
    uint32_t mask = (UINT32_C(1) << map->bits) - 1;
    uint32_t first = key * UINT32_C(0x9e3779b1) >> (32 - map->bits);
    return ((uint32_t)(number_map_find(map, key) - map->places) - first) & mask;
}

/* They would all have one place if the lowest bits chose it. */
static void keys_that_differ_in_their_highest_bits_alone_are_found_at_once(void)
{
    enum { KEYS = 4096 };
    struct number_map map = {0};
    uint64_t steps = 0;
    for (uint32_t i = 0; i < KEYS; i++)
        CU_ASSERT_EQUAL_FATAL(number_map_set(&map, i << 20, i + 1), OK);
    for (uint32_t i = 0; i < KEYS; i++) {
        CU_ASSERT_EQUAL(number_map_get(&map, i << 20), i + 1);
        steps += steps_to(&map, i << 20);
    }
    CU_ASSERT_TRUE(steps < KEYS);
    number_map_close(&map);
}

static void a_quarter_of_the_places_are_free(void)
{
    struct number_map map = {0};
    for (uint32_t key = 0; key < 1000; key++) {
        CU_ASSERT_EQUAL_FATAL(number_map_set(&map, key, 1), OK);
        CU_ASSERT_EQUAL_FATAL(number_map_set(&map, key, 2), OK); /* takes no further place */
        CU_ASSERT_EQUAL_FATAL(map.count, key + 1);
        CU_ASSERT_TRUE_FATAL(4 * map.count <= UINT32_C(3) << map.bits);
    }
    number_map_close(&map);
}

SUITE(base_number_map, TEST(an_empty_map_has_no_key),
      TEST(a_key_has_the_value_that_it_was_given_last),
      TEST(keys_that_differ_in_their_highest_bits_alone_are_found_at_once),
      TEST(a_quarter_of_the_places_are_free));
