/* The manual: dpsim(1), from the table of options, and dpsim-scenario(5), dpsim-trace(5) and
 * dpsim-cluster(5), from the READMEs that are built into the binary. */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "cli/option_table.h"

/* Prints what is known about a topic: "language", "trace", "cluster", or a section of the language,
 * as "faults". Returns whether there is such a one. */
bool manual_help(const char *topic, FILE *out);

/* Prints a man page in roff: NULL is dpsim(1), else "scenario", "trace" or "cluster". Returns
 * whether there is such a one. */
bool manual_page(const char *name, const struct option_row *rows, FILE *out);

/* Adds all topics or pages, a blank before each. */
void manual_topics(struct string_builder *out);
void manual_pages(struct string_builder *out);

/* The one that may have been meant; NULL: none. */
const char *manual_suggest(const char *topic);

#endif
