#include "check/expectations.h"

#include "base/memory.h"
#include "base/search.h"
#include "check/expectations_state.h"

#include <stdio.h>

/* ---- verdicts ------------------------------------------------------------------------------ */

/* Why the trace does not have what the expectation is judged by; NULL: it has. Totals of the whole
 * run are counted without it. */
static const char *unseen(const struct expectations *expectations, const struct expectation *e)
{
    enum trace_level trace = expectations->plan->settings.trace;
    bool of_workers = e->total == TOTAL_LOADS || e->total == TOTAL_LOADS_AT_ONCE ||
                      e->total == TOTAL_STARTED || e->total == TOTAL_EXPIRED ||
                      e->total == TOTAL_LOST || e->total == TOTAL_MOVED ||
                      e->total == TOTAL_DUPLICATES;
    switch (e->kind) {
    case EXPECT_TOTAL:
    case EXPECT_SOMETIMES:
        if (!expectation_has_part(e) && e->total != TOTAL_DUPLICATES)
            return NULL;
        break;
    case EXPECT_OK_SHARE:
    case EXPECT_LATENCY:
        if (!expectation_has_part(e))
            return NULL;
        of_workers = false;
        break;
    case EXPECT_WORKERS:
    case EXPECT_WORKER:
    case EXPECT_NO_WORKER:
    case EXPECT_DUPLICATE_TIME:
    case EXPECT_ALWAYS_ONE:
    case EXPECT_EVENTUALLY_ONE:
        of_workers = true;
        break;
    case EXPECT_ALWAYS:
    case EXPECT_SOMETIMES_STATE:
    case EXPECT_EVENTUALLY:
        of_workers = e->state != EXPECT_MEMBERS && e->state != EXPECT_OWNER;
        break;
    default:
        of_workers = false;
        break;
    }
    if (trace == TRACE_OFF)
        return "trace off: nobody saw it";
    return trace == TRACE_WORKERS && !of_workers ? "trace workers: nobody saw it" : NULL;
}

void expectations_pronounce(struct expectations *expectations, uint32_t index, int64_t t_ns,
                            uint16_t step, const struct verdict *verdict)
{
    const struct expectation *expectation = &expectations->plan->expectations[index];
    const char *why = unseen(expectations, expectation);
    struct verdict blind = why ? verdict_vacuous(why) : verdict_held();
    if (why)
        verdict = &blind;
    struct record record = record_of(RECORD_EXPECT);
    record.t_ns = record.clock_ns = t_ns;
    record.step = step;
    record.line = expectation->line;
    record.code = (uint8_t)verdict->kind;
    record.value = text_borrow(expectation->text, strlen(expectation->text));
    record.id = text_borrow(verdict->why, strlen(verdict->why));
    expectations->emit(expectations->context, &record);
}

void expectations_at_cursor(struct expectations *expectations, uint32_t index, int64_t t_ns,
                            uint16_t step)
{
    const struct expectation *e = &expectations->plan->expectations[index];
    if (expectation_scope(e->kind) != EXPECT_AT_CURSOR)
        return;
    struct verdict verdict = expectations_judge_state(expectations, e, e->node, e->kind);
    expectations_pronounce(expectations, index, t_ns, step, &verdict);
}

/* ---- records ------------------------------------------------------------------------------- */

static void follow(struct expectations *expectations, const struct record *record)
{
    if (replay_take(&expectations->replay, record))
        expectations->failed = true;
}

static void take_outcome(struct expectations *expectations, const struct record *record)
{
    const struct replay_request *request =
        replay_find_request(&expectations->replay, record->request);
    if (!request || !request->open)
        return;
    uint64_t tag = request->tag;
    bool failed = record->kind == RECORD_FAIL;
    struct named_reply reply = {
        .ended = true,
        .outcome = failed ? (enum outcome)record->code : OUTCOME_VALUE,
        .from = record->peer,
        .worker = record->worker,
        .latency_ns = failed ? record->t_ns - request->made_ns : record->amount,
    };
    follow(expectations, record);
    if (tag >= expectations->plan->replies_count)
        return;
    expectations->replies[tag] = reply;
    expectations_reply_is_in(expectations, (uint32_t)tag, record);
}

