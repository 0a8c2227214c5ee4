/* The upper bar: the clock, the speed, running totals; and the lower one: what a person can do
 * next. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

static const char *state_words(const struct viewport *viewport)
{
    return viewport->playing ? "running" : viewport->over ? "over" : "paused";
}

static int32_t draw_clock(const struct layout *layout)
{
    const struct viewport *viewport = layout->viewport;
    char text[64];
    int32_t x = px(layout, 20);
    int32_t width = pen_text(layout, FACE_LARGE, ROLE_TEXT, x, px(layout, 9),
                             format_time(viewport->playhead_ns, NS_PER_MS).text);
    if (!viewport->live)
        snprintf(text, sizeof text, "virtual time at the end");
    else if (viewport->unlimited)
        snprintf(text, sizeof text, "%s \xc2\xb7 as fast as it goes", state_words(viewport));
    else
        snprintf(text, sizeof text, "%s \xc2\xb7 speed %s", state_words(viewport),
                 format_speed(viewport->speed).text);
    int32_t under = pen_text(layout, FACE_SMALL, ROLE_SOFT, x, px(layout, 40), text);
    return x + (width > under ? width : under);
}

/* From 1/100 to 1000 in even steps of magnitude, then as fast as it goes: of 0..100. */
static int32_t slider_of(int64_t speed, bool unlimited)
{
    if (unlimited)
        return 100;
    int64_t at = SPEED_MIN;
    int32_t place = 0;
    while (place < 90 && at < speed) {
        /* 10^(1/18), to six digits: 18 steps a decade, five decades */
        at = at * 1136464 / 1000000;
        place++;
    }
    return place;
}

struct box draw_slider_box(const struct layout *layout)
{
    int32_t x = px(layout, 232);
    int32_t y = px(layout, 30);
    return (struct box){x, y, x + px(layout, 150), y + px(layout, 4)};
}

static int32_t draw_slider(const struct layout *layout)
{
    struct box box = draw_slider_box(layout);
    int32_t place = slider_of(layout->viewport->speed, layout->viewport->unlimited);
    int32_t x = box.x0 + (box.x1 - box.x0) * place / 100;
    int32_t middle = (box.y0 + box.y1) / 2;
    static const struct {
        int32_t place;
        const char *text;
    } labels[] = {{0, "1/100"}, {36, "1x"}, {90, "1000x"}};
    pen_rect(layout, ROLE_RULE, box.x0, box.y0, box.x1, box.y1)->size = (uint8_t)px(layout, 2);
    pen_rect(layout, ROLE_WORKER_EDGE, box.x0, box.y0, x, box.y1)->size = (uint8_t)px(layout, 2);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        int32_t at = box.x0 + (box.x1 - box.x0) * labels[i].place / 100;
        int32_t half = pen_text_width(layout, FACE_SMALL, labels[i].text) / 2;
        pen_text(layout, FACE_SMALL, ROLE_FAINT, at - half, px(layout, 40), labels[i].text);
    }
    pen_text(layout, FACE_SMALL, ROLE_FAINT, box.x0, px(layout, 10), "speed");
    shapes_add(layout->out, SHAPE_DOT, ROLE_WORKER_EDGE, x, middle, x, middle)->size =
        (uint8_t)px(layout, 6);
    return box.x1 + px(layout, 24);
}

struct tile {
    const char *label;
    enum role role;
    struct number_text number;
};

static void draw_tiles(const struct layout *layout, int32_t left)
{
    const struct viewport *viewport = layout->viewport;
    struct picture_counts counts = picture_counts(layout->model, viewport->playhead_ns);
    uint64_t failed = counts.of[HISTORY_FAILED];
    uint64_t duplicates =
        picture_marks(layout->model, MARK_DUPLICATE, INT64_MIN + 1, viewport->playhead_ns + 1);
    struct tile tiles[] = {
        {.label = "seed", .role = ROLE_SOFT},
        {"duplicates", duplicates ? ROLE_DUPLICATE : ROLE_TEXT, format_count(duplicates)},
        {"live workers", ROLE_TEXT, format_count(picture_live(counts.of))},
        {"errors", failed ? ROLE_BROKEN : ROLE_TEXT, format_count(failed)},
        {"ok", ROLE_TEXT, format_count(counts.of[HISTORY_ANSWERED])},
        {"requests", ROLE_TEXT, format_count(counts.of[HISTORY_REQUEST])},
    };
    snprintf(tiles[0].number.text, sizeof tiles[0].number.text, "%" PRIu64, viewport->seed);
    int32_t x = viewport->width - px(layout, 20);
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        int32_t label = pen_text_width(layout, FACE_SMALL, tiles[i].label);
        int32_t number = pen_text_width(layout, FACE_STRONG, tiles[i].number.text);
        int32_t width = label > number ? label : number;
        x -= width;
        if (x < left)
            return;
        pen_text_right(layout, FACE_STRONG, tiles[i].role, x + width, px(layout, 15),
                       tiles[i].number.text);
        pen_text_right(layout, FACE_SMALL, ROLE_SOFT, x + width, px(layout, 36), tiles[i].label);
        x -= px(layout, 28);
    }
}

