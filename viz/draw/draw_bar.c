/* Workers as bars, from their start to their end, in the rows of their lanes; and what joins two
 * live workers of one id.
 *
 * A loading bar is striped, a ready one full, each request served is a tick at its foot; an expired
 * one is closed by a cap, a lost one by a cross, a live one is open with an arrow. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

/* Bars that are narrower are gathered with their neighbours. */
#define NARROW       4
#define GATHER_WIDTH 48

static int32_t row_y(const struct frame *frame, uint32_t slot, int32_t row)
{
    return frame_lane_y(frame, slot) + frame->plan.workers + row * frame->plan.pitch;
}

static int32_t bar_height(const struct frame *frame)
{
    int32_t gap = frame->plan.pitch >= px(frame, 14) ? px(frame, 4) : px(frame, 1);
    return frame->plan.pitch - gap > 1 ? frame->plan.pitch - gap : 2;
}

static int64_t end_of(const struct frame *frame, const struct seen_worker *worker)
{
    return worker->fate == FATE_LIVES ? frame->model->last_ns : worker->span.end_ns;
}

bool draw_worker_box(const struct frame *frame, uint32_t index, struct box *box)
{
    const struct seen_worker *worker = model_worker(frame->model, index);
    uint32_t slot;
    if (!frame_slot(frame, worker->node, &slot))
        return false;
    int32_t row = worker->row < frame->plan.rows ? worker->row : frame->plan.rows;
    box->x0 = frame_x(frame, worker->span.start_ns);
    box->x1 = frame_x(frame, end_of(frame, worker));
    box->y0 = row_y(frame, slot, row);
    box->y1 = box->y0 + bar_height(frame);
    if (box->x1 < box->x0 + px(frame, 3))
        box->x1 = box->x0 + px(frame, 3);
    return row < frame->plan.rows;
}

static void draw_body(const struct frame *frame, const struct seen_worker *worker,
                      const struct box *box, uint8_t alpha)
{
    int32_t radius = px(frame, 3);
    bool ready = worker->ready_ns != TIME_NEVER;
    int32_t split = ready ? frame_x(frame, worker->ready_ns) : box->x1;
    if (split > box->x1)
        split = box->x1;
    struct shape *body =
        frame_rect(frame, ready ? ROLE_WORKER : ROLE_PANEL, box->x0, box->y0, box->x1, box->y1);
    body->size = (uint8_t)radius;
    body->alpha = alpha;
    if (split > box->x0 + px(frame, 1)) {
        struct shape *blank = frame_rect(frame, ROLE_PANEL, box->x0, box->y0, split, box->y1);
        blank->size = (uint8_t)(ready ? 0 : radius);
        blank->alpha = alpha;
        shapes_add(frame->out, SHAPE_HATCH, ROLE_LOADING, box->x0, box->y0, split, box->y1)->alpha =
            alpha;
    }
    struct shape *edge =
        shapes_add(frame->out, SHAPE_FRAME, worker->load_failed ? ROLE_LOST : ROLE_WORKER_EDGE,
                   box->x0, box->y0, box->x1, box->y1);
    edge->size = (uint8_t)radius;
    edge->alpha = (uint8_t)(alpha * 3 / 4);
}

static void draw_end(const struct frame *frame, const struct seen_worker *worker,
                     const struct box *box, uint8_t alpha)
{
    int32_t middle = (box->y0 + box->y1) / 2;
    int32_t half = (box->y1 - box->y0) / 2 - px(frame, 1);
    half = half > px(frame, 5) ? px(frame, 5) : half < 2 ? 2 : half;
    if (worker->fate == FATE_EXPIRED) {
        frame_rect(frame, ROLE_WORKER_EDGE, box->x1 - px(frame, 3), box->y0, box->x1, box->y1)
            ->alpha = alpha;
    } else if (worker->fate == FATE_LOST) {
        struct shape *cross =
            shapes_add(frame->out, SHAPE_CROSS, ROLE_LOST, box->x1, middle, box->x1, middle);
        cross->size = (uint8_t)half;
        cross->alpha = alpha;
    } else {
        shapes_add(frame->out, SHAPE_TRIANGLE, ROLE_WORKER_EDGE, box->x1, middle - half,
                   box->x1 + 2 * half + 1, middle + half)
            ->alpha = alpha;
    }
}

