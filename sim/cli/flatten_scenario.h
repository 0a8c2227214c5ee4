/* The command --flatten: what a scenario's run did, as a plain scenario. */
#ifndef CLI_FLATTEN_SCENARIO_H
#define CLI_FLATTEN_SCENARIO_H

#include "cli/run_result.h"

struct run_result flatten_scenario(const struct options *options, const char *file);

#endif
