/* One scenario, from its file to its exit status. */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include "cli/options.h"

/* Simulates the scenario in `file` ("-": standard input) as the options say. Data goes to standard
 * output, messages to standard error. */
enum status simulate(const struct options *options, const char *file);

#endif
