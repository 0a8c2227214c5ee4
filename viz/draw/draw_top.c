/* The upper bar: the clock, the speed, running totals; and the lower one: what a person can do
 * next. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

static const char *state_words(const struct look *look)
{
    return look->playing ? "running" : look->over ? "over" : "paused";
}

static int32_t draw_clock(const struct frame *frame)
{
    const struct look *look = frame->look;
    char text[64];
    int32_t x = px(frame, 20);
    format_time(text, sizeof text, look->playhead_ns, NS_PER_MS);
    int32_t width = frame_text(frame, FACE_LARGE, ROLE_TEXT, x, px(frame, 9), text);
    if (!look->live)
        snprintf(text, sizeof text, "virtual time at the end");
    else if (look->unbridled)
        snprintf(text, sizeof text, "%s \xc2\xb7 as fast as it goes", state_words(look));
    else {
        char speed[32];
        format_speed(speed, sizeof speed, look->speed);
        snprintf(text, sizeof text, "%s \xc2\xb7 speed %s", state_words(look), speed);
    }
    int32_t under = frame_text(frame, FACE_SMALL, ROLE_SOFT, x, px(frame, 40), text);
    return x + (width > under ? width : under);
}

/* From 1/100 to 1000 in even steps of magnitude, then as fast as it goes: of 0..100. */
int32_t draw_slider_of(int64_t speed, bool unbridled)
{
    if (unbridled)
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

struct box draw_slider_box(const struct frame *frame)
{
    int32_t x = px(frame, 232);
    int32_t y = px(frame, 30);
    return (struct box){x, y, x + px(frame, 150), y + px(frame, 4)};
}

static int32_t draw_slider(const struct frame *frame)
{
    struct box box = draw_slider_box(frame);
    int32_t place = draw_slider_of(frame->look->speed, frame->look->unbridled);
    int32_t x = box.x0 + (box.x1 - box.x0) * place / 100;
    int32_t middle = (box.y0 + box.y1) / 2;
    static const struct {
        int32_t place;
        const char *text;
    } labels[] = {{0, "1/100"}, {36, "1x"}, {90, "1000x"}};
    frame_rect(frame, ROLE_RULE, box.x0, box.y0, box.x1, box.y1)->size = (uint8_t)px(frame, 2);
    frame_rect(frame, ROLE_WORKER_EDGE, box.x0, box.y0, x, box.y1)->size = (uint8_t)px(frame, 2);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        int32_t at = box.x0 + (box.x1 - box.x0) * labels[i].place / 100;
        int32_t half = text_width(frame, FACE_SMALL, labels[i].text) / 2;
        frame_text(frame, FACE_SMALL, ROLE_FAINT, at - half, px(frame, 40), labels[i].text);
    }
    frame_text(frame, FACE_SMALL, ROLE_FAINT, box.x0, px(frame, 10), "speed");
    shapes_add(frame->out, SHAPE_DOT, ROLE_WORKER_EDGE, x, middle, x, middle)->size =
        (uint8_t)px(frame, 6);
    return box.x1 + px(frame, 24);
}

struct tile {
    const char *label;
    char text[40];
    enum role role;
};

static void draw_tiles(const struct frame *frame, int32_t left)
{
    const struct look *look = frame->look;
    struct picture_counts counts = picture_counts(frame->model, look->playhead_ns);
    uint64_t duplicates =
        picture_marks(frame->model, MARK_DUPLICATE, INT64_MIN + 1, look->playhead_ns + 1);
    struct tile tiles[] = {
        {.label = "seed", .role = ROLE_SOFT},
        {.label = "duplicates", .role = duplicates ? ROLE_DUPLICATE : ROLE_TEXT},
        {.label = "live workers", .role = ROLE_TEXT},
        {.label = "errors", .role = counts.of[MOMENT_FAILED] ? ROLE_BROKEN : ROLE_TEXT},
        {.label = "ok", .role = ROLE_TEXT},
        {.label = "requests", .role = ROLE_TEXT},
    };
    snprintf(tiles[0].text, sizeof tiles[0].text, "%" PRIu64, look->seed);
    format_count(tiles[1].text, sizeof tiles[1].text, duplicates);
    format_count(tiles[2].text, sizeof tiles[2].text, picture_live(&counts));
    format_count(tiles[3].text, sizeof tiles[3].text, counts.of[MOMENT_FAILED]);
    format_count(tiles[4].text, sizeof tiles[4].text, counts.of[MOMENT_ANSWERED]);
    format_count(tiles[5].text, sizeof tiles[5].text, counts.of[MOMENT_REQUEST]);
    int32_t x = look->width - px(frame, 20);
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        int32_t label = text_width(frame, FACE_SMALL, tiles[i].label);
        int32_t number = text_width(frame, FACE_STRONG, tiles[i].text);
        int32_t width = label > number ? label : number;
        x -= width;
        if (x < left)
            return;
        frame_text_right(frame, FACE_STRONG, tiles[i].role, x + width, px(frame, 15),
                         tiles[i].text);
        frame_text_right(frame, FACE_SMALL, ROLE_SOFT, x + width, px(frame, 36), tiles[i].label);
        x -= px(frame, 28);
    }
}

