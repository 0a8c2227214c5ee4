/* Lanes: their grounds, the faults that strike them, the lifelines, and what stands left of them.
 */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

static void draw_grounds(const struct layout *layout)
{
    const struct box *box = &layout->lanes;
    for (uint32_t slot = layout->first_slot; slot < layout->last_slot; slot++) {
        int32_t y = layout_lane_y(layout, slot);
        if (slot % 2 == 0)
            pen_rect(layout, ROLE_LANE, box->x0, y, box->x1, y + layout->lane.height);
    }
}

static void draw_grid(const struct layout *layout)
{
    int64_t step = draw_axis_step(layout);
    for (int64_t k = layout_bucket(layout->viewport->t0_ns, step);
         k * step < layout->viewport->t1_ns; k++) {
        int32_t x = layout_x(layout, k * step);
        pen_rect(layout, ROLE_GRID, x, layout->lanes.y0, x + px(layout, 1), layout->lanes.y1);
    }
}

static enum role band_role(enum band_kind kind)
{
    return kind == BAND_CUT ? ROLE_CUT : kind == BAND_FROZEN ? ROLE_FROZEN : ROLE_DOWN;
}

/* A fault goes on up to now, as far as is known. */
static int64_t end_of(const struct layout *layout, const struct band *band)
{
    return band->span.end_ns == TIME_NEVER ? layout->model->last_ns : band->span.end_ns;
}

static void draw_band(const struct layout *layout, uint32_t index)
{
    const struct band *band = model_band(layout->model, index);
    uint32_t slot;
    if (!layout_visible_slot(layout, band->node, &slot))
        return;
    int32_t x0 = layout_x(layout, band->span.start_ns);
    int32_t x1 = layout_x(layout, end_of(layout, band));
    int32_t y = layout_lane_y(layout, slot);
    int32_t bottom = y + layout->lane.height - px(layout, 1);
    enum role role = band_role(band->kind);
    if (x1 < x0 + px(layout, 2))
        x1 = x0 + px(layout, 2);
    struct shape *ground = pen_rect(layout, role, x0, y, x1, bottom);
    ground->alpha = 34;
    ground->thing = (struct thing){THING_BAND, index};
    if (band->kind != BAND_FROZEN)
        shapes_add(layout->out, SHAPE_HATCH, role, x0, y, x1, bottom)->alpha = 30;
    if (x0 >= layout->lanes.x0)
        pen_rect(layout, role, x0, y, x0 + px(layout, 2), bottom)->alpha = 200;
}

static void draw_band_label(const struct layout *layout, uint32_t index)
{
    const struct band *band = model_band(layout->model, index);
    char text[FORMAT_MAX];
    uint32_t slot;
    if (!band->text || !layout_visible_slot(layout, band->node, &slot))
        return;
    int32_t x0 = layout_x(layout, band->span.start_ns);
    int32_t x1 = layout_x(layout, end_of(layout, band));
    int32_t left = (x0 > layout->lanes.x0 ? x0 : layout->lanes.x0) + px(layout, 6);
    int32_t right = (x1 < layout->lanes.x1 ? x1 : layout->lanes.x1) - px(layout, 6);
    snprintf(text, sizeof text, "%s", model_string(layout->model, band->text));
    int32_t width = font_metrics_fit(layout->metrics, FACE_SMALL, text, right - left);
    if (width < px(layout, 24))
        return;
    int32_t y = layout_lane_y(layout, slot) + layout->lane.height - layout->lane.leases -
                px(layout, 5) - pen_line_height(layout, FACE_SMALL);
    struct shape *ground = pen_rect(layout, ROLE_BACKGROUND, left - px(layout, 3),
                                    y - px(layout, 1), left + width + px(layout, 3),
                                    y + pen_line_height(layout, FACE_SMALL) + px(layout, 1));
    ground->alpha = 210;
    ground->size = (uint8_t)px(layout, 2);
    pen_text(layout, FACE_SMALL, ROLE_SOFT, left, y, text);
}

