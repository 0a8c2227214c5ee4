/* Hunting: runs go on from states that others reached; the threads decide nothing. */
#include "base/bits.h"
#include "base/memory.h"
#include "base/random.h"
#include "search/hunt.h"
#include "support/each.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static bool never(void)
{
    return false;
}

/* ---- the archive --------------------------------------------------------------------------- */

static const struct way one_seed = {.count = 1, .steps = {{0, 5}}};

static void a_state_keeps_the_shortest_way_to_it(void)
{
    struct archive archive = {.count = 0};
    struct way longer = {.count = 2, .steps = {{0, 3}, {40, 4}}};
    struct abstract_visit late = {.state = 7, .at_ns = 90}, early = {.state = 7, .at_ns = 80};
    CU_ASSERT_EQUAL(archive_add(&archive, &longer, &late, 1), OK);
    CU_ASSERT_EQUAL(archive_add(&archive, &one_seed, &late, 1), OK);
    CU_ASSERT_EQUAL(archive_add(&archive, &longer, &early, 1), OK);
    CU_ASSERT_EQUAL(archive.count, 1);
    CU_ASSERT_EQUAL(archive.states[0].way.count, 1);
    CU_ASSERT_EQUAL(archive.states[0].at_ns, 90);
    CU_ASSERT_EQUAL(archive_add(&archive, &one_seed, &early, 1), OK);
    CU_ASSERT_EQUAL(archive.states[0].at_ns, 80);
    archive_close(&archive);
}

static void a_way_ends_where_its_state_is_reached(void)
{
    struct archive archive = {.count = 0};
    struct way way = {.count = 3, .steps = {{0, 3}, {40, 4}, {60, 5}}};
    struct abstract_visit visit = {.state = 7, .at_ns = 60};
    CU_ASSERT_EQUAL(archive_add(&archive, &way, &visit, 1), OK);
    CU_ASSERT_EQUAL(archive.states[0].way.count, 2);
    archive_close(&archive);
}

static struct abstract_visit visit_of(uint64_t state, int64_t at_ns, uint32_t feature)
{
    struct abstract_visit visit = {.state = state, .at_ns = at_ns};
    bits_add(visit.features, feature);
    return visit;
}

static uint32_t count_draws(const struct archive *archive, uint64_t state)
{
    uint32_t drawn = 0;
    for (uint64_t i = 0; i < 1000; i++)
        drawn += archive_draw(archive, random_mix(i))->state == state;
    return drawn;
}

static void a_feature_that_chance_seldom_reaches_is_drawn_more_often(void)
{
    struct archive archive = {.count = 0};
    for (uint64_t state = 1; state <= 200; state++) {
        struct abstract_visit visit = visit_of(state, 10, state == 7 ? 200 : 5);
        CU_ASSERT_EQUAL_FATAL(archive_add(&archive, &one_seed, &visit, 1), OK);
    }
    uint32_t drawn = count_draws(&archive, 7);
    CU_ASSERT_TRUE(drawn > 830 && drawn < 930); /* 1/2 to 1/15: the root of 199 is 14 */
    archive_close(&archive);
}

static void runs_that_went_on_from_a_state_make_no_feature_less_rare(void)
{
    struct archive archive = {.count = 0};
    struct way guided = {.count = 2, .steps = {{0, 3}, {5, 4}}};
    struct abstract_visit rare = visit_of(1, 10, 200), usual = visit_of(2, 10, 5);
    for (int i = 0; i < 99; i++)
        CU_ASSERT_EQUAL_FATAL(archive_add(&archive, &guided, &rare, 1), OK);
    for (int i = 0; i < 99; i++)
        CU_ASSERT_EQUAL_FATAL(archive_add(&archive, &one_seed, &usual, 1), OK);
    uint32_t drawn = count_draws(&archive, 1);
    CU_ASSERT_TRUE(drawn > 870 && drawn < 950); /* 1 to 1/10 */
    archive_close(&archive);
}

static void a_feature_counts_once_for_a_run_in_however_many_states(void)
{
    struct archive archive = {.count = 0};
    struct abstract_visit visits[] = {visit_of(1, 10, 5), visit_of(2, 10, 5), visit_of(3, 10, 200)};
    CU_ASSERT_EQUAL_FATAL(archive_add(&archive, &one_seed, visits, 3), OK);
    uint32_t drawn = count_draws(&archive, 3);
    CU_ASSERT_TRUE(drawn > 450 && drawn < 550);
    archive_close(&archive);
}

static void of_two_states_with_a_feature_the_sooner_is_drawn(void)
{
    struct archive archive = {.count = 0};
    for (uint64_t state = 1; state <= 2; state++) {
        struct abstract_visit visit = visit_of(state, 10 * (int64_t)state, 5);
        CU_ASSERT_EQUAL_FATAL(archive_add(&archive, &one_seed, &visit, 1), OK);
    }
    uint32_t sooner = count_draws(&archive, 1);
    CU_ASSERT_TRUE(sooner > 700 && sooner < 800); /* three of four pairs have it */
    archive_close(&archive);
}

