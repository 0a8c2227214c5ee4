/* Workers as bars, from their start to their end, in the rows of their lanes; and what joins two
 * live workers of one id.
 *
 * A loading bar is striped, a ready one full, each request served is a tick at its foot; an expired
 * one is closed by a cap, a lost one by a cross, one that moves by a dot; a live one is open with
 * an arrow. */
#include "base/number.h"
#include "viz/draw/draw.h"
#include "viz/draw/format.h"
#include "viz/model/rows.h"

#include <inttypes.h>
#include <stdio.h>

/* Bars that are narrower are gathered with their neighbours. */
#define NARROW       4
#define GATHER_WIDTH 48

/* Up to so many in view each is drawn; beyond, as many as can be told apart. All are counted on the
 * axis. */
#define JOINS_ALL 150u

/* Up to so many have room for their cause. */
#define CAUSES_ALL 12u

static int32_t row_y(const struct layout *layout, uint32_t slot, int32_t row)
{
    return layout_lane_y(layout, slot) + layout->lane.workers + row * layout->lane.pitch;
}

static int32_t bar_height(const struct layout *layout)
{
    int32_t gap = layout->lane.pitch >= px(layout, 14) ? px(layout, 4) : px(layout, 1);
    return layout->lane.pitch - gap > 1 ? layout->lane.pitch - gap : 2;
}

/* Of a live one how far the run has come; but if its node stands still, no farther than its lease.
 */
static int64_t end_of(const struct layout *layout, const struct model_worker *worker)
{
    return worker->status == WORKER_LIVE
               ? min_i64(layout->model->last_ns, model_leased_ns(layout->model, worker))
               : worker->span.end_ns;
}

/* Whether it stands in a row that is drawn. */
static bool has_row(const struct layout *layout, const struct model_worker *worker)
{
    return worker->row < layout->lane.rows;
}

bool draw_worker_box(const struct layout *layout, uint32_t index, struct box *box)
{
    const struct model_worker *worker = model_worker(layout->model, index);
    uint32_t slot;
    if (!layout_slot(layout, worker->node, &slot))
        return false;
    int32_t row = has_row(layout, worker) ? worker->row : layout->lane.rows;
    box->x0 = layout_x(layout, worker->span.start_ns);
    box->x1 = layout_x(layout, end_of(layout, worker));
    box->y0 = row_y(layout, slot, row);
    box->y1 = box->y0 + bar_height(layout);
    if (box->x1 < box->x0 + px(layout, 3))
        box->x1 = box->x0 + px(layout, 3);
    return true;
}

static void draw_body(const struct layout *layout, const struct model_worker *worker,
                      const struct box *box, uint8_t alpha)
{
    int32_t radius = px(layout, 3);
    bool ready = worker->ready_ns != TIME_NEVER;
    int32_t split = ready ? layout_x(layout, worker->ready_ns) : box->x1;
    if (split > box->x1)
        split = box->x1;
    struct shape *body =
        pen_rect(layout, ready ? ROLE_WORKER : ROLE_PANEL, box->x0, box->y0, box->x1, box->y1);
    body->size = (uint8_t)radius;
    body->alpha = alpha;
    if (split > box->x0 + px(layout, 1)) {
        struct shape *blank = pen_rect(layout, ROLE_PANEL, box->x0, box->y0, split, box->y1);
        blank->size = (uint8_t)(ready ? 0 : radius);
        blank->alpha = alpha;
        shapes_add(layout->out, SHAPE_HATCH, ROLE_LOADING, box->x0, box->y0, split, box->y1)
            ->alpha = alpha;
    }
    struct shape *edge =
        shapes_add(layout->out, SHAPE_OUTLINE, worker->load_failed ? ROLE_LOST : ROLE_WORKER_EDGE,
                   box->x0, box->y0, box->x1, box->y1);
    edge->size = (uint8_t)radius;
    edge->alpha = (uint8_t)(alpha * 3 / 4);
}

