#include "cli/sweep_scenario.h"

#include "cli/many_runs.h"
#include "cli/repeat.h"
#include "cli/scenario_file.h"
#include "cli/sweep_report.h"

struct repeated {
    const struct options *options;
    const struct plan *plan;
    const struct scenario_file *scenario;
    struct junit *junit; /* or NULL */
};

static char *command_of_seed(void *context, uint64_t seed)
{
    const struct repeated *repeated = context;
    struct plan plan = *repeated->plan;
    char name[REPEAT_NAME_SIZE];
    plan.settings.seed = seed;
    return repeat_command(repeated->options, &plan, repeat_file(repeated->scenario, name));
}

static void report_seed(void *context, const struct trial_result *result)
{
    struct repeated *repeated = context;
    struct repeater repeater = {command_of_seed, repeated};
    sweep_report_seed(repeated->junit, repeated->plan, &repeater, result);
}

static void sweep_plan(const struct options *options, const struct plan *plan,
                       const struct scenario_file *scenario, struct run_result *result,
                       struct junit *junit)
{
    struct sweep sweep;
    struct repeated repeated = {options, plan, scenario, junit};
    struct repeater repeater = {command_of_seed, &repeated};
    struct sweep_setup setup = many_runs_setup(options);
    setup.plan = plan;
    setup.result = junit ? report_seed : NULL;
    setup.context = &repeated;
    enum error error = sweep_run(&sweep, &setup);
    many_runs_end_progress(&setup);
    if (error) {
        result->status = many_runs_failed(error, plan->file);
    } else {
        many_runs_settle(result, &sweep);
        sweep_report(options, &sweep, &repeater, SEEDS_REPORTED, result, junit);
    }
    sweep_close(&sweep);
}

struct run_result sweep_scenario(const struct options *options, const char *file,
                                 struct junit *junit)
{
    struct scenario_file scenario;
    struct plan plan;
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    result.status = scenario_file_read(&scenario, file);
    if (!result.status)
        result.status =
            scenario_file_parse(&scenario, options->overrides, options->overrides_count, &plan);
    if (!result.status) {
        sweep_plan(options, &plan, &scenario, &result, junit);
        plan_close(&plan);
    }
    scenario_file_close(&scenario);
    return result;
}
