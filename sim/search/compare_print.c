#include "base/duration.h"
#include "search/compare.h"
#include "search/sweep_print.h"
#include "search/table.h"
#include "trace/writer.h"

#include <inttypes.h>

const enum number_id comparison_shown[] = {
    NUMBER_OK,          NUMBER_ERRORS,      NUMBER_DUPLICATES, NUMBER_DUPLICATE_TIME,
    NUMBER_LATENCY_P50, NUMBER_LATENCY_P99, NUMBER_LOADS,      NUMBER_MESSAGES};

/* ---- for people ---------------------------------------------------------------------------- */

static void add_heads(struct table *table, const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->keys_count; i++)
        table_add(table, "%s", comparison->keys[i]);
    table_add(table, "passed");
    for (size_t i = 0; i < COMPARISON_SHOWN; i++) {
        table_add(table, "%s", numbers_table[comparison_shown[i]].text);
        table_add(table, "95 %%");
    }
}

static void add_number(struct table *table, const struct comparison *comparison, size_t variant,
                       enum number_id number)
{
    const struct sample *sample = &comparison->variants[variant].sweep.numbers[number];
    enum number_unit unit = numbers_table[number].unit;
    if (!sample->count) {
        table_add(table, "-");
        table_add(table, "%s", "");
        return;
    }
    table_add(table, "%s%s", comparison_is_best(comparison, variant, number) ? "*" : "",
              shown_number(unit, sample_mean(sample, 1000)).text);
    if (sample_has_interval(sample))
        table_add(table, "±%s", shown_number(unit, sample_interval(sample, 1000)).text);
    else
        table_add(table, "-");
}

static void add_variant(struct table *table, const struct comparison *comparison, size_t i)
{
    const struct variant *variant = &comparison->variants[i];
    const struct sweep *sweep = &variant->sweep;
    for (size_t key = 0; key < comparison->keys_count; key++)
        table_add(table, "%s", variant->values[key]);
    table_add(table, "%" PRIu64 "/%" PRIu64, sweep->runs - sweep->failed - sweep->idle,
              sweep->runs);
    for (size_t number = 0; number < COMPARISON_SHOWN; number++)
        add_number(table, comparison, i, comparison_shown[number]);
}

static int64_t wall_ns(const struct comparison *comparison, uint64_t *runs)
{
    int64_t sum_ns = 0;
    *runs = 0;
    for (size_t i = 0; i < comparison->variants_count; i++) {
        const struct variant *variant = &comparison->variants[i];
        sum_ns += variant->is_swept ? variant->sweep.wall_ns : 0;
        *runs += variant->is_swept ? variant->sweep.runs : 0;
    }
    return sum_ns;
}

/* Of the variants that did not pass. False: there are none. */
static bool print_reasons(FILE *out, const struct comparison *comparison)
{
    bool any = false;
    for (size_t i = 0; i < comparison->variants_count; i++) {
        const struct variant *variant = &comparison->variants[i];
        if (!variant->is_swept)
            continue;
        struct conclusion conclusion = sweep_conclude(&variant->sweep);
        if (conclusion.kind == CONCLUDED_PASS)
            continue;
        fprintf(out, "%s:", conclusion_name(conclusion.kind));
        for (size_t key = 0; key < comparison->keys_count; key++)
            fprintf(out, " %s %s", comparison->keys[key], variant->values[key]);
        fprintf(out, ": %s\n", conclusion.reason);
        any = true;
    }
    return any;
}

void comparison_print_broken(FILE *out, const struct comparison *comparison)
{
    if (!print_reasons(out, comparison))
        fprintf(out, "%s\n", conclusion_name(CONCLUDED_PASS));
}

void comparison_print(FILE *out, const struct comparison *comparison, size_t columns)
{
    struct table table = {.columns = comparison->keys_count + 1 + 2 * COMPARISON_SHOWN};
    uint64_t runs;
    int64_t spent_ns = wall_ns(comparison, &runs);
    fprintf(out,
            "%s, seeds %" PRIu64 "..%" PRIu64
            ": means of a run, and half of their 95 %% intervals; "
            "* the best, and what can't be told from it\n",
            comparison->scenario, comparison->first, comparison->last);
    add_heads(&table, comparison);
    for (size_t i = 0; i < comparison->variants_count; i++)
        if (comparison->variants[i].is_swept)
            add_variant(&table, comparison, i);
    table_print_parts(&table, out, comparison->keys_count, comparison->keys_count + 1, columns);
    table_close(&table);
    fprintf(out, "%" PRIu64 " runs in %s\n", runs, duration_short(spent_ns).text);
    comparison_print_broken(out, comparison);
}

