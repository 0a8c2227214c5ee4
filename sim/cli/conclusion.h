/* What a run came to: its exit status, and the reason in words. */
#ifndef CLI_CONCLUSION_H
#define CLI_CONCLUSION_H

#include "check/checker.h"
#include "cli/options.h"
#include "scenario/plan.h"
#include "trace/findings.h"
#include "trace/totals.h"

struct conclusion {
    enum status status;  /* HELD, BROKEN or UNCHECKED */
    const char *verdict; /* PASS, FAIL, EMPTY */
    char reason[1024];   /* "" for PASS; a longer one is cut */
};

/* `found` is sorted, and has the faults that had no effect. */
struct conclusion conclude_run(const struct plan *plan, const struct findings *found,
                               const struct totals *totals, const struct checker *checker);

#endif
