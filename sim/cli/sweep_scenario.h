/* The command --seeds: one scenario, by many seeds. */
#ifndef CLI_SWEEP_SCENARIO_H
#define CLI_SWEEP_SCENARIO_H

#include "cli/junit.h"
#include "cli/run_result.h"

/* Runs the scenario in `file` by each of the seeds, and prints what they came to. Test cases go to
 * `junit` unless that is NULL. */
struct run_result sweep_scenario(const struct options *options, const char *file,
                                 struct junit *junit);

#endif
