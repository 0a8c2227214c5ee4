/* The command --shrink: the smallest scenario that fails as a run does. */
#ifndef CLI_SHRINK_SCENARIO_H
#define CLI_SHRINK_SCENARIO_H

#include "cli/run_result.h"

/* The status is that of the run: STATUS_BROKEN where it fails and is shrunk. */
struct run_result shrink_scenario(const struct options *options, const char *file);

#endif