static bool is_named(const struct expectations *expectations, const struct record *request)
{
    return request->number < expectations->plan->replies_count;
}

void expectations_take(struct expectations *expectations, const struct record *record)
{
    if (expectations->parts_count)
        expectations_parts_take(expectations, record);
    if (record->kind == RECORD_START && record->code == START_MOVED &&
        expectations->plan->replies_count)
        expectations_take_moved(expectations, record);
    switch (record->kind) {
    case RECORD_REQUEST:
        if (expectations->parts_count || is_named(expectations, record))
            follow(expectations, record);
        break;
    case RECORD_REPLY:
    case RECORD_FAIL:
        if (expectations->replay.open)
            take_outcome(expectations, record);
        break;
    case RECORD_UP:
    case RECORD_DOWN:
    case RECORD_VIEW:
    case RECORD_START:
    case RECORD_EXPIRE:
    case RECORD_LOST:
    case RECORD_MOVED:
        expectations_states_before(expectations, record->t_ns);
        follow(expectations, record);
        break;
    case RECORD_SEND:
    case RECORD_RECV:
    case RECORD_DROP:
    case RECORD_ROUTE:
    case RECORD_LOAD:
        follow(expectations, record);
        break;
    default:
        break;
    }
}

#define KIND(name) (1u << RECORD_##name)

uint32_t expectations_kinds(const struct expectations *expectations)
{
    uint32_t parts = expectations->replay.setup.parts;
    uint32_t kinds = 0;
    if (parts & REPLAY_REQUESTS)
        kinds |= KIND(REQUEST) | KIND(REPLY) | KIND(FAIL);
    if (parts & REPLAY_WORKERS)
        kinds |= KIND(START) | KIND(EXPIRE) | KIND(LOST) | KIND(MOVED);
    if (expectations->plan->settings.hand_over)
        kinds |= KIND(START);
    if (parts & REPLAY_VIEWS)
        kinds |= KIND(UP) | KIND(DOWN) | KIND(VIEW);
    if (expectations->parts_count)
        kinds |= KIND(SEND) | KIND(RECV) | KIND(DROP) | KIND(ROUTE) | KIND(LOAD) | KIND(VALUE) |
                 KIND(LOAD_FAILED) | KIND(DUPLICATE);
    return kinds;
}

/* ---- the end ------------------------------------------------------------------------------- */

static struct verdict judge_open_reply(const struct expectations *expectations,
                                       const struct expectation *e)
{
    char why[200];
    snprintf(why, sizeof why, "%.150s was not in by the end",
             expectations_first_open(expectations, e));
    return verdict_vacuous(why);
}

/* Watches stand in the order of their expectations, which are one array. */

static bool part_is_before(const void *parts, size_t place, uint64_t e)
{
    return (uintptr_t)((const struct part_watch *)parts)[place].expectation < e;
}

static bool state_is_before(const void *states, size_t place, uint64_t e)
{
    return (uintptr_t)((const struct state_watch *)states)[place].expectation < e;
}
static const struct part_watch *part_of(const struct expectations *expectations,
                                        const struct expectation *e)
{
    size_t first = search_first(expectations->parts, 0, expectations->parts_count, (uintptr_t)e,
                                part_is_before);
    must(first < expectations->parts_count && expectations->parts[first].expectation == e);
    return &expectations->parts[first];
}

/* The first of them: `each` has one for each node. */
static const struct state_watch *state_of(const struct expectations *expectations,
                                          const struct expectation *e)
{
    size_t first = search_first(expectations->states, 0, expectations->states_count, (uintptr_t)e,
                                state_is_before);
    must(first < expectations->states_count && expectations->states[first].expectation == e);
    return &expectations->states[first];
}

static struct verdict judge_of_run(const struct expectations *expectations,
                                   const struct expectation *e, const struct run_numbers *run)
{
    if (expectation_has_part(e))
        return expectations_judge_part(part_of(expectations, e), run);
    switch (e->kind) {
    case EXPECT_ALWAYS:
    case EXPECT_SOMETIMES_STATE:
    case EXPECT_EVENTUALLY:
        return expectations_judge_over_time(expectations, state_of(expectations, e), run);
    default:
        return verdict_of_run(e, run);
    }
}

