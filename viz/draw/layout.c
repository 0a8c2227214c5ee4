#include "viz/draw/layout.h"

#include "base/number.h"

#define TOP_HEIGHT    64
#define AXIS_HEIGHT   66
#define STATUS_HEIGHT 26
#define GUTTER_WIDTH  158
#define PANEL_WIDTH   272
#define PANEL_FROM    860 /* narrower windows have a panel only if it is asked for, … */
#define PANEL_LEAST   560 /* … and then not if nothing would be left beside it */
#define LANE_LEAST    26
#define LANE_ROOMY    172
#define LANE_TALL     140 /* from here on there is room for more rows of requests */
#define LANE_SMALL    62  /* below, a lane keeps what is essential */
#define ROW_PITCH     25
#define BUCKET        48

/* Rows that any lane has ever had, so that lanes keep their height while time passes by. */
static int32_t rows_used(const struct model *model)
{
    size_t rows = 1;
    for (uint32_t node = 0; node < model->nodes; node++)
        if (model->lanes[node].workers.count > rows)
            rows = model->lanes[node].workers.count;
    return (int32_t)rows;
}

static void place_boxes(struct layout *layout)
{
    const struct viewport *viewport = layout->viewport;
    int32_t top = px(layout, TOP_HEIGHT);
    int32_t axis = px(layout, AXIS_HEIGHT);
    int32_t status = viewport->live ? px(layout, STATUS_HEIGHT) : px(layout, 10);
    int32_t from = px(layout, viewport->panel == PANEL_ALWAYS ? PANEL_LEAST : PANEL_FROM);
    bool panel = viewport->panel != PANEL_OFF && viewport->width >= from;
    int32_t right = viewport->width - (panel ? px(layout, PANEL_WIDTH) : px(layout, 12));
    int32_t left = min_i32(px(layout, GUTTER_WIDTH), viewport->width / 3);
    int32_t bottom = max_i32(viewport->height - status, top + axis + 1);
    right = max_i32(right, left + 1);
    layout->header = (struct box){0, 0, viewport->width, top};
    layout->axis = (struct box){left, top, right, top + axis};
    layout->gutter = (struct box){0, top + axis, left, bottom};
    layout->lanes = (struct box){left, top + axis, right, bottom};
    layout->panel = panel ? (struct box){right, top, viewport->width, bottom} : (struct box){0};
    layout->status = (struct box){0, bottom, viewport->width, viewport->height};
}

/* Lanes shrink until they would be too small to tell anything; then they scroll. */
static int32_t lane_height(const struct layout *layout, int32_t rows)
{
    int32_t wanted = max_i32(px(layout, LANE_ROOMY), px(layout, 56 + ROW_PITCH * rows));
    int32_t room =
        (layout->lanes.y1 - layout->lanes.y0) / (int32_t)min_i32((int32_t)layout->slots, 1000);
    return clamp_i32(room, px(layout, LANE_LEAST), wanted);
}

static void plan_lane(struct layout *layout, int32_t rows)
{
    struct lane_layout *plan = &layout->lane;
    plan->height = lane_height(layout, rows);
    plan->small = plan->height < px(layout, LANE_SMALL);
    plan->request_pitch = px(layout, 5);
    plan->request_rows = plan->small ? 1 : plan->height >= px(layout, LANE_TALL) ? 5 : 3;
    plan->requests = plan->small ? px(layout, 2) : px(layout, 7);
    plan->lifeline = plan->requests + plan->request_pitch * plan->request_rows + px(layout, 2);
    plan->traffic = plan->small ? 0 : px(layout, 12);
    plan->workers = plan->lifeline + plan->traffic + px(layout, plan->small ? 3 : 5);
    plan->leases = !layout->model->slots ? 0 : px(layout, plan->small ? 3 : 14);
    int32_t room = plan->height - plan->workers - px(layout, plan->small ? 2 : 6) - plan->leases;
    plan->pitch = clamp_i32(room / rows, px(layout, plan->small ? 6 : 8), px(layout, ROW_PITCH));
    plan->pitch = min_i32(plan->pitch, max_i32(room, 1));
    plan->has_rest = rows > room / plan->pitch || rows == (int32_t)ROWS_MAX;
    plan->rest = plan->small ? plan->pitch : px(layout, 17);
    plan->rows = plan->has_rest ? clamp_i32((room - plan->rest) / plan->pitch, 0, rows) : rows;
}

