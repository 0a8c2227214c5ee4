/* Workers that move from node to node: a line from the end of the bar at the old node, where a dot
 * is, to the start of the bar at the new one, where an arrow is. */
#include "viz/draw/draw.h"

/* Up to so many in view each is drawn; beyond, as many as can be told apart. */
#define MOVES_ALL 400u

static void draw_line(const struct layout *layout, const struct move *move, const struct box *from,
                      const struct box *to, bool faint)
{
    struct thing thing = {THING_WORKER, move->to};
    bool chosen =
        layout->viewport->related.count && thing_set_has(&layout->viewport->related, thing);
    uint8_t alpha = layout_alpha(layout, thing);
    struct shape *line = shapes_add(
        layout->out, SHAPE_LINE, ROLE_MOVED, layout_x(layout, move->span.start_ns),
        (from->y0 + from->y1) / 2, layout_x(layout, move->span.end_ns), (to->y0 + to->y1) / 2);
    line->size = (uint8_t)px(layout, chosen ? 10 : faint ? 4 : 6);
    line->thing = thing;
    line->alpha = faint && !chosen ? alpha / 3 : alpha;
}

void draw_move_end(const struct layout *layout, const struct box *box, uint8_t alpha)
{
    int32_t middle = (box->y0 + box->y1) / 2;
    struct shape *dot =
        shapes_add(layout->out, SHAPE_DOT, ROLE_MOVED, box->x1, middle, box->x1, middle);
    dot->size = (uint8_t)(box->y1 - box->y0 < px(layout, 9) ? px(layout, 2) : px(layout, 4));
    dot->alpha = alpha;
}

void draw_move_start(const struct layout *layout, const struct box *box, uint8_t alpha)
{
    int32_t middle = (box->y0 + box->y1) / 2;
    int32_t half = (box->y1 - box->y0) / 2 - px(layout, 2);
    half = half > px(layout, 5) ? px(layout, 5) : half < 2 ? 2 : half;
    int32_t width = 2 * half + 1;
    shapes_add(layout->out, SHAPE_TRIANGLE, ROLE_MOVED, box->x0, middle - half, box->x0 + width,
               middle + half)
        ->alpha = alpha;
}

void draw_moves(const struct layout *layout)
{
    const struct spans *moves = &layout->model->moves;
    int64_t t0 = layout->viewport->t0_ns, t1 = layout->viewport->t1_ns;
    bool faint = spans_find(moves, t1) - spans_find(moves, t0) > MOVES_ALL;
    int32_t last = INT32_MIN;
    for (size_t i = spans_next(moves, 0, t0, t1); i != SPANS_NONE;
         i = spans_next(moves, i + 1, t0, t1)) {
        const struct move *move = model_move(layout->model, (uint32_t)i);
        struct box from, to;
        int32_t x = layout_x(layout, move->span.start_ns);
        if (move->to == NONE || (faint && x < last + px(layout, 3)))
            continue;
        last = x;
        if (draw_worker_box(layout, move->from, &from) && draw_worker_box(layout, move->to, &to) &&
            layout_alpha(layout, (struct thing){THING_WORKER, move->to}))
            draw_line(layout, move, &from, &to, faint);
    }
}
