/* The table of options as text: for --help, for man(1) and for the shell. It parses nothing. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/option_table.h"

/* Each prints the whole text. `rows` ends with a row without a name. */
void help_print(const struct option_row *rows, FILE *out);
void help_man_page(const struct option_row *rows, FILE *out); /* roff, for man(1) */
void help_completion(const struct option_row *rows, FILE *out);

#endif