static void each_band(const struct layout *layout,
                      void (*act)(const struct layout *layout, uint32_t index))
{
    const struct spans *bands = &layout->model->bands;
    int64_t t0 = layout->viewport->t0_ns;
    int64_t t1 = layout->viewport->t1_ns;
    for (size_t i = spans_next(bands, 0, t0, t1); i != SPANS_NONE;
         i = spans_next(bands, i + 1, t0, t1))
        act(layout, (uint32_t)i);
}

void draw_band_labels(const struct layout *layout)
{
    if (!layout->lane.small)
        each_band(layout, draw_band_label);
}

/* Solid while it is up, broken while it stands still, thin and dotted while it is gone. */
static void draw_life(const struct layout *layout, int32_t y, enum node_state state, int32_t x0,
                      int32_t x1)
{
    int32_t unit = px(layout, 1);
    if (x0 < layout->lanes.x0)
        x0 = layout->lanes.x0;
    if (x1 > layout->lanes.x1)
        x1 = layout->lanes.x1;
    if (state == NODE_UP) {
        pen_rect(layout, ROLE_UP, x0, y - unit, x1, y + unit);
    } else if (state == NODE_FROZEN) {
        for (int32_t x = x0; x < x1; x += 10 * unit)
            pen_rect(layout, ROLE_FROZEN, x, y - unit, x + 6 * unit < x1 ? x + 6 * unit : x1,
                     y + 2 * unit);
    } else {
        for (int32_t x = x0; x < x1; x += 6 * unit)
            pen_rect(layout, ROLE_DOWN, x, y, x + 2 * unit < x1 ? x + 2 * unit : x1, y + unit)
                ->alpha = 150;
    }
}

static void draw_lifeline(const struct layout *layout, uint32_t slot)
{
    node_id node = layout_node(layout, slot);
    const struct lane *lane = &layout->model->lanes[node];
    int32_t y = layout_lane_y(layout, slot) + layout->lane.lifeline;
    enum node_state state = NODE_UNKNOWN;
    int32_t from = layout_x(layout, 0);
    for (size_t i = 0; i < lane->states_count; i++) {
        int32_t x = layout_x(layout, lane->states[i].t_ns);
        if (x > layout->lanes.x0 && x > from)
            draw_life(layout, y, state, from, x);
        if (x > layout->lanes.x1)
            return;
        from = x;
        state = (enum node_state)lane->states[i].state;
    }
    draw_life(layout, y, state, from, layout_x(layout, layout->model->last_ns) + 1);
}

void draw_lanes(const struct layout *layout)
{
    draw_grounds(layout);
    draw_grid(layout);
    each_band(layout, draw_band);
    for (uint32_t slot = layout->first_slot; slot < layout->last_slot; slot++)
        draw_lifeline(layout, slot);
}

static void draw_state_sign(const struct layout *layout, enum node_state state, int32_t x,
                            int32_t y)
{
    int32_t r = px(layout, 4);
    if (state == NODE_UP)
        shapes_add(layout->out, SHAPE_DOT, ROLE_UP, x, y, x, y)->size = (uint8_t)r;
    else if (state == NODE_FROZEN)
        pen_rect(layout, ROLE_FROZEN, x - r, y - r, x + r, y + r);
    else if (state == NODE_DOWN)
        shapes_add(layout->out, SHAPE_CROSS, ROLE_DOWN, x, y, x, y)->size = (uint8_t)r;
    else
        shapes_add(layout->out, SHAPE_OUTLINE, ROLE_DOWN, x - r, y - r, x + r, y + r)->size =
            (uint8_t)r;
}

static const char *state_text(const struct layout *layout, node_id node, enum node_state state)
{
    if (state == NODE_UP && picture_is_cut(layout->model, node, layout->viewport->playhead_ns))
        return "cut off";
    return format_state(state);
}

