/* Settings in scenario text: values, defaults, bounds, and what is said of wrong ones. */
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

static void an_empty_scenario_has_the_defaults(void)
{
    struct plan plan = parsed("");
    const struct settings *settings = &plan.settings;
    CU_ASSERT_EQUAL(settings->nodes, 3);
    CU_ASSERT_EQUAL(settings->seed, 1);
    CU_ASSERT_EQUAL(settings->ttl_ns, 5 * NS_PER_S);
    CU_ASSERT_EQUAL(settings->route, ROUTE_MODULO);
    CU_ASSERT_FALSE(settings->expire_idle);
    CU_ASSERT_EQUAL(settings->fallback, FALLBACK_LOCAL);
    CU_ASSERT_EQUAL(settings->timeout_ns, NS_PER_S);
    CU_ASSERT_EQUAL(settings->retry_ns, 400 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->mailbox, 1024);
    CU_ASSERT_EQUAL(settings->held, 100000);
    CU_ASSERT_EQUAL(settings->load.kind, DISTRIBUTION_CONSTANT);
    CU_ASSERT_EQUAL(settings->load.least_ns, 0);
    CU_ASSERT_EQUAL(settings->load_fail_ppb, 0);
    CU_ASSERT_EQUAL(settings->work.least_ns, 0);
    CU_ASSERT_EQUAL(settings->latency.least_ns, NS_PER_MS);
    CU_ASSERT_EQUAL(settings->loss_ppb, 0);
    CU_ASSERT_EQUAL(settings->duplicate_ppb, 0);
    CU_ASSERT_FALSE(settings->reorder);
    CU_ASSERT_FALSE(settings->ties);
    CU_ASSERT_EQUAL(settings->heartbeat_ns, 200 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->suspect_ns, NS_PER_S);
    CU_ASSERT_FALSE(settings->membership_static);
    CU_ASSERT_EQUAL(settings->end_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(settings->trace, TRACE_ALL);
    CU_ASSERT_EQUAL(plan.actions_count, 0);
    CU_ASSERT_STRING_EQUAL(plan.file, "x.txt");
    plan_close(&plan);
}

static void each_setting_sets_its_own_field(void)
{
    struct plan plan = parsed(
        "nodes 7\nseed 18446744073709551615\nttl 30s\nroute rendezvous\nexpire idle\n"
        "fallback none\ntimeout 2s\nretry 300ms\nmailbox 5\nheld 9\nload 20ms..80ms\nload-fail 1%\n"
        "work 1ms..3ms\nlatency 2ms\nloss 0.1%\nduplicate 0.2%\nreorder on\nties "
        "on\nheartbeat 100ms\n"
        "suspect 500ms\nmembership static\nend 30s\ntrace workers\n");
    const struct settings *settings = &plan.settings;
    CU_ASSERT_EQUAL(settings->nodes, 7);
    CU_ASSERT_EQUAL(settings->seed, UINT64_MAX);
    CU_ASSERT_EQUAL(settings->ttl_ns, 30 * NS_PER_S);
    CU_ASSERT_EQUAL(settings->route, ROUTE_RENDEZVOUS);
    CU_ASSERT_TRUE(settings->expire_idle);
    CU_ASSERT_EQUAL(settings->fallback, FALLBACK_NONE);
    CU_ASSERT_EQUAL(settings->timeout_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(settings->retry_ns, 300 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->mailbox, 5);
    CU_ASSERT_EQUAL(settings->held, 9);
    CU_ASSERT_EQUAL(settings->load.kind, DISTRIBUTION_UNIFORM);
    CU_ASSERT_EQUAL(settings->load.least_ns, 20 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->load.most_ns, 80 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->load_fail_ppb, 10000000);
    CU_ASSERT_EQUAL(settings->work.most_ns, 3 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->latency.least_ns, 2 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->loss_ppb, 1000000);
    CU_ASSERT_EQUAL(settings->duplicate_ppb, 2000000);
    CU_ASSERT_TRUE(settings->reorder);
    CU_ASSERT_TRUE(settings->ties);
    CU_ASSERT_EQUAL(settings->heartbeat_ns, 100 * NS_PER_MS);
    CU_ASSERT_EQUAL(settings->suspect_ns, 500 * NS_PER_MS);
    CU_ASSERT_TRUE(settings->membership_static);
    CU_ASSERT_EQUAL(settings->end_ns, 30 * NS_PER_S);
    CU_ASSERT_EQUAL(settings->trace, TRACE_WORKERS);
    CU_ASSERT_EQUAL(plan.actions_count, 0);
    plan_close(&plan);
}

static void the_bounds_of_numbers_are_allowed(void)
{
    struct plan plan = parsed("nodes 1\nmailbox 1\nseed 0\nttl 1ns\nend 1000000000s\nloss 100%");
    CU_ASSERT_EQUAL(plan.settings.nodes, 1);
    CU_ASSERT_EQUAL(plan.settings.mailbox, 1);
    CU_ASSERT_EQUAL(plan.settings.seed, 0);
    CU_ASSERT_EQUAL(plan.settings.ttl_ns, 1);
    CU_ASSERT_EQUAL(plan.settings.end_ns, INT64_C(1000000000) * NS_PER_S);
    CU_ASSERT_EQUAL(plan.settings.loss_ppb, 1000000000);
    plan_close(&plan);
    plan = parsed("nodes 100000\nmailbox 1000000\nretry 5s\ntimeout 1s");
    CU_ASSERT_EQUAL(plan.settings.nodes, 100000);
    CU_ASSERT_EQUAL(plan.settings.mailbox, 1000000);
    CU_ASSERT_TRUE(plan.settings.retry_ns > plan.settings.timeout_ns);
    plan_close(&plan);
}

static void every_route_is_known_by_its_name(void)
{
    for (int route = 0; route < ROUTES_COUNT; route++) {
        char text[64] = "route ";
        strcat(text, route_name((enum route)route));
        struct plan plan = parsed(text);
        CU_ASSERT_EQUAL((int)plan.settings.route, route);
        plan_close(&plan);
    }
}

static void suspect_is_longer_than_heartbeat_by_a_nanosecond_at_least(void)
{
    struct plan plan = parsed("heartbeat 1s\nsuspect 1000000001ns");
    CU_ASSERT_EQUAL(plan.settings.suspect_ns - plan.settings.heartbeat_ns, 1);
    plan_close(&plan);
    diagnostic_is("heartbeat 1s\nsuspect 1s", 2, 1,
                  "'suspect' (1s) must be longer than 'heartbeat' (1s)");
}

static void skewed_laws_have_a_scale_and_a_least(void)
{
    struct plan plan = parsed("latency exp 5ms min 1ms\nload lognormal 8ms 0.5\nwork exp 2ms");
    struct distribution latency = plan.settings.latency, load = plan.settings.load;
    CU_ASSERT_EQUAL(latency.kind, DISTRIBUTION_EXPONENTIAL);
    CU_ASSERT_EQUAL(latency.scale_ns, 5 * NS_PER_MS);
    CU_ASSERT_EQUAL(latency.least_ns, NS_PER_MS);
    CU_ASSERT_EQUAL(load.kind, DISTRIBUTION_LOGNORMAL);
    CU_ASSERT_EQUAL(load.scale_ns, 8 * NS_PER_MS);
    CU_ASSERT_EQUAL(load.sigma_ppm, 500000);
    CU_ASSERT_EQUAL(load.least_ns, 0);
    CU_ASSERT_EQUAL(plan.settings.work.least_ns, 0);
    plan_close(&plan);
}

static void a_link_or_a_clock_set_before_the_run_is_an_initial_action(void)
{
    struct plan plan = parsed("latency n1 -> n5 40ms\nclock n2 +200ppm\nloss n1 <-> n3,n2 5%\n"
                              "clock n3 +15ms\nlatency 2ms\nnodes 5\n");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 4);
    const struct action *a = plan.actions;
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_TRUE(a[i].initial);
        CU_ASSERT_EQUAL(a[i].at_ns, 0);
    }
    CU_ASSERT_EQUAL(a[0].kind, ACTION_LATENCY);
    CU_ASSERT_EQUAL(a[0].as.set.distribution.least_ns, 40 * NS_PER_MS);
    CU_ASSERT_EQUAL(a[0].as.set.link.to.nodes[0], 4);
    CU_ASSERT_FALSE(a[0].as.set.link.both);
    CU_ASSERT_EQUAL(a[1].kind, ACTION_CLOCK);
    CU_ASSERT_TRUE(a[1].as.clock.is_rate);
    CU_ASSERT_EQUAL(a[1].as.clock.rate_ppm, 200);
    CU_ASSERT_EQUAL(a[1].nodes.nodes[0], 1);
    CU_ASSERT_EQUAL(a[2].kind, ACTION_LOSS);
    CU_ASSERT_EQUAL(a[2].as.set.ppb, 50000000);
    CU_ASSERT_TRUE(a[2].as.set.link.both);
    CU_ASSERT_EQUAL(a[2].as.set.link.to.count, 2);
    CU_ASSERT_EQUAL(a[2].as.set.link.to.nodes[0], 1);
    CU_ASSERT_FALSE(a[3].as.clock.is_rate);
    CU_ASSERT_EQUAL(a[3].as.clock.jump_ns, 15 * NS_PER_MS);
    CU_ASSERT_EQUAL(plan.settings.latency.least_ns, 2 * NS_PER_MS);
    plan_close(&plan);
}

