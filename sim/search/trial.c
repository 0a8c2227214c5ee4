#include "search/trial.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/string_builder.h"
#include "run/missed.h"
#include "search/swarm.h"
#include "virtual/cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Virtual time between two looks at whether to stop. */
#define STOP_CHECK_NS   (10 * NS_PER_S)
#define EVENTS_CHECK_NS (100 * NS_PER_MS)

enum error trial_result_init(struct trial_result *result, const struct plan *plan)
{
    *result = (struct trial_result){
        .held = bits_new((uint32_t)plan->expectations_count),
        .missed = bits_new((uint32_t)plan->actions_count),
        .struck = bits_new((uint32_t)plan->actions_count),
    };
    return result->held && result->missed && result->struck ? OK : ERROR_MEMORY;
}

void trial_result_close(struct trial_result *result)
{
    memory_free(result->breaches);
    memory_free(result->held);
    memory_free(result->missed);
    memory_free(result->struck);
    *result = (struct trial_result){0};
}

const struct breach *trial_breach(const struct trial_result *result, uint32_t number)
{
    for (size_t i = 0; i < result->breaches_count; i++)
        if (result->breaches[i].number == number)
            return &result->breaches[i];
    return NULL;
}

enum error trial_init(struct trial *trial, const struct plan *plan, bool (*is_stopped)(void))
{
    *trial = (struct trial){.base = plan, .plan = *plan, .is_stopped = is_stopped};
    size_t most = plan->actions_count + WAY_MOST;
    trial->missed = memory_zeroed(most * sizeof(const struct action *));
    trial->plan.actions = memory_resize(NULL, most * sizeof *plan->actions);
    return trial->missed && trial->plan.actions ? OK : ERROR_MEMORY;
}

void trial_close(struct trial *trial)
{
    memory_free(trial->missed);
    memory_free(trial->plan.actions);
    *trial = (struct trial){0};
}

/* ---- what the run came to ------------------------------------------------------------------ */

/* A breach whose text is still to be written; NULL: there is no memory. */
static struct breach *add_breach(struct trial_result *result, uint32_t number, uint64_t times)
{
    if (memory_reserve((void **)&result->breaches, &result->breaches_capacity,
                       result->breaches_count + 1, sizeof *result->breaches)) {
        result->state = RUN_NO_MEMORY;
        return NULL;
    }
    struct breach *breach = &result->breaches[result->breaches_count++];
    *breach = (struct breach){.number = number, .times = times, .first_ns = TIME_NEVER};
    return breach;
}

static const struct finding *first_violation(const struct findings *found, enum rule rule)
{
    for (size_t i = 0; i < found->violations.count; i++)
        if (found->violations.items[i].code == rule)
            return &found->violations.items[i];
    return NULL;
}

static void note_rules(struct trial_result *result, const struct findings *found,
                       const struct checker *checker)
{
    for (enum rule rule = 0; rule < RULES_COUNT && checker_violations(checker); rule++) {
        uint64_t times = checker_violations_of(checker, rule);
        const struct finding *first = first_violation(found, rule);
        struct breach *breach = times ? add_breach(result, breach_of_rule(rule), times) : NULL;
        if (!breach || !first)
            continue;
        breach->first_ns = first->t_ns;
        struct string_builder why = string_builder_over(breach->why, sizeof breach->why);
        string_builder_print(&why, "at %s", duration_exact(first->t_ns).text);
        if (first->node != NODE_NONE)
            string_builder_print(&why, " on n%u", first->node + 1);
        if (text_size(&first->id)) {
            string_builder_add(&why, ", id ");
            string_builder_add_bytes(&why, text_bytes(&first->id), text_size(&first->id));
        }
        string_builder_add(&why, ": ");
        string_builder_add_bytes(&why, text_bytes(&first->text), text_size(&first->text));
    }
}

/* The findings and the plan have expectations in the order of their lines. */
static void note_expectations(struct trial_result *result, const struct findings *found,
                              const struct plan *plan)
{
    uint32_t index = 0;
    for (size_t i = 0; i < found->expectations.count; i++) {
        const struct finding *finding = &found->expectations.items[i];
        while (index < plan->expectations_count && plan->expectations[index].line < finding->line)
            index++;
        must(index < plan->expectations_count && plan->expectations[index].line == finding->line);
        if (finding->code == VERDICT_HELD)
            bits_add(result->held, index);
        if (finding->code != VERDICT_FAILED && finding->code != VERDICT_VACUOUS)
            continue;
        uint32_t number = breach_of_expectation(index, (enum verdict_kind)finding->code);
        struct breach *breach = add_breach(result, number, finding->times);
        if (!breach)
            return;
        struct string_builder why = string_builder_over(breach->why, sizeof breach->why);
        string_builder_add_bytes(&why, text_bytes(&finding->why), text_size(&finding->why));
    }
}

static void note_missed(struct trial *trial, struct trial_result *result,
                        const struct executor *executor)
{
    size_t count = action_list_missed(&executor->actions, trial->missed, trial->plan.actions_count);
    for (size_t i = 0; i < count; i++) {
        const struct action *action = trial->missed[i];
        bits_add(result->missed, (uint32_t)(action - trial->plan.actions));
        findings_add_missed(&trial->found, action->line, action->text,
                            why_missed(executor, &trial->plan, action));
    }
}

/* What chaos made is no action of the plan: its effect is that of its line. Nor are later seeds of
 * the way. */
