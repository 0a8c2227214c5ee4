/* Judges a plan's expectations by the records of its run.
 *
 * Those on a named reply are judged when the reply is in, those on workers, members and owners when
 * the run's cursor is there, the rest at the end. Each gives one EXPECT record, or one each time
 * that `every` repeats it. It never stops a run. */
#ifndef CHECK_EXPECTATIONS_H
#define CHECK_EXPECTATIONS_H

#include "check/checker.h"
#include "scenario/plan.h"
#include "trace/tally.h"

struct expectations;

/* The records made go to `emit`, with its context, during the call that makes them. The plan
 * outlives it. NULL when there is no memory. */
struct expectations *expectations_new(const struct plan *plan,
                                      void (*emit)(void *context, const struct record *record),
                                      void *context);
void expectations_delete(struct expectations *expectations);

/* The kinds of record that it asks for, bit i for kind i: most records concern no expectation. */
uint32_t expectations_kinds(const struct expectations *expectations);

/* The next record of the run; one of another kind changes nothing. */
void expectations_take(struct expectations *expectations, const struct record *record);

/* The cursor is at expectation `index` of the plan, at (t_ns, step): judges it, if it is one of the
 * cursor's. */
void expectations_at_cursor(struct expectations *expectations, uint32_t index, int64_t t_ns,
                            uint16_t step);

/* The run is over: judges what is left. */
struct run_numbers;
void expectations_at_end(struct expectations *expectations, const struct run_numbers *run,
                         uint16_t step);

/* What the states of `sometimes each` are before t_ns, as a hash: for each line and node, whether
 * the state holds. 0: none does. The records up to then have been taken. */
uint64_t expectations_each_hash(struct expectations *expectations, int64_t t_ns);

/* Whether memory ran out, which ends all judging. */
bool expectations_failed(const struct expectations *expectations);

#endif