static void what_can_change_later_is_an_action_at_the_cursor(void)
{
    struct plan plan =
        parsed("latency 1ms\nat 2s latency 9ms\nat 3s\nload 1ms..2ms\nload-fail 50%\n"
               "work 5ms\nloss 1%\nduplicate 2%\nreorder on\nclock all +1s\n"
               "latency n1 -> all exp 5ms\nload 0ms\n");
    static const enum action_kind kinds[] = {
        ACTION_LATENCY,   ACTION_LOAD,    ACTION_LOAD_FAIL, ACTION_WORK,    ACTION_LOSS,
        ACTION_DUPLICATE, ACTION_REORDER, ACTION_CLOCK,     ACTION_LATENCY, ACTION_LOAD};
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 10);
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(plan.actions[i].kind, kinds[i]);
        CU_ASSERT_EQUAL(plan.actions[i].at_ns, (i == 0 ? 2 : 3) * NS_PER_S);
        CU_ASSERT_FALSE(plan.actions[i].initial);
    }
    CU_ASSERT_EQUAL(plan.settings.latency.least_ns, NS_PER_MS);
    CU_ASSERT_EQUAL(plan.actions[0].as.set.distribution.least_ns, 9 * NS_PER_MS);
    CU_ASSERT_EQUAL(plan.actions[0].as.set.link.from.count, 0);
    CU_ASSERT_EQUAL(plan.actions[2].as.set.ppb, 500000000);
    CU_ASSERT_TRUE(plan.actions[6].as.set.on);
    CU_ASSERT_EQUAL(plan.actions[7].nodes.count, 3);
    CU_ASSERT_EQUAL(plan.actions[8].as.set.link.to.count, 3);
    plan_close(&plan);
}

