/* An expected failure: its kind, for the program, and its text, for people, made once where the
 * facts are known.
 *
 *     int fd = open(file, O_RDONLY);
 *     if (fd < 0)
 *         return failure_set(failure, ERROR_IO, "%s: %s", file, strerror(errno));
 *
 * Whoever passes it on may say more, of the text that is there too:
 *
 *     return failure_set(failure, failure->error, "n%u: %s", node + 1, failure->text);
 *
 * It is a value: it can be copied, lie in shared memory, and cross a wire as its text. */
#ifndef BASE_FAILURE_H
#define BASE_FAILURE_H

#include "base/base.h"

/* With the NUL: a sentence and a path. A REFUSE frame holds 255 bytes of text. */
#define FAILURE_TEXT_SIZE 256u

/* Zeros say that nothing has failed. */
struct failure {
    enum error error;
    char text[FAILURE_TEXT_SIZE]; /* UTF-8 if its parts are; no newline, no "dpsim:" before it */
};

/* Sets error and text and returns `error`. A text that does not fit is cut between two characters
 * of UTF-8 and ends in "…". The arguments may point into failure->text. `failure` may be NULL: then
 * only the error is returned. Takes no memory; errno is left as it was. */
__attribute__((format(printf, 3, 4))) enum error
failure_set(struct failure *failure, enum error error, const char *format, ...);

/* ERROR_MEMORY, "out of memory". */
enum error failure_memory(struct failure *failure);

#endif
