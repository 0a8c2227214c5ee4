/* The axis: times below, and above them the marks: faults, expectations, violations, duplicates. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>

#define MARK_GAP      15
#define MARK_GAP_MANY 48 /* with room for a count beside it */
#define MARKS_FEW     24u

int64_t draw_axis_step(const struct frame *frame)
{
    int64_t least = (frame->look->t1_ns - frame->look->t0_ns) * px(frame, 96) /
                    (frame->lanes.x1 - frame->lanes.x0);
    int64_t step = 1;
    while (step < least) {
        if (step * 2 >= least)
            return step * 2;
        if (step * 5 >= least)
            return step * 5;
        step *= 10;
    }
    return step;
}

static void draw_times(const struct frame *frame)
{
    int64_t step = draw_axis_step(frame);
    int32_t y = frame->axis.y0 + px(frame, 18);
    for (int64_t k = draw_first_chunk(frame->look->t0_ns, step); k * step < frame->look->t1_ns;
         k++) {
        char text[48];
        int32_t x = frame_x(frame, k * step);
        if (x < frame->axis.x0)
            continue;
        format_time(text, sizeof text, k * step, step);
        frame_rect(frame, ROLE_RULE, x, y, x + px(frame, 1), frame->axis.y1);
        frame_text(frame, FACE_SMALL, ROLE_SOFT, x + px(frame, 4), y, text);
    }
}

/* Of marks at one place the one is shown that matters most. */
static uint32_t weight(enum mark_kind kind)
{
    static const uint32_t weights[] = {
        [MARK_HELD] = 1,      [MARK_FAULT] = 2,     [MARK_NOT_HELD] = 3,
        [MARK_DUPLICATE] = 4, [MARK_VIOLATION] = 5,
    };
    return weights[kind];
}

static enum role mark_role(enum mark_kind kind)
{
    static const enum role roles[] = {
        [MARK_FAULT] = ROLE_FAULT,         [MARK_HELD] = ROLE_HELD,
        [MARK_NOT_HELD] = ROLE_BROKEN,     [MARK_VIOLATION] = ROLE_BROKEN,
        [MARK_DUPLICATE] = ROLE_DUPLICATE,
    };
    return roles[kind];
}

void draw_mark_sign(const struct frame *frame, enum mark_kind kind, int32_t x, int32_t y)
{
    int32_t r = px(frame, 4);
    enum role role = mark_role(kind);
    switch (kind) {
    case MARK_FAULT:
        shapes_add(frame->out, SHAPE_TRIANGLE, role, x - r, y - r, x + r, y + r);
        break;
    case MARK_HELD:
        shapes_add(frame->out, SHAPE_DOT, role, x, y, x, y)->size = (uint8_t)r;
        break;
    case MARK_NOT_HELD:
        shapes_add(frame->out, SHAPE_CROSS, role, x, y, x, y)->size = (uint8_t)r;
        break;
    case MARK_VIOLATION:
        frame_rect(frame, role, x - r, y - r, x + r, y + r);
        break;
    case MARK_DUPLICATE:
        frame_rect(frame, role, x - r, y - r, x - r / 3, y + r);
        frame_rect(frame, role, x + r / 3 + 1, y - r, x + r + 1, y + r);
        break;
    }
}

/* Marks [first, past), which are too near each other to be told apart. */
static void draw_group(const struct frame *frame, uint32_t first, uint32_t past, int32_t room)
{
    char text[FORMAT_MAX + 64];
    char count[24];
    uint32_t shown = first;
    for (uint32_t i = first; i < past && i < first + 256; i++)
        if (weight(model_mark(frame->model, i)->kind) >
            weight(model_mark(frame->model, shown)->kind))
            shown = i;
    const struct mark *mark = model_mark(frame->model, shown);
    int32_t x = frame_x(frame, mark->t_ns);
    int32_t y = frame->axis.y0 + px(frame, 8);
    struct thing thing = {THING_MARK, shown};
    uint8_t alpha = frame->look->story.count ? frame_strength(frame, thing) : 255;
    if (mark->kind != MARK_HELD && mark->kind != MARK_DUPLICATE)
        frame_rect(frame, mark_role(mark->kind), x, y, x + px(frame, 1), frame->lanes.y1)->alpha =
            (uint8_t)(alpha / 3);
    draw_mark_sign(frame, mark->kind, x, y);
    struct shape *whole = frame_rect(frame, ROLE_SHADE, x - px(frame, 6), frame->axis.y0,
                                     x + px(frame, 6), frame->axis.y0 + px(frame, 17));
    whole->alpha = 0;
    whole->thing = thing;
    format_count(count, sizeof count, past - first);
    if (past > first + 1)
        snprintf(text, sizeof text, "\xc3\x97%s", count);
    else
        snprintf(text, sizeof text, "%s",
                 mark->kind == MARK_DUPLICATE ? model_name(frame->model, mark->id)
                                              : model_name(frame->model, mark->text));
    int32_t width = room - px(frame, 16);
    int32_t whole_width = text_width(frame, FACE_SMALL, text);
    if (whole_width > width && past == first + 1 && width < px(frame, 60))
        return;
    frame_text_fit(frame, FACE_SMALL, mark_role(mark->kind), x + px(frame, 8),
                   face_y(frame, FACE_SMALL, y - px(frame, 8), px(frame, 16)), width, text);
}

static void draw_marks(const struct frame *frame)
{
    const struct model *model = frame->model;
    uint32_t i = picture_mark(model, frame->look->t0_ns);
    bool few = picture_mark(model, frame->look->t1_ns) - i <= MARKS_FEW;
    int32_t width = px(frame, few ? MARK_GAP : MARK_GAP_MANY);
    int64_t gap = frame_t(frame, frame->axis.x0 + width) - frame->look->t0_ns;
    while (i < model->marks.count && model_mark(model, i)->t_ns < frame->look->t1_ns) {
        int64_t t = model_mark(model, i)->t_ns;
        uint32_t past = picture_mark(model, t + (gap > 0 ? gap : 1));
        int32_t next = past < model->marks.count ? frame_x(frame, model_mark(model, past)->t_ns)
                                                 : frame->axis.x1;
        next = next < frame->axis.x1 ? next : frame->axis.x1;
        draw_group(frame, i, past, next - frame_x(frame, t));
        i = past;
    }
}

static void draw_playhead(const struct frame *frame)
{
    int32_t x = frame_x(frame, frame->look->playhead_ns);
    if (!frame->look->live || x < frame->axis.x0 || x > frame->axis.x1)
        return;
    int32_t half = px(frame, 6);
    int32_t y = frame->axis.y1 - px(frame, 9);
    shapes_add(frame->out, SHAPE_TRIANGLE, ROLE_PLAYHEAD, x - half, y, x + half + 1,
               y + 2 * half + 2);
}

void draw_axis(const struct frame *frame)
{
    frame_clip(frame,
               (struct box){frame->axis.x0, frame->axis.y0, frame->axis.x1, frame->lanes.y1});
    draw_times(frame);
    draw_marks(frame);
    draw_playhead(frame);
    frame_clip(frame, (struct box){0, 0, frame->look->width, frame->look->height});
    frame_rect(frame, ROLE_RULE, 0, frame->axis.y1 - px(frame, 1), frame->axis.x1, frame->axis.y1);
}
