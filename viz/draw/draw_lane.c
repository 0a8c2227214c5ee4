/* Lanes: their grounds, the faults that strike them, the lifelines, and what stands left of them.
 */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>

static void draw_grounds(const struct frame *frame)
{
    const struct box *box = &frame->lanes;
    for (uint32_t slot = frame->first_slot; slot < frame->last_slot; slot++) {
        int32_t y = frame_lane_y(frame, slot);
        if (slot % 2 == 0)
            frame_rect(frame, ROLE_LANE, box->x0, y, box->x1, y + frame->plan.height);
    }
}

static void draw_grid(const struct frame *frame)
{
    int64_t step = draw_axis_step(frame);
    for (int64_t k = draw_first_chunk(frame->look->t0_ns, step); k * step < frame->look->t1_ns;
         k++) {
        int32_t x = frame_x(frame, k * step);
        frame_rect(frame, ROLE_GRID, x, frame->lanes.y0, x + px(frame, 1), frame->lanes.y1);
    }
}

static enum role band_role(enum band_kind kind)
{
    return kind == BAND_CUT ? ROLE_CUT : kind == BAND_FROZEN ? ROLE_FROZEN : ROLE_DOWN;
}

/* A fault goes on up to now, as far as is known. */
static int64_t end_of(const struct frame *frame, const struct band *band)
{
    return band->span.end_ns == TIME_NEVER ? frame->model->last_ns : band->span.end_ns;
}

static void draw_band(const struct frame *frame, uint32_t index)
{
    const struct band *band = model_band(frame->model, index);
    uint32_t slot;
    if (!frame_slot(frame, band->node, &slot) || slot < frame->first_slot ||
        slot >= frame->last_slot)
        return;
    int32_t x0 = frame_x(frame, band->span.start_ns);
    int32_t x1 = frame_x(frame, end_of(frame, band));
    int32_t y = frame_lane_y(frame, slot);
    int32_t bottom = y + frame->plan.height - px(frame, 1);
    enum role role = band_role(band->kind);
    if (x1 < x0 + px(frame, 2))
        x1 = x0 + px(frame, 2);
    struct shape *ground = frame_rect(frame, role, x0, y, x1, bottom);
    ground->alpha = 34;
    ground->thing = (struct thing){THING_BAND, index};
    if (band->kind != BAND_FROZEN)
        shapes_add(frame->out, SHAPE_HATCH, role, x0, y, x1, bottom)->alpha = 30;
    if (x0 >= frame->lanes.x0)
        frame_rect(frame, role, x0, y, x0 + px(frame, 2), bottom)->alpha = 200;
}

static void draw_band_label(const struct frame *frame, uint32_t index)
{
    const struct band *band = model_band(frame->model, index);
    char text[FORMAT_MAX];
    uint32_t slot;
    if (!band->text || !frame_slot(frame, band->node, &slot) || slot < frame->first_slot ||
        slot >= frame->last_slot)
        return;
    int32_t x0 = frame_x(frame, band->span.start_ns);
    int32_t x1 = frame_x(frame, end_of(frame, band));
    int32_t left = (x0 > frame->lanes.x0 ? x0 : frame->lanes.x0) + px(frame, 6);
    int32_t right = (x1 < frame->lanes.x1 ? x1 : frame->lanes.x1) - px(frame, 6);
    snprintf(text, sizeof text, "%s", model_name(frame->model, band->text));
    int32_t width = type_fit(frame->type, FACE_SMALL, text, right - left);
    if (width < px(frame, 24))
        return;
    int32_t y = frame_lane_y(frame, slot) + frame->plan.height - px(frame, 5) -
                face_height(frame, FACE_SMALL);
    struct shape *ground =
        frame_rect(frame, ROLE_BACKGROUND, left - px(frame, 3), y - px(frame, 1),
                   left + width + px(frame, 3), y + face_height(frame, FACE_SMALL) + px(frame, 1));
    ground->alpha = 210;
    ground->size = (uint8_t)px(frame, 2);
    frame_text(frame, FACE_SMALL, ROLE_SOFT, left, y, text);
}

