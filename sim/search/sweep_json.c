#include "search/sweep_print.h"

#include "base/memory.h"
#include "base/number.h"
#include "trace/summary.h"
#include "trace/writer.h"

#include <inttypes.h>

static void put_string(struct writer *writer, const char *string)
{
    if (string)
        writer_json(writer, string, strlen(string));
    else
        WRITER_PUT(writer, "null");
}

static void put_command(struct writer *writer, const struct repeater *repeater, uint64_t seed)
{
    char *command = repeater->command(repeater->context, seed);
    WRITER_KEY(writer, "repeat");
    put_string(writer, command);
    memory_free(command);
}

static void put_breach(struct writer *writer, const struct sweep *sweep, uint32_t number,
                       const struct repeater *repeater)
{
    const struct breach_sum *sum = &sweep->breaches[number];
    if (number < RULES_COUNT) {
        WRITER_PUT(writer, "{\"rule\":\"");
        writer_string(writer, rule_name((enum rule)number));
        WRITER_PUT(writer, "\"");
    } else {
        const struct expectation *expectation =
            &sweep->plan->expectations[breach_expectation(number)];
        WRITER_PUT(writer, "{\"expectation\":");
        writer_number(writer, breach_expectation(number));
        WRITER_MEMBER_NUMBER(writer, "line", expectation->line);
        WRITER_KEY(writer, "text");
        put_string(writer, expectation->text);
        writer_string(writer,
                      breach_is_vacuous(number) ? ",\"vacuous\":true" : ",\"vacuous\":false");
    }
    WRITER_MEMBER_NUMBER(writer, "seeds", sum->seeds);
    WRITER_MEMBER_NUMBER(writer, "times", sum->times);
    WRITER_KEY(writer, "first_seeds");
    for (uint64_t i = 0; i < min_u64(sum->seeds, SEEDS_KEPT); i++) {
        writer_string(writer, i ? "," : "[");
        writer_number(writer, sum->first[i]);
    }
    WRITER_PUT(writer, "]");
    WRITER_KEY(writer, "why");
    put_string(writer, sum->why);
    put_command(writer, repeater, sum->first[0]);
    WRITER_PUT(writer, "}");
}

static void put_breaches(struct writer *writer, const struct sweep *sweep,
                         const struct repeater *repeater)
{
    const char *comma = "";
    WRITER_PUT(writer, ",\"broken\":[");
    for (uint32_t i = 0; i < breaches_count(sweep->plan); i++) {
        if (!sweep->breaches[i].seeds)
            continue;
        writer_string(writer, comma);
        put_breach(writer, sweep, i, repeater);
        comma = ",";
    }
    WRITER_PUT(writer, "]");
}

static void put_line(struct writer *writer, const char *comma, uint32_t line, const char *text)
{
    writer_string(writer, comma);
    WRITER_PUT(writer, "{\"line\":");
    writer_number(writer, line);
    WRITER_KEY(writer, "text");
    put_string(writer, text);
}

static void put_expectations(struct writer *writer, const struct sweep *sweep)
{
    WRITER_PUT(writer, ",\"expectations\":[");
    for (size_t i = 0; i < sweep->plan->expectations_count; i++) {
        const struct expectation *expectation = &sweep->plan->expectations[i];
        put_line(writer, i ? "," : "", expectation->line, expectation->text);
        writer_string(writer, expectation_is_sometimes(expectation) ? ",\"sometimes\":true"
                                                                    : ",\"sometimes\":false");
        WRITER_MEMBER_NUMBER(writer, "held", sweep->held[i]);
        WRITER_PUT(writer, "}");
    }
    WRITER_PUT(writer, "]");
}

static void put_faults(struct writer *writer, const struct sweep *sweep)
{
    const char *comma = "";
    WRITER_PUT(writer, ",\"faults\":[");
    for (size_t i = 0; i < sweep->plan->actions_count; i++) {
        const struct action *action = &sweep->plan->actions[i];
        enum action_group group = action_group(action->kind);
        if (group == ACTS_AS_CLIENT || group == ACTS_ON_TRACE)
            continue;
        put_line(writer, comma, action->line, action->text);
        WRITER_MEMBER_NUMBER(writer, "struck", sweep->struck[i]);
        WRITER_MEMBER_NUMBER(writer, "missed", sweep->missed[i]);
        WRITER_PUT(writer, "}");
        comma = ",";
    }
    WRITER_PUT(writer, "]");
}

