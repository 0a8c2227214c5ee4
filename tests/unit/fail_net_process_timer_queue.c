/* Timers when there is no memory. */
#include "net/process/timer_queue.h"

#include "support/memory_fail.h"
#include "support/suite.h"

#include <string.h>

static char long_bytes[] = "a-text-that-is-longer-than-a-text-holds-in-itself";

static void what_cannot_be_kept_for_later_is_still_the_caller_s(void)
{
    struct timer_queue queue = {0};
    struct timer timer = {.at_ns = 1};
    CU_ASSERT_EQUAL_FATAL(text_set(&timer.text, long_bytes, strlen(long_bytes)), OK);
    memory_fail_at(1, false);
    CU_ASSERT_EQUAL(timer_queue_add(&queue, timer), ERROR_MEMORY);
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(timer_queue_next_ns(&queue), TIME_NEVER);
    CU_ASSERT_EQUAL(timer_queue_add(&queue, timer), OK);
    timer_queue_close(&queue);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
}

SUITE(net_timer_queue_memory, TEST(what_cannot_be_kept_for_later_is_still_the_caller_s));
