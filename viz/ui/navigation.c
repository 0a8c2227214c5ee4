#include "viz/ui/navigation.h"

#define SPAN_FIRST (10 * NS_PER_S)

/* A hiccup of the screen is no leap in time. */
#define WALL_MOST (100 * NS_PER_MS)

void navigation_begin(struct look *look)
{
    look->speed = SPEED_ONE;
    look->follow = FOLLOW_RUN;
    look->t0_ns = -SPAN_FIRST / 50;
    look->t1_ns = look->t0_ns + SPAN_FIRST;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void keep_in_view(struct look *look, int64_t t_ns)
{
    int64_t span = look->t1_ns - look->t0_ns;
    if (t_ns > look->t0_ns + span / 100 * 88)
        look->t0_ns = t_ns - span / 100 * 88;
    else if (t_ns < look->t0_ns)
        look->t0_ns = t_ns - span / 50;
    look->t1_ns = look->t0_ns + span;
}

static void follow(struct look *look, struct run_state run)
{
    if (look->follow == FOLLOW_ALL)
        look_fit(look, run.now_ns > NS_PER_S / 10 ? run.now_ns : NS_PER_S / 10);
    else if (look->follow == FOLLOW_RUN)
        keep_in_view(look, look->playhead_ns);
}

static int64_t advance(struct look *look, struct run_state run, int64_t wall_ns)
{
    look->playhead_ns = least(look->playhead_ns, run.now_ns);
    if (!look->playing)
        return run.now_ns;
    if (look->unbridled)
        look->playhead_ns = run.now_ns;
    if (run.over && look->playhead_ns == run.now_ns) {
        look->playing = false;
        return run.now_ns;
    }
    if (look->unbridled)
        return TIME_NEVER;
    int64_t target = look->playhead_ns + least(wall_ns, WALL_MOST) / 1000 * look->speed / 1000;
    if (run.over)
        target = least(target, run.now_ns);
    look->playhead_ns = target;
    return target > run.now_ns ? target : run.now_ns;
}

int64_t navigation_advance(struct look *look, struct run_state run, int64_t wall_ns)
{
    look->over = run.over;
    int64_t until = advance(look, run, wall_ns);
    follow(look, run);
    return until;
}

void navigation_play(struct look *look, struct run_state run)
{
    look->playing = !look->playing;
    if (look->playing && run.over && look->playhead_ns >= run.now_ns)
        look->playhead_ns = 0;
}

void navigation_seek(struct look *look, struct run_state run, int64_t t_ns)
{
    int64_t span = look->t1_ns - look->t0_ns;
    look->playing = false;
    look->playhead_ns = t_ns < 0 ? 0 : least(t_ns, run.now_ns);
    if (look->follow == FOLLOW_RUN)
        look->follow = FOLLOW_NOTHING;
    if (look->playhead_ns < look->t0_ns || look->playhead_ns >= look->t1_ns) {
        look->t0_ns = look->playhead_ns - span / 2;
        look->t1_ns = look->t0_ns + span;
    }
}

void navigation_zoom(struct look *look, struct run_state run, int64_t t_ns, int32_t steps)
{
    int64_t most = run.now_ns > SPAN_FIRST ? run.now_ns * 4 : SPAN_FIRST * 4;
    int64_t before = look->t1_ns - look->t0_ns;
    int64_t span = before;
    for (; steps > 0; steps--)
        span -= span / 5;
    for (; steps < 0; steps++)
        span += span / 4 + 1;
    span = span < NAVIGATION_SPAN_LEAST ? NAVIGATION_SPAN_LEAST : span > most ? most : span;
    if (look->follow == FOLLOW_ALL)
        look->follow = FOLLOW_NOTHING;
    look->t0_ns = t_ns - (int64_t)((__int128)(t_ns - look->t0_ns) * span / before);
    look->t1_ns = look->t0_ns + span;
}

void navigation_pan(struct look *look, int64_t by_ns)
{
    if (by_ns == 0)
        return;
    look->follow = FOLLOW_NOTHING;
    if (look->t0_ns + by_ns > TIME_NEVER / 2 || look->t0_ns + by_ns < -TIME_NEVER / 2)
        return;
    look->t0_ns += by_ns;
    look->t1_ns += by_ns;
}

void navigation_speed_at(struct look *look, int32_t place)
{
    static const int64_t decades[] = {10000, 100000, 1000000, 10000000, 100000000, 1000000000};
    /* 10^(i / 18), in thousandths */
    static const int64_t steps[] = {1000, 1136, 1292, 1468, 1668, 1896, 2154, 2448, 2783,
                                    3162, 3594, 4084, 4642, 5275, 5995, 6813, 7743, 8799};
    place = place < 0 ? 0 : place;
    look->unbridled = place > 95;
    if (look->unbridled)
        return;
    place = place > 90 ? 90 : place;
    look->speed = decades[place / 18] * steps[place % 18] / 1000;
}

/* The slider's place for a speed; the nearest one. */
static int32_t place_of(const struct look *look)
{
    struct look other = {0};
    for (int32_t place = 0; place <= 90; place++) {
        navigation_speed_at(&other, place);
        if (other.speed >= look->speed)
            return place;
    }
    return 90;
}

void navigation_speed(struct look *look, int32_t steps)
{
    int32_t place = look->unbridled ? 96 : place_of(look);
    if (look->unbridled && steps < 0)
        place = 90 - steps;
    navigation_speed_at(look, place + steps > 90 ? 96 : place + steps);
}
