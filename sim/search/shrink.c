#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "scenario/parse.h"
#include "search/flatten.h"
#include "search/shrink_internal.h"
#include "search/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PROGRESS_NS (200 * NS_PER_MS)

/* A scenario of so many actions, `connect` counted, is small. */
#define ACTIONS_FEW 5u

/* ---- whether it still fails ---------------------------------------------------------------- */

bool shrink_is_over(struct shrinking *shrinking)
{
    struct shrink_result *result = shrinking->result;
    int64_t now_ns = monotonic_ns();
    const struct shrink_setup *setup = shrinking->setup;
    if (shrinking->failed)
        return true;
    if (result->runs >= SHRINK_RUNS_MOST || now_ns - shrinking->started_ns > setup->limit_ns ||
        setup->is_stopped())
        result->is_limited = true;
    if (setup->progress && now_ns - shrinking->told_ns > PROGRESS_NS) {
        struct shrink_progress progress = {result->script.count, result->runs};
        setup->progress(setup->context, &progress);
        shrinking->told_ns = now_ns;
    }
    return result->is_limited;
}

/* Whether the expectation has the target's words. What counts from the cursor says from when in a
 * flat scenario, behind its own words. */
static bool is_meant(const struct shrink_target *target, const struct expectation *expectation)
{
    size_t size = strlen(target->text);
    if (strncmp(expectation->text, target->text, size) != 0)
        return false;
    const char *rest = expectation->text + size;
    return !*rest || strncmp(rest, " from ", strlen(" from ")) == 0;
}

static bool has_target(const struct shrink_target *target, const struct plan *plan)
{
    bool has = target->is_rule;
    for (size_t i = 0; i < plan->expectations_count && !has; i++)
        has = is_meant(target, &plan->expectations[i]);
    return has;
}

/* The breach that is the target, of any expectation with its words; NULL: the run has none. */
static const struct breach *target_in(const struct shrink_target *target, const struct plan *plan,
                                      const struct trial_result *result)
{
    const struct breach *breach = NULL;
    if (target->is_rule)
        return trial_breach(result, breach_of_rule(target->rule));
    for (size_t i = 0; i < plan->expectations_count && !breach; i++)
        if (is_meant(target, &plan->expectations[i]))
            breach =
                trial_breach(result, breach_of_expectation(i, target->is_vacuous ? VERDICT_VACUOUS
                                                                                 : VERDICT_FAILED));
    return breach;
}

/* Runs the plan by its own seed, or ends early where that takes far longer than the first run. */
static bool breaks(struct shrinking *shrinking, const struct plan *plan, struct breach *found)
{
    struct trial trial;
    struct trial_result result = {0};
    const struct shrink_target *target = &shrinking->result->target;
    const struct breach *breach = NULL;
    if (!has_target(target, plan))
        return false;
    if (trial_init(&trial, plan, shrinking->setup->is_stopped) ||
        trial_result_init(&result, plan)) {
        shrinking->failed = true;
    } else {
        trial.events_most = shrinking->events_most;
        trial_run(&trial, plan->settings.seed, &result);
        shrinking->result->runs++;
        breach = result.state == RUN_OVER ? target_in(target, plan, &result) : NULL;
        if (breach)
            *found = *breach;
    }
    trial_result_close(&result);
    trial_close(&trial);
    return breach != NULL;
}

/* A scenario that can't be parsed does not fail by the target. */
static bool script_breaks(struct shrinking *shrinking, const struct script *script,
                          struct breach *found)
{
    struct plan plan;
    char *diagnostics = NULL, *text = script_text(script);
    if (!text) {
        shrinking->failed = true;
        return false;
    }
    enum error error = parse_scenario(&plan, "shrunk", text, strlen(text), NULL, 0, &diagnostics);
    memory_free(text);
    memory_free(diagnostics);
    shrinking->failed |= error == ERROR_MEMORY;
    if (error)
        return false;
    bool is_broken = breaks(shrinking, &plan, found);
    plan_close(&plan);
    return is_broken;
}

bool shrink_try(struct shrinking *shrinking, const struct script_line *lines, size_t count)
{
    struct script *script = &shrinking->result->script;
    struct breach found;
    struct script candidate = {
        .lines = (struct script_line *)lines, .count = count, .arena = script->arena};
    if (shrink_is_over(shrinking) || !script_breaks(shrinking, &candidate, &found))
        return false;
    must(count <= script->capacity);
    memmove(script->lines, lines, count * sizeof *lines);
    script->count = count;
    return true;
}

