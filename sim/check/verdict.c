#include "check/verdict.h"

#include "base/duration.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct verdict verdict_failed(const char *format, ...)
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
    struct verdict verdict = verdict_failed("%s", why);
    verdict.kind = VERDICT_VACUOUS;
    return verdict;
}

/* ---- the whole run ------------------------------------------------------------------------- */

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
        [TOTAL_MOVED] = 0,
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

static struct verdict judge_total(const struct expectation *e, const struct totals *totals)
{
    uint64_t value = total_of(totals, e->total);
    return compares(e->compare, value, e->count) ? verdict_held()
                                                 : verdict_failed("%" PRIu64, value);
}

static struct verdict judge_share(const struct expectation *e, const struct totals *totals)
{
    uint64_t ok = totals->outcomes[OUTCOME_VALUE], all = totals->requests;
    unsigned __int128 have = (unsigned __int128)ok * 1000000000u;
    unsigned __int128 wanted = (unsigned __int128)all * e->share_ppb;
    if (!all)
        return verdict_failed("no request was made");
    return compares(e->compare, have, wanted) ? verdict_held()
                                              : verdict_failed("%" PRIu64 " of %" PRIu64, ok, all);
}

static struct verdict judge_latency(const struct expectation *e, const struct tally *tally)
{
    int64_t latency_ns = tally_latency_ns(tally, e->percentile_ppm);
    if (!tally->totals.outcomes[OUTCOME_VALUE])
        return verdict_failed("no request was answered");
    return compares(e->compare, (uint64_t)latency_ns, (uint64_t)e->bound_ns)
               ? verdict_held()
               : verdict_failed("%s", duration_exact(latency_ns).text);
}

static struct verdict judge_always(const struct totals *totals)
{
    return totals->duplicates
               ? verdict_failed("%" PRIu64 " times an id had a second worker", totals->duplicates)
               : verdict_held();
}

static struct verdict judge_eventually(const struct expectation *e, const struct run_numbers *run)
{
    int64_t from_ns = run->last_fault_ns + e->bound_ns;
    int64_t last_ns = checker_last_duplicate_ns(run->checker, run->t_ns);
    if (run->t_ns < from_ns && run->t_ns >= run->end_ns)
        return verdict_vacuous("the run ended before its time had come");
    if (checker_duplicate_ids(run->checker) == 0 && last_ns <= from_ns)
        return verdict_held();
    return verdict_failed("an id had two workers at %s, %s after the last fault",
                          duration_exact(last_ns).text,
                          duration_exact(last_ns - run->last_fault_ns).text);
}

struct verdict verdict_of_run(const struct expectation *expectation, const struct run_numbers *run)
{
    switch (expectation->kind) {
    case EXPECT_TOTAL:
        return judge_total(expectation, run->totals);
    case EXPECT_OK_SHARE:
        return judge_share(expectation, run->totals);
    case EXPECT_LATENCY:
        return judge_latency(expectation, run->tally);
    case EXPECT_ALWAYS_ONE:
        return judge_always(run->totals);
    case EXPECT_EVENTUALLY_ONE:
        return judge_eventually(expectation, run);
    case EXPECT_SOMETIMES:
        return total_of(run->totals, expectation->total) ? verdict_held()
                                                         : verdict_vacuous("it never happened");
    default:
        must(false && "an expectation of the whole run");
    }
}