static void note_struck(const struct trial *trial, struct trial_result *result,
                        const struct executor *executor)
{
    const struct action *from = trial->plan.actions, *action;
    for (uint32_t i = 0; (action = action_list_at(&executor->actions, i)); i++)
        if (action >= from && action < from + trial->base->actions_count &&
            atomic_load_explicit(action_list_effect(&executor->actions, i), memory_order_relaxed))
            bits_add(result->struck, (uint32_t)(action - from));
}

static void note_outcome(struct trial *trial, struct runner *runner, struct trial_result *result)
{
    const struct checker *checker = judge_check(runner->judge);
    result->totals = runner->operations->totals(runner);
    result->events = runner->operations->events(runner);
    result->virtual_ns = runner->operations->now_ns(runner);
    result->hash = runner->operations->hash(runner);
    findings_sort(&trial->found);
    note_missed(trial, result, runner->executor);
    note_struck(trial, result, runner->executor);
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        result->judged[rule] = checker_judges(checker, rule);
    note_rules(result, &trial->found, checker);
    note_expectations(result, &trial->found, &trial->plan);
    struct conclusion conclusion =
        conclude_run(&trial->plan, &trial->found, &result->totals, checker);
    result->kind = conclusion.kind;
    result->is_idle = conclusion.is_idle;
    snprintf(result->reason, sizeof result->reason, "%.255s", conclusion.reason);
}

/* ---- the run ------------------------------------------------------------------------------- */

/* The seeds that take over later, as actions of the plan. */
static void add_way(struct trial *trial, const struct way *way)
{
    for (uint32_t i = 1; way && i < way->count; i++) {
        char *text = trial->seed_texts[i];
        snprintf(text, sizeof trial->seed_texts[i], "seed %" PRIu64, way->steps[i].seed);
        trial->plan.actions[trial->plan.actions_count++] =
            (struct action){.kind = ACTION_SEED,
                            .at_ns = way->steps[i].at_ns,
                            .text = text,
                            .as.seed = way->steps[i].seed};
    }
}

const struct plan *trial_plan(struct trial *trial, uint64_t seed)
{
    const struct plan *base = trial->base;
    trial->plan.settings = base->settings;
    trial->plan.settings.seed = seed;
    trial->plan.actions_count = base->actions_count;
    if (base->actions_count)
        memcpy(trial->plan.actions, base->actions, base->actions_count * sizeof *base->actions);
    if (trial->swarm == SWARM_ON)
        swarm_apply(&trial->plan);
    add_way(trial, trial->way);
    return &trial->plan;
}

static void run_to_end(struct trial *trial, struct runner *runner, struct trial_result *result)
{
    int64_t step_ns = trial->events_most ? EVENTS_CHECK_NS : STOP_CHECK_NS;
    for (int64_t until_ns = step_ns; result->state == RUN_GOES_ON; until_ns += step_ns) {
        if (trial->is_stopped() ||
            (trial->events_most && runner->operations->events(runner) > trial->events_most))
            return;
        until_ns = max_i64(until_ns, runner->operations->next_ns(runner));
        result->state = runner->operations->run(runner, min_i64(until_ns, TIME_NEVER));
    }
    if (result->state == RUN_LIVELOCK)
        snprintf(result->why, sizeof result->why, "livelock at %s",
                 duration_exact(runner->operations->now_ns(runner)).text);
    else if (result->state == RUN_FAILED)
        snprintf(result->why, sizeof result->why, "%.255s", runner->why);
}

static void begin(struct trial_result *result, const struct plan *plan, uint64_t seed)
{
    uint64_t *held = result->held, *missed = result->missed, *struck = result->struck;
    memset(held, 0, bits_words((uint32_t)plan->expectations_count) * sizeof *held);
    memset(missed, 0, bits_words((uint32_t)plan->actions_count) * sizeof *missed);
    memset(struck, 0, bits_words((uint32_t)plan->actions_count) * sizeof *struck);
    *result = (struct trial_result){.seed = seed,
                                    .state = RUN_GOES_ON,
                                    .held = held,
                                    .missed = missed,
                                    .struck = struck,
                                    .breaches = result->breaches,
                                    .breaches_capacity = result->breaches_capacity};
}

void trial_run(struct trial *trial, uint64_t seed, struct trial_result *result)
{
    struct reader *readers[] = {&trial->found.reader, trial->reader};
    struct runner_setup setup = {.plan = &trial->plan,
                                 .readers = readers,
                                 .readers_count = trial->reader ? 2 : 1,
                                 .threads = 1,
                                 .cores = 1,
                                 .may_screen = !trial->observer,
                                 .jobs = trial->jobs};
    struct runner *runner = NULL;
    begin(result, trial->base, seed);
    trial_plan(trial, seed);
    findings_init(&trial->found);
    if (cluster_new(&runner, &setup)) {
        result->state = RUN_NO_MEMORY;
    } else {
        runner->executor->observer = trial->observer;
        run_to_end(trial, runner, result);
        if (result->state == RUN_OVER)
            note_outcome(trial, runner, result);
    }
    if (result->state == RUN_NO_MEMORY)
        snprintf(result->why, sizeof result->why, "out of memory%s",
                 trial->jobs > 1 ? " (-j 1 needs less)" : "");
    if (runner)
        runner->operations->delete (runner);
    findings_close(&trial->found);
}