static void expectations_of_the_whole_run_may_stand_before_settings(void)
{
    struct plan plan = parsed("expect errors 0\nalways one-worker\nttl 3s\n");
    CU_ASSERT_EQUAL(plan.settings.ttl_ns, 3 * NS_PER_S);
    plan_close(&plan);
    diagnostic_is(
        "expect workers 0\nttl 3s", 2, 1,
        "'ttl' holds for the whole run: it must stand before the first action, in line 1");
}

static void a_wrong_number_of_nodes_makes_no_node_wrong(void)
{
    diagnostic_is("nodes 0\nconnect n7", 1, 7, "nodes '0': want a whole number of 1..100000");
}

static void wrong_settings_get_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"ttl", 1, 4, "ttl: want a duration, such as 5s"},
        {"ttl # 5s", 1, 5, "ttl: want a duration, such as 5s"},
        {"ttl 5", 1, 5, "ttl '5': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"ttl 5sec", 1, 5, "ttl '5sec': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"ttl five", 1, 5, "ttl 'five': want a duration, such as 5s"},
        {"ttl -5s", 1, 5, "ttl '-5s': below zero"},
        {"ttl 0s", 1, 5, "ttl '0s': want a duration above zero, such as 5s"},
        {"ttl 0.3ns", 1, 5, "ttl '0.3ns': finer than a nanosecond"},
        {"ttl 1000000001s", 1, 5, "ttl '1000000001s': longer than 10^9 seconds"},
        {"ttl 999999999999999999999999999999999999999999999999999s", 1, 5,
         "ttl '99999999999999999999999999999999…': longer than 10^9 seconds"},
        {"ttl 1.2.3s", 1, 5, "ttl '1.2.3s': want a duration, such as 5s"},
        {"ttl 5s 6s", 1, 8, "'6s' makes no sense here; the form is: ttl 5s [jitter 10%]"},
        {"ttl 5s\nnodes 3\nttl 6s", 3, 1, "'ttl' is set in line 1 already"},
        {"nodes 0", 1, 7, "nodes '0': want a whole number of 1..100000"},
        {"nodes 100001", 1, 7, "nodes '100001': want a whole number of 1..100000"},
        {"nodes -1", 1, 7, "nodes '-1': want a whole number of 1..100000"},
        {"nodes 3.0", 1, 7, "nodes '3.0': want a whole number of 1..100000"},
        {"nodes", 1, 6, "nodes: want a whole number of 1..100000"},
        {"seed 18446744073709551616", 1, 6,
         "seed '18446744073709551616': want a whole number of 0..2^64-1"},
        {"mailbox 0", 1, 9, "mailbox '0': want a whole number of 1..1000000"},
        {"held 0", 1, 6, "held '0': want a whole number of 1..10000000"},
        {"mailbox 1000001", 1, 9, "mailbox '1000001': want a whole number of 1..1000000"},
        {"route modul", 1, 7,
         "route 'modul': want modulo, rendezvous, ring, jump or self-first; did you mean "
         "'modulo'?"},
        {"route fastest", 1, 7,
         "route 'fastest': want modulo, rendezvous, ring, jump or self-first"},
        {"route", 1, 6, "route: want modulo, rendezvous, ring, jump or self-first"},
        {"expire idel", 1, 8, "expire 'idel': want start or idle; did you mean 'idle'?"},
        {"fallback remote", 1, 10, "fallback 'remote': want none, local or owner"},
        {"reorder yes", 1, 9, "reorder 'yes': want off or on"},
        {"membership statik", 1, 12,
         "membership 'statik': want heartbeat or static; did you mean 'static'?"},
        {"trace some", 1, 7, "trace 'some': want all, workers or off"},
        {"end 0s", 1, 5, "end '0s': want a duration above zero, such as 5s"},
        {"loss 5", 1, 6, "loss '5': want a share of 0%..100%, such as 0.5%"},
        {"loss 100.1%", 1, 6, "loss '100.1%': want a share of 0%..100%, such as 0.5%"},
        {"loss 0.00000001%", 1, 6, "loss '0.00000001%': finer than 0.0000001%"},
        {"load-fail", 1, 10, "load-fail: want a share of 0%..100%, such as 0.5%"},
        {"latency 5", 1, 9, "latency '5': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"latency", 1, 8,
         "latency: want 5ms, 1ms..5ms, exp 5ms [min 1ms], lognormal 8ms 0.5 [min 2ms] or from "
         "FILE"},
        {"latency fast", 1, 9,
         "latency 'fast': want 5ms, 1ms..5ms, exp 5ms [min 1ms], lognormal 8ms 0.5 [min 2ms] or "
         "from FILE"},
        {"latency expo 5ms", 1, 9,
         "latency 'expo': want 5ms, 1ms..5ms, exp 5ms [min 1ms], lognormal 8ms 0.5 [min 2ms] or "
         "from FILE; did you mean 'exp'?"},
        {"latency 5ms..1ms", 1, 9, "latency '5ms..1ms': the first end is above the second one"},
        {"latency 1..5ms", 1, 9, "latency '1': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"latency 1ms..5", 1, 14, "latency '5': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"latency exp", 1, 12, "latency: want a duration, such as 5s"},
        {"latency exp 0ms", 1, 13, "latency '0ms': want a duration above zero, such as 5s"},
        {"latency exp 5ms min", 1, 20, "latency: want a duration, such as 5s"},
        {"latency exp 5ms mim 1ms", 1, 17, "'mim' makes no sense here; did you mean 'min'?"},
        {"latency lognormal 8ms", 1, 22, "latency: want a number of 0..10, such as 1.1"},
        {"latency lognormal 8ms 11", 1, 23, "latency '11': want a number of 0..10, such as 1.1"},
        {"latency lognormal 8ms 0.0000001", 1, 23, "latency '0.0000001': finer than 0.000001"},
        {"latency n1 40ms", 1, 12, "latency '40ms': want '->' or '<->' between the link's ends"},
        {"latency n1 -> n1 40ms", 1, 15, "n1: a node has no link to itself"},
        {"latency n1 -> n9 40ms", 1, 15, "n9: the scenario has 3 nodes (n1..n3)"},
        {"loss n1->n2 5%", 1, 6, "'n1->n2': put blanks round '->', '<->' and '|'"},
        {"loss n1 <-> n2", 1, 15, "loss: want a share of 0%..100%, such as 0.5%"},
        {"clock", 1, 6, "clock: want a node, such as n1"},
        {"clock n2", 1, 9, "clock: want an offset or a rate, such as +15ms or -200ppm"},
        {"clock n2 15ms", 1, 10,
         "clock '15ms': want an offset or a rate, such as +15ms or -200ppm"},
        {"clock n2 +200 ppm", 1, 10,
         "clock '+200': want a unit: ns, us, ms, s, m or h, such as 5s"},
        {"clock n2 +500001ppm", 1, 10,
         "clock '+500001ppm': want a whole rate of -500000ppm..+500000ppm"},
        {"clock n2 +1.5ppm", 1, 10, "clock '+1.5ppm': want a whole rate of -500000ppm..+500000ppm"},
        {"heartbeat 2s", 1, 1, "'suspect' (1s) must be longer than 'heartbeat' (2s)"},
        {"suspect 100ms", 1, 1, "'suspect' (100ms) must be longer than 'heartbeat' (200ms)"},
        {"suspect 2s\nheartbeat 2s\nend 5s", 2, 1,
         "'suspect' (2s) must be longer than 'heartbeat' (2s)"},
        {"connect\nttl 5s", 2, 1,
         "'ttl' holds for the whole run: it must stand before the first action, in line 1"},
        {"at 0s ttl 5s", 1, 7,
         "'ttl' holds for the whole run: it must stand before the first action, in line 1"},
        {"latency n1 -> n2 1ms 2ms", 1, 22,
         "'2ms' makes no sense here; the form is: latency [n1 -> n2] 1ms..5ms [for 2s]"},
        {"connect\nlatency 1ms 2ms", 2, 13,
         "'2ms' makes no sense here; the form is: latency [n1 -> n2] 1ms..5ms [for 2s]"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void newer_settings_set_their_own_fields_and_have_quiet_defaults(void)
{
    struct plan plan = parsed("");
    CU_ASSERT_EQUAL(plan.settings.ttl_jitter_ppb, 0);
    CU_ASSERT_EQUAL(plan.settings.fail_ttl_ns, 0);
    CU_ASSERT_EQUAL(plan.settings.load_at_once, 0);
    CU_ASSERT_EQUAL(plan.settings.memory_limit, 0);
    CU_ASSERT_EQUAL(plan.settings.absent.count, 0);
    plan_close(&plan);
    plan = parsed("absent n5,n4\nnodes 5\nttl 3s jitter 10%\nfallback owner\nfail-ttl 1s\n"
                  "load-at-once 64\nlimit memory 8G");
    CU_ASSERT_EQUAL(plan.settings.ttl_ns, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(plan.settings.ttl_jitter_ppb, 100000000);
    CU_ASSERT_EQUAL(plan.settings.fallback, FALLBACK_OWNER);
    CU_ASSERT_EQUAL(plan.settings.fail_ttl_ns, NS_PER_S);
    CU_ASSERT_EQUAL(plan.settings.load_at_once, 64);
    CU_ASSERT_EQUAL(plan.settings.memory_limit, UINT64_C(8) << 30);
    CU_ASSERT_EQUAL_FATAL(plan.settings.absent.count, 2);
    CU_ASSERT_EQUAL(plan.settings.absent.nodes[0], 3);
    plan_close(&plan);
}

static void end_may_stand_anywhere_once(void)
{
    struct plan plan = parsed("connect\nat 1s every 1s request 1\nclients 1 from n1 ids 1\nend 3s\n"
                              "at 3s heal\n");
    CU_ASSERT_EQUAL(plan.settings.end_ns, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(plan.actions[1].until_ns, TIME_NEVER);
    CU_ASSERT_FALSE(plan.actions[3].initial);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"end 3s\nconnect\nend 4s", 3, 1, "'end' is set in line 1 already"},
        {"at 1s end 3s", 1, 7, "'end' has a line of its own, such as 'end 30s'"},
        {"every 1s end 3s until 2s", 1, 10, "'end' has a line of its own, such as 'end 30s'"},
        {"connect\nend 0s", 2, 5, "end '0s': want a duration above zero, such as 5s"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void what_can_not_come_about_before_the_end_is_wrong(void)
{
    static const struct wrong wrong[] = {
        {"end 1s\nat 1000000001ns expect workers 9", 2, 17,
         "this can't come about: it is at 1.000000001s, and the run ends at 1s (line 1)"},
        {"at 2s\nheal\nend 1s", 2, 1,
         "this can't come about: it is at 2s, and the run ends at 1s (line 3)"},
        {"at 2s every 1s request 1 until 9s\nend 1s", 1, 16,
         "this can't come about: it is at 2s, and the run ends at 1s (line 2)"},
        {"at 2s latency 5ms\nend 1s", 1, 7,
         "this can't come about: it is at 2s, and the run ends at 1s (line 2)"},
        {"expect errors 0 from 2s to 3s\nend 1s", 1, 22,
         "this can't come about: it is at 2s, and the run ends at 1s (line 2)"},
        {"at 2s always worker 7\nend 1s", 1, 7,
         "this can't come about: it is at 2s, and the run ends at 1s (line 2)"},
    };
    DIAGNOSTICS_ARE(wrong);
    CU_ASSERT_STRING_EQUAL(diagnostics_about("end 9s\nat 1s heal\nat 5s\nexpect errors 0", NULL),
                           "");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(diagnostics_about("end 9s\nat 5s heal", (const char *const[]){"end=2s", NULL}),
               "this can't come about: it is at 5s, and the run ends at 2s (--set end=2s)"));
    CU_ASSERT_STRING_EQUAL(
        diagnostics_about("end 1s\nat 5s heal", (const char *const[]){"end=9s", NULL}), "");
}

static void loads_and_work_can_be_of_some_nodes_and_ids(void)
{
    struct plan plan = parsed("load 20ms\nload 5ms on n2\nwork 1ms id 1..10 on n1,n3\nconnect\n"
                              "load-fail 50% id b,a for 3s\nload 1ms on owner 7\n");
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 5);
    CU_ASSERT_EQUAL(plan.settings.load.least_ns, 20 * NS_PER_MS);
    CU_ASSERT_TRUE(a[0].initial);
    CU_ASSERT_EQUAL(a[0].kind, ACTION_LOAD);
    CU_ASSERT_EQUAL(a[0].nodes.count, 1);
    CU_ASSERT_EQUAL(a[0].nodes.nodes[0], 1);
    CU_ASSERT_EQUAL(a[0].as.set.ids.count, 0);
    CU_ASSERT_EQUAL(a[1].kind, ACTION_WORK);
    CU_ASSERT_EQUAL(a[1].as.set.ids.first, 1);
    CU_ASSERT_EQUAL(a[1].as.set.ids.count, 10);
    CU_ASSERT_EQUAL(a[1].nodes.count, 2);
    CU_ASSERT_FALSE(a[3].initial);
    CU_ASSERT_EQUAL(a[3].as.set.ppb, 500000000);
    CU_ASSERT_EQUAL(a[3].for_ns, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(a[3].as.set.ids.count, 2);
    CU_ASSERT_EQUAL(a[3].nodes.count, 0);
    CU_ASSERT_TRUE(a[4].nodes.owner);
    CU_ASSERT_EQUAL(text_bytes(&a[4].nodes.id)[0], '7');
    plan_close(&plan);
}

static void changes_can_last_for_a_time(void)
{
    struct plan plan =
        parsed("at 1s latency 5ms for 1s\nloss n1 -> n2 1% for 2s\nduplicate 1% for 3s\n"
               "reorder n1 <-> n3 on for 4s\nclock n2 +200ppm for 5s\nseed 7 for 6s\n"
               "work exp 5ms min 1ms for 7s\nload 5ms for 8s\nseed 8\n");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 9);
    for (int i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(plan.actions[i].for_ns, (i + 1) * NS_PER_S);
    CU_ASSERT_EQUAL(plan.actions[8].for_ns, 0);
    CU_ASSERT_FALSE(plan.actions[0].as.set.some_links);
    CU_ASSERT_TRUE(plan.actions[1].as.set.some_links);
    CU_ASSERT_TRUE(plan.actions[3].as.set.some_links);
    CU_ASSERT_TRUE(plan.actions[3].as.set.on);
    CU_ASSERT_EQUAL(plan.actions[5].kind, ACTION_SEED);
    CU_ASSERT_EQUAL(plan.actions[5].as.seed, 7);
    plan_close(&plan);
}

static void duplicates_and_order_can_be_of_some_links(void)
{
    struct plan plan = parsed("duplicate n1 -> n2 5%\nreorder n1 <-> n2 on\nreorder off\n");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 2);
    CU_ASSERT_TRUE(plan.actions[0].initial);
    CU_ASSERT_TRUE(plan.actions[0].as.set.some_links);
    CU_ASSERT_EQUAL(plan.actions[0].as.set.link.to.nodes[0], 1);
    CU_ASSERT_TRUE(plan.actions[1].as.set.on);
    CU_ASSERT_FALSE(plan.settings.reorder);
    plan_close(&plan);
}

static void clocks_jump_forward_and_within_bounds(void)
{
    struct plan plan = parsed("clock n1 +0s\nat 1s every 1s clock n2 +10000000s until 11s\n");
    CU_ASSERT_EQUAL(plan.actions[1].as.clock.jump_ns, 10000000 * NS_PER_S);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"clock n2 -2s", 1, 10,
         "clock '-2s': a monotonic clock does not step back; it can run slow, as -200ppm, or jump "
         "forward"},
        {"at 5s clock n2 -1ns", 1, 16,
         "clock '-1ns': a monotonic clock does not step back; it can run slow, as -200ppm, or jump "
         "forward"},
        {"at 5s clock n2 +1s for 2s", 1, 20,
         "clock: 'for' is for a rate: a clock that has jumped does not step back"},
        {"clock n1 +100000000.000000001s", 1, 10,
         "clock '+100000000.000000001s': the clocks of a scenario jump 10^8 seconds at most, all "
         "together"},
        {"at 1s every 1s clock n2 +10000000s until 11.000000001s", 1, 25,
         "clock '+10000000s': the clocks of a scenario jump 10^8 seconds at most, all together"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void leases_have_their_settings_and_no_local_fallback(void)
{
    struct plan plan = parsed("");
    CU_ASSERT_FALSE(plan.settings.leases);
    CU_ASSERT_EQUAL(plan.settings.fallback, FALLBACK_LOCAL);
    plan_close(&plan);
    plan = parsed("ownership lease");
    CU_ASSERT_TRUE(plan.settings.leases);
    CU_ASSERT_EQUAL(plan.settings.fallback, FALLBACK_OWNER);
    CU_ASSERT_EQUAL(plan.settings.lease_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(plan.settings.drift_ppm, 200);
    CU_ASSERT_EQUAL(plan.settings.slots, 256);
    plan_close(&plan);
    plan = parsed("fallback none\nslots 7\ndrift 100000ppm\nlease 10ms\nownership lease");
    CU_ASSERT_EQUAL(plan.settings.fallback, FALLBACK_NONE);
    CU_ASSERT_EQUAL(plan.settings.lease_ns, 10 * NS_PER_MS);
    CU_ASSERT_EQUAL(plan.settings.drift_ppm, 100000);
    CU_ASSERT_EQUAL(plan.settings.slots, 7);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"ownership lease\nfallback local", 2, 1,
         "'fallback local' is not for 'ownership lease': a worker lives where its lease is alone; "
         "want owner or none"},
        {"ownership lease\nlease 9999us", 2, 1, "'lease' must be 10ms..1h"},
        {"lease 3601s", 1, 1, "'lease' must be 10ms..1h"},
        {"ownership lease\nroute self-first", 2, 1,
         "'route self-first' is not for 'ownership lease': each caller would ask another node for "
         "the same lease; want another route"},
        {"on lease to n2: crash n2", 1, 4,
         "there are messages of leases under 'ownership lease' alone"},
        {"nodes 1001\nownership lease", 2, 1,
         "'ownership lease' is for 1000 nodes at the most: each asks all others"},
        {"drift 100001ppm", 1, 7, "drift '100001ppm': want a whole number of 0ppm..100000ppm"},
        {"ownership leases", 1, 11,
         "ownership 'leases': want view or lease; did you mean 'lease'?"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void wrong_newer_settings_get_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"ttl 5s jitter 100%", 1, 15,
         "jitter '100%': want a share below 100%: a worker has to live"},
        {"ttl 5s jiter 1%", 1, 8, "'jiter' makes no sense here; did you mean 'jitter'?"},
        {"limit 8G", 1, 7, "limit '8G': want 'memory' and how much of it, such as memory 8G"},
        {"limit memory 8", 1, 14, "limit memory '8': want an amount of memory, such as 512M or 8G"},
        {"load-at-once 0", 1, 14, "load-at-once '0': want a whole number of 1..1000000"},
        {"fail-ttl 0s", 1, 10, "fail-ttl '0s': want a duration above zero, such as 5s"},
        {"absent all", 1, 8, "'all' can't stand here: want nodes by name, such as n1,n3"},
        {"latency 5ms for 2s", 1, 13,
         "a setting before the first action holds from the start; for some time only it is a "
         "change, which begins with its time, such as 'at 0s'"},
        {"load 5ms on n1 on n2", 1, 16, "'on' stands here twice"},
        {"connect\nload-fail 5% id 1 id 2", 2, 19, "'id' stands here twice"},
        {"at 0s ttl 3s for 2s", 1, 7,
         "'ttl' holds for the whole run: it must stand before the first action, in line 1"},
    };
    DIAGNOSTICS_ARE(wrong);
}

SUITE(scenario_parse_settings, TEST(an_empty_scenario_has_the_defaults),
      TEST(each_setting_sets_its_own_field), TEST(the_bounds_of_numbers_are_allowed),
      TEST(every_route_is_known_by_its_name),
      TEST(suspect_is_longer_than_heartbeat_by_a_nanosecond_at_least),
      TEST(skewed_laws_have_a_scale_and_a_least),
      TEST(a_link_or_a_clock_set_before_the_run_is_an_initial_action),
      TEST(what_can_change_later_is_an_action_at_the_cursor),
      TEST(expectations_of_the_whole_run_may_stand_before_settings),
      TEST(a_wrong_number_of_nodes_makes_no_node_wrong), TEST(wrong_settings_get_a_diagnostic),
      TEST(newer_settings_set_their_own_fields_and_have_quiet_defaults),
      TEST(end_may_stand_anywhere_once), TEST(what_can_not_come_about_before_the_end_is_wrong),
      TEST(loads_and_work_can_be_of_some_nodes_and_ids), TEST(changes_can_last_for_a_time),
      TEST(duplicates_and_order_can_be_of_some_links), TEST(clocks_jump_forward_and_within_bounds),
      TEST(leases_have_their_settings_and_no_local_fallback),
      TEST(wrong_newer_settings_get_a_diagnostic));
