#include "search/sweep.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "base/string_builder.h"
#include "scenario/plan_printer.h"

#define XXH_INLINE_ALL
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* So far a run may be ahead of the first one that has not ended, for each thread: more would only
 * take memory, fewer would let threads wait while one run takes long. */
#define AHEAD_MOST 64u

#define PROGRESS_NS (200 * NS_PER_MS)

struct slot {
    struct trial_result result;
    bool is_done;
};

/* A sweep while it goes on. What the threads share is under the mutex. */
struct sweeping {
    struct sweep *sweep;
    const struct sweep_setup *setup;
    uint64_t most;  /* runs, less one */
    uint64_t next;  /* run to begin, counted from 0 */
    bool all_begun; /* there is none to begin */
    struct slot *slots;
    uint32_t slots_count;
    uint32_t running; /* threads */
    pthread_mutex_t mutex;
    pthread_cond_t room;  /* for threads that wait for a slot: runs were added up, or it ends */
    pthread_cond_t ended; /* for who awaits all: a thread has ended */
};

struct sweeper {
    struct sweeping *sweeping;
    struct trial trial;
    pthread_t handle;
};

/* ---- adding up ----------------------------------------------------------------------------- */

static void add_breach(struct breach_sum *sum, const struct breach *breach, uint64_t seed)
{
    if (!sum->seeds)
        memcpy(sum->why, breach->why, sizeof sum->why);
    if (sum->seeds < SEEDS_KEPT)
        sum->first[sum->seeds] = seed;
    sum->seeds++;
    sum->times += breach->times;
}

static void add_idle(struct sweep *sweep, const struct trial_result *result)
{
    if (!sweep->idle++) {
        sweep->first_idle = result->seed;
        memcpy(sweep->idle_reason, result->reason, sizeof sweep->idle_reason);
    }
}

