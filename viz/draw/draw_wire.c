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

struct wires {
    const struct frame *frame;
    int64_t block_ns;
    int64_t first; /* block number */
    uint32_t count;
    uint32_t limit;
    bool talk_gathered[BLOCKS_MAX];
    bool beats_gathered;
    int32_t label_x; /* right of the last reason */
};

static enum role wire_role(const struct seen_message *message)
{
    switch ((enum message_kind)message->kind) {
    case MESSAGE_REQUEST:
        return ROLE_ASK;
    case MESSAGE_REPLY:
        return ROLE_REPLY;
    case MESSAGE_JOIN:
    case MESSAGE_LEAVE:
        return ROLE_JOIN;
    default:
        return ROLE_BEAT;
    }
}

static int32_t lifeline_y(const struct frame *frame, uint32_t slot)
{
    return frame_lane_y(frame, slot) + frame->plan.lifeline;
}

static void draw_head(struct wires *wires, const struct seen_message *message, int32_t x, int32_t y,
                      uint8_t alpha)
{
    const struct frame *frame = wires->frame;
    int32_t r = px(frame, 2);
    struct shape *head;
    if (message->kind == MESSAGE_REPLY)
        head = frame_rect(frame, ROLE_REPLY, x - r, y - r, x + r + 1, y + r + 1);
    else
        head = shapes_add(frame->out, SHAPE_DOT, wire_role(message), x, y, x, y);
    head->size = message->kind == MESSAGE_REPLY ? 0 : (uint8_t)r;
    head->alpha = alpha;
}

static void draw_drop(struct wires *wires, const struct seen_message *message, int32_t x, int32_t y,
                      uint8_t alpha)
{
    const struct frame *frame = wires->frame;
    struct shape *cross = shapes_add(frame->out, SHAPE_CROSS, ROLE_LOST, x, y, x, y);
    const char *why = drop_name(message->end);
    bool beat = message->kind == MESSAGE_HEARTBEAT;
    cross->size = (uint8_t)px(frame, beat ? 2 : 4);
    cross->alpha = alpha;
    if (beat || frame->plan.small || x < wires->label_x)
        return;
    wires->label_x = x + px(frame, 20) + text_width(frame, FACE_SMALL, why);
    frame_text(frame, FACE_SMALL, ROLE_LOST, x + px(frame, 8),
               y - face_height(frame, FACE_SMALL) / 2, why);
}

static void draw_wire(struct wires *wires, const struct seen_message *message, struct thing thing)
{
    const struct frame *frame = wires->frame;
    uint32_t from;
    uint32_t to;
    uint8_t alpha = frame_strength(frame, thing);
    if (!alpha || !frame_slot(frame, message->from, &from) || !frame_slot(frame, message->to, &to))
        return;
    int32_t y0 = lifeline_y(frame, from);
    int32_t y1 = lifeline_y(frame, to);
    if ((y0 < frame->lanes.y0 && y1 < frame->lanes.y0) ||
        (y0 >= frame->lanes.y1 && y1 >= frame->lanes.y1))
        return;
    bool under_way = message->end == MESSAGE_UNDER_WAY;
    bool received = message->end == MESSAGE_RECEIVED;
    int64_t end_ns = under_way ? frame->model->last_ns : message->span.end_ns;
    int32_t x0 = frame_x(frame, message->span.start_ns);
    int32_t x1 = frame_x(frame, end_ns);
    if (!received)
        y1 = y0 + (y1 - y0) * (message->kind == MESSAGE_HEARTBEAT ? 3 : 2) / 4;
    struct shape *line = shapes_add(frame->out, SHAPE_LINE, wire_role(message), x0, y0, x1, y1);
    bool beat = message->kind == MESSAGE_HEARTBEAT;
    bool chosen = thing_equal(thing, frame->look->chosen);
    line->size = (uint8_t)px(frame, chosen ? 10 : beat ? 4 : 5);
    line->alpha = (uint8_t)(beat ? alpha * 2 / 3 : alpha);
    line->thing = thing;
    if (!received && !under_way)
        draw_drop(wires, message, x1, y1, alpha);
    else if (received && !beat)
        draw_head(wires, message, x1, y1, alpha);
}