void draw_top(const struct frame *frame)
{
    const struct look *look = frame->look;
    frame_rect(frame, ROLE_PANEL, 0, 0, look->width, frame->top.y1);
    frame_rect(frame, ROLE_RULE, 0, frame->top.y1 - px(frame, 1), look->width, frame->top.y1);
    int32_t left = draw_clock(frame) + px(frame, 28);
    if (look->live && look->width >= px(frame, 640))
        left = draw_slider(frame);
    else if (look->title)
        left += px(frame, 20) + frame_text_fit(frame, FACE_NORMAL, ROLE_SOFT, left, px(frame, 15),
                                               look->width / 4, look->title);
    draw_tiles(frame, left);
    frame_rect(frame, ROLE_BACKGROUND, 0, frame->axis.y0, frame->gutter.x1, frame->axis.y1);
    char text[64];
    snprintf(text, sizeof text, "%" PRIu32 " node%s", frame->slots, frame->slots == 1 ? "" : "s");
    frame_text(frame, FACE_SMALL, ROLE_FAINT, px(frame, 20), frame->axis.y0 + px(frame, 18), text);
    frame_rect(frame, ROLE_RULE, 0, frame->axis.y1 - px(frame, 1), frame->gutter.x1,
               frame->axis.y1);
}

static void draw_filter_sign(const struct frame *frame, int32_t *x, int32_t y, int32_t height)
{
    const struct look *look = frame->look;
    char text[FORMAT_MAX];
    if (!look->filter[0])
        return;
    snprintf(text, sizeof text, "filter: %s%s \xc2\xb7 Esc clears", look->filter,
             look->filtered.cut ? " (more than can be shown: zoom in)" : "");
    int32_t width = text_width(frame, FACE_SMALL, text) + px(frame, 16);
    frame_rect(frame, ROLE_ACCENT, *x, y + px(frame, 4), *x + width, y + height - px(frame, 4))
        ->size = (uint8_t)px(frame, 4);
    frame_text(frame, FACE_SMALL, ROLE_WORKER_TEXT, *x + px(frame, 8),
               face_y(frame, FACE_SMALL, y, height), text);
    *x += width + px(frame, 14);
}

static const char *follow_words(const struct look *look)
{
    return look->follow == FOLLOW_RUN   ? "following the run"
           : look->follow == FOLLOW_ALL ? "the whole run"
                                        : "";
}

void draw_status(const struct frame *frame)
{
    const struct look *look = frame->look;
    const struct box *box = &frame->status;
    if (!look->live) {
        frame_rect(frame, ROLE_BACKGROUND, 0, box->y0, look->width, box->y1);
        return;
    }
    int32_t x = px(frame, 20);
    int32_t height = box->y1 - box->y0;
    int32_t y = face_y(frame, FACE_SMALL, box->y0, height);
    frame_rect(frame, ROLE_PANEL, 0, box->y0, look->width, box->y1);
    frame_rect(frame, ROLE_RULE, 0, box->y0, look->width, box->y0 + px(frame, 1));
    draw_filter_sign(frame, &x, box->y0, height);
    if (look->notice)
        x += frame_text(frame, FACE_SMALL, ROLE_TEXT, x, y, look->notice) + px(frame, 14);
    else
        frame_text_fit(frame, FACE_SMALL, ROLE_FAINT, x, y, look->width / 2,
                       "? keys   Space play   / filter   F fit   End follow   right click acts");
    char text[FORMAT_MAX];
    char span[48];
    format_duration(span, sizeof span, look->t1_ns - look->t0_ns);
    const char *follow = follow_words(look);
    snprintf(text, sizeof text, "%s%s%s in view", follow, follow[0] ? " \xc2\xb7 " : "", span);
    frame_text_right(frame, FACE_SMALL, ROLE_SOFT, look->width - px(frame, 20), y, text);
}
