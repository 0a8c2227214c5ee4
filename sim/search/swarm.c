#include "search/swarm.h"

#include "base/number.h"
#include "base/random.h"

/* Draws of one seed, in their order. */
struct swarm_draws {
    uint64_t key;
    uint64_t count;
};

static uint64_t next_draw(struct swarm_draws *draws)
{
    return random_draw(draws->key, draws->count++);
}

static bool is_on(struct swarm_draws *draws)
{
    return next_draw(draws) >> 63;
}

/* A quarter, a half, once, twice or four times. */
static uint64_t scaled(struct swarm_draws *draws, uint64_t rate)
{
    return max_u64(rate << random_below(next_draw(draws), 5) >> 2, 1);
}

static void draw_settings(struct swarm_draws *draws, struct settings *settings)
{
    if (!is_on(draws))
        settings->loss_ppb = 0;
    if (!is_on(draws))
        settings->duplicate_ppb = 0;
    if (!is_on(draws))
        settings->reorder = false;
    if (!is_on(draws))
        settings->load_fail_ppb = 0;
}

/* A line that is off strikes nobody, and is not missed for it. */
static void draw_line(struct swarm_draws *draws, struct action *action, bool is_chosen)
{
    bool on = is_on(draws) || is_chosen;
    uint64_t rate = scaled(draws, action->as.chaos.per_1000_s);
    action->as.chaos.per_1000_s = on ? rate : 0;
    action->may_miss |= !on;
}

void swarm_apply(struct plan *plan)
{
    struct swarm_draws draws = {.key = random_key(plan->settings.seed, PURPOSE_SWARM, 0)};
    uint64_t lines = 0, line = 0;
    for (size_t i = 0; i < plan->actions_count; i++)
        lines += plan->actions[i].kind == ACTION_CHAOS;
    draw_settings(&draws, &plan->settings);
    uint64_t chosen = random_below(next_draw(&draws), max_u64(lines, 1));
    for (size_t i = 0; i < plan->actions_count; i++)
        if (plan->actions[i].kind == ACTION_CHAOS)
            draw_line(&draws, &plan->actions[i], line++ == chosen);
}
