/* The one command that repeats a run. */
#ifndef CLI_REPEAT_H
#define CLI_REPEAT_H

#include "cli/scenario_file.h"

/* Holds "dpsim-input-9999.txt" with its NUL. */
#define REPEAT_NAME_SIZE 32u

/* "dpsim --seed 7 --set ttl=30s scenarios/demo.txt", its words quoted for bash where they must be,
 * and all of it printable; to be freed with memory_free. `file` is the scenario. Where that is a
 * saved session (`plan` NULL), all settings are in it. NULL when there is no memory. */
char *repeat_command(const struct options *options, const struct plan *plan, const char *file);

/* The file that has the scenario: its own, or for standard input and pipes, whose text is gone
 * otherwise, a saved one in the current directory: dpsim-input-1.txt or the next number that is
 * free or has this text already; `name` holds that. Where it can't be saved, a message says so, and
 * it is "-". */
const char *repeat_file(const struct scenario_file *scenario, char name[REPEAT_NAME_SIZE]);

#endif
