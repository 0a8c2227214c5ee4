/* Deadlines in order. */
#include "base/random.h"
#include "node/deadline_queue.h"
#include "support/suite.h"

static void deadlines_that_come_in_order_leave_in_order(void)
{
    struct deadline_queue queue;
    deadline_queue_init(&queue);
    struct due due[4] = {{.at_ns = 0}};
    CU_ASSERT_EQUAL(deadline_queue_next_ns(&queue), TIME_NEVER);
    deadline_queue_add(&queue, &due[0], 10);
    deadline_queue_add(&queue, &due[1], 20);
    deadline_queue_add(&queue, &due[2], 20);
    deadline_queue_add(&queue, &due[3], 30);
    CU_ASSERT_PTR_NULL(deadline_queue_due(&queue, 9));
    for (int i = 0; i < 4; i++) {
        struct due *next = deadline_queue_due(&queue, 30);
        CU_ASSERT_PTR_EQUAL(next, &due[i]);
        CU_ASSERT_TRUE(deadline_queue_has(next));
        deadline_queue_remove(next);
        CU_ASSERT_FALSE(deadline_queue_has(next));
    }
    CU_ASSERT_PTR_NULL(deadline_queue_first(&queue));
}

static void one_that_was_never_added_may_be_removed(void)
{
    struct due due = {.at_ns = 0};
    deadline_queue_remove(&due);
    CU_ASSERT_FALSE(deadline_queue_has(&due));
}

#define MANY 2000

/* Adds and removes at random, against a plain search for the least time. */
static void deadlines_of_any_order_leave_by_their_times(void)
{
    static struct due due[MANY];
    struct deadline_queue queue;
    deadline_queue_init(&queue);
    memset(due, 0, sizeof due);
    for (uint64_t i = 0; i < 40 * MANY; i++) {
        struct due *one = &due[random_draw(1, i) % MANY];
        if (deadline_queue_has(one))
            deadline_queue_remove(one);
        else
            deadline_queue_add(&queue, one, (int64_t)(random_draw(2, i) % 1000 + i / 100));
        if (i % 16)
            continue;
        int64_t least_ns = TIME_NEVER;
        for (int j = 0; j < MANY; j++)
            if (deadline_queue_has(&due[j]) && due[j].at_ns < least_ns)
                least_ns = due[j].at_ns;
        CU_ASSERT_EQUAL_FATAL(deadline_queue_next_ns(&queue), least_ns);
    }
    int64_t last_ns = INT64_MIN;
    for (struct due *first; (first = deadline_queue_first(&queue));) {
        CU_ASSERT_TRUE_FATAL(first->at_ns >= last_ns);
        last_ns = first->at_ns;
        deadline_queue_remove(first);
    }
    for (int j = 0; j < MANY; j++)
        CU_ASSERT_FALSE(deadline_queue_has(&due[j]));
}

SUITE(node_deadline_queue, TEST(deadlines_that_come_in_order_leave_in_order),
      TEST(one_that_was_never_added_may_be_removed),
      TEST(deadlines_of_any_order_leave_by_their_times));
