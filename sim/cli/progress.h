/* How far what takes long is, on standard error, if that is a terminal: a line that is written
 * over, and cleared at the end.
 *
 *     12.3s of 40.0s (30 %), 2.1s a second, 13.2s left
 *
 * For the words of a run there is progress_reach; others ask whether a line is due, and print
 * theirs. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/base.h"

struct progress {
    bool wanted;
    bool shown;
    int64_t end_ns; /* the run's, as far as it is known; 0: not at all */
    int64_t began_ns;
    int64_t next_ns; /* when it is shown next; both of the monotonic clock */
};

/* It begins now; end_ns is of virtual time, 0 if it has none. Nothing is ever shown in the first 2
 * seconds, where standard error is no terminal or a dumb one, or where `beside_text`: then text
 * goes to the same terminal, which says enough. */
enum progress_place { PROGRESS_ALONE, PROGRESS_BESIDE_TEXT };
void progress_begin(struct progress *progress, int64_t end_ns, enum progress_place place);

/* Whether it is time for a line. To be called often. */
bool progress_is_due(const struct progress *progress);

/* Shows the line, cut to a terminal's width. */
void progress_print(struct progress *progress, const char *line);

/* The run has reached now_ns of virtual time: shows that, if it is time for a line. */
void progress_reach(struct progress *progress, int64_t now_ns);

/* Clears what is shown. */
void progress_end(struct progress *progress);

#endif
