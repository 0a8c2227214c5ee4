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
        "every 1s crash any for 100ms may miss until 9s\nevery 1s request \"until\" until 9s\n");
}

SUITE(scenario_plan_printer, TEST(every_form_of_a_line_is_printed_so_that_it_parses_again),
      TEST(until_and_may_miss_keep_their_places));
