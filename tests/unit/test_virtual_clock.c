/* A node's clock, there and back. */
#include "base/random.h"
#include "support/suite.h"
#include "virtual/clock.h"

#define S NS_PER_S

static void exact_clock_shows_true_time(void)
{
    struct clock clock;
    clock_init(&clock);
    CU_ASSERT_EQUAL(clock_at(&clock, 0), 0);
    CU_ASSERT_EQUAL(clock_at(&clock, 5 * S + 1), 5 * S + 1);
    CU_ASSERT_EQUAL(clock_when(&clock, 5 * S), 5 * S);
    CU_ASSERT_EQUAL(clock_when(&clock, TIME_NEVER), TIME_NEVER);
}

static void fast_clock_fires_early(void)
{
    struct clock clock;
    clock_init(&clock);
    clock_set_rate(&clock, 0, 200);
    CU_ASSERT_EQUAL(clock_at(&clock, 5 * S), 5 * S + 1000000);
    CU_ASSERT_EQUAL(clock_when(&clock, 5 * S), 4999000200);
    CU_ASSERT_TRUE(clock_at(&clock, 4999000200) >= 5 * S);
    CU_ASSERT_TRUE(clock_at(&clock, 4999000199) < 5 * S);
}

/* For any clock: it shows `shown` at clock_when(shown), and not a nanosecond before. */
static void when_is_the_first_time_at_which_it_is_shown(void)
{
    for (uint64_t i = 0; i < 20000; i++) {
        struct clock clock;
        int32_t rate = (int32_t)random_below(random_draw(1, i), 1000001) - 500000;
        int64_t jump = (int64_t)random_below(random_draw(2, i), 2 * (uint64_t)S);
        int64_t shown = (int64_t)random_below(random_draw(3, i), 100 * (uint64_t)S);
        clock_init(&clock);
        clock_jump(&clock, 0, jump);
        clock_set_rate(&clock, 3 * S, rate);
        int64_t when = clock_when(&clock, shown);
        CU_ASSERT_TRUE(clock_at(&clock, when) >= shown);
        CU_ASSERT_TRUE(when == 3 * S || clock_at(&clock, when - 1) < shown);
    }
}

static void jumps_add_up_and_the_clock_runs_on_from_there(void)
{
    struct clock clock;
    clock_init(&clock);
    clock_jump(&clock, 10 * S, 15 * NS_PER_MS);
    CU_ASSERT_EQUAL(clock_at(&clock, 10 * S), 10 * S + 15 * NS_PER_MS);
    clock_jump(&clock, 11 * S, 5 * NS_PER_MS);
    CU_ASSERT_EQUAL(clock_at(&clock, 11 * S), 11 * S + 20 * NS_PER_MS);
    CU_ASSERT_EQUAL(clock_when(&clock, 12 * S), 12 * S - 20 * NS_PER_MS);
    CU_ASSERT_EQUAL(clock_when(&clock, 11 * S + 1), 11 * S); /* jumped over: at the jump */
}

/* What a scenario can ask for: 10^9 s of run at half as fast again, and 10^8 s of jumps. */
static void a_clock_at_the_end_of_its_range_still_shows_less_than_never(void)
{
    struct clock clock;
    clock_init(&clock);
    clock_set_rate(&clock, 0, 500000);
    clock_jump(&clock, 0, 50000000 * S);
    clock_jump(&clock, 1000000000 * S, 50000000 * S);
    CU_ASSERT_EQUAL(clock_at(&clock, 1000000000 * S), 1600000000 * S);
    CU_ASSERT_TRUE(clock_at(&clock, 1000000000 * S) < TIME_NEVER);
    CU_ASSERT_EQUAL(clock_when(&clock, 1600000000 * S), 1000000000 * S);
}

SUITE(virtual_clock, TEST(exact_clock_shows_true_time), TEST(fast_clock_fires_early),
      TEST(when_is_the_first_time_at_which_it_is_shown),
      TEST(jumps_add_up_and_the_clock_runs_on_from_there),
      TEST(a_clock_at_the_end_of_its_range_still_shows_less_than_never));
