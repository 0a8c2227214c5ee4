#include "check/expectations.h"

#include "base/duration.h"
#include "base/memory.h"
#include "check/verdict.h"
#include "node/route.h"
#include "trace/replay.h"

/* How a named reply stands. */
struct named_reply {
    bool ended;
    enum outcome outcome;
    node_id from;
    uint64_t worker;
    int64_t latency_ns;
};

struct expectations {
    const struct plan *plan;
    void (*emit)(void *context, const struct record *record);
    void *context;
    bool failed;
    struct named_reply *replies; /* of the plan */
    bool *judged;                /* of each expectation on replies */
    /* Workers and views if an expectation asks for them. Of requests it gets those alone whose
     * reply has a name, and only their beginning and end. */
    struct replay replay;
    struct router router; /* with views */
    int64_t last_fault_ns;
};

/* ---- verdicts ------------------------------------------------------------------------------ */

/* Without a trace nobody knows of workers, views and duplicates. */
static bool can_be_judged(const struct expectations *expectations, const struct expectation *e)
{
    if (expectations->plan->settings.trace != TRACE_OFF)
        return true;
    switch (e->kind) {
    case EXPECT_TOTAL:
    case EXPECT_SOMETIMES:
        return e->total != TOTAL_DUPLICATES;
    case EXPECT_OK_SHARE:
    case EXPECT_LATENCY:
        return true;
    default:
        return false;
    }
}

