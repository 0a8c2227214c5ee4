#include "trace/summary.h"
#include "base/duration.h"
#include "base/number.h"

#include "trace/jsonl.h"
#include "trace/timeline.h"

#include <inttypes.h>

#define LABEL_WIDTH  14u
#define BREACHES_MAX 20u
#define TEXT_SHOWN   200u

/* Expectations: all of them, if there are so few, or else those that did not hold. */
#define HELD_SHOWN_MAX     20u
#define NOT_HELD_SHOWN_MAX 200u

struct page {
    struct writer writer;
    const struct summary *summary;
    bool colour;
};

static void put(struct page *page, const char *string)
{
    writer_string(&page->writer, string);
}

static void put_number(struct page *page, uint64_t number)
{
    writer_number(&page->writer, number);
}

static void put_short(struct page *page, int64_t ns)
{
    put(page, duration_short(ns).text);
}

static void paint(struct page *page, const char *code)
{
    if (page->colour)
        put(page, code);
}

#define PAINT_BAD  "\033[31m"
#define PAINT_GOOD "\033[32m"
#define PAINT_DIM  "\033[2m"
#define PAINT_END  "\033[0m"

/* Labels stand in a column of their own; "" goes on below the last one. */
static void label(struct page *page, const char *name)
{
    char column[32];
    snprintf(column, sizeof column, *name ? "%s:" : "%s", name);
    paint(page, PAINT_DIM);
    put(page, column);
    for (size_t width = strlen(column); width < LABEL_WIDTH; width++)
        put(page, " ");
    paint(page, PAINT_END);
}

static void end(struct page *page)
{
    put(page, "\n");
}

static void put_text(struct page *page, const struct text *text)
{
    writer_shown(&page->writer, text_bytes(text), text_size(text), TEXT_SHOWN);
}

static void put_place(struct page *page, const struct finding *finding)
{
    put(page, duration_exact(finding->t_ns).text);
    if (finding->node != NODE_NONE) {
        put(page, " ");
        writer_node(&page->writer, finding->node);
    }
}

static void print_requests(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    const char *comma = "";
    label(page, "requests");
    put_number(page, totals->requests);
    uint64_t open = totals->requests;
    for (enum outcome outcome = 0; outcome < OUTCOMES_COUNT; outcome++) {
        open -= totals->outcomes[outcome];
        if (!totals->outcomes[outcome])
            continue;
        put(page, *comma ? comma : ": ");
        put_number(page, totals->outcomes[outcome]);
        put(page, " ");
        put(page, outcome_name(outcome));
        comma = ", ";
    }
    if (open) {
        put(page, *comma ? comma : ": ");
        put_number(page, open);
        put(page, " open at the end");
    }
    if (totals->fallbacks) {
        put(page, "; ");
        put_number(page, totals->fallbacks);
        put(page, " tried again");
    }
    end(page);
}

static void print_latency(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    if (!totals->outcomes[OUTCOME_VALUE])
        return;
    label(page, "latency");
    if (!totals->latency_known) {
        put(page, "not known: the trace keeps no answers");
        end(page);
        return;
    }
    put(page, "p50 ");
    put_short(page, totals->latency_p50_ns);
    put(page, ", p90 ");
    put_short(page, totals->latency_p90_ns);
    put(page, ", p99 ");
    put_short(page, totals->latency_p99_ns);
    put(page, ", max ");
    put_short(page, totals->latency_max_ns);
    end(page);
}

static void print_workers(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    label(page, "workers");
    put_number(page, totals->workers_started);
    put(page, " started, ");
    put_number(page, totals->workers_expired);
    put(page, " expired, ");
    put_number(page, totals->workers_lost);
    put(page, " lost, ");
    if (totals->workers_moved) {
        put_number(page, totals->workers_moved);
        put(page, " moved, ");
    }
    put_number(page, totals_alive(totals));
    put(page, " alive; ");
    put_number(page, totals->loads);
    put(page, totals->loads == 1 ? " load" : " loads");
    end(page);
}

