#include "viz/draw/draw.h"

/* The future of the playhead is seen through a veil. */
static void draw_playhead(const struct frame *frame)
{
    const struct look *look = frame->look;
    if (!look->live)
        return;
    int32_t x = frame_x(frame, look->playhead_ns);
    if (look->playhead_ns < frame->model->last_ns && x < frame->lanes.x1)
        frame_rect(frame, ROLE_BACKGROUND, x, frame->lanes.y0, frame->lanes.x1, frame->lanes.y1)
            ->alpha = 150;
    struct shape *line = shapes_add(frame->out, SHAPE_RECT, ROLE_PLAYHEAD, x, frame->lanes.y0,
                                    x + px(frame, 1), frame->lanes.y1);
    line->alpha = 190;
}

void draw(const struct model *model, const struct look *look, const struct type *type,
          struct shapes *out)
{
    struct frame frame;
    shapes_clear(out);
    frame_init(&frame, model, look, type, out);
    struct box all = {0, 0, look->width, look->height};
    frame_clip(&frame, all);
    frame_rect(&frame, ROLE_BACKGROUND, 0, 0, look->width, look->height);
    frame_clip(&frame, frame.lanes);
    draw_lanes(&frame);
    draw_wires(&frame);
    draw_requests(&frame);
    draw_workers(&frame);
    draw_joins(&frame);
    draw_band_labels(&frame);
    draw_playhead(&frame);
    frame_clip(&frame, frame.gutter);
    draw_gutter(&frame);
    frame_clip(&frame, all);
    draw_axis(&frame);
    draw_panel(&frame);
    draw_top(&frame);
    draw_status(&frame);
    draw_floats(&frame);
}
