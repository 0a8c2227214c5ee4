#include "viz/draw/frame.h"

#include <stdio.h>
#include <stdlib.h>

#define TOP_HEIGHT    64
#define AXIS_HEIGHT   46
#define STATUS_HEIGHT 26
#define GUTTER_WIDTH  158
#define PANEL_WIDTH   272
#define PANEL_FROM    860 /* narrower windows have no panel */
#define LANE_LEAST    26
#define LANE_ROOMY    172
#define LANE_TALL     140 /* from here on there is room for more rows of requests */
#define LANE_SMALL    62  /* below, a lane keeps what is essential */
#define ROW_PITCH     25
#define CHUNK         48

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t clamp(int32_t x, int32_t low, int32_t high)
{
    return most(low, least(x, high));
}

/* Rows that any lane has ever had, so that lanes keep their height while time passes by. */
static int32_t rows_used(const struct model *model)
{
    size_t rows = 1;
    for (uint32_t node = 0; node < model->nodes; node++)
        if (model->lanes[node].workers.count > rows)
            rows = model->lanes[node].workers.count;
    return (int32_t)rows;
}

static void place_boxes(struct frame *frame)
{
    const struct look *look = frame->look;
    int32_t top = px(frame, TOP_HEIGHT);
    int32_t axis = px(frame, AXIS_HEIGHT);
    int32_t status = look->live ? px(frame, STATUS_HEIGHT) : px(frame, 10);
    bool panel = look->panel && look->width >= px(frame, PANEL_FROM);
    int32_t right = look->width - (panel ? px(frame, PANEL_WIDTH) : px(frame, 12));
    int32_t left = least(px(frame, GUTTER_WIDTH), look->width / 3);
    int32_t bottom = most(look->height - status, top + axis + 1);
    right = most(right, left + 1);
    frame->top = (struct box){0, 0, look->width, top};
    frame->axis = (struct box){left, top, right, top + axis};
    frame->gutter = (struct box){0, top + axis, left, bottom};
    frame->lanes = (struct box){left, top + axis, right, bottom};
    frame->panel = panel ? (struct box){right, top, look->width, bottom} : (struct box){0};
    frame->status = (struct box){0, bottom, look->width, look->height};
}

/* Lanes shrink until they would be too small to tell anything; then they scroll. */
static int32_t lane_height(const struct frame *frame, int32_t rows)
{
    int32_t wanted = most(px(frame, LANE_ROOMY), px(frame, 56 + ROW_PITCH * rows));
    int32_t room =
        (frame->lanes.y1 - frame->lanes.y0) / (int32_t)least((int32_t)frame->slots, 1000);
    return clamp(room, px(frame, LANE_LEAST), wanted);
}

static void plan_lane(struct frame *frame, int32_t rows)
{
    struct lane_plan *plan = &frame->plan;
    plan->height = lane_height(frame, rows);
    plan->small = plan->height < px(frame, LANE_SMALL);
    plan->request_pitch = px(frame, 5);
    plan->request_rows = plan->small ? 1 : plan->height >= px(frame, LANE_TALL) ? 5 : 3;
    plan->requests = plan->small ? px(frame, 2) : px(frame, 7);
    plan->lifeline = plan->requests + plan->request_pitch * plan->request_rows + px(frame, 2);
    plan->traffic = plan->small ? 0 : px(frame, 12);
    plan->workers = plan->lifeline + plan->traffic + px(frame, plan->small ? 3 : 5);
    int32_t room = plan->height - plan->workers - px(frame, plan->small ? 2 : 6);
    plan->pitch = clamp(room / rows, px(frame, plan->small ? 6 : 8), px(frame, ROW_PITCH));
    plan->pitch = least(plan->pitch, most(room, 1));
    plan->gathers = rows > room / plan->pitch || rows == (int32_t)ROWS_MAX;
    plan->rest = plan->small ? plan->pitch : px(frame, 17);
    plan->rows = plan->gathers ? clamp((room - plan->rest) / plan->pitch, 0, rows) : rows;
}

void frame_init(struct frame *frame, const struct model *model, const struct look *look,
                const struct type *type, struct shapes *out)
{
    *frame = (struct frame){.model = model, .look = look, .type = type, .out = out};
    frame->slots = look->nodes ? look->nodes_count : model->nodes;
    place_boxes(frame);
    if (frame->slots)
        plan_lane(frame, rows_used(model));
    int32_t height = most(frame->plan.height, 1);
    int32_t scroll = clamp(look->scroll, 0, frame_scroll_most(frame));
    int32_t seen = frame->lanes.y1 - frame->lanes.y0;
    frame->first_slot = (uint32_t)(scroll / height);
    uint32_t past = (uint32_t)((scroll + seen + height - 1) / height);
    frame->last_slot = past < frame->slots ? past : frame->slots;
    int64_t width = frame->lanes.x1 - frame->lanes.x0;
    frame->chunk_ns = (look->t1_ns - look->t0_ns) * px(frame, CHUNK) / width;
    if (frame->chunk_ns < 1)
        frame->chunk_ns = 1;
    frame->alpha = look->story.count ? 70 : 255;
}

