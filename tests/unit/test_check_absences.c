/* What the checker says of views that hold nodes which are down. */
#include "support/story.h"

#define ALL           7
#define ONE_AND_THREE 5

static struct checker_setup setup_of(void)
{
    struct checker_setup setup = story_setup();
    setup.views_static = false;
    setup.suspect_ns = 1 * S;
    return setup;
}

/* All see all; n2 goes down at 1s without a word. */
static void begin(struct story *story, struct checker_setup setup)
{
    story_begin(story, setup);
    for (node_id node = 0; node < STORY_NODES; node++)
        sees(story, node, ALL);
    at(story, 1 * S);
    plain(story, RECORD_DOWN, N2, DOWN_CRASH);
    at(story, 1500 * MS);
    sees(story, N3, ONE_AND_THREE);
}

static void a_node_that_is_down_is_out_of_a_view_within_suspect(void)
{
    struct story story;
    for (int64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(&story, setup_of());
        at(&story, 2 * S + late_ns);
        sees(&story, N1, ONE_AND_THREE);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
    }
}

static void a_view_that_holds_it_at_the_end_or_at_its_return_is_found(void)
{
    struct story story;
    for (int64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(&story, setup_of());
        at(&story, 2 * S + late_ns);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
        begin(&story, setup_of());
        at(&story, 2 * S + late_ns);
        plain(&story, RECORD_UP, N2, 0);
        at(&story, 9 * S);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
        begin(&story, setup_of());
        at(&story, 2 * S + late_ns);
        plain(&story, RECORD_DOWN, N1, DOWN_LEAVE);
        sees(&story, N3, 4);
        at(&story, 9 * S);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
    }
}

static void the_time_counts_from_the_last_message_or_from_when_it_was_taken_in(void)
{
    struct story story;
    for (int64_t late_ns = 0; late_ns < 2; late_ns++) {
        story_begin(&story, setup_of());
        sees(&story, N1, ALL);
        at(&story, 1 * S);
        uint64_t way = sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
        plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
        at(&story, 1400 * MS);
        comes(&story, way);
        at(&story, 2400 * MS + late_ns);
        sees(&story, N1, ONE_AND_THREE);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
        begin(&story, setup_of());
        at(&story, 1600 * MS);
        sees(&story, N1, ONE_AND_THREE);
        at(&story, 1900 * MS);
        sees(&story, N3, ALL);
        at(&story, 2900 * MS + late_ns);
        sees(&story, N3, ONE_AND_THREE);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
    }
}

static void the_time_in_which_a_node_stands_still_does_not_count(void)
{
    struct story story;
    for (int64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(&story, setup_of());
        at(&story, 1600 * MS);
        plain(&story, RECORD_FROZEN, N1, 0);
        at(&story, 5600 * MS);
        plain(&story, RECORD_THAWED, N1, 0);
        at(&story, 6 * S + late_ns);
        sees(&story, N1, ONE_AND_THREE);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
    }
}

static void clocks_that_are_off_may_take_twice_as_long_and_real_processes_may_be_late(void)
{
    struct story story;
    struct checker_setup slow = setup_of(), real = setup_of();
    slow.clocks_exact = false;
    real.late_ns = 20 * MS;
    real.error_ns = 2 * MS;
    for (int64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(&story, slow);
        at(&story, 3 * S + late_ns);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
        begin(&story, real);
        at(&story, 2024 * MS + late_ns);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
    }
}

/* A real process may be killed again before it has come up. */
static void a_node_that_goes_down_twice_is_absent_once(void)
{
    struct story story;
    for (int64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(&story, setup_of());
        at(&story, 1600 * MS);
        plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
        at(&story, 2 * S + late_ns);
        sees(&story, N1, ONE_AND_THREE);
        at(&story, 9 * S);
        plain(&story, RECORD_UP, N2, 0);
        story_over(&story);
        CU_ASSERT_TRUE(late_ns ? story_breaks(&story, RULE_SUSPICION) : story_is_quiet(&story));
    }
}

SUITE(check_absences, TEST(a_node_that_is_down_is_out_of_a_view_within_suspect),
      TEST(a_view_that_holds_it_at_the_end_or_at_its_return_is_found),
      TEST(the_time_counts_from_the_last_message_or_from_when_it_was_taken_in),
      TEST(the_time_in_which_a_node_stands_still_does_not_count),
      TEST(a_node_that_goes_down_twice_is_absent_once),
      TEST(clocks_that_are_off_may_take_twice_as_long_and_real_processes_may_be_late));
