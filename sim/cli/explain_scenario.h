/* The command --explain: the story of an id or of a request. */
#ifndef CLI_EXPLAIN_SCENARIO_H
#define CLI_EXPLAIN_SCENARIO_H

#include "cli/run_result.h"

/* Runs the scenario, or reads the saved trace, once or twice to find what the story is about, and
 * once more to print it: each time the run is the same. STATUS_WRONG: there is no such thing in it.
 */
struct run_result explain_scenario(const struct options *options, const char *file);

#endif
