#include "cli/merge_results.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "cli/many_runs.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/sweep_report.h"
#include "search/sweep_merge.h"

#include <stdlib.h>
#include <string.h>

#define WHY_SIZE 500u

/* A result and where it comes from. */
struct merged_part {
    struct sweep_part part;
    const char *file;
    uint32_t line;
};

struct merging {
    struct merged_part *parts;
    size_t count;
    size_t capacity;
    struct json json;
};

static enum status no_memory(const char *file)
{
    return report(STATUS_FAILED, file, "out of memory");
}

/* ---- reading ------------------------------------------------------------------------------- */

static enum status read_line(struct merging *merging, const char *file, uint32_t line, char *text,
                             size_t size)
{
    char name[WHY_SIZE], buffer[WHY_SIZE];
    struct string_builder why = string_builder_over(buffer, sizeof buffer);
    size_t at;
    if (memory_reserve((void **)&merging->parts, &merging->capacity, merging->count + 1,
                       sizeof *merging->parts))
        return no_memory(file);
    struct merged_part *part = &merging->parts[merging->count];
    *part = (struct merged_part){.file = file, .line = line};
    enum error error = json_parse(&merging->json, text, size, &at);
    if (error == ERROR_TEXT)
        string_builder_print(&why, "it is no JSON from byte %zu on", at + 1);
    else if (!error)
        error = sweep_part_read(&part->part, &merging->json, &why);
    merging->count += !error;
    snprintf(name, sizeof name, "%.400s:%u", file, line);
    return error == ERROR_MEMORY ? no_memory(file)
           : error               ? report(STATUS_WRONG, name, buffer)
                                 : STATUS_HELD;
}

static enum status read_file(struct merging *merging, const char *file)
{
    struct file_text input;
    size_t before = merging->count;
    uint32_t line = 1;
    if (file_text_read(&input, file, JSON_TEXT_MAX))
        return report_unread(file);
    enum status status = STATUS_HELD;
    for (char *at = input.text, *end = at + input.size; at < end && !status; line++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *next = newline ? newline : end;
        if (next > at)
            status = read_line(merging, file, line, at, (size_t)(next - at));
        at = next + 1;
    }
    file_text_close(&input);
    if (!status && merging->count == before)
        status = report(STATUS_WRONG, file, "it is empty: it has no result of a sweep");
    return status;
}

/* ---- adding up ----------------------------------------------------------------------------- */

static int compare_seeds(const void *a, const void *b)
{
    uint64_t first = ((const struct merged_part *)a)->part.sweep.first;
    uint64_t other = ((const struct merged_part *)b)->part.sweep.first;
    return (first > other) - (first < other);
}

/* Adds all parts to the first one. */
static enum status add_up(struct merging *merging)
{
    struct merged_part *parts = merging->parts;
    qsort(parts, merging->count, sizeof *parts, compare_seeds);
    for (size_t i = 0; i < merging->count; i++)
        parts[i].part.sweep.plan = &parts[i].part.plan;
    for (size_t i = 1; i < merging->count; i++) {
        char name[WHY_SIZE], text[2 * WHY_SIZE];
        struct string_builder why = string_builder_over(text, sizeof text);
        if (!sweep_part_add(&parts[0].part, &parts[i].part, &why))
            continue;
        string_builder_print(&why, " %.400s:%u", parts[i - 1].file, parts[i - 1].line);
        snprintf(name, sizeof name, "%.400s:%u", parts[i].file, parts[i].line);
        return report(STATUS_WRONG, name, text);
    }
    return STATUS_HELD;
}

static char *command_of_seed(void *context, uint64_t seed)
{
    const char *known = sweep_part_command(context, seed);
    size_t size = known ? strlen(known) + 1 : 0;
    char *command = known ? memory_resize(NULL, size) : NULL;
    if (command)
        memcpy(command, known, size);
    return command;
}

static enum status report_sum(const struct options *options, struct sweep_part *sum,
                              struct junit *junit)
{
    struct run_result result = {0};
    struct repeater repeater = {command_of_seed, sum};
    many_runs_settle(&result, &sum->sweep);
    sweep_report(options, &sum->sweep, &repeater, SEEDS_TO_REPORT, &result, junit);
    return result.status;
}

static enum status merge(const struct options *options, struct junit *junit)
{
    struct merging merging = {0};
    enum status status = STATUS_HELD;
    for (size_t i = 0; i < options->scenarios_count && !status; i++)
        status = read_file(&merging, options->scenarios[i]);
    if (!status)
        status = add_up(&merging);
    if (!status)
        status = report_sum(options, &merging.parts[0].part, junit);
    for (size_t i = 0; i < merging.count; i++)
        sweep_part_close(&merging.parts[i].part);
    memory_free(merging.parts);
    json_close(&merging.json);
    return status;
}

enum status merge_results(const struct options *options)
{
    struct junit junit;
    enum status status = outputs_check(options);
    if (status || !options->junit_file)
        return status ? status : merge(options, NULL);
    status = junit_open(&junit, options->junit_file);
    if (status)
        return status;
    status = merge(options, &junit);
    enum status written = junit_close(&junit);
    return written > status ? written : status;
}
