/* Completion of the command line, as a script for a shell: from the table of options and that of
 * settings. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/option_table.h"

/* Prints the script. Returns whether there is one for that shell. */
bool completion_print(const char *shell, const struct option_row *rows, FILE *out);

/* Adds the words that an argument of this kind can be, as far as they are known, a blank before
 * each. */
void completion_words(enum argument_kind kind, struct string_builder *words);

#endif