void layout_init(struct layout *layout, const struct model *model, const struct viewport *viewport,
                 const struct font_metrics *metrics, struct shapes *out)
{
    *layout = (struct layout){.model = model, .viewport = viewport, .metrics = metrics, .out = out};
    layout->slots = viewport->nodes ? viewport->nodes_count : model->nodes;
    place_boxes(layout);
    if (layout->slots)
        plan_lane(layout, rows_used(model));
    int32_t height = max_i32(layout->lane.height, 1);
    int32_t scroll = clamp_i32(viewport->scroll, 0, layout_scroll_max(layout));
    int32_t seen = layout->lanes.y1 - layout->lanes.y0;
    layout->first_slot = (uint32_t)(scroll / height);
    uint32_t past = (uint32_t)((scroll + seen + height - 1) / height);
    layout->last_slot = past < layout->slots ? past : layout->slots;
    int64_t width = layout->lanes.x1 - layout->lanes.x0;
    layout->bucket_ns = (viewport->t1_ns - viewport->t0_ns) * px(layout, BUCKET) / width;
    if (layout->bucket_ns < 1)
        layout->bucket_ns = 1;
    layout->alpha = viewport->related.count ? 70 : 255;
}

int32_t layout_x(const struct layout *layout, int64_t t_ns)
{
    const struct viewport *viewport = layout->viewport;
    int64_t width = layout->lanes.x1 - layout->lanes.x0;
    int64_t span = viewport->t1_ns - viewport->t0_ns;
    if (t_ns >= TIME_NEVER)
        return layout->lanes.x1 + (int32_t)width;
    __int128 x = (__int128)(t_ns - viewport->t0_ns) * width / span;
    /* Far enough outside that what is drawn to there looks the same, near enough to compute with.
     */
    x = x < -4 * width ? -4 * width : x > 5 * width ? 5 * width : x;
    return layout->lanes.x0 + (int32_t)x;
}

int64_t layout_t(const struct layout *layout, int32_t x)
{
    const struct viewport *viewport = layout->viewport;
    int64_t width = layout->lanes.x1 - layout->lanes.x0;
    return viewport->t0_ns + (int64_t)((__int128)(x - layout->lanes.x0) *
                                       (viewport->t1_ns - viewport->t0_ns) / width);
}

int64_t layout_length_ns(const struct layout *layout, int32_t pixels)
{
    return layout_t(layout, layout->lanes.x0 + px(layout, pixels)) - layout->viewport->t0_ns;
}

node_id layout_node(const struct layout *layout, uint32_t slot)
{
    return layout->viewport->nodes ? layout->viewport->nodes[slot] : slot;
}

bool layout_slot(const struct layout *layout, node_id node, uint32_t *slot)
{
    *slot = node;
    if (!layout->viewport->nodes)
        return node < layout->slots;
    for (uint32_t i = 0; i < layout->slots; i++)
        if (layout->viewport->nodes[i] == node) {
            *slot = i;
            return true;
        }
    return false;
}

bool layout_visible_slot(const struct layout *layout, node_id node, uint32_t *slot)
{
    return layout_slot(layout, node, slot) && *slot >= layout->first_slot &&
           *slot < layout->last_slot;
}

int32_t layout_scroll_max(const struct layout *layout)
{
    int64_t whole = (int64_t)layout->slots * layout->lane.height;
    int64_t beyond = whole - (layout->lanes.y1 - layout->lanes.y0);
    return beyond > 0 ? (int32_t)beyond : 0;
}

int32_t layout_lane_y(const struct layout *layout, uint32_t slot)
{
    int32_t scroll = clamp_i32(layout->viewport->scroll, 0, layout_scroll_max(layout));
    int64_t y = layout->lanes.y0 + (int64_t)slot * layout->lane.height - scroll;
    return (int32_t)(y < -(1 << 20) ? -(1 << 20) : y > 1 << 20 ? 1 << 20 : y);
}

int32_t layout_full_height(const struct model *model, const struct viewport *viewport,
                           const struct font_metrics *metrics)
{
    struct layout layout;
    layout_init(&layout, model, viewport, metrics, NULL);
    int32_t lanes = (int32_t)min_i32((int32_t)layout.slots, 400) * layout.lane.height;
    return layout.lanes.y0 + lanes + (viewport->height - layout.lanes.y1);
}

uint8_t layout_alpha(const struct layout *layout, struct thing thing)
{
    const struct viewport *viewport = layout->viewport;
    if (viewport->related.count && thing_set_has(&viewport->related, thing))
        return 255;
    if (viewport_filters_ids(viewport))
        return thing_set_has(&viewport->filtered, thing) ? layout->alpha : 0;
    return layout->alpha;
}
