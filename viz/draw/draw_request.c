/* Requests above the lifeline of their caller, from when they were made to how they ended: full to
 * a reply, to a cross where they failed, to an arrow where they are open. Where they are too many
 * they are gathered with their count. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>

#define NARROW     6
#define CHUNK_MOST 8u /* narrow ones can be told apart in a chunk of 48 pixels */

static int32_t row_y(const struct frame *frame, uint32_t slot, int32_t row)
{
    /* The first row is the nearest to the lifeline. */
    return frame_lane_y(frame, slot) + frame->plan.lifeline - px(frame, 2) -
           (row + 1) * frame->plan.request_pitch;
}

static int64_t end_of(const struct frame *frame, const struct seen_request *request)
{
    return request->outcome == OUTCOME_OPEN ? frame->model->last_ns : request->span.end_ns;
}

static void draw_request(const struct frame *frame, uint32_t index)
{
    const struct seen_request *request = model_request(frame->model, index);
    struct thing thing = {THING_REQUEST, index};
    uint8_t alpha = frame_strength(frame, thing);
    uint32_t slot;
    if (!alpha || !frame_slot(frame, request->caller, &slot) || slot < frame->first_slot ||
        slot >= frame->last_slot)
        return;
    int32_t rows = frame->plan.request_rows;
    int32_t x0 = frame_x(frame, request->span.start_ns);
    int32_t x1 = frame_x(frame, end_of(frame, request));
    int32_t y0 = row_y(frame, slot, request->row < rows ? request->row : rows - 1);
    int32_t y1 = y0 + frame->plan.request_pitch - px(frame, 1);
    if (x1 < x0 + px(frame, 3))
        x1 = x0 + px(frame, 3);
    bool open = request->outcome == OUTCOME_OPEN;
    bool ok = request->outcome == OUTCOME_VALUE;
    enum role role = open ? ROLE_REQUEST_OPEN : ok ? ROLE_REQUEST_OK : ROLE_REQUEST_ERROR;
    struct shape *bar = frame_rect(frame, role, x0, y0, x1, y1);
    bar->size = (uint8_t)px(frame, 1);
    bar->thing = thing;
    bar->alpha = alpha;
    if (thing_equal(thing, frame->look->chosen))
        shapes_add(frame->out, SHAPE_FRAME, ROLE_ACCENT, x0 - px(frame, 2), y0 - px(frame, 2),
                   x1 + px(frame, 2), y1 + px(frame, 2))
            ->size = (uint8_t)px(frame, 3);
    if (open) {
        shapes_add(frame->out, SHAPE_TRIANGLE, role, x1, y0 - 1, x1 + px(frame, 6), y1 + 1)->alpha =
            alpha;
    } else if (!ok) {
        struct shape *cross = shapes_add(frame->out, SHAPE_CROSS, role, x1, (y0 + y1) / 2, x1, y0);
        cross->size = (uint8_t)px(frame, 4);
        cross->alpha = alpha;
        cross->thing = thing;
    }
}

static bool is_narrow(const struct frame *frame, const struct seen_request *request)
{
    return frame_x(frame, end_of(frame, request)) - frame_x(frame, request->span.start_ns) <
           px(frame, NARROW);
}

struct chunk {
    int64_t t0_ns;
    int64_t t1_ns;
    uint64_t made;
    uint64_t failed;
    uint64_t open; /* when it begins */
};

static void draw_gathered(const struct frame *frame, uint32_t slot, const struct chunk *chunk)
{
    char text[FORMAT_MAX];
    char made[24];
    char failed[24];
    char open[24];
    int32_t x0 = frame_x(frame, chunk->t0_ns) + px(frame, 1);
    int32_t x1 = frame_x(frame, chunk->t1_ns) - px(frame, 1);
    int32_t y0 = row_y(frame, slot, frame->plan.request_rows - 1);
    int32_t y1 = frame_lane_y(frame, slot) + frame->plan.lifeline - px(frame, 2);
    struct shape *block = frame_rect(frame, ROLE_REQUEST_OK, x0, y0, x1, y1);
    block->alpha = (uint8_t)(frame->alpha / 4);
    block->size = (uint8_t)px(frame, 2);
    format_count(made, sizeof made, chunk->made);
    format_count(failed, sizeof failed, chunk->failed);
    format_count(open, sizeof open, chunk->open);
    snprintf(text, sizeof text, "%s requests made here, %s failed, %s open at first: zoom in", made,
             failed, open);
    shapes_hint(frame->out, text);
    if (chunk->failed) {
        struct shape *foot = frame_rect(frame, ROLE_REQUEST_ERROR, x0, y1 - px(frame, 2), x1, y1);
        foot->alpha = frame->alpha;
        struct shape *cross = shapes_add(frame->out, SHAPE_CROSS, ROLE_REQUEST_ERROR,
                                         x1 - px(frame, 5), y1 - px(frame, 4), x1, y1);
        cross->size = (uint8_t)px(frame, 3);
    }
}