/* ---- for programs -------------------------------------------------------------------------- */

/* A text in quotes, which are doubled within. */
static void put_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void put_thousandths(FILE *out, int64_t value)
{
    uint64_t size = (uint64_t)(value < 0 ? -value : value);
    fprintf(out, "%s%" PRIu64 ".%03u", value < 0 ? "-" : "", size / 1000, (unsigned)(size % 1000));
}

static void put_csv_row(FILE *out, const struct comparison *comparison,
                        const struct variant *variant)
{
    const struct sweep *sweep = &variant->sweep;
    for (size_t key = 0; key < comparison->keys_count; key++) {
        put_quoted(out, variant->values[key]);
        fputc(',', out);
    }
    fprintf(out, "%s,%" PRIu64 ",%" PRIu64, conclusion_name(sweep_conclude(sweep).kind),
            sweep->runs, sweep->failed);
    for (enum number_id number = 0; number < NUMBERS_COUNT; number++) {
        const struct sample *sample = &sweep->numbers[number];
        fputc(',', out);
        if (sample->count)
            put_thousandths(out, sample_mean(sample, 1000));
        fputc(',', out);
        if (sample_has_interval(sample))
            put_thousandths(out, sample_interval(sample, 1000));
    }
    fputs("\r\n", out);
}

void comparison_csv(FILE *out, const struct comparison *comparison)
{
    for (size_t key = 0; key < comparison->keys_count; key++) {
        put_quoted(out, comparison->keys[key]);
        fputc(',', out);
    }
    fputs("verdict,runs,failed", out);
    for (enum number_id number = 0; number < NUMBERS_COUNT; number++)
        fprintf(out, ",%s,%s_interval", numbers_table[number].key, numbers_table[number].key);
    fputs("\r\n", out);
    for (size_t i = 0; i < comparison->variants_count; i++)
        if (comparison->variants[i].is_swept)
            put_csv_row(out, comparison, &comparison->variants[i]);
}

static void put_variant(struct writer *writer, const struct comparison *comparison, size_t i)
{
    const struct variant *variant = &comparison->variants[i];
    struct conclusion conclusion = sweep_conclude(&variant->sweep);
    WRITER_PUT(writer, "{\"settings\":{");
    for (size_t key = 0; key < comparison->keys_count; key++) {
        writer_string(writer, key ? "," : "");
        writer_json(writer, comparison->keys[key], strlen(comparison->keys[key]));
        WRITER_PUT(writer, ":");
        writer_json(writer, variant->values[key], strlen(variant->values[key]));
    }
    WRITER_PUT(writer, "}");
    WRITER_MEMBER_NAME(writer, "verdict", conclusion_name(conclusion.kind));
    WRITER_KEY(writer, "reason");
    writer_json(writer, conclusion.reason, strlen(conclusion.reason));
    WRITER_KEY(writer, "best");
    const char *comma = "[";
    for (enum number_id number = 0; number < NUMBERS_COUNT; number++) {
        if (!comparison_is_best(comparison, i, number))
            continue;
        writer_string(writer, comma);
        writer_json(writer, numbers_table[number].key, strlen(numbers_table[number].key));
        comma = ",";
    }
    writer_string(writer, *comma == '[' ? "[]," : "],");
    sweep_put_numbers(writer, &variant->sweep);
    WRITER_PUT(writer, "}");
}

void comparison_json(FILE *out, const struct comparison *comparison)
{
    struct writer writer;
    const char *comma = "";
    writer_init(&writer, out);
    WRITER_PUT(&writer, "{\"scenario\":");
    writer_json(&writer, comparison->scenario, strlen(comparison->scenario));
    WRITER_MEMBER_NUMBER(&writer, "first_seed", comparison->first);
    WRITER_MEMBER_NUMBER(&writer, "last_seed", comparison->last);
    WRITER_PUT(&writer, ",\"variants\":[");
    for (size_t i = 0; i < comparison->variants_count; i++) {
        if (!comparison->variants[i].is_swept)
            continue;
        writer_string(&writer, comma);
        put_variant(&writer, comparison, i);
        comma = ",";
    }
    WRITER_PUT(&writer, "]}\n");
    writer_flush(&writer);
}
