/* --hunt: the search for a run that fails, guided by what runs reach, and the smallest scenario
 * made of it. */
#ifndef CLI_HUNT_SCENARIO_H
#define CLI_HUNT_SCENARIO_H

#include "cli/run_result.h"

struct run_result hunt_scenario(const struct options *options, const char *file);

#endif
