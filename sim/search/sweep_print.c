#include "search/sweep_print.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"
#include "search/table.h"
#include "trace/summary.h"

#include <inttypes.h>

struct hash_value sweep_hash(const struct sweep *sweep)
{
    struct hash_value value;
    snprintf(value.hex, sizeof value.hex, "%016" PRIx64 "%016" PRIx64, sweep->digest[0],
             sweep->digest[1]);
    return value;
}

/* Labels stand in a column of their own, as in the summary of a run. */
static void print_label(FILE *out, const char *name)
{
    char label[32];
    snprintf(label, sizeof label, *name ? "%s:" : "%s", name);
    fprintf(out, "%-14s", label);
}

static void print_seeds(FILE *out, const struct sweep *sweep)
{
    print_label(out, "scenario");
    fprintf(out, "%s, %u nodes\n", sweep->plan->file, sweep->plan->settings.nodes);
    print_label(out, "seeds");
    fprintf(out, "%" PRIu64 "..%" PRIu64 ": ", sweep->first, sweep->last);
    if (sweep->state != RUN_OVER) {
        fprintf(out, "ended after %" PRIu64 " run%s", sweep->runs, sweep->runs == 1 ? "" : "s");
        if (sweep->runs)
            fprintf(out, ", seed %" PRIu64, sweep->first + sweep->runs - 1);
        fputs(": ", out);
    }
    fprintf(out, "%" PRIu64 " passed, %" PRIu64 " failed",
            sweep->runs - sweep->failed - sweep->idle, sweep->failed);
    if (sweep->idle)
        fprintf(out, ", %" PRIu64 " tested nothing", sweep->idle);
    fputc('\n', out);
}

/* ---- what broke ---------------------------------------------------------------------------- */

static void print_first_seeds(FILE *out, const struct breach_sum *sum)
{
    uint64_t shown = min_u64(sum->seeds, SEEDS_KEPT);
    fprintf(out, "%" PRIu64 " seed%s:", sum->seeds, sum->seeds == 1 ? "" : "s");
    for (uint64_t i = 0; i < shown; i++)
        fprintf(out, " %" PRIu64, sum->first[i]);
    fputs(shown < sum->seeds ? " …\n" : "\n", out);
}

static void print_breach(FILE *out, const struct sweep *sweep, uint32_t number,
                         const struct repeater *repeater)
{
    const struct breach_sum *sum = &sweep->breaches[number];
    print_label(out, "");
    if (number < RULES_COUNT) {
        fprintf(out, "%s, in ", rule_name((enum rule)number));
    } else {
        const struct expectation *expectation =
            &sweep->plan->expectations[breach_expectation(number)];
        fprintf(out, "line %u: %s%s, in ", expectation->line, expectation->text,
                breach_is_vacuous(number) ? " (vacuous)" : "");
    }
    print_first_seeds(out, sum);
    print_label(out, "");
    fprintf(out, "  seed %" PRIu64 ": %s\n", sum->first[0], sum->why);
    char *command = repeater->command(repeater->context, sum->first[0]);
    print_label(out, "");
    fprintf(out, "  repeat: %s\n", command ? command : "(no memory for the command)");
    memory_free(command);
}

static void print_breaches(FILE *out, const struct sweep *sweep, const struct repeater *repeater)
{
    print_label(out, "broken");
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < breaches_count(sweep->plan); i++)
        kinds += sweep->breaches[i].seeds > 0;
    fprintf(out, kinds == 0 ? "nothing\n" : kinds == 1 ? "in 1 way\n" : "in %u ways\n", kinds);
    for (uint32_t i = 0; i < breaches_count(sweep->plan); i++)
        if (sweep->breaches[i].seeds)
            print_breach(out, sweep, i, repeater);
}

static void print_unjudged(FILE *out, const struct sweep *sweep)
{
    bool any = false;
    for (enum rule rule = 0; rule < RULES_COUNT && sweep->runs; rule++) {
        if (sweep->judged[rule])
            continue;
        if (!any)
            print_label(out, "not judged");
        fprintf(out, "%s%s", any ? ", " : "", rule_name(rule));
        any = true;
    }
    if (any)
        fputs(": " SUMMARY_NOT_KEPT "\n", out);
}

