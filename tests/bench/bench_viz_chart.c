/* Draws what the benchmarks measured as dpsim draws a comparison.
 *
 *     bench_viz_chart FILE TITLE ASIDE NUMBER... <ROWS
 *
 * A line of ROWS is a row's name and a value for each NUMBER, with tabs between. */
#include "cli/show.h"
#include "viz/draw/chart.h"
#include "viz/render/png.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS    16u
#define MOST_NUMBERS 4u

static char names[MOST_ROWS][64];
static const char *rows[MOST_ROWS];
static struct chart_value values[MOST_NUMBERS][MOST_ROWS];
static struct chart_number numbers[MOST_NUMBERS];

static void read_row(struct chart *chart, char *line)
{
    uint32_t row = chart->rows_count++;
    must(row < MOST_ROWS);
    snprintf(names[row], sizeof names[row], "%s", strtok(line, "\t"));
    rows[row] = names[row];
    for (uint32_t i = 0; i < chart->numbers_count; i++) {
        const char *field = strtok(NULL, "\t\n");
        must(field);
        values[i][row] = (struct chart_value){.mean = strtoll(field, NULL, 10), .known = true};
        snprintf(values[i][row].text, CHART_TEXT_SIZE, "%" PRId64, values[i][row].mean);
    }
}

/* From 0, so that a dot that is twice as far to the right is twice as much. */
static void set_scale(struct chart_number *number, uint32_t count)
{
    chart_set_scale(number, count);
    number->low_mean = 0;
    snprintf(number->low, sizeof number->low, "0");
    snprintf(number->high, sizeof number->high, "%" PRId64, number->high_mean);
}

int main(int argc, char **argv)
{
    struct failure failure = {0};
    char line[256];
    must(argc > 4 && argc - 4 <= (int)MOST_NUMBERS);
    struct chart chart = {.title = argv[2],
                          .aside = argv[3],
                          .rows = rows,
                          .numbers = numbers,
                          .numbers_count = (uint32_t)argc - 4};
    while (fgets(line, sizeof line, stdin))
        read_row(&chart, line);
    for (uint32_t i = 0; i < chart.numbers_count; i++) {
        numbers[i] = (struct chart_number){
            .name = argv[i + 4], .better = "less is better", .values = values[i]};
        set_scale(&numbers[i], chart.rows_count);
    }
    if (show_load(&failure) || png_write_chart(&chart, argv[1], &failure)) {
        fprintf(stderr, "%s\n", failure.text);
        return 1;
    }
    return 0;
}
