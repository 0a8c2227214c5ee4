#include "cli/run_result.h"

#include "cli/report.h"

void run_result_settle(struct run_result *result)
{
    if (!result->verdict)
        result->verdict = result->status ? RUN_RESULT_ERROR : "PASS";
    if (!*result->reason && result->status)
        snprintf(result->reason, sizeof result->reason, "%s", report_first());
}
