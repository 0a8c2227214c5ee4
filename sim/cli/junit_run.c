#include "cli/junit_run.h"

#include "base/search.h"

#include <inttypes.h>
#include <string.h>

#define NAME_SIZE  256u
#define WHY_SIZE   1024u
#define MORE_LINES 20u

/* The name of a line's case, and a text of the run; longer ones are cut. */
static void name_line(char name[NAME_SIZE], uint32_t line, const char *text, size_t size)
{
    struct string_builder out = string_builder_over(name, NAME_SIZE);
    string_builder_print(&out, "line %u: ", line);
    string_builder_add_bytes(&out, text, size);
}

static void copy(char *to, size_t size, const struct text *text)
{
    struct string_builder out = string_builder_over(to, size);
    string_builder_add_bytes(&out, text_bytes(text), text_size(text));
}

/* ---- expectations -------------------------------------------------------------------------- */

static bool is_above(const void *findings, size_t place, uint64_t line)
{
    return ((const struct finding *)findings)[place].line < line;
}

/* The first finding of the line, or where it would be: they are in order. */
static size_t find_line(const struct finding_list *found, uint32_t line)
{
    return search_first(found->items, 0, found->count, line, is_above);
}

/* The finding that counts of a line which was judged more than once: one that did not hold. NULL:
 * it was not judged. */
static const struct finding *finding_of(const struct junit_run *run, uint32_t line)
{
    const struct finding_list *found = run->summary ? &run->summary->found->expectations : NULL;
    const struct finding *counts = NULL;
    for (size_t i = found ? find_line(found, line) : 0;
         found && i < found->count && found->items[i].line == line; i++)
        if (!counts || counts->code == VERDICT_HELD)
            counts = &found->items[i];
    return counts;
}

static void add_expectation(struct junit *junit, const struct junit_run *run,
                            const struct expectation *expectation)
{
    char name[NAME_SIZE], why[WHY_SIZE] = "";
    const struct finding *finding = finding_of(run, expectation->line);
    struct junit_case test = {.group = run->scenario, .name = name, .why = why};
    name_line(name, expectation->line, expectation->text, strlen(expectation->text));
    if (!finding) {
        test.result = JUNIT_SKIPPED;
        test.why = "the run ended before it could be judged";
    } else if (finding->code != VERDICT_HELD) {
        test.result = JUNIT_FAILED;
        copy(why, sizeof why, &finding->why);
    }
    junit_add(junit, &test);
}

static void add_missed(struct junit *junit, const struct junit_run *run)
{
    const struct finding_list *missed = &run->summary->found->missed;
    for (size_t i = 0; i < missed->count; i++) {
        char name[NAME_SIZE], why[NAME_SIZE];
        const struct text *text = &missed->items[i].text;
        name_line(name, missed->items[i].line, text_bytes(text), text_size(text));
        snprintf(why, sizeof why, "it %.*s", (int)text_size(&missed->items[i].why),
                 text_bytes(&missed->items[i].why));
        junit_add(junit,
                  &(struct junit_case){
                      .group = run->scenario, .name = name, .result = JUNIT_FAILED, .why = why});
    }
}

/* ---- rules --------------------------------------------------------------------------------- */

/* The first violations of the rule, a line each. */
static void add_violations(struct string_builder *more, const struct findings *found,
                           enum rule rule)
{
    size_t count = 0;
    for (size_t i = 0; i < found->violations.count && count < MORE_LINES; i++) {
        const struct finding *finding = &found->violations.items[i];
        if (finding->code != rule)
            continue;
        string_builder_print(more, "%s%" PRId64 " ns: ", count++ ? "\n" : "", finding->t_ns);
        string_builder_add_bytes(more, text_bytes(&finding->text), text_size(&finding->text));
    }
}

static void add_rule(struct junit *junit, const struct junit_run *run, enum rule rule)
{
    const struct summary *summary = run->summary;
    char name[NAME_SIZE], why[WHY_SIZE];
    struct string_builder more = {0};
    struct junit_case test = {.group = run->scenario, .name = name};
    snprintf(name, sizeof name, "rule %s", rule_name(rule));
    if (!summary || !summary->judged[rule]) {
        test.result = JUNIT_SKIPPED;
        test.why = summary ? "the trace does not keep what is judged by it"
                           : "the run was not carried through";
    } else if (summary->broken[rule]) {
        snprintf(why, sizeof why, "%" PRIu64 " violation%s", summary->broken[rule],
                 summary->broken[rule] == 1 ? "" : "s");
        add_violations(&more, summary->found, rule);
        test.result = JUNIT_FAILED;
        test.why = why;
        test.more = more.failed ? NULL : more.text;
    }
    junit_add(junit, &test);
    string_builder_close(&more);
}

/* ---- the scenario -------------------------------------------------------------------------- */

static void add_scenario(struct junit *junit, const struct junit_run *run)
{
    static const char pass[] = "verdict";
    const struct run_result *result = run->result;
    char name[NAME_SIZE], why[WHY_SIZE + 32];
    struct junit_case test = {
        .group = run->scenario, .name = name, .why = why, .time_ns = result->wall_ns};
    if (run->plan)
        snprintf(name, sizeof name, "%s, seed %" PRIu64, pass, result->seed);
    else
        snprintf(name, sizeof name, "%s", pass);
    snprintf(why, sizeof why, "%s: %s", result->verdict, result->reason);
    if (result->status == STATUS_BROKEN || result->status == STATUS_UNCHECKED)
        test.result = JUNIT_FAILED;
    else if (result->status)
        test.result = JUNIT_ERROR;
    test.more = run->summary ? run->summary->command : NULL;
    junit_add(junit, &test);
}

void junit_add_run(struct junit *junit, const struct junit_run *run)
{
    for (size_t i = 0; run->plan && i < run->plan->expectations_count; i++)
        add_expectation(junit, run, &run->plan->expectations[i]);
    if (run->summary)
        add_missed(junit, run);
    for (enum rule rule = 0; run->plan && rule < RULES_COUNT; rule++)
        if (run->plan->settings.leases || !rule_is_of_leases(rule))
            add_rule(junit, run, rule);
    add_scenario(junit, run);
    junit_end_suite(junit, run->scenario, run->result->wall_ns);
}
