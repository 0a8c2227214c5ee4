#include "scenario/expect.h"

#include "core/id.h"
#include "core/memory.h"
#include "core/pool.h"
#include "core/random.h"
#include "core/table.h"
#include "trace/text.h"

#include <stdarg.h>
#include <stdio.h>

/* A live worker, as the trace has it. */
struct living {
    struct text id;
    uint64_t number;
    node_id node;
};

/* How a named reply stands. */
struct reply {
    uint64_t request; /* 0: not made yet */
    bool ended;
    enum outcome outcome;
    node_id from;
    uint64_t worker;
    int64_t latency_ns;
};

struct expect {
    struct reader reader;
    const struct plan *plan;
    void (*emit)(void *context, const struct record *record);
    void *context;
    bool failed;

    struct reply *replies;
    struct pool named; /* struct named: open requests that have a name */
    struct table by_request;
    bool *judged; /* of each expectation on replies */

    bool follows_workers; /* some expectation asks for them */
    bool follows_views;
    struct pool workers;   /* struct living */
    struct table by_place; /* by id and node */
    uint64_t *alive;       /* live workers of each node */
    uint64_t alive_in_all;
    struct view *views;
    bool *up;
    struct router router;
    int64_t last_fault_ns;
};

struct named {
    uint64_t request;
    uint32_t reply;
};

/* ---- verdicts ------------------------------------------------------------------------------ */

struct verdict {
    bool held;
    char why[200]; /* why not */
};

static struct verdict held(void)
{
    return (struct verdict){.held = true};
}

__attribute__((format(printf, 1, 2))) static struct verdict missed(const char *format, ...)
{
    struct verdict verdict = {.held = false};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict.why, sizeof verdict.why, format, arguments);
    va_end(arguments);
    return verdict;
}

static void pronounce(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step,
                      const struct verdict *verdict)
{
    const struct expectation *expectation = &expect->plan->expectations[index];
    struct record record = record_of(RECORD_EXPECT);
    record.t_ns = t_ns;
    record.clock_ns = t_ns;
    record.step = step;
    record.line = expectation->line;
    record.code = verdict->held;
    record.value = text_borrow(expectation->text, strlen(expectation->text));
    record.id = text_borrow(verdict->why, strlen(verdict->why));
    expect->emit(expect->context, &record);
}

/* ---- replies ------------------------------------------------------------------------------- */

static unsigned name_of(node_id node)
{
    return node + 1;
}

static const char *reply_name(const struct expect *expect, uint32_t reply)
{
    return expect->plan->replies[reply].name;
}

static struct verdict judge_ok(const struct expect *expect, uint32_t at)
{
    const struct reply *reply = &expect->replies[at];
    return reply->outcome == OUTCOME_VALUE
               ? held()
               : missed("%s failed: %s", reply_name(expect, at), outcome_name(reply->outcome));
}

static struct verdict judge_reply(const struct expect *expect, const struct expectation *e,
                                  uint32_t i)
{
    const struct reply *reply = &expect->replies[e->reply + i];
    const char *name = reply_name(expect, e->reply + i);
    struct verdict ok = judge_ok(expect, e->reply + i);
    if (e->kind == EXPECT_REPLY_FAILS)
        return reply->outcome == e->outcome ? held()
                                            : missed("%s: %s", name, outcome_name(reply->outcome));
    if (!ok.held || e->kind == EXPECT_REPLY_OK)
        return ok;
    if (e->kind == EXPECT_REPLY_FROM)
        return reply->from == e->node ? held()
                                      : missed("%s came from n%u", name, name_of(reply->from));
    if (e->kind == EXPECT_REPLY_WITHIN)
        return reply->latency_ns <= e->bound_ns
                   ? held()
                   : missed("%s took %s", name, duration_text(reply->latency_ns).text);
    const struct reply *other = &expect->replies[e->other + i];
    struct verdict other_ok = judge_ok(expect, e->other + i);
    bool same = reply->worker == other->worker;
    if (!other_ok.held || same == (e->kind == EXPECT_REPLY_SAME))
        return other_ok;
    return missed("worker %llu of n%u answered %s, worker %llu of n%u answered %s",
                  (unsigned long long)reply->worker, name_of(reply->from), name,
                  (unsigned long long)other->worker, name_of(other->from),
                  reply_name(expect, e->other + i));
}

