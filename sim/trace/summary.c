#include "trace/summary.h"
#include "base/duration.h"

#include "trace/jsonl.h"
#include "trace/timeline.h"

#include <inttypes.h>

#define BREACHES_MAX 20u
#define TEXT_SHOWN   200u

void summary_take_check(struct summary *summary, const struct checker *check)
{
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        summary->broken[rule] = check_violations_of(check, rule);
        summary->judged[rule] = check_judges(check, rule);
    }
    for (enum cause cause = 0; cause < CAUSES_COUNT; cause++)
        summary->causes[cause] = check_duplicates_by(check, cause);
}

/* ---- for people ---------------------------------------------------------------------------- */

struct page {
    struct line line;
    const struct summary *summary;
    bool colour;
};

static void say(struct page *page, const char *words)
{
    line_words(&page->line, words);
}

static void say_number(struct page *page, uint64_t number)
{
    line_number(&page->line, number);
}

static void paint(struct page *page, const char *code)
{
    if (page->colour)
        say(page, code);
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
    char padded[32];
    snprintf(padded, sizeof padded, "%-14s", column);
    say(page, padded);
    paint(page, PAINT_END);
}

static void end(struct page *page)
{
    say(page, "\n");
}

static void say_text(struct page *page, const struct text *text)
{
    line_shown(&page->line, text_bytes(text), text_size(text), TEXT_SHOWN);
}

static void say_place(struct page *page, const struct finding *finding)
{
    say(page, duration_exact(finding->t_ns).text);
    if (finding->node != NODE_NONE) {
        say(page, " ");
        line_node(&page->line, finding->node);
    }
}

static void tell_requests(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    const char *comma = "";
    label(page, "requests");
    say_number(page, totals->requests);
    uint64_t open = totals->requests;
    for (enum outcome outcome = 0; outcome < OUTCOMES_COUNT; outcome++) {
        open -= totals->outcomes[outcome];
        if (!totals->outcomes[outcome])
            continue;
        say(page, *comma ? comma : ": ");
        say_number(page, totals->outcomes[outcome]);
        say(page, " ");
        say(page, outcome_name(outcome));
        comma = ", ";
    }
    if (open) {
        say(page, *comma ? comma : ": ");
        say_number(page, open);
        say(page, " open at the end");
    }
    if (totals->fallbacks) {
        say(page, "; ");
        say_number(page, totals->fallbacks);
        say(page, " tried again on the caller's own node");
    }
    end(page);
}

static void tell_latency(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    if (!totals->outcomes[OUTCOME_VALUE])
        return;
    label(page, "latency");
    say(page, "p50 ");
    say(page, duration_short(totals->latency_p50_ns).text);
    say(page, ", p90 ");
    say(page, duration_short(totals->latency_p90_ns).text);
    say(page, ", p99 ");
    say(page, duration_short(totals->latency_p99_ns).text);
    say(page, ", max ");
    say(page, duration_short(totals->latency_max_ns).text);
    end(page);
}

static void tell_workers(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    label(page, "workers");
    say_number(page, totals->workers_started);
    say(page, " started, ");
    say_number(page, totals->workers_expired);
    say(page, " expired, ");
    say_number(page, totals->workers_lost);
    say(page, " lost, ");
    say_number(page, totals->workers_started - totals->workers_expired - totals->workers_lost);
    say(page, " alive; ");
    say_number(page, totals->loads);
    say(page, totals->loads == 1 ? " load" : " loads");
    end(page);
}

