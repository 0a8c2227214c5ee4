/* Expectations in scenario text. */
#include "support/parsed.h"
#include "support/suite.h"

/* The only expectation of the text; the plan is to be closed. */
static struct expectation only(struct plan *plan, const char *text)
{
    *plan = parsed(text);
    CU_ASSERT_EQUAL(plan->expectations_count, 1);
    return plan->expectations_count == 1 ? plan->expectations[0] : (struct expectation){.line = 0};
}

static void a_name_stands_for_all_its_replies_or_for_one(void)
{
    struct plan plan =
        parsed("request 9 as x\nrequest 1 2 3 as a\nexpect a ok\nexpect a.2 from n2\n"
               "expect x within 20ms\nexpect a fails load-failed");
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 4);
    const struct expectation *e = plan.expectations;
    CU_ASSERT_EQUAL(e[0].kind, EXPECT_REPLY_OK);
    CU_ASSERT_EQUAL(e[0].reply, 1);
    CU_ASSERT_EQUAL(e[0].replies, 3);
    CU_ASSERT_EQUAL(e[1].kind, EXPECT_REPLY_FROM);
    CU_ASSERT_EQUAL(e[1].reply, 2);
    CU_ASSERT_EQUAL(e[1].replies, 1);
    CU_ASSERT_EQUAL(e[1].node, 1);
    CU_ASSERT_EQUAL(e[2].kind, EXPECT_REPLY_WITHIN);
    CU_ASSERT_EQUAL(e[2].reply, 0);
    CU_ASSERT_EQUAL(e[2].bound_ns, 20 * NS_PER_MS);
    CU_ASSERT_EQUAL(e[3].kind, EXPECT_REPLY_FAILS);
    CU_ASSERT_EQUAL(e[3].outcome, OUTCOME_LOAD_FAILED);
    CU_ASSERT_EQUAL(plan.actions_count, 2);
    plan_close(&plan);
}

static void replies_are_compared_pairwise(void)
{
    struct plan plan =
        parsed("request 1 2 as a\nrequest 1 2 as b\nexpect a = b\nexpect a.1 != b.2");
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 2);
    const struct expectation *e = plan.expectations;
    CU_ASSERT_EQUAL(e[0].kind, EXPECT_REPLY_SAME);
    CU_ASSERT_EQUAL(e[0].other, 2);
    CU_ASSERT_EQUAL(e[0].replies, 2);
    CU_ASSERT_EQUAL(e[1].kind, EXPECT_REPLY_OTHER);
    CU_ASSERT_EQUAL(e[1].reply, 0);
    CU_ASSERT_EQUAL(e[1].other, 3);
    CU_ASSERT_EQUAL(e[1].replies, 1);
    plan_close(&plan);
}

