/* The cursor, faults and other actions that are no requests. */
#include "support/parsed.h"
#include "support/suite.h"

static void at_sets_the_cursor_and_wait_moves_it_on(void)
{
    struct plan plan =
        parsed("heal\nat 1s heal\nheal\nwait 500ms\nheal\nwait 1s heal\nat 2500ms\nheal");
    static const int64_t at_ms[] = {0, 1000, 1000, 1500, 2500, 2500};
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 6);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(plan.actions[i].at_ns, at_ms[i] * NS_PER_MS);
    plan_close(&plan);
}

static void an_action_knows_its_place_and_its_words(void)
{
    struct plan plan = parsed("# nothing\n\n  at 1s \t crash  n2 for 2s   # why\n");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 1);
    CU_ASSERT_EQUAL(plan.actions[0].line, 3);
    CU_ASSERT_EQUAL(plan.actions[0].column, 11);
    CU_ASSERT_STRING_EQUAL(plan.actions[0].text, "crash  n2 for 2s");
    CU_ASSERT_FALSE(plan.actions[0].initial);
    plan_close(&plan);
}

static void faults_name_nodes_and_how_long_they_last(void)
{
    struct plan plan = parsed("connect\nconnect n2\ncrash n3,n1 for 2s\nrestart n2\n"
                              "freeze any may miss\nthaw all\nleave n1 may miss\njoin n1\n"
                              "crash n1 for 1ns may miss");
    static const enum action_kind kinds[] = {ACTION_CONNECT, ACTION_CONNECT, ACTION_CRASH,
                                             ACTION_RESTART, ACTION_FREEZE,  ACTION_THAW,
                                             ACTION_LEAVE,   ACTION_JOIN,    ACTION_CRASH};
    static const bool may_miss[] = {false, false, false, false, true, false, true, false, true};
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 9);
    const struct action *a = plan.actions;
    for (int i = 0; i < 9; i++) {
        CU_ASSERT_EQUAL(a[i].kind, kinds[i]);
        CU_ASSERT_EQUAL(a[i].may_miss, may_miss[i]);
    }
    CU_ASSERT_EQUAL(a[0].nodes.count, 3);
    CU_ASSERT_EQUAL(a[1].nodes.count, 1);
    CU_ASSERT_EQUAL(a[2].nodes.count, 2);
    CU_ASSERT_EQUAL(a[2].nodes.nodes[0], 0);
    CU_ASSERT_EQUAL(a[2].nodes.nodes[1], 2);
    CU_ASSERT_EQUAL(a[2].for_ns, 2 * NS_PER_S);
    CU_ASSERT_TRUE(a[4].nodes.any);
    CU_ASSERT_EQUAL(a[4].nodes.count, 0);
    CU_ASSERT_EQUAL(a[4].for_ns, 0);
    CU_ASSERT_EQUAL(a[5].nodes.count, 3);
    CU_ASSERT_EQUAL(a[8].for_ns, 1);
    plan_close(&plan);
}

static void links_are_cut_one_way_or_both(void)
{
    struct plan plan = parsed("cut n1 -> n2 for 1s\ncut n1 <-> n2,n3 may miss\ncut all -> any");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 3);
    const struct action *a = plan.actions;
    CU_ASSERT_FALSE(a[0].as.link.both);
    CU_ASSERT_EQUAL(a[0].as.link.from.nodes[0], 0);
    CU_ASSERT_EQUAL(a[0].as.link.to.nodes[0], 1);
    CU_ASSERT_EQUAL(a[0].for_ns, NS_PER_S);
    CU_ASSERT_TRUE(a[1].as.link.both);
    CU_ASSERT_EQUAL(a[1].as.link.to.count, 2);
    CU_ASSERT_TRUE(a[1].may_miss);
    CU_ASSERT_EQUAL(a[2].as.link.from.count, 3);
    CU_ASSERT_TRUE(a[2].as.link.to.any);
    plan_close(&plan);
}

