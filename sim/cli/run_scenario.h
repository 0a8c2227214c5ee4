/* The command "run a scenario": one scenario, from its file to its exit status. */
#ifndef CLI_RUN_SCENARIO_H
#define CLI_RUN_SCENARIO_H

#include "cli/junit.h"
#include "cli/run_result.h"

/* Runs the scenario in `file` ("-": standard input) as the options say, simulated or on real
 * processes; with --check it is parsed only. Data goes to standard output, messages to standard
 * error, test cases to `junit` unless that is NULL. */
struct run_result run_scenario(const struct options *options, const char *file,
                               struct junit *junit);

#endif
