/* A search for a run that fails, guided by what runs reach.
 *
 * At first each run has a seed of its own, which draws which trouble there is, too (swarm.h). From
 * then on each second run goes on from a state that an earlier one reached (abstract.h, archive.h):
 * the run is the same up to that time, and then another seed takes over. So what chance seldom
 * reaches is gone on from more often than chance would do (as Go-Explore does: Ecoffet et al.,
 * "First return, then explore", Nature 590, 2021).
 *
 * Runs are made in batches: each is chosen by what was known before its batch, and they count in
 * their order. So the start seed and the number of runs decide the result, and the threads do not.
 */
#ifndef SEARCH_HUNT_H
#define SEARCH_HUNT_H

#include "search/archive.h"
#include "search/trial.h"

struct hunt_progress {
    uint64_t runs;
    size_t states;
    int64_t wall_ns;
};

struct hunt_setup {
    const struct plan *plan;
    uint64_t seed;      /* the first; it decides all others */
    uint64_t runs_most; /* UINT64_MAX: as many as there is time for */
    int64_t limit_ns;   /* of real time; TIME_NEVER: none */
    uint32_t jobs;      /* threads, 1 or more */
    bool (*is_stopped)(void);
    void (*progress)(void *context, const struct hunt_progress *progress); /* NULL: nobody */
    void *context;
};

struct hunt_result {
    uint64_t runs;   /* that count */
    uint64_t guided; /* those of them that went on from a state */
    size_t states;   /* reached */
    bool is_found;
    struct way way;       /* of the run that failed, which is the last one that counts, … */
    struct breach breach; /* … and the first of what broke there */
    uint64_t idle;        /* runs in which nothing was checked, … */
    char idle_reason[256];
    char never[256];      /* what should have come about in some run and did not; empty: nothing */
    enum run_state state; /* RUN_OVER; RUN_GOES_ON: it was stopped; else a run could not be carried
                             through, by: */
    char why[256];
    int64_t wall_ns;
};

/* ERROR_MEMORY, ERROR_IO (no thread). */
enum error hunt(struct hunt_result *result, const struct hunt_setup *setup);

#endif