static void what_is_judged_at_the_cursor_is_an_action_too(void)
{
    struct plan plan =
        parsed("at 1s\nexpect workers 4\nexpect workers 1 on n2\nexpect worker 7 on n3\n"
               "expect worker 7\nexpect no worker x on n1\nexpect members n3,n1 on n2\n"
               "at 2s expect owner 7 n2\nexpect errors 0\n");
    static const enum expectation_kind kinds[] = {EXPECT_WORKERS, EXPECT_WORKERS,   EXPECT_WORKER,
                                                  EXPECT_WORKER,  EXPECT_NO_WORKER, EXPECT_MEMBERS,
                                                  EXPECT_OWNER,   EXPECT_TOTAL};
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 8);
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 7);
    const struct expectation *e = plan.expectations;
    for (int i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(e[i].kind, kinds[i]);
    for (uint32_t i = 0; i < 7; i++) {
        CU_ASSERT_EQUAL(plan.actions[i].kind, ACTION_EXPECT);
        CU_ASSERT_EQUAL(plan.actions[i].as.expectation, i);
        CU_ASSERT_EQUAL(plan.actions[i].line, e[i].line);
        CU_ASSERT_EQUAL(plan.actions[i].column, e[i].column);
    }
    CU_ASSERT_EQUAL(plan.actions[6].at_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(e[0].count, 4);
    CU_ASSERT_EQUAL(e[0].node, NODE_NONE);
    CU_ASSERT_EQUAL(e[1].node, 1);
    CU_ASSERT_EQUAL(e[2].node, 2);
    CU_ASSERT_EQUAL(text_size(&e[2].id), 1);
    CU_ASSERT_EQUAL(e[3].node, NODE_NONE);
    CU_ASSERT_EQUAL(e[4].node, 0);
    CU_ASSERT_EQUAL(e[5].members.count, 2);
    CU_ASSERT_EQUAL(e[5].members.nodes[1], 2);
    CU_ASSERT_EQUAL(e[5].node, 1);
    CU_ASSERT_EQUAL(e[6].node, 1);
    CU_ASSERT_EQUAL(e[6].column, 7);
    CU_ASSERT_STRING_EQUAL(e[6].text, "expect owner 7 n2");
    plan_close(&plan);
}

static void totals_are_compared_with_a_number(void)
{
    static const struct {
        const char *text;
        uint32_t total;
        enum compare compare;
        uint64_t count;
    } totals[] = {
        {"expect errors 0", TOTAL_ERRORS, COMPARE_EQUAL, 0},
        {"expect duplicates = 2", TOTAL_DUPLICATES, COMPARE_EQUAL, 2},
        {"expect loads < 100", TOTAL_LOADS, COMPARE_LESS, 100},
        {"expect requests >= 18446744073709551615", TOTAL_REQUESTS, COMPARE_AT_LEAST, UINT64_MAX},
        {"expect fallbacks > 5", TOTAL_FALLBACKS, COMPARE_MORE, 5},
        {"expect messages <= 5", TOTAL_MESSAGES, COMPARE_AT_MOST, 5},
        {"expect dropped 1", TOTAL_DROPPED, COMPARE_EQUAL, 1},
        {"expect started 1", TOTAL_STARTED, COMPARE_EQUAL, 1},
        {"expect expired 1", TOTAL_EXPIRED, COMPARE_EQUAL, 1},
        {"expect lost 1", TOTAL_LOST, COMPARE_EQUAL, 1},
        {"expect ok 10", TOTAL_OK, COMPARE_EQUAL, 10},
        {"expect ok > 10", TOTAL_OK, COMPARE_MORE, 10},
        {"expect timeout 0", TOTAL_OUTCOME + OUTCOME_TIMEOUT, COMPARE_EQUAL, 0},
        {"expect caller-lost < 9", TOTAL_OUTCOME + OUTCOME_CALLER_LOST, COMPARE_LESS, 9},
        {"expect stopping 3", TOTAL_OUTCOME + OUTCOME_STOPPING, COMPARE_EQUAL, 3},
        {"expect unavailable > 0", TOTAL_OUTCOME + OUTCOME_UNAVAILABLE, COMPARE_MORE, 0},
    };
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        struct plan plan;
        struct expectation e = only(&plan, totals[i].text);
        CU_ASSERT_EQUAL(e.kind, EXPECT_TOTAL);
        CU_ASSERT_EQUAL(e.total, totals[i].total);
        CU_ASSERT_EQUAL(e.compare, totals[i].compare);
        CU_ASSERT_EQUAL(e.count, totals[i].count);
        CU_ASSERT_STRING_EQUAL(e.text, totals[i].text);
        CU_ASSERT_EQUAL(plan.actions_count, 0);
        plan_close(&plan);
    }
}

static void a_share_of_answers_is_a_least_one(void)
{
    struct plan plan;
    struct expectation e = only(&plan, "expect ok 99.5%");
    CU_ASSERT_EQUAL(e.kind, EXPECT_OK_SHARE);
    CU_ASSERT_EQUAL(e.compare, COMPARE_AT_LEAST);
    CU_ASSERT_EQUAL(e.share_ppb, 995000000);
    plan_close(&plan);
    e = only(&plan, "expect ok < 100%");
    CU_ASSERT_EQUAL(e.kind, EXPECT_OK_SHARE);
    CU_ASSERT_EQUAL(e.compare, COMPARE_LESS);
    CU_ASSERT_EQUAL(e.share_ppb, 1000000000);
    plan_close(&plan);
}