/* Of 16 hexadecimal digits. */
static uint64_t half_of_hash(const char *digits)
{
    uint64_t half = 0;
    for (uint32_t i = 0; i < 16; i++)
        half = half << 4 | (uint64_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
    return half;
}

/* A sum, so that the digests of parts add up to that of the whole. */
static void add_hash(struct sweep *sweep, const struct trial_result *result)
{
    uint64_t key = random_mix(result->seed);
    sweep->digest[0] += random_mix(half_of_hash(result->hash.hex) ^ key);
    sweep->digest[1] += random_mix(half_of_hash(result->hash.hex + 16) + key);
}

static void add_run(struct sweep *sweep, const struct trial_result *result)
{
    const struct plan *plan = sweep->plan;
    int64_t value;
    sweep->runs++;
    sweep->failed += result->kind == CONCLUDED_FAIL;
    if (result->is_idle)
        add_idle(sweep, result);
    for (enum number_id i = 0; i < NUMBERS_COUNT; i++)
        if (number_of(&result->totals, i, &value))
            sample_add(&sweep->numbers[i], value, result->seed);
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        sweep->judged[rule] += result->judged[rule];
    for (size_t i = 0; i < result->breaches_count; i++)
        add_breach(&sweep->breaches[result->breaches[i].number], &result->breaches[i],
                   result->seed);
    for (uint32_t i = 0; i < plan->expectations_count; i++)
        sweep->held[i] += bits_has(result->held, i);
    for (uint32_t i = 0; i < plan->actions_count; i++)
        sweep->missed[i] += bits_has(result->missed, i);
    for (uint32_t i = 0; i < plan->actions_count; i++)
        sweep->struck[i] += bits_has(result->struck, i);
    sweep->events += result->events;
    add_hash(sweep, result);
}

/* Adds up the runs that have ended, as far as none before them goes on. */
static void add_done(struct sweeping *sweeping)
{
    struct sweep *sweep = sweeping->sweep;
    struct slot *slot;
    while ((slot = &sweeping->slots[sweep->runs % sweeping->slots_count])->is_done) {
        if (sweep->state != RUN_GOES_ON)
            return;
        slot->is_done = false;
        if (slot->result.state == RUN_OVER) {
            add_run(sweep, &slot->result);
            if (sweeping->setup->result)
                sweeping->setup->result(sweeping->setup->context, &slot->result);
        } else {
            sweep->state = slot->result.state;
            memcpy(sweep->why, slot->result.why, sizeof sweep->why);
        }
        if (sweep->runs - 1 == sweeping->most && slot->result.state == RUN_OVER)
            sweep->state = RUN_OVER;
    }
}

/* ---- threads ------------------------------------------------------------------------------- */

static bool is_stopped(const struct sweeping *sweeping)
{
    return sweeping->sweep->state != RUN_GOES_ON || sweeping->all_begun ||
           sweeping->setup->is_stopped();
}

/* The next run to begin, once there is a slot for it. False: there is none. */
static bool take_next(struct sweeping *sweeping, uint64_t *run)
{
    while (!is_stopped(sweeping) && sweeping->next - sweeping->sweep->runs >= sweeping->slots_count)
        pthread_cond_wait(&sweeping->room, &sweeping->mutex);
    if (is_stopped(sweeping))
        return false;
    *run = sweeping->next++;
    sweeping->all_begun = *run == sweeping->most;
    return true;
}

static void *sweep_on(void *argument)
{
    struct sweeper *sweeper = argument;
    struct sweeping *sweeping = sweeper->sweeping;
    uint64_t run;
    pthread_mutex_lock(&sweeping->mutex);
    while (take_next(sweeping, &run)) {
        struct slot *slot = &sweeping->slots[run % sweeping->slots_count];
        pthread_mutex_unlock(&sweeping->mutex);
        trial_run(&sweeper->trial, sweeping->setup->first + run, &slot->result);
        pthread_mutex_lock(&sweeping->mutex);
        slot->is_done = slot->result.state != RUN_GOES_ON;
        add_done(sweeping);
        pthread_cond_broadcast(&sweeping->room);
    }
    sweeping->running--;
    pthread_cond_broadcast(&sweeping->room);
    pthread_cond_broadcast(&sweeping->ended);
    pthread_mutex_unlock(&sweeping->mutex);
    return NULL;
}

static void show_progress(struct sweeping *sweeping, int64_t started_ns)
{
    const struct sweep_setup *setup = sweeping->setup;
    struct sweep_progress progress = {.runs = sweeping->sweep->runs,
                                      .wanted = sweeping->most + 1,
                                      .failed = sweeping->sweep->failed,
                                      .wall_ns = monotonic_ns() - started_ns};
    pthread_mutex_unlock(&sweeping->mutex);
    setup->progress(setup->context, &progress);
    pthread_mutex_lock(&sweeping->mutex);
}

static void await_all(struct sweeping *sweeping, int64_t started_ns)
{
    int64_t next_ns = started_ns + PROGRESS_NS;
    pthread_mutex_lock(&sweeping->mutex);
    while (sweeping->running) {
        struct timespec at = {.tv_sec = next_ns / NS_PER_S, .tv_nsec = next_ns % NS_PER_S};
        if (pthread_cond_timedwait(&sweeping->ended, &sweeping->mutex, &at) != ETIMEDOUT)
            continue;
        next_ns = monotonic_ns() + PROGRESS_NS;
        if (sweeping->setup->progress)
            show_progress(sweeping, started_ns);
        pthread_cond_broadcast(&sweeping->room); /* it may have been stopped */
    }
    pthread_mutex_unlock(&sweeping->mutex);
}

/* Starts as many as there can be; returns how many. */
static uint32_t start_all(struct sweeping *sweeping, struct sweeper *sweepers, enum error *error)
{
    uint32_t started = 0;
    *error = OK;
    pthread_mutex_lock(&sweeping->mutex);
    for (; started < sweeping->setup->jobs && !*error; started += !*error) {
        struct sweeper *sweeper = &sweepers[started];
        sweeper->sweeping = sweeping;
        *error = trial_init(&sweeper->trial, sweeping->setup->plan, sweeping->setup->is_stopped);
        sweeper->trial.swarm = sweeping->setup->swarm;
        sweeper->trial.jobs = sweeping->setup->jobs;
        if (!*error && (errno = pthread_create(&sweeper->handle, NULL, sweep_on, sweeper)))
            *error = ERROR_IO;
        if (*error)
            trial_close(&sweeper->trial);
    }
    sweeping->running = started;
    sweeping->all_begun = *error != OK; /* all, or nothing is run */
    pthread_mutex_unlock(&sweeping->mutex);
    return started;
}

static enum error run_all(struct sweeping *sweeping)
{
    enum error error;
    struct sweeper *sweepers = memory_zeroed(sweeping->setup->jobs * sizeof *sweepers);
    if (!sweepers)
        return ERROR_MEMORY;
    int64_t started_ns = monotonic_ns();
    uint32_t started = start_all(sweeping, sweepers, &error);
    int why = errno;
    await_all(sweeping, started_ns);
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(sweepers[i].handle, NULL);
        trial_close(&sweepers[i].trial);
    }
    sweeping->sweep->wall_ns = monotonic_ns() - started_ns;
    memory_free(sweepers);
    errno = why;
    return error;
}

