#include "cli/run_result.h"

#include "cli/report.h"

enum status run_result_status(enum conclusion_kind kind)
{
    static const enum status statuses[] = {[CONCLUDED_PASS] = STATUS_HELD,
                                           [CONCLUDED_FAIL] = STATUS_BROKEN,
                                           [CONCLUDED_EMPTY] = STATUS_UNCHECKED,
                                           [CONCLUDED_INTERRUPTED] = STATUS_INTERRUPTED,
                                           [CONCLUDED_ERROR] = STATUS_FAILED};
    return statuses[kind];
}

void run_result_settle(struct run_result *result)
{
    if (!result->verdict)
        result->verdict = result->status ? RUN_RESULT_ERROR : "PASS";
    if (!*result->reason && result->status)
        snprintf(result->reason, sizeof result->reason, "%s", report_first());
}
