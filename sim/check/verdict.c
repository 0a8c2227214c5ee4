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

struct verdict verdict_missed(const char *why)
{
    struct verdict verdict = verdict_failed("%s", why);
    verdict.kind = VERDICT_MISSED;
    return verdict;
}

/* ---- comparisons --------------------------------------------------------------------------- */

bool verdict_compares(enum compare compare, unsigned __int128 a, unsigned __int128 b)
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

struct verdict verdict_of_count(const struct expectation *e, uint64_t count)
{
    if (verdict_compares(e->compare, count, e->count))
        return verdict_held();
    return count == 1 ? verdict_failed("there was 1")
                      : verdict_failed("there were %" PRIu64, count);
}

struct verdict verdict_of_share(const struct expectation *e, uint64_t ok, uint64_t all)
{
    unsigned __int128 have = (unsigned __int128)ok * 1000000000u;
    unsigned __int128 wanted = (unsigned __int128)all * e->share_ppb;
    if (!all)
        return verdict_vacuous("no request was made");
    return verdict_compares(e->compare, have, wanted)
               ? verdict_held()
               : verdict_failed("%" PRIu64 " of %" PRIu64 " were", ok, all);
}

struct verdict verdict_of_latency(const struct expectation *e, uint64_t answered, bool known,
                                  int64_t latency_ns)
{
    if (!answered)
        return verdict_vacuous("no request was answered");
    if (!known)
        return verdict_vacuous("latencies are not known: the trace keeps no answers");
    return verdict_compares(e->compare, (uint64_t)latency_ns, (uint64_t)e->bound_ns)
               ? verdict_held()
               : verdict_failed("it was %s", duration_exact(latency_ns).text);
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
        [TOTAL_LOADS_AT_ONCE] = 0, /* judged as a part */
        [TOTAL_FALLBACKS] = totals->fallbacks,
        [TOTAL_MESSAGES] = totals->messages,
        [TOTAL_DROPPED] = totals->dropped,
        [TOTAL_STARTED] = totals->workers_started,
        [TOTAL_EXPIRED] = totals->workers_expired,
        [TOTAL_LOST] = totals->workers_lost,
        [TOTAL_MOVED] = totals->workers_moved,
    };
    must(total < sizeof values / sizeof *values);
    return values[total];
}

static struct verdict judge_latency(const struct expectation *e, const struct tally *tally)
{
    int64_t latency_ns;
    bool known = tally_latency(tally, e->percentile_ppm, &latency_ns);
    return verdict_of_latency(e, tally->totals.outcomes[OUTCOME_VALUE], known, latency_ns);
}

static struct verdict judge_always(const struct totals *totals)
{
    if (totals->duplicates == 1)
        return verdict_failed("an id had a second worker, once");
    return totals->duplicates
               ? verdict_failed("an id had a second worker, %" PRIu64 " times", totals->duplicates)
               : verdict_held();
}

static struct verdict judge_duplicate_time(const struct expectation *e,
                                           const struct run_numbers *run)
{
    int64_t longest_ns = checker_longest_double_ns(run->checker, &e->of, run->t_ns);
    return verdict_compares(e->compare, (uint64_t)longest_ns, (uint64_t)e->bound_ns)
               ? verdict_held()
               : verdict_failed("an id had two workers for %s", duration_exact(longest_ns).text);
}

struct verdict verdict_of_quiet(const struct expectation *e, const struct run_numbers *run,
                                int64_t *from_ns)
{
    *from_ns = run->quiet_ns == TIME_NEVER ? TIME_NEVER : run->quiet_ns + e->bound_ns;
    if (run->quiet_ns == TIME_NEVER)
        return verdict_vacuous("the run ended before the last fault did");
    if (run->t_ns < *from_ns && run->t_ns >= run->end_ns)
        return verdict_vacuous("the run ended before its time had come");
    return verdict_held();
}

const char *verdict_quiet_since(const struct run_numbers *run)
{
    return run->quiet_ns ? "the last fault or change" : "the start, with no later fault or change";
}

static struct verdict judge_eventually(const struct expectation *e, const struct run_numbers *run)
{
    int64_t from_ns;
    int64_t last_ns = checker_last_duplicate_ns(run->checker, run->t_ns);
    struct verdict verdict = verdict_of_quiet(e, run, &from_ns);
    if (verdict.kind != VERDICT_HELD)
        return verdict;
    if (checker_duplicate_ids(run->checker) == 0 && last_ns <= from_ns)
        return verdict_held();
    return verdict_failed("an id had two workers at %s, %s after %s", duration_exact(last_ns).text,
                          duration_exact(last_ns - run->quiet_ns).text, verdict_quiet_since(run));
}

struct verdict verdict_of_run(const struct expectation *e, const struct run_numbers *run)
{
    switch (e->kind) {
    case EXPECT_TOTAL:
        return verdict_of_count(e, total_of(run->totals, e->total));
    case EXPECT_OK_SHARE:
        return verdict_of_share(e, run->totals->outcomes[OUTCOME_VALUE], run->totals->requests);
    case EXPECT_LATENCY:
        return judge_latency(e, run->tally);
    case EXPECT_DUPLICATE_TIME:
        return judge_duplicate_time(e, run);
    case EXPECT_ALWAYS_ONE:
        return judge_always(run->totals);
    case EXPECT_EVENTUALLY_ONE:
        return judge_eventually(e, run);
    case EXPECT_SOMETIMES:
        return total_of(run->totals, e->total) ? verdict_held()
                                               : verdict_missed("it never happened");
    default:
        must(false && "an expectation of the whole run");
    }
}