static bool is_on_replies(const struct expectation *e)
{
    return e->kind <= EXPECT_REPLY_WITHIN;
}

static bool compares_replies(const struct expectation *e)
{
    return e->kind == EXPECT_REPLY_SAME || e->kind == EXPECT_REPLY_OTHER;
}

/* The first of the replies that is still out, as an index, or UINT32_MAX. */
static uint32_t first_open(const struct expect *expect, const struct expectation *e)
{
    for (uint32_t i = 0; i < e->replies; i++) {
        if (!expect->replies[e->reply + i].ended)
            return e->reply + i;
        if (compares_replies(e) && !expect->replies[e->other + i].ended)
            return e->other + i;
    }
    return UINT32_MAX;
}

static bool concerns(const struct expectation *e, uint32_t reply)
{
    return is_on_replies(e) && (reply - e->reply < e->replies ||
                                (compares_replies(e) && reply - e->other < e->replies));
}

static void judge_replies(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step)
{
    const struct expectation *e = &expect->plan->expectations[index];
    struct verdict verdict = held();
    expect->judged[index] = true;
    for (uint32_t i = 0; i < e->replies && verdict.held; i++)
        verdict = judge_reply(expect, e, i);
    pronounce(expect, index, t_ns, step, &verdict);
}

static void reply_is_in(struct expect *expect, uint32_t reply, const struct record *record)
{
    for (uint32_t i = 0; i < expect->plan->expectations_count; i++) {
        const struct expectation *e = &expect->plan->expectations[i];
        if (concerns(e, reply) && !expect->judged[i] && first_open(expect, e) == UINT32_MAX)
            judge_replies(expect, i, record->t_ns, record->step);
    }
}

static void take_request(struct expect *expect, const struct record *record)
{
    if (record->number >= expect->plan->replies_count)
        return;
    uint32_t slot = pool_take(&expect->named);
    if (slot == POOL_NONE || table_insert(&expect->by_request, random_mix(record->request), slot)) {
        expect->failed = true;
        return;
    }
    struct named *named = pool_at(&expect->named, slot);
    *named = (struct named){.request = record->request, .reply = (uint32_t)record->number};
    expect->replies[named->reply].request = record->request;
}

static void take_end(struct expect *expect, const struct record *record)
{
    if (!expect->by_request.count)
        return;
    struct probe probe = table_probe(&expect->by_request, random_mix(record->request));
    for (uint32_t slot; (slot = table_next(&expect->by_request, &probe)) != TABLE_NONE;) {
        struct named *named = pool_at(&expect->named, slot);
        if (named->request != record->request)
            continue;
        uint32_t at = named->reply;
        struct reply *reply = &expect->replies[at];
        table_remove(&expect->by_request, random_mix(record->request), slot);
        pool_give(&expect->named, slot);
        reply->ended = true;
        reply->outcome = record->kind == RECORD_FAIL ? (enum outcome)record->code : OUTCOME_VALUE;
        reply->from = record->peer;
        reply->worker = record->worker;
        reply->latency_ns = record->amount;
        reply_is_in(expect, at, record);
        return;
    }
}

/* ---- workers ------------------------------------------------------------------------------- */

static uint64_t place_hash(const struct text *id, node_id node)
{
    return id_hash(id) ^ random_mix(node);
}

static uint32_t find_living(const struct expect *expect, const struct text *id, node_id node)
{
    struct probe probe = table_probe(&expect->by_place, place_hash(id, node));
    for (uint32_t slot; (slot = table_next(&expect->by_place, &probe)) != TABLE_NONE;) {
        const struct living *living = pool_at(&expect->workers, slot);
        if (living->node == node && text_equal(&living->id, id))
            return slot;
    }
    return TABLE_NONE;
}

static void take_start(struct expect *expect, const struct record *record)
{
    uint32_t slot = pool_take(&expect->workers);
    struct living *living = slot == POOL_NONE ? NULL : pool_at(&expect->workers, slot);
    if (!living || text_copy(&living->id, &record->id) ||
        table_insert(&expect->by_place, place_hash(&record->id, record->node), slot)) {
        expect->failed = true;
        return;
    }
    living->node = record->node;
    living->number = record->worker;
    expect->alive[record->node]++;
    expect->alive_in_all++;
}

