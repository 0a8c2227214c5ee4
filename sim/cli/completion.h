/* Completion of the command line, as a script for a shell: from the table of options and that of
 * settings. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/option_table.h"

/* The shells, each followed by a blank, but for the last one. */
#define COMPLETION_SHELLS "bash zsh fish"

/* Prints the script. Returns whether there is one for that shell. */
bool completion_print(const char *shell, const struct option_row *rows, FILE *out);

#endif
