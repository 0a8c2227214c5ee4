#include "search/hunt.h"

#include "base/bits.h"
#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "base/random.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Runs that are chosen at once. */
#define BATCH 32u

/* So many runs come before the first that goes on from a state. Then each second one has a seed of
 * its own all the same: what no state says anything of is found by chance alone, and takes a hunt
 * not more than twice the runs. */
#define SWARM_FIRST  64u
#define SWARM_ONE_IN 2u

#define PROGRESS_NS (200 * NS_PER_MS)

struct hunt_slot {
    struct way way;
    bool is_guided;
    bool is_done;
    struct trial_result result;
    struct abstract_visit visits[ABSTRACT_STATES_MOST];
    uint32_t visits_count;
};

struct hunter {
    struct hunting *hunting;
    struct trial trial;
    struct abstract abstract;
    pthread_t handle;
};

struct hunting {
    const struct hunt_setup *setup;
    struct hunt_result *result;
    struct archive archive;
    int64_t started_ns;
    int64_t told_ns;
    struct hunt_slot *slots;
    uint32_t slots_count; /* initialised */
    uint32_t batch;       /* slots of the batch at hand */
    _Atomic uint32_t next;
    _Atomic uint32_t failed; /* the first slot of the batch that failed; BATCH: none so far */
    struct hunter *hunters;
    uint32_t hunters_count; /* initialised */
    uint64_t *held;         /* bits: expectations that held in some run */
    uint64_t *missed;       /* likewise: actions that are faults and touched nothing in some run */
    uint64_t *struck;       /* and those that had an effect in some run */
};

/* ---- one batch ----------------------------------------------------------------------------- */

static bool is_over(const struct hunting *hunting)
{
    const struct hunt_setup *setup = hunting->setup;
    return setup->is_stopped() || monotonic_ns() - hunting->started_ns >= setup->limit_ns;
}

/* Notes that this slot failed, unless an earlier one has. */
static void note_failed(struct hunting *hunting, uint32_t slot)
{
    uint32_t first = atomic_load(&hunting->failed);
    while (slot < first && !atomic_compare_exchange_weak(&hunting->failed, &first, slot))
        ;
}

static void run_slot(struct hunter *hunter, uint32_t index)
{
    struct hunt_slot *slot = &hunter->hunting->slots[index];
    hunter->trial.way = &slot->way;
    abstract_begin(&hunter->abstract);
    trial_run(&hunter->trial, slot->way.steps[0].seed, &slot->result);
    slot->is_done = slot->result.state != RUN_GOES_ON;
    slot->visits_count = hunter->abstract.visits_count;
    memcpy(slot->visits, hunter->abstract.visits, slot->visits_count * sizeof *slot->visits);
    if (slot->result.state != RUN_OVER || slot->result.kind == CONCLUDED_FAIL)
        note_failed(hunter->hunting, index);
}

/* Runs that come after one that failed do not count. */
static void *hunt_on(void *argument)
{
    struct hunter *hunter = argument;
    struct hunting *hunting = hunter->hunting;
    for (uint32_t index; (index = atomic_fetch_add(&hunting->next, 1)) < hunting->batch;)
        if (index < atomic_load(&hunting->failed) && !is_over(hunting))
            run_slot(hunter, index);
    return NULL;
}

static enum error run_batch(struct hunting *hunting)
{
    uint32_t started = 1;
    enum error error = OK;
    atomic_store(&hunting->next, 0);
    atomic_store(&hunting->failed, BATCH);
    for (; started < hunting->hunters_count && !error; started += !error)
        if ((errno = pthread_create(&hunting->hunters[started].handle, NULL, hunt_on,
                                    &hunting->hunters[started])))
            error = ERROR_IO;
    int why = errno;
    hunt_on(&hunting->hunters[0]);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(hunting->hunters[i].handle, NULL);
    errno = why;
    return error;
}

/* ---- which runs ---------------------------------------------------------------------------- */

