/* Messages as lines from lifeline to lifeline. A request ends in a dot, a reply in a square, a lost
 * one in a cross with the reason. Where they are too many for the pixels they become traffic:
 * heights below the lifelines of those who sent and got them, with their count. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>

#define BLOCK      16 /* pixels of the design that are gathered together */
#define BLOCKS_MAX 2048u
#define BLOCK_LEAST                                                                                \
    12u /* so many messages can be told apart in a block, and 2 more with each lane */
#define BLOCK_MOST 40u
#define OLDER_MAX  500u /* under way since before the picture begins */

/* Why a message was lost, right of its cross. It waits until the next cross at that height is
 * known, and is left out if that one lies in it: the last of several that are near has its reason.
 */
struct loss_reason {
    char text[20]; /* "loss", "n6 down"; empty: there is none */
    int32_t x;
    int32_t y;
    uint8_t alpha;
};

#define REASONS 32u /* heights at which one waits at a time */

struct message_drawing {
    const struct layout *layout;
    int64_t block_ns;
    int64_t first; /* block number */
    uint32_t count;
    uint32_t limit;
    bool messages_grouped[BLOCKS_MAX];
    bool heartbeats_grouped;
    struct loss_reason reasons[REASONS];
};

static void draw_reason(const struct layout *layout, struct loss_reason *reason)
{
    size_t before = layout->out->count;
    if (*reason->text)
        pen_text(layout, FACE_SMALL, ROLE_LOST, reason->x + px(layout, 8),
                 reason->y - pen_line_height(layout, FACE_SMALL) / 2, reason->text);
    if (layout->out->count > before)
        layout->out->items[before].alpha = reason->alpha;
    *reason->text = '\0';
}

/* The new one waits; what waited near this height is drawn or left out. */
static void add_reason(struct message_drawing *drawing, struct loss_reason next)
{
    const struct layout *layout = drawing->layout;
    int32_t band = next.y / pen_line_height(layout, FACE_SMALL);
    struct loss_reason *reason = &drawing->reasons[(uint32_t)band % REASONS];
    int32_t apart = next.y - reason->y;
    bool hidden =
        *reason->text && apart > -px(layout, 12) && apart < px(layout, 12) && next.x > reason->x &&
        next.x < reason->x + px(layout, 14) + pen_text_width(layout, FACE_SMALL, reason->text);
    if (!hidden)
        draw_reason(layout, reason);
    *reason = next;
}

static enum role message_role(const struct model_message *message)
{
    switch ((enum message_kind)message->kind) {
    case MESSAGE_REQUEST:
        return ROLE_REQUEST_MESSAGE;
    case MESSAGE_REPLY:
        return ROLE_REPLY_MESSAGE;
    case MESSAGE_JOIN:
    case MESSAGE_LEAVE:
        return ROLE_JOIN_MESSAGE;
    case MESSAGE_HAND_OVER:
        return ROLE_MOVED;
    default:
        return ROLE_HEARTBEAT;
    }
}

static int32_t lifeline_y(const struct layout *layout, uint32_t slot)
{
    return layout_lane_y(layout, slot) + layout->lane.lifeline;
}

static void draw_head(struct message_drawing *drawing, const struct model_message *message,
                      int32_t x, int32_t y, uint8_t alpha)
{
    const struct layout *layout = drawing->layout;
    int32_t r = px(layout, 2);
    struct shape *head;
    if (message->kind == MESSAGE_REPLY)
        head = pen_rect(layout, ROLE_REPLY_MESSAGE, x - r, y - r, x + r + 1, y + r + 1);
    else
        head = shapes_add(layout->out, SHAPE_DOT, message_role(message), x, y, x, y);
    head->size = message->kind == MESSAGE_REPLY ? 0 : (uint8_t)r;
    head->alpha = alpha;
}

