#include "base/duration.h"
#include "check/expectations_state.h"
#include "trace/timeline.h"

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

static bool compares(enum compare compare, unsigned __int128 a, unsigned __int128 b)
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

struct verdict totals_judge(const struct expectation *e, const struct totals *totals)
{
    uint64_t value = total_of(totals, e->total);
    return compares(e->compare, value, e->count)
               ? verdict_held()
               : verdict_missed("%llu", (unsigned long long)value);
}

struct verdict totals_judge_share(const struct expectation *e, const struct totals *totals)
{
    uint64_t ok = totals->outcomes[OUTCOME_VALUE], all = totals->requests;
    unsigned __int128 have = (unsigned __int128)ok * 1000000000u;
    unsigned __int128 wanted = (unsigned __int128)all * e->share_ppb;
    if (!all)
        return verdict_missed("no request was made");
    return compares(e->compare, have, wanted)
               ? verdict_held()
               : verdict_missed("%llu of %llu", (unsigned long long)ok, (unsigned long long)all);
}

struct verdict totals_judge_latency(const struct expectation *e, const struct tally *tally)
{
    int64_t latency_ns = tally_latency_ns(tally, e->percentile_ppm);
    if (!tally->totals.outcomes[OUTCOME_VALUE])
        return verdict_missed("no request was answered");
    return compares(e->compare, (uint64_t)latency_ns, (uint64_t)e->bound_ns)
               ? verdict_held()
               : verdict_missed("%s", duration_exact(latency_ns).text);
}

struct verdict totals_judge_always(const struct totals *totals)
{
    return totals->duplicates ? verdict_missed("%llu times an id had a second worker",
                                               (unsigned long long)totals->duplicates)
                              : verdict_held();
}

struct verdict totals_judge_eventually(const struct expect *expect, const struct expectation *e,
                                       const struct checker *check, int64_t t_ns)
{
    int64_t from_ns = expect->last_fault_ns + e->bound_ns;
    int64_t last_ns = check_last_duplicate_ns(check, t_ns);
    if (t_ns < from_ns && t_ns >= expect->plan->settings.end_ns)
        return verdict_vacuous("the run ended before its time had come");
    if (check_duplicate_ids(check) == 0 && last_ns <= from_ns)
        return verdict_held();
    return verdict_missed("an id had two workers at %s, %s after the last fault",
                          duration_exact(last_ns).text,
                          duration_exact(last_ns - expect->last_fault_ns).text);
}

struct verdict totals_judge_sometimes(const struct expectation *e, const struct totals *totals)
{
    return total_of(totals, e->total) ? verdict_held() : verdict_vacuous("it never happened");
}