static void draw_gutter_roomy(const struct layout *layout, node_id node, int32_t y,
                              enum node_state state)
{
    char text[FORMAT_MAX];
    int32_t x = px(layout, 34);
    int32_t width = layout->gutter.x1 - x - px(layout, 8);
    const char *words = state_text(layout, node, state);
    const struct view_change *view =
        picture_view(layout->model, node, layout->viewport->playhead_ns);
    uint64_t workers = picture_workers(layout->model, node, layout->viewport->playhead_ns);
    snprintf(text, sizeof text, "n%" PRIu32, node + 1);
    int32_t used = pen_text(layout, FACE_STRONG, ROLE_TEXT, x, y + px(layout, 8), text);
    pen_text_fit(layout, FACE_NORMAL, ROLE_SOFT, x + used + px(layout, 8), y + px(layout, 8),
                 width - used - px(layout, 8), words);
    if (view) {
        char members[FORMAT_MAX - 8];
        format_members(members, sizeof members, layout->model, view, 8);
        snprintf(text, sizeof text, "view %s", members);
        pen_text_fit(layout, FACE_SMALL, ROLE_SOFT, x, y + px(layout, 28), width, text);
    }
    snprintf(text, sizeof text, "%s live worker%s", format_count(workers).text,
             workers == 1 ? "" : "s");
    if (layout->lane.height >= px(layout, 62))
        pen_text_fit(layout, FACE_SMALL, ROLE_SOFT, x, y + px(layout, 43), width, text);
    if (!layout->model->slots || layout->lane.height < px(layout, 77))
        return;
    snprintf(text, sizeof text, "%" PRIu32 " of %" PRIu32 " leases",
             picture_leases(layout->model, node, layout->viewport->playhead_ns).held,
             layout->model->slots);
    pen_text_fit(layout, FACE_SMALL, ROLE_SOFT, x, y + px(layout, 58), width, text);
}

static void draw_gutter_small(const struct layout *layout, node_id node, int32_t y,
                              enum node_state state)
{
    char text[FORMAT_MAX];
    int32_t x = px(layout, 34);
    int32_t height = layout->lane.height;
    uint64_t workers = picture_workers(layout->model, node, layout->viewport->playhead_ns);
    snprintf(text, sizeof text, "n%" PRIu32, node + 1);
    int32_t used = pen_text(layout, FACE_STRONG, ROLE_TEXT, x,
                            pen_text_y(layout, FACE_STRONG, y, height), text);
    if (state == NODE_UP && !picture_is_cut(layout->model, node, layout->viewport->playhead_ns))
        snprintf(text, sizeof text, "%s live", format_count(workers).text);
    else
        snprintf(text, sizeof text, "%s", state_text(layout, node, state));
    pen_text_fit(layout, FACE_SMALL, ROLE_SOFT, x + used + px(layout, 8),
                 pen_text_y(layout, FACE_SMALL, y, height),
                 layout->gutter.x1 - x - used - px(layout, 14), text);
}

void draw_gutter(const struct layout *layout)
{
    for (uint32_t slot = layout->first_slot; slot < layout->last_slot; slot++) {
        node_id node = layout_node(layout, slot);
        int32_t y = layout_lane_y(layout, slot);
        enum node_state state = picture_state(layout->model, node, layout->viewport->playhead_ns);
        struct thing thing = {THING_NODE, node};
        bool chosen = thing_equal(thing, layout->viewport->chosen);
        struct shape *ground =
            pen_rect(layout,
                     chosen     ? ROLE_ACCENT
                     : slot % 2 ? ROLE_BACKGROUND
                                : ROLE_LANE,
                     layout->gutter.x0, y, layout->gutter.x1, y + layout->lane.height);
        ground->thing = thing;
        ground->alpha = chosen ? 60 : 255;
        bool roomy = !layout->lane.small;
        int32_t sign = roomy ? y + px(layout, 8) + pen_line_height(layout, FACE_STRONG) / 2
                             : y + layout->lane.height / 2;
        draw_state_sign(layout, state, px(layout, 20), sign);
        if (roomy)
            draw_gutter_roomy(layout, node, y, state);
        else
            draw_gutter_small(layout, node, y, state);
    }
    pen_rect(layout, ROLE_RULE, layout->gutter.x1 - px(layout, 1), layout->gutter.y0,
             layout->gutter.x1, layout->gutter.y1);
}
