#include "cli/scenario_file.h"

#include "cli/report.h"
#include "search/swarm.h"

#include <string.h>

enum status scenario_file_read(struct scenario_file *scenario, const char *file)
{
    *scenario = (struct scenario_file){.name = file, .is_stdin = strcmp(file, "-") == 0};
    if (scenario->is_stdin)
        scenario->name = "<stdin>";
    return file_text_read(&scenario->text, file, PARSE_TEXT_MAX) ? report_unread(scenario->name)
                                                                 : STATUS_HELD;
}

void scenario_file_close(struct scenario_file *scenario)
{
    file_text_close(&scenario->text);
}

enum status scenario_file_parse(const struct scenario_file *scenario,
                                const struct override *overrides, size_t overrides_count,
                                struct plan *plan)
{
    char *diagnostics = NULL;
    enum error error =
        parse_scenario(plan, scenario->name, scenario->text.text, scenario->text.size, overrides,
                       overrides_count, &diagnostics);
    return error ? report_unparsed(error, scenario->name, diagnostics) : STATUS_HELD;
}

enum status scenario_file_plan(const struct options *options, const char *file, struct plan *plan)
{
    struct scenario_file scenario;
    enum status status = scenario_file_read(&scenario, file);
    if (status)
        return status;
    status = scenario_file_parse(&scenario, options->overrides, options->overrides_count, plan);
    scenario_file_close(&scenario);
    if (!status && options->swarm)
        swarm_apply(plan);
    return status;
}
