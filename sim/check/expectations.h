/* Judges a plan's expectations by the records of its run.
 *
 * Those on a named reply are judged when the reply is in, those on workers, members and owners when
 * the cluster says that the cursor is there, the rest at the end. Each gives one EXPECT record, or
 * one each time that `every` repeats it. */
#ifndef CHECK_EXPECTATIONS_H
#define CHECK_EXPECTATIONS_H

#include "check/checker.h"
#include "scenario/plan.h"
#include "trace/reader.h"
#include "trace/tally.h"

struct expect; /* embeds a struct reader as its first member */

/* The records made go to `emit`, with its context. NULL when there is no memory. */
struct expect *expect_new(const struct plan *plan,
                          void (*emit)(void *context, const struct record *record), void *context);
void expect_delete(struct expect *expect);

/* The cursor is at expectation `index`, at (t_ns, step): judges it, if it is one of the cursor's.
 */
void expect_at_cursor(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step);

/* The run is over: judges what is left. */
void expect_at_end(struct expect *expect, int64_t t_ns, uint16_t step, const struct totals *totals,
                   const struct tally *tally, const struct checker *check);

/* Whether memory ran out, which ends all judging. */
bool expect_failed(const struct expect *expect);

#endif
