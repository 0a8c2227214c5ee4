/* What joins two live workers of one id: a line from bar to bar where the second one started, with
 * the cause. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>

/* Up to so many in view each is drawn; beyond, as many as can be told apart. All are counted on the
 * axis. */
#define JOINS_ALL 400u

/* Up to so many have room for their cause. */
#define CAUSES_ALL 12u

static void draw_join(const struct frame *frame, uint32_t index, bool faint)
{
    const struct mark *mark = model_mark(frame->model, index);
    struct box a;
    struct box b;
    if (mark->kind != MARK_DUPLICATE || mark->workers[0] == NONE || mark->workers[1] == NONE)
        return;
    draw_worker_box(frame, mark->workers[0], &a);
    draw_worker_box(frame, mark->workers[1], &b);
    int32_t x = frame_x(frame, mark->t_ns) + px(frame, 1);
    int32_t y0 = (a.y0 + a.y1) / 2;
    int32_t y1 = (b.y0 + b.y1) / 2;
    struct thing thing = {THING_MARK, index};
    uint8_t alpha = frame_strength(frame, thing);
    struct shape *line = shapes_add(frame->out, SHAPE_LINE, ROLE_DUPLICATE, x, y0, x, y1);
    bool chosen = frame->look->story.count && story_has(&frame->look->story, thing);
    faint = faint && !chosen;
    line->size = (uint8_t)px(frame, faint ? 4 : 8);
    line->thing = thing;
    line->alpha = faint ? alpha / 5 : alpha;
    for (int32_t end = 0; end < 2 && !faint; end++) {
        int32_t y = end ? y1 : y0;
        struct shape *dot = shapes_add(frame->out, SHAPE_DOT, ROLE_DUPLICATE, x, y, x, y);
        dot->size = (uint8_t)px(frame, 4);
        dot->thing = thing;
        dot->alpha = alpha;
    }
}

static void draw_cause(const struct frame *frame, uint32_t index)
{
    const struct mark *mark = model_mark(frame->model, index);
    char text[FORMAT_MAX];
    struct box box;
    if (mark->workers[0] == NONE || !draw_worker_box(frame, mark->workers[0], &box))
        return;
    int32_t x = frame_x(frame, mark->t_ns) + px(frame, 8);
    int32_t y = box.y1 + px(frame, 4);
    snprintf(text, sizeof text, "%s", model_name(frame->model, mark->text));
    int32_t room = frame->lanes.x1 - x - px(frame, 6);
    int32_t width =
        type_fit(frame->type, FACE_SMALL, text, room < px(frame, 520) ? room : px(frame, 520));
    uint8_t alpha = frame_strength(frame, (struct thing){THING_MARK, index});
    if (!width || !alpha)
        return;
    struct shape *ground =
        frame_rect(frame, ROLE_BACKGROUND, x - px(frame, 3), y, x + width + px(frame, 3),
                   y + face_height(frame, FACE_SMALL) + px(frame, 1));
    ground->alpha = (uint8_t)(alpha * 4 / 5);
    ground->size = (uint8_t)px(frame, 2);
    size_t before = frame->out->count;
    frame_text(frame, FACE_SMALL, ROLE_DUPLICATE, x, y, text);
    if (frame->out->count > before)
        frame->out->items[before].alpha = alpha;
}

void draw_joins(const struct frame *frame)
{
    int64_t t1 = frame->look->t1_ns;
    uint64_t count = picture_marks(frame->model, MARK_DUPLICATE, frame->look->t0_ns, t1);
    int32_t last = INT32_MIN;
    uint32_t i = picture_mark(frame->model, frame->look->t0_ns);
    for (; i < frame->model->marks.count && model_mark(frame->model, i)->t_ns < t1; i++) {
        const struct mark *mark = model_mark(frame->model, i);
        int32_t x = frame_x(frame, mark->t_ns);
        if (mark->kind != MARK_DUPLICATE || (count > JOINS_ALL && x < last + px(frame, 3)))
            continue;
        draw_join(frame, i, count > JOINS_ALL);
        if (count <= CAUSES_ALL && !frame->plan.small)
            draw_cause(frame, i);
        last = x;
    }
}
