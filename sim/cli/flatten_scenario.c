#include "cli/flatten_scenario.h"

#include "base/interrupt.h"
#include "base/string_builder.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "cli/script_file.h"
#include "search/flatten.h"

#include <inttypes.h>

static enum status write_script(const struct options *options, const struct plan *plan,
                                const struct script *script, const struct flatten_notes *notes)
{
    const char *file = options->flat_file;
    char more[500];
    struct string_builder lines = string_builder_over(more, sizeof more);
    string_builder_print(&lines, "# It has the same hash: %s\n", notes->hash.hex);
    if (notes->loads_kept)
        string_builder_print(&lines,
                             "# %u of its %u lines of load stay: single requests would not come at "
                             "the same place of their instant.\n",
                             notes->loads_kept, notes->loads);
    if (notes->drawn)
        string_builder_print(&lines,
                             "# %u line%s of 'every' stay%s, and draw%s nodes each time: their "
                             "replies are numbered.\n",
                             notes->drawn, notes->drawn == 1 ? "" : "s",
                             notes->drawn == 1 ? "s" : "", notes->drawn == 1 ? "s" : "");
    if (notes->idle)
        string_builder_print(
            &lines, "# %u line%s of 'chaos' never struck, and ha%s no line here.\n", notes->idle,
            notes->idle == 1 ? "" : "s", notes->idle == 1 ? "s" : "ve");
    enum status status =
        script_file_write(file, script,
                          &(struct script_head){.options = options,
                                                .plan = plan,
                                                .before = "What ",
                                                .after = " did, as single actions.",
                                                .more = more});
    if (!status && !options->quiet && !options_is_stdout(file))
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
