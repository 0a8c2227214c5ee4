/* What the checker says of a further worker where the times of two nodes may be apart: nothing
 * before it is certain. */
#include "support/story.h"

#define ERROR (2 * MS)

static struct checker_setup apart_setup(void)
{
    struct checker_setup setup = story_setup();
    setup.clocks_exact = false;
    setup.clocks_smooth = true;
    setup.error_ns = ERROR;
    return setup;
}

/* n2's worker 5 lives from 0 s; n1 tries 20 again on its own and starts worker 7 at start_ns. */
static void story_of_a_suspect(struct story *story, struct checker_setup setup, int64_t start_ns)
{
    story_begin(story, setup);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, start_ns - 400 * MS);
    ask(story, N1, 20, "1", N2);
    drops(story, sends(story, N1, N2, MESSAGE_REQUEST, 20), DROP_LOSS);
    at(story, start_ns);
    routes(story, N1, 20, "1", N1, 2);
    starts(story, N1, 7, "1", "9");
    answers(story, N1, 7, 20, "1", "9", N1);
    CU_ASSERT_EQUAL(story->duplicates, 0);
}

static void check_none(const struct story *story, int64_t now_ns)
{
    CU_ASSERT_EQUAL(story->duplicates, 0);
    CU_ASSERT_EQUAL(checker_duplicates(story->checker), 0);
    CU_ASSERT_EQUAL(checker_duplicate_ids(story->checker), 0);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story->checker, now_ns), 0);
    CU_ASSERT_EQUAL(checker_last_duplicate_ns(story->checker, now_ns), -1);
    for (enum cause cause = 0; cause < CAUSES_COUNT; cause++)
        CU_ASSERT_EQUAL(checker_duplicates_by(story->checker, cause), 0);
}

static void ticks(struct story *story, int64_t t_ns)
{
    at(story, t_ns);
    drops(story, sends(story, N3, N2, MESSAGE_HEARTBEAT, 0), DROP_LOSS);
}

static void a_further_worker_is_found_when_it_is_certain(void)
{
    struct story story;
    story_of_a_suspect(&story, apart_setup(), 2 * S);
    ticks(&story, 2 * S + ERROR);
    check_none(&story, 2 * S + ERROR);
    ticks(&story, 2 * S + ERROR + 1);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_EQUAL(story.cause_ns, 2 * S + ERROR + 1);
    CU_ASSERT_STRING_EQUAL(story.cause,
                           "n1 tried again on its own after no answer from n2 (req 20)");
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_RETRY), 1);
    CU_ASSERT_EQUAL(checker_duplicate_ids(story.checker), 1);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 3 * S), 1 * S);
    ticks(&story, 3 * S);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    at(&story, 5 * S);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    CU_ASSERT_EQUAL(checker_duplicate_ids(story.checker), 0);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 9 * S), 3 * S);
    CU_ASSERT_EQUAL(checker_last_duplicate_ns(story.checker, 9 * S), 5 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void one_that_overlaps_for_no_longer_than_the_error_is_none(void)
{
    struct story story;
    struct checker_setup setup = apart_setup();
    setup.one_worker = true;
    for (int64_t more_ns = 0; more_ns <= 1; more_ns++) {
        story_of_a_suspect(&story, setup, 5 * S - ERROR - more_ns);
        at(&story, 5 * S);
        worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
        ticks(&story, 6 * S);
        if (!more_ns)
            check_none(&story, 6 * S);
        CU_ASSERT_EQUAL(story.duplicates, more_ns);
        CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 6 * S), more_ns * (ERROR + 1));
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_WORKER], more_ns);
        story_close(&story);
    }
}

static void one_that_ends_first_itself_is_none(void)
{
    struct story story;
    for (int64_t more_ns = 0; more_ns <= 1; more_ns++) {
        story_of_a_suspect(&story, apart_setup(), 2 * S);
        at(&story, 2 * S + ERROR + more_ns);
        worker_does(&story, RECORD_LOST, N1, 7, "1", "");
        plain(&story, RECORD_DOWN, N1, DOWN_CRASH);
        ticks(&story, 3 * S);
        CU_ASSERT_EQUAL(story.duplicates, more_ns);
        CU_ASSERT_TRUE(story_is_quiet(&story));
    }
}

static void the_end_of_the_run_may_be_too_early_to_be_certain(void)
{
    struct story story;
    for (int64_t more_ns = 0; more_ns <= 1; more_ns++) {
        story_of_a_suspect(&story, apart_setup(), 2 * S);
        story.t_ns = 2 * S + ERROR + more_ns;
        story_over(&story);
        CU_ASSERT_EQUAL(story.duplicates, more_ns);
        CU_ASSERT_EQUAL(checker_duplicates(story.checker), more_ns);
        CU_ASSERT_TRUE(story_is_quiet(&story));
    }
}

