/* Files that a run writes: --trace and --png. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/options.h"

/* Refuses an output that would overwrite an input of the command, or a file that begins as a
 * scenario: it is then reported, and STATUS_WRONG. Nothing is opened for writing. */
enum status outputs_check(const struct options *options);

#endif