static void draw_end(const struct layout *layout, const struct model_worker *worker,
                     const struct box *box, uint8_t alpha)
{
    int32_t middle = (box->y0 + box->y1) / 2;
    int32_t half = (box->y1 - box->y0) / 2 - px(layout, 1);
    half = half > px(layout, 5) ? px(layout, 5) : half < 2 ? 2 : half;
    if (worker->status == WORKER_EXPIRED) {
        pen_rect(layout, ROLE_WORKER_EDGE, box->x1 - px(layout, 3), box->y0, box->x1, box->y1)
            ->alpha = alpha;
    } else if (worker->status == WORKER_MOVED) {
        draw_move_end(layout, box, alpha);
    } else if (worker->status != WORKER_LIVE) {
        enum role role = worker->status == WORKER_LOST ? ROLE_LOST : ROLE_LEASE;
        struct shape *cross =
            shapes_add(layout->out, SHAPE_CROSS, role, box->x1, middle, box->x1, middle);
        cross->size = (uint8_t)half;
        cross->alpha = alpha;
    } else {
        shapes_add(layout->out, SHAPE_TRIANGLE, ROLE_WORKER_EDGE, box->x1, middle - half,
                   box->x1 + 2 * half + 1, middle + half)
            ->alpha = alpha;
    }
}

static void draw_name(const struct layout *layout, const struct model_worker *worker,
                      const struct box *box, uint8_t alpha)
{
    char text[FORMAT_MAX];
    const char *id = model_string(layout->model, worker->id);
    int32_t left = box->x0 > layout->lanes.x0 ? box->x0 : layout->lanes.x0;
    int32_t right = box->x1 < layout->lanes.x1 ? box->x1 : layout->lanes.x1;
    int32_t ready = layout_x(layout, worker->ready_ns);
    if (ready > left && ready - left < (right - left) / 2)
        left = ready;
    if (worker->mark != NONE && box->x0 >= layout->lanes.x0)
        left += px(layout, 4); /* room for the dot of what joins it */
    else if (worker->came != NONE && box->x0 >= layout->lanes.x0)
        left += px(layout, 8); /* and for the arrow of what it was */
    int32_t room = right - left - px(layout, 12);
    if (box->y1 - box->y0 < pen_line_height(layout, FACE_SMALL) || room < px(layout, 8))
        return;
    if (worker->value_size)
        snprintf(text, sizeof text, "%s = %s", id, model_string(layout->model, worker->value));
    else
        snprintf(text, sizeof text, "%s", id);
    char more[FORMAT_MAX + 32];
    snprintf(more, sizeof more, "%s  \xc2\xb7 %" PRIu32 " served", text, worker->served);
    bool all = worker->served > 1 && pen_text_width(layout, FACE_SMALL, more) <= room;
    size_t before = layout->out->count;
    pen_text_fit(layout, FACE_SMALL, ROLE_WORKER_TEXT, left + px(layout, 6),
                 pen_text_y(layout, FACE_SMALL, box->y0, box->y1 - box->y0), room,
                 all ? more : text);
    if (layout->out->count > before)
        layout->out->items[before].alpha = alpha;
}

static void draw_bar(const struct layout *layout, uint32_t index)
{
    const struct model_worker *worker = model_worker(layout->model, index);
    struct thing thing = {THING_WORKER, index};
    uint8_t alpha = layout_alpha(layout, thing);
    struct box box;
    if (!alpha || !has_row(layout, worker) || !draw_worker_box(layout, index, &box))
        return;
    draw_body(layout, worker, &box, alpha);
    if (worker->came != NONE)
        draw_move_start(layout, &box, alpha);
    draw_end(layout, worker, &box, alpha);
    draw_name(layout, worker, &box, alpha);
    int32_t unit = px(layout, 1);
    if (worker->mark != NONE || thing_equal(thing, layout->viewport->chosen)) {
        enum role role = worker->mark != NONE ? ROLE_DUPLICATE : ROLE_ACCENT;
        for (int32_t out = 0; out < 2; out++) {
            struct shape *ring =
                shapes_add(layout->out, SHAPE_OUTLINE, role, box.x0 - out * unit,
                           box.y0 - out * unit, box.x1 + out * unit, box.y1 + out * unit);
            ring->size = (uint8_t)px(layout, 3);
            ring->alpha = alpha;
        }
    }
    struct shape *whole = pen_rect(layout, ROLE_WORKER, box.x0, box.y0, box.x1, box.y1);
    whole->alpha = 0;
    whole->thing = thing;
}