static void draw_range(struct wires *wires, const struct spans *spans, enum thing_kind kind,
                       size_t first, size_t past)
{
    for (size_t i = first; i < past; i++)
        draw_wire(wires, spans_at(spans, i), (struct thing){kind, (uint32_t)i});
}

/* Those that were sent before the picture begins and are still under way in it. */
static void draw_older(struct wires *wires, const struct spans *spans, enum thing_kind kind)
{
    int64_t t0 = wires->first * wires->block_ns;
    size_t first = spans_find(spans, t0);
    uint32_t drawn = 0;
    for (size_t i = spans_next(spans, 0, t0, t0); i < first && drawn < OLDER_MAX;
         i = spans_next(spans, i + 1, t0, t0), drawn++)
        draw_wire(wires, spans_at(spans, i), (struct thing){kind, (uint32_t)i});
}

static size_t block_find(const struct wires *wires, const struct spans *spans, uint32_t block)
{
    return spans_find(spans, (wires->first + block) * wires->block_ns);
}

static void draw_talk(struct wires *wires)
{
    const struct spans *talk = &wires->frame->model->talk;
    draw_older(wires, talk, THING_MESSAGE);
    size_t first = block_find(wires, talk, 0);
    for (uint32_t block = 0; block < wires->count; block++) {
        size_t past = block_find(wires, talk, block + 1);
        wires->talk_gathered[block] = past - first > wires->limit;
        if (!wires->talk_gathered[block])
            draw_range(wires, talk, THING_MESSAGE, first, past);
        first = past;
    }
}

/* Heartbeats come evenly, so all are gathered or none: it would change from block to block else. */
static void draw_beats(struct wires *wires)
{
    const struct spans *beats = &wires->frame->model->beats;
    size_t first = block_find(wires, beats, 0);
    size_t past = block_find(wires, beats, wires->count);
    wires->beats_gathered = past - first > (size_t)wires->limit * wires->count / 2;
    if (wires->beats_gathered)
        return;
    draw_older(wires, beats, THING_BEAT);
    draw_range(wires, beats, THING_BEAT, first, past);
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
        traffic.messages += after[MOMENT_SENT] - before[MOMENT_SENT];
        traffic.messages += after[MOMENT_RECEIVED] - before[MOMENT_RECEIVED];
        traffic.lost += after[MOMENT_DROPPED] - before[MOMENT_DROPPED];
    }
    if (beats) {
        traffic.messages += after[MOMENT_BEAT] - before[MOMENT_BEAT];
        traffic.messages += after[MOMENT_BEAT_HEARD] - before[MOMENT_BEAT_HEARD];
        traffic.lost += after[MOMENT_BEAT_DROPPED] - before[MOMENT_BEAT_DROPPED];
    }
    return traffic;
}

static void draw_traffic_block(struct wires *wires, uint32_t slot, uint32_t block,
                               struct traffic traffic, bool talk)
{
    const struct frame *frame = wires->frame;
    int32_t y = lifeline_y(frame, slot) + px(frame, 2);
    int32_t x0 = frame_x(frame, (wires->first + block) * wires->block_ns);
    int32_t x1 = frame_x(frame, (wires->first + block + 1) * wires->block_ns) - px(frame, 1);
    int32_t most = frame->plan.small ? px(frame, 3) : frame->plan.traffic - px(frame, 2);
    int32_t height = most * magnitude(traffic.messages) / 14;
    height = height > most ? most : height < px(frame, 2) ? px(frame, 2) : height;
    struct shape *bar = frame_rect(frame, talk ? ROLE_ASK : ROLE_BEAT, x0, y, x1, y + height);
    int32_t alpha = frame->plan.small ? 60 + 10 * magnitude(traffic.messages) : 150;
    bar->alpha = (uint8_t)((alpha > 220 ? 220 : alpha) * frame->alpha / 255);
    char text[FORMAT_MAX];
    char count[24];
    char lost[24];
    format_count(count, sizeof count, traffic.messages);
    format_count(lost, sizeof lost, traffic.lost);
    snprintf(text, sizeof text, "%s messages sent and received here, %s lost: zoom in to see them",
             count, lost);
    shapes_hint(frame->out, text);
    if (!traffic.lost)
        return;
    struct shape *mark =
        frame_rect(frame, ROLE_LOST, x0, y + height, x1, y + height + px(frame, 2));
    mark->alpha = frame->alpha;
    shapes_hint(frame->out, text);
}

