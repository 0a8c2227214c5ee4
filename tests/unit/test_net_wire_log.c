/* What is said of many alike goes into a log at first, and then once a second at the most. */
#include "net/wire/log.h"

#include "support/suite.h"

static void what_grows_is_logged_once_a_second(void)
{
    struct log_count logged = {0};
    CU_ASSERT_FALSE(log_count_is_due(&logged, 0, 0));
    CU_ASSERT_TRUE(log_count_is_due(&logged, 3, 5));
    CU_ASSERT_FALSE(log_count_is_due(&logged, 3, 5 + 2 * NS_PER_S));
    CU_ASSERT_FALSE(log_count_is_due(&logged, 4, 5 + NS_PER_S - 1));
    CU_ASSERT_TRUE(log_count_is_due(&logged, 4, 5 + NS_PER_S));
    CU_ASSERT_EQUAL(logged.logged, 4);
}

static void at_the_end_nothing_is_left_out(void)
{
    struct log_count logged = {0};
    CU_ASSERT_TRUE(log_count_is_due(&logged, 1, 5));
    CU_ASSERT_TRUE(log_count_is_due(&logged, 2, TIME_NEVER));
    CU_ASSERT_FALSE(log_count_is_due(&logged, 2, TIME_NEVER));
}

static void what_may_go_on_for_ever_is_logged_when_it_has_doubled(void)
{
    struct log_count logged = {0};
    CU_ASSERT_FALSE(log_count_is_doubled(&logged, 0, 0));
    CU_ASSERT_TRUE(log_count_is_doubled(&logged, 3, 0));
    CU_ASSERT_FALSE(log_count_is_doubled(&logged, 5, 2 * NS_PER_S));
    CU_ASSERT_FALSE(log_count_is_doubled(&logged, 6, NS_PER_S - 1));
    CU_ASSERT_TRUE(log_count_is_doubled(&logged, 6, NS_PER_S));
    CU_ASSERT_TRUE(log_count_is_doubled(&logged, 7, TIME_NEVER));
    CU_ASSERT_FALSE(log_count_is_doubled(&logged, 7, TIME_NEVER));
}

SUITE(net_wire_log, TEST(what_grows_is_logged_once_a_second),
      TEST(what_may_go_on_for_ever_is_logged_when_it_has_doubled),
      TEST(at_the_end_nothing_is_left_out));
