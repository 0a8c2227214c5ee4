#include "scenario/plan_printer.h"

#include "scenario/settings.h"
#include "scenario/value.h"

#include <stdarg.h>

/* Where text goes, as snprintf would: it is counted even when there is no room for it. */
struct out {
    char *text;
    size_t size;
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void print(struct out *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool room = out->count < out->size;
    int count = vsnprintf(room ? out->text + out->count : NULL, room ? out->size - out->count : 0,
                          format, arguments);
    va_end(arguments);
    must(count >= 0);
    out->count += (size_t)count;
}

/* `value` divided by `one`, exactly: 1.5 for 1500 and 1000. `one` is a product of twos and fives.
 */
static void print_decimal(struct out *out, uint64_t value, uint64_t one)
{
    print(out, "%llu", (unsigned long long)(value / one));
    uint64_t rest = value % one;
    if (rest)
        print(out, ".");
    for (; rest; rest %= one) {
        rest *= 10;
        print(out, "%llu", (unsigned long long)(rest / one));
    }
}

static void print_duration(struct out *out, int64_t ns)
{
    print(out, "%s", value_written(ns).text);
}

static void print_distribution(struct out *out, const struct distribution *distribution)
{
    bool skewed = distribution->kind == DISTRIBUTION_EXPONENTIAL ||
                  distribution->kind == DISTRIBUTION_LOGNORMAL;
    if (skewed) {
        print(out, distribution->kind == DISTRIBUTION_EXPONENTIAL ? "exp " : "lognormal ");
        print_duration(out, distribution->scale_ns);
    }
    if (distribution->kind == DISTRIBUTION_LOGNORMAL) {
        print(out, " ");
        print_decimal(out, distribution->sigma_ppm, 1000000);
    }
    if (skewed && distribution->least_ns)
        print(out, " min ");
    if (!skewed || distribution->least_ns)
        print_duration(out, distribution->least_ns);
    if (distribution->kind == DISTRIBUTION_UNIFORM) {
        print(out, "..");
        print_duration(out, distribution->most_ns);
    }
}

static void print_value(struct out *out, const struct setting *setting, const void *field)
{
    switch (setting->type) {
    case VALUE_COUNT:
        print(out, "%u", *(const uint32_t *)field);
        break;
    case VALUE_SEED:
        print(out, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case VALUE_DURATION:
        print_duration(out, *(const int64_t *)field);
        break;
    case VALUE_SHARE:
        print_decimal(out, *(const uint32_t *)field, 10000000);
        print(out, "%%");
        break;
    case VALUE_DISTRIBUTION:
        print_distribution(out, field);
        break;
    case VALUE_SWITCH:
        print(out, "%s", setting->words[*(const bool *)field]);
        break;
    case VALUE_ROUTE:
        print(out, "%s", setting->words[*(const enum route *)field]);
        break;
    case VALUE_TRACE:
        print(out, "%s", setting->words[*(const enum trace_level *)field]);
        break;
    case VALUE_CLOCK:
        break;
    }
}

/* Whether the setting can be written as one word and its value. */
static bool is_written(const struct settings *settings, size_t i)
{
    bool never = i == SETTING_END && settings->end_ns == TIME_NEVER;
    return settings_table[i].type != VALUE_CLOCK && !never;
}

static const void *field_of(const struct settings *settings, const struct setting *setting)
{
    return (const char *)settings + setting->offset;
}

size_t plan_settings_json(const struct plan *plan, char *text, size_t size)
{
    struct out out = {.text = text, .size = size};
    if (size)
        text[0] = '\0';
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        bool number = setting->type == VALUE_COUNT || setting->type == VALUE_SEED;
        const char *quote = number ? "" : "\"";
        if (!is_written(&plan->settings, i))
            continue;
        print(&out, "%s\"%s\":%s", out.count ? "," : "", setting->name, quote);
        print_value(&out, setting, field_of(&plan->settings, setting));
        print(&out, "%s", quote);
    }
    return out.count;
}

static void print_line(struct out *out, const struct settings *settings, size_t i)
{
    const struct setting *setting = &settings_table[i];
    print(out, "%s ", setting->name);
    print_value(out, setting, field_of(settings, setting));
    print(out, "\n");
}

size_t plan_settings_lines(const struct plan *plan, char *text, size_t size)
{
    struct out out = {.text = text, .size = size};
    if (size)
        text[0] = '\0';
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (is_written(&plan->settings, i))
            print_line(&out, &plan->settings, i);
    return out.count;
}

size_t plan_setting_line(const struct settings *settings, size_t setting, char *text, size_t size)
{
    struct out out = {.text = text, .size = size};
    must(is_written(settings, setting));
    print_line(&out, settings, setting);
    return out.count;
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
    return expectation_scope(expectation->kind) == EXPECT_AT_CURSOR;
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
