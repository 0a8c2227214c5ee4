/* The checker judges a run by its records alone, as they come, by the rules of trace/rules.h. It
 * notes the first breaches of each rule as VIOLATION records, and each further live worker of an id
 * as a DUPLICATE record with its cause. It never stops or changes a run.
 *
 * README.md says what each rule means and which file judges it: checker_requests.c, _messages.c,
 * _places.c (mailboxes), _workers.c, _serves.c (answers), _nodes.c, _sources.c (open load),
 * _absences.c (nodes that are down), _duplicates.c; checker.c judges the end of the run. */
#ifndef CHECK_CHECKER_H
#define CHECK_CHECKER_H

#include "node/record.h"
#include "node/route.h"
#include "scenario/plan.h"
#include "trace/summary.h"

/* What the checker must know of the run beyond its records. */
struct checker_setup {
    const struct plan *plan; /* whose DUPLICATE_TIME expectations are measured, and whose links have
                                settings of their own from the start; NULL: of none */
    uint32_t nodes;
    enum route route;
    bool views_static; /* every node's view is always all nodes */
    int64_t ttl_ns;
    uint32_t ttl_jitter_ppb;
    int64_t fail_ttl_ns; /* 0: a failed load is remembered until the end of its life */
    bool expire_idle;
    bool loads_queue; /* a worker's load, and with it its life, may begin later than it starts */
    int64_t timeout_ns;
    int64_t suspect_ns;
    int64_t retry_ns; /* so long, at least, without an answer before a further try by that reason */
    bool no_fallback; /* a request is tried again only when a leaving node has refused it */
    bool fallback_owner; /* it is tried again at the owner, else on its caller's own node */
    uint32_t mailbox;
    uint32_t held;
    bool hand_over; /* workers move to the new owner of their ids */
    uint32_t slots; /* of ids, each with a lease; 0: there are no leases */
    int64_t lease_ns;
    uint32_t drift_ppm;
    int64_t work_least_ns; /* the least time of a turn in the whole run */
    bool real_links;       /* they keep the order and duplicate nothing, whatever is set */
    bool reorders;         /* links do not keep the order, where no setting of theirs … */
    bool duplicates;       /* … and may duplicate a message, where none says otherwise */
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
                         a node's steps differ by its clock alone: each has one reading
                         of its own */
};

struct checker;

/* The checker's own records go to `emit`, with `context`, during the checker_take of the record
 * that they follow. NULL when there is no memory. */
struct checker *checker_new(const struct checker_setup *setup,
                            void (*emit)(void *context, const struct record *record),
                            void *context);
void checker_delete(struct checker *checker);

/* The next record of the run, whose node is one of setup.nodes or none. */
void checker_take(struct checker *checker, const struct record *record);

/* The run is over at `t_ns`: what must hold at the end is judged. */
void checker_end(struct checker *checker, int64_t t_ns, const struct under_way *under_way);

/* A screen judges the run in the checker's stead: whatever the checker judges has no breach. */
void checker_spare(struct checker *checker);

/* What a screen gives to a checker that it spares, so that this judges it as in any other run: who
 * runs and stands still, which views there are, and which workers live. */
struct screened {
    struct record record; /* UP, DOWN, FROZEN, THAWED, VIEW, START, EXPIRE, LOST; a RECV from a node
                             that is down; for the screen's own merge: SEND, DROP */
    uint64_t message;     /* VIEW: the number of the node's next message */
    /* START: the request that it is for, and what is known of that at the node */
    uint64_t request;
    node_id caller;
    node_id owner; /* of its first try */
    uint64_t from; /* the message that brought it, or, where the caller is the node itself, how many
                      VIEWs it had recorded when it routed it */
    uint8_t try;
    uint8_t why;   /* enum route_why, of the further try */
    bool hands_on; /* EXPIRE: the mailbox is not empty; START: it takes that over */
};

/* The next one of the run. */
void checker_take_screened(struct checker *checker, const struct screened *event);

/* The run is over at t_ns, likewise. */
void checker_end_screened(struct checker *checker, int64_t t_ns, const struct under_way *under_way);

/* Whether some node is down and in the view of another one: then it matters what is heard of it. */
bool checker_has_absences(const struct checker *checker);

/* Whether the node does not run. */
bool checker_is_down(const struct checker *checker, node_id node);

/* Whether memory ran out, which ends all judging. */
bool checker_failed(const struct checker *checker);

/* Breaches, all and by rule (noted or beyond the first CHECKER_NOTED_MAX of a rule). */
#define CHECKER_NOTED_MAX 10u
uint64_t checker_violations(const struct checker *checker);
uint64_t checker_violations_of(const struct checker *checker, enum rule rule);

/* Times an id gained a further live worker (certainly: an overlap of error_ns is none); how long
 * ids had more than one so far, summed; how many ids have now; and when an id last had more than
 * one (until when, or now, or -1 if never). */
uint64_t checker_duplicates(const struct checker *checker);
int64_t checker_duplicate_ns(const struct checker *checker, int64_t now_ns);
uint64_t checker_duplicate_ids(const struct checker *checker);
int64_t checker_last_duplicate_ns(const struct checker *checker, int64_t now_ns);

/* The longest time in one piece, up to now_ns, that an id had more than one live worker: in the
 * part `of` a DUPLICATE_TIME expectation of the plan. */
int64_t checker_longest_double_ns(const struct checker *checker, const struct expectation_part *of,
                                  int64_t now_ns);

/* Fills in double_p50_ns and so on: of the times, in all, that an id had more than one. */
void checker_fill_doubles(const struct checker *checker, int64_t now_ns, struct totals *totals);

/* How many duplicates had which cause. */
uint64_t checker_duplicates_by(const struct checker *checker, enum cause cause);

/* Whether rule was judged in this run (see checker_setup.all): none is if no record has come. */
bool checker_judges(const struct checker *checker, enum rule rule);

/* Fills in what the checker knows: broken, judged, causes. */
void checker_fill_summary(const struct checker *checker, struct summary *summary);

#endif
