/* Expectations on workers, views and owners: at the cursor, and over time.
 *
 * A state is what holds after all records of an instant. It is judged when the first record of a
 * later instant comes, and only if one of this instant can have changed it. */
#include "check/expectations_state.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/random.h"

#include <stdio.h>

/* ---- now ----------------------------------------------------------------------------------- */

static struct verdict judge_workers(const struct replay *replay, const struct expectation *e,
                                    node_id on)
{
    uint32_t count = on == NODE_NONE ? replay->workers.pool.count : replay->nodes[on].workers_count;
    return verdict_of_count(e, count);
}

static struct verdict judge_worker(const struct replay *replay, const struct expectation *e,
                                   node_id on, bool wanted)
{
    node_id first = on == NODE_NONE ? 0 : on;
    node_id end = on == NODE_NONE ? replay->setup.nodes : on + 1;
    for (node_id node = first; node < end; node++) {
        if (replay_find_place(replay, &e->id, node))
            return wanted ? verdict_held()
                          : verdict_failed("there was one on n%u", node_shown(node));
    }
    return wanted ? verdict_failed("there was none") : verdict_held();
}

static struct verdict judge_view(const struct replay *replay, const struct expectation *e,
                                 node_id node)
{
    const struct view *view = &replay->nodes[node].view;
    if (!replay->nodes[node].up)
        return verdict_failed("n%u was down", node_shown(node));
    for (uint32_t i = 0; i < e->members.count; i++)
        if (!view_has(view, e->members.nodes[i]))
            return verdict_failed("n%u did not have n%u", node_shown(node),
                                  node_shown(e->members.nodes[i]));
    if (view->count == e->members.count)
        return verdict_held();
    return verdict_failed("n%u had %u members", node_shown(node), view->count);
}

static struct verdict judge_members(const struct replay *replay, const struct expectation *e)
{
    struct verdict verdict = verdict_held();
    for (uint32_t i = 0; i < e->on.count && verdict.kind == VERDICT_HELD; i++)
        verdict = judge_view(replay, e, e->on.nodes[i]);
    return verdict;
}

static struct verdict judge_owner(const struct expectations *expectations,
                                  const struct expectation *e, node_id wanted)
{
    const struct replay *replay = &expectations->replay;
    bool asked = false;
    for (node_id node = 0; node < replay->setup.nodes; node++) {
        const struct view *view = &replay->nodes[node].view;
        if (!replay->nodes[node].up)
            continue;
        if (!view->count)
            return verdict_failed("n%u had no view yet", node_shown(node));
        node_id owner =
            route_preferred(&expectations->router, view, node, &e->id, expectations->slots);
        if (owner != wanted)
            return verdict_failed("n%u took n%u for it", node_shown(node), node_shown(owner));
        asked = true;
    }
    return asked ? verdict_held() : verdict_failed("no node was up");
}

struct verdict expectations_judge_state(const struct expectations *expectations,
                                        const struct expectation *e, node_id node,
                                        enum expectation_kind kind)
{
    switch (kind) {
    case EXPECT_WORKERS:
        return judge_workers(&expectations->replay, e, node);
    case EXPECT_WORKER:
    case EXPECT_NO_WORKER:
        return judge_worker(&expectations->replay, e, node, kind == EXPECT_WORKER);
    case EXPECT_MEMBERS:
        return judge_members(&expectations->replay, e);
    case EXPECT_OWNER:
        return judge_owner(expectations, e, node);
    default:
        must(false && "a state");
    }
}

/* ---- over time ----------------------------------------------------------------------------- */

static bool is_over_time(const struct expectation *e)
{
    return e->kind == EXPECT_ALWAYS || e->kind == EXPECT_SOMETIMES_STATE ||
           e->kind == EXPECT_EVENTUALLY;
}

static uint32_t watches_of(const struct plan *plan, const struct expectation *e)
{
    return !is_over_time(e) ? 0 : e->each ? plan->settings.nodes : 1;
}

enum error expectations_states_init(struct expectations *expectations)
{
    const struct plan *plan = expectations->plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->expectations_count; i++)
        count += watches_of(plan, &plan->expectations[i]);
    expectations->states = memory_zeroed((count + 1) * sizeof *expectations->states);
    if (!expectations->states)
        return ERROR_MEMORY;
    for (size_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *e = &plan->expectations[i];
        for (node_id node = 0; node < watches_of(plan, e); node++)
            expectations->states[expectations->states_count++] =
                (struct state_watch){.expectation = e,
                                     .node = e->each ? node : e->node,
                                     .broken_ns = -1,
                                     .last_false_ns = -1};
    }
    expectations->states_stale = true; /* what holds at 0s, before all records */
    return OK;
}

