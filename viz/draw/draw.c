#include "viz/draw/draw.h"

/* The future of the playhead is seen through a veil. */
static void draw_playhead(const struct layout *layout)
{
    const struct viewport *viewport = layout->viewport;
    if (!viewport->live)
        return;
    int32_t x = layout_x(layout, viewport->playhead_ns);
    if (viewport->playhead_ns < layout->model->last_ns && x < layout->lanes.x1)
        pen_rect(layout, ROLE_BACKGROUND, x, layout->lanes.y0, layout->lanes.x1, layout->lanes.y1)
            ->alpha = 150;
    struct shape *line = shapes_add(layout->out, SHAPE_RECT, ROLE_PLAYHEAD, x, layout->lanes.y0,
                                    x + px(layout, 1), layout->lanes.y1);
    line->alpha = 190;
}

void draw(const struct model *model, const struct viewport *viewport,
          const struct font_metrics *metrics, struct shapes *out)
{
    struct layout layout;
    shapes_clear(out);
    layout_init(&layout, model, viewport, metrics, out);
    struct box all = {0, 0, viewport->width, viewport->height};
    pen_clip(&layout, all);
    pen_rect(&layout, ROLE_BACKGROUND, 0, 0, viewport->width, viewport->height);
    pen_clip(&layout, layout.lanes);
    draw_lanes(&layout);
    draw_messages(&layout);
    draw_requests(&layout);
    draw_workers(&layout);
    draw_leases(&layout);
    draw_moves(&layout);
    draw_joins(&layout);
    draw_causes_of_failures(&layout);
    draw_band_labels(&layout);
    draw_playhead(&layout);
    draw_minimap(&layout);
    pen_clip(&layout, layout.gutter);
    draw_gutter(&layout);
    pen_clip(&layout, all);
    draw_axis(&layout);
    draw_panel(&layout);
    draw_header(&layout);
    draw_status(&layout);
    draw_overlays(&layout);
}