/* Makes the EXPECT record. */
static void pronounce(struct expectations *expectations, uint32_t index, int64_t t_ns,
                      uint16_t step, const struct verdict *verdict)
{
    const struct expectation *expectation = &expectations->plan->expectations[index];
    struct verdict blind = verdict_vacuous("trace off: nobody saw it");
    if (!can_be_judged(expectations, expectation))
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

/* What people call the node. */
static unsigned shown(node_id node)
{
    return node + 1;
}

/* ---- replies ------------------------------------------------------------------------------- */

static const char *reply_name(const struct expectations *expectations, uint32_t reply)
{
    return expectations->plan->replies[reply].name;
}

static struct verdict judge_ok(const struct expectations *expectations, uint32_t at)
{
    const struct named_reply *reply = &expectations->replies[at];
    return reply->outcome == OUTCOME_VALUE
               ? verdict_held()
               : verdict_failed("%s failed: %s", reply_name(expectations, at),
                                outcome_name(reply->outcome));
}

/* Whether one worker answered both, or two did, as the expectation has it. Both are ok. */
static struct verdict judge_pair(const struct expectations *expectations,
                                 const struct expectation *e, uint32_t i)
{
    const struct named_reply *reply = &expectations->replies[e->reply + i];
    const struct named_reply *other = &expectations->replies[e->other + i];
    bool same = reply->worker == other->worker;
    if (same == (e->kind == EXPECT_REPLY_SAME))
        return verdict_held();
    return verdict_failed("worker %llu of n%u answered %s, worker %llu of n%u answered %s",
                          (unsigned long long)reply->worker, shown(reply->from),
                          reply_name(expectations, e->reply + i), (unsigned long long)other->worker,
                          shown(other->from), reply_name(expectations, e->other + i));
}

static struct verdict judge_reply(const struct expectations *expectations,
                                  const struct expectation *e, uint32_t i)
{
    const struct named_reply *reply = &expectations->replies[e->reply + i];
    const char *name = reply_name(expectations, e->reply + i);
    if (e->kind == EXPECT_REPLY_FAILS)
        return reply->outcome == e->outcome
                   ? verdict_held()
                   : verdict_failed("%s: %s", name, outcome_name(reply->outcome));
    struct verdict ok = judge_ok(expectations, e->reply + i);
    if (ok.kind != VERDICT_HELD || e->kind == EXPECT_REPLY_OK)
        return ok;
    if (e->kind == EXPECT_REPLY_FROM)
        return reply->from == e->node
                   ? verdict_held()
                   : verdict_failed("%s came from n%u", name, shown(reply->from));
    if (e->kind == EXPECT_REPLY_WITHIN)
        return reply->latency_ns <= e->bound_ns
                   ? verdict_held()
                   : verdict_failed("%s took %s", name, duration_exact(reply->latency_ns).text);
    struct verdict other_ok = judge_ok(expectations, e->other + i);
    return other_ok.kind != VERDICT_HELD ? other_ok : judge_pair(expectations, e, i);
}

static bool compares_replies(const struct expectation *e)
{
    return e->kind == EXPECT_REPLY_SAME || e->kind == EXPECT_REPLY_OTHER;
}

/* The first of the replies that is still out, as an index, or UINT32_MAX. */
static uint32_t first_open(const struct expectations *expectations, const struct expectation *e)
{
    for (uint32_t i = 0; i < e->replies; i++) {
        if (!expectations->replies[e->reply + i].ended)
            return e->reply + i;
        if (compares_replies(e) && !expectations->replies[e->other + i].ended)
            return e->other + i;
    }
    return UINT32_MAX;
}

static bool concerns(const struct expectation *e, uint32_t reply)
{
    return expectation_scope(e->kind) == EXPECT_OF_REPLIES &&
           (reply - e->reply < e->replies ||
            (compares_replies(e) && reply - e->other < e->replies));
}

static void judge_replies(struct expectations *expectations, uint32_t index,
                          const struct record *last)
{
    const struct expectation *e = &expectations->plan->expectations[index];
    struct verdict verdict = verdict_held();
    expectations->judged[index] = true;
    for (uint32_t i = 0; i < e->replies && verdict.kind == VERDICT_HELD; i++)
        verdict = judge_reply(expectations, e, i);
    pronounce(expectations, index, last->t_ns, last->step, &verdict);
}

/* Judges what waited for this reply as its last one. */
static void reply_is_in(struct expectations *expectations, uint32_t reply,
                        const struct record *record)
{
    for (uint32_t i = 0; i < expectations->plan->expectations_count; i++) {
        const struct expectation *e = &expectations->plan->expectations[i];
        if (concerns(e, reply) && !expectations->judged[i] &&
            first_open(expectations, e) == UINT32_MAX)
            judge_replies(expectations, i, record);
    }
}

/* ---- at the cursor ------------------------------------------------------------------------- */

static struct verdict judge_workers(const struct replay *replay, const struct expectation *e)
{
    uint32_t count =
        e->node == NODE_NONE ? replay->workers.pool.count : replay->nodes[e->node].workers_count;
    return count == e->count ? verdict_held() : verdict_failed("there are %u", count);
}

static struct verdict judge_worker(const struct replay *replay, const struct expectation *e)
{
    bool wanted = e->kind == EXPECT_WORKER;
    for (node_id node = 0; node < replay->setup.nodes; node++) {
        if (e->node != NODE_NONE && e->node != node)
            continue;
        if (replay_find_place(replay, &e->id, node))
            return wanted ? verdict_held() : verdict_failed("there is one on n%u", shown(node));
    }
    return wanted ? verdict_failed("there is none") : verdict_held();
}

static struct verdict judge_members(const struct replay *replay, const struct expectation *e)
{
    const struct view *view = &replay->nodes[e->node].view;
    if (!replay->nodes[e->node].up)
        return verdict_failed("n%u is down", shown(e->node));
    for (uint32_t i = 0; i < e->members.count; i++)
        if (!view_has(view, e->members.nodes[i]))
            return verdict_failed("n%u does not have n%u", shown(e->node),
                                  shown(e->members.nodes[i]));
    return view->count == e->members.count
               ? verdict_held()
               : verdict_failed("n%u has %u members", shown(e->node), view->count);
}

static struct verdict judge_owner(const struct expectations *expectations,
                                  const struct expectation *e)
{
    const struct replay *replay = &expectations->replay;
    bool asked = false;
    for (node_id node = 0; node < replay->setup.nodes; node++) {
        if (!replay->nodes[node].up)
            continue;
        const struct view *view = &replay->nodes[node].view;
        if (!view->count)
            return verdict_failed("n%u joins, and has no view", shown(node));
        node_id owner = route_owner(&expectations->router, view, node, &e->id);
        if (owner != e->node)
            return verdict_failed("n%u takes n%u for it", shown(node), shown(owner));
        asked = true;
    }
    return asked ? verdict_held() : verdict_failed("no node is up");
}

void expectations_at_cursor(struct expectations *expectations, uint32_t index, int64_t t_ns,
                            uint16_t step)
{
    const struct expectation *e = &expectations->plan->expectations[index];
    struct verdict verdict;
    switch (e->kind) {
    case EXPECT_WORKERS:
        verdict = judge_workers(&expectations->replay, e);
        break;
    case EXPECT_WORKER:
    case EXPECT_NO_WORKER:
        verdict = judge_worker(&expectations->replay, e);
        break;
    case EXPECT_MEMBERS:
        verdict = judge_members(&expectations->replay, e);
        break;
    case EXPECT_OWNER:
        verdict = judge_owner(expectations, e);
        break;
    default:
        return;
    }
    pronounce(expectations, index, t_ns, step, &verdict);
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
    if (!request)
        return;
    uint32_t at = (uint32_t)request->tag;
    expectations->replies[at] = (struct named_reply){
        .ended = true,
        .outcome = record->kind == RECORD_FAIL ? (enum outcome)record->code : OUTCOME_VALUE,
        .from = record->peer,
        .worker = record->worker,
        .latency_ns = record->amount,
    };
    follow(expectations, record);
    reply_is_in(expectations, at, record);
}

void expectations_take(struct expectations *expectations, const struct record *record)
{
    switch (record->kind) {
    case RECORD_REQUEST:
        if (record->number < expectations->plan->replies_count)
            follow(expectations, record);
        break;
    case RECORD_REPLY:
    case RECORD_FAIL:
        if (expectations->replay.open)
            take_outcome(expectations, record);
        break;
    case RECORD_FAULT:
        expectations->last_fault_ns = record->t_ns;
        break;
    case RECORD_UP:
    case RECORD_DOWN:
    case RECORD_VIEW:
    case RECORD_START:
    case RECORD_EXPIRE:
    case RECORD_LOST:
        follow(expectations, record);
        break;
    default:
        break;
    }
}

#define KIND(name) (1u << RECORD_##name)
_Static_assert(RECORD_KINDS <= 32, "a set of kinds is a uint32_t");

uint32_t expectations_kinds(const struct expectations *expectations)
{
    uint32_t parts = expectations->replay.setup.parts;
    uint32_t kinds = KIND(FAULT);
    if (parts & REPLAY_REQUESTS)
        kinds |= KIND(REQUEST) | KIND(REPLY) | KIND(FAIL);
    if (parts & REPLAY_WORKERS)
        kinds |= KIND(START) | KIND(EXPIRE) | KIND(LOST);
    if (parts & REPLAY_VIEWS)
        kinds |= KIND(UP) | KIND(DOWN) | KIND(VIEW);
    return kinds;
}

void expectations_at_end(struct expectations *expectations, int64_t t_ns, uint16_t step,
                         const struct totals *totals, const struct tally *tally,
                         const struct checker *checker)
{
    const struct plan *plan = expectations->plan;
    struct run_numbers run = {.totals = totals,
                              .tally = tally,
                              .checker = checker,
                              .t_ns = t_ns,
                              .end_ns = plan->settings.end_ns,
                              .last_fault_ns = expectations->last_fault_ns};
    for (uint32_t i = 0; i < plan->expectations_count; i++) {
        const struct expectation *e = &plan->expectations[i];
        enum expectation_scope scope = expectation_scope(e->kind);
        struct verdict verdict;
        if (scope == EXPECT_AT_CURSOR || expectations->judged[i])
            continue;
        if (scope == EXPECT_OF_RUN)
            verdict = verdict_of_run(e, &run);
        else
            verdict = verdict_failed("%s was not in by the end",
                                     reply_name(expectations, first_open(expectations, e)));
        pronounce(expectations, i, t_ns, step, &verdict);
    }
}

bool expectations_failed(const struct expectations *expectations)
{
    return expectations->failed;
}

/* ---- making and closing -------------------------------------------------------------------- */

static uint32_t parts_asked_for(const struct plan *plan)
{
    uint32_t parts = plan->replies_count ? REPLAY_REQUESTS : 0;
    for (size_t i = 0; i < plan->expectations_count; i++)
        switch (plan->expectations[i].kind) {
        case EXPECT_WORKERS:
            parts |= REPLAY_WORKERS;
            break;
        case EXPECT_WORKER:
        case EXPECT_NO_WORKER:
            parts |= REPLAY_WORKERS | REPLAY_PLACES;
            break;
        case EXPECT_MEMBERS:
        case EXPECT_OWNER:
            parts |= REPLAY_VIEWS;
            break;
        default:
            break;
        }
    return parts;
}

static enum error init(struct expectations *expectations)
{
    const struct plan *plan = expectations->plan;
    struct replay_setup setup = {.nodes = plan->settings.nodes,
                                 .parts = parts_asked_for(plan),
                                 .views_static = plan->settings.membership_static};
    expectations->replies =
        memory_zeroed((plan->replies_count + 1) * sizeof *expectations->replies);
    expectations->judged =
        memory_zeroed((plan->expectations_count + 1) * sizeof *expectations->judged);
    if (!expectations->replies || !expectations->judged ||
        replay_init(&expectations->replay, &setup))
        return ERROR_MEMORY;
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
    memory_free(expectations->replies);
    memory_free(expectations->judged);
    memory_free(expectations);
}
