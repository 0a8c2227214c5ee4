#include "virtual/clock.h"

#include "base/number.h"

#define MILLION 1000000

void clock_init(struct clock *clock)
{
    *clock = (struct clock){.exact = true};
}

int64_t clock_read(const struct clock *clock, int64_t t_ns)
{
    int64_t elapsed_ns = t_ns - clock->from_ns;
    if (clock->rate_ppm)
        elapsed_ns = (int64_t)((__int128)elapsed_ns * (MILLION + clock->rate_ppm) / MILLION);
    return min_i64(clock->base_ns + elapsed_ns, CLOCK_MOST_NS);
}

int64_t clock_when(const struct clock *clock, int64_t shown_ns)
{
    if (shown_ns >= TIME_NEVER)
        return TIME_NEVER;
    if (shown_ns <= clock->base_ns)
        return clock->from_ns;
    if (!clock->rate_ppm)
        return clock->from_ns + (shown_ns - clock->base_ns);
    /* The least d with d * rate >= wanted * MILLION. */
    int64_t rate = MILLION + clock->rate_ppm;
    __int128 wanted = (__int128)(shown_ns - clock->base_ns) * MILLION;
    __int128 elapsed = (wanted + rate - 1) / rate;
    return elapsed > TIME_NEVER - clock->from_ns ? TIME_NEVER : clock->from_ns + (int64_t)elapsed;
}

bool clock_jump(struct clock *clock, int64_t t_ns, int64_t by_ns)
{
    int64_t shown_ns = clock_read(clock, t_ns);
    if (by_ns > CLOCK_MOST_NS - shown_ns)
        return false;
    clock->exact = false;
    clock->from_ns = t_ns;
    clock->base_ns = shown_ns + by_ns;
    return true;
}

void clock_set_rate(struct clock *clock, int64_t t_ns, int32_t rate_ppm)
{
    clock->base_ns = clock_read(clock, t_ns);
    clock->from_ns = t_ns;
    clock->rate_ppm = rate_ppm;
    clock->exact = false;
}
