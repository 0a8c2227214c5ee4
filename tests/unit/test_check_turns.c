/* What the checker says of workers whose turns have answers of their own. */
#include "support/story.h"

/* n2's worker 5 of id 1; request 17 of n1 waits for it since 1 s. */
static void story_of_turns(struct story *story)
{
    story_begin(story, story_setup());
    at(story, 1 * S);
    reaches(story, N1, 17, "1", N2);
    begins(story, N2, 5, "1");
    struct record value = story_record(RECORD_VALUE, "1");
    value.worker = 5;
    value.code = VALUE_OF_TURNS;
    story_put(story, value, N2);
}

/* The turn for the request ends now, after so long. */
static void turn_ends(struct story *story, uint64_t request, const char *value, int64_t took_ns,
                      enum serve_how how)
{
    struct record serve = story_record(RECORD_SERVE, "1");
    serve.worker = 5;
    serve.request = request;
    serve.code = 1;
    serve.amount = took_ns;
    serve.why = (uint8_t)how;
    serve.value = text_borrow(value, strlen(value));
    story_put(story, serve, N2);
}

static void comes_back(struct story *story, uint64_t request)
{
    comes(story, sends(story, N2, N1, MESSAGE_REPLY, request));
}

static void each_turn_has_an_answer_of_its_own(void)
{
    struct story story;
    story_of_turns(&story);
    at(&story, 1 * S + 100 * MS);
    turn_ends(&story, 17, "one", 100 * MS, SERVE_ANSWERED);
    comes_back(&story, 17);
    replied(&story, N1, 17, "1", 5, "one", N2);
    at(&story, 1 * S + 101 * MS);
    reaches(&story, N1, 20, "1", N2);
    at(&story, 1 * S + 200 * MS);
    turn_ends(&story, 20, "two", 99 * MS, SERVE_ANSWERED);
    comes_back(&story, 20);
    replied(&story, N1, 20, "1", 5, "two", N2);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void turns_of_a_worker_do_not_overlap(void)
{
    struct story story;
    for (int early = 0; early < 2; early++) {
        story_of_turns(&story);
        reaches(&story, N1, 20, "1", N2);
        at(&story, 1 * S + 100 * MS);
        turn_ends(&story, 17, "one", 100 * MS, SERVE_ANSWERED);
        comes_back(&story, 17);
        replied(&story, N1, 17, "1", 5, "one", N2);
        at(&story, 1 * S + 200 * MS);
        turn_ends(&story, 20, "two", 100 * MS + early, SERVE_ANSWERED);
        comes_back(&story, 20);
        replied(&story, N1, 20, "1", 5, "two", N2);
        CU_ASSERT_TRUE(early ? story_breaks(&story, RULE_SERIAL) : story_is_quiet(&story));
    }
}

/* Request 20 waits since shortly before the end of the worker's life, at 6 s. */
static void a_turn_begins_within_the_life_and_may_outlast_it(void)
{
    struct story story;
    for (int late = 0; late < 2; late++) {
        story_of_turns(&story);
        at(&story, 1 * S + 100 * MS);
        turn_ends(&story, 17, "one", 100 * MS, SERVE_ANSWERED);
        comes_back(&story, 17);
        replied(&story, N1, 17, "1", 5, "one", N2);
        at(&story, 6 * S - 1);
        reaches(&story, N1, 20, "1", N2);
        at(&story, 6 * S + 500 * MS);
        turn_ends(&story, 20, "two", 500 * MS + 1 - late, SERVE_ANSWERED);
        comes_back(&story, 20);
        replied(&story, N1, 20, "1", 5, "two", N2);
        worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
        CU_ASSERT_TRUE(late ? story_breaks(&story, RULE_TTL) : story_is_quiet(&story));
    }
}

static void a_failed_turn_is_what_work_failed_says(void)
{
    struct story story;
    story_of_turns(&story);
    at(&story, 1 * S + 500 * MS);
    turn_ends(&story, 17, "exit status 3", 500 * MS, SERVE_FAILED);
    comes_back(&story, 17);
    fails(&story, N1, 17, "1", OUTCOME_WORK_FAILED);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_turns(&story);
    at(&story, 1 * S + 500 * MS);
    turn_ends(&story, 17, "one", 500 * MS, SERVE_ANSWERED);
    comes_back(&story, 17);
    fails(&story, N1, 17, "1", OUTCOME_WORK_FAILED);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_HONEST_ERRORS));
}

static void a_failed_turn_is_no_answer_and_no_turn_that_did_not_run(void)
{
    struct story story;
    story_of_turns(&story);
    at(&story, 1 * S + 500 * MS);
    turn_ends(&story, 17, "why", 500 * MS, SERVE_FAILED);
    comes_back(&story, 17);
    replied(&story, N1, 17, "1", 5, "why", N2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_turns(&story);
    at(&story, 1 * S + 500 * MS);
    turn_ends(&story, 17, "why", 500 * MS, SERVE_FAILED);
    comes_back(&story, 17);
    fails(&story, N1, 17, "1", OUTCOME_OVERLOADED);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_HONEST_ERRORS));
}

SUITE(check_turns, TEST(each_turn_has_an_answer_of_its_own), TEST(turns_of_a_worker_do_not_overlap),
      TEST(a_turn_begins_within_the_life_and_may_outlast_it),
      TEST(a_failed_turn_is_what_work_failed_says),
      TEST(a_failed_turn_is_no_answer_and_no_turn_that_did_not_run));
