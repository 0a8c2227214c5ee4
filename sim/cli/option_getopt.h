/* The table of options as getopt_long wants it. */
#ifndef CLI_OPTION_GETOPT_H
#define CLI_OPTION_GETOPT_H

#include "cli/option_table.h"

#include <getopt.h>

struct option_getopt {
    char letters[3 * OPTIONS_MOST + 2];
    struct option names[OPTIONS_MOST + 1];
};

/* Both tables, of all rows. */
void option_getopt_make(struct option_getopt *tables);

/* The row that getopt_long's return value, or its optopt, means; NULL if none. */
const struct option_row *option_getopt_row(int value);

#endif
