#include "base/large_pages.h"

#include "base/memory.h"
#include "support/suite.h"

#define BLOCKS 512u
#define SIZE   ((size_t)64 << 10) /* so small that it comes from the heap; all together 32 MiB */

/* Each block has a byte of its own at both ends. */
static void mark(unsigned char *block, uint32_t number)
{
    block[0] = (unsigned char)number;
    block[SIZE - 1] = (unsigned char)~number;
}

static bool is_marked(const unsigned char *block, uint32_t number)
{
    return block[0] == (unsigned char)number && block[SIZE - 1] == (unsigned char)~number;
}

static void what_the_heap_holds_stays_where_and_as_it_is(void)
{
    unsigned char *blocks[BLOCKS];
    large_pages_for_heap();
    for (uint32_t i = 0; i < BLOCKS; i++) {
        blocks[i] = memory_resize(NULL, SIZE);
        CU_ASSERT_PTR_NOT_NULL_FATAL(blocks[i]);
        mark(blocks[i], i);
        if (i % 100 == 0)
            large_pages_for_heap();
    }
    large_pages_for_heap();
    for (uint32_t i = 0; i < BLOCKS; i++) {
        CU_ASSERT_TRUE(is_marked(blocks[i], i));
        memory_free(blocks[i]);
    }
    large_pages_for_heap(); /* it may be smaller than it was */
}

static void a_block_stays_as_it_is(void)
{
    size_t size = (size_t)8 << 20;
    unsigned char *block = memory_zeroed(size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(block);
    block[0] = 1;
    large_pages_for_block(block, size);
    CU_ASSERT_EQUAL(block[0], 1);
    CU_ASSERT_EQUAL(block[size - 1], 0);
    memory_free(block);
}

SUITE(base_large_pages, TEST(what_the_heap_holds_stays_where_and_as_it_is),
      TEST(a_block_stays_as_it_is));
