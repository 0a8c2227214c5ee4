#include "base/duration.h"
#include "base/random.h"
#include "check/expectations_state.h"
#include "trace/timeline.h"

const char *replies_name(const struct expect *expect, uint32_t reply)
{
    return expect->plan->replies[reply].name;
}

static struct verdict judge_ok(const struct expect *expect, uint32_t at)
{
    const struct reply *reply = &expect->replies[at];
    return reply->outcome == OUTCOME_VALUE
               ? verdict_held()
               : verdict_missed("%s failed: %s", replies_name(expect, at),
                                outcome_name(reply->outcome));
}

static struct verdict judge_reply(const struct expect *expect, const struct expectation *e,
                                  uint32_t i)
{
    const struct reply *reply = &expect->replies[e->reply + i];
    const char *name = replies_name(expect, e->reply + i);
    struct verdict ok = judge_ok(expect, e->reply + i);
    if (e->kind == EXPECT_REPLY_FAILS)
        return reply->outcome == e->outcome
                   ? verdict_held()
                   : verdict_missed("%s: %s", name, outcome_name(reply->outcome));
    if (ok.kind != VERDICT_HELD || e->kind == EXPECT_REPLY_OK)
        return ok;
    if (e->kind == EXPECT_REPLY_FROM)
        return reply->from == e->node
                   ? verdict_held()
                   : verdict_missed("%s came from n%u", name, expect_name_of(reply->from));
    if (e->kind == EXPECT_REPLY_WITHIN)
        return reply->latency_ns <= e->bound_ns
                   ? verdict_held()
                   : verdict_missed("%s took %s", name, duration_exact(reply->latency_ns).text);
    const struct reply *other = &expect->replies[e->other + i];
    struct verdict other_ok = judge_ok(expect, e->other + i);
    bool same = reply->worker == other->worker;
    if (other_ok.kind != VERDICT_HELD || same == (e->kind == EXPECT_REPLY_SAME))
        return other_ok;
    return verdict_missed("worker %llu of n%u answered %s, worker %llu of n%u answered %s",
                          (unsigned long long)reply->worker, expect_name_of(reply->from), name,
                          (unsigned long long)other->worker, expect_name_of(other->from),
                          replies_name(expect, e->other + i));
}

bool expectation_is_on_replies(const struct expectation *e)
{
    return e->kind <= EXPECT_REPLY_WITHIN;
}

static bool compares_replies(const struct expectation *e)
{
    return e->kind == EXPECT_REPLY_SAME || e->kind == EXPECT_REPLY_OTHER;
}

uint32_t replies_first_open(const struct expect *expect, const struct expectation *e)
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
    return expectation_is_on_replies(e) && (reply - e->reply < e->replies ||
                                            (compares_replies(e) && reply - e->other < e->replies));
}

static void judge_replies(struct expect *expect, uint32_t index, int64_t t_ns, uint16_t step)
{
    const struct expectation *e = &expect->plan->expectations[index];
    struct verdict verdict = verdict_held();
    expect->judged[index] = true;
    for (uint32_t i = 0; i < e->replies && verdict.kind == VERDICT_HELD; i++)
        verdict = judge_reply(expect, e, i);
    expect_pronounce(expect, index, t_ns, step, &verdict);
}

static void reply_is_in(struct expect *expect, uint32_t reply, const struct record *record)
{
    for (uint32_t i = 0; i < expect->plan->expectations_count; i++) {
        const struct expectation *e = &expect->plan->expectations[i];
        if (concerns(e, reply) && !expect->judged[i] && replies_first_open(expect, e) == UINT32_MAX)
            judge_replies(expect, i, record->t_ns, record->step);
    }
}

void replies_take_request(struct expect *expect, const struct record *record)
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
}

void replies_take_end(struct expect *expect, const struct record *record)
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