static void draw_ticks(const struct layout *layout, uint32_t slot, const struct row *row,
                       int32_t at)
{
    int32_t bottom = row_y(layout, slot, at) + bar_height(layout) - px(layout, 1);
    int32_t height = bar_height(layout) >= px(layout, 12) ? px(layout, 4) : bar_height(layout) / 3;
    int64_t gap = layout_length_ns(layout, 3);
    size_t i = row_tick(row, 0, layout->viewport->t0_ns);
    while (i < row->ticks_count && row->ticks[i].t_ns < layout->viewport->t1_ns) {
        int32_t x = layout_x(layout, row->ticks[i].t_ns);
        size_t next = row_tick(row, i, row->ticks[i].t_ns + (gap > 0 ? gap : 1));
        bool gathered = next > i + 1;
        struct thing thing = {row->ticks[i].request == NONE ? THING_NONE : THING_REQUEST,
                              row->ticks[i].request};
        uint8_t alpha = thing.kind ? layout_alpha(layout, thing) : layout->alpha;
        if (alpha) {
            struct shape *tick = pen_rect(layout, ROLE_SERVED, x, bottom - height,
                                          x + px(layout, gathered ? 2 : 1), bottom);
            tick->alpha = alpha;
        }
        i = next;
    }
}

/* Bars [first, past) of a row in one block. */
static void draw_group(const struct layout *layout, uint32_t slot, int32_t at,
                       const struct row *row, size_t first, size_t past)
{
    char text[FORMAT_MAX];
    int32_t x0 = layout_x(layout, model_worker(layout->model, row->bars[first])->span.start_ns);
    int32_t x1 = layout_x(layout, end_of(layout, model_worker(layout->model, row->bars[past - 1])));
    int32_t y0 = row_y(layout, slot, at);
    int32_t y1 = y0 + bar_height(layout);
    if (x1 < x0 + px(layout, 3))
        x1 = x0 + px(layout, 3);
    bool lost = false;
    bool doubled = false;
    for (size_t i = first; i < past && i < first + 64; i++) {
        lost |= model_worker(layout->model, row->bars[i])->status == WORKER_LOST;
        doubled |= model_worker(layout->model, row->bars[i])->mark != NONE;
    }
    struct number_text count = format_count(past - first);
    struct shape *block = pen_rect(layout, ROLE_WORKER_EDGE, x0, y0, x1, y1);
    block->alpha = (uint8_t)(layout->alpha * 3 / 5);
    snprintf(text, sizeof text, "%s workers, gathered: zoom in to tell them apart", count.text);
    shapes_tooltip(layout->out, text);
    if (lost || doubled)
        pen_rect(layout, doubled ? ROLE_DUPLICATE : ROLE_LOST, x0, y1 - px(layout, 2), x1, y1);
    snprintf(text, sizeof text, "\xc3\x97%s", count.text);
    if (y1 - y0 >= pen_line_height(layout, FACE_SMALL) &&
        pen_text_width(layout, FACE_SMALL, text) <= x1 - x0 - px(layout, 4))
        pen_text(layout, FACE_SMALL, ROLE_PANEL,
                 x0 + (x1 - x0 - pen_text_width(layout, FACE_SMALL, text)) / 2,
                 pen_text_y(layout, FACE_SMALL, y0, y1 - y0), text);
}

static bool is_narrow(const struct layout *layout, const struct model_worker *worker)
{
    return layout_x(layout, end_of(layout, worker)) - layout_x(layout, worker->span.start_ns) <
           px(layout, NARROW);
}

/* Where the run of narrow bars ends that begins with bar `first`: it is no wider than a block. */
static size_t narrow_end(const struct layout *layout, const struct row *row, size_t first)
{
    const struct model *model = layout->model;
    int64_t start = model_worker(model, row->bars[first])->span.start_ns;
    int64_t width = layout_length_ns(layout, GATHER_WIDTH);
    size_t past = row_from_worker(model, row, first, start + width);
    if (past <= first + 1)
        return first + 1;
    return is_narrow(layout, model_worker(model, row->bars[past - 1])) ? past : past - 1;
}

