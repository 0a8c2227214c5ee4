#include "base/duration.h"
#include "base/number.h"
#include "trace/summary.h"

#include "trace/jsonl.h"

#include <inttypes.h>

static void put_violations(struct writer *writer, const struct finding_list *found)
{
    WRITER_PUT(writer, ",\"violations\":[");
    for (size_t i = 0; i < found->count; i++) {
        const struct finding *finding = &found->items[i];
        writer_string(writer, i ? "," : "");
        WRITER_PUT(writer, "{\"rule\":\"");
        writer_string(writer, rule_name(finding->code));
        WRITER_PUT(writer, "\"");
        WRITER_MEMBER_NUMBER(writer, "line", finding->line);
        WRITER_MEMBER_SIGNED(writer, "t", finding->t_ns);
        WRITER_MEMBER_TEXT(writer, "id", &finding->id);
        WRITER_MEMBER_TEXT(writer, "text", &finding->text);
        WRITER_PUT(writer, "}");
    }
    WRITER_PUT(writer, "]");
}

static void put_held(struct writer *writer, const struct finding *finding)
{
    if (finding->code == VERDICT_HELD)
        WRITER_PUT(writer, ",\"held\":true");
    else
        WRITER_PUT(writer, ",\"held\":false");
}

static void put_expectations(struct writer *writer, const struct finding_list *found)
{
    WRITER_PUT(writer, ",\"expectations\":[");
    for (size_t i = 0; i < found->count; i++) {
        const struct finding *finding = &found->items[i];
        writer_string(writer, i ? ",{\"line\":" : "{\"line\":");
        writer_number(writer, finding->line);
        WRITER_MEMBER_TEXT(writer, "text", &finding->text);
        put_held(writer, finding);
        WRITER_MEMBER_TEXT(writer, "why", &finding->why);
        WRITER_MEMBER_NUMBER(writer, "times", finding->times);
        WRITER_PUT(writer, "}");
    }
    WRITER_PUT(writer, "]");
}

static void put_missed(struct writer *writer, const struct finding_list *missed)
{
    WRITER_PUT(writer, ",\"faults_missed\":[");
    for (size_t i = 0; i < missed->count; i++) {
        writer_string(writer, i ? ",{\"line\":" : "{\"line\":");
        writer_number(writer, missed->items[i].line);
        WRITER_MEMBER_TEXT(writer, "text", &missed->items[i].text);
        WRITER_MEMBER_TEXT(writer, "why", &missed->items[i].why);
        WRITER_PUT(writer, "}");
    }
    WRITER_PUT(writer, "]");
}

/* Each rule by which something was not judged; `messages` where that is not everything. */
static void put_unjudged(struct writer *writer, const struct summary *summary)
{
    const char *comma = "";
    WRITER_PUT(writer, ",\"not_judged\":[");
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        if (summary->judged[rule] && !summary->left_out[rule])
            continue;
        writer_string(writer, comma);
        WRITER_PUT(writer, "{\"rule\":\"");
        writer_string(writer, rule_name(rule));
        WRITER_PUT(writer, "\"");
        if (summary->judged[rule])
            WRITER_MEMBER_NUMBER(writer, "messages", summary->left_out[rule]);
        WRITER_MEMBER_NAME(writer, "why",
                           summary->judged[rule] ? SUMMARY_LEFT_OUT : SUMMARY_NOT_KEPT);
        WRITER_PUT(writer, "}");
        comma = ",";
    }
    WRITER_PUT(writer, "]");
}

/* Seconds to the microsecond. */
static void put_seconds(struct writer *writer, int64_t ns)
{
    char text[40];
    int64_t us = max_i64(ns, 0) / NS_PER_US;
    snprintf(text, sizeof text, "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
    writer_string(writer, text);
}

void summary_json(FILE *out, const struct summary *summary)
{
    const uint64_t *verdicts = summary->found->verdicts;
    struct writer writer;
    writer_init(&writer, out);
    WRITER_PUT(&writer, "{\"verdict\":\"");
    writer_string(&writer, summary->verdict);
    WRITER_PUT(&writer, "\",\"reason\":");
    writer_json(&writer, summary->reason, strlen(summary->reason));
    WRITER_PUT(&writer, ",\"repeat\":");
    if (summary->command)
        writer_json(&writer, summary->command, strlen(summary->command));
    else
        WRITER_PUT(&writer, "null");
    WRITER_PUT(&writer, ",\"scenario\":");
    writer_json(&writer, summary->scenario, strlen(summary->scenario));
    WRITER_MEMBER_NUMBER(&writer, "seed", summary->seed);
    WRITER_MEMBER_NUMBER(&writer, "nodes", summary->nodes);
    WRITER_MEMBER_NUMBER(&writer, "threads", summary->threads);
    WRITER_MEMBER_SIGNED(&writer, "virtual_ns", summary->virtual_ns);
    WRITER_KEY(&writer, "wall_s");
    put_seconds(&writer, summary->wall_ns);
    WRITER_MEMBER_NUMBER(&writer, "events", summary->events);
    WRITER_PUT(&writer, ",");
    jsonl_totals(&writer, &summary->totals);
    WRITER_MEMBER_NUMBER(&writer, "violations_total", summary_breaches(summary));
    put_violations(&writer, &summary->found->violations);
    put_expectations(&writer, &summary->found->expectations);
    WRITER_MEMBER_NUMBER(&writer, "expectations_held", verdicts[VERDICT_HELD]);
    WRITER_MEMBER_NUMBER(&writer, "expectations_failed", verdicts[VERDICT_FAILED]);
    WRITER_MEMBER_NUMBER(&writer, "expectations_vacuous",
                         verdicts[VERDICT_VACUOUS] + verdicts[VERDICT_MISSED]);
    put_missed(&writer, &summary->found->missed);
    put_unjudged(&writer, summary);
    WRITER_MEMBER_NAME(&writer, "hash", summary->hash);
    WRITER_PUT(&writer, "}\n");
    writer_flush(&writer);
}