/* When the cursor is at it for the last time. */
static int64_t last_time_ns(const struct action *action)
{
    int64_t left_ns = action->until_ns - 1 - action->at_ns;
    if (!action->period_ns || left_ns < 0)
        return action->at_ns;
    return action->at_ns + left_ns / action->period_ns * action->period_ns;
}

/* Once each, how often ever they are repeated. */
static void judge_those_after_the_end(struct expectations *expectations,
                                      const struct run_numbers *run, uint16_t step)
{
    struct verdict verdict = verdict_vacuous("the run ended before its time had come");
    for (size_t i = 0; i < expectations->plan->actions_count; i++) {
        const struct action *action = &expectations->plan->actions[i];
        if (action->kind == ACTION_EXPECT && last_time_ns(action) > run->t_ns)
            expectations_pronounce(expectations, action->as.expectation, run->t_ns, step, &verdict);
    }
}

void expectations_at_end(struct expectations *expectations, const struct run_numbers *run,
                         uint16_t step)
{
    const struct plan *plan = expectations->plan;
    expectations_states_end(expectations, run->t_ns);
    judge_those_after_the_end(expectations, run, step);
    for (uint32_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *e = &plan->expectations[i];
        enum expectation_scope scope = expectation_scope(e->kind);
        if (scope == EXPECT_AT_CURSOR || expectations->judged[i])
            continue;
        struct verdict verdict = scope == EXPECT_OF_RUN ? judge_of_run(expectations, e, run)
                                                        : judge_open_reply(expectations, e);
        expectations_pronounce(expectations, i, run->t_ns, step, &verdict);
    }
}

bool expectations_failed(const struct expectations *expectations)
{
    return expectations->failed;
}

/* ---- making and closing -------------------------------------------------------------------- */

static uint32_t parts_of_state(enum expectation_kind kind)
{
    switch (kind) {
    case EXPECT_WORKERS:
        return REPLAY_WORKERS;
    case EXPECT_WORKER:
    case EXPECT_NO_WORKER:
        return REPLAY_WORKERS | REPLAY_PLACES;
    default:
        return REPLAY_VIEWS;
    }
}

static uint32_t parts_asked_for(const struct plan *plan)
{
    uint32_t parts = plan->replies_count ? REPLAY_REQUESTS : 0;
    for (size_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *e = &plan->expectations[i];
        if (expectation_scope(e->kind) == EXPECT_AT_CURSOR)
            parts |= parts_of_state(e->kind);
        else if (e->kind == EXPECT_ALWAYS || e->kind == EXPECT_SOMETIMES_STATE ||
                 e->kind == EXPECT_EVENTUALLY)
            parts |= parts_of_state(e->state);
        else if (expectation_has_part(e))
            parts |= REPLAY_REQUESTS | REPLAY_WORKERS;
    }
    return parts;
}

static enum error init(struct expectations *expectations)
{
    const struct plan *plan = expectations->plan;
    struct replay_setup setup = {.nodes = plan->settings.nodes,
                                 .parts = parts_asked_for(plan),
                                 .views_static = plan->settings.membership_static};
    if (expectations_replies_init(expectations) || expectations_states_init(expectations) ||
        expectations_parts_init(expectations) || replay_init(&expectations->replay, &setup))
        return ERROR_MEMORY;
    expectations->slots = plan->settings.leases ? plan->settings.slots : 0;
    if (setup.parts & REPLAY_VIEWS)
        return router_init(&expectations->router, plan->settings.route, setup.nodes);
    return OK;
}

struct expectations *expectations_new(const struct plan *plan,
                                      void (*emit)(void *context, const struct record *record),
                                      void *context)
{
    struct expectations *expectations = memory_zeroed(sizeof *expectations);
    if (!expectations)
        return NULL;
    expectations->plan = plan;
    expectations->emit = emit;
    expectations->context = context;
    if (init(expectations)) {
        expectations_delete(expectations);
        return NULL;
    }
    return expectations;
}

void expectations_delete(struct expectations *expectations)
{
    if (!expectations)
        return;
    replay_close(&expectations->replay);
    router_close(&expectations->router);
    expectations_replies_close(expectations);
    expectations_parts_close(expectations);
    memory_free(expectations->states);
    memory_free(expectations);
}
