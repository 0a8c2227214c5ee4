/* A comparison as a picture; show_absent.c stands for it where dpsim is built without SDL. */
#include "base/memory.h"
#include "base/string_builder.h"
#include "cli/show.h"
#include "viz/draw/chart.h"
#include "viz/render/png.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void set_value(struct chart_value *value, const struct comparison *comparison,
                      size_t variant, enum number_id number)
{
    const struct sample *sample = &comparison->variants[variant].sweep.numbers[number];
    *value = (struct chart_value){.mean = sample_mean(sample, 1000),
                                  .interval = sample_interval(sample, 1000),
                                  .known = sample->count > 0,
                                  .best = comparison_is_best(comparison, variant, number)};
    snprintf(value->text, sizeof value->text, "%s",
             shown_number(numbers_table[number].unit, value->mean).text);
}

static void set_number(struct chart_number *to, const struct comparison *comparison, uint32_t rows,
                       enum number_id number)
{
    const struct number_row *row = &numbers_table[number];
    to->name = row->text;
    to->better = row->best == BEST_MOST    ? "more is better"
                 : row->best == BEST_LEAST ? "less is better"
                                           : "";
    for (uint32_t i = 0; i < rows; i++)
        set_value(&to->values[i], comparison, i, number);
    chart_set_scale(to, rows);
    snprintf(to->low, sizeof to->low, "%s", shown_number(row->unit, to->low_mean).text);
    snprintf(to->high, sizeof to->high, "%s", shown_number(row->unit, to->high_mean).text);
}

/* "route ring, fallback none" */
static char *name_of(const struct comparison *comparison, const struct variant *variant)
{
    struct string_builder name = {0};
    for (size_t key = 0; key < comparison->keys_count; key++)
        string_builder_print(&name, "%s%s %s", key ? ", " : "", comparison->keys[key],
                             variant->values[key]);
    return string_builder_take(&name);
}

static bool make_chart(struct chart *chart, const struct comparison *comparison)
{
    uint32_t rows = 0;
    while (rows < comparison->variants_count && comparison->variants[rows].is_swept)
        rows++;
    chart->rows = memory_zeroed((rows + 1) * sizeof *chart->rows);
    chart->numbers = memory_zeroed(COMPARISON_SHOWN * sizeof *chart->numbers);
    if (!chart->rows || !chart->numbers)
        return false;
    for (uint32_t i = 0; i < rows; i++, chart->rows_count++)
        if (!(chart->rows[i] = name_of(comparison, &comparison->variants[i])))
            return false;
    for (uint32_t i = 0; i < COMPARISON_SHOWN; i++) {
        struct chart_number *number = &chart->numbers[chart->numbers_count++];
        number->values = memory_zeroed((rows + 1) * sizeof *number->values);
        if (!number->values)
            return false;
        set_number(number, comparison, rows, comparison_shown[i]);
    }
    return true;
}

static void close_chart(struct chart *chart)
{
    for (uint32_t i = 0; i < chart->rows_count; i++)
        memory_free((char *)chart->rows[i]);
    for (uint32_t i = 0; i < chart->numbers_count; i++)
        memory_free(chart->numbers[i].values);
    memory_free(chart->rows);
    memory_free(chart->numbers);
}

enum error show_comparison(const struct comparison *comparison, const char *file,
                           struct failure *failure)
{
    char aside[200];
    struct chart chart = {.title = comparison->scenario, .aside = aside};
    enum error error = show_load(failure);
    snprintf(aside, sizeof aside,
             "seeds %" PRIu64 "..%" PRIu64 ": means of a run, with their 95 %% intervals; * the "
             "best, and what can't be told from it",
             comparison->first, comparison->last);
    if (!error)
        error = make_chart(&chart, comparison) ? png_write_chart(&chart, file, failure)
                                               : failure_memory(failure);
    close_chart(&chart);
    return error;
}