/* Draw `which` of a run. */
static uint64_t draw(const struct hunting *hunting, uint64_t run, uint64_t which)
{
    return random_draw(random_key(hunting->setup->seed, PURPOSE_HUNT, which), run);
}

/* Goes on from a state by another seed; the way that has no room for one more gets another last
 * one.
 */
static struct way go_on(const struct hunting *hunting, uint64_t run)
{
    const struct archived *from = archive_draw(&hunting->archive, draw(hunting, run, 1));
    struct way way = from->way;
    uint64_t seed = random_below(draw(hunting, run, 2), 1000000000);
    if (way.count < WAY_MOST)
        way.steps[way.count++] = (struct way_step){from->at_ns, seed};
    else
        way.steps[WAY_MOST - 1].seed = seed;
    return way;
}

static bool is_guided(const struct hunting *hunting, uint64_t run)
{
    return run >= SWARM_FIRST && hunting->archive.count &&
           random_below(draw(hunting, run, 0), SWARM_ONE_IN);
}

static void choose(struct hunting *hunting)
{
    const struct hunt_setup *setup = hunting->setup;
    uint64_t first = hunting->result->runs;
    hunting->batch = (uint32_t)min_u64(BATCH, setup->runs_most - first);
    for (uint32_t i = 0; i < hunting->batch; i++) {
        struct hunt_slot *slot = &hunting->slots[i];
        uint64_t run = first + i;
        slot->is_done = false;
        slot->is_guided = is_guided(hunting, run);
        slot->way = slot->is_guided
                        ? go_on(hunting, run)
                        : (struct way){.count = 1, .steps = {{.seed = setup->seed + run}}};
    }
}

/* ---- what they came to --------------------------------------------------------------------- */

static uint32_t actions_of(const struct hunting *hunting)
{
    return (uint32_t)hunting->setup->plan->actions_count;
}

static uint32_t expectations_of(const struct hunting *hunting)
{
    return (uint32_t)hunting->setup->plan->expectations_count;
}

static void add_bits(uint64_t *sum, const uint64_t *bits, uint32_t count)
{
    for (uint32_t i = 0; i < bits_words(count); i++)
        sum[i] |= bits[i];
}

static void note_happened(struct hunting *hunting, const struct trial_result *run)
{
    add_bits(hunting->held, run->held, expectations_of(hunting));
    add_bits(hunting->missed, run->missed, actions_of(hunting));
    add_bits(hunting->struck, run->struck, actions_of(hunting));
}

/* The first that did not in any run. */
static void say_never(struct hunting *hunting)
{
    const struct plan *plan = hunting->setup->plan;
    char *never = hunting->result->never;
    size_t size = sizeof hunting->result->never;
    for (uint32_t i = 0; i < expectations_of(hunting) && !*never; i++)
        if (expectation_is_sometimes(&plan->expectations[i]) && !bits_has(hunting->held, i))
            snprintf(never, size, "%s: it happened in no run", plan->expectations[i].text);
    for (uint32_t i = 0; i < actions_of(hunting) && !*never; i++)
        if (bits_has(hunting->missed, i) && !bits_has(hunting->struck, i))
            snprintf(never, size, "%s had no effect in any run", plan->actions[i].text);
}

static enum error add_run(struct hunting *hunting, const struct hunt_slot *slot)
{
    struct hunt_result *result = hunting->result;
    const struct trial_result *run = &slot->result;
    if (run->state != RUN_OVER) {
        result->state = run->state;
        memcpy(result->why, run->why, sizeof result->why);
        return OK;
    }
    result->runs++;
    result->guided += slot->is_guided;
    note_happened(hunting, run);
    if (run->is_idle && !result->idle++)
        memcpy(result->idle_reason, run->reason, sizeof result->idle_reason);
    if (run->kind == CONCLUDED_FAIL) {
        result->is_found = true;
        result->way = slot->way;
        result->breach = run->breaches[0];
    }
    return archive_add(&hunting->archive, &slot->way, slot->visits, slot->visits_count);
}

