#include "base/memory.h"
#include "check/expectations_state.h"

#include <stdarg.h>
#include <stdio.h>

struct verdict verdict_held(void)
{
    return (struct verdict){.kind = VERDICT_HELD};
}

struct verdict verdict_missed(const char *format, ...)
{
    struct verdict verdict = {.kind = VERDICT_FAILED};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict.why, sizeof verdict.why, format, arguments);
    va_end(arguments);
    return verdict;
}

struct verdict verdict_vacuous(const char *why)
{
    struct verdict verdict = verdict_missed("%s", why);
    verdict.kind = VERDICT_VACUOUS;
    return verdict;
}

/* Without a trace nobody knows of workers, views and duplicates. */
static bool can_be_judged(const struct expect *expect, const struct expectation *e)
{
    bool of_duplicates =
        (e->kind == EXPECT_TOTAL || e->kind == EXPECT_SOMETIMES) && e->total == TOTAL_DUPLICATES;
    bool of_counts = e->kind == EXPECT_TOTAL || e->kind == EXPECT_SOMETIMES ||
                     e->kind == EXPECT_OK_SHARE || e->kind == EXPECT_LATENCY;
    return expect->plan->settings.trace != TRACE_OFF || (of_counts && !of_duplicates);
}

void expect_pronounce(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step,
                      const struct verdict *verdict)
{
    const struct expectation *expectation = &expect->plan->expectations[index];
    struct record record = record_of(RECORD_EXPECT);
    struct verdict blind = verdict_vacuous("trace off: nobody saw it");
    if (!can_be_judged(expect, expectation))
        verdict = &blind;
    record.t_ns = t_ns;
    record.clock_ns = t_ns;
    record.step = step;
    record.line = expectation->line;
    record.code = (uint8_t)verdict->kind;
    record.value = text_borrow(expectation->text, strlen(expectation->text));
    record.id = text_borrow(verdict->why, strlen(verdict->why));
    expect->emit(expect->context, &record);
}

static void take(struct reader *reader, const struct record *record)
{
    struct expect *expect = (struct expect *)reader;
    switch (record->kind) {
    case RECORD_UP:
    case RECORD_DOWN:
    case RECORD_VIEW:
        if (expect->follows_views)
            cursor_take_view(expect, record);
        break;
    case RECORD_REQUEST:
        replies_take_request(expect, record);
        break;
    case RECORD_REPLY:
    case RECORD_FAIL:
        replies_take_end(expect, record);
        break;
    case RECORD_START:
        if (expect->follows_workers)
            cursor_take_start(expect, record);
        break;
    case RECORD_EXPIRE:
    case RECORD_LOST:
        if (expect->follows_workers)
            cursor_take_gone(expect, record);
        break;
    case RECORD_FAULT:
        expect->last_fault_ns = record->t_ns;
        break;
    default:
        break;
    }
}

void expect_at_end(struct expect *expect, int64_t t_ns, uint16_t step, const struct totals *totals,
                   const struct tally *tally, const struct checker *check)
{
    for (uint32_t i = 0; i < expect->plan->expectations_count; i++) {
        const struct expectation *e = &expect->plan->expectations[i];
        struct verdict verdict;
        if (expectation_is_on_replies(e) && !expect->judged[i])
            verdict = verdict_missed("%s was not in by the end",
                                     replies_name(expect, replies_first_open(expect, e)));
        else if (e->kind == EXPECT_TOTAL)
            verdict = totals_judge(e, totals);
        else if (e->kind == EXPECT_OK_SHARE)
            verdict = totals_judge_share(e, totals);
        else if (e->kind == EXPECT_LATENCY)
            verdict = totals_judge_latency(e, tally);
        else if (e->kind == EXPECT_ALWAYS_ONE)
            verdict = totals_judge_always(totals);
        else if (e->kind == EXPECT_EVENTUALLY_ONE)
            verdict = totals_judge_eventually(expect, e, check, t_ns);
        else if (e->kind == EXPECT_SOMETIMES)
            verdict = totals_judge_sometimes(e, totals);
        else
            continue;
        expect_pronounce(expect, i, t_ns, step, &verdict);
    }
}

void expect_at_cursor(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step)
{
    const struct expectation *e = &expect->plan->expectations[index];
    struct verdict verdict;
    if (e->kind == EXPECT_WORKERS)
        verdict = cursor_judge_workers(expect, e);
    else if (e->kind == EXPECT_WORKER || e->kind == EXPECT_NO_WORKER)
        verdict = cursor_judge_worker(expect, e);
    else if (e->kind == EXPECT_MEMBERS)
        verdict = cursor_judge_members(expect, e);
    else if (e->kind == EXPECT_OWNER)
        verdict = cursor_judge_owner(expect, e);
    else
        return;
    expect_pronounce(expect, index, t_ns, step, &verdict);
}

bool expect_failed(const struct expect *expect)
{
    return expect->failed;
}

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
