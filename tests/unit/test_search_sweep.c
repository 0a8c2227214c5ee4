/* Sweeps: each run is what it is alone, and the whole does not depend on how it is carried. */
#include "search/sweep.h"
#include "support/each.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "virtual/cluster.h"

#include <stdatomic.h>
#include <string.h>

static const char crash_text[] = "nodes 3\n"
                                 "latency 1ms..5ms\n"
                                 "load 0ms..20ms\n"
                                 "connect\n"
                                 "at 1s requests 50/s from any ids 1..30 until 6s\n"
                                 "at 3s crash any for 500ms\n"
                                 "at 4s freeze any for 900ms\n"
                                 "expect errors = 0\n"
                                 "always one-worker\n"
                                 "sometimes duplicate\n";

static bool never(void)
{
    return false;
}

static struct hash_value hash_alone(const struct plan *base, uint64_t seed)
{
    struct plan plan = *base;
    struct runner *runner;
    struct runner_setup setup = {.plan = &plan, .threads = 3};
    plan.settings.seed = seed;
    CU_ASSERT_EQUAL_FATAL(cluster_new(&runner, &setup), OK);
    CU_ASSERT_EQUAL(runner->operations->run(runner, TIME_NEVER), RUN_OVER);
    struct hash_value value = runner->operations->hash(runner);
    runner->operations->delete (runner);
    return value;
}

static void a_trial_has_the_hash_of_its_seed_alone(void)
{
    struct plan plan = parsed(crash_text);
    struct trial trial;
    struct trial_result result;
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, &plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, &plan), OK);
    for (uint64_t seed = 0; seed < 4; seed++) {
        trial_run(&trial, seed, &result);
        CU_ASSERT_EQUAL(result.state, RUN_OVER);
        CU_ASSERT_STRING_EQUAL(result.hash.hex, hash_alone(&plan, seed).hex);
    }
    trial_run(&trial, UINT64_MAX, &result);
    CU_ASSERT_STRING_EQUAL(result.hash.hex, hash_alone(&plan, UINT64_MAX).hex);
    trial_result_close(&result);
    trial_close(&trial);
    plan_close(&plan);
}

static struct sweep swept(const struct plan *plan, uint64_t first, uint64_t last, uint32_t jobs)
{
    struct sweep sweep;
    struct sweep_setup setup = {
        .plan = plan, .first = first, .last = last, .jobs = jobs, .is_stopped = never};
    CU_ASSERT_EQUAL_FATAL(sweep_run(&sweep, &setup), OK);
    return sweep;
}

static void sweeps_are_equal(const struct sweep *a, const struct sweep *b)
{
    size_t breaches = breaches_count(a->plan) * sizeof *a->breaches;
    size_t held = a->plan->expectations_count * sizeof *a->held;
    size_t missed = a->plan->actions_count * sizeof *a->missed;
    size_t struck = a->plan->actions_count * sizeof *a->struck;
    CU_ASSERT_EQUAL(a->runs, b->runs);
    CU_ASSERT_EQUAL(a->failed, b->failed);
    CU_ASSERT_EQUAL(a->events, b->events);
    CU_ASSERT_EQUAL(memcmp(a->digest, b->digest, sizeof a->digest), 0);
    CU_ASSERT_EQUAL(memcmp(a->numbers, b->numbers, sizeof a->numbers), 0);
    CU_ASSERT_EQUAL(memcmp(a->breaches, b->breaches, breaches), 0);
    CU_ASSERT_EQUAL(memcmp(a->held, b->held, held), 0);
    CU_ASSERT_EQUAL(memcmp(a->missed, b->missed, missed), 0);
    CU_ASSERT_EQUAL(memcmp(a->struck, b->struck, struck), 0);
}