static void draw_drop(struct message_drawing *drawing, const struct model_message *message,
                      int32_t x, int32_t y, uint8_t alpha)
{
    const struct layout *layout = drawing->layout;
    struct shape *cross = shapes_add(layout->out, SHAPE_CROSS, ROLE_LOST, x, y, x, y);
    bool beat = message->kind == MESSAGE_HEARTBEAT;
    cross->size = (uint8_t)px(layout, beat ? 2 : 4);
    cross->alpha = alpha;
    if (beat || layout->lane.small)
        return;
    struct loss_reason reason = {.x = x, .y = y, .alpha = alpha};
    if (message->end == DROP_DOWN) /* it stands in another node's lane */
        snprintf(reason.text, sizeof reason.text, "n%u down", message->to + 1);
    else
        snprintf(reason.text, sizeof reason.text, "%s", drop_name(message->end));
    add_reason(drawing, reason);
}

static void draw_message(struct message_drawing *drawing, const struct model_message *message,
                         struct thing thing)
{
    const struct layout *layout = drawing->layout;
    uint32_t from;
    uint32_t to;
    uint8_t alpha = layout_alpha(layout, thing);
    if (!alpha || !layout_slot(layout, message->from, &from) ||
        !layout_slot(layout, message->to, &to))
        return;
    int32_t y0 = lifeline_y(layout, from);
    int32_t y1 = lifeline_y(layout, to);
    if ((y0 < layout->lanes.y0 && y1 < layout->lanes.y0) ||
        (y0 >= layout->lanes.y1 && y1 >= layout->lanes.y1))
        return;
    bool under_way = message->end == MESSAGE_UNDER_WAY;
    bool received = message->end == MESSAGE_RECEIVED;
    int64_t end_ns = under_way ? layout->model->last_ns : message->span.end_ns;
    int32_t x0 = layout_x(layout, message->span.start_ns);
    int32_t x1 = layout_x(layout, end_ns);
    if (!received)
        y1 = y0 + (y1 - y0) * (message->kind == MESSAGE_HEARTBEAT ? 3 : 2) / 4;
    struct shape *line = shapes_add(layout->out, SHAPE_LINE, message_role(message), x0, y0, x1, y1);
    bool beat = message->kind == MESSAGE_HEARTBEAT;
    bool chosen = thing_equal(thing, layout->viewport->chosen);
    line->size = (uint8_t)px(layout, chosen ? 10 : beat ? 4 : 5);
    line->alpha = (uint8_t)(beat ? alpha * 2 / 3 : alpha);
    line->thing = thing;
    if (!received && !under_way)
        draw_drop(drawing, message, x1, y1, alpha);
    else if (received && !beat)
        draw_head(drawing, message, x1, y1, alpha);
}

static void draw_range(struct message_drawing *drawing, const struct spans *spans,
                       enum thing_kind kind, size_t first, size_t past)
{
    for (size_t i = first; i < past; i++)
        draw_message(drawing, spans_at(spans, i), (struct thing){kind, (uint32_t)i});
}

/* Those that were sent before the picture begins and are still under way in it. */
static void draw_older(struct message_drawing *drawing, const struct spans *spans,
                       enum thing_kind kind)
{
    int64_t t0 = drawing->first * drawing->block_ns;
    size_t first = spans_find(spans, t0);
    uint32_t drawn = 0;
    for (size_t i = spans_next(spans, 0, t0, t0); i < first && drawn < OLDER_MAX;
         i = spans_next(spans, i + 1, t0, t0), drawn++)
        draw_message(drawing, spans_at(spans, i), (struct thing){kind, (uint32_t)i});
}

static size_t block_find(const struct message_drawing *drawing, const struct spans *spans,
                         uint32_t block)
{
    return spans_find(spans, (drawing->first + block) * drawing->block_ns);
}

static void draw_all_messages(struct message_drawing *drawing)
{
    const struct spans *talk = &drawing->layout->model->messages;
    draw_older(drawing, talk, THING_MESSAGE);
    size_t first = block_find(drawing, talk, 0);
    for (uint32_t block = 0; block < drawing->count; block++) {
        size_t past = block_find(drawing, talk, block + 1);
        drawing->messages_grouped[block] = past - first > drawing->limit;
        if (!drawing->messages_grouped[block])
            draw_range(drawing, talk, THING_MESSAGE, first, past);
        first = past;
    }
}

