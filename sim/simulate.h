/* One scenario, from its file to its exit status. */
#ifndef SIMULATE_H
#define SIMULATE_H

#include "options.h"

/* Simulates the scenario in `file` ("-": standard input) as the options say. Data goes to standard
 * output, messages to standard error. */
enum status simulate(const struct options *options, const char *file);

#endif
