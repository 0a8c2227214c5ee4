#include "scenario/plan_printer.h"

#include "scenario/value.h"

/* Stable, which qsort is not; nearly sorted already, so this is quick. */
static void sort_by_time(const struct action **actions, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct action *moving = actions[i];
        size_t at = i;
        while (at > 0 && actions[at - 1]->at_ns > moving->at_ns) {
            actions[at] = actions[at - 1];
            at--;
        }
        actions[at] = moving;
    }
}

static void write_settings(FILE *out, const struct plan *plan)
{
    char text[4096];
    plan_settings_lines(plan, text, sizeof text);
    fputs(text, out);
}

static void write_action(FILE *out, const struct action *action)
{
    if (action->initial) {
        fprintf(out, "%s\n", action->text);
        return;
    }
    fprintf(out, "at %s ", value_written(action->at_ns).text);
    if (action->period_ns)
        fprintf(out, "every %s ", value_written(action->period_ns).text);
    fputs(action->text, out);
    if (action->period_ns && action->until_ns < TIME_NEVER)
        fprintf(out, " until %s", value_written(action->until_ns).text);
    fputc('\n', out);
}

/* Those judged at the cursor are actions, and written with them. */
static bool is_judged_at_cursor(const struct expectation *expectation)
{
    return expectation->kind >= EXPECT_WORKERS && expectation->kind <= EXPECT_OWNER;
}

void plan_print(FILE *out, const struct plan *plan, const struct action **actions, size_t count)
{
    write_settings(out, plan);
    fputc('\n', out);
    sort_by_time(actions, count);
    for (size_t i = 0; i < count; i++)
        write_action(out, actions[i]);
    for (size_t i = 0; i < plan->expectations_count; i++)
        if (!is_judged_at_cursor(&plan->expectations[i]))
            fprintf(out, "%s\n", plan->expectations[i].text);
}
