#include "viz/ui/navigation.h"

#include "base/number.h"

#define SPAN_FIRST (10 * NS_PER_S)

/* A hiccup of the screen is no leap in time. */
#define WALL_MOST (100 * NS_PER_MS)

void navigation_begin(struct viewport *viewport)
{
    viewport->speed = SPEED_ONE;
    viewport->follow = FOLLOW_RUN;
    viewport->t0_ns = -SPAN_FIRST / 50;
    viewport->t1_ns = viewport->t0_ns + SPAN_FIRST;
}

void navigation_fit(struct viewport *viewport, int64_t end_ns)
{
    int64_t span = end_ns > NS_PER_MS ? end_ns : NS_PER_MS;
    viewport->t0_ns = -span / 60;
    viewport->t1_ns = span + span / 30;
}

static void keep_in_view(struct viewport *viewport, int64_t t_ns)
{
    int64_t span = viewport->t1_ns - viewport->t0_ns;
    if (t_ns > viewport->t0_ns + span / 100 * 88)
        viewport->t0_ns = t_ns - span / 100 * 88;
    else if (t_ns < viewport->t0_ns)
        viewport->t0_ns = t_ns - span / 50;
    viewport->t1_ns = viewport->t0_ns + span;
}

static void follow(struct viewport *viewport, struct run_progress run)
{
    if (viewport->follow == FOLLOW_ALL)
        navigation_fit(viewport, run.now_ns > NS_PER_S / 10 ? run.now_ns : NS_PER_S / 10);
    else if (viewport->follow == FOLLOW_RUN)
        keep_in_view(viewport, viewport->playhead_ns);
}

static int64_t advance(struct viewport *viewport, struct run_progress run, int64_t wall_ns)
{
    viewport->playhead_ns = min_i64(viewport->playhead_ns, run.now_ns);
    if (!viewport->playing)
        return run.now_ns;
    if (viewport->unlimited)
        viewport->playhead_ns = run.now_ns;
    if (run.over && viewport->playhead_ns == run.now_ns) {
        viewport->playing = false;
        return run.now_ns;
    }
    if (viewport->unlimited)
        return TIME_NEVER;
    int64_t target =
        viewport->playhead_ns + min_i64(wall_ns, WALL_MOST) / 1000 * viewport->speed / 1000;
    if (run.over)
        target = min_i64(target, run.now_ns);
    viewport->playhead_ns = target;
    return target > run.now_ns ? target : run.now_ns;
}

int64_t navigation_advance(struct viewport *viewport, struct run_progress run, int64_t wall_ns)
{
    viewport->over = run.over;
    int64_t until = advance(viewport, run, wall_ns);
    follow(viewport, run);
    return until;
}

void navigation_play(struct viewport *viewport, struct run_progress run)
{
    viewport->playing = !viewport->playing;
    if (viewport->playing && run.over && viewport->playhead_ns >= run.now_ns)
        viewport->playhead_ns = 0;
}

void navigation_seek(struct viewport *viewport, struct run_progress run, int64_t t_ns)
{
    int64_t span = viewport->t1_ns - viewport->t0_ns;
    viewport->playing = false;
    viewport->playhead_ns = t_ns < 0 ? 0 : min_i64(t_ns, run.now_ns);
    if (viewport->follow == FOLLOW_RUN)
        viewport->follow = FOLLOW_NOTHING;
    if (viewport->playhead_ns < viewport->t0_ns || viewport->playhead_ns >= viewport->t1_ns) {
        viewport->t0_ns = viewport->playhead_ns - span / 2;
        viewport->t1_ns = viewport->t0_ns + span;
    }
}

void navigation_zoom(struct viewport *viewport, struct run_progress run, int64_t t_ns,
                     int32_t steps)
{
    int64_t most = run.now_ns > SPAN_FIRST ? run.now_ns * 4 : SPAN_FIRST * 4;
    int64_t before = viewport->t1_ns - viewport->t0_ns;
    int64_t span = before;
    for (; steps > 0; steps--)
        span -= span / 5;
    for (; steps < 0; steps++)
        span += span / 4 + 1;
    span = span < NAVIGATION_SPAN_LEAST ? NAVIGATION_SPAN_LEAST : span > most ? most : span;
    if (viewport->follow == FOLLOW_ALL)
        viewport->follow = FOLLOW_NOTHING;
    viewport->t0_ns = t_ns - (int64_t)((__int128)(t_ns - viewport->t0_ns) * span / before);
    viewport->t1_ns = viewport->t0_ns + span;
}

void navigation_show(struct viewport *viewport, int64_t start_ns, int64_t end_ns)
{
    int64_t length = end_ns - start_ns, span = viewport->t1_ns - viewport->t0_ns;
    bool in_view = start_ns >= viewport->t0_ns && end_ns <= viewport->t1_ns;
    if (length <= 0 || (in_view && length > span / 8))
        return;
    int64_t margin = max_i64(2 * length, NAVIGATION_SPAN_LEAST);
    viewport->follow = FOLLOW_NOTHING;
    viewport->t0_ns = start_ns - margin;
    viewport->t1_ns = end_ns + margin;
}

void navigation_pan(struct viewport *viewport, int64_t by_ns)
{
    if (by_ns == 0)
        return;
    viewport->follow = FOLLOW_NOTHING;
    if (viewport->t0_ns + by_ns > TIME_NEVER / 2 || viewport->t0_ns + by_ns < -TIME_NEVER / 2)
        return;
    viewport->t0_ns += by_ns;
    viewport->t1_ns += by_ns;
}

void navigation_speed_at(struct viewport *viewport, int32_t place)
{
    static const int64_t decades[] = {10000, 100000, 1000000, 10000000, 100000000, 1000000000};
    /* 10^(i / 18), in thousandths */
    static const int64_t steps[] = {1000, 1136, 1292, 1468, 1668, 1896, 2154, 2448, 2783,
                                    3162, 3594, 4084, 4642, 5275, 5995, 6813, 7743, 8799};
    place = place < 0 ? 0 : place;
    viewport->unlimited = place > 95;
    if (viewport->unlimited)
        return;
    place = place > 90 ? 90 : place;
    viewport->speed = decades[place / 18] * steps[place % 18] / 1000;
}

/* The slider's place for a speed; the nearest one. */
static int32_t place_of(const struct viewport *viewport)
{
    struct viewport other = {0};
    for (int32_t place = 0; place <= 90; place++) {
        navigation_speed_at(&other, place);
        if (other.speed >= viewport->speed)
            return place;
    }
    return 90;
}

void navigation_speed(struct viewport *viewport, int32_t steps)
{
    int32_t place = viewport->unlimited ? 96 : place_of(viewport);
    if (viewport->unlimited && steps < 0)
        place = 90 - steps;
    navigation_speed_at(viewport, place + steps > 90 ? 96 : place + steps);
}