static void a_partition_has_its_groups(void)
{
    struct plan plan =
        parsed("nodes 5\npartition n1,n2 | n3 | n5,n4 for 5s may miss\nheal may miss");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 2);
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL_FATAL(a[0].as.partition.count, 3);
    CU_ASSERT_EQUAL(a[0].as.partition.groups[0].count, 2);
    CU_ASSERT_EQUAL(a[0].as.partition.groups[1].nodes[0], 2);
    CU_ASSERT_EQUAL(a[0].as.partition.groups[2].nodes[0], 3);
    CU_ASSERT_EQUAL(a[0].for_ns, 5 * NS_PER_S);
    CU_ASSERT_TRUE(a[0].may_miss);
    CU_ASSERT_EQUAL(a[1].kind, ACTION_HEAL);
    CU_ASSERT_TRUE(a[1].may_miss);
    plan_close(&plan);
}

static void every_repeats_its_action_from_the_cursor_until_a_time(void)
{
    struct plan plan = parsed("at 2s every 1s crash any for 100ms until 10s may miss\n"
                              "every 5s request 1 2 until 9s\nevery 1s expect workers 0 until 3s\n"
                              "every 1s latency 5ms until 2000000001ns");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 4);
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL(a[0].kind, ACTION_CRASH);
    CU_ASSERT_EQUAL(a[0].at_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(a[0].period_ns, NS_PER_S);
    CU_ASSERT_EQUAL(a[0].until_ns, 10 * NS_PER_S);
    CU_ASSERT_EQUAL(a[0].for_ns, 100 * NS_PER_MS);
    CU_ASSERT_TRUE(a[0].may_miss);
    CU_ASSERT_STRING_EQUAL(a[0].text, "crash any for 100ms may miss");
    CU_ASSERT_EQUAL(a[1].kind, ACTION_REQUEST);
    CU_ASSERT_EQUAL(a[1].as.request.count, 2);
    CU_ASSERT_STRING_EQUAL(a[1].text, "request 1 2");
    CU_ASSERT_EQUAL(a[2].kind, ACTION_EXPECT);
    CU_ASSERT_EQUAL(a[2].period_ns, NS_PER_S);
    CU_ASSERT_EQUAL(a[3].kind, ACTION_LATENCY);
    CU_ASSERT_EQUAL(a[3].until_ns, 2 * NS_PER_S + 1);
    plan_close(&plan);
}

static void what_has_no_until_goes_on_to_the_end_of_a_run_that_has_one(void)
{
    struct plan plan =
        parsed("end 5s\nevery 1s heal\nclients 1 from n1 ids 1\nrequests 1/s from n1 ids 1");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 3);
    CU_ASSERT_EQUAL(plan.actions[0].until_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(plan.actions[1].as.load.until_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(plan.actions[2].as.load.until_ns, TIME_NEVER);
    plan_close(&plan);
}

static void only_what_every_says_is_repeated(void)
{
    struct plan plan = parsed("every 1s heal until 5s\nheal");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 2);
    CU_ASSERT_EQUAL(plan.actions[1].period_ns, 0);
    CU_ASSERT_EQUAL(plan.actions[1].until_ns, 0);
    plan_close(&plan);
}

