/* What the core's leaves do when there is no memory. */
#include "base/memory.h"

#include "node/route.h"
#include "node/view.h"
#include "support/memory_fail.h"
#include "support/suite.h"

static void room_that_cannot_be_had_changes_nothing(void)
{
    int *items = NULL;
    size_t capacity = 0;
    memory_fail_at(2, true);
    CU_ASSERT_EQUAL_FATAL(memory_reserve((void **)&items, &capacity, 1, sizeof *items), OK);
    int *before = items;
    CU_ASSERT_EQUAL(memory_reserve((void **)&items, &capacity, 9, sizeof *items), ERROR_MEMORY);
    CU_ASSERT_PTR_EQUAL(items, before);
    CU_ASSERT_EQUAL(capacity, 8);
    memory_free(items);
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
}

static void zeroed_memory_that_cannot_be_had_is_null(void)
{
    memory_fail_at(1, false);
    CU_ASSERT_PTR_NULL(memory_zeroed(16));
    memory_fail_at(0, false);
}

static void a_view_and_a_router_say_so(void)
{
    struct view view;
    struct router router;
    memory_fail_at(1, true);
    CU_ASSERT_EQUAL(view_init(&view, 3), ERROR_MEMORY);
    CU_ASSERT_EQUAL(router_init(&router, ROUTE_RING, 3), ERROR_MEMORY);
    CU_ASSERT_EQUAL(router_init(&router, ROUTE_MODULO, 3), OK);
    router_close(&router);
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
}

SUITE(base_memory, TEST(room_that_cannot_be_had_changes_nothing),
      TEST(zeroed_memory_that_cannot_be_had_is_null), TEST(a_view_and_a_router_say_so));