static void take_gone(struct expect *expect, const struct record *record)
{
    uint32_t slot = find_living(expect, &record->id, record->node);
    if (slot == TABLE_NONE)
        return; /* the checker says so */
    struct living *living = pool_at(&expect->workers, slot);
    table_remove(&expect->by_place, place_hash(&record->id, record->node), slot);
    text_clear(&living->id);
    pool_give(&expect->workers, slot);
    expect->alive[record->node]--;
    expect->alive_in_all--;
}

static struct verdict judge_workers(const struct expect *expect, const struct expectation *e)
{
    uint64_t count = e->node == NODE_NONE ? expect->alive_in_all : expect->alive[e->node];
    return count == e->count ? held() : missed("there are %llu", (unsigned long long)count);
}

static struct verdict judge_worker(const struct expect *expect, const struct expectation *e)
{
    bool wanted = e->kind == EXPECT_WORKER;
    for (node_id node = 0; node < expect->plan->settings.nodes; node++) {
        if (e->node != NODE_NONE && e->node != node)
            continue;
        if (find_living(expect, &e->id, node) == TABLE_NONE)
            continue;
        return wanted ? held() : missed("there is one on n%u", name_of(node));
    }
    return wanted ? missed("there is none") : held();
}

/* ---- views --------------------------------------------------------------------------------- */

static struct verdict judge_members(const struct expect *expect, const struct expectation *e)
{
    const struct view *view = &expect->views[e->node];
    if (!expect->up[e->node])
        return missed("n%u is down", name_of(e->node));
    for (uint32_t i = 0; i < e->members.count; i++)
        if (!view_has(view, e->members.nodes[i]))
            return missed("n%u does not have n%u", name_of(e->node), name_of(e->members.nodes[i]));
    return view->count == e->members.count
               ? held()
               : missed("n%u has %u members", name_of(e->node), view->count);
}

static struct verdict judge_owner(const struct expect *expect, const struct expectation *e)
{
    uint32_t asked = 0;
    for (node_id node = 0; node < expect->plan->settings.nodes; node++) {
        if (!expect->up[node])
            continue;
        node_id owner = route_owner(&expect->router, &expect->views[node], node, &e->id);
        if (owner != e->node)
            return missed("n%u takes n%u for it", name_of(node), name_of(owner));
        asked++;
    }
    return asked ? held() : missed("no node is up");
}

static void take_up(struct expect *expect, const struct record *record)
{
    struct view *view = &expect->views[record->node];
    expect->up[record->node] = true;
    if (expect->plan->settings.membership_static)
        view_fill(view);
    else
        view_from_bits(view, "", 0);
}

static void take_view(struct expect *expect, const struct record *record)
{
    if (record->kind == RECORD_UP)
        take_up(expect, record);
    else if (record->kind == RECORD_DOWN)
        expect->up[record->node] = false;
    else
        view_from_bits(&expect->views[record->node], text_bytes(&record->value),
                       text_size(&record->value));
}

static void take(struct reader *reader, const struct record *record)
{
    struct expect *expect = (struct expect *)reader;
    switch (record->kind) {
    case RECORD_UP:
    case RECORD_DOWN:
    case RECORD_VIEW:
        if (expect->follows_views)
            take_view(expect, record);
        break;
    case RECORD_REQUEST:
        take_request(expect, record);
        break;
    case RECORD_REPLY:
    case RECORD_FAIL:
        take_end(expect, record);
        break;
    case RECORD_START:
        if (expect->follows_workers)
            take_start(expect, record);
        break;
    case RECORD_EXPIRE:
    case RECORD_LOST:
        if (expect->follows_workers)
            take_gone(expect, record);
        break;
    case RECORD_FAULT:
        expect->last_fault_ns = record->t_ns;
        break;
    default:
        break;
    }
}

/* ---- the end ------------------------------------------------------------------------------- */

