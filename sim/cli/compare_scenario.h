/* The command --vary: one scenario with various settings, each by the same seeds. */
#ifndef CLI_COMPARE_SCENARIO_H
#define CLI_COMPARE_SCENARIO_H

#include "cli/run_result.h"

/* Runs every combination of the settings that vary, and prints the table. The status is the worst
 * of all. */
struct run_result compare_scenario(const struct options *options, const char *file);

#endif