static void draw_name(const struct frame *frame, const struct seen_worker *worker,
                      const struct box *box, uint8_t alpha)
{
    char text[FORMAT_MAX];
    const char *id = model_name(frame->model, worker->id);
    int32_t left = box->x0 > frame->lanes.x0 ? box->x0 : frame->lanes.x0;
    int32_t right = box->x1 < frame->lanes.x1 ? box->x1 : frame->lanes.x1;
    int32_t ready = frame_x(frame, worker->ready_ns);
    if (ready > left && ready - left < (right - left) / 2)
        left = ready;
    if (worker->mark != NONE && box->x0 >= frame->lanes.x0)
        left += px(frame, 4); /* room for the dot of what joins it */
    int32_t room = right - left - px(frame, 12);
    if (box->y1 - box->y0 < face_height(frame, FACE_SMALL) || room < px(frame, 8))
        return;
    if (worker->value_size)
        snprintf(text, sizeof text, "%s = %s", id, model_name(frame->model, worker->value));
    else
        snprintf(text, sizeof text, "%s", id);
    char more[FORMAT_MAX + 32];
    snprintf(more, sizeof more, "%s  \xc2\xb7 %" PRIu32 " served", text, worker->served);
    bool all = worker->served > 1 && text_width(frame, FACE_SMALL, more) <= room;
    size_t before = frame->out->count;
    frame_text_fit(frame, FACE_SMALL, ROLE_WORKER_TEXT, left + px(frame, 6),
                   face_y(frame, FACE_SMALL, box->y0, box->y1 - box->y0), room, all ? more : text);
    if (frame->out->count > before)
        frame->out->items[before].alpha = alpha;
}

static void draw_bar(const struct frame *frame, uint32_t index)
{
    const struct seen_worker *worker = model_worker(frame->model, index);
    struct thing thing = {THING_WORKER, index};
    uint8_t alpha = frame_strength(frame, thing);
    struct box box;
    if (!alpha || !draw_worker_box(frame, index, &box))
        return;
    draw_body(frame, worker, &box, alpha);
    draw_end(frame, worker, &box, alpha);
    draw_name(frame, worker, &box, alpha);
    int32_t unit = px(frame, 1);
    if (worker->mark != NONE || thing_equal(thing, frame->look->chosen)) {
        enum role role = worker->mark != NONE ? ROLE_DUPLICATE : ROLE_ACCENT;
        for (int32_t out = 0; out < 2; out++) {
            struct shape *ring =
                shapes_add(frame->out, SHAPE_FRAME, role, box.x0 - out * unit, box.y0 - out * unit,
                           box.x1 + out * unit, box.y1 + out * unit);
            ring->size = (uint8_t)px(frame, 3);
            ring->alpha = alpha;
        }
    }
    struct shape *whole = frame_rect(frame, ROLE_WORKER, box.x0, box.y0, box.x1, box.y1);
    whole->alpha = 0;
    whole->thing = thing;
}

static void draw_ticks(const struct frame *frame, uint32_t slot, const struct row *row, int32_t at)
{
    int32_t bottom = row_y(frame, slot, at) + bar_height(frame) - px(frame, 1);
    int32_t height = bar_height(frame) >= px(frame, 12) ? px(frame, 4) : bar_height(frame) / 3;
    int64_t gap = frame_t(frame, frame->lanes.x0 + px(frame, 3)) - frame->look->t0_ns;
    size_t i = row_tick(row, 0, frame->look->t0_ns);
    while (i < row->ticks_count && row->ticks[i].t_ns < frame->look->t1_ns) {
        int32_t x = frame_x(frame, row->ticks[i].t_ns);
        size_t next = row_tick(row, i, row->ticks[i].t_ns + (gap > 0 ? gap : 1));
        bool gathered = next > i + 1;
        struct thing thing = {row->ticks[i].request == NONE ? THING_NONE : THING_REQUEST,
                              row->ticks[i].request};
        uint8_t alpha = thing.kind ? frame_strength(frame, thing) : frame->alpha;
        if (alpha) {
            struct shape *tick = frame_rect(frame, ROLE_SERVED, x, bottom - height,
                                            x + px(frame, gathered ? 2 : 1), bottom);
            tick->alpha = alpha;
        }
        i = next;
    }
}

