#include "cli/option_getopt.h"

/* What getopt_long returns for a row: beyond all letters. */
#define ROW_VALUE(row) (256 + (int)(row))

_Static_assert(required_argument == 1 && optional_argument == 2, "they are the colons, too");

static int has_argument(const struct option_row *row)
{
    return !row->argument          ? no_argument
           : *row->argument == '[' ? optional_argument
                                   : required_argument;
}

void option_getopt_make(struct option_getopt *tables)
{
    char *letter = tables->letters;
    *tables = (struct option_getopt){0};
    *letter++ = ':'; /* a missing argument is then another error than an unknown option */
    for (size_t i = 0; option_table[i].name; i++) {
        if (option_table[i].letter) {
            *letter++ = option_table[i].letter;
            for (int colons = has_argument(&option_table[i]); colons; colons--)
                *letter++ = ':';
        }
        tables->names[i] = (struct option){option_table[i].name, has_argument(&option_table[i]),
                                           NULL, ROW_VALUE(i)};
    }
}

const struct option_row *option_getopt_row(int value)
{
    for (size_t i = 0; option_table[i].name; i++)
        if (value == ROW_VALUE(i) || (value && value == option_table[i].letter))
            return &option_table[i];
    return NULL;
}
