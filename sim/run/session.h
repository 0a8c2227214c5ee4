/* A run that a person takes part in. The statements that the person gives are acted on while the
 * run goes on, and the whole can be saved as a scenario that gives the same run again. */
#ifndef RUN_SESSION_H
#define RUN_SESSION_H

#include "base/failure.h"
#include "run/runner.h"

/* Holds "dpsim-session-9999.txt" with its NUL. */
#define SESSION_NAME_SIZE 32u

struct session {
    const struct plan *plan;
    struct runner *runner;
    struct plan *added; /* of one action each */
    size_t added_count;
    size_t added_capacity;
};

/* `plan` and `runner` stay the caller's. */
void session_init(struct session *session, const struct plan *plan, struct runner *runner);

/* To be called when the run has ended: the run uses the actions that were added. */
void session_close(struct session *session);

/* Acts on one statement, as "crash n2" or "request 42 from n1", at virtual time at_ns, which is
 * later than what has been run: in a file, an action comes before all else of its instant.
 * ERROR_TEXT: it is no statement that can be done by hand. ERROR_TEXT, ERROR_MEMORY: nothing is
 * done. */
enum error session_act(struct session *session, int64_t at_ns, const char *statement,
                       struct failure *failure);

/* Writes what has happened so far to a new file in the current directory: dpsim-session-1.txt, or
 * the next number that is free. `name` is that file's. ERROR_IO: there is no new file. */
enum error session_save(const struct session *session, char name[SESSION_NAME_SIZE],
                        struct failure *failure);

#endif
