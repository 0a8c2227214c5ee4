/* What a run will cost and whether it lacks a `connect`, as far as its plan says: so that a text of
 * a kilobyte does not take hours or gigabytes without a word. */
#ifndef RUN_ESTIMATE_H
#define RUN_ESTIMATE_H

#include "scenario/plan.h"

struct estimate {
    uint64_t heartbeats;
    uint64_t requests; /* of open load and of single requests; what clients ask is not known */
    uint64_t starts;   /* of workers that expire before they are ready, for one request */
    uint64_t bytes;    /* of memory, at one time */
};

/* In simulated time, to the end of the run or of all its load. Nothing is above 10^18. */
struct estimate estimate_run(const struct plan *plan);

/* When the run ends, if it says so; or else when its last action begins or its last load ends, as
 * far as that has an end. */
int64_t estimate_end_ns(const struct plan *plan);

/* Whether requests are made though no node is ever told to join others: each is a cluster of its
 * own, and ids get a worker at every node that is asked. */
bool estimate_unconnected(const struct plan *plan);

#define ESTIMATE_TEXT_SIZE 320u

/* Writes to `text` what is dear in this run, how dear, and the way out. False: nothing is, or
 * nothing that the plan says. `memory_limit` in bytes. */
bool estimate_warn(const struct plan *plan, uint64_t memory_limit, char text[ESTIMATE_TEXT_SIZE]);

#endif