static void latencies_are_judged_at_a_percentile(void)
{
    static const struct {
        const char *text;
        uint32_t ppm;
    } latencies[] = {{"expect latency p50 < 20ms", 500000},
                     {"expect latency p90 < 20ms", 900000},
                     {"expect latency p99 < 20ms", 990000},
                     {"expect latency p99.9 < 20ms", 999000},
                     {"expect latency max < 20ms", 1000000}};
    for (size_t i = 0; i < sizeof latencies / sizeof *latencies; i++) {
        struct plan plan;
        struct expectation e = only(&plan, latencies[i].text);
        CU_ASSERT_EQUAL(e.kind, EXPECT_LATENCY);
        CU_ASSERT_EQUAL(e.percentile_ppm, latencies[i].ppm);
        CU_ASSERT_EQUAL(e.compare, COMPARE_LESS);
        CU_ASSERT_EQUAL(e.bound_ns, 20 * NS_PER_MS);
        plan_close(&plan);
    }
}

static void always_sometimes_and_eventually_are_of_the_whole_run(void)
{
    struct plan plan = parsed("always one-worker\nsometimes duplicate\nsometimes fallback\n"
                              "sometimes dropped\nsometimes lost\nsometimes overloaded\n"
                              "eventually one-worker within 6s");
    static const uint32_t totals[] = {0,
                                      TOTAL_DUPLICATES,
                                      TOTAL_FALLBACKS,
                                      TOTAL_DROPPED,
                                      TOTAL_LOST,
                                      TOTAL_OUTCOME + OUTCOME_OVERLOADED};
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 7);
    const struct expectation *e = plan.expectations;
    CU_ASSERT_EQUAL(e[0].kind, EXPECT_ALWAYS_ONE);
    for (int i = 1; i < 6; i++) {
        CU_ASSERT_EQUAL(e[i].kind, EXPECT_SOMETIMES);
        CU_ASSERT_EQUAL(e[i].total, totals[i]);
    }
    CU_ASSERT_EQUAL(e[6].kind, EXPECT_EVENTUALLY_ONE);
    CU_ASSERT_EQUAL(e[6].bound_ns, 6 * NS_PER_S);
    CU_ASSERT_EQUAL(plan.actions_count, 0);
    plan_close(&plan);
}

static void a_name_whose_line_is_wrong_gets_one_diagnostic(void)
{
    diagnostic_is("request 1 as a from n9\nexpect a ok\nexpect a.3 = a.4\nexpect a = a", 1, 21,
                  "n9: the scenario has 3 nodes (n1..n3)");
}

