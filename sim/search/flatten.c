#include "search/flatten.h"

#include "base/memory.h"
#include "scenario/parse.h"
#include "search/observed.h"

#include <inttypes.h>
#include <string.h>

/* More single requests than this are no scenario that anybody reads: their loads stay. */
#define REQUESTS_MOST 100000u

/* ---- one run ------------------------------------------------------------------------------- */

/* Runs the plan by the seed. ERROR_TEXT: it was not carried through. */
static enum error run_once(const struct plan *plan, uint64_t seed, bool (*is_stopped)(void),
                           struct observed *observed, struct trial_result *result,
                           struct failure *failure)
{
    struct trial trial;
    enum error error = trial_init(&trial, plan, is_stopped);
    if (!error)
        error = trial_result_init(result, plan);
    if (!error) {
        trial.observer = observed ? &observed->observer : NULL;
        trial.reader = observed ? &observed->reader : NULL;
        trial_run(&trial, seed, result);
    }
    trial_close(&trial);
    if (error || result->state == RUN_NO_MEMORY || (observed && observed->failed))
        return failure_memory(failure);
    if (result->state == RUN_GOES_ON)
        return failure_set(failure, ERROR_TEXT, "interrupted");
    if (result->state != RUN_OVER)
        return failure_set(failure, ERROR_TEXT, "seed %" PRIu64 ": %.200s", seed, result->why);
    return OK;
}

/* The hash of a scenario's text, run by its own seed. */
static enum error hash_of_text(const char *text, bool (*is_stopped)(void), struct hash_value *hash,
                               struct failure *failure)
{
    struct plan plan;
    struct trial_result result = {0};
    char *diagnostics = NULL;
    enum error error = parse_scenario(&plan, "flat", text, strlen(text), NULL, 0, &diagnostics);
    if (error == ERROR_TEXT)
        failure_set(failure, error, "%.200s", diagnostics);
    memory_free(diagnostics);
    if (error)
        return error == ERROR_MEMORY ? failure_memory(failure) : error;
    error = run_once(&plan, plan.settings.seed, is_stopped, NULL, &result, failure);
    *hash = result.hash;
    trial_result_close(&result);
    plan_close(&plan);
    return error;
}

/* ---- the script ---------------------------------------------------------------------------- */

/* The loads in `keep` stay as they are; the requests of the others stand alone. At one instant
 * actions come first, as they do in a run. */
static void make_script(struct script *script, const struct plan *plan,
                        const struct observed *observed, const uint64_t *keep,
                        enum script_cursor cursor)
{
    script->count = 0;
    script_add_settings(script, plan);
    for (size_t i = 0; i < observed->count; i++) {
        const struct observed_step *step = &observed->steps[i];
        if (step->load == LOAD_NONE || bits_has(keep, step->load))
            script_add(script, (struct script_line){SCRIPT_ACTION, step->at_ns, step->text});
    }
    for (size_t i = 0; i < observed->requests_count; i++) {
        const struct observed_step *step = &observed->requests[i];
        if (!bits_has(keep, step->load))
            script_add(script, (struct script_line){SCRIPT_ACTION, step->at_ns, step->text});
    }
    script_add_expectations(script, plan, cursor);
    if (script_sort(script))
        script->failed = true;
}

/* Whether the script with these loads kept has the hash. */
static enum error try_script(struct script *script, const struct plan *plan,
                             const struct observed *observed, const uint64_t *keep,
                             bool (*is_stopped)(void), const struct hash_value *hash, bool *same,
                             struct failure *failure)
{
    struct hash_value own;
    make_script(script, plan, observed, keep, CURSOR_OF_LINE);
    char *text = script_text(script);
    if (!text)
        return failure_memory(failure);
    enum error error = hash_of_text(text, is_stopped, &own, failure);
    memory_free(text);
    *same = !error && strcmp(own.hex, hash->hex) == 0;
    return error;
}

/* ---- which loads stay ---------------------------------------------------------------------- */

static void keep_all(uint64_t *keep, uint32_t loads)
{
    for (uint32_t i = 0; i < loads; i++)
        bits_add(keep, i);
}

/* Finds the loads that can be taken apart: all at once, or else each that can be when all others
 * stay.
 */
