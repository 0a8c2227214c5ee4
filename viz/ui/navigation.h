/* Moving through time: the playhead and what is in view. No input, no pixels. */
#ifndef VIZ_UI_NAVIGATION_H
#define VIZ_UI_NAVIGATION_H

#include "viz/draw/look.h"

#define NAVIGATION_SPAN_LEAST NS_PER_US

/* How the run stands. */
struct run_state {
    int64_t now_ns;
    bool over;
};

/* The start of a run: paused or not as look.playing says, following it. */
void navigation_begin(struct look *look);

/* `wall_ns` of a person's time have gone by. Moves the playhead, and with it what is in view, and
 * returns up to when the run should go on: TIME_NEVER is as far as it can. */
int64_t navigation_advance(struct look *look, struct run_state run, int64_t wall_ns);

void navigation_play(struct look *look, struct run_state run); /* or pause */

/* Puts the playhead there, paused, and into view. */
void navigation_seek(struct look *look, struct run_state run, int64_t t_ns);

/* So much nearer (above 0) or farther, in steps; t_ns stays where it is. */
void navigation_zoom(struct look *look, struct run_state run, int64_t t_ns, int32_t steps);

void navigation_pan(struct look *look, int64_t by_ns);

/* 18 steps are ten times; beyond the last one it is as fast as the run goes. */
void navigation_speed(struct look *look, int32_t steps);

/* The speed at a place of 0..100 along the slider. */
void navigation_speed_at(struct look *look, int32_t place);

#endif
