/* A plan as text: what is printed, parsed again, is the same plan. */
#include "scenario/plan_printer.h"

#include "support/parsed.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

/* The plan as text, to be freed. */
static char *printed(const struct plan *plan)
{
    char *text = NULL;
    size_t size = 0;
    const struct action *actions[16];
    CU_ASSERT_FATAL(plan->actions_count <= 16);
    for (size_t i = 0; i < plan->actions_count; i++)
        actions[i] = &plan->actions[i];
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(plan_print(out, plan, actions, plan->actions_count), OK);
    fclose(out);
    return text;
}

static bool same_action(const struct action *a, const struct action *b)
{
    return a->kind == b->kind && a->at_ns == b->at_ns && a->period_ns == b->period_ns &&
           a->until_ns == b->until_ns && a->may_miss == b->may_miss && a->initial == b->initial &&
           strcmp(a->text, b->text) == 0;
}

static void a_printed_plan_is_parsed_to_the_same_plan(const char *text)
{
    struct plan plan = parsed(text);
    char *first = printed(&plan);
    struct plan again = parsed(first);
    CU_ASSERT_EQUAL_FATAL(again.actions_count, plan.actions_count);
    for (size_t i = 0; i < plan.actions_count; i++)
        CU_ASSERT_TRUE(same_action(&plan.actions[i], &again.actions[i]));
    CU_ASSERT_EQUAL(again.expectations_count, plan.expectations_count);
    char *second = printed(&again);
    CU_ASSERT_STRING_EQUAL(first, second);
    free(first);
    free(second);
    plan_close(&plan);
    plan_close(&again);
}

static void every_form_of_a_line_is_printed_so_that_it_parses_again(void)
{
    a_printed_plan_is_parsed_to_the_same_plan(
        "nodes 4\nttl 1.5s\nlatency n1 -> n2 40ms\nclock n3 +15ms\nconnect\n"
        "at 1s request 1 2 from n1\nrequests 5/s from any ids 1..9 until 3s\n"
        "at 2s expect workers 2\nloss 1%\nalways one-worker\nexpect errors 0\n");
}

static void until_and_may_miss_keep_their_places(void)
{
    a_printed_plan_is_parsed_to_the_same_plan(
        "at 2s every 1s crash any for 100ms until 10s may miss\n"
        "every 1s crash owner until-x may miss until 9s\nevery 1s request \"until\" until 9s\n");
}

static void the_newer_forms_are_printed_so_that_they_parse_again(void)
{
    a_printed_plan_is_parsed_to_the_same_plan(
        "nodes 5\nttl 5s jitter 10%\nfallback owner\nfail-ttl 1s\nload-at-once 64\n"
        "limit memory 1.5G\nabsent n4,n5\nload from tests/scenario/latencies.profile\n"
        "load-fail 1% on n1 id 1..10\nconnect\n");
    a_printed_plan_is_parsed_to_the_same_plan(
        "end 40s\nat 1s request \"on\" \"a b\" from owner 7 as a timeout 100ms\n"
        "every 2s request 7 as b until 9s\nload 5ms on n2 id \"a b\",c for 3s\nseed 9 for 2s\n"
        "requests 100/s..2000/s from any ids 1..9\nexpect a fails within 2s\n"
        "clients 1 from n1 ids 1..9 retry 3 backoff 50ms..2s timeout 1s\n"
        "crash n2 silently for 1s may miss\nrolling restart all pause 2s\n"
        "partition owner \"a b\" | others for 1s\nclock n2 +300ppm for 1s\n"
        "every 1s crash owner 7 for 100ms until 30s may miss\nexpect members n1 on others\n"
        "always members n1,n2,n3 on all from 5s to 8s\neventually workers 0 within 3s\n"
        "sometimes worker 7 on n2\nexpect errors < 3 on n2 id 7 from 3s to 5s\n"
        "sometimes each worker 7 from 2s\n");
}

static void what_counts_from_the_cursor_still_does(void)
{
    struct plan plan =
        parsed("at 2s always no worker 7\nat 3s sometimes worker 7 from 1s\nat 9s heal");
    char *text = printed(&plan);
    struct plan again = parsed(text);
    CU_ASSERT_EQUAL_FATAL(again.expectations_count, 2);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(again.expectations[i].of.from_ns, plan.expectations[i].of.from_ns);
    CU_ASSERT_EQUAL(again.expectations[0].of.from_ns, 2 * NS_PER_S);
    free(text);
    plan_close(&plan);
    plan_close(&again);
}

static void actions_of_one_time_stay_in_their_order_however_many_there_are(void)
{
    enum { COUNT = 1000 };
    static struct action all[COUNT];
    static const struct action *actions[COUNT];
    char text[COUNT][16], *out = NULL;
    size_t size = 0;
    for (int i = 0; i < COUNT; i++) {
        snprintf(text[i], sizeof text[i], "a%d", i);
        all[i] = (struct action){.kind = ACTION_HEAL, .at_ns = (COUNT - i) / 100, .text = text[i]};
        actions[i] = &all[i];
    }
    struct plan plan = {.settings = settings_default()};
    FILE *file = open_memstream(&out, &size);
    CU_ASSERT_EQUAL(plan_print(file, &plan, actions, COUNT), OK);
    fclose(file);
    free(out);
    for (int i = 1; i < COUNT; i++)
        CU_ASSERT_TRUE(actions[i - 1]->at_ns < actions[i]->at_ns ||
                       (actions[i - 1]->at_ns == actions[i]->at_ns && actions[i - 1] < actions[i]));
}

SUITE(scenario_plan_printer, TEST(every_form_of_a_line_is_printed_so_that_it_parses_again),
      TEST(until_and_may_miss_keep_their_places),
      TEST(the_newer_forms_are_printed_so_that_they_parse_again),
      TEST(what_counts_from_the_cursor_still_does),
      TEST(actions_of_one_time_stay_in_their_order_however_many_there_are));