static void unknown_statements_get_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"lattency 5ms", 1, 1, "'lattency' is no statement; did you mean 'latency'?"},
        {"        lattency 5ms", 1, 9, "'lattency' is no statement; did you mean 'latency'?"},
        {"\tlattency 5ms", 1, 2, "'lattency' is no statement; did you mean 'latency'?"},
        {"Connect", 1, 1, "'Connect' is no statement; did you mean 'connect'?"},
        {"cluster shop", 1, 1, "'cluster' is no statement; a cluster file goes with --cluster"},
        {"kill n2", 1, 1, "'kill' is no statement; did you mean 'crash'?"},
        {"at 1s sleep 1s", 1, 7, "'sleep' is no statement; did you mean 'wait'?"},
        {"frobnicate the cluster", 1, 1, "'frobnicate' is no statement"},
        {"# comment\n\nconnect n1 # tail\nfoo", 4, 1, "'foo' is no statement"},
        {"connect\r\nfoo\r\n", 2, 1, "'foo' is no statement"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void wrong_times_get_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"at", 1, 3, "at: want a duration, such as 5s"},
        {"at 5", 1, 4, "at '5': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"at 5s\nat 4s heal", 2, 4, "at '4s': the cursor is past that time already"},
        {"at 5s at 6s", 1, 7, "'at' can't stand after 'at', 'wait' or 'every'"},
        {"wait 5s wait 6s", 1, 9, "'wait' can't stand after 'at', 'wait' or 'every'"},
        {"wait", 1, 5, "wait: want a duration, such as 5s"},
        {"wait 1000000000s\nwait 1ns", 2, 1, "a run lasts 10^9 seconds at most"},
        {"every", 1, 6, "every: want a duration, such as 5s"},
        {"every 0s heal", 1, 7, "every '0s': want a duration above zero, such as 5s"},
        {"every 1s", 1, 9, "every: want an action, such as 'every 1s request 1'"},
        {"every 1s until 5s", 1, 10, "every: want an action, such as 'every 1s request 1'"},
        {"every 1s heal", 1, 14,
         "every: want 'until TIME', or an 'end' setting: else the run never ends"},
        {"every 1s every 1s heal until 5s", 1, 10, "'every' can't stand under 'every'"},
        {"every 1s at 5s heal until 9s", 1, 10, "'at' can't stand after 'at', 'wait' or 'every'"},
        {"every 1s clients 5 from n1 ids 1 until 9s", 1, 10, "'clients' can't stand under 'every'"},
        {"every 1s requests 5/s from n1 ids 1 until 9s", 1, 10,
         "'requests' can't stand under 'every'"},
        {"at 5s\nevery 1s heal until 5s", 2, 21,
         "until '5s': want a time after the one at which this begins"},
        {"every 1s expect errors 0 until 9s", 1, 10,
         "this is judged once, so it can't stand under 'every'"},
        {"every 1s crash n9 until 5s may miss", 1, 16, "n9: the scenario has 3 nodes (n1..n3)"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void chaos_is_a_kind_a_rate_and_how_long(void)
{
    struct plan plan = parsed("at 1s chaos crash 0.2/s for 1s..3s until 40s\n"
                              "chaos loss 5/s for 2s until 9s may miss\n"
                              "chaos latency  5ms..9ms  5/s for 2s until 9s");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 3);
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL(a[0].kind, ACTION_CHAOS);
    CU_ASSERT_EQUAL(a[0].as.chaos.kind, ACTION_CRASH);
    CU_ASSERT_EQUAL(a[0].as.chaos.per_1000_s, 200);
    CU_ASSERT_EQUAL(a[0].as.chaos.for_least_ns, NS_PER_S);
    CU_ASSERT_EQUAL(a[0].as.chaos.for_most_ns, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(a[0].as.chaos.until_ns, 40 * NS_PER_S);
    CU_ASSERT_FALSE(a[0].may_miss);
    CU_ASSERT_EQUAL(a[1].as.chaos.kind, ACTION_LOSS);
    CU_ASSERT_EQUAL(a[1].as.chaos.ppb, 300000000);
    CU_ASSERT_EQUAL(a[1].as.chaos.for_least_ns, a[1].as.chaos.for_most_ns);
    CU_ASSERT_TRUE(a[1].may_miss);
    CU_ASSERT_EQUAL(a[2].as.chaos.distribution.most_ns, 9 * NS_PER_MS);
    CU_ASSERT_STRING_EQUAL(a[2].as.chaos.value, "5ms..9ms");
    plan_close(&plan);
}

static void wrong_chaos_gets_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"chaos", 1, 6, "chaos: want crash, freeze, cut, partition, latency or loss"},
        {"chaos crush 1/s for 1s until 9s", 1, 7,
         "chaos 'crush': want crash, freeze, cut, partition, latency or loss; did you mean "
         "'crash'?"},
        {"chaos crash for 1s until 9s", 1, 13,
         "chaos 'for': want a rate above zero, such as 200/s"},
        {"chaos crash 1/s until 9s", 1, 17, "chaos: want 'for', such as 'for 1s..3s'"},
        {"chaos crash 1/s for 0s until 9s", 1, 21,
         "for '0s': want a duration above zero, such as 1s..3s"},
        {"chaos crash 1/s for 3s..1s until 9s", 1, 21,
         "for '3s..1s': the first end is above the second one"},
        {"chaos crash 1/s for 1s", 1, 23,
         "chaos: want 'until TIME', or an 'end' setting: else the run never ends"},
        {"chaos loss 5ms 1/s for 1s until 9s", 1, 12,
         "chaos loss '5ms': want a share of 0%..100%, such as 0.5%"},
        {"chaos crash 1/s for 1s until 9s now", 1, 33,
         "'now' makes no sense here; the form is: chaos crash 0.2/s for 1s..3s [until 40s] [may "
         "miss]"},
        {"every 1s chaos crash 1/s for 1s until 9s", 1, 10, "'chaos' can't stand under 'every'"},
        {"nodes 1\nchaos cut 1/s for 1s until 9s", 2, 7,
         "chaos cut: there is one node, and no link"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void wrong_faults_get_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"crash", 1, 6, "crash: want a node, such as n1"},
        {"crash n4", 1, 7, "n4: the scenario has 3 nodes (n1..n3)"},
        {"crash n0", 1, 7, "'n0' is no node; the nodes are n1..n3"},
        {"crash n99999999999999999999", 1, 7,
         "n99999999999999999999: the scenario has 3 nodes (n1..n3)"},
        {"crash 2", 1, 7, "'2' is no node; the nodes are n1..n3; did you mean 'n2'?"},
        {"crash 4", 1, 7, "'4' is no node; the nodes are n1..n3"},
        {"crash n1,n2 n3", 1, 13,
         "'n3' makes no sense here; a list has commas and no blanks: n1,n2,n3"},
        {"crash n2 n3", 1, 10, "'n3' makes no sense here; a list has commas and no blanks: n2,n3"},
        {"crash node2", 1, 7, "'node2' is no node; the nodes are n1..n3"},
        {"crash n1,n2,n1", 1, 13, "n1 is in the list twice"},
        {"crash n1, n2", 1, 7, "'n1,': a list is written without blanks, such as n1,n3"},
        {"crash ,n2", 1, 7, "',n2': a list is written without blanks, such as n1,n3"},
        {"crash n1 fro 2s", 1, 10, "'fro' makes no sense here; did you mean 'for'?"},
        {"crash n1 for", 1, 13, "for: want a duration, such as 5s"},
        {"crash n1 for 0s", 1, 14, "for '0s': want a duration above zero, such as 5s"},
        {"crash n1 for 2s may", 1, 20, "want 'may miss'"},
        {"crash n1 may be", 1, 14, "want 'may miss'"},
        {"crash n1 hard", 1, 10,
         "'hard' makes no sense here; the form is: crash n2 [silently] [for 2s] [may miss]"},
        {"restart n1 for 2s", 1, 12,
         "'for' makes no sense here; the form is: restart n2 [may miss]"},
        {"cut n1", 1, 7, "cut: want '->' or '<->' between the link's ends"},
        {"cut n1 n2", 1, 8, "cut 'n2': want '->' or '<->' between the link's ends"},
        {"cut n1 ->", 1, 10, "cut: want a node, such as n1"},
        {"cut n1 <- n2", 1, 8, "cut '<-': want '->' or '<->' between the link's ends"},
        {"partition n1,n2", 1, 16, "partition: want two groups or more, such as n1,n2 | n3"},
        {"partition n1 | n2,n1", 1, 16, "partition: n1 is in two groups"},
        {"partition n1 | all", 1, 16, "'all' can't stand here: want nodes by name, such as n1,n3"},
        {"partition n1|n2", 1, 11, "'n1|n2': put blanks round '->', '<->' and '|'"},
        {"partition n1 |", 1, 15, "partition: want a node, such as n1"},
        {"heal n1", 1, 6, "'n1' makes no sense here; the form is: heal [may miss]"},
        {"connect n1 n2", 1, 12,
         "'n2' makes no sense here; a list has commas and no blanks: n1,n2"},
        {"nodes 1\ncrash n2", 2, 7, "n2: the scenario has 1 node (n1)"},
        {"nodes 1\ncrash 1", 2, 7, "'1' is no node; the only one is n1"},
        {"crash n1 may miss it", 1, 19,
         "'it' makes no sense here; the form is: crash n2 [silently] [for 2s] [may miss]"},
        {"crash any,n2", 1, 7, "'any' is no node; the nodes are n1..n3"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void nodes_can_be_the_owner_of_an_id_or_the_others(void)
{
    struct plan plan =
        parsed("nodes 4\ncrash owner 7\ncut n1 <-> others\npartition n1 | n3 | others\n"
               "partition owner \"a b\" | others\ncut any -> others\ncrash each\n");
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 6);
    CU_ASSERT_TRUE(a[0].nodes.owner);
    CU_ASSERT_EQUAL(a[0].nodes.count, 0);
    CU_ASSERT_EQUAL(text_bytes(&a[0].nodes.id)[0], '7');
    CU_ASSERT_EQUAL(a[1].as.link.to.count, 3);
    CU_ASSERT_EQUAL(a[1].as.link.to.nodes[0], 1);
    CU_ASSERT_FALSE(a[1].as.link.to.others);
    CU_ASSERT_EQUAL(a[2].as.partition.groups[2].count, 2);
    CU_ASSERT_EQUAL(a[2].as.partition.groups[2].nodes[0], 1);
    CU_ASSERT_EQUAL(a[2].as.partition.groups[2].nodes[1], 3);
    CU_ASSERT_TRUE(a[3].as.partition.groups[0].owner);
    CU_ASSERT_EQUAL(text_size(&a[3].as.partition.groups[0].id), 3);
    CU_ASSERT_TRUE(a[3].as.partition.groups[1].others);
    CU_ASSERT_EQUAL(a[3].as.partition.groups[1].count, 0);
    CU_ASSERT_TRUE(a[4].as.link.from.any);
    CU_ASSERT_TRUE(a[4].as.link.to.others);
    CU_ASSERT_EQUAL(a[5].nodes.count, 4);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"crash others", 1, 7,
         "'others' are all but the nodes named before it on the line, as in: partition n1 | "
         "others"},
        {"cut all -> others", 1, 12, "'others': no node is left"},
        {"partition n1,n2,n3 | others", 1, 22, "'others': no node is left"},
        {"partition others | n1", 1, 11, "partition: 'others' is the last group"},
        {"partition any | n1", 1, 11, "partition: 'any' has 'others' as the other group"},
        {"partition n1 | owner 7", 1, 16, "partition: 'owner' has 'others' as the other group"},
        {"crash owner", 1, 12, "owner: want an id, such as 7"},
        {"crash owner n2", 1, 13, "owner: 'n2' is a node's name; as an id it is written \"n2\""},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void a_crash_can_be_silent_and_a_restart_roll(void)
{
    struct plan plan = parsed("crash n1 silently for 2s\ncrash n2\nrolling restart n1,n3 pause 2s\n"
                              "rolling restart all may miss\n");
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 4);
    CU_ASSERT_TRUE(a[0].silently);
    CU_ASSERT_EQUAL(a[0].for_ns, 2 * NS_PER_S);
    CU_ASSERT_FALSE(a[1].silently);
    CU_ASSERT_EQUAL(a[2].kind, ACTION_ROLLING);
    CU_ASSERT_EQUAL(a[2].nodes.count, 2);
    CU_ASSERT_EQUAL(a[2].pause_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(a[3].pause_ns, 0);
    CU_ASSERT_TRUE(a[3].may_miss);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"crash n1 silent", 1, 10, "'silent' makes no sense here; did you mean 'silently'?"},
        {"freeze n1 silently", 1, 11,
         "'silently' makes no sense here; the form is: freeze n2 [for 3s] [may miss]"},
        {"rolling n1", 1, 9, "rolling 'n1': want restart"},
        {"rolling restart all for 2s", 1, 21,
         "'for' makes no sense here; the form is: rolling restart all [pause 2s] [may miss]"},
    };
    DIAGNOSTICS_ARE(wrong);
}

SUITE(scenario_parse_actions, TEST(at_sets_the_cursor_and_wait_moves_it_on),
      TEST(an_action_knows_its_place_and_its_words), TEST(faults_name_nodes_and_how_long_they_last),
      TEST(links_are_cut_one_way_or_both), TEST(a_partition_has_its_groups),
      TEST(every_repeats_its_action_from_the_cursor_until_a_time),
      TEST(what_has_no_until_goes_on_to_the_end_of_a_run_that_has_one),
      TEST(only_what_every_says_is_repeated), TEST(unknown_statements_get_a_diagnostic),
      TEST(wrong_times_get_a_diagnostic), TEST(chaos_is_a_kind_a_rate_and_how_long),
      TEST(wrong_chaos_gets_a_diagnostic), TEST(wrong_faults_get_a_diagnostic),
      TEST(nodes_can_be_the_owner_of_an_id_or_the_others),
      TEST(a_crash_can_be_silent_and_a_restart_roll));
