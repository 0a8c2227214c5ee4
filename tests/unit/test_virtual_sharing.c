#include "virtual/sharing.h"

#include "support/suite.h"

/* Runs a period whose windows of 100 events take so long each way; returns how many of those after
 * the trials are shared. */
static uint32_t run_period(struct sharing *sharing, int64_t alone_ns, int64_t shared_ns)
{
    uint32_t shared = 0;
    for (uint32_t window = 0; window < SHARING_PERIOD; window++) {
        bool pays = sharing_pays(sharing);
        shared += pays && window >= 2 * SHARING_TRIED;
        sharing_note(sharing, pays ? shared_ns : alone_ns, 100);
    }
    return shared;
}

static void both_ways_are_tried_at_the_start_of_each_period(void)
{
    struct sharing sharing = {0};
    for (uint32_t period = 0; period < 2; period++) {
        for (uint32_t window = 0; window < 2 * SHARING_TRIED; window++) {
            CU_ASSERT_EQUAL(sharing_pays(&sharing), window < SHARING_TRIED);
            CU_ASSERT_EQUAL(sharing_measures(&sharing), window % SHARING_TRIED != 0);
            sharing_note(&sharing, 1000, 100);
        }
        while (sharing.window)
            sharing_note(&sharing, 1000, 100);
    }
}

static void the_quicker_way_is_kept_for_the_rest_of_the_period(void)
{
    struct sharing sharing = {0};
    CU_ASSERT_EQUAL(run_period(&sharing, 1000, 999), SHARING_PERIOD - 2 * SHARING_TRIED);
    sharing = (struct sharing){0};
    CU_ASSERT_EQUAL(run_period(&sharing, 1000, 1000), 0);
}

static void windows_with_more_events_may_take_longer(void)
{
    struct sharing sharing = {0};
    for (uint32_t window = 0; window < 2 * SHARING_TRIED; window++)
        sharing_note(&sharing, 1000, sharing_pays(&sharing) ? 101 : 100);
    CU_ASSERT_TRUE(sharing_pays(&sharing));
}

static void what_was_quicker_long_ago_gives_way(void)
{
    struct sharing sharing = {0};
    CU_ASSERT_TRUE(run_period(&sharing, 1000, 500) > 0);
    run_period(&sharing, 1000, 2000);
    CU_ASSERT_EQUAL(run_period(&sharing, 1000, 2000), 0);
}

SUITE(virtual_sharing, TEST(both_ways_are_tried_at_the_start_of_each_period),
      TEST(the_quicker_way_is_kept_for_the_rest_of_the_period),
      TEST(windows_with_more_events_may_take_longer), TEST(what_was_quicker_long_ago_gives_way));