static void draw_traffic(struct wires *wires, uint32_t slot)
{
    const struct history *history =
        &wires->frame->model->lanes[frame_node(wires->frame, slot)].history;
    uint32_t counts[2][MOMENT_CLASSES];
    size_t place = 0;
    bool known = false; /* counts[0] are those at the beginning of the block */
    for (uint32_t block = 0; block < wires->count; block++) {
        bool talk = wires->talk_gathered[block];
        if (!talk && !wires->beats_gathered) {
            known = false;
            continue;
        }
        int64_t t = (wires->first + block) * wires->block_ns;
        if (!known) {
            place = history_find(history, place, t);
            history_counts(history, place, counts[0]);
        }
        place = history_find(history, place, t + wires->block_ns);
        history_counts(history, place, counts[1]);
        struct traffic traffic = traffic_of(counts[0], counts[1], talk, wires->beats_gathered);
        if (traffic.messages || traffic.lost)
            draw_traffic_block(wires, slot, block, traffic, talk);
        for (uint32_t class = 0; class < MOMENT_CLASSES; class ++)
            counts[0][class] = counts[1][class];
        known = true;
    }
}

/* What the lanes don't have the room to count is counted below the times. */
static void draw_counts(struct wires *wires)
{
    const struct frame *frame = wires->frame;
    const uint32_t group = 6;
    int32_t y = frame->axis.y1 - face_height(frame, FACE_SMALL);
    struct shape *clip = shapes_add(frame->out, SHAPE_CLIP, ROLE_SHADE, frame->axis.x0,
                                    frame->axis.y0, frame->axis.x1, frame->axis.y1);
    clip->alpha = 0;
    for (uint32_t block = (uint32_t)((group - wires->first % group) % group);
         block + group <= wires->count; block += group) {
        size_t count = 0;
        for (uint32_t i = block; i < block + group; i++)
            if (wires->talk_gathered[i])
                count += block_find(wires, &frame->model->talk, i + 1) -
                         block_find(wires, &frame->model->talk, i);
        if (wires->beats_gathered)
            count += block_find(wires, &frame->model->beats, block + group) -
                     block_find(wires, &frame->model->beats, block);
        if (!count)
            continue;
        char number[24];
        char text[48];
        int32_t x = frame_x(frame, (wires->first + block) * wires->block_ns);
        format_count(number, sizeof number, count);
        snprintf(text, sizeof text, "%s msgs", number);
        frame_text_fit(frame, FACE_SMALL, ROLE_FAINT, x + px(frame, 4), y, px(frame, BLOCK * 6 - 8),
                       text);
    }
    frame_clip(frame, frame->lanes);
}

static void draw_story(struct wires *wires, const struct story *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->things[i].kind == THING_MESSAGE)
            draw_wire(wires, model_message(wires->frame->model, story->things[i].index),
                      story->things[i]);
        else if (story->things[i].kind == THING_BEAT)
            draw_wire(wires, model_beat(wires->frame->model, story->things[i].index),
                      story->things[i]);
}

void draw_wires(const struct frame *frame)
{
    struct wires wires = {.frame = frame, .block_ns = frame->chunk_ns * BLOCK / 48};
    if (wires.block_ns < 1)
        wires.block_ns = 1;
    wires.first = draw_first_chunk(frame->look->t0_ns, wires.block_ns);
    int64_t past = draw_first_chunk(frame->look->t1_ns - 1, wires.block_ns) + 1;
    wires.count = (uint32_t)(past - wires.first);
    if (wires.count > BLOCKS_MAX)
        wires.count = BLOCKS_MAX;
    wires.limit = BLOCK_LEAST + 2 * (frame->last_slot - frame->first_slot);
    if (wires.limit > BLOCK_MOST)
        wires.limit = BLOCK_MOST;
    if (frame->look->filter[0] && !frame->look->nodes) {
        draw_story(&wires, &frame->look->filtered);
    } else {
        draw_beats(&wires);
        draw_talk(&wires);
        for (uint32_t slot = frame->first_slot; slot < frame->last_slot; slot++)
            draw_traffic(&wires, slot);
        draw_counts(&wires);
    }
    draw_story(&wires, &frame->look->story);
}
