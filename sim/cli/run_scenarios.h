/* The command "run scenarios": all those of the command line, one after the other. */
#ifndef CLI_RUN_SCENARIOS_H
#define CLI_RUN_SCENARIOS_H

#include "cli/options.h"

/* Returns the worst exit status. Of several scenarios a table of verdicts is printed at the end. */
enum status run_scenarios(const struct options *options);

#endif
