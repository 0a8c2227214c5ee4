/* The diagnostics about a text: each with its place, the line itself, and a caret.
 *
 * What is quoted from the text is shown in printable characters only and cut where it is long, so
 * nothing in a scenario can steer the terminal of whoever reads the diagnostic. */
#ifndef SCENARIO_DIAGNOSTIC_H
#define SCENARIO_DIAGNOSTIC_H

#include "base/string_builder.h"
#include "scenario/lexer.h"

struct diagnostics {
    const char *file;
    struct string_builder text;
    uint32_t count; /* all, printed or not */
};

/* Where words come from: a line of the file, or an option of the command line. */
struct source {
    const char *option; /* NULL: from the file */
    struct source_line line;
};

/* A word as it can be shown: unprintable characters replaced, at most 32 characters and "…". */
struct shown {
    char text[160];
};
struct shown shown(struct word word);

/* Adds a diagnostic about what stands at `at` in `source`; where the source has no line number it
 * is about the whole file. After PARSE_ERRORS_MAX, diagnostics are counted only. ERROR_TEXT; or
 * ERROR_MEMORY, also for one before this. */
__attribute__((format(printf, 4, 0))) enum error diagnostics_add(struct diagnostics *diagnostics,
                                                                 const struct source *source,
                                                                 const char *at, const char *format,
                                                                 va_list arguments);

/* Closes the text, with the number of diagnostics that are not in it. OK: there are none.
 * ERROR_TEXT; ERROR_MEMORY. */
enum error diagnostics_end(struct diagnostics *diagnostics);

#endif