int32_t frame_x(const struct frame *frame, int64_t t_ns)
{
    const struct look *look = frame->look;
    int64_t width = frame->lanes.x1 - frame->lanes.x0;
    int64_t span = look->t1_ns - look->t0_ns;
    if (t_ns >= TIME_NEVER)
        return frame->lanes.x1 + (int32_t)width;
    __int128 x = (__int128)(t_ns - look->t0_ns) * width / span;
    /* Far enough outside that what is drawn to there looks the same, near enough to compute with.
     */
    x = x < -4 * width ? -4 * width : x > 5 * width ? 5 * width : x;
    return frame->lanes.x0 + (int32_t)x;
}

int64_t frame_t(const struct frame *frame, int32_t x)
{
    const struct look *look = frame->look;
    int64_t width = frame->lanes.x1 - frame->lanes.x0;
    return look->t0_ns +
           (int64_t)((__int128)(x - frame->lanes.x0) * (look->t1_ns - look->t0_ns) / width);
}

node_id frame_node(const struct frame *frame, uint32_t slot)
{
    return frame->look->nodes ? frame->look->nodes[slot] : slot;
}

bool frame_slot(const struct frame *frame, node_id node, uint32_t *slot)
{
    *slot = node;
    if (!frame->look->nodes)
        return node < frame->slots;
    for (uint32_t i = 0; i < frame->slots; i++)
        if (frame->look->nodes[i] == node) {
            *slot = i;
            return true;
        }
    return false;
}

int32_t frame_scroll_most(const struct frame *frame)
{
    int64_t whole = (int64_t)frame->slots * frame->plan.height;
    int64_t beyond = whole - (frame->lanes.y1 - frame->lanes.y0);
    return beyond > 0 ? (int32_t)beyond : 0;
}

int32_t frame_lane_y(const struct frame *frame, uint32_t slot)
{
    int32_t scroll = clamp(frame->look->scroll, 0, frame_scroll_most(frame));
    int64_t y = frame->lanes.y0 + (int64_t)slot * frame->plan.height - scroll;
    return (int32_t)(y < -(1 << 20) ? -(1 << 20) : y > 1 << 20 ? 1 << 20 : y);
}

int32_t frame_whole_height(const struct model *model, const struct look *look,
                           const struct type *type)
{
    struct frame frame;
    frame_init(&frame, model, look, type, NULL);
    int32_t lanes = (int32_t)least((int32_t)frame.slots, 400) * frame.plan.height;
    return frame.lanes.y0 + lanes + (look->height - frame.lanes.y1);
}

uint8_t frame_strength(const struct frame *frame, struct thing thing)
{
    const struct look *look = frame->look;
    if (look->story.count && story_has(&look->story, thing))
        return 255;
    if (look->filter[0] && !look->nodes)
        return story_has(&look->filtered, thing) ? frame->alpha : 0;
    return frame->alpha;
}

int32_t face_height(const struct frame *frame, enum face face)
{
    return frame->type->faces[face].height;
}

int32_t face_y(const struct frame *frame, enum face face, int32_t y, int32_t height)
{
    return y + (height - face_height(frame, face)) / 2;
}

int32_t text_width(const struct frame *frame, enum face face, const char *text)
{
    return type_width(frame->type, face, text);
}

int32_t frame_text(const struct frame *frame, enum face face, enum role role, int32_t x, int32_t y,
                   const char *text)
{
    int32_t width = type_width(frame->type, face, text);
    uint32_t kept = shapes_keep(frame->out, text);
    struct shape *shape =
        shapes_add(frame->out, SHAPE_TEXT, role, x, y, x + width, y + face_height(frame, face));
    shape->size = (uint8_t)face;
    shape->text = kept;
    return width;
}

int32_t frame_text_fit(const struct frame *frame, enum face face, enum role role, int32_t x,
                       int32_t y, int32_t width, const char *text)
{
    char fitted[256];
    snprintf(fitted, sizeof fitted, "%s", text);
    if (type_fit(frame->type, face, fitted, width) == 0)
        return 0;
    return frame_text(frame, face, role, x, y, fitted);
}

int32_t frame_text_right(const struct frame *frame, enum face face, enum role role, int32_t x,
                         int32_t y, const char *text)
{
    int32_t width = type_width(frame->type, face, text);
    frame_text(frame, face, role, x - width, y, text);
    return width;
}

struct shape *frame_rect(const struct frame *frame, enum role role, int32_t x0, int32_t y0,
                         int32_t x1, int32_t y1)
{
    return shapes_add(frame->out, SHAPE_RECT, role, x0, y0, x1, y1);
}

void frame_clip(const struct frame *frame, struct box box)
{
    shapes_add(frame->out, SHAPE_CLIP, ROLE_SHADE, box.x0, box.y0, box.x1, box.y1);
}
