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

/* FAILED, or VACUOUS or MISSED, and why; a longer text is cut. */
__attribute__((format(printf, 1, 2))) struct verdict verdict_failed(const char *format, ...);
struct verdict verdict_vacuous(const char *why);
struct verdict verdict_missed(const char *why);

/* A run that is over, in numbers. */
struct run_numbers {
    const struct totals *totals;
    const struct tally *tally;
    const struct checker *checker;
    int64_t t_ns;     /* its end */
    int64_t end_ns;   /* its end as planned */
    int64_t quiet_ns; /* since when no fault or change goes on; TIME_NEVER: one still does */
};

/* Whether a comparison holds. */
bool verdict_compares(enum compare compare, unsigned __int128 a, unsigned __int128 b);

/* How a count, a share of `all` and a latency compare with what the expectation names. A latency
 * that is not known is VACUOUS, and so is a share of nothing. */
struct verdict verdict_of_count(const struct expectation *expectation, uint64_t count);
struct verdict verdict_of_share(const struct expectation *expectation, uint64_t ok, uint64_t all);
struct verdict verdict_of_latency(const struct expectation *expectation, uint64_t answered,
                                  bool known, int64_t latency_ns);

/* Judges an expectation of the whole run, without a part and not of a state. */
struct verdict verdict_of_run(const struct expectation *expectation, const struct run_numbers *run);

/* FAILED or VACUOUS if the run was not over for as long as `eventually` asks for; else HELD.
 * *from_ns is from when on all must hold. */
struct verdict verdict_of_quiet(const struct expectation *expectation,
                                const struct run_numbers *run, int64_t *from_ns);

/* What `eventually` counts from, in words. */
const char *verdict_quiet_since(const struct run_numbers *run);

#endif
