/* Scenario text in tests: the plan of a right one, the diagnostics about a wrong one. */
#ifndef SUPPORT_PARSED_H
#define SUPPORT_PARSED_H

#include "scenario/parse.h"

/* The plan of `text`, to be closed with plan_close. Where the text is wrong the test fails, with
 * the diagnostics printed, and the plan is empty. */
struct plan parsed(const char *text);

/* Likewise, with settings from the command line: "ttl=5s" is given as "--set ttl=5s". Ended by
 * NULL. */
struct plan parsed_with(const char *text, const char *const *settings);

/* The diagnostics about `text`; "" where there are none. Valid until the next call. */
const char *diagnostics_about(const char *text, const char *const *settings);

/* Asserts that there is exactly one diagnostic about `text`: this one, in that line and column,
 * with the line and a caret under it. */
void diagnostic_is(const char *text, uint32_t line, uint32_t column, const char *words);

/* Likewise of diagnostics which a reader of other texts has made; "x.txt" is the file. */
void diagnostic_equals(const char *got, const char *text, uint32_t line, uint32_t column,
                       const char *words);

/* A text that is wrong, and the diagnostic about it. */
struct wrong {
    const char *text;
    uint32_t line;
    uint32_t column;
    const char *words;
};
void diagnostics_are(const struct wrong *wrong, size_t count);
#define DIAGNOSTICS_ARE(list) diagnostics_are(list, sizeof(list) / sizeof *(list))

/* How often `part` is in `text`. */
size_t times_in(const char *part, const char *text);

#endif