/* ---- the hunt ------------------------------------------------------------------------------ */

/* It fails where a request is lost twice within some milliseconds. */
static const char rare_text[] = "nodes 3\nlatency 1ms..5ms\nttl 2s\ntimeout 500ms\nretry 100ms\n"
                                "connect\nat 1s requests 20/s from any ids 1..9 until 3s\n"
                                "at 1s chaos crash 0.05/s for 100ms..900ms until 3s\n"
                                "chaos freeze 0.05/s for 100ms..900ms until 3s\n"
                                "expect caller-lost < 4\nexpect timeout < 2\n";

static void hunt_by(const char *text, uint64_t seed, uint64_t runs, uint32_t jobs,
                    struct hunt_result *result)
{
    struct plan plan = parsed(text);
    struct hunt_setup setup = {.plan = &plan,
                               .seed = seed,
                               .runs_most = runs,
                               .limit_ns = TIME_NEVER,
                               .jobs = jobs,
                               .is_stopped = never};
    CU_ASSERT_EQUAL_FATAL(hunt(result, &setup), OK);
    plan_close(&plan);
}

static void the_threads_decide_nothing(void)
{
    struct hunt_result one, several;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        hunt_by(rare_text, seed, 400, 1, &one);
        hunt_by(rare_text, seed, 400, 3, &several);
        CU_ASSERT_EQUAL(one.runs, several.runs);
        CU_ASSERT_EQUAL(one.guided, several.guided);
        CU_ASSERT_EQUAL(one.states, several.states);
        CU_ASSERT_EQUAL(one.is_found, several.is_found);
        CU_ASSERT_EQUAL(memcmp(&one.way, &several.way, sizeof one.way), 0);
    }
}

static void the_way_that_is_found_fails_again(void)
{
    struct hunt_result found;
    uint32_t found_count = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        hunt_by(rare_text, seed, 1000, 2, &found);
        if (!found.is_found)
            continue;
        struct trial trial;
        struct trial_result result;
        struct plan plan = parsed(rare_text);
        CU_ASSERT_EQUAL_FATAL(trial_init(&trial, &plan, never), OK);
        CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, &plan), OK);
        trial.swarm = SWARM_ON;
        trial.way = &found.way;
        trial_run(&trial, found.way.steps[0].seed, &result);
        CU_ASSERT_PTR_NOT_NULL(trial_breach(&result, found.breach.number));
        trial_result_close(&result);
        trial_close(&trial);
        plan_close(&plan);
        found_count++;
    }
    CU_ASSERT_TRUE(found_count > 0);
}

static void what_never_fails_is_hunted_to_the_last_run(void)
{
    struct hunt_result result;
    hunt_by("connect\nat 1s requests 20/s from any ids 1..9 until 2s\n"
            "chaos crash 1/s for 100ms..900ms until 2s\n",
            1, 200, 2, &result);
    CU_ASSERT_FALSE(result.is_found);
    CU_ASSERT_EQUAL(result.runs, 200);
    CU_ASSERT_EQUAL(result.state, RUN_OVER);
    CU_ASSERT_TRUE(result.guided > 40 && result.guided < 100);
    CU_ASSERT_TRUE(result.states > 10);
}

static void a_state_of_each_node_adds_to_what_a_hunt_tells_apart(void)
{
    char text[512];
    struct hunt_result result[3], again;
    uint32_t runs = each() > 1 ? 50 : 200;
    static const char *const lines[] = {"", "sometimes worker 7\n", "sometimes each worker 7\n"};
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text,
                 "nodes 3\nttl 1s\nconnect\nat 1s requests 20/s from any ids 1..9 until 2s\n"
                 "at 1s chaos crash 1/s for 100ms..900ms until 2s\n%s",
                 lines[i]);
        hunt_by(text, 1, runs, 1, &result[i]);
    }
    hunt_by(text, 1, runs, 3, &again);
    CU_ASSERT_EQUAL(result[1].states, result[0].states);
    CU_ASSERT_TRUE(result[2].states > result[0].states + result[0].states / 4);
    CU_ASSERT_EQUAL(again.states, result[2].states);
    CU_ASSERT_EQUAL(again.guided, result[2].guided);
}

SUITE(search_hunt, TEST(a_state_keeps_the_shortest_way_to_it),
      TEST(a_way_ends_where_its_state_is_reached),
      TEST(a_feature_that_chance_seldom_reaches_is_drawn_more_often),
      TEST(runs_that_went_on_from_a_state_make_no_feature_less_rare),
      TEST(a_feature_counts_once_for_a_run_in_however_many_states),
      TEST(of_two_states_with_a_feature_the_sooner_is_drawn), TEST(the_threads_decide_nothing),
      TEST(the_way_that_is_found_fails_again), TEST(what_never_fails_is_hunted_to_the_last_run),
      TEST(a_state_of_each_node_adds_to_what_a_hunt_tells_apart));