/* Heartbeats come evenly, so all are gathered or none: it would change from block to block else. */
static void draw_heartbeats(struct message_drawing *drawing)
{
    const struct spans *beats = &drawing->layout->model->heartbeats;
    size_t first = block_find(drawing, beats, 0);
    size_t past = block_find(drawing, beats, drawing->count);
    drawing->heartbeats_grouped = past - first > (size_t)drawing->limit * drawing->count / 2;
    if (drawing->heartbeats_grouped)
        return;
    draw_older(drawing, beats, THING_HEARTBEAT);
    draw_range(drawing, beats, THING_HEARTBEAT, first, past);
}

static int32_t magnitude(uint64_t count)
{
    return count ? 64 - __builtin_clzll(count) : 0;
}

struct traffic {
    uint64_t messages;
    uint64_t lost;
};

static struct traffic traffic_of(const uint32_t *before, const uint32_t *after, bool talk,
                                 bool beats)
{
    struct traffic traffic = {0};
    if (talk) {
        traffic.messages += after[HISTORY_SENT] - before[HISTORY_SENT];
        traffic.messages += after[HISTORY_RECEIVED] - before[HISTORY_RECEIVED];
        traffic.lost += after[HISTORY_DROPPED] - before[HISTORY_DROPPED];
    }
    if (beats) {
        traffic.messages += after[HISTORY_HEARTBEAT_SENT] - before[HISTORY_HEARTBEAT_SENT];
        traffic.messages += after[HISTORY_HEARTBEAT_RECEIVED] - before[HISTORY_HEARTBEAT_RECEIVED];
        traffic.lost += after[HISTORY_HEARTBEAT_DROPPED] - before[HISTORY_HEARTBEAT_DROPPED];
    }
    return traffic;
}

static void draw_traffic_block(struct message_drawing *drawing, uint32_t slot, uint32_t block,
                               struct traffic traffic, bool talk)
{
    const struct layout *layout = drawing->layout;
    int32_t y = lifeline_y(layout, slot) + px(layout, 2);
    int32_t x0 = layout_x(layout, (drawing->first + block) * drawing->block_ns);
    int32_t x1 = layout_x(layout, (drawing->first + block + 1) * drawing->block_ns) - px(layout, 1);
    int32_t most = layout->lane.small ? px(layout, 3) : layout->lane.traffic - px(layout, 2);
    int32_t height = most * magnitude(traffic.messages) / 14;
    height = height > most ? most : height < px(layout, 2) ? px(layout, 2) : height;
    struct shape *bar =
        pen_rect(layout, talk ? ROLE_REQUEST_MESSAGE : ROLE_HEARTBEAT, x0, y, x1, y + height);
    int32_t alpha = layout->lane.small ? 60 + 10 * magnitude(traffic.messages) : 150;
    bar->alpha = (uint8_t)((alpha > 220 ? 220 : alpha) * layout->alpha / 255);
    char text[FORMAT_MAX];
    snprintf(text, sizeof text, "%s messages sent and received here, %s lost: zoom in to see them",
             format_count(traffic.messages).text, format_count(traffic.lost).text);
    shapes_tooltip(layout->out, text);
    if (!traffic.lost)
        return;
    struct shape *mark =
        pen_rect(layout, ROLE_LOST, x0, y + height, x1, y + height + px(layout, 2));
    mark->alpha = layout->alpha;
    shapes_tooltip(layout->out, text);
}