static void each_band(const struct frame *frame,
                      void (*act)(const struct frame *frame, uint32_t index))
{
    const struct spans *bands = &frame->model->bands;
    int64_t t0 = frame->look->t0_ns;
    int64_t t1 = frame->look->t1_ns;
    for (size_t i = spans_next(bands, 0, t0, t1); i != SPANS_NONE;
         i = spans_next(bands, i + 1, t0, t1))
        act(frame, (uint32_t)i);
}

void draw_band_labels(const struct frame *frame)
{
    if (!frame->plan.small)
        each_band(frame, draw_band_label);
}

/* Solid while it is up, broken while it stands still, thin and dotted while it is gone. */
static void draw_life(const struct frame *frame, int32_t y, enum node_state state, int32_t x0,
                      int32_t x1)
{
    int32_t unit = px(frame, 1);
    if (x0 < frame->lanes.x0)
        x0 = frame->lanes.x0;
    if (x1 > frame->lanes.x1)
        x1 = frame->lanes.x1;
    if (state == NODE_UP) {
        frame_rect(frame, ROLE_UP, x0, y - unit, x1, y + unit);
    } else if (state == NODE_FROZEN) {
        for (int32_t x = x0; x < x1; x += 10 * unit)
            frame_rect(frame, ROLE_FROZEN, x, y - unit, x + 6 * unit < x1 ? x + 6 * unit : x1,
                       y + 2 * unit);
    } else {
        for (int32_t x = x0; x < x1; x += 6 * unit)
            frame_rect(frame, ROLE_DOWN, x, y, x + 2 * unit < x1 ? x + 2 * unit : x1, y + unit)
                ->alpha = 150;
    }
}

static void draw_lifeline(const struct frame *frame, uint32_t slot)
{
    node_id node = frame_node(frame, slot);
    const struct lane *lane = &frame->model->lanes[node];
    int32_t y = frame_lane_y(frame, slot) + frame->plan.lifeline;
    enum node_state state = NODE_UNKNOWN;
    int32_t from = frame_x(frame, 0);
    for (size_t i = 0; i < lane->states_count; i++) {
        int32_t x = frame_x(frame, lane->states[i].t_ns);
        if (x > frame->lanes.x0 && x > from)
            draw_life(frame, y, state, from, x);
        if (x > frame->lanes.x1)
            return;
        from = x;
        state = (enum node_state)lane->states[i].state;
    }
    draw_life(frame, y, state, from, frame_x(frame, frame->model->last_ns) + 1);
}

void draw_lanes(const struct frame *frame)
{
    draw_grounds(frame);
    draw_grid(frame);
    each_band(frame, draw_band);
    for (uint32_t slot = frame->first_slot; slot < frame->last_slot; slot++)
        draw_lifeline(frame, slot);
}

static void draw_state_sign(const struct frame *frame, enum node_state state, int32_t x, int32_t y)
{
    int32_t r = px(frame, 4);
    if (state == NODE_UP)
        shapes_add(frame->out, SHAPE_DOT, ROLE_UP, x, y, x, y)->size = (uint8_t)r;
    else if (state == NODE_FROZEN)
        frame_rect(frame, ROLE_FROZEN, x - r, y - r, x + r, y + r);
    else if (state == NODE_DOWN)
        shapes_add(frame->out, SHAPE_CROSS, ROLE_DOWN, x, y, x, y)->size = (uint8_t)r;
    else
        shapes_add(frame->out, SHAPE_FRAME, ROLE_DOWN, x - r, y - r, x + r, y + r)->size =
            (uint8_t)r;
}

static const char *state_text(const struct frame *frame, node_id node, enum node_state state)
{
    if (state == NODE_UP && picture_is_cut(frame->model, node, frame->look->playhead_ns))
        return "cut off";
    return format_state(state);
}

