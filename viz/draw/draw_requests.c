/* Requests above the lifeline of their caller, from when they were made to how they ended: full to
 * a reply, to a cross where they failed, to an arrow where they are open. Where they are too many
 * they are gathered with their count. */
#include "base/number.h"
#include "base/string_builder.h"
#include "viz/draw/draw.h"
#include "viz/draw/format.h"
#include "viz/model/rows.h"

#include <stdio.h>

#define NARROW      6
#define BUCKET_MOST 8u /* narrow ones can be told apart in a bucket of 48 pixels */

static int32_t row_y(const struct layout *layout, uint32_t slot, int32_t row)
{
    /* The first row is the nearest to the lifeline. */
    return layout_lane_y(layout, slot) + layout->lane.lifeline - px(layout, 2) -
           (row + 1) * layout->lane.request_pitch;
}

static int64_t end_of(const struct layout *layout, const struct model_request *request)
{
    return request->outcome == OUTCOME_OPEN ? layout->model->last_ns : request->span.end_ns;
}

static void draw_request(const struct layout *layout, uint32_t index)
{
    const struct model_request *request = model_request(layout->model, index);
    struct thing thing = {THING_REQUEST, index};
    uint8_t alpha = layout_alpha(layout, thing);
    uint32_t slot;
    if (!alpha || !layout_visible_slot(layout, request->caller, &slot))
        return;
    int32_t rows = layout->lane.request_rows;
    int32_t x0 = layout_x(layout, request->span.start_ns);
    int32_t x1 = layout_x(layout, end_of(layout, request));
    int32_t y0 = row_y(layout, slot, request->row < rows ? request->row : rows - 1);
    int32_t y1 = y0 + layout->lane.request_pitch - px(layout, 1);
    if (x1 < x0 + px(layout, 3))
        x1 = x0 + px(layout, 3);
    bool open = request->outcome == OUTCOME_OPEN;
    bool ok = request->outcome == OUTCOME_VALUE;
    enum role role = open ? ROLE_REQUEST_OPEN : ok ? ROLE_REQUEST_OK : ROLE_REQUEST_ERROR;
    struct shape *bar = pen_rect(layout, role, x0, y0, x1, y1);
    bar->size = (uint8_t)px(layout, 1);
    bar->thing = thing;
    bar->alpha = alpha;
    if (thing_equal(thing, layout->viewport->chosen))
        shapes_add(layout->out, SHAPE_OUTLINE, ROLE_ACCENT, x0 - px(layout, 2), y0 - px(layout, 2),
                   x1 + px(layout, 2), y1 + px(layout, 2))
            ->size = (uint8_t)px(layout, 3);
    if (open) {
        shapes_add(layout->out, SHAPE_TRIANGLE, role, x1, y0 - 1, x1 + px(layout, 6), y1 + 1)
            ->alpha = alpha;
    } else if (!ok) {
        struct shape *cross = shapes_add(layout->out, SHAPE_CROSS, role, x1, (y0 + y1) / 2, x1, y0);
        cross->size = (uint8_t)px(layout, 4);
        cross->alpha = alpha;
        cross->thing = thing;
    }
}

static bool is_narrow(const struct layout *layout, const struct model_request *request)
{
    return layout_x(layout, end_of(layout, request)) - layout_x(layout, request->span.start_ns) <
           px(layout, NARROW);
}

struct time_bucket {
    int64_t t0_ns;
    int64_t t1_ns;
    uint64_t made;
    uint64_t failed;
    uint64_t open; /* when it begins */
};

static void draw_group(const struct layout *layout, uint32_t slot, const struct time_bucket *bucket)
{
    char text[FORMAT_MAX];
    int32_t x0 = layout_x(layout, bucket->t0_ns) + px(layout, 1);
    int32_t x1 = layout_x(layout, bucket->t1_ns) - px(layout, 1);
    int32_t y0 = row_y(layout, slot, layout->lane.request_rows - 1);
    int32_t y1 = layout_lane_y(layout, slot) + layout->lane.lifeline - px(layout, 2);
    struct shape *block = pen_rect(layout, ROLE_REQUEST_OK, x0, y0, x1, y1);
    block->alpha = (uint8_t)(layout->alpha / 4);
    block->size = (uint8_t)px(layout, 2);
    snprintf(text, sizeof text, "%s requests made here, %s failed, %s open at first: zoom in",
             format_count(bucket->made).text, format_count(bucket->failed).text,
             format_count(bucket->open).text);
    shapes_tooltip(layout->out, text);
    if (bucket->failed) {
        struct shape *foot = pen_rect(layout, ROLE_REQUEST_ERROR, x0, y1 - px(layout, 2), x1, y1);
        foot->alpha = layout->alpha;
        struct shape *cross = shapes_add(layout->out, SHAPE_CROSS, ROLE_REQUEST_ERROR,
                                         x1 - px(layout, 5), y1 - px(layout, 4), x1, y1);
        cross->size = (uint8_t)px(layout, 3);
    }
}

