/* What a command writes: files, and standard output. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/options.h"

/* Refuses an output that would overwrite an input of the command, or a file that begins as a
 * scenario (STATUS_WRONG), and one that can't be written where it is (STATUS_FAILED): it is then
 * reported. Nothing is opened for writing. */
enum status outputs_check(const struct options *options);

/* Opens the file for writing; *out is stdout where options_is_stdout. STATUS_FAILED: a message says
 * why, and *out is NULL. */
enum status output_open(FILE **out, const char *name);

/* Whether text on standard output is to be coloured: on a terminal, unless NO_COLOR or TERM=dumb
 * says otherwise. */
bool output_wants_colour(void);

/* How wide a line on standard output may be: as wide as the terminal, or as it likes. */
size_t output_columns(void);

/* Whether all that was put to `out` is written. If not, a message says why, but for a closed pipe,
 * whose reader knows. */
bool output_is_written(FILE *out, const char *name);

/* Closes the file, unless it is standard output. STATUS_FAILED: it is not written whole, and a
 * message says why; of a file of lines, each of which counts for itself, those that were written
 * stay, and any other is removed. */
enum output_kind { OUTPUT_DOCUMENT, OUTPUT_LINES };
enum status output_close(FILE *out, const char *name, enum output_kind kind);

#endif
