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

/* The last one has no text. */
struct help_status {
    int number;
    const char *text;
};
extern const struct help_status help_statuses[];

const char *help_group_name(enum option_group group);

/* Prints all settings. */
void help_settings(FILE *out);

/* Prints what an option of this kind asks for: help on a topic, a page of the manual, the
 * completion of a shell; `word` may be NULL. False: there is no such one, and `why` says what there
 * is. */
bool help_answer(enum argument_kind kind, const char *word, FILE *out, struct string_builder *why);

#endif