static void draw_traffic(struct message_drawing *drawing, uint32_t slot)
{
    const struct history *history =
        &drawing->layout->model->lanes[layout_node(drawing->layout, slot)].history;
    uint32_t counts[2][HISTORY_CLASSES];
    size_t place = 0;
    bool known = false; /* counts[0] are those at the beginning of the block */
    for (uint32_t block = 0; block < drawing->count; block++) {
        bool talk = drawing->messages_grouped[block];
        if (!talk && !drawing->heartbeats_grouped) {
            known = false;
            continue;
        }
        int64_t t = (drawing->first + block) * drawing->block_ns;
        if (!known) {
            place = history_find(history, place, t);
            history_counts(history, place, counts[0]);
        }
        place = history_find(history, place, t + drawing->block_ns);
        history_counts(history, place, counts[1]);
        struct traffic traffic =
            traffic_of(counts[0], counts[1], talk, drawing->heartbeats_grouped);
        if (traffic.messages || traffic.lost)
            draw_traffic_block(drawing, slot, block, traffic, talk);
        for (uint32_t class = 0; class < HISTORY_CLASSES; class ++)
            counts[0][class] = counts[1][class];
        known = true;
    }
}

/* What the lanes don't have the room to count is counted below the times. */
static void draw_counts(struct message_drawing *drawing)
{
    const struct layout *layout = drawing->layout;
    const uint32_t group = 6;
    int32_t y = layout->axis.y1 - pen_line_height(layout, FACE_SMALL) - px(layout, 3);
    struct shape *clip = shapes_add(layout->out, SHAPE_CLIP, ROLE_SHADE, layout->axis.x0,
                                    layout->axis.y0, layout->axis.x1, layout->axis.y1);
    clip->alpha = 0;
    for (uint32_t block = (uint32_t)((group - drawing->first % group) % group);
         block + group <= drawing->count; block += group) {
        size_t count = 0;
        for (uint32_t i = block; i < block + group; i++)
            if (drawing->messages_grouped[i])
                count += block_find(drawing, &layout->model->messages, i + 1) -
                         block_find(drawing, &layout->model->messages, i);
        if (drawing->heartbeats_grouped)
            count += block_find(drawing, &layout->model->heartbeats, block + group) -
                     block_find(drawing, &layout->model->heartbeats, block);
        if (!count)
            continue;
        char text[48];
        int32_t x = layout_x(layout, (drawing->first + block) * drawing->block_ns);
        snprintf(text, sizeof text, "%s msgs", format_count(count).text);
        pen_text_fit(layout, FACE_SMALL, ROLE_FAINT, x + px(layout, 4), y,
                     px(layout, BLOCK * 6 - 8), text);
    }
    pen_clip(layout, layout->lanes);
}

static void draw_set(struct message_drawing *drawing, const struct thing_set *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->things[i].kind == THING_MESSAGE)
            draw_message(drawing, model_message(drawing->layout->model, story->things[i].index),
                         story->things[i]);
        else if (story->things[i].kind == THING_HEARTBEAT)
            draw_message(drawing, model_heartbeat(drawing->layout->model, story->things[i].index),
                         story->things[i]);
}

void draw_messages(const struct layout *layout)
{
    struct message_drawing drawing = {.layout = layout, .block_ns = layout->bucket_ns * BLOCK / 48};
    if (drawing.block_ns < 1)
        drawing.block_ns = 1;
    drawing.first = layout_bucket(layout->viewport->t0_ns, drawing.block_ns);
    int64_t past = layout_bucket(layout->viewport->t1_ns - 1, drawing.block_ns) + 1;
    drawing.count = (uint32_t)(past - drawing.first);
    if (drawing.count > BLOCKS_MAX)
        drawing.count = BLOCKS_MAX;
    drawing.limit = BLOCK_LEAST + 2 * (layout->last_slot - layout->first_slot);
    if (drawing.limit > BLOCK_MOST)
        drawing.limit = BLOCK_MOST;
    if (viewport_filters_ids(layout->viewport)) {
        draw_set(&drawing, &layout->viewport->filtered);
    } else {
        draw_heartbeats(&drawing);
        draw_all_messages(&drawing);
        for (uint32_t slot = layout->first_slot; slot < layout->last_slot; slot++)
            draw_traffic(&drawing, slot);
        draw_counts(&drawing);
    }
    draw_set(&drawing, &layout->viewport->related);
    for (uint32_t i = 0; i < REASONS; i++)
        draw_reason(layout, &drawing.reasons[i]);
}
