/* Those who follow a run and judge it: the readers whom the user wants, the checker, and the
 * expectations.
 *
 * A runner gives every record to judge_take, once, in order, calls judge_at_cursor when the plan's
 * cursor is at an expectation, and judge_at_end when the run is over. What the checker and the
 * expectations make of a record follows it, to the same readers.
 *
 *     record -> judge_take -> readers, checker, expectations
 *                    ^                    |         |
 *                    +--------------------+---------+  VIOLATION, DUPLICATE, EXPECT */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include "check/checker.h"
#include "check/expectations.h"
#include "check/screen.h"
#include "scenario/plan.h"
#include "trace/hash.h"
#include "trace/reader.h"
#include "trace/tally.h"

/* How a run stands, or why it could not be carried through. */
enum run_state {
    RUN_GOES_ON,
    RUN_OVER,
    RUN_NO_MEMORY,
    RUN_LIVELOCK,    /* 10,000 causal steps in one instant */
    RUN_INTERRUPTED, /* stopped by a signal: what is judged at the end was not */
    RUN_FAILED       /* the runner has the reason */
};

struct judge_setup {
    const struct plan *plan;
    struct reader **readers; /* besides the checker and the expectations */
    size_t readers_count;
    /* Real processes: latency, loss, duplicates, order and clocks are the real network's own,
     * whatever the plan sets: links keep order and duplicate nothing, clocks are exact. */
    bool live;
    bool may_screen;  /* simulated: see judge_screen */
    int64_t late_ns;  /* live: so late may be what falls due at a time … */
    int64_t error_ns; /* … and so far from each other the times of records; else both 0 */
};

struct judge;

/* The readers outlive it. NULL when there is no memory. */
struct judge *judge_new(const struct judge_setup *setup);
void judge_delete(struct judge *judge);

/* The screen, if there is one: whoever makes the records of nodes gives them to it, node by node,
 * and only those that no node makes to judge_take. NULL: all records go to judge_take, merged; it
 * is so unless the setup allows a screen, and if anyone needs them in order, or the plan has in it
 * what is always suspect. */
struct screen *judge_screen(const struct judge *judge);

/* Every record of the run, once, in order. With `trace off` records are nobody's. */
void judge_take(struct judge *judge, const struct record *record);

/* Whether memory ran out, which ends all judging. */
bool judge_failed(const struct judge *judge);

/* The cursor is at an expectation of the plan, at (t_ns, step). */
void judge_at_cursor(struct judge *judge, uint32_t expectation, int64_t t_ns, uint16_t step);

/* The run will not be made again, whether it is over or was broken off: the readers get what was
 * kept back for that case. */
void judge_stop(struct judge *judge);

/* How a run ended. */
struct judge_end {
    int64_t t_ns;
    uint16_t step;
    const struct tally *sum; /* of the whole run */
    int64_t quiet_ns;        /* see executor_quiet_ns */
    const struct under_way *under_way;
};

/* The run is over, and if there is a screen, nothing is suspect: judges what is left. */
void judge_at_end(struct judge *judge, const struct judge_end *end);

/* What `sum` counted, with duplicates and latencies; after judge_at_end, what the run came to. */
struct totals judge_totals(const struct judge *judge, const struct tally *sum, int64_t now_ns);
const struct checker *judge_check(const struct judge *judge);

/* Of the records that no simulated node made; of real processes, of all records. */
const struct hash *judge_hash(const struct judge *judge);

#endif