/* ---- the sweep ----------------------------------------------------------------------------- */

/* Of the plan as text: that of the scenario with the settings of the command line. */
static enum error hash_plan(char hex[33], const struct plan *plan, enum swarm swarm)
{
    struct plan any_seed = *plan;
    const struct action **actions = memory_zeroed((plan->actions_count + 1) * sizeof *actions);
    char *text = NULL;
    size_t size = 0;
    FILE *out = actions ? open_memstream(&text, &size) : NULL;
    enum error error = out ? OK : ERROR_MEMORY;
    any_seed.settings.seed = 0;
    for (size_t i = 0; out && i < plan->actions_count; i++)
        actions[i] = &plan->actions[i];
    if (out)
        error = plan_print(out, &any_seed, actions, plan->actions_count);
    if (out && fclose(out))
        error = ERROR_MEMORY;
    if (!error) {
        XXH128_hash_t hash = XXH3_128bits_withSeed(text, size, swarm);
        snprintf(hex, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64, (uint64_t)hash.low64);
    }
    free(text);
    memory_free(actions);
    return error;
}

static enum error sweep_init(struct sweep *sweep, const struct sweep_setup *setup)
{
    const struct plan *plan = setup->plan;
    *sweep = (struct sweep){.plan = plan,
                            .first = setup->first,
                            .last = setup->last,
                            .jobs = setup->jobs,
                            .state = RUN_GOES_ON};
    sweep->breaches = memory_zeroed(breaches_count(plan) * sizeof *sweep->breaches);
    sweep->held = memory_zeroed((plan->expectations_count + 1) * sizeof *sweep->held);
    sweep->missed = memory_zeroed((plan->actions_count + 1) * sizeof *sweep->missed);
    sweep->struck = memory_zeroed((plan->actions_count + 1) * sizeof *sweep->struck);
    if (!sweep->breaches || !sweep->held || !sweep->missed || !sweep->struck)
        return ERROR_MEMORY;
    return hash_plan(sweep->plan_hash, plan, setup->swarm);
}

static enum error init_slots(struct sweeping *sweeping)
{
    uint64_t wanted = (uint64_t)sweeping->setup->jobs * AHEAD_MOST;
    uint32_t count =
        (uint32_t)min_u64(wanted, sweeping->most < wanted ? sweeping->most + 1 : wanted);
    sweeping->slots = memory_zeroed(count * sizeof *sweeping->slots);
    if (!sweeping->slots)
        return ERROR_MEMORY;
    for (; sweeping->slots_count < count; sweeping->slots_count++) {
        struct trial_result *result = &sweeping->slots[sweeping->slots_count].result;
        if (!trial_result_init(result, sweeping->setup->plan))
            continue;
        trial_result_close(result);
        return ERROR_MEMORY;
    }
    return OK;
}

enum error sweep_run(struct sweep *sweep, const struct sweep_setup *setup)
{
    struct sweeping sweeping = {.sweep = sweep, .setup = setup, .most = setup->last - setup->first};
    enum error error = sweep_init(sweep, setup);
    pthread_mutex_init(&sweeping.mutex, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&sweeping.room, NULL);
    pthread_cond_init(&sweeping.ended, &clock);
    pthread_condattr_destroy(&clock);
    if (!error)
        error = init_slots(&sweeping);
    if (!error)
        error = run_all(&sweeping);
    for (uint32_t i = 0; i < sweeping.slots_count; i++)
        trial_result_close(&sweeping.slots[i].result);
    memory_free(sweeping.slots);
    pthread_cond_destroy(&sweeping.room);
    pthread_cond_destroy(&sweeping.ended);
    pthread_mutex_destroy(&sweeping.mutex);
    return error;
}
