#include "cli/compare_scenario.h"

#include "base/memory.h"
#include "cli/many_runs.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "cli/show.h"
#include "search/compare.h"

#include <string.h>

#define VARIANTS_MAX 10000u

/* The values of one setting that varies. */
struct varied_setting {
    char *text; /* the list, in which NULs have taken the place of commas */
    const char **values;
    size_t count;
    char option[64]; /* for messages */
};

struct comparing {
    const struct options *options;
    const char *file;
    struct varied_setting *settings; /* one an option --vary */
    struct override *overrides;      /* those of the command line, and then one for each of these */
    struct comparison comparison;
};

static enum status no_memory(const struct comparing *comparing)
{
    return report(STATUS_FAILED, comparing->file, "out of memory");
}

/* ---- the variants -------------------------------------------------------------------------- */

static enum error split(struct varied_setting *setting, const char *list)
{
    size_t size = strlen(list), capacity = 0;
    setting->text = memory_resize(NULL, size + 1);
    if (!setting->text)
        return ERROR_MEMORY;
    memcpy(setting->text, list, size + 1);
    for (char *value = setting->text; value;) {
        char *comma = strchr(value, ',');
        if (memory_reserve((void **)&setting->values, &capacity, setting->count + 1,
                           sizeof *setting->values))
            return ERROR_MEMORY;
        setting->values[setting->count++] = value;
        if (comma)
            *comma = '\0';
        value = comma ? comma + 1 : NULL;
    }
    return OK;
}

/* Whether two --vary are of one setting; then no row would be what its head says. */
static const char *find_doubled(const struct options *options)
{
    for (size_t i = 0; i < options->varied_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(options->varied[i].key, options->varied[j].key) == 0)
                return options->varied[i].key;
    return NULL;
}

static enum status split_all(struct comparing *comparing)
{
    const struct options *options = comparing->options;
    size_t variants = 1;
    const char *doubled = find_doubled(options);
    if (doubled)
        return report(STATUS_WRONG, "--vary",
                      "it is given twice for one setting: list all values "
                      "in one, as --vary ttl=1s,5s");
    for (size_t i = 0; i < options->varied_count; i++) {
        struct varied_setting *setting = &comparing->settings[i];
        comparing->comparison.keys[i] = options->varied[i].key;
        if (strcmp(options->varied[i].key, "seed") == 0)
            return report(STATUS_WRONG, "--vary seed", "the seeds are those of --seeds");
        if (split(setting, options->varied[i].value))
            return no_memory(comparing);
        variants *= setting->count;
        if (variants > VARIANTS_MAX)
            return report(STATUS_WRONG, "--vary", "more than 10000 combinations");
    }
    comparing->comparison.variants_count = variants;
    return STATUS_HELD;
}

/* The values of variant number `index`: the last setting varies fastest. */
static void choose(struct comparing *comparing, size_t index, const char **values)
{
    const struct options *options = comparing->options;
    for (size_t i = options->varied_count; i-- > 0;) {
        struct varied_setting *setting = &comparing->settings[i];
        values[i] = setting->values[index % setting->count];
        index /= setting->count;
        snprintf(setting->option, sizeof setting->option, "--vary %.25s=%.25s",
                 options->varied[i].key, values[i]);
        comparing->overrides[options->overrides_count + i] = (struct override){
            .option = setting->option, .key = options->varied[i].key, .value = values[i]};
    }
}

static enum status parse_all(struct comparing *comparing, const struct scenario_file *scenario)
{
    struct comparison *comparison = &comparing->comparison;
    size_t keys = comparison->keys_count, count = comparing->options->overrides_count + keys;
    for (size_t i = 0; i < comparison->variants_count; i++) {
        struct variant *variant = &comparison->variants[i];
        variant->values = memory_zeroed(keys * sizeof *variant->values);
        if (!variant->values)
            return no_memory(comparing);
        choose(comparing, i, variant->values);
        enum status status =
            scenario_file_parse(scenario, comparing->overrides, count, &variant->plan);
        if (status)
            return status;
    }
    return STATUS_HELD;
}