static void the_result_does_not_depend_on_the_jobs(void)
{
    struct plan plan = parsed(crash_text);
    uint64_t seeds = 42 / each();
    struct sweep one = swept(&plan, 1, seeds, 1);
    CU_ASSERT_EQUAL(one.runs, seeds);
    CU_ASSERT_EQUAL(one.state, RUN_OVER);
    CU_ASSERT_TRUE(one.failed > 0);
    for (uint32_t jobs = 2; jobs <= 8; jobs *= 2) {
        struct sweep several = swept(&plan, 1, seeds, jobs);
        sweeps_are_equal(&one, &several);
        sweep_close(&several);
    }
    sweep_close(&one);
    plan_close(&plan);
}

static void a_breach_names_the_lowest_seeds_that_have_it(void)
{
    struct plan plan = parsed(crash_text);
    struct sweep all = swept(&plan, 1, 30, 2);
    const struct breach_sum *sum = &all.breaches[breach_of_rule(RULE_ONE_WORKER)];
    CU_ASSERT_TRUE_FATAL(sum->seeds > 0);
    CU_ASSERT_TRUE(strlen(sum->why) > 0);
    struct sweep first = swept(&plan, sum->first[0], sum->first[0], 1);
    CU_ASSERT_EQUAL(first.breaches[breach_of_rule(RULE_ONE_WORKER)].seeds, 1);
    CU_ASSERT_STRING_EQUAL(first.breaches[breach_of_rule(RULE_ONE_WORKER)].why, sum->why);
    if (sum->first[0] > 1) {
        struct sweep before = swept(&plan, 1, sum->first[0] - 1, 2);
        CU_ASSERT_EQUAL(before.breaches[breach_of_rule(RULE_ONE_WORKER)].seeds, 0);
        sweep_close(&before);
    }
    sweep_close(&first);
    sweep_close(&all);
    plan_close(&plan);
}

/* Whether it is drawn that n1 is struck: in about a third of all runs. */
static const char rare_text[] = "nodes 3\nconnect\nat 1s crash any for 1s\n"
                                "at 1500ms request 1 from n1\n"
                                "sometimes caller-lost\n";

static void a_sometimes_is_judged_over_the_sweep(void)
{
    struct plan plan = parsed(rare_text);
    struct sweep sweep = swept(&plan, 1, 20, 2);
    CU_ASSERT_TRUE(sweep.held[0] > 0 && sweep.held[0] < 20);
    CU_ASSERT_EQUAL(sweep_conclude(&sweep).kind, CONCLUDED_PASS);
    sweep_close(&sweep);
    plan_close(&plan);
}

/* How the sweep over some seeds of a scenario with these lines ends. */
static struct conclusion concluded(const char *text)
{
    struct plan plan = parsed(text);
    struct sweep sweep = swept(&plan, 1, 3, 2);
    struct conclusion conclusion = sweep_conclude(&sweep);
    sweep_close(&sweep);
    plan_close(&plan);
    return conclusion;
}

static void a_state_of_each_node_happens_on_all_of_them(void)
{
    struct conclusion conclusion =
        concluded("nodes 3\nat 1s request 7 from each\nsometimes each worker 7\n");
    CU_ASSERT_EQUAL(conclusion.kind, CONCLUDED_PASS);
    conclusion = concluded("nodes 3\nat 1s request 7 from n1,n2\nsometimes each worker 7\n");
    CU_ASSERT_EQUAL(conclusion.kind, CONCLUDED_EMPTY);
    CU_ASSERT_STRING_EQUAL(conclusion.reason, "sometimes each worker 7: it happened in no run");
    conclusion = concluded("nodes 2\nconnect\nat 1s request 7\nat 2s crash n1 for 3s\n"
                           "at 9s crash n2 for 3s\nsometimes each owner 7\n");
    CU_ASSERT_EQUAL(conclusion.kind, CONCLUDED_PASS);
    conclusion = concluded("nodes 2\nconnect\nat 1s request 7\nat 2s crash n1 for 3s\n"
                           "at 9s sometimes each owner 7\n");
    CU_ASSERT_EQUAL(conclusion.kind, CONCLUDED_EMPTY);
}