/* Bars [first, past) of a row in one block. */
static void draw_gathered(const struct frame *frame, uint32_t slot, int32_t at,
                          const struct row *row, size_t first, size_t past)
{
    char text[FORMAT_MAX];
    char count[24];
    int32_t x0 = frame_x(frame, model_worker(frame->model, row->bars[first])->span.start_ns);
    int32_t x1 = frame_x(frame, end_of(frame, model_worker(frame->model, row->bars[past - 1])));
    int32_t y0 = row_y(frame, slot, at);
    int32_t y1 = y0 + bar_height(frame);
    if (x1 < x0 + px(frame, 3))
        x1 = x0 + px(frame, 3);
    bool lost = false;
    bool doubled = false;
    for (size_t i = first; i < past && i < first + 64; i++) {
        lost |= model_worker(frame->model, row->bars[i])->fate == FATE_LOST;
        doubled |= model_worker(frame->model, row->bars[i])->mark != NONE;
    }
    format_count(count, sizeof count, past - first);
    struct shape *block = frame_rect(frame, ROLE_WORKER_EDGE, x0, y0, x1, y1);
    block->alpha = (uint8_t)(frame->alpha * 3 / 5);
    snprintf(text, sizeof text, "%s workers, gathered: zoom in to tell them apart", count);
    shapes_hint(frame->out, text);
    if (lost || doubled)
        frame_rect(frame, doubled ? ROLE_DUPLICATE : ROLE_LOST, x0, y1 - px(frame, 2), x1, y1);
    snprintf(text, sizeof text, "\xc3\x97%s", count);
    if (y1 - y0 >= face_height(frame, FACE_SMALL) &&
        text_width(frame, FACE_SMALL, text) <= x1 - x0 - px(frame, 4))
        frame_text(frame, FACE_SMALL, ROLE_PANEL,
                   x0 + (x1 - x0 - text_width(frame, FACE_SMALL, text)) / 2,
                   face_y(frame, FACE_SMALL, y0, y1 - y0), text);
}

static bool is_narrow(const struct frame *frame, const struct seen_worker *worker)
{
    return frame_x(frame, end_of(frame, worker)) - frame_x(frame, worker->span.start_ns) <
           px(frame, NARROW);
}

/* Where the run of narrow bars ends that begins with bar `first`: it is no wider than a block. */
static size_t narrow_end(const struct frame *frame, const struct row *row, size_t first)
{
    const struct model *model = frame->model;
    int64_t start = model_worker(model, row->bars[first])->span.start_ns;
    int64_t width = frame_t(frame, frame->lanes.x0 + px(frame, GATHER_WIDTH)) - frame->look->t0_ns;
    size_t past = row_from_worker(model, row, first, start + width);
    if (past <= first + 1)
        return first + 1;
    return is_narrow(frame, model_worker(model, row->bars[past - 1])) ? past : past - 1;
}

static void draw_row(const struct frame *frame, uint32_t slot, const struct row *row, int32_t at)
{
    const struct model *model = frame->model;
    bool filtered = frame->look->filter[0] && !frame->look->nodes;
    size_t i = row_find_worker(model, row, frame->look->t0_ns);
    while (i < row->count && !filtered) {
        const struct seen_worker *worker = model_worker(model, row->bars[i]);
        if (worker->span.start_ns >= frame->look->t1_ns)
            break;
        size_t past = is_narrow(frame, worker) ? narrow_end(frame, row, i) : i + 1;
        if (past > i + 1)
            draw_gathered(frame, slot, at, row, i, past);
        else
            draw_bar(frame, row->bars[i]);
        i = past > i ? past : i + 1;
    }
    if (!filtered)
        draw_ticks(frame, slot, row, at);
}