static void draw_row(const struct layout *layout, uint32_t slot, const struct row *row, int32_t at)
{
    const struct model *model = layout->model;
    bool filtered = viewport_filters_ids(layout->viewport);
    size_t i = row_find_worker(model, row, layout->viewport->t0_ns);
    while (i < row->count && !filtered) {
        const struct model_worker *worker = model_worker(model, row->bars[i]);
        if (worker->span.start_ns >= layout->viewport->t1_ns)
            break;
        size_t past = is_narrow(layout, worker) ? narrow_end(layout, row, i) : i + 1;
        if (past > i + 1)
            draw_group(layout, slot, at, row, i, past);
        else
            draw_bar(layout, row->bars[i]);
        i = past > i ? past : i + 1;
    }
    if (!filtered)
        draw_ticks(layout, slot, row, at);
}

/* How many bars of the row are there between two times. */
static size_t row_count(const struct layout *layout, const struct row *row, int64_t t0_ns,
                        int64_t t1_ns)
{
    size_t first = row_find_worker(layout->model, row, t0_ns);
    size_t past = row_from_worker(layout->model, row, 0, t1_ns);
    return past > first ? past - first : 0;
}

static uint64_t hidden_workers(const struct layout *layout, const struct lane *lane, int64_t t0_ns,
                               int64_t t1_ns)
{
    uint32_t before[HISTORY_CLASSES];
    uint32_t after[HISTORY_CLASSES];
    size_t from = history_find(&lane->history, 0, t0_ns);
    history_counts(&lane->history, from, before);
    history_counts(&lane->history, history_find(&lane->history, from, t1_ns), after);
    uint64_t there = picture_live(before) + picture_begun(after) - picture_begun(before);
    uint64_t drawn = 0;
    for (size_t row = 0; row < lane->workers.count && row < (size_t)layout->lane.rows; row++)
        drawn += row_count(layout, &lane->workers.rows[row], t0_ns, t1_ns);
    return there > drawn ? there - drawn : 0;
}

/* The last row tells how many workers have no row of their own. */
static void draw_rest(const struct layout *layout, uint32_t slot, const struct lane *lane)
{
    if (lane->workers.count <= (size_t)layout->lane.rows && lane->workers.count < ROWS_MAX)
        return;
    int32_t y0 = row_y(layout, slot, layout->lane.rows);
    int32_t y1 = y0 + layout->lane.rest - px(layout, layout->lane.small ? 1 : 3);
    int64_t bucket = layout->bucket_ns;
    int64_t end = layout->viewport->t1_ns < layout->model->last_ns ? layout->viewport->t1_ns
                                                                   : layout->model->last_ns + 1;
    for (int64_t k = layout_bucket(layout->viewport->t0_ns, bucket); k * bucket < end; k++) {
        uint64_t hidden = hidden_workers(layout, lane, k * bucket, (k + 1) * bucket);
        char text[FORMAT_MAX];
        if (!hidden)
            continue;
        int32_t x0 = layout_x(layout, k * bucket) + px(layout, 1);
        int32_t x1 = layout_x(layout, (k + 1) * bucket < end ? (k + 1) * bucket : end);
        struct shape *block = pen_rect(layout, ROLE_WORKER_EDGE, x0, y0, x1, y1);
        block->alpha = 110;
        struct number_text count = format_count(hidden);
        snprintf(text, sizeof text, "%s %sworkers, gathered: no room for their rows", count.text,
                 layout->lane.rows ? "more " : "");
        shapes_tooltip(layout->out, text);
        snprintf(text, sizeof text, "%s%s", layout->lane.rows ? "+" : "\xc3\x97", count.text);
        int32_t width = pen_text_width(layout, FACE_SMALL, text);
        if (!layout->lane.small && width <= x1 - x0)
            pen_text(layout, FACE_SMALL, ROLE_WORKER_TEXT, x0 + (x1 - x0 - width) / 2,
                     pen_text_y(layout, FACE_SMALL, y0, y1 - y0), text);
    }
}

/* Things of a story or a filter are drawn one by one, however dense. */
static void draw_set(const struct layout *layout, const struct thing_set *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->things[i].kind == THING_WORKER)
            draw_bar(layout, story->things[i].index);
}

void draw_workers(const struct layout *layout)
{
    bool filtered = viewport_filters_ids(layout->viewport);
    for (uint32_t slot = layout->first_slot; slot < layout->last_slot; slot++) {
        const struct lane *lane = &layout->model->lanes[layout_node(layout, slot)];
        for (size_t row = 0; row < lane->workers.count && row < (size_t)layout->lane.rows; row++)
            draw_row(layout, slot, &lane->workers.rows[row], (int32_t)row);
        if (layout->lane.has_rest && !filtered)
            draw_rest(layout, slot, lane);
    }
    if (filtered)
        draw_set(layout, &layout->viewport->filtered);
    draw_set(layout, &layout->viewport->related);
}

