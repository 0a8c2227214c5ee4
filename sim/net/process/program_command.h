/* The words of `load command` or `work command`, and the program that they name. */
#ifndef NET_PROCESS_PROGRAM_COMMAND_H
#define NET_PROCESS_PROGRAM_COMMAND_H

#include "base/failure.h"

#include <limits.h>

struct program_command {
    char *text;          /* owns the words */
    char **words;        /* words[count] and the next two are free, and NULL, as the one after is */
    size_t count;        /* at least 1 */
    char path[PATH_MAX]; /* of the program that words[0] names, with a slash in it */
};

/* Splits the line at blanks and tabs, and looks the program up as a shell would, in PATH unless it
 * has a slash. ERROR_TEXT: there is no such program, or it can't be executed. ERROR_MEMORY. On an
 * error nothing is to be closed. */
enum error program_command_init(struct program_command *command, const char *line,
                                struct failure *failure);
void program_command_close(struct program_command *command);

#endif
