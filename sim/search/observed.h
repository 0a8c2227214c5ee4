/* What a run did, written down while it goes on: the actions as they were applied, and the requests
 * that clients and open load made. */
#ifndef SEARCH_OBSERVED_H
#define SEARCH_OBSERVED_H

#include "base/arena.h"
#include "base/bits.h"
#include "run/executor.h"
#include "scenario/plan.h"
#include "trace/reader.h"

#define LOAD_NONE UINT32_MAX

/* An action, a line of load, or a request of one. */
struct observed_step {
    int64_t at_ns;
    const char *text; /* NULL: of a repetition that its first line stands for */
    uint32_t load;    /* the number of the load that it is, or that made it; LOAD_NONE */
    uint32_t line;    /* of the scenario: that of the action, or of the chaos that made it */
};

struct observed {
    struct executor_observer observer;
    struct reader reader;
    const struct plan *plan;
    struct arena *arena; /* somebody else's, of the texts */
    struct observed_step *steps;
    size_t count;
    size_t capacity;
    struct observed_step *requests; /* apart, since their records come later */
    size_t requests_count;
    size_t requests_capacity;
    uint32_t loads;
    uint32_t drawn; /* lines that stay as they are, with nodes that are drawn each time */
    struct {
        uint32_t *loads; /* of each client and source of the node, in the order of their numbers */
        size_t count;
        size_t capacity;
    } * clients;          /* of each node */
    int64_t *timeouts_ns; /* of each load; 0: the setting's */
    size_t timeouts_capacity;
    bool failed; /* there was no memory for it */
};

/* The texts lie in the arena or in the plan, and outlive it. It is to be closed in any case. */
void observed_init(struct observed *observed, const struct plan *plan, struct arena *arena);
void observed_close(struct observed *observed);

/* After the run: where `missed` (bits, by number of the plan's actions) has a fault whose every
 * repetition, or chaos whose every strike, touched nothing, the last one of them may not miss. */
void observed_miss(struct observed *observed, const uint64_t *missed);

#endif
