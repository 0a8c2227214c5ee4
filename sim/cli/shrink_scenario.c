#include "cli/shrink_scenario.h"

#include "base/interrupt.h"
#include "check/conclusion.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "cli/script_file.h"
#include "search/shrink.h"

#include <inttypes.h>

/* So long it may take at the most: a person waits for it. --help says so. */
#define LIMIT_NS (120 * NS_PER_S)

static void show_progress(void *context, const struct shrink_progress *state)
{
    struct progress *progress = context;
    char line[100];
    if (!progress_is_due(progress))
        return;
    snprintf(line, sizeof line, "%zu lines left after %" PRIu64 " runs", state->lines, state->runs);
    progress_print(progress, line);
}

static enum status write_script(const struct options *options, const struct plan *plan,
                                const struct shrink_result *result)
{
    const char *file = options->shrunk_file;
    char before[sizeof result->target.text + 32], more[200];
    snprintf(before, sizeof before, "It fails by %s, as ", result->target.text);
    snprintf(more, sizeof more,
             "# %zu of the %zu lines of that run are left, after %" PRIu64 " runs%s.\n",
             result->script.count, result->lines, result->runs,
             result->is_limited ? "; the search was ended, and a smaller one may fail, too" : "");
    enum status status = script_file_write(
        file, &result->script,
        &(struct script_head){
            .options = options, .plan = plan, .before = before, .after = " does.", .more = more});
    if (!status && !options->quiet && !options_is_stdout(file))
        fprintf(stderr, "dpsim: %s: %zu lines of %zu still fail by %s; %" PRIu64 " runs%s\n", file,
                result->script.count, result->lines, result->target.text, result->runs,
                result->is_limited ? "; more may be possible" : "");
    return status ? status : STATUS_BROKEN;
}

static enum status shrink_plan(const struct options *options, const struct plan *plan)
{
    struct shrink_result result;
    struct failure failure;
    struct progress progress;
    struct shrink_setup setup = {.plan = plan,
                                 .seed = plan->settings.seed,
                                 .limit_ns = LIMIT_NS,
                                 .is_stopped = interrupt_came,
                                 .progress = show_progress,
                                 .context = &progress};
    progress_begin(&progress, 0, PROGRESS_ALONE);
    enum error error = shrink(&result, &setup, &failure);
    progress_end(&progress);
    enum status status = STATUS_FAILED;
    if (error)
        status = report(error == ERROR_TEXT && !interrupt_came() ? STATUS_WRONG : STATUS_FAILED,
                        plan->file, failure.text);
    else
        status = write_script(options, plan, &result);
    shrink_close(&result);
    return interrupt_came() ? STATUS_INTERRUPTED : status;
}

struct run_result shrink_scenario(const struct options *options, const char *file)
{
    struct plan plan;
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    report_forget();
    result.status = scenario_file_plan(options, file, &plan);
    if (result.status)
        return result;
    result.status = shrink_plan(options, &plan);
    if (result.status == STATUS_BROKEN)
        result.verdict = conclusion_name(CONCLUDED_FAIL);
    plan_close(&plan);
    return result;
}