static void draw_gutter_roomy(const struct frame *frame, node_id node, int32_t y,
                              enum node_state state)
{
    char text[FORMAT_MAX];
    int32_t x = px(frame, 34);
    int32_t width = frame->gutter.x1 - x - px(frame, 8);
    const char *words = state_text(frame, node, state);
    const struct view_change *view = picture_view(frame->model, node, frame->look->playhead_ns);
    uint64_t workers = picture_workers(frame->model, node, frame->look->playhead_ns);
    format_node(text, sizeof text, node);
    int32_t used = frame_text(frame, FACE_STRONG, ROLE_TEXT, x, y + px(frame, 8), text);
    frame_text_fit(frame, FACE_NORMAL, ROLE_SOFT, x + used + px(frame, 8), y + px(frame, 8),
                   width - used - px(frame, 8), words);
    if (view) {
        char members[FORMAT_MAX - 8];
        format_members(members, sizeof members, frame->model, view, 8);
        snprintf(text, sizeof text, "view %s", members);
        frame_text_fit(frame, FACE_SMALL, ROLE_SOFT, x, y + px(frame, 28), width, text);
    }
    char count[24];
    format_count(count, sizeof count, workers);
    snprintf(text, sizeof text, "%s live worker%s", count, workers == 1 ? "" : "s");
    if (frame->plan.height >= px(frame, 62))
        frame_text_fit(frame, FACE_SMALL, ROLE_SOFT, x, y + px(frame, 43), width, text);
}

static void draw_gutter_small(const struct frame *frame, node_id node, int32_t y,
                              enum node_state state)
{
    char text[FORMAT_MAX];
    char count[24];
    int32_t x = px(frame, 34);
    int32_t height = frame->plan.height;
    uint64_t workers = picture_workers(frame->model, node, frame->look->playhead_ns);
    format_node(text, sizeof text, node);
    int32_t used =
        frame_text(frame, FACE_STRONG, ROLE_TEXT, x, face_y(frame, FACE_STRONG, y, height), text);
    format_count(count, sizeof count, workers);
    if (state == NODE_UP && !picture_is_cut(frame->model, node, frame->look->playhead_ns))
        snprintf(text, sizeof text, "%s live", count);
    else
        snprintf(text, sizeof text, "%s", state_text(frame, node, state));
    frame_text_fit(frame, FACE_SMALL, ROLE_SOFT, x + used + px(frame, 8),
                   face_y(frame, FACE_SMALL, y, height),
                   frame->gutter.x1 - x - used - px(frame, 14), text);
}

void draw_gutter(const struct frame *frame)
{
    for (uint32_t slot = frame->first_slot; slot < frame->last_slot; slot++) {
        node_id node = frame_node(frame, slot);
        int32_t y = frame_lane_y(frame, slot);
        enum node_state state = picture_state(frame->model, node, frame->look->playhead_ns);
        struct thing thing = {THING_NODE, node};
        bool chosen = thing_equal(thing, frame->look->chosen);
        struct shape *ground =
            frame_rect(frame,
                       chosen     ? ROLE_ACCENT
                       : slot % 2 ? ROLE_BACKGROUND
                                  : ROLE_LANE,
                       frame->gutter.x0, y, frame->gutter.x1, y + frame->plan.height);
        ground->thing = thing;
        ground->alpha = chosen ? 60 : 255;
        bool roomy = !frame->plan.small;
        int32_t sign = roomy ? y + px(frame, 8) + face_height(frame, FACE_STRONG) / 2
                             : y + frame->plan.height / 2;
        draw_state_sign(frame, state, px(frame, 20), sign);
        if (roomy)
            draw_gutter_roomy(frame, node, y, state);
        else
            draw_gutter_small(frame, node, y, state);
    }
    frame_rect(frame, ROLE_RULE, frame->gutter.x1 - px(frame, 1), frame->gutter.y0,
               frame->gutter.x1, frame->gutter.y1);
}
