/* What is asked of a simulated node, and what is done to it, by whole runs: when a request is made,
 * how it ends at a node that can't answer, and what a change of a setting changes. */
#include "base/memory.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "virtual/cluster.h"

#include <string.h>

#define MS NS_PER_MS
#define S  NS_PER_S

/* The records of one run, of the kinds that matter here, in order; texts are cut to what fits. */
#define KEPT_MOST 20000u

struct listener {
    struct reader reader;
    struct record kept[KEPT_MOST];
    uint32_t count;
};

static struct listener listener;
static struct plan plan;
static enum run_state state;
static const char *why;
static char why_text[300];

static bool matters(const struct record *record)
{
    switch (record->kind) {
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
    case RECORD_VIEW:
        return false;
    default:
        return true;
    }
}

static void listen(struct reader *reader, const struct record *record)
{
    (void)reader;
    if (!matters(record) || listener.count == KEPT_MOST)
        return;
    listener.kept[listener.count] = *record;
    listener.kept[listener.count].id = (struct text){0};
    listener.kept[listener.count++].value = (struct text){0};
}

/* Runs the text; how many faults touched nothing. */
static size_t run(const char *text)
{
    const struct action *missed[1];
    struct reader *readers[] = {&listener.reader};
    listener.reader.take = listen;
    listener.count = 0;
    plan = parsed(text);
    struct runner_setup setup = {
        .plan = &plan, .threads = 1, .readers = readers, .readers_count = 1};
    struct runner *runner;
    CU_ASSERT_EQUAL_FATAL(cluster_new(&runner, &setup), OK);
    state = runner->operations->run(runner, TIME_NEVER);
    snprintf(why_text, sizeof why_text, "%s", runner->why ? runner->why : "");
    why = why_text;
    CU_ASSERT_EQUAL(checker_violations(judge_check(runner->judge)), 0);
    size_t count = action_list_missed(&runner->executor->actions, missed, 1);
    runner->operations->delete (runner);
    plan_close(&plan);
    return count;
}

static uint32_t count_of(enum record_kind kind, int64_t from_ns, int64_t to_ns)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < listener.count; i++)
        count += listener.kept[i].kind == kind && listener.kept[i].t_ns >= from_ns &&
                 listener.kept[i].t_ns < to_ns;
    return count;
}

static const struct record *first_of(enum record_kind kind)
{
    static const struct record none;
    for (uint32_t i = 0; i < listener.count; i++)
        if (listener.kept[i].kind == kind)
            return &listener.kept[i];
    CU_FAIL("no such record");
    return &none;
}

/* ---- load at its own time ------------------------------------------------------------------ */

static void a_request_at_a_frozen_node_is_made_at_its_own_time_and_its_wait_counts(void)
{
    run("nodes 1\nat 1s freeze n1 for 500ms\nat 1200ms request 1\n");
    CU_ASSERT_EQUAL(first_of(RECORD_REQUEST)->t_ns, 1200 * MS);
    CU_ASSERT_EQUAL(first_of(RECORD_REQUEST)->amount, 2200 * MS);
    CU_ASSERT_EQUAL(first_of(RECORD_REPLY)->t_ns, 1500 * MS);
    CU_ASSERT_EQUAL(first_of(RECORD_REPLY)->amount, 300 * MS);
    CU_ASSERT_EQUAL(count_of(RECORD_REQUEST, 0, TIME_NEVER), 1);
}

static void its_deadline_counts_from_then(void)
{
    run("nodes 1\nat 1s freeze n1 for 500ms\nat 1s request 1 timeout 501ms\n");
    CU_ASSERT_EQUAL(first_of(RECORD_REPLY)->t_ns, 1500 * MS);
    run("nodes 1\nat 1s freeze n1 for 500ms\nat 1s request 1 timeout 500ms\n");
    CU_ASSERT_EQUAL(first_of(RECORD_FAIL)->t_ns, 1500 * MS);
    CU_ASSERT_EQUAL(first_of(RECORD_FAIL)->code, OUTCOME_TIMEOUT);
}

static void it_ends_with_its_node(void)
{
    run("nodes 1\nat 1s freeze n1\nat 1200ms request 1 2\nat 1400ms crash n1\nat 2s restart n1\n"
        "at 3s request 3\n");
    CU_ASSERT_EQUAL(first_of(RECORD_FAIL)->t_ns, 1400 * MS);
    CU_ASSERT_EQUAL(first_of(RECORD_FAIL)->code, OUTCOME_CALLER_LOST);
    CU_ASSERT_EQUAL(count_of(RECORD_FAIL, 0, TIME_NEVER), 2);
    CU_ASSERT_EQUAL(count_of(RECORD_REPLY, 3 * S, TIME_NEVER), 1);
}

