/* A run as a picture: in a window while it goes on, or in a PNG file when it is over.
 *
 * show.c does it with SDL; show_absent.c is linked in its place where dpsim is built without. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "run/session.h"

struct show;

/* Whether this dpsim can show anything; if not, the reason. */
bool show_is_built(void);
#define SHOW_ABSENT "built without SDL2 (VIZ=0): there is no window and no picture"

/* What is shown is what the reader gets of the run. NULL when there is no memory. */
struct show *show_new(const struct plan *plan);
void show_delete(struct show *show); /* NULL: nothing to do */
struct reader *show_reader(struct show *show);

/* Carries the run through to its end in a window, at the pace that the person there chooses; when
 * the window is closed, the rest is run at once. ERROR_IO: there is no window, and the run has not
 * begun. */
enum error show_run(struct show *show, struct session *session, struct failure *failure);

/* Draws the finished run into `file`. ERROR_IO: there is no such picture. */
enum error show_png(const struct show *show, const char *file, struct failure *failure);

#endif
