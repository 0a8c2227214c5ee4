#include "base/memory.h"

#include "support/suite.h"

static void room_is_made_by_doubling(void)
{
    uint32_t *items = NULL;
    size_t capacity = 0;
    CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, 1, sizeof *items), OK);
    CU_ASSERT_EQUAL(capacity, 8);
    for (uint32_t i = 0; i < 8; i++)
        items[i] = i;
    CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, 9, sizeof *items), OK);
    CU_ASSERT_EQUAL(capacity, 16);
    CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, 100, sizeof *items), OK);
    CU_ASSERT_EQUAL(capacity, 128);
    for (uint32_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(items[i], i);
    items[127] = 1;
    memory_free(items);
}

static void room_that_is_there_is_left_alone(void)
{
    char *items = NULL;
    size_t capacity = 0;
    CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, 0, 1), OK);
    CU_ASSERT_PTR_NULL(items);
    CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, 8, 1), OK);
    char *before = items;
    CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, 8, 1), OK);
    CU_ASSERT_PTR_EQUAL(items, before);
    CU_ASSERT_EQUAL(capacity, 8);
    memory_free(items);
}

/* No sum of these may wrap round and be taken for a small one. */
static void room_beyond_all_memory_is_refused_and_changes_nothing(void)
{
    uint64_t *items = NULL;
    size_t capacity = 0;
    CU_ASSERT_EQUAL_FATAL(memory_reserve((void **)&items, &capacity, 8, sizeof *items), OK);
    uint64_t *before = items;
    const size_t wanted[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 8, SIZE_MAX / 8 + 1};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, wanted[i], sizeof *items),
                        ERROR_MEMORY);
    CU_ASSERT_PTR_EQUAL(items, before);
    CU_ASSERT_EQUAL(capacity, 8);
    memory_free(items);
}

static void zeroed_memory_is_zero_also_where_it_was_used_before(void)
{
    unsigned char *used = memory_resize(NULL, 64);
    for (size_t i = 0; i < 64; i++)
        used[i] = 0xff;
    memory_free(used);
    unsigned char *zeroed = memory_zeroed(64);
    unsigned sum = 0;
    for (size_t i = 0; i < 64; i++)
        sum += zeroed[i];
    CU_ASSERT_EQUAL(sum, 0);
    memory_free(zeroed);
}

static void nothing_can_be_freed(void)
{
    memory_free(NULL);
    CU_PASS("no crash");
}

SUITE(base_memory, TEST(room_is_made_by_doubling), TEST(room_that_is_there_is_left_alone),
      TEST(room_beyond_all_memory_is_refused_and_changes_nothing),
      TEST(zeroed_memory_is_zero_also_where_it_was_used_before), TEST(nothing_can_be_freed));