/* How many bars of the row are there between two times. */
static size_t row_count(const struct frame *frame, const struct row *row, int64_t t0_ns,
                        int64_t t1_ns)
{
    size_t first = row_find_worker(frame->model, row, t0_ns);
    size_t past = row_from_worker(frame->model, row, 0, t1_ns);
    return past > first ? past - first : 0;
}

static uint64_t hidden_workers(const struct frame *frame, const struct lane *lane, int64_t t0_ns,
                               int64_t t1_ns)
{
    uint32_t before[MOMENT_CLASSES];
    uint32_t after[MOMENT_CLASSES];
    size_t from = history_find(&lane->history, 0, t0_ns);
    history_counts(&lane->history, from, before);
    history_counts(&lane->history, history_find(&lane->history, from, t1_ns), after);
    uint64_t there = after[MOMENT_STARTED] - before[MOMENT_EXPIRED] - before[MOMENT_LOST];
    uint64_t drawn = 0;
    for (size_t row = 0; row < lane->workers.count && row < (size_t)frame->plan.rows; row++)
        drawn += row_count(frame, &lane->workers.rows[row], t0_ns, t1_ns);
    return there > drawn ? there - drawn : 0;
}

/* The last row tells how many workers have no row of their own. */
static void draw_rest(const struct frame *frame, uint32_t slot, const struct lane *lane)
{
    if (lane->workers.count <= (size_t)frame->plan.rows && lane->workers.count < ROWS_MAX)
        return;
    int32_t y0 = row_y(frame, slot, frame->plan.rows);
    int32_t y1 = y0 + frame->plan.rest - px(frame, frame->plan.small ? 1 : 3);
    int64_t chunk = frame->chunk_ns;
    int64_t end =
        frame->look->t1_ns < frame->model->last_ns ? frame->look->t1_ns : frame->model->last_ns + 1;
    for (int64_t k = draw_first_chunk(frame->look->t0_ns, chunk); k * chunk < end; k++) {
        uint64_t hidden = hidden_workers(frame, lane, k * chunk, (k + 1) * chunk);
        char text[FORMAT_MAX];
        char count[24];
        if (!hidden)
            continue;
        int32_t x0 = frame_x(frame, k * chunk) + px(frame, 1);
        int32_t x1 = frame_x(frame, (k + 1) * chunk < end ? (k + 1) * chunk : end);
        struct shape *block = frame_rect(frame, ROLE_WORKER_EDGE, x0, y0, x1, y1);
        block->alpha = 110;
        format_count(count, sizeof count, hidden);
        snprintf(text, sizeof text, "%s %sworkers, gathered: no room for their rows", count,
                 frame->plan.rows ? "more " : "");
        shapes_hint(frame->out, text);
        snprintf(text, sizeof text, "%s%s", frame->plan.rows ? "+" : "\xc3\x97", count);
        int32_t width = text_width(frame, FACE_SMALL, text);
        if (!frame->plan.small && width <= x1 - x0)
            frame_text(frame, FACE_SMALL, ROLE_WORKER_TEXT, x0 + (x1 - x0 - width) / 2,
                       face_y(frame, FACE_SMALL, y0, y1 - y0), text);
    }
}

/* Things of a story or a filter are drawn one by one, however dense. */
static void draw_story(const struct frame *frame, const struct story *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->things[i].kind == THING_WORKER)
            draw_bar(frame, story->things[i].index);
}

void draw_workers(const struct frame *frame)
{
    bool filtered = frame->look->filter[0] && !frame->look->nodes;
    for (uint32_t slot = frame->first_slot; slot < frame->last_slot; slot++) {
        const struct lane *lane = &frame->model->lanes[frame_node(frame, slot)];
        for (size_t row = 0; row < lane->workers.count && row < (size_t)frame->plan.rows; row++)
            draw_row(frame, slot, &lane->workers.rows[row], (int32_t)row);
        if (frame->plan.gathers && !filtered)
            draw_rest(frame, slot, lane);
    }
    if (filtered)
        draw_story(frame, &frame->look->filtered);
    draw_story(frame, &frame->look->story);
}
