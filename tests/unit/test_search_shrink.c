/* Shrinking: what is left still fails by the same rule, is small, and is the same each time. */
#include "base/memory.h"
#include "search/shrink.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

static bool never(void)
{
    return false;
}

static enum error shrink_run(struct shrink_result *result, const struct plan *plan, uint64_t seed,
                             struct failure *failure)
{
    struct shrink_setup setup = {
        .plan = plan, .seed = seed, .limit_ns = 600 * NS_PER_S, .is_stopped = never};
    return shrink(result, &setup, failure);
}

/* The text of the smallest scenario that fails as the run does, to be freed. */
static char *shrunk(const char *text, uint64_t seed, struct shrink_result *result)
{
    struct plan plan = parsed(text);
    struct failure failure = {0};
    CU_ASSERT_EQUAL_FATAL(shrink_run(result, &plan, seed, &failure), OK);
    CU_ASSERT_FALSE(result->is_limited);
    char *small = script_text(&result->script);
    CU_ASSERT_PTR_NOT_NULL_FATAL(small);
    shrink_close(result);
    plan_close(&plan);
    return small;
}

static const char partition_text[] = "nodes 5\nlatency 1ms..5ms\nload 1ms..9ms\nconnect\n"
                                     "at 1s requests 40/s from any ids 1..30 until 9s\n"
                                     "chaos freeze 0.3/s for 100ms..900ms until 9s\n"
                                     "chaos partition 0.3/s for 500ms..2s until 9s\n"
                                     "chaos loss 0.3/s for 500ms..2s until 9s\n"
                                     "always one-worker\nexpect requests > 9\n";

static void what_is_left_fails_by_the_same_rule(void)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct shrink_result result;
        char *small = shrunk(partition_text, seed, &result);
        struct plan plan = parsed(small);
        struct trial trial;
        struct trial_result run;
        CU_ASSERT_EQUAL_FATAL(trial_init(&trial, &plan, never), OK);
        CU_ASSERT_EQUAL_FATAL(trial_result_init(&run, &plan), OK);
        trial_run(&trial, plan.settings.seed, &run);
        CU_ASSERT_PTR_NOT_NULL(trial_breach(&run, breach_of_rule(RULE_ONE_WORKER)));
        /* One fault and two requests at the most. */
        CU_ASSERT_TRUE(plan.actions_count <= 4);
        CU_ASSERT_TRUE(plan.settings.nodes <= 3);
        CU_ASSERT_EQUAL(plan.expectations_count, 1);
        trial_result_close(&run);
        trial_close(&trial);
        plan_close(&plan);
        memory_free(small);
    }
}

static void the_same_run_is_shrunk_to_the_same(void)
{
    struct shrink_result result;
    char *one = shrunk(partition_text, 4, &result), *other = shrunk(partition_text, 4, &result);
    CU_ASSERT_STRING_EQUAL(one, other);
    memory_free(one);
    memory_free(other);
}

static void numbers_become_short_and_round(void)
{
    struct shrink_result result;
    char *small = shrunk("nodes 3\nconnect\nat 1234567us request 17 18 19 from n2 timeout 777ms\n"
                         "at 2345678us request 3\nexpect requests < 2\n",
                         1, &result);
    CU_ASSERT_STRING_EQUAL(small, "nodes 1\n\nat 0ms connect\nat 0ms request 1 1\n\n"
                                  "expect requests < 2\n");
    memory_free(small);
}

static void an_expectation_stays_in_its_words(void)
{
    struct shrink_result result;
    char *small = shrunk("nodes 4\nconnect\nat 1s requests 20/s from any ids 1..9 until 4s\n"
                         "at 2s crash any for 700ms\nexpect errors 0\nalways one-worker\n"
                         "expect ok 100%\n",
                         2, &result);
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "always one-worker\n"));
    CU_ASSERT_PTR_NULL(strstr(small, "expect"));
    memory_free(small);
    small = shrunk("nodes 4\nconnect\nat 1s requests 20/s from any ids 1..9 until 4s\n"
                   "at 2s crash n2 for 700ms\nexpect errors 0\nexpect ok 100%\n",
                   2, &result);
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "\nexpect errors 0\n"));
    CU_ASSERT_PTR_NULL(strstr(small, "expect ok"));
    memory_free(small);
    small = shrunk("nodes 3\nconnect\nat 1s request 1 2 3\nexpect requests < 20\n"
                   "expect requests < 2\n",
                   1, &result);
    CU_ASSERT_STRING_EQUAL(small, "nodes 1\n\nat 0ms connect\nat 0ms request 1 1\n\n"
                                  "expect requests < 2\n");
    memory_free(small);
}

