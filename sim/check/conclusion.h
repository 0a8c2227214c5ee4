/* What a run came to, from what was judged in it: the verdict, and the reason in words. */
#ifndef CHECK_CONCLUSION_H
#define CHECK_CONCLUSION_H

#include "check/checker.h"
#include "scenario/plan.h"
#include "trace/findings.h"
#include "trace/totals.h"

/* FAIL: an invariant or an expectation did not hold. EMPTY: nothing was checked, or a fault or a
 * `sometimes` never took effect. INTERRUPTED: the run was stopped before its end, and what is
 * judged at the end was not. ERROR: it could not be carried through. */
#define CONCLUSIONS(X) X(PASS) X(FAIL) X(EMPTY) X(INTERRUPTED) X(ERROR)

enum conclusion_kind {
#define X(name) CONCLUDED_##name,
    CONCLUSIONS(X)
#undef X
};

struct conclusion {
    enum conclusion_kind kind;
    bool is_idle; /* EMPTY, and not only for faults and `sometimes` that never took effect: other
                     runs of the plan can make up for those */
    char reason[1024]; /* "" for PASS; a longer one is cut */
};

/* `found` is sorted, and has the faults that had no effect. */
struct conclusion conclude_run(const struct plan *plan, const struct findings *found,
                               const struct totals *totals, const struct checker *checker);

/* Of a run that was stopped at now_ns. */
struct conclusion conclude_interrupted(const struct plan *plan, const struct findings *found,
                                       int64_t now_ns, const struct checker *checker);

/* Of a run that could not be carried through: what was found in it may follow from that. */
struct conclusion conclude_error(const char *why);

/* PASS, FAIL, EMPTY, INTERRUPTED or ERROR. */
const char *conclusion_name(enum conclusion_kind kind);

#endif
