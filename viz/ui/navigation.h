/* Moving through time: the playhead and what is in view. No input, no pixels. */
#ifndef VIZ_UI_NAVIGATION_H
#define VIZ_UI_NAVIGATION_H

#include "viz/draw/viewport.h"

#define NAVIGATION_SPAN_LEAST NS_PER_US

/* How the run stands. */
struct run_progress {
    int64_t now_ns;
    bool over;
};

/* The whole run, up to end_ns, with a little air on both sides. */
void navigation_fit(struct viewport *viewport, int64_t end_ns);

/* The start of a run: paused or not as viewport.playing says, following it. */
void navigation_begin(struct viewport *viewport);

/* `wall_ns` of a person's time have gone by. Moves the playhead, and with it what is in view, and
 * returns up to when the run should go on: TIME_NEVER is as far as it can. */
int64_t navigation_advance(struct viewport *viewport, struct run_progress run, int64_t wall_ns);

void navigation_play(struct viewport *viewport, struct run_progress run); /* or pause */

/* Puts the playhead there, paused, and into view. */
void navigation_seek(struct viewport *viewport, struct run_progress run, int64_t t_ns);

/* So much nearer (above 0) or farther, in steps; t_ns stays where it is. */
void navigation_zoom(struct viewport *viewport, struct run_progress run, int64_t t_ns,
                     int32_t steps);

/* Comes near enough for what lasts from start_ns to end_ns to be seen well, if it is short, and so
 * far away that all of it is in view. What takes no time is looked at as it is. */
void navigation_show(struct viewport *viewport, int64_t start_ns, int64_t end_ns);

void navigation_pan(struct viewport *viewport, int64_t by_ns);

/* 18 steps are ten times; beyond the last one it is as fast as the run goes. */
void navigation_speed(struct viewport *viewport, int32_t steps);

/* The speed at a place of 0..100 along the slider. */
void navigation_speed_at(struct viewport *viewport, int32_t place);

#endif
