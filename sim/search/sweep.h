/* Many seeds of one plan, a run each, on several threads.
 *
 * Runs end in any order, and are added up in that of their seeds: so the result does not depend on
 * the number of threads, and a sweep that is stopped early has the result of a sweep over the seeds
 * that it reached. Memory does not grow with the number of seeds. */
#ifndef SEARCH_SWEEP_H
#define SEARCH_SWEEP_H

#include "search/numbers.h"
#include "search/sample.h"
#include "search/trial.h"

#define SWEEP_JOBS_MAX 1024u

/* How a sweep stands while it goes on. */
struct sweep_progress {
    uint64_t runs;
    uint64_t wanted; /* 0: 2^64 */
    uint64_t failed;
    int64_t wall_ns;
};

struct sweep_setup {
    const struct plan *plan;
    uint64_t first; /* seeds: first..last */
    uint64_t last;
    enum swarm swarm;
    uint32_t jobs;            /* threads: 1..SWEEP_JOBS_MAX */
    bool (*is_stopped)(void); /* the sweep ends soon after it returns true, to any thread */
    /* Called on the caller's thread a few times a second. NULL: by nobody. */
    void (*progress)(void *context, const struct sweep_progress *progress);
    /* Gets each result once, in the order of the seeds, on any thread, but on one at a time. NULL:
     * nobody does. */
    void (*result)(void *context, const struct trial_result *result);
    void *context;
};

/* So many failing seeds are kept of each breach: the lowest. */
#define SEEDS_KEPT 10u

/* One kind of breach over the sweep. */
struct breach_sum {
    uint64_t seeds; /* that had it */
    uint64_t times; /* in all of them */
    uint64_t first[SEEDS_KEPT];
    char why[sizeof((struct breach *)0)->why]; /* at first[0] */
};

struct sweep {
    const struct plan *plan;
    char plan_hash[33]; /* of what is run, whatever the seeds: 32 digits and a NUL */
    uint64_t first;
    uint64_t last;         /* asked for */
    uint64_t runs;         /* first..first + runs - 1 were run */
    uint64_t failed;       /* FAIL */
    uint64_t idle;         /* EMPTY, for more than what never took effect */
    uint64_t first_idle;   /* seed, … */
    char idle_reason[256]; /* … and why */
    struct sample numbers[NUMBERS_COUNT];
    struct breach_sum *breaches;  /* by number */
    uint64_t judged[RULES_COUNT]; /* of each rule: runs that could be judged by it */
    uint64_t *held;               /* of each expectation of the plan: runs in which it held */
    uint64_t *missed; /* of each action: runs in which it is a fault and touched nothing */
    uint64_t
        *struck; /* of each action: runs in which it is a fault or a change and had an effect */
    uint64_t events;
    uint64_t digest[2];   /* of all hashes */
    enum run_state state; /* RUN_OVER; RUN_GOES_ON: it was stopped; else the run after the last one
                             that counts could not be carried through, by: */
    char why[256];
    uint32_t jobs;
    int64_t wall_ns;
};

/* Runs the seeds. ERROR_MEMORY, ERROR_IO (no thread): nothing was run. `sweep` is to be closed in
 * any case. */
enum error sweep_run(struct sweep *sweep, const struct sweep_setup *setup);
void sweep_close(struct sweep *sweep);

/* ERROR: a run could not be carried through; INTERRUPTED; FAIL: some run failed; EMPTY: some run
 * was idle, or some `sometimes` or fault took effect in none of the runs; else PASS. The reason is
 * in words. */
struct conclusion sweep_conclude(const struct sweep *sweep);

/* Whether it is a `sometimes` that happened in no run, or a fault that touched nothing in any, and
 * was to touch something in some: a line of chaos that --swarm leaves out of a run is excused
 * there. */
bool sweep_never_happened(const struct sweep *sweep, size_t expectation);
bool sweep_never_struck(const struct sweep *sweep, size_t action);

#endif