static void what_holds_before_the_first_worker_counts(void)
{
    CU_ASSERT_EQUAL(
        concluded("at 1s request 7\nend 3s\nsometimes no worker 7 from 0s to 1s\n").kind,
        CONCLUDED_PASS);
    CU_ASSERT_EQUAL(concluded("at 1s request 7\nend 3s\nalways worker 7 from 0s\n").kind,
                    CONCLUDED_FAIL);
    CU_ASSERT_EQUAL(concluded("at 1s request 7\nend 3s\nalways worker 7 from 1s\n").kind,
                    CONCLUDED_PASS);
}

static void a_sometimes_that_happens_in_no_run_makes_the_sweep_empty(void)
{
    struct plan plan = parsed("nodes 3\nconnect\nat 1s request 1\nsometimes duplicate\n");
    struct sweep sweep = swept(&plan, 1, 5, 2);
    struct conclusion conclusion = sweep_conclude(&sweep);
    CU_ASSERT_EQUAL(conclusion.kind, CONCLUDED_EMPTY);
    CU_ASSERT_STRING_EQUAL(conclusion.reason, "sometimes duplicate: it happened in no run");
    sweep_close(&sweep);
    plan_close(&plan);
}

static void a_fault_that_strikes_in_some_run_has_struck(void)
{
    struct plan plan = parsed("nodes 3\nconnect\nat 1s request 1 as a\nat 2s freeze any for 1s\n"
                              "at 2500ms thaw n2\n");
    struct sweep sweep = swept(&plan, 1, 20, 2);
    CU_ASSERT_TRUE(sweep.missed[3] > 0 && sweep.missed[3] < 20);
    CU_ASSERT_EQUAL(sweep_conclude(&sweep).kind, CONCLUDED_PASS);
    sweep_close(&sweep);
    plan_close(&plan);
    plan = parsed("nodes 3\nconnect\nat 1s request 1\nat 2s thaw n2\n");
    sweep = swept(&plan, 1, 3, 2);
    CU_ASSERT_STRING_EQUAL(sweep_conclude(&sweep).reason, "thaw n2 had no effect in any run");
    sweep_close(&sweep);
    plan_close(&plan);
}

/* Each line is off in about a third of the runs. */
static void a_line_of_chaos_that_swarm_leaves_out_must_strike_in_another_run(void)
{
    struct plan plan = parsed("nodes 3\nconnect\nat 1s requests 9/s from any ids 1..9 until 4s\n"
                              "chaos crash 1/s for 100ms until 4s\n"
                              "chaos freeze 0.001/s for 100ms until 4s\n");
    struct sweep sweep;
    struct sweep_setup setup = {
        .plan = &plan, .first = 1, .last = 12, .jobs = 2, .swarm = SWARM_ON, .is_stopped = never};
    CU_ASSERT_EQUAL_FATAL(sweep_run(&sweep, &setup), OK);
    size_t crash = 0;
    while (strncmp(plan.actions[crash].text, "chaos crash", 11) != 0)
        crash++;
    size_t freeze = 0;
    while (strncmp(plan.actions[freeze].text, "chaos freeze", 12) != 0)
        freeze++;
    CU_ASSERT_TRUE(sweep.struck[crash] > 0);
    CU_ASSERT_FALSE(sweep_never_struck(&sweep, crash));
    CU_ASSERT_EQUAL(sweep.struck[freeze], 0);
    CU_ASSERT_TRUE(sweep.missed[freeze] > 0 && sweep.missed[freeze] < 12);
    CU_ASSERT_TRUE(sweep_never_struck(&sweep, freeze));
    CU_ASSERT_EQUAL(sweep_conclude(&sweep).kind, CONCLUDED_EMPTY);
    sweep_close(&sweep);
    plan_close(&plan);
}

