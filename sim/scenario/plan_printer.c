#include "scenario/plan_printer.h"

#include "base/duration.h"

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

static void print_distribution(struct string_builder *out, const struct distribution *distribution)
{
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
                        const void *field)
{
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
    case VALUE_SHARE:
        print_decimal(out, *(const uint32_t *)field, 10000000);
        string_builder_print(out, "%%");
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

/* Whether the setting can be written as one word and its value. */
static bool is_written(const struct settings *settings, enum setting_id id)
{
    bool never = id == SETTING_END && settings->end_ns == TIME_NEVER;
    return settings_table[id].type != VALUE_CLOCK && !never;
}

static void print_setting(struct string_builder *out, const struct settings *settings,
                          enum setting_id id)
{
    const struct setting *setting = &settings_table[id];
    print_value(out, setting, (const char *)settings + setting->offset);
}

void plan_settings_json(struct string_builder *out, const struct settings *settings)
{
    const char *separator = "";
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        bool number = setting->type == VALUE_COUNT || setting->type == VALUE_SEED;
        if (!is_written(settings, id))
            continue;
        string_builder_print(out, "%s\"%s\":%s", separator, setting->name, number ? "" : "\"");
        print_setting(out, settings, id);
        string_builder_add(out, number ? "" : "\"");
        separator = ",";
    }
}

void plan_setting_line(struct string_builder *out, const struct settings *settings,
                       enum setting_id id)
{
    must(is_written(settings, id));
    string_builder_print(out, "%s ", settings_table[id].name);
    print_setting(out, settings, id);
}

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

static void print_settings(FILE *out, const struct settings *settings)
{
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        char text[SETTING_LINE_SIZE];
        struct string_builder line = string_builder_over(text, sizeof text);
        if (!is_written(settings, id))
            continue;
        plan_setting_line(&line, settings, id);
        fprintf(out, "%s\n", text);
    }
}

/* Whether the action's text has the `until` of its `every`: "crash n2 until 9s may miss" has. */
static bool text_has_until(const struct action *action)
{
    return action->may_miss && strstr(action->text, "until");
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
    if (action->period_ns && action->until_ns < TIME_NEVER && !text_has_until(action))
        fprintf(out, " until %s", duration_plain(action->until_ns).text);
    fputc('\n', out);
}

void plan_print(FILE *out, const struct plan *plan, const struct action **actions, size_t count)
{
    print_settings(out, &plan->settings);
    fputc('\n', out);
    sort_by_time(actions, count);
    for (size_t i = 0; i < count; i++)
        print_action(out, actions[i]);
    for (size_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *expectation = &plan->expectations[i];
        if (expectation_scope(expectation->kind) != EXPECT_AT_CURSOR) /* those are actions, too */
            fprintf(out, "%s\n", expectation->text);
    }
}