static void of_expectations_with_the_same_words_any_may_fail(void)
{
    struct shrink_result result;
    char *small = shrunk("nodes 3\nconnect\nat 1s request 1 2 from n1\n"
                         "at 2s expect workers 2\nat 2s crash n2 for 100ms\n"
                         "at 3s expect workers 2\n",
                         1, &result);
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "expect workers 2\n"));
    memory_free(small);
}

static void a_run_that_does_not_fail_is_not_shrunk(void)
{
    struct shrink_result result;
    struct failure failure;
    struct plan plan = parsed("connect\nat 1s request 1\n");
    CU_ASSERT_EQUAL(shrink_run(&result, &plan, 3, &failure), ERROR_TEXT);
    CU_ASSERT_STRING_EQUAL(failure.text, "seed 3 does not fail: there is nothing to shrink");
    shrink_close(&result);
    plan_close(&plan);
}

static void two_actions_of_one_kind_become_one(void)
{
    struct shrink_result result;
    char *small = shrunk("nodes 3\nttl 60s\nconnect\nat 1s request 1 from n1\n"
                         "at 2s request 2 from n1\nat 3s crash n2\nat 4s crash n3 for 1s\n"
                         "expect lost < 2\n",
                         1, &result);
    struct plan plan = parsed(small);
    CU_ASSERT_EQUAL(plan.actions_count, 3); /* and connect */
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "request 1 2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "crash n"));
    plan_close(&plan);
    memory_free(small);
}

static void requests_from_two_nodes_become_one(void)
{
    struct shrink_result result;
    char *small = shrunk("nodes 2\nroute self-first\nttl 60s\nconnect\nat 1s request 1 from n1\n"
                         "at 2s request 1 from n2\nalways one-worker\n",
                         1, &result);
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "request 1 from n1,n2\n"));
    memory_free(small);
}

static void to_leave_and_to_join_becomes_a_crash_for_a_time(void)
{
    struct shrink_result result;
    char *small = shrunk("nodes 1\nttl 60s\nconnect\nat 1s request 1\nat 2s leave n1\n"
                         "at 4s join n1\nat 5s request 1\nexpect started < 2\n",
                         1, &result);
    struct plan plan = parsed(small);
    CU_ASSERT_EQUAL(plan.actions_count, 4); /* and connect */
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "crash n1 for 1ms\n"));
    plan_close(&plan);
    memory_free(small);
}

static void what_happens_by_chance_becomes_certain(void)
{
    struct shrink_result result;
    char *small = shrunk("nodes 2\nload-fail 30%\nconnect\n"
                         "at 1s requests 20/s from any ids 1..9 until 3s\nexpect load-failed 0\n",
                         1, &result);
    CU_ASSERT_PTR_NOT_NULL(strstr(small, "load-fail 100%"));
    memory_free(small);
}

SUITE(search_shrink, TEST(what_is_left_fails_by_the_same_rule),
      TEST(the_same_run_is_shrunk_to_the_same), TEST(numbers_become_short_and_round),
      TEST(an_expectation_stays_in_its_words),
      TEST(of_expectations_with_the_same_words_any_may_fail),
      TEST(a_run_that_does_not_fail_is_not_shrunk), TEST(two_actions_of_one_kind_become_one),
      TEST(requests_from_two_nodes_become_one),
      TEST(to_leave_and_to_join_becomes_a_crash_for_a_time),
      TEST(what_happens_by_chance_becomes_certain));
