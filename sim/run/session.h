/* A run that a person takes part in: statements are acted on while it goes on, and the whole can be
 * written down as a scenario that gives the same run again. */
#ifndef RUN_SESSION_H
#define RUN_SESSION_H

#include "run/runner.h"

struct session {
    const struct plan *plan;
    struct runner *runner;
    struct plan *added; /* of one action each */
    size_t added_count;
    size_t added_capacity;
};

/* What is to be told: of an error its first line, of a file its name. */
struct notice {
    char text[256];
};

/* Neither is the session's own. */
void session_init(struct session *session, const struct plan *plan, struct runner *runner);

/* After the run has ended. */
void session_close(struct session *session);

/* Acts on one statement, as "crash n2" or "request 42 from n1", at virtual time at_ns, which is
 * later than what has been run: in a file, an action comes before all else of its instant.
 * ERROR_TEXT, ERROR_MEMORY: nothing is done; `notice` says why. It is empty otherwise. */
enum error session_act(struct session *session, int64_t at_ns, const char *statement,
                       struct notice *notice);

/* Writes what has happened so far to a new file beside nothing that exists: dpsim-session-1.txt, or
 * the next number that is free. `notice` names it, or says what failed. */
enum error session_save(const struct session *session, struct notice *notice);

#endif
