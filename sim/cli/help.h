/* The table of options as text: for --help, for man(1) and for the shell. It parses nothing. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/base.h"

#include <stdio.h>

struct parsing; /* options.c's own */

struct option_row {
    char letter;          /* 0: it has no short form */
    const char *name;     /* without the dashes */
    const char *argument; /* NULL: it takes none */
    const char *does;     /* a few words without a full stop, for people */
    void (*take)(struct parsing *parsing, const struct option_row *row, const char *argument);
    size_t field; /* offset in struct options of what `take` sets, if it is one of those that set a
                     field */
    bool takes_file; /* its argument is the name of a file */
    bool rare;       /* in the man page, but neither in --help nor completed */
};

/* Each prints the whole text. `rows` ends with a row without a name. */
void help_print(const struct option_row *rows, FILE *out);
void help_man_page(const struct option_row *rows, FILE *out); /* roff, for man(1) */
void help_completion(const struct option_row *rows, FILE *out);

#endif
