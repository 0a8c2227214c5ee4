/* Swarm: which trouble a seed draws. */
#include "search/swarm.h"
#include "search/trial.h"
#include "support/parsed.h"
#include "support/suite.h"

static const char text[] = "loss 1%\nduplicate 1%\nreorder on\nload-fail 1%\nconnect\n"
                           "chaos crash 1/s for 1s until 9s\nat 1s request 1\n"
                           "chaos freeze 1/s for 1s until 9s\nchaos cut 1/s for 1s until 9s\n";

static uint64_t rate_of(const struct plan *plan, size_t index)
{
    CU_ASSERT_EQUAL_FATAL(plan->actions[index].kind, ACTION_CHAOS);
    return plan->actions[index].as.chaos.per_1000_s;
}

static void each_line_is_off_about_half_the_time_and_one_is_always_on(void)
{
    uint32_t off[3] = {0}, calm = 0, lossless = 0;
    static const size_t lines[] = {1, 2, 4};
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct plan plan = parsed(text);
        uint32_t on = 0;
        plan.settings.seed = seed;
        swarm_apply(&plan);
        for (int i = 0; i < 3; i++) {
            uint64_t rate = rate_of(
                &plan, plan.actions[lines[i]].kind == ACTION_CHAOS ? lines[i] : lines[i] + 1);
            CU_ASSERT_TRUE(rate == 0 || (rate >= 250 && rate <= 4000));
            off[i] += rate == 0;
            on += rate > 0;
        }
        calm += on == 0;
        lossless += plan.settings.loss_ppb == 0;
        plan_close(&plan);
    }
    CU_ASSERT_EQUAL(calm, 0);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(off[i] > 90 && off[i] < 180); /* 400 * 1/2 * 2/3 is 133 */
    CU_ASSERT_TRUE(lossless > 160 && lossless < 240);
}

static bool never(void)
{
    return false;
}

static void a_trial_is_what_its_seed_draws_alone(void)
{
    struct plan plan =
        parsed("connect\nat 1s requests 9/s from any ids 1..9 until 9s\n"
               "chaos crash 1/s for 1s until 9s\nchaos freeze 1/s for 1s until 9s\n");
    struct trial trial;
    struct trial_result result;
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, &plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, &plan), OK);
    for (uint64_t seed = 9; seed > 0; seed--) {
        trial.swarm = SWARM_ON;
        trial_run(&trial, seed, &result);
        struct hash_value hash = result.hash;
        struct plan own = parsed("connect\nat 1s requests 9/s from any ids 1..9 until 9s\n"
                                 "chaos crash 1/s for 1s until 9s\n"
                                 "chaos freeze 1/s for 1s until 9s\n");
        struct trial alone;
        own.settings.seed = seed;
        swarm_apply(&own);
        CU_ASSERT_EQUAL_FATAL(trial_init(&alone, &own, never), OK);
        trial_run(&alone, seed, &result);
        CU_ASSERT_STRING_EQUAL(result.hash.hex, hash.hex);
        trial_close(&alone);
        plan_close(&own);
    }
    trial_result_close(&result);
    trial_close(&trial);
    plan_close(&plan);
}

SUITE(search_swarm, TEST(each_line_is_off_about_half_the_time_and_one_is_always_on),
      TEST(a_trial_is_what_its_seed_draws_alone));
