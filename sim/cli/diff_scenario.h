/* The command --diff: where two runs part. */
#ifndef CLI_DIFF_SCENARIO_H
#define CLI_DIFF_SCENARIO_H

#include "cli/run_result.h"

/* Compares the run of `file`, a scenario or a saved trace, with the saved trace of the option.
 * STATUS_HELD: they are the same; STATUS_BROKEN: they part, and standard output says where, and
 * what led to it. */
struct run_result diff_scenario(const struct options *options, const char *file);

#endif
