#include "cli/shrink_scenario.h"

#include "base/interrupt.h"
#include "base/memory.h"
#include "check/conclusion.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "search/shrink.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* So long it may take at the most: a person waits for it. */
#define LIMIT_NS (120 * NS_PER_S)

#define LINE_WIDTH 78

static void show_progress(void *context, const struct shrink_progress *progress)
{
    char line[100];
    (void)context;
    snprintf(line, sizeof line, "%zu lines left after %" PRIu64 " runs", progress->lines,
             progress->runs);
    fprintf(stderr, "\r%-*s", LINE_WIDTH, line);
    fflush(stderr);
}

static void print_head(FILE *out, const struct plan *plan, const struct shrink_result *result)
{
    fprintf(out, "# It fails by %s, as seed %" PRIu64 " of %s does.\n", result->target.text,
            plan->settings.seed, plan->file);
    fprintf(out, "# %zu of the %zu lines of that run are left, after %" PRIu64 " runs%s.\n\n",
            result->script.count, result->lines, result->runs,
            result->is_limited ? "; the search was ended, and a smaller one may fail, too" : "");
}

static enum status write_script(const struct options *options, const struct plan *plan,
                                const struct shrink_result *result)
{
    const char *file = options->shrunk_file;
    char *text = script_text(&result->script);
    if (!text)
        return report(STATUS_FAILED, file, "out of memory");
    FILE *out = options_is_stdout(file) ? stdout : fopen(file, "w");
    if (!out) {
        memory_free(text);
        return report(STATUS_FAILED, file, strerror(errno));
    }
    print_head(out, plan, result);
    fputs(text, out);
    memory_free(text);
    enum status status = output_close(out, file);
    if (!status && !options_is_stdout(file))
        fprintf(stderr, "dpsim: %s: %zu lines of %zu still fail by %s; %" PRIu64 " runs%s\n", file,
                result->script.count, result->lines, result->target.text, result->runs,
                result->is_limited ? "; more may be possible" : "");
    return status ? status : STATUS_BROKEN;
}

static enum status shrink_plan(const struct options *options, const struct plan *plan)
{
    struct shrink_result result;
    struct failure failure;
    struct shrink_setup setup = {.plan = plan,
                                 .seed = plan->settings.seed,
                                 .limit_ns = LIMIT_NS,
                                 .is_stopped = interrupt_came,
                                 .progress = isatty(STDERR_FILENO) ? show_progress : NULL};
    enum error error = shrink(&result, &setup, &failure);
    if (setup.progress)
        fprintf(stderr, "\r%*s\r", LINE_WIDTH, "");
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
