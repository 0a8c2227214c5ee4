/* --help, and --set help, for people at a terminal. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/option_table.h"

/* What dpsim is, in a paragraph; and examples, ended by one without a command. */
extern const char help_about[];
struct help_example {
    const char *command;
    const char *does;
};
extern const struct help_example help_examples[];

const char *help_group_name(enum option_group group);

/* Each prints the whole text. `rows` ends with a row without a name. */
void help_print(const struct option_row *rows, FILE *out);
void help_settings(FILE *out);

#endif
