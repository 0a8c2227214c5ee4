#include "viz/draw/chart.h"

#include "base/number.h"
#include "viz/draw/pen.h"

#include <stdio.h>

#define MARGIN      28
#define HEAD        84 /* title and aside */
#define ACROSS      4  /* panels beside each other */
#define NAMES_MOST  420
#define PANEL_HEAD  50
#define PANEL_FOOT  30
#define ROW         26
#define BAND_GAP    22
#define GAP         34
#define VALUE_WIDTH 84
#define DOT         4
#define DOT_BEST    5

static uint32_t rows_shown(const struct chart *chart)
{
    return min_u32(chart->rows_count, CHART_ROWS_MAX);
}

static int32_t bands(const struct chart *chart)
{
    return (int32_t)(chart->numbers_count + ACROSS - 1) / ACROSS;
}

static int32_t band_height(const struct chart *chart)
{
    bool has_rest = chart->rows_count > CHART_ROWS_MAX;
    return PANEL_HEAD + (int32_t)(rows_shown(chart) + has_rest) * ROW + PANEL_FOOT;
}

int32_t chart_height(const struct chart *chart)
{
    return HEAD + bands(chart) * (band_height(chart) + BAND_GAP) + MARGIN / 2;
}

void chart_set_scale(struct chart_number *number, uint32_t rows)
{
    bool any = false;
    for (uint32_t row = 0; row < rows; row++) {
        const struct chart_value *value = &number->values[row];
        if (!value->known)
            continue;
        int64_t low = value->mean - value->interval, high = value->mean + value->interval;
        number->low_mean = any ? min_i64(number->low_mean, low) : low;
        number->high_mean = any ? max_i64(number->high_mean, high) : high;
        any = true;
    }
}

/* ---- a panel ------------------------------------------------------------------------------- */

/* What a panel is drawn by. */
struct chart_panel {
    const struct layout *layout;
    const struct chart_number *number;
    struct box plot; /* of the dots */
    int32_t right;   /* where values end */
};

/* All alike stand in the middle. */
static int32_t x_of(const struct chart_panel *panel, int64_t mean)
{
    int64_t span = panel->number->high_mean - panel->number->low_mean;
    int32_t width = panel->plot.x1 - panel->plot.x0;
    if (span <= 0)
        return panel->plot.x0 + width / 2;
    return panel->plot.x0 + (int32_t)((__int128)(mean - panel->number->low_mean) * width / span);
}

static void draw_value(const struct chart_panel *panel, const struct chart_value *value, int32_t y)
{
    const struct layout *layout = panel->layout;
    char text[CHART_TEXT_SIZE + 4];
    enum role role = value->best ? ROLE_UP : ROLE_WORKER_EDGE;
    int32_t middle = y + ROW / 2, x = x_of(panel, value->mean);
    if (!value->known) {
        pen_text_right(layout, FACE_NORMAL, ROLE_FAINT, panel->right,
                       pen_text_y(layout, FACE_NORMAL, y, ROW), "-");
        return;
    }
    if (value->interval) {
        int32_t x0 = x_of(panel, value->mean - value->interval);
        int32_t x1 = x_of(panel, value->mean + value->interval) + 1;
        pen_rect(layout, role, x0, middle - 1, x1, middle + 1);
        pen_rect(layout, role, x0, middle - 5, x0 + 1, middle + 5);
        pen_rect(layout, role, x1 - 1, middle - 5, x1, middle + 5);
    }
    shapes_add(layout->out, SHAPE_DOT, role, x, middle, x, middle)->size =
        value->best ? DOT_BEST : DOT;
    snprintf(text, sizeof text, "%s%s", value->best ? "* " : "", value->text);
    enum face face = value->best ? FACE_STRONG : FACE_NORMAL;
    pen_text_right(layout, face, value->best ? ROLE_UP : ROLE_TEXT, panel->right,
                   pen_text_y(layout, face, y, ROW), text);
}