static enum status prepare(struct comparing *comparing)
{
    const struct options *options = comparing->options;
    struct comparison *comparison = &comparing->comparison;
    struct scenario_file scenario;
    size_t keys = options->varied_count, given = options->overrides_count;
    comparison->keys_count = keys;
    comparison->first = options->first_seed;
    comparison->last = options->last_seed;
    comparing->settings = memory_zeroed(keys * sizeof *comparing->settings);
    comparison->keys = memory_zeroed(keys * sizeof *comparison->keys);
    comparing->overrides = memory_zeroed((given + keys) * sizeof *comparing->overrides);
    if (!comparing->settings || !comparison->keys || !comparing->overrides)
        return no_memory(comparing);
    if (given)
        memcpy(comparing->overrides, options->overrides, given * sizeof *options->overrides);
    enum status status = split_all(comparing);
    if (status)
        return status;
    comparison->variants = memory_zeroed(comparison->variants_count * sizeof *comparison->variants);
    if (!comparison->variants)
        return no_memory(comparing);
    status = scenario_file_read(&scenario, comparing->file);
    if (status)
        return status;
    comparison->scenario = scenario.name;
    status = parse_all(comparing, &scenario);
    scenario_file_close(&scenario);
    return status;
}

static void close_all(struct comparing *comparing)
{
    struct comparison *comparison = &comparing->comparison;
    for (size_t i = 0; comparison->variants && i < comparison->variants_count; i++) {
        struct variant *variant = &comparison->variants[i];
        sweep_close(&variant->sweep);
        plan_close(&variant->plan);
        memory_free(variant->values);
    }
    for (size_t i = 0; comparing->settings && i < comparison->keys_count; i++) {
        memory_free(comparing->settings[i].text);
        memory_free(comparing->settings[i].values);
    }
    memory_free(comparing->settings);
    memory_free(comparing->overrides);
    memory_free(comparison->variants);
    memory_free(comparison->keys);
}

/* ---- the table ----------------------------------------------------------------------------- */

static enum status write_csv(const struct comparing *comparing)
{
    const char *file = comparing->options->csv_file;
    if (!file)
        return STATUS_HELD;
    FILE *out;
    if (output_open(&out, file))
        return STATUS_FAILED;
    comparison_csv(out, &comparing->comparison);
    return output_close(out, file, OUTPUT_DOCUMENT);
}

static enum status write_picture(const struct comparing *comparing)
{
    const char *file = comparing->options->png_file;
    struct failure failure;
    if (!file || !show_comparison(&comparing->comparison, file, &failure))
        return STATUS_HELD;
    return report(STATUS_FAILED, file, failure.text);
}

/* The worst of all variants. */
static void settle(const struct comparing *comparing, struct run_result *result)
{
    const struct comparison *comparison = &comparing->comparison;
    int64_t wall_ns = 0;
    for (size_t i = 0; i < comparison->variants_count; i++) {
        struct run_result one = {0};
        if (!comparison->variants[i].is_swept)
            break;
        many_runs_settle(&one, &comparison->variants[i].sweep);
        wall_ns += one.wall_ns;
        if (i == 0 || one.status > result->status)
            *result = one;
    }
    result->wall_ns = wall_ns;
}

static void compare(struct comparing *comparing, struct run_result *result)
{
    const struct options *options = comparing->options;
    struct sweep_setup setup = many_runs_setup(options);
    enum error error = comparison_run(&comparing->comparison, &setup);
    many_runs_end_progress(&setup);
    if (error) {
        result->status = many_runs_failed(error, comparing->file);
        return;
    }
    settle(comparing, result);
    if (options->json)
        comparison_json(stdout, &comparing->comparison);
    else if (options->quiet && options_print_text(options))
        comparison_print_broken(stdout, &comparing->comparison);
    else if (options_print_text(options))
        comparison_print(stdout, &comparing->comparison, output_columns());
    result->is_printed = true;
    if (write_csv(comparing) || write_picture(comparing) ||
        !output_is_written(stdout, "standard output"))
        result->status = STATUS_FAILED;
}

struct run_result compare_scenario(const struct options *options, const char *file)
{
    struct comparing comparing = {.options = options, .file = file};
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    result.status = prepare(&comparing);
    if (!result.status)
        compare(&comparing, &result);
    close_all(&comparing);
    return result;
}