static void without_an_error_it_is_found_at_once(void)
{
    struct story story;
    struct checker_setup setup = apart_setup();
    setup.error_ns = 0;
    story_begin(&story, setup);
    ask(&story, N1, 17, "1", N2);
    routes(&story, N1, 17, "1", N1, 2);
    starts(&story, N1, 7, "1", "9");
    answers(&story, N1, 7, 17, "1", "9", N1);
    reaches(&story, N3, 18, "1", N2);
    begins(&story, N2, 5, "1");
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void on_one_node_it_is_found_at_once(void)
{
    struct story story;
    story_begin(&story, apart_setup());
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    reaches(&story, N3, 18, "1", N2);
    begins(&story, N2, 8, "1");
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_WORKER_A_NODE));
}

/* Three workers of one id, each without a cause beside the others; the third starts at 3 s. */
static void story_of_three(struct story *story)
{
    story_begin(story, apart_setup());
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    reaches(story, N3, 18, "1", N3);
    starts(story, N3, 6, "1", "9");
    CU_ASSERT_EQUAL(story->fired[RULE_CAUSE], 0);
    at(story, 3 * S);
    CU_ASSERT_EQUAL(story->duplicates, 0);
    reaches(story, N1, 20, "1", N1);
    CU_ASSERT_EQUAL(story->duplicates, 1);
    CU_ASSERT_EQUAL(story->fired[RULE_CAUSE], 1);
    starts(story, N1, 4, "1", "7");
}

static void each_pair_that_is_certain_needs_a_cause(void)
{
    struct story story;
    story_of_three(&story);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    ticks(&story, 3 * S + ERROR + 1);
    CU_ASSERT_EQUAL(story.duplicates, 2);
    CU_ASSERT_EQUAL(story.fired[RULE_CAUSE], 3);
    CU_ASSERT_EQUAL(checker_duplicate_ids(story.checker), 1);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 4 * S), 4 * S);
    story_close(&story);
    story_of_three(&story);
    at(&story, 3 * S + ERROR);
    worker_does(&story, RECORD_LOST, N3, 6, "1", "");
    ticks(&story, 3 * S + ERROR + 1);
    CU_ASSERT_EQUAL(story.duplicates, 2);
    CU_ASSERT_EQUAL(story.fired[RULE_CAUSE], 2);
    story_close(&story);
}

static void suspects_of_several_ids_wait_each_for_its_own_time(void)
{
    struct story story;
    story_begin(&story, apart_setup());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "1");
    reaches(&story, N1, 20, "4", N2);
    begins(&story, N2, 8, "4");
    at(&story, 10 * MS);
    routes(&story, N1, 17, "1", N1, 2);
    begins(&story, N1, 7, "1");
    at(&story, 11 * MS);
    routes(&story, N1, 20, "4", N1, 2);
    begins(&story, N1, 10, "4");
    ticks(&story, 12 * MS);
    CU_ASSERT_EQUAL(story.duplicates, 0);
    ticks(&story, 12 * MS + 1);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    ticks(&story, 13 * MS);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    ticks(&story, 13 * MS + 1);
    CU_ASSERT_EQUAL(story.duplicates, 2);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* Request 23 waits for n2's worker 5 when it expires, and worker 8 follows it. */
static void story_of_an_heir(struct story *story, int64_t start_ns)
{
    struct checker_setup setup = apart_setup();
    setup.work_least_ns = 0;
    story_of_a_suspect(story, setup, start_ns);
    reaches(story, N3, 21, "1", N2);
    at(story, 5 * S);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
    starts(story, N2, 8, "1", "10");
    ticks(story, 5 * S + ERROR + 1);
}