bool shrink_try_line(struct shrinking *shrinking, size_t index, struct script_line line)
{
    struct script *script = &shrinking->result->script;
    struct script_line before = script->lines[index];
    if (!line.text) {
        shrinking->failed = true;
        return false;
    }
    script->lines[index] = line;
    bool kept = shrink_try(shrinking, script->lines, script->count);
    if (!kept)
        script->lines[index] = before;
    return kept;
}

/* ---- taking lines out ---------------------------------------------------------------------- */

bool shrink_must_stay(const struct script_line *line)
{
    struct words words = words_of(line->text);
    return words.count && (word_is(words.list[0], "connect") || word_is(words.list[0], "nodes"));
}

/* Tries to take out `some` lines from `at` on, but for those that must stay. */
static bool try_without(struct shrinking *shrinking, struct script_line *room, size_t at,
                        size_t some)
{
    const struct script *script = &shrinking->result->script;
    size_t count = 0;
    for (size_t i = 0; i < script->count; i++)
        if (i < at || i >= at + some || shrink_must_stay(&script->lines[i]))
            room[count++] = script->lines[i];
    return count < script->count && shrink_try(shrinking, room, count);
}

/* From the last lines to the first, as what comes after the breach goes first; or the other way. */
static bool take_out(struct shrinking *shrinking, struct script_line *room, size_t some)
{
    struct script *script = &shrinking->result->script;
    bool changed = false;
    for (size_t done = 0; done < script->count && !shrink_is_over(shrinking);) {
        size_t left = script->count - done, size = min_size(some, left);
        bool gone = try_without(shrinking, room, shrinking->forwards ? done : left - size, size);
        changed |= gone;
        done += gone ? 0 : size;
    }
    return changed;
}

static bool shrink_lines(struct shrinking *shrinking)
{
    struct script *script = &shrinking->result->script;
    struct script_line *room = memory_resize(NULL, (script->count + 1) * sizeof *room);
    bool changed = false;
    if (!room) {
        shrinking->failed = true;
        return false;
    }
    for (size_t some = (script->count + 1) / 2; some > 1; some = (some + 1) / 2)
        changed |= take_out(shrinking, room, some);
    while (take_out(shrinking, room, 1))
        changed = true;
    memory_free(room);
    return changed;
}

/* Takes out all that begins after the breach. */
static void drop_what_is_later(struct shrinking *shrinking, int64_t first_ns)
{
    struct script *script = &shrinking->result->script;
    struct script_line *kept = memory_resize(NULL, (script->count + 1) * sizeof *kept);
    size_t count = 0;
    if (!kept) {
        shrinking->failed = true;
        return;
    }
    for (size_t i = 0; i < script->count; i++)
        if (script->lines[i].part != SCRIPT_ACTION || script->lines[i].at_ns <= first_ns)
            kept[count++] = script->lines[i];
    shrink_try(shrinking, kept, count);
    memory_free(kept);
}

/* ---- the search ---------------------------------------------------------------------------- */

/* The first rule or expectation that the run breaks; but a rule of leases rather than what follows
 * from it: one worker an id is easily broken without leases, and that would be another story. */
static uint32_t breach_to_keep(const struct trial_result *result)
{
    uint32_t number = result->breaches[0].number;
    bool may_follow = number == breach_of_rule(RULE_ONE_WORKER) || number >= RULES_COUNT;
    for (size_t i = 0; i < result->breaches_count && may_follow; i++)
        if (result->breaches[i].number < RULES_COUNT &&
            rule_is_of_leases((enum rule)result->breaches[i].number))
            return result->breaches[i].number;
    return number;
}

static bool set_target(struct shrink_target *target, const struct plan *plan,
                       const struct trial_result *result)
{
    if (!result->breaches_count)
        return false;
    uint32_t number = breach_to_keep(result);
    target->is_rule = number < RULES_COUNT;
    if (target->is_rule) {
        target->rule = (enum rule)number;
        snprintf(target->text, sizeof target->text, "%s", rule_name(target->rule));
    } else {
        target->is_vacuous = breach_is_vacuous(number);
        snprintf(target->text, sizeof target->text, "%s",
                 plan->expectations[breach_expectation(number)].text);
    }
    return true;
}

