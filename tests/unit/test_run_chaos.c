/* Chaos: when it strikes, whom, for how long, and that each strike is an action that a scenario can
 * have. */
#include "base/arena.h"
#include "run/chaos.h"
#include "run/missed.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "virtual/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES 5u

static enum liveness everywhere = LIVENESS_UP;

static enum liveness liveness(const void *cluster, node_id node)
{
    (void)cluster, (void)node;
    return everywhere;
}

static const struct cluster_operations operations = {.liveness = liveness};

static struct target_search search_at(uint64_t repeat)
{
    return (struct target_search){
        .operations = &operations, .nodes = NODES, .seed = 7, .key = 11, .repeat = repeat};
}

static void strikes_come_at_their_rate(void)
{
    struct plan plan = parsed("chaos crash 0.2/s for 1s until 40s");
    __int128 sum_ns = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        int64_t gap_ns = chaos_gap_ns(&plan.actions[0], search_at(i));
        CU_ASSERT_FATAL(gap_ns > 0);
        sum_ns += gap_ns;
    }
    int64_t mean_ns = (int64_t)(sum_ns / 10000);
    CU_ASSERT_TRUE(mean_ns > 4850 * NS_PER_MS && mean_ns < 5150 * NS_PER_MS);
    plan_close(&plan);
}

/* The strikes of one line, each with what `look` finds right. */
static void each_strike(const char *line, void (*look)(const struct action *strike))
{
    struct plan plan = parsed_with(line, (const char *const[]){"nodes=5", NULL});
    for (uint64_t i = 1; i <= 200; i++) {
        const struct action *strike = NULL;
        struct arena *arena = arena_new();
        CU_ASSERT_EQUAL(chaos_strike(&plan.actions[0], search_at(i), 12 * NS_PER_S, arena, &strike),
                        OK);
        CU_ASSERT_PTR_NOT_NULL_FATAL(strike);
        look(strike);
        arena_delete(arena);
    }
    plan_close(&plan);
}

static bool lists_are_equal(const struct node_list *a, const struct node_list *b)
{
    return a->count == b->count && !memcmp(a->nodes, b->nodes, a->count * sizeof *a->nodes);
}

static void is_as_it_says(const struct action *strike)
{
    char text[300];
    snprintf(text, sizeof text, "at 12s %s", strike->text);
    struct plan plan = parsed_with(text, (const char *const[]){"nodes=5", NULL});
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 1);
    const struct action *said = &plan.actions[0];
    CU_ASSERT_EQUAL(said->kind, strike->kind);
    CU_ASSERT_EQUAL(said->at_ns, strike->at_ns);
    CU_ASSERT_EQUAL(said->for_ns, strike->for_ns);
    CU_ASSERT_EQUAL(said->may_miss, strike->may_miss);
    if (strike->kind == ACTION_CUT) {
        CU_ASSERT_TRUE(lists_are_equal(&said->as.link.from, &strike->as.link.from));
        CU_ASSERT_TRUE(lists_are_equal(&said->as.link.to, &strike->as.link.to));
        CU_ASSERT_EQUAL(said->as.link.both, strike->as.link.both);
    } else if (strike->kind == ACTION_PARTITION) {
        CU_ASSERT_EQUAL_FATAL(said->as.partition.count, 2);
        for (int i = 0; i < 2; i++)
            CU_ASSERT_TRUE(
                lists_are_equal(&said->as.partition.groups[i], &strike->as.partition.groups[i]));
    } else if (action_is_of_links(strike->kind)) {
        CU_ASSERT_TRUE(lists_are_equal(&said->as.set.link.from, &strike->as.set.link.from));
        CU_ASSERT_TRUE(lists_are_equal(&said->as.set.link.to, &strike->as.set.link.to));
        CU_ASSERT_EQUAL(said->as.set.ppb, strike->as.set.ppb);
        CU_ASSERT_EQUAL(said->as.set.distribution.most_ns, strike->as.set.distribution.most_ns);
    } else {
        CU_ASSERT_TRUE(lists_are_equal(&said->nodes, &strike->nodes));
    }
    plan_close(&plan);
}

static void a_strike_is_what_its_text_says(void)
{
    each_strike("chaos crash 1/s for 1ms..3s until 40s", is_as_it_says);
    each_strike("chaos freeze 1/s for 10us until 40s", is_as_it_says);
    each_strike("chaos cut 1/s for 1s..3s until 40s", is_as_it_says);
    each_strike("chaos partition 1/s for 1s..3s until 40s", is_as_it_says);
    each_strike("chaos latency exp 5ms min 2ms 1/s for 1s..3s until 40s", is_as_it_says);
    each_strike("chaos loss 12.5% 1/s for 1s..3s until 40s", is_as_it_says);
}

