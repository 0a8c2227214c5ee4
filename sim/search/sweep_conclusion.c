/* What a sweep came to, whether it was run or read again from what others printed. */
#include "search/sweep.h"

#include "base/memory.h"
#include "base/string_builder.h"

#include <inttypes.h>

void sweep_close(struct sweep *sweep)
{
    memory_free(sweep->breaches);
    memory_free(sweep->held);
    memory_free(sweep->missed);
    memory_free(sweep->struck);
    *sweep = (struct sweep){0};
}

bool sweep_never_happened(const struct sweep *sweep, size_t expectation)
{
    return sweep->runs && expectation_is_sometimes(&sweep->plan->expectations[expectation]) &&
           !sweep->held[expectation];
}

bool sweep_never_struck(const struct sweep *sweep, size_t action)
{
    return sweep->missed[action] && !sweep->struck[action];
}

static void add_reason(struct string_builder *reason, const char *text)
{
    string_builder_add(reason, reason->size ? "; " : "");
    string_builder_add(reason, text);
}

static void add_failed(struct string_builder *reason, const struct sweep *sweep)
{
    string_builder_print(reason, "%" PRIu64 " of %" PRIu64 " seeds", sweep->failed, sweep->runs);
    for (uint32_t i = 0; i < breaches_count(sweep->plan); i++) {
        if (!sweep->breaches[i].seeds)
            continue;
        add_reason(reason, i < RULES_COUNT ? rule_name((enum rule)i)
                                           : sweep->plan->expectations[breach_expectation(i)].text);
        string_builder_print(reason, " %sin %" PRIu64,
                             i >= RULES_COUNT && breach_is_vacuous(i) ? "vacuous " : "",
                             sweep->breaches[i].seeds);
    }
}

static void add_empty(struct string_builder *reason, const struct sweep *sweep)
{
    if (!sweep->runs)
        string_builder_add(reason, "no seed was run");
    if (sweep->idle)
        string_builder_print(reason, "%" PRIu64 " of %" PRIu64 " seeds, as seed %" PRIu64 ": %s",
                             sweep->idle, sweep->runs, sweep->first_idle, sweep->idle_reason);
    for (size_t i = 0; i < sweep->plan->expectations_count; i++) {
        if (!sweep_never_happened(sweep, i))
            continue;
        add_reason(reason, sweep->plan->expectations[i].text);
        string_builder_add(reason, ": it happened in no run");
    }
    for (size_t i = 0; i < sweep->plan->actions_count; i++) {
        if (!sweep_never_struck(sweep, i))
            continue;
        add_reason(reason, sweep->plan->actions[i].text);
        string_builder_add(reason, " had no effect in any run");
    }
}

struct conclusion sweep_conclude(const struct sweep *sweep)
{
    struct conclusion conclusion = {.kind = CONCLUDED_PASS, .is_idle = sweep->idle > 0};
    struct string_builder reason = string_builder_over(conclusion.reason, sizeof conclusion.reason);
    if (sweep->state != RUN_OVER && sweep->state != RUN_GOES_ON) {
        conclusion.kind = CONCLUDED_ERROR;
        string_builder_print(&reason, "seed %" PRIu64 ": %s", sweep->first + sweep->runs,
                             sweep->why);
        return conclusion;
    }
    if (sweep->state == RUN_GOES_ON) {
        conclusion.kind = CONCLUDED_INTERRUPTED;
        string_builder_print(&reason, "after %" PRIu64 " runs%s", sweep->runs,
                             sweep->failed ? "; " : "");
    } else if (sweep->failed) {
        conclusion.kind = CONCLUDED_FAIL;
    }
    if (sweep->failed)
        add_failed(&reason, sweep);
    if (conclusion.kind)
        return conclusion;
    add_empty(&reason, sweep);
    if (reason.size)
        conclusion.kind = CONCLUDED_EMPTY;
    return conclusion;
}