static void print_duplicates(struct page *page)
{
    const struct summary *summary = page->summary;
    const struct finding_list *found = &summary->found->duplicates;
    const char *comma = ": ";
    label(page, "duplicates");
    put_number(page, summary->totals.duplicates);
    for (enum cause cause = 0; cause < CAUSES_COUNT; cause++) {
        if (!summary->causes[cause])
            continue;
        put(page, comma);
        put_number(page, summary->causes[cause]);
        put(page, " ");
        put(page, cause_name(cause));
        comma = ", ";
    }
    if (summary->totals.duplicates) {
        put(page, "; for ");
        put_short(page, summary->totals.duplicate_ns);
        put(page, " in all, an id for ");
        put_short(page, summary->totals.double_p50_ns);
        put(page, " (p50), ");
        put_short(page, summary->totals.double_max_ns);
        put(page, " (max)");
    }
    end(page);
    if (summary->broken[RULE_ONE_WORKER])
        return; /* its violations say the same, nearer to the verdict */
    for (size_t i = 0; i < found->count; i++) {
        label(page, "");
        put_place(page, &found->items[i]);
        put(page, ", worker ");
        put_text(page, &found->items[i].id);
        put(page, ": ");
        put_text(page, &found->items[i].text);
        end(page);
    }
    if (summary->totals.duplicates > found->count && found->count) {
        label(page, "");
        put(page, "and ");
        put_number(page, summary->totals.duplicates - found->count);
        put(page, " more");
        end(page);
    }
}

static void print_messages(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    label(page, "messages");
    put_number(page, totals->messages);
    put(page, " delivered, ");
    put_number(page, totals->dropped);
    put(page, " dropped");
    if (totals->malformed) {
        put(page, "; ");
        put_number(page, totals->malformed);
        put(page, " malformed frames");
    }
    if (totals->refused) {
        put(page, "; ");
        put_number(page, totals->refused);
        put(page, " refused connections");
    }
    end(page);
}

static void print_expectation(struct page *page, const struct finding *finding)
{
    static const char *const words[] = {[VERDICT_FAILED] = "FAILED   ",
                                        [VERDICT_HELD] = "held     ",
                                        [VERDICT_VACUOUS] = "VACUOUS  ",
                                        [VERDICT_MISSED] = "missed   "};
    static const char *const paints[] = {[VERDICT_FAILED] = PAINT_BAD,
                                         [VERDICT_HELD] = PAINT_GOOD,
                                         [VERDICT_VACUOUS] = PAINT_BAD,
                                         [VERDICT_MISSED] = PAINT_BAD};
    label(page, "");
    paint(page, paints[finding->code]);
    put(page, words[finding->code]);
    paint(page, PAINT_END);
    put(page, "line ");
    put_number(page, finding->line);
    put(page, ": ");
    put_text(page, &finding->text);
    if (finding->times > 1) {
        put(page, " (");
        put_number(page, finding->times);
        put(page, " times)");
    }
    if (text_size(&finding->why)) {
        put(page, ": ");
        put_text(page, &finding->why);
    }
    end(page);
}

/* ", 3 failed", if there are any. */
static void put_some(struct page *page, uint64_t count, const char *what)
{
    if (!count)
        return;
    put(page, ", ");
    put_number(page, count);
    put(page, what);
}

static void print_missed(struct page *page)
{
    const struct finding_list *missed = &page->summary->found->missed;
    for (size_t i = 0; i < missed->count; i++) {
        label(page, i ? "" : "no effect");
        paint(page, PAINT_BAD);
        put(page, "line ");
        put_number(page, missed->items[i].line);
        put(page, ": ");
        put_text(page, &missed->items[i].text);
        put(page, ": it ");
        put_text(page, &missed->items[i].why);
        paint(page, PAINT_END);
        end(page);
    }
}

static void print_expectations(struct page *page)
{
    const struct findings *found = page->summary->found;
    const uint64_t *verdicts = found->verdicts;
    bool all = found->expectations.count <= HELD_SHOWN_MAX;
    if (!found->expectations.count)
        return;
    label(page, "expectations");
    put_number(page, verdicts[VERDICT_HELD]);
    put(page, " held, ");
    put_number(page, verdicts[VERDICT_FAILED]);
    put(page, " failed");
    put_some(page, verdicts[VERDICT_VACUOUS], " vacuous");
    put_some(page, verdicts[VERDICT_MISSED], " missed");
    end(page);
    size_t shown = 0;
    for (size_t i = 0; i < found->expectations.count && shown < NOT_HELD_SHOWN_MAX; i++) {
        if (!all && found->expectations.items[i].code == VERDICT_HELD)
            continue;
        print_expectation(page, &found->expectations.items[i]);
        shown++;
    }
}