/* Whether the hunt goes on. */
static bool add_batch(struct hunting *hunting, enum error *error)
{
    struct hunt_result *result = hunting->result;
    bool goes_on = true;
    for (uint32_t i = 0; i < hunting->batch && goes_on; i++) {
        goes_on = hunting->slots[i].is_done;
        if (!goes_on)
            break;
        *error = add_run(hunting, &hunting->slots[i]);
        goes_on = !*error && !result->is_found && result->state == RUN_GOES_ON;
    }
    if (!goes_on && result->is_found)
        result->state = RUN_OVER;
    result->states = hunting->archive.count;
    return goes_on;
}

static void tell(struct hunting *hunting)
{
    const struct hunt_setup *setup = hunting->setup;
    int64_t now_ns = monotonic_ns();
    if (!setup->progress || now_ns - hunting->told_ns < PROGRESS_NS)
        return;
    hunting->told_ns = now_ns;
    setup->progress(setup->context,
                    &(struct hunt_progress){.runs = hunting->result->runs,
                                            .states = hunting->result->states,
                                            .wall_ns = now_ns - hunting->started_ns});
}

/* ---- the hunt ------------------------------------------------------------------------------ */

static enum error init(struct hunting *hunting)
{
    const struct hunt_setup *setup = hunting->setup;
    hunting->slots = memory_zeroed(BATCH * sizeof *hunting->slots);
    hunting->hunters = memory_zeroed(setup->jobs * sizeof *hunting->hunters);
    hunting->held = bits_new(expectations_of(hunting));
    hunting->missed = bits_new(actions_of(hunting));
    hunting->struck = bits_new(actions_of(hunting));
    if (!hunting->slots || !hunting->hunters || !hunting->held || !hunting->missed ||
        !hunting->struck)
        return ERROR_MEMORY;
    for (; hunting->slots_count < BATCH; hunting->slots_count++)
        if (trial_result_init(&hunting->slots[hunting->slots_count].result, setup->plan)) {
            trial_result_close(&hunting->slots[hunting->slots_count].result);
            return ERROR_MEMORY;
        }
    while (hunting->hunters_count < setup->jobs) {
        struct hunter *hunter = &hunting->hunters[hunting->hunters_count++];
        hunter->hunting = hunting;
        if (trial_init(&hunter->trial, setup->plan, setup->is_stopped) |
            abstract_init(&hunter->abstract, setup->plan))
            return ERROR_MEMORY;
        hunter->trial.swarm = SWARM_ON;
        hunter->trial.jobs = setup->jobs;
        hunter->trial.reader = &hunter->abstract.reader;
    }
    return OK;
}

static void end(struct hunting *hunting)
{
    for (uint32_t i = 0; i < hunting->hunters_count; i++) {
        trial_close(&hunting->hunters[i].trial);
        abstract_close(&hunting->hunters[i].abstract);
    }
    for (uint32_t i = 0; i < hunting->slots_count; i++)
        trial_result_close(&hunting->slots[i].result);
    memory_free(hunting->hunters);
    memory_free(hunting->slots);
    memory_free(hunting->held);
    memory_free(hunting->missed);
    memory_free(hunting->struck);
    archive_close(&hunting->archive);
}

enum error hunt(struct hunt_result *result, const struct hunt_setup *setup)
{
    struct hunting hunting = {.setup = setup, .result = result, .started_ns = monotonic_ns()};
    *result = (struct hunt_result){.state = RUN_GOES_ON};
    enum error error = init(&hunting);
    bool goes_on = !error;
    while (goes_on && result->runs < setup->runs_most && !is_over(&hunting)) {
        choose(&hunting);
        error = run_batch(&hunting);
        goes_on = !error && add_batch(&hunting, &error);
        tell(&hunting);
    }
    if (result->state == RUN_GOES_ON && !setup->is_stopped())
        result->state = RUN_OVER;
    result->wall_ns = monotonic_ns() - hunting.started_ns;
    if (!error && result->runs)
        say_never(&hunting);
    end(&hunting);
    return error;
}