static void draw_panel_of(const struct chart_panel *panel, const struct chart *chart, int32_t y)
{
    const struct layout *layout = panel->layout;
    const struct box plot = panel->plot;
    pen_text(layout, FACE_STRONG, ROLE_TEXT, plot.x0, y, panel->number->name);
    pen_text(layout, FACE_SMALL, ROLE_SOFT, plot.x0, y + 22, panel->number->better);
    pen_rect(layout, ROLE_RULE, plot.x0, plot.y0, plot.x0 + 1, plot.y1);
    pen_rect(layout, ROLE_RULE, plot.x1, plot.y0, plot.x1 + 1, plot.y1);
    pen_rect(layout, ROLE_RULE, plot.x0, plot.y1, plot.x1 + 1, plot.y1 + 1);
    pen_text(layout, FACE_SMALL, ROLE_SOFT, plot.x0, plot.y1 + 4, panel->number->low);
    pen_text_right(layout, FACE_SMALL, ROLE_SOFT, plot.x1, plot.y1 + 4, panel->number->high);
    for (uint32_t row = 0; row < rows_shown(chart); row++)
        draw_value(panel, &panel->number->values[row], plot.y0 + (int32_t)row * ROW);
}

/* ---- the chart ----------------------------------------------------------------------------- */

static int32_t names_width(const struct layout *layout, const struct chart *chart)
{
    int32_t width = 0;
    for (uint32_t row = 0; row < rows_shown(chart); row++)
        width = max_i32(width, pen_text_width(layout, FACE_NORMAL, chart->rows[row]));
    return min_i32(width, NAMES_MOST);
}

static void draw_names(const struct layout *layout, const struct chart *chart, int32_t width,
                       struct box band)
{
    char text[64];
    for (uint32_t row = 0; row < rows_shown(chart); row++) {
        int32_t y = band.y0 + (int32_t)row * ROW;
        if (row % 2 == 0)
            pen_rect(layout, ROLE_LANE, MARGIN / 2, y, band.x1, y + ROW);
        pen_text_fit(layout, FACE_NORMAL, ROLE_TEXT, MARGIN,
                     pen_text_y(layout, FACE_NORMAL, y, ROW), width, chart->rows[row]);
    }
    if (chart->rows_count <= CHART_ROWS_MAX)
        return;
    snprintf(text, sizeof text, "and %u rows more", chart->rows_count - CHART_ROWS_MAX);
    pen_text(layout, FACE_NORMAL, ROLE_SOFT, MARGIN,
             pen_text_y(layout, FACE_NORMAL, band.y1 - ROW, ROW), text);
}

static void draw_band(const struct layout *layout, const struct chart *chart, int32_t width,
                      int32_t band)
{
    int32_t names = names_width(layout, chart), left = MARGIN + names + GAP;
    int32_t pitch = (width - MARGIN - left + GAP) / ACROSS;
    int32_t y = HEAD + band * (band_height(chart) + BAND_GAP);
    int32_t bottom = y + band_height(chart) - PANEL_FOOT;
    draw_names(layout, chart, names,
               (struct box){left, y + PANEL_HEAD, width - MARGIN / 2, bottom});
    for (int32_t i = 0; i < ACROSS; i++) {
        uint32_t number = (uint32_t)(band * ACROSS + i);
        int32_t x = left + i * pitch, right = x + pitch - GAP;
        if (number >= chart->numbers_count)
            return;
        struct chart_panel panel = {.layout = layout,
                                    .number = &chart->numbers[number],
                                    .plot = {x, y + PANEL_HEAD, right - VALUE_WIDTH, bottom},
                                    .right = right};
        draw_panel_of(&panel, chart, y);
    }
}

void chart_draw(const struct chart *chart, int32_t width, int32_t height,
                const struct font_metrics *metrics, struct shapes *out)
{
    struct viewport viewport = {.width = width, .height = height, .scale = 100};
    struct layout layout = {.viewport = &viewport, .metrics = metrics, .out = out};
    shapes_clear(out);
    pen_clip(&layout, (struct box){0, 0, width, height});
    pen_rect(&layout, ROLE_BACKGROUND, 0, 0, width, height);
    pen_text_fit(&layout, FACE_LARGE, ROLE_TEXT, MARGIN, 18, width - 2 * MARGIN, chart->title);
    pen_text_fit(&layout, FACE_NORMAL, ROLE_SOFT, MARGIN, 48, width - 2 * MARGIN, chart->aside);
    for (int32_t band = 0; band < bands(chart); band++)
        draw_band(&layout, chart, width, band);
}
