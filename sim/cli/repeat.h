/* The one command that repeats a run. */
#ifndef CLI_REPEAT_H
#define CLI_REPEAT_H

#include "cli/options.h"

/* "dpsim --seed 7 --set ttl=30s scenarios/demo.txt", its words quoted for a shell where they must
 * be; to be freed with memory_free. NULL when there is no memory. */
char *repeat_command(const struct options *options, const struct plan *plan);

#endif
