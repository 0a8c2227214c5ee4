#include "virtual/clock.h"

#define MILLION 1000000

void clock_init(struct clock *clock)
{
    *clock = (struct clock){.exact = true};
}

/* a * b / MILLION rounded down, for b > 0. */
static int64_t per_million(int64_t a, int64_t b)
{
    __int128 product = (__int128)a * b;
    __int128 quotient = product / MILLION;
    return (int64_t)(quotient - (product % MILLION < 0));
}

int64_t clock_read(const struct clock *clock, int64_t t_ns)
{
    if (!clock->rate_ppm)
        return clock->base_ns + (t_ns - clock->from_ns);
    return clock->base_ns + per_million(t_ns - clock->from_ns, MILLION + clock->rate_ppm);
}

int64_t clock_find(const struct clock *clock, int64_t shown_ns)
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

/* Starts a new stretch at t_ns. */
static void restart(struct clock *clock, int64_t t_ns)
{
    clock->base_ns = clock_read(clock, t_ns);
    clock->from_ns = t_ns;
    clock->exact = false;
}

void clock_jump(struct clock *clock, int64_t t_ns, int64_t jump_ns)
{
    must(jump_ns >= 0);
    restart(clock, t_ns);
    clock->base_ns += jump_ns;
}

void clock_set_rate(struct clock *clock, int64_t t_ns, int32_t rate_ppm)
{
    restart(clock, t_ns);
    clock->rate_ppm = rate_ppm;
}
