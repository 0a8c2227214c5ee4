/* How an expectation was judged, and why it did not hold. For the files that judge expectations. */
#ifndef CHECK_VERDICT_H
#define CHECK_VERDICT_H

#include "check/checker.h"
#include "scenario/plan.h"
#include "trace/tally.h"

struct verdict {
    enum verdict_kind kind;
    char why[200]; /* empty if it held */
};

static inline struct verdict verdict_held(void)
{
    return (struct verdict){.kind = VERDICT_HELD};
}

/* FAILED or VACUOUS, and why; a longer text is cut. */
__attribute__((format(printf, 1, 2))) struct verdict verdict_failed(const char *format, ...);
struct verdict verdict_vacuous(const char *why);

/* A run that is over, in numbers. */
struct run_numbers {
    const struct totals *totals;
    const struct tally *tally;
    const struct checker *checker;
    int64_t t_ns;          /* its end */
    int64_t end_ns;        /* its end as planned */
    int64_t last_fault_ns; /* of the last FAULT record, or 0 */
};

/* Judges an expectation of the whole run: TOTAL, OK_SHARE, LATENCY, ALWAYS_ONE, EVENTUALLY_ONE or
 * SOMETIMES. */
struct verdict verdict_of_run(const struct expectation *expectation, const struct run_numbers *run);

#endif
