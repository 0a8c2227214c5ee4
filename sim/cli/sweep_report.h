/* What a sweep came to, on standard output and as test cases. */
#ifndef CLI_SWEEP_REPORT_H
#define CLI_SWEEP_REPORT_H

#include "cli/junit.h"
#include "cli/run_result.h"
#include "search/sweep_print.h"

/* Adds the case of one seed, while the sweep goes on. */
void sweep_report_seed(struct junit *junit, const struct plan *plan,
                       const struct repeater *repeater, const struct trial_result *result);

/* Whether each seed has its case already; else there is one for the first seed of each breach. */
enum sweep_seeds { SEEDS_REPORTED, SEEDS_TO_REPORT };

/* Prints it as the options say, and ends a suite of `junit`, which may be NULL. STATUS_FAILED of
 * the result: it could not be printed. */
void sweep_report(const struct options *options, const struct sweep *sweep,
                  const struct repeater *repeater, enum sweep_seeds seeds,
                  struct run_result *result, struct junit *junit);

#endif