/* Above the wide ones, which may lie over the block. */
static void draw_count(const struct frame *frame, uint32_t slot, const struct chunk *chunk)
{
    char count[24];
    char text[40];
    int32_t x0 = frame_x(frame, chunk->t0_ns) + px(frame, 3);
    int32_t x1 = frame_x(frame, chunk->t1_ns) - px(frame, 2);
    int32_t y1 = frame_lane_y(frame, slot) + frame->plan.lifeline - px(frame, 2);
    int32_t y0 = row_y(frame, slot, frame->plan.request_rows - 1);
    format_count(count, sizeof count, chunk->made ? chunk->made : chunk->open);
    snprintf(text, sizeof text, "%s%s", count, chunk->made ? "" : " open");
    int32_t width = text_width(frame, FACE_SMALL, text);
    if (frame->plan.small || width > x1 - x0)
        return;
    struct shape *ground = frame_rect(frame, ROLE_BACKGROUND, x0 - px(frame, 1), y0 + px(frame, 1),
                                      x0 + width + px(frame, 2), y1 - px(frame, 1));
    ground->alpha = 190;
    ground->size = (uint8_t)px(frame, 2);
    frame_text(frame, FACE_SMALL, ROLE_SOFT, x0, face_y(frame, FACE_SMALL, y0, y1 - y0), text);
}

static struct chunk chunk_of(const struct frame *frame, const struct lane *lane, int64_t k,
                             size_t *place)
{
    uint32_t before[MOMENT_CLASSES];
    uint32_t after[MOMENT_CLASSES];
    struct chunk chunk = {.t0_ns = k * frame->chunk_ns, .t1_ns = (k + 1) * frame->chunk_ns};
    *place = history_find(&lane->history, *place, chunk.t0_ns);
    history_counts(&lane->history, *place, before);
    *place = history_find(&lane->history, *place, chunk.t1_ns);
    history_counts(&lane->history, *place, after);
    chunk.made = after[MOMENT_REQUEST] - before[MOMENT_REQUEST];
    chunk.open = before[MOMENT_REQUEST] - before[MOMENT_ANSWERED] - before[MOMENT_FAILED];
    chunk.failed = after[MOMENT_FAILED] - before[MOMENT_FAILED];
    return chunk;
}

/* Bars of the row that begin in the chunk, from place *cursor on: all of them, or, where the narrow
 * ones are gathered, those that are wide. Of those that begin within a narrow bar's width only the
 * last can be wide, so the others needn't be looked at. */
static void draw_row(const struct frame *frame, const struct row *row, const struct chunk *chunk,
                     bool gathered, size_t *cursor)
{
    int64_t narrow = frame_t(frame, frame->lanes.x0 + px(frame, NARROW)) - frame->look->t0_ns;
    size_t i = row_from_request(frame->model, row, *cursor, chunk->t0_ns);
    for (; i < row->count; *cursor = i) {
        const struct seen_request *request = model_request(frame->model, row->bars[i]);
        if (request->span.start_ns >= chunk->t1_ns)
            break;
        if (!gathered || !is_narrow(frame, request)) {
            draw_request(frame, row->bars[i]);
            i++;
            continue;
        }
        size_t next = row_from_request(frame->model, row, i, request->span.start_ns + narrow);
        i = next > i + 1 ? next - 1 : i + 1;
    }
    *cursor = i;
}

/* The bar that began before the first chunk. Returns the place of the first one in it. */
static size_t draw_older(const struct frame *frame, const struct row *row, int64_t t0_ns)
{
    size_t i = row_find_request(frame->model, row, t0_ns);
    if (i < row->count && model_request(frame->model, row->bars[i])->span.start_ns < t0_ns)
        draw_request(frame, row->bars[i++]);
    return i;
}

static void draw_lane_requests(const struct frame *frame, uint32_t slot)
{
    const struct lane *lane = &frame->model->lanes[frame_node(frame, slot)];
    int64_t k = draw_first_chunk(frame->look->t0_ns, frame->chunk_ns);
    size_t place = 0;
    size_t cursors[ROWS_MAX];
    for (size_t row = 0; row < lane->requests.count; row++)
        cursors[row] = draw_older(frame, &lane->requests.rows[row], k * frame->chunk_ns);
    int64_t end = frame->look->t1_ns;
    if (end > frame->model->last_ns)
        end = frame->model->last_ns + 1;
    for (; k * frame->chunk_ns < end; k++) {
        struct chunk chunk = chunk_of(frame, lane, k, &place);
        uint64_t most = CHUNK_MOST * (uint64_t)(frame->plan.small ? 1 : frame->plan.request_rows);
        bool gathered = chunk.made > most || chunk.open > (uint64_t)frame->plan.request_rows;
        size_t rows = lane->requests.count;
        if (gathered) {
            draw_gathered(frame, slot, &chunk);
            rows =
                rows < (size_t)frame->plan.request_rows ? rows : (size_t)frame->plan.request_rows;
        }
        for (size_t row = 0; row < rows; row++)
            draw_row(frame, &lane->requests.rows[row], &chunk, gathered, &cursors[row]);
        if (gathered)
            draw_count(frame, slot, &chunk);
    }
}

static void draw_story(const struct frame *frame, const struct story *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->things[i].kind == THING_REQUEST)
            draw_request(frame, story->things[i].index);
}

void draw_requests(const struct frame *frame)
{
    if (frame->look->filter[0] && !frame->look->nodes)
        draw_story(frame, &frame->look->filtered);
    else
        for (uint32_t slot = frame->first_slot; slot < frame->last_slot; slot++)
            draw_lane_requests(frame, slot);
    draw_story(frame, &frame->look->story);
}
