/* The diagnostics about a text, in words, each with its place and the line itself.
 *
 * What is quoted from the text is shown in printable characters only and cut where it is long, so
 * nothing in a scenario can steer the terminal of whoever reads the diagnostic. */
#ifndef SCENARIO_DIAGNOSTIC_H
#define SCENARIO_DIAGNOSTIC_H

#include "scenario/lexer.h"

#include <stdarg.h>

struct diagnostics {
    const char *file;
    char *text; /* NUL-ended; NULL as long as there is none */
    size_t size;
    size_t capacity;
    uint32_t count; /* all, told or not */
    bool no_memory;
};

/* Where words come from: a line of the file, or an option of the command line. */
struct source {
    const char *option; /* NULL: from the file */
    struct source_line line;
};

/* A word as it can be shown. */
struct shown {
    char text[160];
};
struct shown shown(struct word word);

/* Adds a diagnostic about what stands at `at` in `source`; without a line number the whole file is
 * meant. Only the first PARSE_ERRORS_MAX are told, the rest counted. */
void diagnostics_add(struct diagnostics *diagnostics, const struct source *source, const char *at,
                     const char *format, va_list arguments);

/* Tells how many were not told. */
void diagnostics_end(struct diagnostics *diagnostics);

#endif
