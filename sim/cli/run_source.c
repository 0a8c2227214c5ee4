#include "cli/run_source.h"

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "scenario/plan_printer.h"
#include "search/trial.h"

#include <inttypes.h>
#include <string.h>

/* ---- a saved trace ------------------------------------------------------------------------- */

static enum status report_step(const struct trace_file *trace, enum trace_step step)
{
    char place[1024];
    if (step == TRACE_UNREAD)
        return report(STATUS_FAILED, trace->name, trace->why);
    snprintf(place, sizeof place, "%.900s:%" PRIu64, trace->name, trace->line);
    return report(STATUS_WRONG, place, trace->why);
}

static enum status open_trace(struct run_source *source)
{
    struct trace_file trace;
    enum status status = STATUS_HELD;
    enum trace_step step = trace_file_open(&trace, source->name);
    if (step != TRACE_HAS_RECORD) {
        status = report_step(&trace, step);
    } else if (!trace.head.is_whole) {
        status = report(STATUS_WRONG, source->name,
                        "it has no single requests: it is of a scenario with 'trace workers' or "
                        "'trace off'");
    } else {
        source->head = trace.head;
        trace.head = (struct trace_head){0};
    }
    trace_file_close(&trace);
    return status;
}

static enum status follow_trace(const struct run_source *source, struct reader *reader)
{
    struct trace_file trace;
    struct record record;
    enum trace_step step = trace_file_open(&trace, source->name);
    while (step == TRACE_HAS_RECORD && !interrupt_came() &&
           (step = trace_file_next(&trace, &record)) == TRACE_HAS_RECORD)
        reader_take(reader, &record);
    enum status status = step == TRACE_IS_OVER      ? STATUS_HELD
                         : step == TRACE_HAS_RECORD ? STATUS_INTERRUPTED
                                                    : report_step(&trace, step);
    trace_file_close(&trace);
    return status;
}

/* ---- a scenario ---------------------------------------------------------------------------- */

static char *settings_of(const struct settings *settings)
{
    struct string_builder lines = {0};
    for (enum setting_id id = 0; id < SETTINGS_COUNT; id++) {
        if (!setting_is_written(settings, id))
            continue;
        plan_setting_line(&lines, settings, id);
        string_builder_add_char(&lines, '\n');
    }
    return string_builder_take(&lines);
}

static enum status open_scenario(struct run_source *source, const struct options *options)
{
    struct plan *plan = &source->plan;
    enum status status = scenario_file_plan(options, source->name, plan);
    if (status)
        return status;
    plan->settings.trace = TRACE_ALL; /* which changes nothing but what is seen */
    source->head = (struct trace_head){.seed = plan->settings.seed,
                                       .nodes = plan->settings.nodes,
                                       .route = plan->settings.route,
                                       .fallback = plan->settings.fallback,
                                       .views_static = plan->settings.membership_static,
                                       .slots = plan->settings.leases ? plan->settings.slots : 0,
                                       .is_whole = true};
    source->head.settings = settings_of(&plan->settings);
    if (source->head.settings)
        return STATUS_HELD;
    plan_close(plan);
    return report(STATUS_FAILED, source->name, "out of memory");
}

/* Runs the plan, followed by the reader. */
static enum status follow_scenario(const struct run_source *source, struct reader *reader)
{
    const struct plan *plan = &source->plan;
    struct trial trial;
    struct trial_result result = {0};
    enum status status = STATUS_HELD;
    if (trial_init(&trial, plan, interrupt_came) || trial_result_init(&result, plan)) {
        status = report(STATUS_FAILED, plan->file, "out of memory");
    } else {
        trial.reader = reader;
        trial_run(&trial, plan->settings.seed, &result);
        if (result.state == RUN_GOES_ON)
            status = STATUS_INTERRUPTED;
        else if (result.state != RUN_OVER)
            status = report(STATUS_FAILED, plan->file, result.why);
    }
    trial_result_close(&result);
    trial_close(&trial);
    return status;
}

/* ---- either -------------------------------------------------------------------------------- */

enum status run_source_open(struct run_source *source, const struct options *options,
                            const char *file)
{
    *source = (struct run_source){.name = file, .is_trace = trace_file_begins(file)};
    if (!source->is_trace)
        return open_scenario(source, options);
    if (options->overrides_count || options->swarm)
        return report(STATUS_WRONG, options->swarm ? "--swarm" : options->overrides[0].option,
                      "it has no effect on a saved trace: leave it out");
    return open_trace(source);
}

enum status run_source_follow(const struct run_source *source, struct reader *reader)
{
    return source->is_trace ? follow_trace(source, reader) : follow_scenario(source, reader);
}

void run_source_close(struct run_source *source)
{
    memory_free(source->head.scenario);
    memory_free(source->head.settings);
    if (!source->is_trace)
        plan_close(&source->plan);
    *source = (struct run_source){0};
}

struct story_setup run_source_story(const struct run_source *source,
                                    const struct story_search *search, FILE *out)
{
    return (struct story_setup){.out = out,
                                .colour = output_wants_colour(),
                                .nodes = source->head.nodes,
                                .route = source->head.route,
                                .fallback = source->head.fallback,
                                .views_static = source->head.views_static,
                                .slots = source->head.slots,
                                .settings = source->head.settings,
                                .search = search};
}
