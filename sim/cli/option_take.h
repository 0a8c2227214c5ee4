/* What an option does when it is given: a function for each kind of row of the table of options. It
 * fills in struct options, or says on `err` what is wrong with its argument, or, as --help and
 * --version do, prints on `out` and ends the parsing. options.c has the table, and calls them. */
#ifndef CLI_OPTION_TAKE_H
#define CLI_OPTION_TAKE_H

#include "cli/option_table.h"

/* The command line as far as it is read. */
struct parsing {
    struct options *options;
    size_t overrides_capacity;
    size_t varied_capacity;
    size_t requests_capacity;
    const char *seeds; /* --seeds, once it was given */
    bool ended;        /* by --request --: what follows are ids */
    int argc;
    char **argv; /* as getopt_long has it, which puts its words into another order */
    FILE *out;
    FILE *err;
    struct options_given given;
    enum options_todo todo;
};

typedef void option_take(struct parsing *parsing, const struct option_row *row,
                         const char *argument);

option_take take_override, take_ties, take_set, take_threads, take_string, take_flag;
option_take take_request, take_descriptor, take_seeds, take_jobs, take_vary, take_hunt;
option_take take_help, take_version;

/* Says what is wrong; the parsing ends. */
void parsing_wrong(struct parsing *parsing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One more id that --request asks for. */
void parsing_add_request(struct parsing *parsing, const char *id);

#endif