static void print_sometimes(FILE *out, const struct sweep *sweep)
{
    const char *label = "sometimes";
    for (size_t i = 0; i < sweep->plan->expectations_count; i++) {
        const struct expectation *expectation = &sweep->plan->expectations[i];
        if (!expectation_is_sometimes(expectation))
            continue;
        print_label(out, label);
        fprintf(out, "line %u: %s: in %" PRIu64 " of %" PRIu64 " runs\n", expectation->line,
                expectation->text, sweep->held[i], sweep->runs);
        label = "";
    }
}

static void print_missed(FILE *out, const struct sweep *sweep)
{
    const char *label = "missed";
    for (size_t i = 0; i < sweep->plan->actions_count; i++) {
        const struct action *action = &sweep->plan->actions[i];
        if (!sweep->missed[i])
            continue;
        print_label(out, label);
        fprintf(out, "line %u: %s: it had no effect in %" PRIu64 " of %" PRIu64 " runs\n",
                action->line, action->text, sweep->missed[i], sweep->runs);
        label = "";
    }
}

/* ---- numbers ------------------------------------------------------------------------------- */

static void add_number(struct table *table, const struct sample *sample, enum number_id number)
{
    enum number_unit unit = numbers_table[number].unit;
    table_add(table, "%s", numbers_table[number].text);
    table_add(table, "%s", shown_number(unit, sample_mean(sample, 1000)).text);
    if (sample_has_interval(sample))
        table_add(table, "±%s", shown_number(unit, sample_interval(sample, 1000)).text);
    else
        table_add(table, "-");
    table_add(table, "%s", shown_number(unit, sample->least * 1000).text);
    table_add(table, "%s", shown_number(unit, sample->most * 1000).text);
    if (sample->most > sample->least)
        table_add(table, "%" PRIu64, sample->most_seed);
    else
        table_add(table, "-");
}

static void print_numbers(FILE *out, const struct sweep *sweep)
{
    static const char *const heads[] = {"", "mean", "95 %", "least", "most", "at seed"};
    struct table table = {.columns = sizeof heads / sizeof *heads};
    if (!sweep->runs)
        return;
    print_label(out, "numbers");
    fputs("of a run\n", out);
    for (size_t i = 0; i < table.columns; i++)
        table_add(&table, "%s", heads[i]);
    for (enum number_id i = 0; i < NUMBERS_COUNT; i++)
        if (sweep->numbers[i].count)
            add_number(&table, &sweep->numbers[i], i);
    table_print(&table, out, "              ", 1);
    table_close(&table);
}

static void print_speed(FILE *out, const struct sweep *sweep)
{
    int64_t us = max_i64(sweep->wall_ns / NS_PER_US, 1);
    uint64_t tenths = sweep->runs * 10000000 / (uint64_t)us;
    print_label(out, "speed");
    fprintf(out, "%" PRIu64 " run%s in %s, %" PRIu64, sweep->runs, sweep->runs == 1 ? "" : "s",
            duration_short(sweep->wall_ns).text, tenths / 10);
    if (tenths < 100) /* slow runs: less than one a second is not none */
        fprintf(out, ".%" PRIu64, tenths % 10);
    fprintf(out, " a second, %u job%s\n", sweep->jobs, sweep->jobs == 1 ? "" : "s");
}

void sweep_print(FILE *out, const struct sweep *sweep, const struct repeater *repeater,
                 enum sweep_detail detail)
{
    struct conclusion conclusion = sweep_conclude(sweep);
    print_seeds(out, sweep);
    print_breaches(out, sweep, repeater);
    print_unjudged(out, sweep);
    print_sometimes(out, sweep);
    print_missed(out, sweep);
    if (detail == SWEEP_IN_FULL)
        print_numbers(out, sweep);
    print_label(out, "hash");
    fprintf(out, "%s\n", sweep_hash(sweep).hex);
    print_speed(out, sweep);
    fprintf(out, *conclusion.reason ? "%s: %s\n" : "%s\n", conclusion_name(conclusion.kind),
            conclusion.reason);
}