static void tell_duplicates(struct page *page)
{
    static const char *const words[] = {
        [CAUSE_RETRY] = " by a retry",
        [CAUSE_VIEW] = " by views that differed",
        [CAUSE_ROUTE] = " by the route",
        [CAUSE_HANDED_ON] = " handed on by a duplicate",
        [CAUSE_BEFORE] = " had begun before the trace",
    };
    const struct summary *summary = page->summary;
    const struct findings *found = &summary->found->duplicates;
    const char *comma = ": ";
    label(page, "duplicates");
    say_number(page, summary->totals.duplicates);
    for (enum cause cause = 0; cause < CAUSES_COUNT; cause++) {
        if (!summary->causes[cause])
            continue;
        say(page, comma);
        say_number(page, summary->causes[cause]);
        say(page, words[cause]);
        comma = ", ";
    }
    if (summary->totals.duplicates) {
        say(page, "; for ");
        say(page, duration_short(summary->totals.duplicate_ns).text);
        say(page, " in all");
    }
    end(page);
    for (size_t i = 0; i < found->count; i++) {
        label(page, "");
        say_place(page, &found->items[i]);
        say(page, ", worker ");
        say_text(page, &found->items[i].id);
        say(page, ": ");
        say_text(page, &found->items[i].text);
        end(page);
    }
    if (summary->totals.duplicates > found->count && found->count) {
        label(page, "");
        say(page, "and ");
        say_number(page, summary->totals.duplicates - found->count);
        say(page, " more");
        end(page);
    }
}

static void tell_messages(struct page *page)
{
    const struct totals *totals = &page->summary->totals;
    label(page, "messages");
    say_number(page, totals->messages);
    say(page, " delivered, ");
    say_number(page, totals->dropped);
    say(page, " dropped");
    end(page);
}

static void tell_expectation(struct page *page, const struct finding *finding)
{
    static const char *const words[] = {"FAILED   ", "held     ", "vacuous  "};
    static const char *const paints[] = {PAINT_BAD, PAINT_GOOD, PAINT_BAD};
    label(page, "");
    paint(page, paints[finding->code]);
    say(page, words[finding->code]);
    paint(page, PAINT_END);
    say(page, "line ");
    say_number(page, finding->line);
    say(page, ": ");
    say_text(page, &finding->text);
    if (finding->times > 1) {
        say(page, " (");
        say_number(page, finding->times);
        say(page, " times)");
    }
    if (text_size(&finding->why)) {
        say(page, ": ");
        say_text(page, &finding->why);
    }
    end(page);
}

static void tell_expectations(struct page *page)
{
    const struct summary_reader *found = page->summary->found;
    bool all = found->expectations.count <= HELD_TOLD_MAX;
    if (!found->held && !found->failed && !found->vacuous)
        return;
    label(page, "expectations");
    say_number(page, found->held);
    say(page, " held, ");
    say_number(page, found->failed);
    say(page, " failed");
    if (found->vacuous) {
        say(page, ", ");
        say_number(page, found->vacuous);
        say(page, " without effect");
    }
    end(page);
    for (size_t i = 0; i < found->expectations.count; i++)
        if (all || found->expectations.items[i].code != VERDICT_HELD)
            tell_expectation(page, &found->expectations.items[i]);
}

static uint64_t breaches(const struct summary *summary)
{
    uint64_t sum = 0;
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        sum += summary->broken[rule];
    return sum;
}

static void tell_breaches(struct page *page)
{
    const struct findings *found = &page->summary->found->violations;
    const char *comma = "";
    label(page, "violations");
    if (!breaches(page->summary))
        say(page, "none");
    else
        paint(page, PAINT_BAD);
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        if (!page->summary->broken[rule])
            continue;
        say(page, comma);
        say_number(page, page->summary->broken[rule]);
        say(page, " ");
        say(page, rule_name(rule));
        comma = ", ";
    }
    if (breaches(page->summary))
        paint(page, PAINT_END);
    end(page);
    for (size_t i = 0; i < found->count && i < BREACHES_MAX; i++) {
        label(page, "");
        say_place(page, &found->items[i]);
        say(page, ", ");
        say(page, rule_name(found->items[i].code));
        say(page, ": ");
        say_text(page, &found->items[i].text);
        end(page);
    }
}

static void tell_unjudged(struct page *page)
{
    const char *comma = "";
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        if (page->summary->judged[rule])
            continue;
        if (!*comma)
            label(page, "not judged");
        say(page, comma);
        say(page, rule_name(rule));
        comma = ", ";
    }
    if (!*comma)
        return;
    say(page, ": the trace does not keep what they are judged by");
    end(page);
}

