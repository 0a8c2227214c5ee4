/* The command --merge: results of sweeps over parts of a range, added up. */
#ifndef CLI_MERGE_RESULTS_H
#define CLI_MERGE_RESULTS_H

#include "cli/options.h"

/* Reads the files, in which each line is a result that --seeds --json printed, and reports the sum
 * as a sweep's. The status is that of one sweep over all; STATUS_WRONG: they are no parts of one,
 * and a message says why. */
enum status merge_results(const struct options *options);

#endif