static void draw_join(const struct layout *layout, uint32_t index, bool faint)
{
    const struct mark *mark = model_mark(layout->model, index);
    struct box a;
    struct box b;
    if (mark->kind != MARK_DUPLICATE || mark->workers[0] == NONE || mark->workers[1] == NONE)
        return;
    if (!draw_worker_box(layout, mark->workers[0], &a) ||
        !draw_worker_box(layout, mark->workers[1], &b))
        return;
    int32_t x = layout_x(layout, mark->t_ns) + px(layout, 1);
    int32_t y0 = (a.y0 + a.y1) / 2;
    int32_t y1 = (b.y0 + b.y1) / 2;
    struct thing thing = {THING_MARK, index};
    uint8_t alpha = layout_alpha(layout, thing);
    struct shape *line = shapes_add(layout->out, SHAPE_LINE, ROLE_DUPLICATE, x, y0, x, y1);
    bool chosen =
        layout->viewport->related.count && thing_set_has(&layout->viewport->related, thing);
    faint = faint && !chosen;
    line->size = (uint8_t)px(layout, faint ? 4 : 8);
    line->thing = thing;
    line->alpha = faint ? alpha / 5 : alpha;
    for (int32_t end = 0; end < 2 && !faint; end++) {
        int32_t y = end ? y1 : y0;
        struct shape *dot = shapes_add(layout->out, SHAPE_DOT, ROLE_DUPLICATE, x, y, x, y);
        dot->size = (uint8_t)px(layout, 4);
        dot->thing = thing;
        dot->alpha = alpha;
    }
}

static void draw_cause(const struct layout *layout, uint32_t index)
{
    const struct mark *mark = model_mark(layout->model, index);
    char text[FORMAT_MAX];
    struct box box;
    if (mark->workers[0] == NONE ||
        !has_row(layout, model_worker(layout->model, mark->workers[0])) ||
        !draw_worker_box(layout, mark->workers[0], &box))
        return;
    int32_t x = layout_x(layout, mark->t_ns) + px(layout, 8);
    int32_t y = box.y1 + px(layout, 4);
    snprintf(text, sizeof text, "%s", model_string(layout->model, mark->text));
    int32_t room = layout->lanes.x1 - x - px(layout, 6);
    int32_t width = font_metrics_fit(layout->metrics, FACE_SMALL, text,
                                     room < px(layout, 520) ? room : px(layout, 520));
    uint8_t alpha = layout_alpha(layout, (struct thing){THING_MARK, index});
    if (!width || !alpha)
        return;
    struct shape *ground =
        pen_rect(layout, ROLE_BACKGROUND, x - px(layout, 3), y, x + width + px(layout, 3),
                 y + pen_line_height(layout, FACE_SMALL) + px(layout, 1));
    ground->alpha = (uint8_t)(alpha * 4 / 5);
    ground->size = (uint8_t)px(layout, 2);
    size_t before = layout->out->count;
    pen_text(layout, FACE_SMALL, ROLE_DUPLICATE, x, y, text);
    if (layout->out->count > before)
        layout->out->items[before].alpha = alpha;
}

void draw_joins(const struct layout *layout)
{
    int64_t t1 = layout->viewport->t1_ns;
    uint64_t count = picture_marks(layout->model, MARK_DUPLICATE, layout->viewport->t0_ns, t1);
    int32_t last = INT32_MIN;
    uint32_t i = picture_mark(layout->model, layout->viewport->t0_ns);
    for (; i < layout->model->marks.count && model_mark(layout->model, i)->t_ns < t1; i++) {
        const struct mark *mark = model_mark(layout->model, i);
        int32_t x = layout_x(layout, mark->t_ns);
        if (mark->kind != MARK_DUPLICATE || (count > JOINS_ALL && x < last + px(layout, 3)))
            continue;
        draw_join(layout, i, count > JOINS_ALL);
        if (count <= CAUSES_ALL && !layout->lane.small)
            draw_cause(layout, i);
        last = x;
    }
}
