/* What the checker says of real processes that are killed and start again, and of connections that
 * break with messages under way. */
#include "support/story.h"

static struct checker_setup real_setup(void)
{
    struct checker_setup setup = story_setup();
    setup.clocks_exact = false;
    setup.clocks_smooth = true;
    setup.late_ns = 20 * MS;
    setup.error_ns = 2 * MS;
    return setup;
}

static void starts_again(struct story *story, node_id node)
{
    plain(story, RECORD_UP, node, 0);
}

/* n2 is killed between two steps with 17 of n1 and 18 of its own waiting; its parent writes the
 * rest. */
static void story_of_a_kill(struct story *story)
{
    story_begin(story, real_setup());
    reaches(story, N1, 17, "1", N2);
    begins(story, N2, 5, "1");
    reaches(story, N2, 20, "1", N2);
    story->ahead_ns[N2] += 1;
    worker_does(story, RECORD_LOST, N2, 5, "1", "");
    fails(story, N2, 20, "1", OUTCOME_CALLER_LOST);
    plain(story, RECORD_DOWN, N2, DOWN_CRASH);
}

static void a_node_is_killed_between_two_steps(void)
{
    struct story story;
    story_of_a_kill(&story);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    starts_again(&story, N2);
    reaches(&story, N1, 23, "1", N2);
    starts(&story, N2, 8, "1", "9");
    answers(&story, N2, 8, 23, "1", "9", N1);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_parent_stops_and_continues_its_node_between_two_steps(void)
{
    struct story story;
    story_begin(&story, real_setup());
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    plain(&story, RECORD_FROZEN, N2, 0); /* on the clock of the last step */
    at(&story, 900 * MS);
    plain(&story, RECORD_THAWED, N2, 0);
    answers(&story, N2, 5, 17, "1", "282", N1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void an_old_message_to_a_node_that_started_again_is_dropped(void)
{
    struct story story;
    story_begin(&story, real_setup());
    ask(&story, N1, 17, "1", N2);
    uint64_t way = sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    starts_again(&story, N2);
    reaches(&story, N1, 20, "1", N2);
    drops(&story, way, DROP_DOWN);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 20, "1", "282", N1);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_request_is_served_long_after_its_callers_end(void)
{
    struct story story;
    struct checker_setup setup = real_setup();
    setup.work_least_ns = 3 * S;
    story_begin(&story, setup);
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    fails(&story, N1, 17, "1", OUTCOME_CALLER_LOST);
    plain(&story, RECORD_DOWN, N1, DOWN_CRASH);
    at(&story, 2 * S);
    starts_again(&story, N1);
    at(&story, 3 * S);
    serves(&story, N2, 5, 17, "1", "282");
    uint64_t way = sends(&story, N2, N1, MESSAGE_REPLY, 17);
    at(&story, 4 * S);
    drops(&story, way, DROP_LATE);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_frozen_callers_answer_is_late(void)
{
    struct story story;
    story_begin(&story, real_setup());
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    plain(&story, RECORD_FROZEN, N1, 0);
    at(&story, 500 * MS);
    serves(&story, N2, 5, 17, "1", "282");
    uint64_t way = sends(&story, N2, N1, MESSAGE_REPLY, 17);
    at(&story, 3 * S);
    plain(&story, RECORD_THAWED, N1, 0);
    at(&story, 3 * S + 20 * MS);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    drops(&story, way, DROP_LATE);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void what_is_lost_with_a_connection_stays_under_way(void)
{
    struct story story;
    struct under_way under_way = {.messages = 51};
    story_begin(&story, real_setup());
    for (int i = 0; i < 50; i++)
        sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    ask(&story, N1, 17, "1", N2);
    sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    checker_end(story.checker, 1 * S, &under_way);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* 17 of n1 comes to n2 after 20, which was sent later; in between `node` was killed, if any. */
static void story_of_a_passing(struct story *story, struct checker_setup setup, node_id node)
{
    story_begin(story, setup);
    ask(story, N1, 17, "1", N2);
    uint64_t old = sends(story, N1, N2, MESSAGE_REQUEST, 17);
    if (node == N1)
        fails(story, N1, 17, "1", OUTCOME_CALLER_LOST);
    if (node != NODE_NONE) {
        plain(story, RECORD_DOWN, node, DOWN_CRASH);
        starts_again(story, node);
    }
    reaches(story, N1, 20, "1", N2);
    starts(story, N2, 5, "1", "282");
    comes(story, old);
}

static void a_new_connection_may_pass_what_comes_over_the_old_one(void)
{
    struct story story;
    story_of_a_passing(&story, real_setup(), N1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_passing(&story, real_setup(), N2);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_passing(&story, real_setup(), N3);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_IN_ORDER));
    story_of_a_passing(&story, real_setup(), NODE_NONE);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_IN_ORDER));
    story_of_a_passing(&story, story_setup(), N2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_IN_ORDER));
}

SUITE(check_paths, TEST(a_node_is_killed_between_two_steps),
      TEST(a_parent_stops_and_continues_its_node_between_two_steps),
      TEST(an_old_message_to_a_node_that_started_again_is_dropped),
      TEST(a_request_is_served_long_after_its_callers_end), TEST(a_frozen_callers_answer_is_late),
      TEST(what_is_lost_with_a_connection_stays_under_way),
      TEST(a_new_connection_may_pass_what_comes_over_the_old_one));