static void tell_run(struct page *page)
{
    const struct summary *summary = page->summary;
    uint64_t wall_ns = summary->wall_ns > 0 ? (uint64_t)summary->wall_ns : 1;
    label(page, "seed");
    say_number(page, summary->seed);
    end(page);
    label(page, "hash");
    say(page, summary->hash);
    end(page);
    label(page, "speed");
    say(page, duration_short(summary->virtual_ns).text);
    say(page, " in ");
    say(page, duration_short(summary->wall_ns).text);
    say(page, ", ");
    say_number(page, (uint64_t)((unsigned __int128)summary->events * 1000000000 / wall_ns));
    say(page, " events a second, ");
    say_number(page, summary->threads);
    const char *what = summary->live ? " process" : " thread";
    say(page, what);
    if (summary->threads != 1)
        say(page, summary->live ? "es" : "s");
    end(page);
    if (!summary->command)
        return;
    label(page, "repeat");
    say(page, summary->command);
    end(page);
}

void summary_print(FILE *out, const struct summary *summary, bool colour)
{
    struct page page = {.summary = summary, .colour = colour};
    line_begin(&page.line, out);
    label(&page, "scenario");
    line_shown(&page.line, summary->scenario, strlen(summary->scenario), TEXT_SHOWN);
    say(&page, ", ");
    say_number(&page, summary->nodes);
    say(&page, summary->nodes == 1 ? " node" : " nodes");
    end(&page);
    tell_requests(&page);
    tell_latency(&page);
    tell_workers(&page);
    tell_duplicates(&page);
    tell_messages(&page);
    tell_expectations(&page);
    tell_breaches(&page);
    tell_unjudged(&page);
    tell_run(&page);
    line_flush(&page.line);
}

/* ---- for programs -------------------------------------------------------------------------- */

static void put_text(struct line *line, const char *key, const struct text *text)
{
    line_words(line, key);
    line_json(line, text_bytes(text), text_size(text));
}

static void put_violations(struct line *line, const struct findings *found)
{
    LINE_PUT(line, ",\"violations\":[");
    for (size_t i = 0; i < found->count; i++) {
        const struct finding *finding = &found->items[i];
        line_words(line, i ? "," : "");
        LINE_PUT(line, "{\"rule\":\"");
        line_words(line, rule_name(finding->code));
        LINE_PUT(line, "\",\"line\":");
        line_number(line, finding->line);
        LINE_PUT(line, ",\"t\":");
        line_signed(line, finding->t_ns);
        put_text(line, ",\"id\":", &finding->id);
        put_text(line, ",\"text\":", &finding->text);
        LINE_PUT(line, "}");
    }
    LINE_PUT(line, "]");
}

/* Seconds to the microsecond. */
static void put_seconds(struct line *line, int64_t ns)
{
    char text[40];
    uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;
    snprintf(text, sizeof text, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    line_words(line, text);
}

static void put_key(struct line *line, const char *key, uint64_t number)
{
    line_words(line, key);
    line_number(line, number);
}

void summary_json(FILE *out, const struct summary *summary)
{
    struct line line;
    line_begin(&line, out);
    LINE_PUT(&line, "{\"scenario\":");
    line_json(&line, summary->scenario, strlen(summary->scenario));
    put_key(&line, ",\"seed\":", summary->seed);
    put_key(&line, ",\"nodes\":", summary->nodes);
    put_key(&line, ",\"threads\":", summary->threads);
    LINE_PUT(&line, ",\"virtual_ns\":");
    line_signed(&line, summary->virtual_ns);
    LINE_PUT(&line, ",\"wall_s\":");
    put_seconds(&line, summary->wall_ns);
    put_key(&line, ",\"events\":", summary->events);
    LINE_PUT(&line, ",");
    jsonl_totals(&line, &summary->totals);
    put_violations(&line, &summary->found->violations);
    put_key(&line, ",\"expectations\":{\"held\":", summary->found->held);
    put_key(&line, ",\"failed\":", summary->found->failed);
    put_key(&line, ",\"vacuous\":", summary->found->vacuous);
    LINE_PUT(&line, "},\"hash\":\"");
    line_words(&line, summary->hash);
    LINE_PUT(&line, "\"}\n");
    line_flush(&line);
}
