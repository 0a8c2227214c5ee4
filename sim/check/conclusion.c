#include "check/conclusion.h"

#include "base/duration.h"
#include "base/search.h"
#include "base/string_builder.h"
#include "check/verdict.h"

#include <inttypes.h>

#define REASONS_MAX 3u /* of a kind; the rest is counted */

/* ---- what failed --------------------------------------------------------------------------- */

static void add_reason(struct string_builder *reason)
{
    if (reason->size)
        string_builder_add(reason, "; ");
}

static void add_finding(struct string_builder *reason, const struct finding *finding)
{
    add_reason(reason);
    string_builder_add_bytes(reason, text_bytes(&finding->text), text_size(&finding->text));
    if (!text_size(&finding->why))
        return;
    string_builder_add(reason, ": ");
    string_builder_add_bytes(reason, text_bytes(&finding->why), text_size(&finding->why));
}

static bool is_broken(const struct finding *finding)
{
    return finding->code == VERDICT_FAILED || finding->code == VERDICT_VACUOUS;
}

static bool is_above(const void *expectations, size_t place, uint64_t line)
{
    return ((const struct expectation *)expectations)[place].line < line;
}

/* `always one-worker` is a rule of its own, and its violations tell more. */
static bool is_told_by_a_rule(const struct plan *plan, const struct finding *finding)
{
    size_t first = search_first(plan->expectations, 0, plan->expectations_count, finding->line,
                                is_above); /* a line each, in order */
    return finding->code == VERDICT_FAILED && first < plan->expectations_count &&
           plan->expectations[first].line == finding->line &&
           plan->expectations[first].kind == EXPECT_ALWAYS_ONE;
}

static void add_failed(struct string_builder *reason, const struct plan *plan,
                       const struct findings *found)
{
    size_t count = 0;
    for (size_t i = 0; i < found->expectations.count; i++) {
        const struct finding *finding = &found->expectations.items[i];
        if (!is_broken(finding) || is_told_by_a_rule(plan, finding))
            continue;
        if (count++ < REASONS_MAX)
            add_finding(reason, finding);
    }
    if (count <= REASONS_MAX)
        return;
    add_reason(reason);
    string_builder_print(reason, "%zu more expectation%s", count - REASONS_MAX,
                         count - REASONS_MAX == 1 ? "" : "s");
}

static void add_violations(struct string_builder *reason, const struct checker *checker)
{
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        uint64_t count = checker_violations_of(checker, rule);
        if (!count)
            continue;
        add_reason(reason);
        string_builder_print(reason, "%" PRIu64 " violation%s of %s", count, count == 1 ? "" : "s",
                             rule_name(rule));
    }
}

/* ---- what was no test ---------------------------------------------------------------------- */

/* Whether the expectation asks for errors: it would not hold if none was there, or it holds if
 * nothing is answered. */
static bool asks_for_errors(const struct expectation *e)
{
    switch (e->kind) {
    case EXPECT_REPLY_FAILS:
        return true;
    case EXPECT_OK_SHARE:
        return verdict_compares(e->compare, 0, e->share_ppb);
    case EXPECT_TOTAL:
        if (e->total == TOTAL_OK)
            return verdict_compares(e->compare, 0, e->count);
        return (e->total == TOTAL_ERRORS || e->total > TOTAL_OUTCOME) &&
               !verdict_compares(e->compare, 0, e->count);
    case EXPECT_SOMETIMES:
        return e->total == TOTAL_ERRORS || e->total > TOTAL_OUTCOME;
    default:
        return false;
    }
}

static bool errors_are_asked_for(const struct plan *plan)
{
    for (size_t i = 0; i < plan->expectations_count; i++)
        if (asks_for_errors(&plan->expectations[i]))
            return true;
    return false;
}

static void add_missed(struct string_builder *reason, const struct findings *found)
{
    size_t count = 0;
    for (size_t i = 0; i < found->missed.count; i++) {
        const struct finding *finding = &found->missed.items[i];
        if (count++ >= REASONS_MAX)
            continue;
        add_reason(reason);
        string_builder_add_bytes(reason, text_bytes(&finding->text), text_size(&finding->text));
        string_builder_print(reason, " %.*s", (int)text_size(&finding->why),
                             text_bytes(&finding->why));
    }
    for (size_t i = 0; i < found->expectations.count; i++)
        if (found->expectations.items[i].code == VERDICT_MISSED && count++ < REASONS_MAX)
            add_finding(reason, &found->expectations.items[i]);
    if (count <= REASONS_MAX)
        return;
    add_reason(reason);
    string_builder_print(reason, "%zu more", count - REASONS_MAX);
}

static void add_idle(struct string_builder *reason, const struct plan *plan,
                     const struct findings *found, const struct totals *totals)
{
    if (!totals->requests)
        string_builder_add(reason, "no request was made");
    else if (!totals->outcomes[OUTCOME_VALUE] && !errors_are_asked_for(plan))
        string_builder_add(reason, "no request was answered");
    else if (plan->settings.trace == TRACE_OFF && !found->verdicts[VERDICT_HELD])
        string_builder_add(reason, "trace off, and no expectation: nothing was judged");
}

struct conclusion conclude_run(const struct plan *plan, const struct findings *found,
                               const struct totals *totals, const struct checker *checker)
{
    struct conclusion conclusion = {.kind = CONCLUDED_PASS};
    struct string_builder reason = string_builder_over(conclusion.reason, sizeof conclusion.reason);
    if (checker_violations(checker) || found->verdicts[VERDICT_FAILED] ||
        found->verdicts[VERDICT_VACUOUS]) {
        conclusion.kind = CONCLUDED_FAIL;
        add_failed(&reason, plan, found);
        add_violations(&reason, checker);
        return conclusion;
    }
    add_idle(&reason, plan, found, totals);
    conclusion.is_idle = reason.size > 0;
    add_missed(&reason, found);
    if (reason.size)
        conclusion.kind = CONCLUDED_EMPTY;
    return conclusion;
}

struct conclusion conclude_error(const char *why)
{
    struct conclusion conclusion = {.kind = CONCLUDED_ERROR};
    struct string_builder reason = string_builder_over(conclusion.reason, sizeof conclusion.reason);
    string_builder_add(&reason, why);
    return conclusion;
}

struct conclusion conclude_interrupted(const struct plan *plan, const struct findings *found,
                                       int64_t now_ns, const struct checker *checker)
{
    struct conclusion conclusion = {.kind = CONCLUDED_INTERRUPTED};
    struct string_builder reason = string_builder_over(conclusion.reason, sizeof conclusion.reason);
    string_builder_print(&reason, "at %s", duration_short(now_ns).text);
    add_failed(&reason, plan, found);
    add_violations(&reason, checker);
    return conclusion;
}

const char *conclusion_name(enum conclusion_kind kind)
{
    static const char *const names[] = {
#define X(name) #name,
        CONCLUSIONS(X)
#undef X
    };
    return names[kind];
}
