/* Whoever carries a plan through, as those see it who want a run and don't mind how: what they ask
 * of it, and nothing of what it is.
 *
 * Each function takes the runner's own `run` first. */
#ifndef RUN_RUNNER_H
#define RUN_RUNNER_H

#include "check/judge.h"

struct runner {
    void *run;
    bool live; /* in real time: it can't be paused */

    /* Goes on until until_ns is done or the run is over, whichever comes first. When it is over,
     * all that is to be judged has been, and it goes no further, however often it is told to. */
    enum run_state (*go)(void *run, int64_t until_ns);

    /* Adds an action to a run that is not over; its time is later than what has been run, and it
     * outlives the run. It is none that changes a setting. ERROR_MEMORY: it is not done. */
    enum error (*add)(void *run, const struct action *action);

    /* All actions, those of the plan first: number `index`, or NULL where there are no more. */
    const struct action *(*action)(const void *run, uint32_t index);

    /* When something happens next; TIME_NEVER if nothing does. When something happened last. */
    int64_t (*next_ns)(const void *run);
    int64_t (*now_ns)(const void *run);

    /* What was counted so far; what the checker found. */
    struct totals (*totals)(void *run);
    uint64_t (*events)(const void *run);
    const struct checker *(*check)(const void *run);

    /* Faults that never touched anything, and may not miss: writes the first `most` of them to
     * `missed`; returns how many there are. */
    size_t (*missed)(const void *run, const struct action **missed, size_t most);

    /* Ends the run, over or not, and frees all. */
    void (*end)(void *run);
};

struct runner_setup {
    const struct plan *plan;
    struct reader **readers; /* who follows the run, besides its judges */
    size_t readers_count;
    uint32_t threads; /* 1..1024 */
};

/* Begins a run of simulated nodes. ERROR_MEMORY; ERROR_IO: no thread is to be had, errno says why.
 */
enum error runner_simulate(struct runner *runner, const struct runner_setup *setup);

#endif
