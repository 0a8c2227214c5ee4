#include "base/arena.h"

#include "support/suite.h"

#include <stdalign.h>
#include <string.h>

static void blocks_of_all_sizes_are_apart_and_stay(void)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 3000, 9000, 5, 100000, 3000000, 7};
    enum { COUNT = 600 };
    unsigned char *blocks[COUNT];
    struct arena *arena = arena_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i < 12 ? sizes[i] : sizes[i % 8];
        blocks[i] = arena_take(arena, size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(blocks[i]);
        CU_ASSERT_EQUAL((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        memset(blocks[i], (int)i, size);
    }
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i < 12 ? sizes[i] : sizes[i % 8];
        for (size_t k = 0; k < size; k++)
            CU_ASSERT_FATAL(blocks[i][k] == (unsigned char)i);
    }
    arena_delete(arena);
}

static void a_copy_has_its_nul(void)
{
    struct arena *arena = arena_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
    CU_ASSERT_STRING_EQUAL(arena_copy(arena, "abcdef", 3), "abc");
    CU_ASSERT_STRING_EQUAL(arena_copy(arena, NULL, 0), "");
    arena_delete(arena);
    arena_delete(NULL);
}

static void no_block_is_as_large_as_half_of_all_memory(void)
{
    struct arena *arena = arena_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
    CU_ASSERT_PTR_NULL(arena_take(arena, SIZE_MAX));
    CU_ASSERT_PTR_NULL(arena_take(arena, SIZE_MAX / 2 + 1));
    arena_delete(arena);
}

SUITE(base_arena, TEST(blocks_of_all_sizes_are_apart_and_stay), TEST(a_copy_has_its_nul),
      TEST(no_block_is_as_large_as_half_of_all_memory));