static void wrong_expectations_get_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"expect", 1, 7,
         "expect: want what should hold, as in: expect a ok, expect workers 4, expect errors 0"},
        {"expect a ok", 1, 8, "expect: no line before this one names a reply 'a'"},
        {"expect duplicate 0", 1, 8,
         "expect: no line before this one names a reply 'duplicate'; did you mean 'duplicates'?"},
        {"request 1 as a\nexpect a", 2, 9, "want ok, fails, from, not from, within, = or !="},
        {"request 1 as a\nexpect a okay", 2, 10,
         "'okay': want ok, fails, from, not from, within, = or !="},
        {"request 1 as a\nexpect a fial", 2, 10,
         "'fial': want ok, fails, from, not from, within, = or !="},
        {"request 1 as a\nexpect a fails ok", 2, 16,
         "fails 'ok': want timeout, owner-lost, caller-lost, unreachable, overloaded, load-failed, "
         "stopping, unavailable or work-failed"},
        {"request 1 as a\nexpect a fails timeuot", 2, 16,
         "fails 'timeuot': want timeout, owner-lost, caller-lost, unreachable, overloaded, "
         "load-failed, stopping, unavailable or work-failed; did you mean 'timeout'?"},
        {"request 1 as a\nexpect a from n4", 2, 15, "n4: the scenario has 3 nodes (n1..n3)"},
        {"request 1 as a\nexpect a within", 2, 16, "within: want a duration, such as 5s"},
        {"request 1 as a\nexpect a = ", 2, 12, "want the name of another reply"},
        {"request 1 as a\nexpect a != b", 2, 13, "no line before this one names a reply 'b'"},
        {"request 1 as a\nrequest 1 2 as b\nexpect a = b", 3, 12,
         "'b' is 2 replies, and what it is compared with 1"},
        {"request 1 as a\nexpect a.1 ok", 2, 8, "'a.1': a is a single reply"},
        {"request 1 2 as a\nexpect a.3 ok", 2, 8, "'a.3': the replies are a.1..a.2"},
        {"request 1 2 as a\nexpect a.0 ok", 2, 8, "'a.0': the replies are a.1..a.2"},
        {"request 1 2 as a\nexpect a.x ok", 2, 8, "'a.x': the replies are a.1..a.2"},
        {"request 1 as a\nexpect a ok ok", 2, 13,
         "'ok' makes no sense here; the form is: expect a ok"},
        {"trace workers\nrequest 1 as a\nexpect a ok", 3, 8,
         "'a': single replies are judged under 'trace all' only"},
        {"trace off\nrequest 1 as a\nexpect a ok", 3, 8,
         "'a': single replies are judged under 'trace all' only"},
        {"expect workers", 1, 15, "workers: want a whole number of 0..2^64-1"},
        {"expect workers four", 1, 16, "workers 'four': want a whole number of 0..2^64-1"},
        {"expect workers 4 in n2", 1, 18,
         "'in' makes no sense here; the form is: expect workers 4 [on n2]"},
        {"expect workers 4 on", 1, 20, "on: want a node, such as n1"},
        {"expect worker", 1, 14, "worker: want an id, such as 7"},
        {"expect worker 7 on n9", 1, 20, "n9: the scenario has 3 nodes (n1..n3)"},
        {"expect no", 1, 10, "no: want 'worker' and an id, as in: expect no worker 7"},
        {"expect no workers", 1, 11, "want 'no worker ID', or 'workers 0' for none at all"},
        {"expect members n1", 1, 18,
         "members: want 'on' and a node, as in: expect members n1,n2 on n1"},
        {"expect owner 7", 1, 15, "owner: want a node, such as n1"},
        {"expect errors", 1, 14, "errors: want a whole number of 0..2^64-1"},
        {"expect errors none", 1, 15, "errors 'none': want a whole number of 0..2^64-1"},
        {"expect loads <100", 1, 14, "'<100': want <, <=, =, >= or > with blanks round it"},
        {"expect loads == 100", 1, 14, "'==': want <, <=, =, >= or > with blanks round it"},
        {"expect ok", 1, 10, "ok: want a share of 0%..100%, such as 0.5%"},
        {"expect ok 101%", 1, 11, "ok '101%': want a share of 0%..100%, such as 0.5%"},
        {"expect ok ! 99%", 1, 11, "'!': want <, <=, =, >= or > with blanks round it"},
        {"expect latency", 1, 15, "latency: want p50, p90, p99, p99.9 or max"},
        {"expect latency p95 < 20ms", 1, 16, "latency 'p95': want p50, p90, p99, p99.9 or max"},
        {"expect latency p99 20ms", 1, 20,
         "latency '20ms': want <, <=, =, >= or > with blanks round it"},
        {"expect latency p99 < 20", 1, 22,
         "latency '20': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"always", 1, 7,
         "always: want one-worker, members n1,n2 on all, workers 4, worker 7, no worker 7 or owner "
         "7 n2"},
        {"always one-wroker", 1, 8,
         "always 'one-wroker': want one-worker, members n1,n2 on all, workers 4, worker 7, no "
         "worker 7 or owner 7 n2; did you mean 'one-worker'?"},
        {"sometimes", 1, 10,
         "sometimes: want duplicate, fallback, dropped, lost or a way to fail, such as timeout; or "
         "a state, such as worker 7 on n2 or each worker 7"},
        {"sometimes ok", 1, 11,
         "sometimes 'ok': want duplicate, fallback, dropped, lost or a way to fail, such as "
         "timeout; or a state, such as worker 7 on n2 or each worker 7"},
        {"sometimes duplicates", 1, 11,
         "sometimes 'duplicates': want duplicate, fallback, dropped, lost or a way to fail, such "
         "as timeout; or a state, such as worker 7 on n2 or each worker 7; did you mean "
         "'duplicate'?"},
        {"sometimes rain", 1, 11,
         "sometimes 'rain': want duplicate, fallback, dropped, lost or a way to fail, such as "
         "timeout; or a state, such as worker 7 on n2 or each worker 7"},
        {"eventually one-worker", 1, 22,
         "eventually: want 'within' and a duration, such as within 6s"},
        {"eventually one-worker within 0s", 1, 30,
         "within '0s': want a duration above zero, such as 5s"},
        {"eventually one-worker in 6s", 1, 23,
         "eventually 'in': want 'within' and a duration, such as within 6s"},
        {"expect errors 0 0", 1, 17,
         "'0' makes no sense here; the form is: expect errors 0 [on n2] [id 7] [from 3s to 5s]"},
        {"always one-worker now", 1, 19,
         "'now' makes no sense here; the form is: always one-worker"},
        {"expect no worker", 1, 17, "worker: want an id, such as 7"},
        {"expect owner", 1, 13, "owner: want an id, such as 7"},
        {"expect members", 1, 15, "members: want a node, such as n1"},
        {"expect a.1 ok", 1, 8, "expect: no line before this one names a reply 'a.1'"},
        {"request 1 as a\nexpect a = a.1", 2, 12, "'a.1': a is a single reply"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void a_reply_fails_anyhow_or_in_one_way_and_perhaps_soon(void)
{
    struct plan plan = parsed("request 1 as a\nexpect a fails\nexpect a fails timeout within 50ms\n"
                              "expect a fails within 1s\nexpect a not from n2\n");
    const struct expectation *e = plan.expectations;
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 4);
    CU_ASSERT_EQUAL(e[0].kind, EXPECT_REPLY_FAILS);
    CU_ASSERT_EQUAL(e[0].outcome, OUTCOME_VALUE);
    CU_ASSERT_EQUAL(e[0].bound_ns, 0);
    CU_ASSERT_EQUAL(e[1].outcome, OUTCOME_TIMEOUT);
    CU_ASSERT_EQUAL(e[1].bound_ns, 50 * NS_PER_MS);
    CU_ASSERT_EQUAL(e[2].outcome, OUTCOME_VALUE);
    CU_ASSERT_EQUAL(e[2].bound_ns, NS_PER_S);
    CU_ASSERT_EQUAL(e[3].kind, EXPECT_REPLY_NOT_FROM);
    CU_ASSERT_EQUAL(e[3].node, 1);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"request 1 as a\nexpect a = a", 2, 12, "'a' is compared with itself"},
        {"request 1 2 as a\nexpect a.1 != a.1", 2, 15, "'a.1' is compared with itself"},
        {"request 1 as a\nexpect a not n2", 2, 14,
         "not 'n2': want 'from' and a node, as in: not from n2"},
        {"request 1 as a\nexpect a fails within 0s", 2, 23,
         "within '0s': want a duration above zero, such as 5s"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void totals_can_be_of_a_node_an_id_and_a_span(void)
{
    struct plan plan = parsed("expect errors 0\nexpect loads < 3 on n2 id \"a b\" from 3s to 5s\n"
                              "expect ok 99% from 1s to 2s\nexpect ok >= 3 id 7\n"
                              "expect latency p99 < 20ms on n3\nexpect duplicate-time < 2s id 7\n"
                              "expect loads-at-once <= 8 on n1\nexpect moved > 0 from 3s\n");
    const struct expectation *e = plan.expectations;
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 8);
    CU_ASSERT_EQUAL(e[0].of.node, NODE_NONE);
    CU_ASSERT_FALSE(e[0].of.of_id);
    CU_ASSERT_EQUAL(e[0].of.from_ns, 0);
    CU_ASSERT_EQUAL(e[0].of.to_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(e[1].of.node, 1);
    CU_ASSERT_TRUE(e[1].of.of_id);
    CU_ASSERT_EQUAL(text_size(&e[1].of.id), 3);
    CU_ASSERT_EQUAL(e[1].of.from_ns, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(e[1].of.to_ns, 5 * NS_PER_S);
    CU_ASSERT_EQUAL(e[2].of.to_ns, 2 * NS_PER_S);
    CU_ASSERT_TRUE(e[3].of.of_id);
    CU_ASSERT_EQUAL(e[4].of.node, 2);
    CU_ASSERT_EQUAL(e[5].kind, EXPECT_DUPLICATE_TIME);
    CU_ASSERT_EQUAL(e[5].compare, COMPARE_LESS);
    CU_ASSERT_EQUAL(e[5].bound_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(e[6].total, TOTAL_LOADS_AT_ONCE);
    CU_ASSERT_EQUAL(e[7].total, TOTAL_MOVED);
    CU_ASSERT_EQUAL(e[7].of.from_ns, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(e[7].of.to_ns, TIME_NEVER);
    CU_ASSERT_TRUE(e[7].of.of_span);
    CU_ASSERT_FALSE(e[0].of.of_span);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"expect errors 0 on n2 on n1", 1, 23, "'on' stands here twice"},
        {"expect errors 0 from 3s until 5s", 1, 25,
         "'until' makes no sense here; the form is: expect errors 0 [on n2] [id 7] [from 3s to "
         "5s]"},
        {"expect errors 0 from 3s to 3s", 1, 28,
         "to '3s': want a time after the one at which the span begins"},
        {"expect errors 0 within 3s", 1, 17,
         "'within' makes no sense here; the form is: expect errors 0 [on n2] [id 7] [from 3s to "
         "5s]"},
        {"expect duplicate-time 2s", 1, 23,
         "duplicate-time '2s': want <, <=, =, >= or > with blanks round it"},
    };
    DIAGNOSTICS_ARE(wrong);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics_about("expect foo < 3", NULL),
                                  "1:8: error: expect: 'foo' is neither a reply that a line before "
                                  "this one names, nor is it counted; these are: requests, ok, "));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(diagnostics_about("expect lods < 3", NULL), "; did you mean 'loads'?"));
}

