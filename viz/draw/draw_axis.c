/* The axis: times below, and above them two rows of marks: faults; expectations, violations and
 * duplicates. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>

#define MARK_GAP      15
#define MARK_GAP_MANY 48 /* with room for a count beside it */
#define MARKS_FEW     24u
#define ROW_HEIGHT    17

int64_t draw_axis_step(const struct layout *layout)
{
    int64_t least = (layout->viewport->t1_ns - layout->viewport->t0_ns) * px(layout, 96) /
                    (layout->lanes.x1 - layout->lanes.x0);
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

static void draw_times(const struct layout *layout)
{
    int64_t step = draw_axis_step(layout);
    int32_t y = layout->axis.y0 + px(layout, MARK_ROWS * ROW_HEIGHT + 1);
    for (int64_t k = layout_bucket(layout->viewport->t0_ns, step);
         k * step < layout->viewport->t1_ns; k++) {
        int32_t x = layout_x(layout, k * step);
        if (x < layout->axis.x0)
            continue;
        pen_rect(layout, ROLE_RULE, x, y, x + px(layout, 1), layout->axis.y1);
        struct number_text time = format_time(k * step, step);
        x += px(layout, 4);
        if (x + pen_text_width(layout, FACE_SMALL, time.text) <= layout->axis.x1)
            pen_text(layout, FACE_SMALL, ROLE_SOFT, x, y, time.text);
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

void draw_mark_sign(const struct layout *layout, enum mark_kind kind, int32_t x, int32_t y)
{
    int32_t r = px(layout, 4);
    enum role role = mark_role(kind);
    switch (kind) {
    case MARK_FAULT:
        shapes_add(layout->out, SHAPE_TRIANGLE, role, x - r, y - r, x + r, y + r);
        break;
    case MARK_HELD:
        shapes_add(layout->out, SHAPE_DOT, role, x, y, x, y)->size = (uint8_t)r;
        break;
    case MARK_NOT_HELD:
        shapes_add(layout->out, SHAPE_CROSS, role, x, y, x, y)->size = (uint8_t)r;
        break;
    case MARK_VIOLATION:
        pen_rect(layout, role, x - r, y - r, x + r, y + r);
        break;
    case MARK_DUPLICATE:
        pen_rect(layout, role, x - r, y - r, x - r / 3, y + r);
        pen_rect(layout, role, x + r / 3 + 1, y - r, x + r + 1, y + r);
        break;
    }
}

/* Of the places [first, past) of a row, the mark that matters most. */
static uint32_t heaviest(const struct model *model, enum mark_row row, uint32_t first,
                         uint32_t past)
{
    uint32_t most = model_mark_in(model, row, first);
    for (uint32_t i = first; i < past && i < first + 256; i++) {
        uint32_t mark = model_mark_in(model, row, i);
        if (weight(model_mark(model, mark)->kind) > weight(model_mark(model, most)->kind))
            most = mark;
    }
    return most;
}

/* The places [first, past) of a row, whose marks are too near each other to be told apart. */
static void draw_group(const struct layout *layout, enum mark_row row, uint32_t first,
                       uint32_t past, int32_t room)
{
    char text[FORMAT_MAX + 64];
    uint32_t shown = heaviest(layout->model, row, first, past);
    const struct mark *mark = model_mark(layout->model, shown);
    int32_t x = layout_x(layout, mark->t_ns);
    int32_t top = layout->axis.y0 + px(layout, ROW_HEIGHT * (int32_t)row);
    int32_t y = top + px(layout, 8);
    struct thing thing = {THING_MARK, shown};
    uint8_t alpha = layout->viewport->related.count ? layout_alpha(layout, thing) : 255;
    if (mark->kind != MARK_HELD && mark->kind != MARK_DUPLICATE)
        pen_rect(layout, mark_role(mark->kind), x, y, x + px(layout, 1), layout->lanes.y1)->alpha =
            (uint8_t)(alpha / 3);
    draw_mark_sign(layout, mark->kind, x, y);
    struct shape *whole = pen_rect(layout, ROLE_SHADE, x - px(layout, 6), top, x + px(layout, 6),
                                   top + px(layout, ROW_HEIGHT));
    whole->alpha = 0;
    whole->thing = thing;
    if (past > first + 1)
        snprintf(text, sizeof text, "\xc3\x97%s", format_count(past - first).text);
    else
        snprintf(text, sizeof text, "%s",
                 mark->kind == MARK_DUPLICATE ? model_string(layout->model, mark->id)
                                              : model_string(layout->model, mark->text));
    int32_t width = room - px(layout, 16);
    int32_t whole_width = pen_text_width(layout, FACE_SMALL, text);
    if (whole_width > width && past == first + 1 && width < px(layout, 60))
        return;
    pen_text_fit(layout, FACE_SMALL, mark_role(mark->kind), x + px(layout, 8),
                 pen_text_y(layout, FACE_SMALL, y - px(layout, 8), px(layout, 16)), width, text);
}

static void draw_marks(const struct layout *layout, enum mark_row row)
{
    const struct model *model = layout->model;
    size_t count = model->mark_rows[row].count;
    uint32_t i = picture_mark_in(model, row, layout->viewport->t0_ns);
    bool few = picture_mark_in(model, row, layout->viewport->t1_ns) - i <= MARKS_FEW;
    int32_t width = px(layout, few ? MARK_GAP : MARK_GAP_MANY);
    int64_t gap = layout_t(layout, layout->axis.x0 + width) - layout->viewport->t0_ns;
    while (i < count) {
        int64_t t = model_mark(model, model_mark_in(model, row, i))->t_ns;
        if (t >= layout->viewport->t1_ns)
            break;
        uint32_t past = picture_mark_in(model, row, t + (gap > 0 ? gap : 1));
        int32_t next = layout->axis.x1;
        if (past < count)
            next = layout_x(layout, model_mark(model, model_mark_in(model, row, past))->t_ns);
        next = next < layout->axis.x1 ? next : layout->axis.x1;
        draw_group(layout, row, i, past, next - layout_x(layout, t));
        i = past;
    }
}

static void draw_playhead(const struct layout *layout)
{
    int32_t x = layout_x(layout, layout->viewport->playhead_ns);
    if (!layout->viewport->live || x < layout->axis.x0 || x > layout->axis.x1)
        return;
    int32_t half = px(layout, 6);
    int32_t y = layout->axis.y1 - px(layout, 9);
    shapes_add(layout->out, SHAPE_TRIANGLE, ROLE_PLAYHEAD, x - half, y, x + half + 1,
               y + 2 * half + 2);
}

void draw_axis(const struct layout *layout)
{
    pen_clip(layout,
             (struct box){layout->axis.x0, layout->axis.y0, layout->axis.x1, layout->lanes.y1});
    draw_times(layout);
    for (enum mark_row row = 0; row < MARK_ROWS; row++)
        draw_marks(layout, row);
    draw_playhead(layout);
    pen_clip_none(layout);
    pen_rect(layout, ROLE_RULE, 0, layout->axis.y1 - px(layout, 1), layout->axis.x1,
             layout->axis.y1);
}
