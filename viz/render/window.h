/* The window onto a run. It shows what the model holds and says what the person wishes of the run;
 * it knows nothing of how the run is made. Main owns the loop:
 *
 *     struct window *window = window_new(model, &setup, message, sizeof message);
 *     while (…) {
 *         struct window_wish wish = window_frame(window, now_ns, over);
 *         … carry the run on up to wish.run_until_ns, but for no longer than wish.spend_ns of real
 * time; act on wish.statement; save; quit …
 *     }
 *
 * A run that can't keep up is shown more slowly; nothing is skipped. */
#ifndef VIZ_RENDER_WINDOW_H
#define VIZ_RENDER_WINDOW_H

#include "viz/model/model.h"

struct window;

struct window_setup {
    const char *title; /* the scenario's name */
    uint64_t seed;
    bool dark;
    bool paused; /* until Space is pressed */
};

struct window_wish {
    int64_t run_until_ns; /* virtual time; TIME_NEVER: as far as it goes */
    int64_t spend_ns;     /* real time, so that the next frame comes in time */
    const char
        *statement; /* a line of a scenario to act on now; "": none. Valid until the next frame */
    bool save;      /* the session, as a scenario */
    bool quit;
};

/* NULL: `message` says why, as when there is no display. */
struct window *window_new(struct model *model, const struct window_setup *setup, char *message,
                          size_t size);
void window_delete(struct window *window);

/* Takes input, draws a frame, waits for the screen. */
struct window_wish window_frame(struct window *window, int64_t run_now_ns, bool run_over);

/* Tells the person something for a few seconds: that the session was saved, or why a statement
 * failed. */
void window_say(struct window *window, const char *text);

#endif
