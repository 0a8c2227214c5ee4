/* A chart of a comparison: for each number a panel, in it for each row the mean as a dot and its
 * interval as a bar, on the panel's own scale. The best are green and have a star before their
 * value, as in the table. */
#ifndef VIZ_DRAW_CHART_H
#define VIZ_DRAW_CHART_H

#include "viz/draw/font_metrics.h"
#include "viz/draw/shape.h"

#define CHART_TEXT_SIZE 32u

struct chart_value {
    int64_t mean;
    int64_t interval; /* half of it; 0: none is known */
    bool known;
    bool best;
    char text[CHART_TEXT_SIZE]; /* of the mean */
};

struct chart_number {
    const char *name;
    const char *better;         /* "less is better" */
    struct chart_value *values; /* a row each */
    char low[CHART_TEXT_SIZE];  /* the ends of its scale, … */
    char high[CHART_TEXT_SIZE];
    int64_t low_mean; /* … which it reaches to */
    int64_t high_mean;
};

struct chart {
    const char *title;
    const char *aside;
    const char **rows; /* their names */
    uint32_t rows_count;
    struct chart_number *numbers;
    uint32_t numbers_count;
};

#define CHART_ROWS_MAX 250u /* what is beyond has a line that counts it */

/* Sets the ends of the number's scale: so that every interval is within. */
void chart_set_scale(struct chart_number *number, uint32_t rows);

int32_t chart_height(const struct chart *chart);

/* In shapes, of this size. */
void chart_draw(const struct chart *chart, int32_t width, int32_t height,
                const struct font_metrics *metrics, struct shapes *out);

#endif