static void states_hold_always_sometimes_or_eventually(void)
{
    struct plan plan = parsed("always members n1,n2 on all\nat 2s always no worker 7\n"
                              "always workers 4 on n2 from 5s to 8s\nsometimes worker 7 on n2\n"
                              "eventually members n1,n2 on n1,n2 within 6s\n"
                              "eventually owner 7 n2 within 3s\nexpect members n3 on others\n");
    const struct expectation *e = plan.expectations;
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 7);
    CU_ASSERT_EQUAL(plan.actions_count, 1);
    CU_ASSERT_EQUAL(e[0].kind, EXPECT_ALWAYS);
    CU_ASSERT_EQUAL(e[0].state, EXPECT_MEMBERS);
    CU_ASSERT_EQUAL(e[0].members.count, 2);
    CU_ASSERT_EQUAL(e[0].on.count, 3);
    CU_ASSERT_EQUAL(e[0].node, NODE_NONE);
    CU_ASSERT_EQUAL(e[0].of.from_ns, 0);
    CU_ASSERT_EQUAL(e[1].state, EXPECT_NO_WORKER);
    CU_ASSERT_EQUAL(e[1].of.from_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(e[1].of.to_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(e[2].state, EXPECT_WORKERS);
    CU_ASSERT_EQUAL(e[2].compare, COMPARE_EQUAL);
    CU_ASSERT_EQUAL(e[2].node, 1);
    CU_ASSERT_EQUAL(e[2].of.to_ns, 8 * NS_PER_S);
    CU_ASSERT_EQUAL(e[3].kind, EXPECT_SOMETIMES_STATE);
    CU_ASSERT_EQUAL(e[3].state, EXPECT_WORKER);
    CU_ASSERT_EQUAL(e[4].kind, EXPECT_EVENTUALLY);
    CU_ASSERT_EQUAL(e[4].bound_ns, 6 * NS_PER_S);
    CU_ASSERT_EQUAL(e[4].on.count, 2);
    CU_ASSERT_EQUAL(e[5].state, EXPECT_OWNER);
    CU_ASSERT_EQUAL(e[5].node, 1);
    CU_ASSERT_EQUAL(e[6].on.count, 2);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"always members n1 on n9", 1, 22, "n9: the scenario has 3 nodes (n1..n3)"},
        {"always worker 7 within 3s", 1, 17,
         "'within' makes no sense here; the form is: always worker 7 [on n2] [from 3s to 5s]"},
        {"eventually worker 7", 1, 20,
         "eventually: want 'within' and a duration, such as within 6s"},
        {"every 1s always worker 7 until 5s", 1, 10,
         "this is judged once, so it can't stand under 'every'"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void a_state_of_each_node_names_none(void)
{
    struct plan plan = parsed("sometimes each worker 7\nat 2s sometimes each owner 7\n"
                              "sometimes each workers 4 from 3s to 5s\n"
                              "sometimes each no worker 7\nsometimes worker 7\n");
    const struct expectation *e = plan.expectations;
    static const enum expectation_kind states[] = {EXPECT_WORKER, EXPECT_OWNER, EXPECT_WORKERS,
                                                   EXPECT_NO_WORKER, EXPECT_WORKER};
    CU_ASSERT_EQUAL_FATAL(plan.expectations_count, 5);
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(e[i].kind, EXPECT_SOMETIMES_STATE);
        CU_ASSERT_EQUAL(e[i].state, states[i]);
        CU_ASSERT_EQUAL(e[i].each, i < 4);
        CU_ASSERT_EQUAL(e[i].node, NODE_NONE);
    }
    CU_ASSERT_EQUAL(e[1].of.from_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(e[2].of.to_ns, 5 * NS_PER_S);
    CU_ASSERT_EQUAL(e[2].compare, COMPARE_EQUAL);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"sometimes each", 1, 15, "each: want worker 7, no worker 7, workers 4 or owner 7"},
        {"sometimes each members n1", 1, 16,
         "each 'members': want worker 7, no worker 7, workers 4 or owner 7"},
        {"sometimes each wroker 7", 1, 16,
         "each 'wroker': want worker 7, no worker 7, workers 4 or owner 7; did you mean "
         "'worker'?"},
        {"sometimes each no worker 7 on n2", 1, 16,
         "each: this is of every node, so it takes no 'on'"},
        {"sometimes each owner 7 n2", 1, 24,
         "'n2' makes no sense here; the form is: sometimes each owner 7 [from 3s to 5s]"},
    };
    DIAGNOSTICS_ARE(wrong);
}

SUITE(scenario_parse_expect, TEST(a_name_stands_for_all_its_replies_or_for_one),
      TEST(replies_are_compared_pairwise), TEST(what_is_judged_at_the_cursor_is_an_action_too),
      TEST(totals_are_compared_with_a_number), TEST(a_share_of_answers_is_a_least_one),
      TEST(latencies_are_judged_at_a_percentile),
      TEST(always_sometimes_and_eventually_are_of_the_whole_run),
      TEST(a_name_whose_line_is_wrong_gets_one_diagnostic),
      TEST(wrong_expectations_get_a_diagnostic),
      TEST(a_reply_fails_anyhow_or_in_one_way_and_perhaps_soon),
      TEST(totals_can_be_of_a_node_an_id_and_a_span),
      TEST(states_hold_always_sometimes_or_eventually), TEST(a_state_of_each_node_names_none));