/* Above the wide ones, which may lie over the block. */
static void draw_count(const struct layout *layout, uint32_t slot, const struct time_bucket *bucket)
{
    char text[40];
    int32_t x0 = layout_x(layout, bucket->t0_ns) + px(layout, 3);
    int32_t x1 = layout_x(layout, bucket->t1_ns) - px(layout, 2);
    int32_t y1 = layout_lane_y(layout, slot) + layout->lane.lifeline - px(layout, 2);
    int32_t y0 = row_y(layout, slot, layout->lane.request_rows - 1);
    snprintf(text, sizeof text, "%s%s",
             format_count(bucket->made ? bucket->made : bucket->open).text,
             bucket->made ? "" : " open");
    int32_t width = pen_text_width(layout, FACE_SMALL, text);
    if (layout->lane.small || width > x1 - x0)
        return;
    struct shape *ground = pen_rect(layout, ROLE_BACKGROUND, x0 - px(layout, 1), y0 + px(layout, 1),
                                    x0 + width + px(layout, 2), y1 - px(layout, 1));
    ground->alpha = 190;
    ground->size = (uint8_t)px(layout, 2);
    pen_text(layout, FACE_SMALL, ROLE_SOFT, x0, pen_text_y(layout, FACE_SMALL, y0, y1 - y0), text);
}

static struct time_bucket bucket_of(const struct layout *layout, const struct lane *lane, int64_t k,
                                    size_t *place)
{
    uint32_t before[HISTORY_CLASSES];
    uint32_t after[HISTORY_CLASSES];
    struct time_bucket bucket = {.t0_ns = k * layout->bucket_ns,
                                 .t1_ns = (k + 1) * layout->bucket_ns};
    *place = history_find(&lane->history, *place, bucket.t0_ns);
    history_counts(&lane->history, *place, before);
    *place = history_find(&lane->history, *place, bucket.t1_ns);
    history_counts(&lane->history, *place, after);
    bucket.made = after[HISTORY_REQUEST] - before[HISTORY_REQUEST];
    bucket.open = before[HISTORY_REQUEST] - before[HISTORY_ANSWERED] - before[HISTORY_FAILED];
    bucket.failed = after[HISTORY_FAILED] - before[HISTORY_FAILED];
    return bucket;
}

/* Bars of the row that begin in the bucket, from place *cursor on: all of them, or, where the
 * narrow ones are gathered, those that are wide. Of those that begin within a narrow bar's width
 * only the last can be wide, so the others needn't be looked at. */
static void draw_row(const struct layout *layout, const struct row *row,
                     const struct time_bucket *bucket, bool gathered, size_t *cursor)
{
    int64_t narrow = layout_length_ns(layout, NARROW);
    size_t i = row_from_request(layout->model, row, *cursor, bucket->t0_ns);
    for (; i < row->count; *cursor = i) {
        const struct model_request *request = model_request(layout->model, row->bars[i]);
        if (request->span.start_ns >= bucket->t1_ns)
            break;
        if (!gathered || !is_narrow(layout, request)) {
            draw_request(layout, row->bars[i]);
            i++;
            continue;
        }
        size_t next = row_from_request(layout->model, row, i, request->span.start_ns + narrow);
        i = next > i + 1 ? next - 1 : i + 1;
    }
    *cursor = i;
}

/* The bar that began before the first bucket. Returns the place of the first one in it. */
static size_t draw_older(const struct layout *layout, const struct row *row, int64_t t0_ns)
{
    size_t i = row_find_request(layout->model, row, t0_ns);
    if (i < row->count && model_request(layout->model, row->bars[i])->span.start_ns < t0_ns)
        draw_request(layout, row->bars[i++]);
    return i;
}

static bool is_gathered(const struct layout *layout, const struct time_bucket *bucket)
{
    uint64_t rows = (uint64_t)layout->lane.request_rows;
    uint64_t most = BUCKET_MOST * (layout->lane.small ? 1 : rows);
    return bucket->made > most || bucket->open > rows;
}

/* The blocks lie under all bars, which may go on from one bucket into others. */
static void draw_lane_requests(const struct layout *layout, uint32_t slot)
{
    const struct lane *lane = &layout->model->lanes[layout_node(layout, slot)];
    const int64_t first = layout_bucket(layout->viewport->t0_ns, layout->bucket_ns);
    const int64_t end = min_i64(layout->viewport->t1_ns, layout->model->last_ns + 1);
    struct time_bucket bucket;
    size_t cursors[ROWS_MAX];
    size_t place = 0;
    for (int64_t k = first; k * layout->bucket_ns < end; k++) {
        bucket = bucket_of(layout, lane, k, &place);
        if (is_gathered(layout, &bucket))
            draw_group(layout, slot, &bucket);
    }
    for (size_t row = 0; row < lane->requests.count; row++)
        cursors[row] = draw_older(layout, &lane->requests.rows[row], first * layout->bucket_ns);
    place = 0;
    for (int64_t k = first; k * layout->bucket_ns < end; k++) {
        bucket = bucket_of(layout, lane, k, &place);
        bool gathered = is_gathered(layout, &bucket);
        size_t rows = lane->requests.count;
        if (gathered && rows > (size_t)layout->lane.request_rows)
            rows = (size_t)layout->lane.request_rows;
        for (size_t row = 0; row < rows; row++)
            draw_row(layout, &lane->requests.rows[row], &bucket, gathered, &cursors[row]);
        if (gathered)
            draw_count(layout, slot, &bucket);
    }
}