static void lasts_from_one_to_three_seconds(const struct action *strike)
{
    CU_ASSERT_TRUE(strike->for_ns >= NS_PER_S && strike->for_ns <= 3 * NS_PER_S);
    CU_ASSERT_EQUAL(strike->for_ns % NS_PER_MS, 0);
}

static void a_strike_lasts_for_a_time_that_is_drawn(void)
{
    each_strike("chaos crash 1/s for 1s..3s until 40s", lasts_from_one_to_three_seconds);
}

static void has_two_sides(const struct action *strike)
{
    const struct node_list *groups = strike->as.partition.groups;
    CU_ASSERT_TRUE(groups[0].count > 0 && groups[1].count > 0);
    CU_ASSERT_EQUAL(groups[0].count + groups[1].count, NODES);
}

static void a_partition_has_every_node_on_one_of_two_sides(void)
{
    each_strike("chaos partition 1/s for 1s until 40s", has_two_sides);
}

static uint32_t both_ways, one_way;

static void count_ways(const struct action *strike)
{
    *(strike->as.link.both ? &both_ways : &one_way) += 1;
    CU_ASSERT_NOT_EQUAL(strike->as.link.from.nodes[0], strike->as.link.to.nodes[0]);
}

static void half_of_the_cuts_are_one_way(void)
{
    each_strike("chaos cut 1/s for 1s until 40s", count_ways);
    CU_ASSERT_TRUE(both_ways > 70 && one_way > 70);
}

static void nobody_is_struck_where_all_are_down(void)
{
    const struct action *strike;
    struct arena *arena = arena_new();
    struct plan plan = parsed("chaos crash 1/s for 1s until 40s");
    everywhere = LIVENESS_DOWN;
    CU_ASSERT_EQUAL(chaos_strike(&plan.actions[0], search_at(1), 0, arena, &strike), OK);
    CU_ASSERT_PTR_NULL(strike);
    everywhere = LIVENESS_UP;
    plan_close(&plan);
    arena_delete(arena);
}

/* ---- in a run ------------------------------------------------------------------------------ */

struct struck {
    struct reader reader;
    char words[4096];
};

static void note_crash(struct reader *reader, const struct record *record)
{
    struct struck *struck = container_of(reader, struct struck, reader);
    size_t used = strlen(struck->words);
    if (record->kind == RECORD_FAULT && record->number &&
        !strncmp(text_bytes(&record->value), "crash", 5))
        snprintf(struck->words + used, sizeof struck->words - used, "%lld %.*s; ",
                 (long long)record->t_ns, (int)text_size(&record->value),
                 text_bytes(&record->value));
}

static char why[128]; /* the first that affected nothing did not */

/* What is struck by crashes in a run of the text; `missed` gets how many faults affected nothing.
 */
static struct struck struck_in(const char *text, size_t *missed)
{
    struct struck struck = {.reader = {.take = note_crash}};
    struct reader *readers[] = {&struck.reader};
    struct plan plan = parsed(text);
    struct runner *runner;
    struct runner_setup setup = {
        .plan = &plan, .readers = readers, .readers_count = 1, .threads = 1};
    CU_ASSERT_EQUAL_FATAL(cluster_new(&runner, &setup), OK);
    CU_ASSERT_EQUAL(runner->operations->run(runner, TIME_NEVER), RUN_OVER);
    CU_ASSERT_EQUAL(checker_violations(judge_check(runner->judge)), 0);
    const struct action *first = NULL;
    *missed = action_list_missed(&runner->executor->actions, &first, 1);
    snprintf(why, sizeof why, "%s", first ? why_missed(runner->executor, &plan, first) : "");
    runner->operations->delete (runner);
    plan_close(&plan);
    return struck;
}

#define CHAOS   "at 1s chaos crash 1/s for 100ms..900ms until 15s\n"
#define CRASHES "connect\n" CHAOS

/* The first crash from this time on. */
static long long first_crash_from(const struct struck *struck, long long at_ns)
{
    long long t_ns = strtoll(struck->words, NULL, 10);
    for (const char *at = struck->words; t_ns < at_ns && (at = strchr(at, ';')) && at[2];) {
        at += 2;
        t_ns = strtoll(at, NULL, 10);
    }
    return t_ns;
}

