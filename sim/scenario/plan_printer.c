#include "scenario/plan_printer.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"

#include <string.h>

/* `value` divided by `one`, exactly: 1.5 for 1500 and 1000. `one` is a product of twos and fives.
 */
static void print_decimal(struct string_builder *out, uint64_t value, uint64_t one)
{
    string_builder_print(out, "%llu", (unsigned long long)(value / one));
    uint64_t rest = value % one;
    if (rest)
        string_builder_print(out, ".");
    for (; rest; rest %= one) {
        rest *= 10;
        string_builder_print(out, "%llu", (unsigned long long)(rest / one));
    }
}

static void print_share(struct string_builder *out, uint32_t ppb)
{
    print_decimal(out, ppb, 10000000);
    string_builder_print(out, "%%");
}

static void print_memory(struct string_builder *out, uint64_t bytes)
{
    static const char letters[] = "KMGT";
    unsigned unit = 0;
    while (unit + 1 < sizeof letters - 1 && bytes % (UINT64_C(1) << 10 * (unit + 2)) == 0)
        unit++;
    string_builder_print(out, "memory ");
    print_decimal(out, bytes, UINT64_C(1) << 10 * (unit + 1));
    string_builder_add_char(out, letters[unit]);
}

static void print_nodes(struct string_builder *out, const struct node_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        string_builder_print(out, "%sn%u", i ? "," : "", list->nodes[i] + 1);
}

static void print_distribution(struct string_builder *out, const struct distribution *distribution)
{
    if (distribution->kind == DISTRIBUTION_EMPIRICAL) {
        const char *file = distribution->empirical->file;
        const char *quote = strchr(file, ' ') || *file == '#' ? "\"" : "";
        string_builder_print(out, "from %s%s%s", quote, file, quote);
        return;
    }
    bool skewed = distribution->kind == DISTRIBUTION_EXPONENTIAL ||
                  distribution->kind == DISTRIBUTION_LOGNORMAL;
    if (skewed) {
        string_builder_print(out, distribution->kind == DISTRIBUTION_EXPONENTIAL ? "exp "
                                                                                 : "lognormal ");
        string_builder_add(out, duration_plain(distribution->scale_ns).text);
    }
    if (distribution->kind == DISTRIBUTION_LOGNORMAL) {
        string_builder_print(out, " ");
        print_decimal(out, distribution->sigma_ppm, 1000000);
    }
    if (skewed && distribution->least_ns)
        string_builder_print(out, " min ");
    if (!skewed || distribution->least_ns)
        string_builder_add(out, duration_plain(distribution->least_ns).text);
    if (distribution->kind == DISTRIBUTION_UNIFORM) {
        string_builder_print(out, "..");
        string_builder_add(out, duration_plain(distribution->most_ns).text);
    }
}

static void print_value(struct string_builder *out, const struct setting *setting,
                        const struct settings *settings)
{
    const void *field = (const char *)settings + setting->offset;
    switch (setting->type) {
    case VALUE_COUNT:
        string_builder_print(out, "%u", *(const uint32_t *)field);
        break;
    case VALUE_SEED:
        string_builder_print(out, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case VALUE_DURATION:
        string_builder_add(out, duration_plain(*(const int64_t *)field).text);
        break;
    case VALUE_LIFE:
        string_builder_add(out, duration_plain(settings->ttl_ns).text);
        if (settings->ttl_jitter_ppb) {
            string_builder_print(out, " jitter ");
            print_share(out, settings->ttl_jitter_ppb);
        }
        break;
    case VALUE_MEMORY:
        print_memory(out, *(const uint64_t *)field);
        break;
    case VALUE_NODES:
        print_nodes(out, field);
        break;
    case VALUE_SHARE:
        print_share(out, *(const uint32_t *)field);
        break;
    case VALUE_DRIFT:
        string_builder_print(out, "%uppm", *(const uint32_t *)field);
        break;
    case VALUE_DISTRIBUTION:
        print_distribution(out, field);
        break;
    case VALUE_SWITCH:
        string_builder_print(out, "%s", setting->words[*(const bool *)field]);
        break;
    case VALUE_ROUTE:
        string_builder_print(out, "%s", setting->words[*(const enum route *)field]);
        break;
    case VALUE_FALLBACK:
        string_builder_print(out, "%s", setting->words[*(const enum fallback *)field]);
        break;
    case VALUE_TRACE:
        string_builder_print(out, "%s", setting->words[*(const enum trace_level *)field]);
        break;
    case VALUE_CLOCK:
        break;
    }
}

/* The value, in which no character but a quote needs an escape in JSON. */
static void print_escaped(struct string_builder *out, const struct setting *setting,
                          const struct settings *settings)
{
    char text[SETTING_LINE_SIZE];
    struct string_builder value = string_builder_over(text, sizeof text);
    if (setting->type == VALUE_NODES) {
        print_value(out, setting, settings);
        return;
    }
    print_value(&value, setting, settings);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            string_builder_add_char(out, '\\');
        string_builder_add_char(out, *c);
    }
}