void draw_header(const struct layout *layout)
{
    const struct viewport *viewport = layout->viewport;
    pen_rect(layout, ROLE_PANEL, 0, 0, viewport->width, layout->header.y1);
    pen_rect(layout, ROLE_RULE, 0, layout->header.y1 - px(layout, 1), viewport->width,
             layout->header.y1);
    int32_t left = draw_clock(layout) + px(layout, 28);
    if (viewport->live && viewport->width >= px(layout, 640))
        left = draw_slider(layout);
    else if (viewport->title)
        left += px(layout, 20) + pen_text_fit(layout, FACE_NORMAL, ROLE_SOFT, left, px(layout, 15),
                                              viewport->width / 4, viewport->title);
    draw_tiles(layout, left);
    pen_rect(layout, ROLE_BACKGROUND, 0, layout->axis.y0, layout->gutter.x1, layout->axis.y1);
    char text[64];
    snprintf(text, sizeof text, "%" PRIu32 " node%s", layout->slots, layout->slots == 1 ? "" : "s");
    pen_text(layout, FACE_SMALL, ROLE_FAINT, px(layout, 20), layout->axis.y0 + px(layout, 35),
             text);
    pen_rect(layout, ROLE_RULE, 0, layout->axis.y1 - px(layout, 1), layout->gutter.x1,
             layout->axis.y1);
}

static void draw_filter_sign(const struct layout *layout, int32_t *x, int32_t y, int32_t height)
{
    const struct viewport *viewport = layout->viewport;
    char text[FORMAT_MAX];
    if (!viewport->filter[0])
        return;
    snprintf(text, sizeof text, "filter: %s%s \xc2\xb7 Esc clears", viewport->filter,
             viewport->filtered.cut ? " (more than can be shown: zoom in)" : "");
    int32_t width = pen_text_width(layout, FACE_SMALL, text) + px(layout, 16);
    pen_rect(layout, ROLE_ACCENT, *x, y + px(layout, 4), *x + width, y + height - px(layout, 4))
        ->size = (uint8_t)px(layout, 4);
    pen_text(layout, FACE_SMALL, ROLE_WORKER_TEXT, *x + px(layout, 8),
             pen_text_y(layout, FACE_SMALL, y, height), text);
    *x += width + px(layout, 14);
}

static const char *follow_words(const struct viewport *viewport)
{
    return viewport->follow == FOLLOW_RUN   ? "following the run"
           : viewport->follow == FOLLOW_ALL ? "the whole run"
                                            : "";
}

void draw_status(const struct layout *layout)
{
    const struct viewport *viewport = layout->viewport;
    const struct box *box = &layout->status;
    if (!viewport->live) {
        pen_rect(layout, ROLE_BACKGROUND, 0, box->y0, viewport->width, box->y1);
        return;
    }
    int32_t x = px(layout, 20);
    int32_t height = box->y1 - box->y0;
    int32_t y = pen_text_y(layout, FACE_SMALL, box->y0, height);
    pen_rect(layout, ROLE_PANEL, 0, box->y0, viewport->width, box->y1);
    pen_rect(layout, ROLE_RULE, 0, box->y0, viewport->width, box->y0 + px(layout, 1));
    draw_filter_sign(layout, &x, box->y0, height);
    if (viewport->notice)
        x += pen_text(layout, FACE_SMALL, ROLE_TEXT, x, y, viewport->notice) + px(layout, 14);
    else
        pen_text_fit(layout, FACE_SMALL, ROLE_FAINT, x, y, viewport->width / 2,
                     "? keys   Space play   / filter   F fit   End follow   right click acts");
    char text[FORMAT_MAX];
    const char *follow = follow_words(viewport);
    snprintf(text, sizeof text, "%s%s%s in view", follow, follow[0] ? " \xc2\xb7 " : "",
             duration_rounded(viewport->t1_ns - viewport->t0_ns).text);
    pen_text_right(layout, FACE_SMALL, ROLE_SOFT, viewport->width - px(layout, 20), y, text);
}