/* In how many runs each rule could be judged, and why some could not be. */
static void put_judged(struct writer *writer, const struct sweep *sweep)
{
    const char *comma = "";
    WRITER_PUT(writer, ",\"judged\":{");
    for (enum rule rule = 0; rule < RULES_COUNT; rule++) {
        writer_string(writer, rule ? ",\"" : "\"");
        writer_string(writer, rule_name(rule));
        WRITER_PUT(writer, "\":");
        writer_number(writer, sweep->judged[rule]);
    }
    WRITER_PUT(writer, "},\"not_judged\":[");
    for (enum rule rule = 0; rule < RULES_COUNT && sweep->runs; rule++) {
        if (sweep->judged[rule])
            continue;
        writer_string(writer, comma);
        WRITER_PUT(writer, "{\"rule\":\"");
        writer_string(writer, rule_name(rule));
        WRITER_PUT(writer, "\"");
        WRITER_MEMBER_NAME(writer, "why", SUMMARY_NOT_KEPT);
        WRITER_PUT(writer, "}");
        comma = ",";
    }
    WRITER_PUT(writer, "]");
}

/* As a string: it may be larger than what readers of JSON take for a number. */
static void put_large(struct writer *writer, unsigned __int128 value)
{
    char digits[40];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + (unsigned)(value % 10));
    while (value /= 10);
    writer_json(writer, digits + at, sizeof digits - at);
}

static void put_decimal(struct writer *writer, int64_t thousandths)
{
    char text[40];
    snprintf(text, sizeof text, "%s%" PRIu64 ".%03u", thousandths < 0 ? "-" : "",
             (uint64_t)(thousandths < 0 ? -thousandths : thousandths) / 1000,
             (unsigned)((thousandths < 0 ? -thousandths : thousandths) % 1000));
    writer_string(writer, text);
}

static void put_sample(struct writer *writer, const struct sample *sample)
{
    WRITER_PUT(writer, "{\"runs\":");
    writer_number(writer, sample->count);
    WRITER_KEY(writer, "mean");
    put_decimal(writer, sample_mean(sample, 1000));
    WRITER_KEY(writer, "interval");
    if (sample_has_interval(sample))
        put_decimal(writer, sample_interval(sample, 1000));
    else
        WRITER_PUT(writer, "null");
    WRITER_MEMBER_SIGNED(writer, "least", sample->least);
    WRITER_MEMBER_SIGNED(writer, "most", sample->most);
    WRITER_MEMBER_NUMBER(writer, "most_seed", sample->most_seed);
    WRITER_KEY(writer, "sum");
    put_large(writer, (unsigned __int128)sample->sum);
    WRITER_KEY(writer, "squares");
    put_large(writer, sample->squares);
    WRITER_PUT(writer, "}");
}

void sweep_put_numbers(struct writer *writer, const struct sweep *sweep)
{
    WRITER_PUT(writer, "\"runs\":");
    writer_number(writer, sweep->runs);
    WRITER_MEMBER_NUMBER(writer, "passed", sweep->runs - sweep->failed - sweep->idle);
    WRITER_MEMBER_NUMBER(writer, "failed", sweep->failed);
    WRITER_MEMBER_NUMBER(writer, "idle", sweep->idle);
    if (sweep->idle) {
        WRITER_MEMBER_NUMBER(writer, "first_idle", sweep->first_idle);
        WRITER_KEY(writer, "idle_why");
        put_string(writer, sweep->idle_reason);
    }
    WRITER_PUT(writer, ",\"numbers\":{");
    for (enum number_id i = 0; i < NUMBERS_COUNT; i++) {
        writer_string(writer, i ? ",\"" : "\"");
        writer_string(writer, numbers_table[i].key);
        WRITER_PUT(writer, "\":");
        put_sample(writer, &sweep->numbers[i]);
    }
    WRITER_PUT(writer, "}");
    WRITER_MEMBER_NUMBER(writer, "events", sweep->events);
    WRITER_MEMBER_NAME(writer, "hash", sweep_hash(sweep).hex);
}

void sweep_json(FILE *out, const struct sweep *sweep, const struct repeater *repeater)
{
    struct conclusion conclusion = sweep_conclude(sweep);
    struct writer writer;
    writer_init(&writer, out);
    WRITER_PUT(&writer, "{\"verdict\":\"");
    writer_string(&writer, conclusion_name(conclusion.kind));
    WRITER_PUT(&writer, "\",\"reason\":");
    put_string(&writer, conclusion.reason);
    WRITER_KEY(&writer, "scenario");
    put_string(&writer, sweep->plan->file);
    WRITER_MEMBER_NUMBER(&writer, "nodes", sweep->plan->settings.nodes);
    WRITER_MEMBER_NUMBER(&writer, "first_seed", sweep->first);
    WRITER_MEMBER_NUMBER(&writer, "last_seed", sweep->last);
    WRITER_MEMBER_NAME(&writer, "plan", sweep->plan_hash);
    put_breaches(&writer, sweep, repeater);
    put_expectations(&writer, sweep);
    put_faults(&writer, sweep);
    put_judged(&writer, sweep);
    WRITER_PUT(&writer, ",");
    sweep_put_numbers(&writer, sweep);
    WRITER_MEMBER_NUMBER(&writer, "jobs", sweep->jobs);
    WRITER_KEY(&writer, "wall_s");
    put_decimal(&writer, sweep->wall_ns / NS_PER_MS);
    WRITER_PUT(&writer, "}\n");
    writer_flush(&writer);
}