static uint64_t total_of(const struct totals *totals, uint32_t total)
{
    if (total >= TOTAL_OUTCOME)
        return totals->outcomes[total - TOTAL_OUTCOME];
    uint64_t errors = 0;
    for (uint32_t i = OUTCOME_VALUE + 1; i < OUTCOMES_COUNT; i++)
        errors += totals->outcomes[i];
    const uint64_t values[] = {
        [TOTAL_REQUESTS] = totals->requests,
        [TOTAL_OK] = totals->outcomes[OUTCOME_VALUE],
        [TOTAL_ERRORS] = errors,
        [TOTAL_DUPLICATES] = totals->duplicates,
        [TOTAL_LOADS] = totals->loads,
        [TOTAL_FALLBACKS] = totals->fallbacks,
        [TOTAL_MESSAGES] = totals->messages,
        [TOTAL_DROPPED] = totals->dropped,
        [TOTAL_STARTED] = totals->workers_started,
        [TOTAL_EXPIRED] = totals->workers_expired,
        [TOTAL_LOST] = totals->workers_lost,
    };
    must(total < sizeof values / sizeof *values);
    return values[total];
}

static bool compares(enum compare compare, uint64_t a, uint64_t b)
{
    switch (compare) {
    case COMPARE_LESS:
        return a < b;
    case COMPARE_AT_MOST:
        return a <= b;
    case COMPARE_EQUAL:
        return a == b;
    case COMPARE_AT_LEAST:
        return a >= b;
    case COMPARE_MORE:
        return a > b;
    }
    must(false && "a known comparison");
}

static struct verdict judge_total(const struct expectation *e, const struct totals *totals)
{
    uint64_t value = total_of(totals, e->total);
    return compares(e->compare, value, e->count) ? held()
                                                 : missed("%llu", (unsigned long long)value);
}

static struct verdict judge_share(const struct expectation *e, const struct totals *totals)
{
    uint64_t ok = totals->outcomes[OUTCOME_VALUE], all = totals->requests;
    bool enough = (unsigned __int128)ok * 1000000000u >= (unsigned __int128)all * e->share_ppb;
    if (!all)
        return missed("no request was made");
    return enough ? held()
                  : missed("%llu of %llu", (unsigned long long)ok, (unsigned long long)all);
}

static struct verdict judge_latency(const struct expectation *e, const struct tally *tally)
{
    int64_t latency_ns = tally_latency_ns(tally, e->percentile_ppm);
    if (!tally->totals.outcomes[OUTCOME_VALUE])
        return missed("no request was answered");
    return compares(e->compare, (uint64_t)latency_ns, (uint64_t)e->bound_ns)
               ? held()
               : missed("%s", duration_text(latency_ns).text);
}

static struct verdict judge_always(const struct totals *totals)
{
    return totals->duplicates ? missed("%llu times an id had a second worker",
                                       (unsigned long long)totals->duplicates)
                              : held();
}

static struct verdict judge_eventually(const struct expect *expect, const struct expectation *e,
                                       const struct check *check, int64_t t_ns)
{
    int64_t from_ns = expect->last_fault_ns + e->bound_ns;
    int64_t last_ns = check_last_duplicate_ns(check, t_ns);
    if (check_duplicate_ids(check) == 0 && last_ns <= from_ns)
        return held();
    return missed("an id had two workers at %lld ns, %lld ns after the last fault",
                  (long long)last_ns, (long long)(last_ns - expect->last_fault_ns));
}

static struct verdict judge_sometimes(const struct expectation *e, const struct totals *totals)
{
    return total_of(totals, e->total) ? held() : missed("it never happened");
}

void expect_at_end(struct expect *expect, int64_t t_ns, uint16_t step, const struct totals *totals,
                   const struct tally *tally, const struct check *check)
{
    for (uint32_t i = 0; i < expect->plan->expectations_count; i++) {
        const struct expectation *e = &expect->plan->expectations[i];
        struct verdict verdict;
        if (is_on_replies(e) && !expect->judged[i])
            verdict = missed("%s was not in by the end", reply_name(expect, first_open(expect, e)));
        else if (e->kind == EXPECT_TOTAL)
            verdict = judge_total(e, totals);
        else if (e->kind == EXPECT_OK_SHARE)
            verdict = judge_share(e, totals);
        else if (e->kind == EXPECT_LATENCY)
            verdict = judge_latency(e, tally);
        else if (e->kind == EXPECT_ALWAYS_ONE)
            verdict = judge_always(totals);
        else if (e->kind == EXPECT_EVENTUALLY_ONE)
            verdict = judge_eventually(expect, e, check, t_ns);
        else if (e->kind == EXPECT_SOMETIMES)
            verdict = judge_sometimes(e, totals);
        else
            continue;
        pronounce(expect, i, t_ns, step, &verdict);
    }
}

