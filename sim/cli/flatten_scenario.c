#include "cli/flatten_scenario.h"

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "search/flatten.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void print_head(FILE *out, const struct plan *plan, const struct flatten_notes *notes)
{
    fprintf(out, "# What seed %" PRIu64 " of %s did, as single actions.\n", plan->settings.seed,
            plan->file);
    fprintf(out, "# It has the same hash: %s\n", notes->hash.hex);
    if (notes->loads_kept)
        fprintf(out,
                "# %u of its %u lines of load stay: single requests would not come at the same "
                "place of their instant.\n",
                notes->loads_kept, notes->loads);
    if (notes->drawn)
        fprintf(out,
                "# %u line%s of 'every' stay%s, and draw%s nodes each time: their replies are "
                "numbered.\n",
                notes->drawn, notes->drawn == 1 ? "" : "s", notes->drawn == 1 ? "s" : "",
                notes->drawn == 1 ? "s" : "");
    fputc('\n', out);
}

static enum status write_script(const struct options *options, const struct plan *plan,
                                const struct script *script, const struct flatten_notes *notes)
{
    const char *file = options->flat_file;
    char *text = script_text(script);
    if (!text)
        return report(STATUS_FAILED, file, "out of memory");
    FILE *out = options_is_stdout(file) ? stdout : fopen(file, "w");
    if (!out) {
        memory_free(text);
        return report(STATUS_FAILED, file, strerror(errno));
    }
    print_head(out, plan, notes);
    fputs(text, out);
    memory_free(text);
    enum status status = output_close(out, file);
    if (!status && !options_is_stdout(file))
        fprintf(stderr,
                "dpsim: %s: %zu lines; %" PRIu64 " single requests, %u of %u lines of load kept\n",
                file, script->count, notes->requests, notes->loads_kept, notes->loads);
    return status;
}

struct run_result flatten_scenario(const struct options *options, const char *file)
{
    struct plan plan;
    struct script script;
    struct flatten_notes notes;
    struct failure failure;
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    report_forget();
    result.status = scenario_file_plan(options, file, &plan);
    if (result.status)
        return result;
    if (flatten(&script, &plan, plan.settings.seed, interrupt_came, &notes, &failure))
        result.status =
            interrupt_came() ? STATUS_INTERRUPTED : report(STATUS_FAILED, plan.file, failure.text);
    else
        result.status = write_script(options, &plan, &script, &notes);
    script_close(&script);
    plan_close(&plan);
    return result;
}
