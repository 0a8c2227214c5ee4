/* The window onto a run. It shows what the model holds and tells what the person wants of the run;
 * it knows nothing of how the run is made. The caller owns the loop:
 *
 *     struct window *window = window_new(model, title, seed, &failure);
 *     while (…) {
 *         struct window_command command = window_frame(window, now_ns, over);
 *         … carry the run on up to command.run_until_ns, for command.budget_ns of real time at
 * most; act on command.statement; save; quit …
 *     }
 *
 * A run that can't keep up is shown more slowly; nothing is skipped. */
#ifndef VIZ_RENDER_WINDOW_H
#define VIZ_RENDER_WINDOW_H

#include "base/failure.h"
#include "viz/model/model.h"

struct window;

struct window_command {
    int64_t run_until_ns;  /* virtual time; TIME_NEVER: as far as it goes */
    int64_t budget_ns;     /* real time, so that the next frame comes in time */
    const char *statement; /* a line of a scenario to act on now; "": none. Valid until the next
                              frame */
    bool save;             /* the session, as a scenario */
    bool quit;
};

/* Opens a window onto the model, which stays the caller's; `title` is the scenario's name. NULL:
 * `failure` says why, as when there is no display. */
struct window *window_new(struct model *model, const char *title, uint64_t seed,
                          struct failure *failure);

/* NULL is allowed. */
void window_delete(struct window *window);

/* Takes input, draws a frame, waits for the screen. */
struct window_command window_frame(struct window *window, int64_t run_now_ns, bool run_over);

/* Shows the text for a few seconds: that the session was saved, or why a statement failed. */
void window_notify(struct window *window, const char *text);

#endif
