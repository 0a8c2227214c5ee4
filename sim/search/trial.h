/* One run of many: a plan, run by one seed, simulated and judged on the caller's thread.
 *
 *     trial_init(&trial, &plan, interrupt_came);
 *     for (each seed)
 *         trial_run(&trial, seed, &result);
 *     trial_close(&trial);
 *
 * Any number of trials of one plan go on at once, each on a thread of its own. A run's result is
 * the same as that of `dpsim --seed S`: the hash is, too. It prints nothing. */
#ifndef SEARCH_TRIAL_H
#define SEARCH_TRIAL_H

#include "base/bits.h"
#include "check/conclusion.h"
#include "run/runner.h"
#include "search/way.h"
#include "trace/hash.h"

/* What can break in a run of a plan: a rule; an expectation that did not hold; one that is vacuous.
 * Each has a number. */
static inline uint32_t breaches_count(const struct plan *plan)
{
    return RULES_COUNT + 2 * (uint32_t)plan->expectations_count;
}
static inline uint32_t breach_of_rule(enum rule rule)
{
    return rule;
}
static inline uint32_t breach_of_expectation(size_t expectation, enum verdict_kind verdict)
{
    return RULES_COUNT + 2 * (uint32_t)expectation + (verdict == VERDICT_VACUOUS);
}

/* The index of its expectation in the plan; of breaches from RULES_COUNT on. */
static inline uint32_t breach_expectation(uint32_t breach)
{
    return (breach - RULES_COUNT) / 2;
}
static inline bool breach_is_vacuous(uint32_t breach)
{
    return (breach - RULES_COUNT) % 2;
}

/* A breach that a run had. */
struct breach {
    uint32_t number;
    uint64_t times;
    int64_t first_ns; /* of a rule; TIME_NEVER where that is not known */
    char why[224];    /* of the first time, with its place; a longer one is cut */
};

/* What a run came to, of a size that does not depend on how long it was. */
struct trial_result {
    uint64_t seed;
    enum run_state state; /* RUN_OVER; RUN_GOES_ON: it was stopped; else it failed, by why. All
                             below is known of RUN_OVER alone */
    char why[256];
    enum conclusion_kind kind;
    bool is_idle; /* EMPTY, for more than what never took effect */
    char reason[256];
    struct totals totals;
    uint64_t events;
    int64_t virtual_ns;
    struct hash_value hash;
    bool judged[RULES_COUNT];
    struct breach *breaches; /* in the order of their numbers */
    size_t breaches_count;
    size_t breaches_capacity;
    uint64_t *held;   /* bits: the plan's expectations that held, at least once */
    uint64_t *missed; /* bits: the plan's actions that are faults and touched nothing */
    uint64_t *struck; /* bits: the plan's actions that had an effect; of faults and changes alone */
};

enum error trial_result_init(struct trial_result *result, const struct plan *plan);
void trial_result_close(struct trial_result *result);

/* The breach of this number, or NULL: the run did not have it. */
const struct breach *trial_breach(const struct trial_result *result, uint32_t number);

/* Whether a seed draws which kinds of trouble there are, too: see swarm.h. */
enum swarm { SWARM_OFF, SWARM_ON };

struct trial {
    const struct plan *base;
    struct plan plan; /* of the run at hand: the base with another seed, and actions of its own */
    enum swarm swarm; /* may be set between runs, like those below */
    const struct way *way; /* seeds that take over later, behind its first step; NULL: none */
    uint32_t jobs; /* trials that go on in this process, and share its memory; 0: this alone */
    bool (*is_stopped)(void);
    struct findings found;
    uint64_t
        events_most; /* a run that takes more steps ends early, as if it were stopped; 0: none */
    struct executor_observer *observer; /* of the runs; NULL: none */
    struct reader *reader;              /* who gets their records besides; NULL: nobody */
    const struct action **missed;       /* room for all actions of the plan */
    char seed_texts[WAY_MOST][32];      /* of the actions that change the seed */
};

/* The plan outlives the trial. Once `is_stopped` returns true, runs end early. ERROR_MEMORY: it is
 * to be closed all the same. */
enum error trial_init(struct trial *trial, const struct plan *plan, bool (*is_stopped)(void));
void trial_close(struct trial *trial);

/* The plan of the run by this seed, until the next run; its texts live as long as the trial. */
const struct plan *trial_plan(struct trial *trial, uint64_t seed);

/* Runs the plan by the seed. Where memory runs out, the state says so. */
void trial_run(struct trial *trial, uint64_t seed, struct trial_result *result);

static inline bool expectation_is_sometimes(const struct expectation *expectation)
{
    return expectation->kind == EXPECT_SOMETIMES || expectation->kind == EXPECT_SOMETIMES_STATE;
}

#endif
