/* A simulated node's clock: a view of true time with an offset and a rate.
 *
 *     clock = offset + t * (1 + rate / 10^6), rounded down
 *
 * in integers. It is monotonic: it runs fast or slow, and jumps forward. Worked example: at +200 ppm
 * a timer for 5 s on the clock fires 4.999000200 s after it was set. */
#ifndef VIRTUAL_CLOCK_H
#define VIRTUAL_CLOCK_H

#include "base/base.h"

/* No clock shows more: later times of a run can be added to what it shows. */
#define CLOCK_MOST_NS (TIME_NEVER - 1)

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
int64_t clock_when(const struct clock *clock, int64_t shown_ns);

/* At true time t_ns the clock jumps forward by by_ns, 0 or more. False: it would show more than
 * CLOCK_MOST_NS, and nothing has changed. */
bool clock_jump(struct clock *clock, int64_t t_ns, int64_t by_ns);

/* From true time t_ns on, the clock runs at this rate: of -500000..500000. */
void clock_set_rate(struct clock *clock, int64_t t_ns, int32_t rate_ppm);

#endif