/* ---- failures ------------------------------------------------------------------------------ */

/* So many failed requests one after the other, up to place `past`, are told of together. */
struct failures {
    size_t first;
    size_t past;
    uint32_t counts[OUTCOMES_COUNT];
};

/* Beyond, they are counted and not told apart. */
#define FAILURES_APART 4096u

static void count_failures(const struct layout *layout, const struct lane *lane,
                           struct failures *failures)
{
    if (failures->past - failures->first > FAILURES_APART)
        return;
    for (size_t i = failures->first; i < failures->past; i++) {
        uint8_t outcome = model_request(layout->model, lane->failed[i].request)->outcome;
        if (outcome < OUTCOMES_COUNT)
            failures->counts[outcome]++;
    }
}

static void format_failures(char *text, size_t size, const struct failures *failures)
{
    struct string_builder line = string_builder_over(text, size);
    bool any = false;
    for (uint32_t outcome = 0; outcome < OUTCOMES_COUNT; outcome++) {
        if (!failures->counts[outcome])
            continue;
        string_builder_print(&line, "%s", any ? ", " : "");
        if (failures->counts[outcome] > 1)
            string_builder_print(&line, "%s ", format_count(failures->counts[outcome]).text);
        string_builder_print(&line, "%s", outcome_name(outcome));
        any = true;
    }
    if (!any)
        string_builder_print(&line, "%s failed",
                             format_count(failures->past - failures->first).text);
}

static void draw_failures(const struct layout *layout, uint32_t slot, const struct lane *lane,
                          const struct failures *failures, int32_t end_x)
{
    char text[FORMAT_MAX];
    int32_t x = max_i32(layout_x(layout, lane->failed[failures->first].t_ns), layout->lanes.x0) +
                px(layout, 4);
    int32_t y = layout_lane_y(layout, slot) + layout->lane.lifeline + px(layout, 2);
    format_failures(text, sizeof text, failures);
    int32_t room = end_x - x - px(layout, 6);
    int32_t width = font_metrics_fit(layout->metrics, FACE_SMALL, text, room);
    if (width < px(layout, 30))
        return;
    struct shape *ground =
        pen_rect(layout, ROLE_BACKGROUND, x - px(layout, 2), y, x + width + px(layout, 2),
                 y + pen_line_height(layout, FACE_SMALL));
    ground->alpha = 200;
    ground->size = (uint8_t)px(layout, 2);
    pen_text(layout, FACE_SMALL, ROLE_REQUEST_ERROR, x, y, text);
}

/* Failures that are nearer to each other than this are told of together. */
#define FAILURES_GAP 40

/* Why requests failed, below the lifeline of their caller. */
static void draw_lane_failures(const struct layout *layout, uint32_t slot)
{
    const struct lane *lane = &layout->model->lanes[layout_node(layout, slot)];
    int64_t gap = layout_length_ns(layout, FAILURES_GAP);
    size_t end = lane_failed(lane, 0, layout->viewport->t1_ns);
    size_t i = lane_failed(lane, 0, layout->viewport->t0_ns);
    while (i < end) {
        struct failures failures = {.first = i, .past = i + 1};
        size_t next;
        while ((next = lane_failed(lane, failures.past,
                                   lane->failed[failures.past - 1].t_ns + gap)) > failures.past)
            failures.past = next;
        failures.past = failures.past < end ? failures.past : end;
        int32_t end_x = failures.past < lane->failed_count
                            ? layout_x(layout, lane->failed[failures.past].t_ns)
                            : layout->lanes.x1;
        count_failures(layout, lane, &failures);
        draw_failures(layout, slot, lane, &failures, min_i32(end_x, layout->lanes.x1));
        i = failures.past;
    }
}

static void draw_set(const struct layout *layout, const struct thing_set *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->things[i].kind == THING_REQUEST)
            draw_request(layout, story->things[i].index);
}

void draw_requests(const struct layout *layout)
{
    if (viewport_filters_ids(layout->viewport))
        draw_set(layout, &layout->viewport->filtered);
    else
        for (uint32_t slot = layout->first_slot; slot < layout->last_slot; slot++)
            draw_lane_requests(layout, slot);
    draw_set(layout, &layout->viewport->related);
}

void draw_causes_of_failures(const struct layout *layout)
{
    if (layout->lane.small || viewport_filters_ids(layout->viewport))
        return;
    for (uint32_t slot = layout->first_slot; slot < layout->last_slot; slot++)
        draw_lane_failures(layout, slot);
}