/* It held, or did not, from since_ns to before until_ns, and at until_ns too if that is the end. */
static void note_span(struct state_watch *watch, int64_t until_ns, bool at_end)
{
    const struct expectation_part *of = &watch->expectation->of;
    bool in_span = watch->since_ns < of->to_ns &&
                   (until_ns > of->from_ns || (at_end && until_ns == of->from_ns));
    if (!watch->holds)
        watch->last_false_ns = until_ns;
    if (!in_span)
        return;
    if (watch->holds)
        watch->ever = true;
    else if (watch->broken_ns < 0)
        watch->broken_ns = watch->since_ns > of->from_ns ? watch->since_ns : of->from_ns;
}

/* Once it is broken, why it broke stays. */
static void judge_watch(const struct expectations *expectations, struct state_watch *watch,
                        int64_t t_ns)
{
    const struct expectation *e = watch->expectation;
    struct verdict verdict = expectations_judge_state(expectations, e, watch->node, e->state);
    bool holds = verdict.kind == VERDICT_HELD;
    if (watch->began && holds == watch->holds)
        return;
    if (watch->began)
        note_span(watch, t_ns, false);
    bool keeps_why = e->kind == EXPECT_ALWAYS && watch->broken_ns >= 0;
    if (!holds && !keeps_why)
        snprintf(watch->why, sizeof watch->why, "%.150s", verdict.why);
    watch->since_ns = t_ns;
    watch->holds = holds;
    watch->began = true;
}

static void judge_watches(struct expectations *expectations)
{
    for (uint32_t i = 0; i < expectations->states_count; i++)
        judge_watch(expectations, &expectations->states[i], expectations->states_ns);
    expectations->states_stale = false;
}

void expectations_states_before(struct expectations *expectations, int64_t t_ns)
{
    if (!expectations->states_count)
        return;
    if (expectations->states_stale && t_ns > expectations->states_ns)
        judge_watches(expectations);
    expectations->states_ns = t_ns;
    expectations->states_stale = true;
}

void expectations_states_end(struct expectations *expectations, int64_t t_ns)
{
    judge_watches(expectations);
    for (uint32_t i = 0; i < expectations->states_count; i++)
        note_span(&expectations->states[i], t_ns, true);
}

static struct verdict judge_always(const struct state_watch *watch, int64_t end_ns)
{
    if (watch->broken_ns >= 0)
        return verdict_failed("at %s %s", duration_exact(watch->broken_ns).text, watch->why);
    if (watch->expectation->of.from_ns > end_ns)
        return verdict_vacuous("the run ended before its time had come");
    return verdict_held();
}

static struct verdict judge_eventually(const struct state_watch *watch,
                                       const struct run_numbers *run)
{
    int64_t from_ns;
    struct verdict verdict = verdict_of_quiet(watch->expectation, run, &from_ns);
    if (verdict.kind != VERDICT_HELD)
        return verdict;
    if (watch->holds && watch->last_false_ns <= from_ns)
        return verdict_held();
    int64_t false_ns = watch->holds ? watch->last_false_ns : run->t_ns;
    return verdict_failed("until %s, %s after %s, %s", duration_exact(false_ns).text,
                          duration_exact(false_ns - run->quiet_ns).text, verdict_quiet_since(run),
                          watch->why);
}

/* Watches of the other nodes follow this one. */
static struct verdict judge_sometimes(const struct expectations *expectations,
                                      const struct state_watch *watch)
{
    const struct state_watch *last = expectations->states + expectations->states_count;
    const struct expectation *e = watch->expectation;
    while (watch < last && watch->expectation == e && watch->ever)
        watch++;
    if (watch == last || watch->expectation != e)
        return verdict_held();
    if (!e->each)
        return verdict_missed("it never happened");
    char why[64];
    snprintf(why, sizeof why, "it never happened for n%u", node_shown(watch->node));
    return verdict_missed(why);
}

uint64_t expectations_each_hash(struct expectations *expectations, int64_t t_ns)
{
    uint64_t hash = 0;
    expectations_states_before(expectations, t_ns);
    for (uint32_t i = 0; i < expectations->states_count; i++)
        if (expectations->states[i].expectation->each && expectations->states[i].holds)
            hash += random_mix(i + 1);
    return hash;
}

struct verdict expectations_judge_over_time(const struct expectations *expectations,
                                            const struct state_watch *watch,
                                            const struct run_numbers *run)
{
    switch (watch->expectation->kind) {
    case EXPECT_ALWAYS:
        return judge_always(watch, run->t_ns);
    case EXPECT_SOMETIMES_STATE:
        return judge_sometimes(expectations, watch);
    default:
        return judge_eventually(watch, run);
    }
}