/* The run as it is: what breaks in it, and how much it does. */
static enum error run_first(struct shrinking *shrinking, struct failure *failure)
{
    const struct shrink_setup *setup = shrinking->setup;
    struct trial trial;
    struct trial_result result = {0};
    enum error error = OK;
    if (trial_init(&trial, setup->plan, setup->is_stopped) ||
        trial_result_init(&result, setup->plan)) {
        error = failure_memory(failure);
    } else {
        trial_run(&trial, setup->seed, &result);
        shrinking->events_most = 2 * result.events + 10000;
        if (result.state != RUN_OVER)
            error = failure_set(failure, ERROR_TEXT, "seed %" PRIu64 ": %.200s", setup->seed,
                                *result.why ? result.why : "interrupted");
        else if (!set_target(&shrinking->result->target, setup->plan, &result))
            error = failure_set(failure, ERROR_TEXT,
                                "seed %" PRIu64 " does not fail: there is nothing to shrink",
                                setup->seed);
    }
    trial_result_close(&result);
    trial_close(&trial);
    return error;
}

/* The flat scenario to begin with: with single requests if it still fails then, else with its
 * loads. */
static enum error flatten_first(struct shrinking *shrinking, struct failure *failure)
{
    const struct shrink_setup *setup = shrinking->setup;
    struct script *script = &shrinking->result->script;
    struct breach found;
    for (enum flatten_loads loads = LOADS_APART; loads <= LOADS_KEPT; loads++) {
        script_close(script);
        enum error error =
            flatten_roughly(script, setup->plan, setup->seed, loads, setup->is_stopped, failure);
        if (error)
            return error;
        shrinking->result->lines = script->count;
        if (script_breaks(shrinking, script, &found)) {
            if (found.first_ns < TIME_NEVER)
                drop_what_is_later(shrinking, found.first_ns);
            return OK;
        }
    }
    return failure_set(failure, ERROR_TEXT, "no plain scenario fails as seed %" PRIu64 " does",
                       setup->seed);
}

static void shrink_all(struct shrinking *shrinking)
{
    for (bool changed = true; changed && !shrink_is_over(shrinking);) {
        changed = shrink_lines(shrinking);
        changed |= shrink_nodes(shrinking);
        changed |= shrink_times(shrinking);
        changed |= shrink_ids(shrinking);
        changed |= shrink_words(shrinking);
        changed |= shrink_pairs(shrinking);
    }
}

static size_t count_actions(const struct script *script)
{
    size_t actions = 0;
    for (size_t i = 0; i < script->count; i++)
        actions += script->lines[i].part == SCRIPT_ACTION;
    return actions;
}

static void exchange(struct script *script, struct script_line *lines, size_t *count)
{
    size_t held = script->count;
    script->count = *count;
    *count = held;
    for (size_t i = 0; i < max_size(held, script->count); i++) {
        struct script_line line = script->lines[i];
        script->lines[i] = lines[i];
        lines[i] = line;
    }
}

/* What is left depends on what goes first. Of what is still large, another search begins anew with
 * the first lines, and the smaller result counts. */
static void shrink_twice(struct shrinking *shrinking)
{
    struct script *script = &shrinking->result->script;
    size_t count = script->count;
    struct script_line *other = memory_resize(NULL, (count + 1) * sizeof *other);
    if (!other) {
        shrinking->failed = true;
        return;
    }
    memcpy(other, script->lines, count * sizeof *other);
    shrink_all(shrinking);
    size_t actions = count_actions(script);
    if (actions > ACTIONS_FEW && !shrink_is_over(shrinking)) {
        exchange(script, other, &count);
        shrinking->forwards = true;
        shrink_all(shrinking);
        if (count_actions(script) >= actions || shrinking->failed)
            exchange(script, other, &count);
    }
    memory_free(other);
}

enum error shrink(struct shrink_result *result, const struct shrink_setup *setup,
                  struct failure *failure)
{
    struct shrinking shrinking = {.setup = setup, .result = result, .started_ns = monotonic_ns()};
    *result = (struct shrink_result){0};
    enum error error = run_first(&shrinking, failure);
    if (!error)
        error = flatten_first(&shrinking, failure);
    if (!error)
        shrink_twice(&shrinking);
    return shrinking.failed ? failure_memory(failure) : error;
}

void shrink_close(struct shrink_result *result)
{
    script_close(&result->script);
    *result = (struct shrink_result){0};
}
