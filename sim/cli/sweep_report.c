#include "cli/sweep_report.h"

#include "base/memory.h"
#include "cli/outputs.h"
#include "trace/summary.h"

#include <inttypes.h>

/* ---- test cases ---------------------------------------------------------------------------- */

/* A rule or an expectation over the sweep. */
static void add_breach(struct junit *junit, const struct sweep *sweep, uint32_t number,
                       const char *name, const struct repeater *repeater)
{
    const struct breach_sum *sum = &sweep->breaches[number];
    char why[400];
    char *command = sum->seeds ? repeater->command(repeater->context, sum->first[0]) : NULL;
    snprintf(why, sizeof why, "in %" PRIu64 " of %" PRIu64 " seeds; seed %" PRIu64 ": %s",
             sum->seeds, sweep->runs, sum->first[0], sum->why);
    junit_add(junit, &(struct junit_case){.group = sweep->plan->file,
                                          .name = name,
                                          .result = sum->seeds ? JUNIT_FAILED : JUNIT_PASSED,
                                          .why = sum->seeds ? why : NULL,
                                          .more = command});
    memory_free(command);
}

/* Under the name that a single run's rule has. */
static void add_rule(struct junit *junit, const struct sweep *sweep, enum rule rule,
                     const struct repeater *repeater)
{
    char name[64];
    snprintf(name, sizeof name, "rule %s", rule_name(rule));
    if (sweep->judged[rule])
        add_breach(junit, sweep, breach_of_rule(rule), name, repeater);
    else
        junit_add(junit, &(struct junit_case){.group = sweep->plan->file,
                                              .name = name,
                                              .result = JUNIT_SKIPPED,
                                              .why = sweep->runs ? SUMMARY_NOT_KEPT
                                                                 : "no run was carried through"});
}

static bool was_judged(const struct sweep *sweep, size_t expectation)
{
    return sweep->held[expectation] ||
           sweep->breaches[breach_of_expectation(expectation, VERDICT_FAILED)].seeds ||
           sweep->breaches[breach_of_expectation(expectation, VERDICT_VACUOUS)].seeds;
}

static void add_expectation(struct junit *junit, const struct sweep *sweep, size_t i,
                            const struct repeater *repeater)
{
    const struct expectation *expectation = &sweep->plan->expectations[i];
    uint32_t failed = breach_of_expectation(i, VERDICT_FAILED);
    uint32_t vacuous = breach_of_expectation(i, VERDICT_VACUOUS);
    struct string_builder name = {0};
    string_builder_print(&name, "line %u: %s", expectation->line, expectation->text);
    const char *text = name.failed ? expectation->text : name.text;
    if (sweep_never_happened(sweep, i))
        junit_add(junit, &(struct junit_case){.group = sweep->plan->file,
                                              .name = text,
                                              .result = JUNIT_FAILED,
                                              .why = "it happened in no run"});
    else if (!was_judged(sweep, i))
        junit_add(junit, &(struct junit_case){.group = sweep->plan->file,
                                              .name = text,
                                              .result = JUNIT_SKIPPED,
                                              .why = "no run got so far that it could be judged"});
    else
        add_breach(junit, sweep, sweep->breaches[failed].seeds ? failed : vacuous, text, repeater);
    string_builder_close(&name);
}

void sweep_report_seed(struct junit *junit, const struct plan *plan,
                       const struct repeater *repeater, const struct trial_result *result)
{
    char name[40];
    bool failed = result->kind == CONCLUDED_FAIL || result->is_idle;
    char *command = failed ? repeater->command(repeater->context, result->seed) : NULL;
    snprintf(name, sizeof name, "seed %" PRIu64, result->seed);
    junit_add(junit, &(struct junit_case){.group = plan->file,
                                          .name = name,
                                          .result = failed ? JUNIT_FAILED : JUNIT_PASSED,
                                          .why = failed ? result->reason : NULL,
                                          .more = command});
    memory_free(command);
}

/* Each failing seed that a sum of sweeps has kept, as it is the first of some breach. */
static void add_first_seeds(struct junit *junit, const struct sweep *sweep,
                            const struct repeater *repeater)
{
    for (uint32_t i = 0; i < breaches_count(sweep->plan); i++) {
        const struct breach_sum *sum = &sweep->breaches[i];
        bool known = !sum->seeds;
        for (uint32_t j = 0; j < i && !known; j++)
            known = sweep->breaches[j].seeds && sweep->breaches[j].first[0] == sum->first[0];
        if (known)
            continue;
        char name[40];
        char *command = repeater->command(repeater->context, sum->first[0]);
        snprintf(name, sizeof name, "seed %" PRIu64, sum->first[0]);
        junit_add(junit, &(struct junit_case){.group = sweep->plan->file,
                                              .name = name,
                                              .result = JUNIT_FAILED,
                                              .why = sum->why,
                                              .more = command});
        memory_free(command);
    }
}

static void add_missed(struct junit *junit, const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->plan->actions_count; i++) {
        const struct action *action = &sweep->plan->actions[i];
        struct string_builder name = {0};
        if (!sweep_never_struck(sweep, i))
            continue;
        string_builder_print(&name, "line %u: %s", action->line, action->text);
        junit_add(junit, &(struct junit_case){.group = sweep->plan->file,
                                              .name = name.failed ? action->text : name.text,
                                              .result = JUNIT_FAILED,
                                              .why = "it had no effect in any run"});
        string_builder_close(&name);
    }
}

/* What held or not over all seeds: mapped as the verdict of a single run is. */
static void add_all(struct junit *junit, const struct sweep *sweep, const struct run_result *result)
{
    char why[1200];
    bool failed = result->status == STATUS_BROKEN || result->status == STATUS_UNCHECKED;
    snprintf(why, sizeof why, "%s: %s", result->verdict, result->reason);
    junit_add(junit, &(struct junit_case){.group = sweep->plan->file,
                                          .name = "all seeds",
                                          .result = failed           ? JUNIT_FAILED
                                                    : result->status ? JUNIT_ERROR
                                                                     : JUNIT_PASSED,
                                          .why = why,
                                          .time_ns = sweep->wall_ns});
}

static void add_suite(struct junit *junit, const struct sweep *sweep,
                      const struct run_result *result, const struct repeater *repeater,
                      enum sweep_seeds seeds)
{
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        add_rule(junit, sweep, rule, repeater);
    for (size_t i = 0; i < sweep->plan->expectations_count; i++)
        add_expectation(junit, sweep, i, repeater);
    add_missed(junit, sweep);
    if (seeds == SEEDS_TO_REPORT)
        add_first_seeds(junit, sweep, repeater);
    add_all(junit, sweep, result);
    junit_end_suite(junit, sweep->plan->file, sweep->wall_ns);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static void print(const struct options *options, const struct sweep *sweep,
                  const struct repeater *repeater)
{
    if (options->json)
        sweep_json(stdout, sweep, repeater);
    else if (options_print_text(options))
        sweep_print(stdout, sweep, repeater, options->quiet ? SWEEP_BRIEFLY : SWEEP_IN_FULL);
}

void sweep_report(const struct options *options, const struct sweep *sweep,
                  const struct repeater *repeater, enum sweep_seeds seeds,
                  struct run_result *result, struct junit *junit)
{
    print(options, sweep, repeater);
    result->is_printed = true;
    if (junit)
        add_suite(junit, sweep, result, repeater, seeds);
    result->is_in_junit = true;
    if (!output_is_written(stdout, "standard output"))
        result->status = STATUS_FAILED;
}
