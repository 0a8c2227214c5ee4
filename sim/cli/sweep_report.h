/* What a sweep came to, on standard output and as test cases. */
#ifndef CLI_SWEEP_REPORT_H
#define CLI_SWEEP_REPORT_H

#include "cli/junit.h"
#include "cli/run_result.h"
#include "search/sweep_print.h"

/* Prints it as the options say, and ends a suite of `junit`, which may be NULL. STATUS_FAILED of
 * the result: it could not be printed. */
void sweep_report(const struct options *options, const struct sweep *sweep,
                  const struct repeater *repeater, struct run_result *result, struct junit *junit);

#endif