static void the_last_seeds_of_all_can_be_swept(void)
{
    struct plan plan = parsed("nodes 2\nconnect\nat 1s request 1\n");
    struct sweep sweep = swept(&plan, UINT64_MAX - 2, UINT64_MAX, 2);
    CU_ASSERT_EQUAL(sweep.runs, 3);
    CU_ASSERT_EQUAL(sweep.state, RUN_OVER);
    sweep_close(&sweep);
    plan_close(&plan);
}

static void a_run_that_can_not_be_carried_through_ends_the_sweep(void)
{
    struct plan plan = parsed("nodes 2\nlimit memory 1M\nconnect\n"
                              "at 1s clients 1 from n1 ids 1..9 until 9s\n");
    struct sweep sweep = swept(&plan, 5, 9, 2);
    CU_ASSERT_EQUAL(sweep.state, RUN_FAILED);
    CU_ASSERT_EQUAL(sweep.runs, 0);
    /* Two jobs have twice the limit, as it is their process that is measured. */
    CU_ASSERT_PTR_NOT_NULL(
        strstr(sweep.why, "the sweep's 2 jobs need more memory than 2 MB, the limit of all"));
    struct conclusion conclusion = sweep_conclude(&sweep);
    CU_ASSERT_EQUAL(conclusion.kind, CONCLUDED_ERROR);
    CU_ASSERT_PTR_EQUAL(strstr(conclusion.reason, "seed 5: "), conclusion.reason);
    CU_ASSERT_PTR_NOT_NULL(strstr(conclusion.reason, sweep.why));
    /* What the runs before it found does not hide it. */
    sweep.runs = 2;
    sweep.failed = 1;
    conclusion = sweep_conclude(&sweep);
    CU_ASSERT_EQUAL(conclusion.kind, CONCLUDED_ERROR);
    CU_ASSERT_PTR_EQUAL(strstr(conclusion.reason, "seed 7: "), conclusion.reason);
    sweep_close(&sweep);
    plan_close(&plan);
}

static atomic_bool stopped;

static bool is_stopped(void)
{
    return stopped;
}

/* Asks the sweep to end once it has made some runs. */
static void stop(void *context, const struct sweep_progress *progress)
{
    (void)context;
    if (progress->runs)
        stopped = true;
}

static void a_sweep_that_is_stopped_has_the_result_of_what_it_reached(void)
{
    struct plan plan = parsed(crash_text);
    struct sweep sweep;
    struct sweep_setup setup = {.plan = &plan,
                                .first = 7,
                                .last = UINT64_MAX,
                                .jobs = 2,
                                .is_stopped = is_stopped,
                                .progress = stop};
    CU_ASSERT_EQUAL_FATAL(sweep_run(&sweep, &setup), OK);
    CU_ASSERT_EQUAL(sweep.state, RUN_GOES_ON);
    CU_ASSERT_TRUE_FATAL(sweep.runs > 0);
    struct sweep same = swept(&plan, 7, 7 + sweep.runs - 1, 1);
    sweeps_are_equal(&sweep, &same);
    sweep_close(&same);
    sweep_close(&sweep);
    plan_close(&plan);
}

SUITE(search_sweep, TEST(a_trial_has_the_hash_of_its_seed_alone),
      TEST(the_result_does_not_depend_on_the_jobs),
      TEST(a_breach_names_the_lowest_seeds_that_have_it),
      TEST(a_sometimes_is_judged_over_the_sweep), TEST(a_state_of_each_node_happens_on_all_of_them),
      TEST(what_holds_before_the_first_worker_counts),
      TEST(a_sometimes_that_happens_in_no_run_makes_the_sweep_empty),
      TEST(a_fault_that_strikes_in_some_run_has_struck),
      TEST(a_line_of_chaos_that_swarm_leaves_out_must_strike_in_another_run),
      TEST(the_last_seeds_of_all_can_be_swept),
      TEST(a_run_that_can_not_be_carried_through_ends_the_sweep),
      TEST(a_sweep_that_is_stopped_has_the_result_of_what_it_reached));
