/* Deadlines in order. */
#include "node/expiry.h"
#include "support/suite.h"

static void deadlines_come_in_order_of_time_and_then_of_coming(void)
{
    struct expiry expiry = {0};
    struct due due[5] = {{.at_ns = 0}};
    CU_ASSERT_EQUAL(expiry_next_ns(&expiry), TIME_NEVER);
    expiry_add(&expiry, &due[0], 20);
    expiry_add(&expiry, &due[1], 10);
    expiry_add(&expiry, &due[2], 20);
    expiry_add(&expiry, &due[3], 15);
    CU_ASSERT_PTR_NULL(expiry_due(&expiry, 9));
    const struct due *order[] = {&due[1], &due[3], &due[0], &due[2]};
    for (int i = 0; i < 4; i++) {
        struct due *next = expiry_due(&expiry, 20);
        CU_ASSERT_PTR_EQUAL(next, order[i]);
        expiry_remove(next);
    }
    CU_ASSERT_TRUE(expiry_empty(&expiry));
    expiry_remove(&due[4]);
}

static void a_deadline_may_leave_while_each_is_visited(void)
{
    struct expiry expiry = {0};
    struct due due[3] = {{.at_ns = 0}};
    int visited = 0;
    for (int i = 0; i < 3; i++)
        expiry_add(&expiry, &due[i], i);
    expiry_each(each, &expiry)
    {
        CU_ASSERT_PTR_EQUAL(each, &due[visited]);
        visited++;
        expiry_remove(each);
    }
    CU_ASSERT_EQUAL(visited, 3);
    CU_ASSERT_TRUE(expiry_empty(&expiry));
}

SUITE(node_expiry, TEST(deadlines_come_in_order_of_time_and_then_of_coming),
      TEST(a_deadline_may_leave_while_each_is_visited));
