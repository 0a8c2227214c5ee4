#include "cli/run_scenarios.h"

#include "base/duration.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/compare_scenario.h"
#include "cli/diff_scenario.h"
#include "cli/explain_scenario.h"
#include "cli/flatten_scenario.h"
#include "cli/hunt_scenario.h"
#include "cli/junit_run.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/run_scenario.h"
#include "cli/shrink_scenario.h"
#include "cli/sweep_scenario.h"
#include "trace/writer.h"

#include <string.h>

/* ---- the table of verdicts ----------------------------------------------------------------- */

#define NOT_RUN       "NOT RUN"
#define NAME_MOST     60u /* columns of a scenario's name; a longer one pushes the rest aside */
#define REASON_BYTES  200u
#define VERDICT_WIDTH 11 /* of INTERRUPTED */

static size_t name_width(const struct options *options)
{
    size_t width = strlen("scenario");
    for (size_t i = 0; i < options->scenarios_count; i++) {
        size_t size = strlen(options->scenarios[i]);
        if (size > width && size <= NAME_MOST)
            width = size;
    }
    return width;
}

static void put_row(struct writer *writer, const struct run_result *result, const char *file,
                    size_t width)
{
    char columns[128];
    size_t size = strlen(file);
    snprintf(columns, sizeof columns, "%-*s  %6d  %8s  ", VERDICT_WIDTH, result->verdict,
             result->status, duration_short(result->wall_ns).text);
    writer_string(writer, columns);
    writer_shown(writer, file, size, SIZE_MAX);
    if (*result->reason) {
        for (size_t at = size; at < width + 2; at++)
            WRITER_PUT(writer, " ");
        writer_shown(writer, result->reason, strlen(result->reason), REASON_BYTES);
    }
    WRITER_PUT(writer, "\n");
}

static void print_table(const struct options *options, const struct run_result *results)
{
    struct writer writer;
    char head[64];
    size_t width = name_width(options);
    writer_init(&writer, stdout);
    snprintf(head, sizeof head, "\n%-*s  status      time  ", VERDICT_WIDTH, "verdict");
    writer_string(&writer, head);
    writer_string(&writer, "scenario");
    for (size_t at = strlen("scenario"); at < width + 2; at++)
        WRITER_PUT(&writer, " ");
    WRITER_PUT(&writer, "reason\n");
    for (size_t i = 0; i < options->scenarios_count; i++)
        put_row(&writer, &results[i], options->scenarios[i], width);
    writer_flush(&writer);
}

/* ---- the runs ------------------------------------------------------------------------------ */

static struct run_result run_by_mode(const struct options *options, const char *file,
                                     struct junit *junit)
{
    switch (options->mode) {
    case MODE_SWEEP:
        return sweep_scenario(options, file, junit);
    case MODE_FLATTEN:
        return flatten_scenario(options, file);
    case MODE_HUNT:
        return hunt_scenario(options, file);
    case MODE_EXPLAIN:
        return explain_scenario(options, file);
    case MODE_DIFF:
        return diff_scenario(options, file);
    case MODE_SHRINK:
        return shrink_scenario(options, file);
    case MODE_COMPARE:
        return compare_scenario(options, file);
    default:
        return run_scenario(options, file, junit);
    }
}

/* A program that reads --json gets an object of each scenario, whatever became of it. */
static void print_error(const struct run_result *result, const char *file)
{
    struct writer writer;
    writer_init(&writer, stdout);
    WRITER_PUT(&writer, "{\"verdict\":\"");
    writer_string(&writer, result->verdict);
    WRITER_PUT(&writer, "\",\"reason\":");
    writer_json(&writer, result->reason, strlen(result->reason));
    WRITER_PUT(&writer, ",\"repeat\":null,\"scenario\":");
    writer_json(&writer, file, strlen(file));
    WRITER_PUT(&writer, "}\n");
    writer_flush(&writer);
}

static struct run_result run_one(const struct options *options, const char *file,
                                 struct junit *junit)
{
    report_forget();
    struct run_result result = run_by_mode(options, file, junit);
    run_result_settle(&result);
    if (options->json && !result.is_printed)
        print_error(&result, file);
    if (junit && !result.is_in_junit)
        junit_add_run(junit, &(struct junit_run){.scenario = file, .result = &result});
    if (options->json && !output_is_written(stdout, "standard output") &&
        result.status < STATUS_FAILED)
        result.status = STATUS_FAILED;
    return result;
}

/* What is left after an interrupt has its place in all reports, too. */
static struct run_result skip_one(const struct options *options, const char *file,
                                  struct junit *junit)
{
    struct run_result result = {
        .status = STATUS_INTERRUPTED, .verdict = NOT_RUN, .reason = "interrupted before it began"};
    if (options->json)
        print_error(&result, file);
    if (junit) {
        junit_add(junit, &(struct junit_case){.group = file,
                                              .name = "verdict",
                                              .result = JUNIT_SKIPPED,
                                              .why = result.reason});
        junit_end_suite(junit, file, 0);
    }
    return result;
}

/* After an interrupted one no further one is begun. */
static enum status run_each(const struct options *options, struct run_result *results,
                            struct junit *junit)
{
    enum status worst = STATUS_HELD;
    for (size_t i = 0; i < options->scenarios_count; i++) {
        if (interrupt_came())
            results[i] = skip_one(options, options->scenarios[i], junit);
        else
            results[i] = run_one(options, options->scenarios[i], junit);
        worst = results[i].status > worst ? results[i].status : worst;
    }
    return worst;
}

static enum status run_all(const struct options *options, struct junit *junit)
{
    struct run_result *results = memory_zeroed(options->scenarios_count * sizeof *results);
    if (!results)
        return report(STATUS_FAILED, "the results", "out of memory");
    enum status worst = run_each(options, results, junit);
    if (options->scenarios_count > 1 && options_print_text(options) && !options->check) {
        print_table(options, results);
        if (!output_is_written(stdout, "standard output") && worst < STATUS_FAILED)
            worst = STATUS_FAILED;
    }
    memory_free(results);
    return worst;
}

enum status run_scenarios(const struct options *options)
{
    struct junit junit;
    enum status status = outputs_check(options);
    if (status)
        return status;
    if (!options->check) /* which runs nothing that could end in order */
        interrupt_watch();
    if (!options->junit_file)
        return run_all(options, NULL);
    status = junit_open(&junit, options->junit_file);
    if (status)
        return status;
    status = run_all(options, &junit);
    enum status written = junit_close(&junit);
    return written > status ? written : status;
}