static void an_heir_takes_over_only_what_is_certain(void)
{
    struct story story;
    story_of_an_heir(&story, 5 * S - ERROR);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_RETRY), 1);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 6 * S), 1 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_an_heir(&story, 5 * S - ERROR - 1);
    CU_ASSERT_EQUAL(story.duplicates, 2);
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_RETRY), 1);
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_HANDED_ON), 1);
    CU_ASSERT_EQUAL(checker_duplicate_ns(story.checker, 6 * S), 1 * S + ERROR + 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* ---- workers that are found ---------------------------------------------------------------- */

static void a_found_worker_needs_no_request_and_has_its_age(void)
{
    struct story story;
    for (int64_t early_ns = 0; early_ns <= 1; early_ns++) {
        story_begin(&story, apart_setup());
        is_found(&story, N2, 5, "1", 3200 * MS);
        at(&story, 1800 * MS - early_ns);
        worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
        CU_ASSERT_EQUAL(story.fired[RULE_APART], early_ns);
        CU_ASSERT_EQUAL(story_count(&story), early_ns);
        story_close(&story);
    }
}

static void a_found_worker_serves_before_the_end_of_its_life(void)
{
    struct story story;
    for (int64_t early_ns = 0; early_ns <= 1; early_ns++) {
        story_begin(&story, apart_setup());
        is_found(&story, N2, 5, "1", 3200 * MS);
        at(&story, 1800 * MS - early_ns);
        reaches(&story, N1, 17, "1", N2);
        answers(&story, N2, 5, 17, "1", "282", N1);
        CU_ASSERT_EQUAL(story.fired[RULE_TTL], !early_ns);
        CU_ASSERT_EQUAL(story_count(&story), !early_ns);
        story_close(&story);
    }
}

static void an_age_is_of_found_workers_alone(void)
{
    struct story story;
    story_begin(&story, apart_setup());
    reaches(&story, N1, 17, "1", N2);
    struct record record = story_record(RECORD_START, "1");
    record.worker = 5;
    record.amount = 3200 * MS;
    story_put(&story, record, N2);
    at(&story, 1800 * MS);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    CU_ASSERT_EQUAL(story.fired[RULE_APART], 1);
    story_close(&story);
}

static void a_found_worker_shows_its_value_at_the_latest_when_it_serves(void)
{
    struct story story;
    for (int told = 0; told <= 2; told++) {
        story_begin(&story, apart_setup());
        is_found(&story, N2, 5, "1", 1 * S);
        if (told == 2)
            worker_does(&story, RECORD_LOAD, N2, 5, "1", "");
        if (told)
            worker_does(&story, RECORD_VALUE, N2, 5, "1", "282");
        reaches(&story, N1, 17, "1", N2);
        answers(&story, N2, 5, 17, "1", "282", N1);
        reaches(&story, N1, 20, "1", N2);
        CU_ASSERT_EQUAL(story_count(&story), 0);
        serves(&story, N2, 5, 20, "1", "283");
        CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_VALUE));
    }
}

static void a_found_worker_that_loads_has_no_value_yet(void)
{
    struct story story;
    story_begin(&story, apart_setup());
    is_found(&story, N2, 5, "1", 1 * S);
    worker_does(&story, RECORD_LOAD, N2, 5, "1", "");
    reaches(&story, N1, 17, "1", N2);
    serves(&story, N2, 5, 17, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_VALUE));
    story_begin(&story, apart_setup());
    is_found(&story, N2, 5, "1", 1 * S);
    worker_does(&story, RECORD_LOAD, N2, 5, "1", "");
    worker_does(&story, RECORD_LOAD, N2, 5, "1", "");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LOAD));
}

static void what_had_begun_before_the_trace_is_a_cause(void)
{
    struct story story;
    story_begin(&story, apart_setup());
    is_found(&story, N2, 5, "1", 1 * S);
    is_found(&story, N3, 6, "1", 2 * S);
    ticks(&story, ERROR);
    check_none(&story, ERROR);
    ticks(&story, ERROR + 1);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_STRING_EQUAL(story.cause, "n3's had begun before the trace");
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_BEFORE), 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_fresh_worker_beside_a_found_one_has_a_cause(void)
{
    struct story story;
    story_begin(&story, apart_setup());
    is_found(&story, N3, 6, "1", 1 * S);
    at(&story, 1 * S);
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    ticks(&story, 2 * S);
    CU_ASSERT_STRING_EQUAL(story.cause, "n3's had begun before the trace");
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_BEFORE), 1);
    at(&story, 3 * S);
    reaches(&story, N1, 20, "1", N2);
    routes(&story, N1, 20, "1", N1, 2);
    starts(&story, N1, 7, "1", "9");
    ticks(&story, 3 * S + ERROR + 1);
    CU_ASSERT_EQUAL(story.duplicates, 2);
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_RETRY), 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

SUITE(check_suspects, TEST(a_further_worker_is_found_when_it_is_certain),
      TEST(one_that_overlaps_for_no_longer_than_the_error_is_none),
      TEST(one_that_ends_first_itself_is_none),
      TEST(the_end_of_the_run_may_be_too_early_to_be_certain),
      TEST(without_an_error_it_is_found_at_once), TEST(on_one_node_it_is_found_at_once),
      TEST(each_pair_that_is_certain_needs_a_cause),
      TEST(suspects_of_several_ids_wait_each_for_its_own_time),
      TEST(an_heir_takes_over_only_what_is_certain),
      TEST(a_found_worker_needs_no_request_and_has_its_age),
      TEST(a_found_worker_serves_before_the_end_of_its_life),
      TEST(an_age_is_of_found_workers_alone),
      TEST(a_found_worker_shows_its_value_at_the_latest_when_it_serves),
      TEST(a_found_worker_that_loads_has_no_value_yet),
      TEST(what_had_begun_before_the_trace_is_a_cause),
      TEST(a_fresh_worker_beside_a_found_one_has_a_cause));
