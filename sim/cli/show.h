/* A run as a picture: in a window while it goes on, or in a PNG when it is over.
 *
 * show.c does it with SDL; show_absent.c is linked in its place where dpsim is built without. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "base/failure.h"
#include "run/session.h"
#include "search/compare.h"

struct show;

/* Loads what draws, before anything else here is called. ERROR_IO: `failure` says what is missing.
 */
enum error show_load(struct failure *failure);

/* What will be shown follows the run as a reader. The plan stays the caller's, and where it is.
 * NULL when there is no memory. */
struct show *show_new(const struct plan *plan);

/* NULL is allowed. */
void show_delete(struct show *show);

/* What the run's trace is to be given to. */
struct reader *show_reader(struct show *show);

/* Carries the run on in a window, as fast as the person there wants, until the window is closed or
 * an interrupt comes; the run may not be over then. ERROR_IO: there is no window, and `failure`
 * says why; the run has not begun. */
enum error show_run(struct show *show, struct session *session, struct failure *failure);

/* Draws a comparison into a file, needing nothing of the above. ERROR_IO, ERROR_MEMORY: `failure`
 * says why not. */
enum error show_comparison(const struct comparison *comparison, const char *file,
                           struct failure *failure);

/* Draws the finished run into a file. ERROR_IO, ERROR_MEMORY: `failure` says why not. */
enum error show_png(const struct show *show, const char *file, struct failure *failure);

#endif