static void print_breaches(struct page *page)
{
    const struct finding_list *found = &page->summary->found->violations;
    const char *comma = "";
    label(page, "violations");
    if (!summary_breaches(page->summary))
        put(page, "none");
    else
        paint(page, PAINT_BAD);
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        if (!page->summary->broken[rule])
            continue;
        put(page, comma);
        put_number(page, page->summary->broken[rule]);
        put(page, " ");
        put(page, rule_name(rule));
        comma = ", ";
    }
    if (summary_breaches(page->summary))
        paint(page, PAINT_END);
    end(page);
    for (size_t i = 0; i < found->count && i < BREACHES_MAX; i++) {
        label(page, "");
        put_place(page, &found->items[i]);
        put(page, ", ");
        put(page, rule_name(found->items[i].code));
        put(page, ": ");
        put_text(page, &found->items[i].text);
        end(page);
    }
}

static void print_unjudged(struct page *page)
{
    const char *comma = "";
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        if (page->summary->judged[rule])
            continue;
        if (!*comma)
            label(page, "not judged");
        put(page, comma);
        put(page, rule_name(rule));
        comma = ", ";
    }
    if (*comma) {
        put(page, ": " SUMMARY_NOT_KEPT);
        end(page);
    }
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        if (!page->summary->left_out[rule])
            continue;
        label(page, *comma ? "" : "not judged");
        put_number(page, page->summary->left_out[rule]);
        put(page, page->summary->left_out[rule] == 1 ? " message by " : " messages by ");
        put(page, rule_name(rule));
        put(page, ": " SUMMARY_LEFT_OUT);
        end(page);
        comma = ", ";
    }
}

static void print_run(struct page *page)
{
    const struct summary *summary = page->summary;
    uint64_t wall_ns = (uint64_t)max_i64(summary->wall_ns, 1);
    label(page, "seed");
    put_number(page, summary->seed);
    end(page);
    label(page, "hash");
    put(page, summary->hash);
    end(page);
    label(page, "speed");
    put_short(page, summary->virtual_ns);
    put(page, " in ");
    put_short(page, summary->wall_ns);
    put(page, ", ");
    put_number(page, (uint64_t)((unsigned __int128)summary->events * 1000000000 / wall_ns));
    put(page, " events a second, ");
    put_number(page, summary->threads);
    const char *what = summary->live ? " process" : " thread";
    put(page, what);
    if (summary->threads != 1)
        put(page, summary->live ? "es" : "s");
    end(page);
    if (!summary->command)
        return;
    label(page, "repeat");
    put(page, summary->command);
    end(page);
}

static void print_verdict(struct page *page)
{
    bool pass = !*page->summary->reason;
    paint(page, pass ? PAINT_GOOD : PAINT_BAD);
    put(page, page->summary->verdict);
    if (!pass) {
        put(page, ": ");
        writer_shown(&page->writer, page->summary->reason, strlen(page->summary->reason), SIZE_MAX);
    }
    paint(page, PAINT_END);
    end(page);
}

void summary_print(FILE *out, const struct summary *summary, bool colour)
{
    struct page page = {.summary = summary, .colour = colour};
    writer_init(&page.writer, out);
    label(&page, "scenario");
    writer_shown(&page.writer, summary->scenario, strlen(summary->scenario), TEXT_SHOWN);
    put(&page, ", ");
    put_number(&page, summary->nodes);
    put(&page, summary->nodes == 1 ? " node" : " nodes");
    end(&page);
    print_requests(&page);
    print_latency(&page);
    print_workers(&page);
    print_duplicates(&page);
    print_messages(&page);
    print_missed(&page);
    print_expectations(&page);
    print_breaches(&page);
    print_unjudged(&page);
    print_run(&page);
    print_verdict(&page);
    writer_flush(&page.writer);
}
