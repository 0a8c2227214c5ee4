#include "virtual/clock.h"

#define MILLION 1000000

void clock_init(struct clock *clock)
{
    *clock = (struct clock){.floor_ns = INT64_MIN, .exact = true};
}

/* a * b / MILLION rounded down, for b > 0. */
static int64_t per_million(int64_t a, int64_t b)
{
    __int128 product = (__int128)a * b;
    __int128 quotient = product / MILLION;
    return (int64_t)(quotient - (product % MILLION < 0));
}

static int64_t unfloored(const struct clock *clock, int64_t t_ns)
{
    if (!clock->rate_ppm)
        return clock->base_ns + (t_ns - clock->from_ns);
    return clock->base_ns + per_million(t_ns - clock->from_ns, MILLION + clock->rate_ppm);
}

int64_t clock_read(const struct clock *clock, int64_t t_ns)
{
    int64_t shown_ns = unfloored(clock, t_ns);
    return shown_ns > clock->floor_ns ? shown_ns : clock->floor_ns;
}

int64_t clock_when(const struct clock *clock, int64_t shown_ns)
{
    if (shown_ns >= TIME_NEVER)
        return TIME_NEVER;
    if (shown_ns <= clock->floor_ns || shown_ns <= clock->base_ns)
        return clock->from_ns;
    if (!clock->rate_ppm)
        return clock->from_ns + (shown_ns - clock->base_ns);
    /* The least d with d * rate >= wanted * MILLION. */
    int64_t rate = MILLION + clock->rate_ppm;
    __int128 wanted = (__int128)(shown_ns - clock->base_ns) * MILLION;
    __int128 elapsed = (wanted + rate - 1) / rate;
    return elapsed > TIME_NEVER - clock->from_ns ? TIME_NEVER : clock->from_ns + (int64_t)elapsed;
}

/* Starts a new stretch at t_ns with what the clock shows there, moved by step_ns. */
static void restart(struct clock *clock, int64_t t_ns, int64_t step_ns)
{
    int64_t shown_ns = clock_read(clock, t_ns);
    int64_t base_ns = unfloored(clock, t_ns) + step_ns;
    clock->from_ns = t_ns;
    clock->base_ns = base_ns;
    clock->floor_ns = shown_ns;
}

void clock_set_offset(struct clock *clock, int64_t t_ns, int64_t offset_ns)
{
    clock->exact = false;
    restart(clock, t_ns, offset_ns - clock->offset_ns);
    clock->offset_ns = offset_ns;
}

void clock_begin(struct clock *clock, int64_t offset_ns)
{
    clock->exact = false;
    clock->base_ns = offset_ns;
    clock->offset_ns = offset_ns;
    clock->floor_ns = INT64_MIN;
}

void clock_set_rate(struct clock *clock, int64_t t_ns, int32_t rate_ppm)
{
    clock->exact = false;
    restart(clock, t_ns, 0);
    clock->rate_ppm = rate_ppm;
}
