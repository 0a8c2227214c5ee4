/* A simulated node's clock: a view of true time with jumps and a rate.
 *
 *     clock = jumps + t * (1 + rate / 10^6), rounded down
 *
 * in integers. It is monotonic: it jumps forward only, and never steps back. Worked example: at
 * +200 ppm a timer for 5 s on the clock fires 4.999000200 s after it was set. */
#ifndef VIRTUAL_CLOCK_H
#define VIRTUAL_CLOCK_H

#include "base/base.h"

struct clock {
    int64_t from_ns; /* true time since when the rate holds */
    int64_t base_ns; /* what it showed then */
    int32_t rate_ppm;
    bool exact; /* never set: it shows true time */
};

/* Exact: shows true time. */
void clock_init(struct clock *clock);

/* What it shows at true time t_ns, which must not be before the last change of the clock. */
int64_t clock_read(const struct clock *clock, int64_t t_ns);
static inline int64_t clock_at(const struct clock *clock, int64_t t_ns)
{
    return clock->exact ? t_ns : clock_read(clock, t_ns);
}

/* The first true time at which it shows shown_ns or more, and not before the last change;
 * TIME_NEVER is never. */
int64_t clock_find(const struct clock *clock, int64_t shown_ns);
static inline int64_t clock_when(const struct clock *clock, int64_t shown_ns)
{
    return clock->exact && shown_ns >= 0 ? shown_ns : clock_find(clock, shown_ns);
}

/* At true time t_ns the clock jumps forward by jump_ns, 0 or more; or, from then on, runs at this
 * rate, of -500000..500000. What it shows must stay below TIME_NEVER. */
void clock_jump(struct clock *clock, int64_t t_ns, int64_t jump_ns);
void clock_set_rate(struct clock *clock, int64_t t_ns, int32_t rate_ppm);

#endif