static void open_load_goes_on_at_a_node_that_is_frozen_or_down(void)
{
    static const char *const faults[] = {"freeze n1 for 1s", "crash n1 for 1s", "freeze n1"};
    for (int i = 0; i < 3; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "nodes 1\nseed %d\nat 1s requests 1000/s from n1 ids 1..9 until 4s\nat 2s %s\n", i,
                 faults[i]);
        run(text);
        uint32_t before = count_of(RECORD_REQUEST, S, 2 * S);
        uint32_t during = count_of(RECORD_REQUEST, 2 * S, 3 * S);
        CU_ASSERT_TRUE(before > 850 && before < 1150);
        CU_ASSERT_TRUE(during > 850 && during < 1150);
        if (i == 1)
            CU_ASSERT_EQUAL(count_of(RECORD_FAIL, 2 * S, 3 * S), during);
    }
    CU_ASSERT_EQUAL(count_of(RECORD_REPLY, 2 * S, TIME_NEVER), 0); /* frozen for good */
}

static void a_closed_loop_waits_for_its_frozen_node(void)
{
    run("nodes 1\nat 1s clients 1 from n1 ids 1 until 4s think 100ms\nat 2050ms freeze n1 for "
        "1s\n");
    CU_ASSERT_EQUAL(count_of(RECORD_REQUEST, 2050 * MS, 3050 * MS), 1);
    CU_ASSERT_EQUAL(count_of(RECORD_REQUEST, 3100 * MS, 4 * S), 9);
}

/* ---- clients ------------------------------------------------------------------------------- */

static void a_client_s_own_timeout_is_its_requests(void)
{
    run("nodes 1\nload 300ms\nat 1s clients 1 from n1 ids 1 until 1010ms timeout 100ms\n");
    CU_ASSERT_EQUAL(first_of(RECORD_FAIL)->t_ns, 1100 * MS);
}

static void a_client_retries_after_its_back_off(void)
{
    run("nodes 1\nload-fail 100%\nttl 1s\n"
        "at 1s clients 1 from n1 ids 1 until 2s think 500ms retry 2 backoff 50ms..50ms\n");
    CU_ASSERT_EQUAL(count_of(RECORD_REQUEST, 0, 1050 * MS), 1);
    CU_ASSERT_EQUAL(count_of(RECORD_REQUEST, 1050 * MS, 1100 * MS), 1);
    CU_ASSERT_EQUAL(count_of(RECORD_REQUEST, 1100 * MS, 1600 * MS), 1);
    CU_ASSERT_EQUAL(count_of(RECORD_REQUEST, 1600 * MS, 1650 * MS), 1);
}

/* ---- settings ------------------------------------------------------------------------------ */

static int64_t latency_of(uint32_t reply)
{
    for (uint32_t i = 0; i < listener.count; i++)
        if (listener.kept[i].kind == RECORD_REPLY && reply-- == 0)
            return listener.kept[i].amount;
    CU_FAIL("no such reply");
    return 0;
}

static void load_and_work_may_be_of_one_id_or_node(void)
{
    run("nodes 1\nload 10ms\nload 20ms id 2\nwork 1ms id 3\nat 1s request 1\nat 2s request 2\n"
        "at 3s request 3\nat 4s load 40ms on n1 for 1s\nat 4s request 4\nat 5s request 5\n");
    CU_ASSERT_EQUAL(latency_of(0), 10 * MS);
    CU_ASSERT_EQUAL(latency_of(1), 20 * MS);
    CU_ASSERT_EQUAL(latency_of(2), 11 * MS);
    CU_ASSERT_EQUAL(latency_of(3), 40 * MS);
    CU_ASSERT_EQUAL(latency_of(4), 10 * MS);
    CU_ASSERT_EQUAL(count_of(RECORD_SET, 0, TIME_NEVER), 2);
}

static void a_change_of_a_link_ends_after_its_time(void)
{
    run("nodes 2\nroute modulo\nmembership static\nlatency 1ms\n"
        "at 1s latency n1 <-> n2 10ms for 1s\nat 1s request 1 from n1\nat 3s request 1 from n1\n");
    CU_ASSERT_EQUAL(latency_of(0), 20 * MS);
    CU_ASSERT_EQUAL(latency_of(1), 2 * MS);
}

static int64_t load_with(const char *seed_line)
{
    char text[200];
    snprintf(text, sizeof text, "nodes 1\nload 1ms..1s\nttl 9s\n%sat 3s request 2\n", seed_line);
    run(text);
    return latency_of(0);
}

