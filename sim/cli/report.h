/* Messages to standard error, in their one form, and the exit status that belongs to each. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/options.h"

/* Prints "dpsim: WHAT: WHY", unless that was the last one too, as where standard output is full.
 * Returns `status`. */
enum status report(enum status status, const char *what, const char *why);

/* Prints why a file could not be read, by errno: it is wrong, or there was no memory for it. */
enum status report_unread(const char *file);

/* Prints why the text of a file has no meaning, and frees `diagnostics`, which are the parser's
 * unless `error` is ERROR_MEMORY. */
enum status report_unparsed(enum error error, const char *file, char *diagnostics);

/* The first line of the first message since report_forget, without "dpsim: ", for reports in files;
 * "" if there was none. Messages of one thread. */
const char *report_first(void);
void report_forget(void);

#endif
