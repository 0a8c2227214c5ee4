/* The checker: judges a run by its records alone, as they come, by the rules below. It notes the
 * first breaches of each rule as VIOLATION records, and each further live worker of an id as a
 * DUPLICATE record with its cause. */
#ifndef CHECK_CHECKER_H
#define CHECK_CHECKER_H

#include "node/route.h"
#include "trace/reader.h"

#define RULES(X)                                                                                   \
    X(ONE_OWNER, "one-owner")                                                                      \
    X(ONE_WORKER_A_NODE, "one-worker-a-node")                                                      \
    X(SERIAL, "serial")                                                                            \
    X(ONE_LOAD, "one-load")                                                                        \
    X(ONE_VALUE, "one-value")                                                                      \
    X(TTL, "ttl")                                                                                  \
    X(ONE_OUTCOME, "one-outcome")                                                                  \
    X(HONEST_ERRORS, "honest-errors")                                                              \
    X(ONE_HOP, "one-hop")                                                                          \
    X(NOTHING_LOST, "nothing-lost")                                                                \
    X(IN_ORDER, "in-order")                                                                        \
    X(CONSERVATION, "conservation")                                                                \
    X(APART, "apart")                                                                              \
    X(BOUNDS, "bounds")                                                                            \
    X(CAUSE, "cause")           /* a further live worker without a cause in the trace */           \
    X(ONE_WORKER, "one-worker") /* where the scenario says `always one-worker` */

enum rule {
#define X(name, text) RULE_##name,
    RULES(X)
#undef X
        RULES_COUNT
};

const char *rule_name(enum rule rule);

/* What the checker must know of the run beyond its records. */
struct check_setup {
    uint32_t nodes;
    enum route route;
    bool views_static; /* every node's view is always all nodes */
    int64_t ttl_ns;
    bool expire_idle;
    int64_t timeout_ns;
    bool no_fallback; /* a request is never tried again */
    uint32_t mailbox;
    int64_t work_least_ns; /* the least time of a turn in the whole run */
    bool ordered;          /* links keep the order and duplicate nothing, in the whole run */
    bool all;              /* the trace has every record; else those of workers only: the rules on
                              single messages and requests are not judged */
    bool clocks_exact;     /* every node's clock shows true time, in the whole run */
    bool clocks_smooth;    /* clocks may be off and drift, but none is set once the run has begun */
    bool one_worker;       /* the scenario says `always one-worker` (line one_worker_line) */
    uint32_t one_worker_line;
    /* Of real processes, whose timers wait for a processor and whose times are aligned; both are 0
     * in the simulator. */
    int64_t late_ns;  /* how late at most a node sees to what fell due, also after a thaw. What may
                         not be done too early, or no more, is judged as ever. With it, clocks are
                         real ones, which are never set */
    int64_t error_ns; /* by how much at most a record's t_ns is off against another one's. Above 0
                         a node's steps are told apart by its clock alone, each having one reading
                         of its own */
};

struct checker; /* what it knows; embeds a struct reader as its first member */

/* Records that the checker makes itself go to `emit`, during check_take of the record that they
 * follow. `context` is given back. NULL when there is no memory. */
struct checker *check_new(const struct check_setup *setup,
                          void (*emit)(void *context, const struct record *record), void *context);
void check_delete(struct checker *check);

void check_take(struct checker *check, const struct record *record);

/* The run is over at `t_ns`: what must hold at the end is judged. */
void check_end(struct checker *check, int64_t t_ns, const struct under_way *under_way);

/* Whether memory ran out, which ends all judging. */
bool check_failed(const struct checker *check);

/* Breaches, all and by rule (noted or beyond the first CHECK_NOTED_MAX of a rule). */
#define CHECK_NOTED_MAX 10u
uint64_t check_violations(const struct checker *check);
uint64_t check_violations_of(const struct checker *check, enum rule rule);

/* Times an id gained a further live worker (certainly: an overlap of error_ns is none); how long
 * ids had more than one so far, summed; how many ids have now; and when an id last had more than
 * one (until when, or now, or -1 if never). */
uint64_t check_duplicates(const struct checker *check);
int64_t check_duplicate_ns(const struct checker *check, int64_t now_ns);
uint64_t check_duplicate_ids(const struct checker *check);
int64_t check_last_duplicate_ns(const struct checker *check, int64_t now_ns);

/* How many duplicates had which cause: a try on the caller's own node after a remote one; views
 * that differed; the route itself (self-first); handed on by an expired duplicate; one of the two
 * had begun before the trace. */
enum cause { CAUSE_RETRY, CAUSE_VIEW, CAUSE_ROUTE, CAUSE_HANDED_ON, CAUSE_BEFORE, CAUSES_COUNT };
uint64_t check_duplicates_by(const struct checker *check, enum cause cause);

/* Whether rule was judged in this run (see check_setup.all): none is if no record has come. */
bool check_judges(const struct checker *check, enum rule rule);

#endif