static void another_seed_draws_all_that_follows(void)
{
    int64_t plain = load_with("");
    CU_ASSERT_NOT_EQUAL(load_with("at 1s seed 7\n"), plain);
    CU_ASSERT_EQUAL(load_with("at 1s seed 1\n"), plain);
    CU_ASSERT_EQUAL(load_with("at 1s seed 7 for 1s\n"), plain);
    CU_ASSERT_EQUAL(load_with("at 1s seed 7\n"), load_with("seed 7\n"));
}

/* ---- nodes --------------------------------------------------------------------------------- */

static void an_absent_node_is_down_until_it_is_started(void)
{
    run("nodes 3\nabsent n2,n3\nat 1s request 1 from n2\nat 2s restart n2\nat 3s request 1 from "
        "n2\n");
    CU_ASSERT_EQUAL(count_of(RECORD_UP, 0, 1), 1);
    CU_ASSERT_EQUAL(first_of(RECORD_FAIL)->code, OUTCOME_CALLER_LOST);
    CU_ASSERT_EQUAL(count_of(RECORD_UP, 2 * S, 2 * S + 1), 1);
    CU_ASSERT_EQUAL(count_of(RECORD_REPLY, 3 * S, TIME_NEVER), 1);
}

static void a_silent_crash_is_noticed_by_nobody_before_it_is_suspected(void)
{
    static const char *const ways[] = {"crash n2", "crash n2 silently"};
    int64_t took_ns[2];
    for (int i = 0; i < 2; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "nodes 2\nroute modulo\nfallback none\nwork 10ms\nconnect\n"
                 "at 1s request 1 from n1\nat 1002ms %s\n",
                 ways[i]);
        run(text);
        took_ns[i] = first_of(RECORD_FAIL)->t_ns - S;
    }
    CU_ASSERT_TRUE(took_ns[0] < 10 * MS);
    CU_ASSERT_TRUE(took_ns[1] > 700 * MS);
}

static void a_notice_is_no_message_that_a_cut_could_touch(void)
{
    CU_ASSERT_EQUAL(run("nodes 2\nmembership static\nconnect\nat 1s request 1 2 from n1\n"
                        "at 2s crash n2\nat 3s partition n1 | n2\nat 4s restart n2\n"),
                    1);
    CU_ASSERT_EQUAL(run("nodes 2\nmembership static\nconnect\nat 1s request 1 2 from n1\n"
                        "at 3s partition n1 | n2\nat 4s request 1 2 from n1\n"),
                    0);
}

/* ---- limits -------------------------------------------------------------------------------- */

static void a_run_that_passes_its_memory_limit_ends_with_the_reason(void)
{
    run("nodes 10\nlimit memory 1M\nat 1s clients 10000 from each ids 1..9 until 2s\n");
    CU_ASSERT_EQUAL(state, RUN_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "than the limit of 1 MB"));
    run("nodes 10\nlimit memory 8G\nat 1s clients 10 from each ids 1..9 until 1100ms\n");
    CU_ASSERT_EQUAL(state, RUN_OVER);
}

/* They wait until it is there again, as at a node that is down. */
static void clients_in_a_closed_loop_ask_no_node_that_is_about_to_go(void)
{
    run("nodes 3\nconnect\nat 1900ms clients 2 from each ids 1..9 until 2100ms\nat 2s leave n1\n");
    CU_ASSERT(count_of(RECORD_REQUEST, 2 * S, 3 * S) > 100);
    CU_ASSERT(listener.count < KEPT_MOST);
    CU_ASSERT_EQUAL(count_of(RECORD_FAIL, 0, TIME_NEVER), 0);
}

SUITE(virtual_load, TEST(a_request_at_a_frozen_node_is_made_at_its_own_time_and_its_wait_counts),
      TEST(its_deadline_counts_from_then), TEST(it_ends_with_its_node),
      TEST(open_load_goes_on_at_a_node_that_is_frozen_or_down),
      TEST(a_closed_loop_waits_for_its_frozen_node), TEST(a_client_s_own_timeout_is_its_requests),
      TEST(a_client_retries_after_its_back_off), TEST(load_and_work_may_be_of_one_id_or_node),
      TEST(a_change_of_a_link_ends_after_its_time), TEST(another_seed_draws_all_that_follows),
      TEST(an_absent_node_is_down_until_it_is_started),
      TEST(a_silent_crash_is_noticed_by_nobody_before_it_is_suspected),
      TEST(a_notice_is_no_message_that_a_cut_could_touch),
      TEST(a_run_that_passes_its_memory_limit_ends_with_the_reason),
      TEST(clients_in_a_closed_loop_ask_no_node_that_is_about_to_go));
