/* A run of a plan, as seen by those who start it, follow it and end it: the same for simulated
 * nodes and for real processes.
 *
 * Whatever carries a plan through embeds a struct runner and fills in its operations. Call them
 * as runner->operations->run(runner, until_ns). */
#ifndef RUN_RUNNER_H
#define RUN_RUNNER_H

#include "check/judge.h"
#include "run/executor.h"

struct runner;

struct runner_operations {
    /* Goes on until until_ns is done or the run is over, whichever comes first; an interrupt
     * (base/interrupt.h) makes it return earlier, at a step's end. When it is over, all that is to
     * be judged has been; further calls return the same state. */
    enum run_state (*run)(struct runner *runner, int64_t until_ns);

    /* When something happens next; TIME_NEVER if nothing does. */
    int64_t (*next_ns)(const struct runner *runner);

    /* When something happened last. */
    int64_t (*now_ns)(const struct runner *runner);

    /* What was counted so far: of the cluster, and steps of all nodes. */
    struct totals (*totals)(struct runner *runner);
    uint64_t (*events)(const struct runner *runner);

    /* Of all records so far that the trace keeps. */
    struct hash_value (*hash)(const struct runner *runner);

    /* Ends the run, over or not, and frees the runner. */
    void (*delete)(struct runner *runner);
};

struct runner {
    const struct runner_operations *operations;
    bool live; /* in real time: it can't be paused */

    /* The actions of the plan and those added with executor_add, which is allowed until the run is
     * over: an added action is later than what has been run, outlives the run, and changes no
     * setting. */
    struct executor *executor;
    struct judge *judge;
    const char *why; /* RUN_FAILED: the reason */
};

struct runner_setup {
    const struct plan *plan;
    struct reader **readers; /* besides the checker and the expectations; they outlive the run */
    size_t readers_count;
    uint32_t threads; /* 1..1024; of no meaning to real processes */
    uint32_t cores;   /* likewise: so many are this run's; 0: the machine's. With 1 it all happens
                         on the caller's thread */
    bool may_screen;  /* simulated: no action is added to the plan's, and none is observed, so the
                         run may be made again in its course: see check/screen.h */
    uint32_t jobs;    /* so many runs go on in this process, each with the plan's limit of memory:
                         they share it; 0: this one alone */
};

#endif