static void another_seed_draws_the_next_strike_too(void)
{
    size_t missed;
    long long until_ns = 5 * NS_PER_S;
    struct struck plain = struck_in(CRASHES, &missed);
    struct struck one = struck_in(CRASHES "at 5s seed 8\n", &missed);
    struct struck other = struck_in(CRASHES "at 5s seed 9\n", &missed);
    size_t same = (size_t)(strchr(plain.words, ';') - plain.words);
    CU_ASSERT_EQUAL(strncmp(plain.words, one.words, same), 0);
    CU_ASSERT_NOT_EQUAL(first_crash_from(&one, until_ns), first_crash_from(&plain, until_ns));
    CU_ASSERT_NOT_EQUAL(first_crash_from(&one, until_ns), first_crash_from(&other, until_ns));
}

static void a_seed_for_a_time_leaves_no_strike_of_its_own_behind(void)
{
    size_t missed;
    struct struck one = struck_in(CRASHES "at 5s seed 8 for 1s\n", &missed);
    struct struck other = struck_in(CRASHES "at 5s seed 9 for 1s\n", &missed);
    CU_ASSERT_TRUE(first_crash_from(&one, 6 * NS_PER_S) >= 6 * NS_PER_S);
    CU_ASSERT_EQUAL(first_crash_from(&one, 6 * NS_PER_S), first_crash_from(&other, 6 * NS_PER_S));
}

static void chaos_that_begins_by_another_seed_comes_at_its_rate(void)
{
    size_t missed, strikes = 0;
    struct struck struck = struck_in("connect\nat 500ms seed 8\n" CHAOS, &missed);
    for (const char *at = struck.words; (at = strchr(at, ';')); at++)
        strikes++;
    CU_ASSERT_TRUE(strikes > 7 && strikes < 21); /* 14 on average */
}

static void other_lines_leave_the_strikes_of_one_as_they_are(void)
{
    size_t missed;
    struct struck alone = struck_in(CRASHES, &missed);
    CU_ASSERT_TRUE(strlen(alone.words) > 200);
    CU_ASSERT_EQUAL(missed, 0);
    struct struck among =
        struck_in(CRASHES "chaos cut 2/s for 1s until 15s\nrequest 1\n"
                          "chaos loss 1/s for 1s until 15s\nat 7s request 2 from n3\n",
                  &missed);
    CU_ASSERT_STRING_EQUAL(alone.words, among.words);
}

static void chaos_that_affects_nothing_was_missed_unless_it_may_miss(void)
{
    size_t missed;
    struck_in("membership static\nchaos cut 1/s for 1s until 5s\nrequest 1 from n1", &missed);
    CU_ASSERT_EQUAL(missed, 1);
    CU_ASSERT_STRING_EQUAL(why, "touched nothing");
    struck_in("membership static\nchaos cut 1/s for 1s until 5s may miss\nrequest 1 from n1",
              &missed);
    CU_ASSERT_EQUAL(missed, 0);
    struck_in("nodes 2\nend 5s\nchaos crash 0.001/s for 1s\nrequest 1", &missed);
    CU_ASSERT_EQUAL(missed, 1);
    CU_ASSERT_STRING_EQUAL(why, "drew no fault, at its rate, until its end");
}

static void what_waited_for_a_message_in_vain_saw_none(void)
{
    size_t missed;
    struck_in("connect\nrequest 1\non leave: crash n2", &missed);
    CU_ASSERT_STRING_EQUAL(why, "saw no such message");
    struck_in("connect\nat 10ms on heartbeat: request 7", &missed);
    CU_ASSERT_STRING_EQUAL(
        why, "saw no such message before the run was over; with an 'end' it goes on until then");
    struck_in("connect\nat 10ms on heartbeat: request 7\nend 2s", &missed);
    CU_ASSERT_EQUAL(missed, 0);
    struck_in("membership static\nconnect\non heartbeat: request 7\nend 2s", &missed);
    CU_ASSERT_STRING_EQUAL(why, "saw no such message");
    struck_in("connect\non request: thaw n2\nat 1s request 1", &missed);
    CU_ASSERT_STRING_EQUAL(why, "touched nothing");
}

SUITE(run_chaos, TEST(strikes_come_at_their_rate), TEST(a_strike_is_what_its_text_says),
      TEST(a_strike_lasts_for_a_time_that_is_drawn),
      TEST(a_partition_has_every_node_on_one_of_two_sides), TEST(half_of_the_cuts_are_one_way),
      TEST(nobody_is_struck_where_all_are_down), TEST(another_seed_draws_the_next_strike_too),
      TEST(a_seed_for_a_time_leaves_no_strike_of_its_own_behind),
      TEST(chaos_that_begins_by_another_seed_comes_at_its_rate),
      TEST(other_lines_leave_the_strikes_of_one_as_they_are),
      TEST(chaos_that_affects_nothing_was_missed_unless_it_may_miss),
      TEST(what_waited_for_a_message_in_vain_saw_none));
