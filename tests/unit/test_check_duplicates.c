/* What the checker says of an id's second worker: its cause, and for how long there was one. */
#include "support/story.h"

static void check_causes(const struct story *story, uint64_t retry, uint64_t view, uint64_t route,
                         uint64_t handed_on)
{
    CU_ASSERT_EQUAL(checker_duplicates_by(story->checker, CAUSE_RETRY), retry);
    CU_ASSERT_EQUAL(checker_duplicates_by(story->checker, CAUSE_VIEW), view);
    CU_ASSERT_EQUAL(checker_duplicates_by(story->checker, CAUSE_ROUTE), route);
    CU_ASSERT_EQUAL(checker_duplicates_by(story->checker, CAUSE_HANDED_ON), handed_on);
}

/* n2's worker 5 lives from 0 s; n1 tries 20 again on its own and starts worker 7 at 2 s. */
static void story_of_a_retry(struct story *story, struct checker_setup setup)
{
    story_begin(story, setup);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, 1600 * MS);
    ask(story, N1, 20, "1", N2);
    drops(story, sends(story, N1, N2, MESSAGE_REQUEST, 20), DROP_LOSS);
    at(story, 2 * S);
    routes(story, N1, 20, "1", N1, 2);
    starts(story, N1, 7, "1", "9");
    answers(story, N1, 7, 20, "1", "9", N1);
}

static void a_retry_is_a_cause(void)
{
    struct story story;
    story_of_a_retry(&story, story_setup());
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_STRING_EQUAL(story.cause,
                           "n1 tried again on its own after no answer from n2 (req 20)");
    check_causes(&story, 1, 0, 0, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_worker_that_an_earlier_retry_started_is_a_cause(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    routes(&story, N1, 17, "1", N1, 2);
    starts(&story, N1, 7, "1", "9");
    answers(&story, N1, 7, 17, "1", "9", N1);
    reaches(&story, N3, 18, "1", N2);
    starts(&story, N2, 5, "1", "282");
    CU_ASSERT_STRING_EQUAL(story.cause,
                           "n1 tried again on its own after no answer from n2 (req 17)");
    check_causes(&story, 1, 0, 0, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_view_that_differed_is_a_cause(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.views_static = false;
    story_begin(&story, setup);
    sees(&story, N1, 7);
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    sees(&story, N1, 5);
    reaches(&story, N1, 20, "1", N3);
    starts(&story, N3, 6, "1", "9");
    CU_ASSERT_STRING_EQUAL(story.cause,
                           "n1's view {n1,n3} makes n3 the owner; 1@n2#5 was started under "
                           "n1's view {n1,n2,n3}");
    check_causes(&story, 0, 1, 0, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void the_self_first_route_is_a_cause(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.route = ROUTE_SELF_FIRST;
    story_begin(&story, setup);
    reaches(&story, N1, 17, "3", N1);
    starts(&story, N1, 4, "3", "282");
    answers(&story, N1, 4, 17, "3", "282", N1);
    reaches(&story, N2, 18, "3", N2);
    starts(&story, N2, 5, "3", "9");
    CU_ASSERT_STRING_EQUAL(story.cause, "self-first: n2 puts itself first");
    check_causes(&story, 0, 0, 1, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_duplicate_that_hands_on_is_a_cause(void)
{
    struct story story;
    story_of_a_retry(&story, story_setup());
    at(&story, 4900 * MS);
    reaches(&story, N3, 18, "1", N2);
    at(&story, 5 * S);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    starts(&story, N2, 8, "1", "10");
    CU_ASSERT_EQUAL(story.duplicates, 2);
    CU_ASSERT_STRING_EQUAL(story.cause, "handed on by the one before it, a duplicate since 2s");
    check_causes(&story, 1, 0, 0, 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_second_worker_under_equal_views_has_no_cause(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    reaches(&story, N3, 18, "1", N3);
    CU_ASSERT_EQUAL(story.fired[RULE_ONE_OWNER], 1);
    starts(&story, N3, 6, "1", "9");
    CU_ASSERT_EQUAL(story.fired[RULE_CAUSE], 1);
    CU_ASSERT_EQUAL(story_count(&story), 2);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    check_causes(&story, 0, 0, 0, 0);
    story_close(&story);
}

static void each_pair_of_workers_needs_a_cause(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.views_static = false;
    story_begin(&story, setup);
    sees(&story, N1, 5);
    sees(&story, N2, 7);
    sees(&story, N3, 7);
    reaches(&story, N1, 17, "1", N3);
    starts(&story, N3, 6, "1", "9");
    answers(&story, N3, 6, 17, "1", "9", N1);
    reaches(&story, N2, 18, "1", N2);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 18, "1", "282", N2);
    check_causes(&story, 0, 1, 0, 0);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    reaches(&story, N3, 19, "1", N1);
    starts(&story, N1, 4, "1", "9");
    CU_ASSERT_EQUAL(story.fired[RULE_CAUSE], 1);
    story_close(&story);
}

static void always_one_worker_is_broken_by_any_cause(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.one_worker = true;
    setup.one_worker_line = 12;
    story_of_a_retry(&story, setup);
    CU_ASSERT_STRING_EQUAL(story.text, "1@n2#5 and 1@n1#7 live at once: n1 tried again "
                                       "on its own after no answer from n2 (req 20)");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_WORKER));
}

static void time_with_more_than_one_worker_is_summed(void)
{
    struct story story;
    story_of_a_retry(&story, story_setup());
    CU_ASSERT_EQUAL(checker_duplicates(story.checker), 1);
    CU_ASSERT_EQUAL(checker_duplicate_ids(story.checker), 1);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 2 * S), 0);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 3 * S), 1 * S);
    CU_ASSERT_EQUAL(checker_last_duplicate_ns(story.checker, 3 * S), 3 * S);
    at(&story, 5 * S);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    CU_ASSERT_EQUAL(checker_duplicate_ids(story.checker), 0);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 9 * S), 3 * S);
    CU_ASSERT_EQUAL(checker_last_duplicate_ns(story.checker, 9 * S), 5 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void without_a_second_worker_there_was_none(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    CU_ASSERT_EQUAL(checker_duplicates(story.checker), 0);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 9 * S), 0);
    CU_ASSERT_EQUAL(checker_last_duplicate_ns(story.checker, 9 * S), -1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

SUITE(check_duplicates, TEST(a_retry_is_a_cause),
      TEST(a_worker_that_an_earlier_retry_started_is_a_cause),
      TEST(a_view_that_differed_is_a_cause), TEST(the_self_first_route_is_a_cause),
      TEST(a_duplicate_that_hands_on_is_a_cause),
      TEST(a_second_worker_under_equal_views_has_no_cause),
      TEST(each_pair_of_workers_needs_a_cause), TEST(always_one_worker_is_broken_by_any_cause),
      TEST(time_with_more_than_one_worker_is_summed), TEST(without_a_second_worker_there_was_none));