static enum error choose_loads(struct script *script, const struct plan *plan,
                               const struct observed *observed, bool (*is_stopped)(void),
                               const struct hash_value *hash, uint64_t *keep,
                               struct failure *failure)
{
    bool same = false;
    enum error error = OK;
    if (observed->requests_count <= REQUESTS_MOST)
        error = try_script(script, plan, observed, keep, is_stopped, hash, &same, failure);
    if (error || same)
        return error;
    keep_all(keep, observed->loads);
    for (uint32_t i = 0; i < observed->loads && observed->loads > 1; i++) {
        bits_remove(keep, i);
        error = try_script(script, plan, observed, keep, is_stopped, hash, &same, failure);
        if (error)
            return error;
        if (!same)
            bits_add(keep, i);
    }
    error = try_script(script, plan, observed, keep, is_stopped, hash, &same, failure);
    if (!error && !same)
        error = failure_set(failure, ERROR_TEXT, "no plain scenario gives the same hash");
    return error;
}

static bool has_struck(const struct observed *observed, uint32_t line)
{
    for (size_t i = 0; i < observed->count; i++)
        if (observed->steps[i].line == line)
            return true;
    return false;
}

static void count_kept(const struct observed *observed, const uint64_t *keep,
                       struct flatten_notes *notes)
{
    const struct plan *plan = observed->plan;
    for (size_t i = 0; i < plan->actions_count; i++)
        notes->idle +=
            plan->actions[i].kind == ACTION_CHAOS && !has_struck(observed, plan->actions[i].line);
    notes->loads = observed->loads;
    notes->drawn = observed->drawn;
    for (uint32_t i = 0; i < observed->loads; i++)
        notes->loads_kept += bits_has(keep, i);
    for (size_t i = 0; i < observed->requests_count; i++)
        notes->requests += !bits_has(keep, observed->requests[i].load);
}

/* The plan as it is run by the seed. */
static struct plan with_seed(const struct plan *plan, uint64_t seed)
{
    struct plan own = *plan;
    own.settings.seed = seed;
    return own;
}

/* A run that is looked at, and which of its loads are kept as they are. */
struct observation {
    struct plan own;
    struct observed observed;
    struct trial_result result;
    uint64_t *keep; /* bits: none */
};

/* Runs the plan by the seed. Whatever it returns, the observation is to be closed. */
static enum error observe(struct observation *seen, struct script *script, const struct plan *plan,
                          uint64_t seed, bool (*is_stopped)(void), struct failure *failure)
{
    *seen = (struct observation){.own = with_seed(plan, seed)};
    script_init(script);
    observed_init(&seen->observed, &seen->own, script->arena);
    if (seen->observed.failed)
        return failure_memory(failure);
    enum error error =
        run_once(&seen->own, seed, is_stopped, &seen->observed, &seen->result, failure);
    if (error)
        return error;
    observed_miss(&seen->observed, seen->result.missed);
    seen->keep = bits_new(seen->observed.loads);
    return seen->observed.failed || !seen->keep ? failure_memory(failure) : OK;
}

static void observation_close(struct observation *seen)
{
    memory_free(seen->keep);
    trial_result_close(&seen->result);
    observed_close(&seen->observed);
}

enum error flatten(struct script *script, const struct plan *plan, uint64_t seed,
                   bool (*is_stopped)(void), struct flatten_notes *notes, struct failure *failure)
{
    struct observation seen;
    *notes = (struct flatten_notes){0};
    enum error error = observe(&seen, script, plan, seed, is_stopped, failure);
    if (!error)
        error = choose_loads(script, &seen.own, &seen.observed, is_stopped, &seen.result.hash,
                             seen.keep, failure);
    if (!error)
        count_kept(&seen.observed, seen.keep, notes);
    notes->hash = seen.result.hash;
    observation_close(&seen);
    return error;
}

enum error flatten_roughly(struct script *script, const struct plan *plan, uint64_t seed,
                           enum flatten_loads loads, bool (*is_stopped)(void),
                           struct failure *failure)
{
    struct observation seen;
    enum error error = observe(&seen, script, plan, seed, is_stopped, failure);
    if (!error && loads == LOADS_KEPT)
        keep_all(seen.keep, seen.observed.loads);
    if (!error)
        make_script(script, &seen.own, &seen.observed, seen.keep, CURSOR_IN_WORDS);
    if (!error && script->failed)
        error = failure_memory(failure);
    observation_close(&seen);
    return error;
}