void plan_settings_json(struct string_builder *out, const struct settings *settings)
{
    const char *separator = "";
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        bool number = setting->type == VALUE_COUNT || setting->type == VALUE_SEED;
        if (!setting_is_written(settings, id))
            continue;
        string_builder_print(out, "%s\"%s\":%s", separator, setting->name, number ? "" : "\"");
        print_escaped(out, setting, settings);
        string_builder_add(out, number ? "" : "\"");
        separator = ",";
    }
}

void plan_setting_line(struct string_builder *out, const struct settings *settings,
                       enum setting_id id)
{
    must(!settings_table[id].unset || setting_is_written(settings, id));
    string_builder_print(out, "%s ", settings_table[id].name);
    print_value(out, &settings_table[id], settings);
}

/* Merges two runs of actions that are in order, `a` before `b` where they are equal. */
static void merge(const struct action **to, const struct action **a, size_t a_count,
                  const struct action **b, size_t b_count)
{
    while (a_count || b_count) {
        bool first = a_count && (!b_count || (*a)->at_ns <= (*b)->at_ns);
        *to++ = first ? *a++ : *b++;
        a_count -= first;
        b_count -= !first;
    }
}

/* Sorts by time, stably, which qsort does not. `room` is for as many. */
static void sort_by_time(const struct action **actions, const struct action **room, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t at = 0; at < count; at += 2 * run) {
            size_t a = min_size(run, count - at), b = min_size(run, count - at - a);
            merge(room + at, actions + at, a, actions + at + a, b);
        }
        memcpy(actions, room, count * sizeof(const struct action *));
    }
}

static void print_settings(FILE *out, const struct settings *settings)
{
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        char text[SETTING_LINE_SIZE];
        struct string_builder line = string_builder_over(text, sizeof text);
        if (!setting_is_written(settings, id) || id == SETTING_ABSENT)
            continue;
        plan_setting_line(&line, settings, id);
        fprintf(out, "%s\n", text);
    }
    /* This one has no bound that is worth a buffer. */
    for (uint32_t i = 0; i < settings->absent.count; i++)
        fprintf(out, "%sn%u", i ? "," : "absent ", settings->absent.nodes[i] + 1);
    fputs(settings->absent.count ? "\n" : "", out);
}

static void print_action(FILE *out, const struct action *action)
{
    if (action->initial) {
        fprintf(out, "%s\n", action->text);
        return;
    }
    fprintf(out, "at %s ", duration_plain(action->at_ns).text);
    if (action->period_ns)
        fprintf(out, "every %s ", duration_plain(action->period_ns).text);
    fputs(action->text, out);
    if (action->period_ns && action->until_ns < TIME_NEVER)
        fprintf(out, " until %s", duration_plain(action->until_ns).text);
    fputc('\n', out);
}

/* Those at the cursor are actions, and printed with them. What counts from the cursor says so. */
static void print_expectation(FILE *out, const struct expectation *expectation)
{
    bool from_cursor =
        expectation->kind == EXPECT_ALWAYS || expectation->kind == EXPECT_SOMETIMES_STATE;
    if (expectation_scope(expectation->kind) == EXPECT_AT_CURSOR)
        return;
    fputs(expectation->text, out);
    if (from_cursor && !expectation->of.of_span)
        fprintf(out, " from %s", duration_plain(expectation->of.from_ns).text);
    fputc('\n', out);
}

enum error plan_print(FILE *out, const struct plan *plan, const struct action **actions,
                      size_t count)
{
    const struct action **room = memory_resize(NULL, (count + 1) * sizeof *room);
    if (!room)
        return ERROR_MEMORY;
    sort_by_time(actions, room, count);
    memory_free(room);
    print_settings(out, &plan->settings);
    fputc('\n', out);
    for (size_t i = 0; i < count; i++)
        print_action(out, actions[i]);
    for (size_t i = 0; i < plan->expectations_count; i++)
        print_expectation(out, &plan->expectations[i]);
    return OK;
}