void expect_at_cursor(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step)
{
    const struct expectation *e = &expect->plan->expectations[index];
    struct verdict verdict;
    if (e->kind == EXPECT_WORKERS)
        verdict = judge_workers(expect, e);
    else if (e->kind == EXPECT_WORKER || e->kind == EXPECT_NO_WORKER)
        verdict = judge_worker(expect, e);
    else if (e->kind == EXPECT_MEMBERS)
        verdict = judge_members(expect, e);
    else if (e->kind == EXPECT_OWNER)
        verdict = judge_owner(expect, e);
    else
        return;
    pronounce(expect, index, t_ns, step, &verdict);
}

int64_t expect_last_fault_ns(const struct expect *expect)
{
    return expect->last_fault_ns;
}

bool expect_failed(const struct expect *expect)
{
    return expect->failed;
}

/* ---- making -------------------------------------------------------------------------------- */

static enum error make_views(struct expect *expect, uint32_t nodes)
{
    expect->views = memory_zeroed(nodes * sizeof *expect->views);
    if (!expect->views)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < nodes; i++)
        if (view_init(&expect->views[i], nodes))
            return ERROR_MEMORY;
    return router_init(&expect->router, expect->plan->settings.route, nodes);
}

static void follow_what_is_asked_for(struct expect *expect)
{
    for (size_t i = 0; i < expect->plan->expectations_count; i++) {
        enum expectation_kind kind = expect->plan->expectations[i].kind;
        expect->follows_workers |=
            kind == EXPECT_WORKERS || kind == EXPECT_WORKER || kind == EXPECT_NO_WORKER;
        expect->follows_views |= kind == EXPECT_MEMBERS || kind == EXPECT_OWNER;
    }
}

struct expect *expect_new(const struct plan *plan,
                          void (*emit)(void *context, const struct record *record), void *context)
{
    struct expect *expect = memory_zeroed(sizeof *expect);
    if (!expect)
        return NULL;
    uint32_t nodes = plan->settings.nodes;
    *expect =
        (struct expect){.reader = {.take = take}, .plan = plan, .emit = emit, .context = context};
    pool_init(&expect->named, sizeof(struct named));
    pool_init(&expect->workers, sizeof(struct living));
    expect->replies = memory_zeroed((plan->replies_count + 1) * sizeof *expect->replies);
    expect->judged = memory_zeroed((plan->expectations_count + 1) * sizeof *expect->judged);
    expect->alive = memory_zeroed(nodes * sizeof *expect->alive);
    expect->up = memory_zeroed(nodes * sizeof *expect->up);
    follow_what_is_asked_for(expect);
    bool made = expect->replies && expect->judged && expect->alive && expect->up;
    if (!made || (expect->follows_views && make_views(expect, nodes))) {
        expect_delete(expect);
        return NULL;
    }
    return expect;
}

void expect_delete(struct expect *expect)
{
    if (!expect)
        return;
    for (uint32_t i = 0; expect->views && i < expect->plan->settings.nodes; i++)
        view_close(&expect->views[i]);
    for (uint32_t i = 0; expect->by_place.cells && i <= expect->by_place.mask; i++)
        if (expect->by_place.cells[i].next_slot) {
            struct living *living =
                pool_at(&expect->workers, expect->by_place.cells[i].next_slot - 1);
            text_clear(&living->id);
        }
    router_close(&expect->router);
    memory_free(expect->views);
    memory_free(expect->replies);
    memory_free(expect->judged);
    memory_free(expect->alive);
    memory_free(expect->up);
    pool_close(&expect->named);
    pool_close(&expect->workers);
    table_close(&expect->by_request);
    table_close(&expect->by_place);
    memory_free(expect);
}
