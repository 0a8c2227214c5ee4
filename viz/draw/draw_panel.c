/* The side panel: what the signs mean and how many of each are in view, how long answers took, and
 * all that is known of what was chosen. */
#include "base/number.h"
#include "trace/quantiles.h"
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

#define LINE         19
#define LATENCY      138 /* height of that part */
#define DETAIL_TITLE 24
#define DETAIL       17

enum legend {
    LEGEND_LOADING,
    LEGEND_LIVE,
    LEGEND_EXPIRED,
    LEGEND_LOST,
    LEGEND_UNLEASED,
    LEGEND_MOVED,
    LEGEND_LEASES,
    LEGEND_SERVED,
    LEGEND_DUPLICATE,
    LEGEND_OK,
    LEGEND_FAILED,
    LEGEND_MESSAGES,
    LEGEND_HEARTBEAT,
    LEGEND_DROPPED,
    LEGEND_FAULT,
    LEGEND_EXPECT,
    LEGEND_VIOLATION,
    LEGEND_COUNT
};

static const char *const legend_texts[LEGEND_COUNT] = {
    [LEGEND_LOADING] = "worker loading",
    [LEGEND_LIVE] = "worker live",
    [LEGEND_EXPIRED] = "worker expired",
    [LEGEND_LOST] = "lost with its node",
    [LEGEND_UNLEASED] = "ended with its lease",
    [LEGEND_MOVED] = "moved to another node",
    [LEGEND_LEASES] = "leases held \xc2\xb7 run out",
    [LEGEND_SERVED] = "request served",
    [LEGEND_DUPLICATE] = "second live worker",
    [LEGEND_OK] = "request, answered",
    [LEGEND_FAILED] = "request, failed",
    [LEGEND_MESSAGES] = "message: request \xc2\xb7 reply",
    [LEGEND_HEARTBEAT] = "heartbeat sent",
    [LEGEND_DROPPED] = "message lost",
    [LEGEND_FAULT] = "fault",
    [LEGEND_EXPECT] = "expectation held \xc2\xb7 not",
    [LEGEND_VIOLATION] = "violation",
};

static void draw_bar_sign(const struct layout *layout, enum legend which, int32_t x, int32_t y)
{
    int32_t x1 = x + px(layout, 22);
    int32_t y1 = y + px(layout, 10);
    int32_t middle = (y + y1) / 2;
    bool loading = which == LEGEND_LOADING;
    pen_rect(layout, loading ? ROLE_PANEL : ROLE_WORKER, x, y, x1, y1)->size =
        (uint8_t)px(layout, 2);
    if (loading)
        shapes_add(layout->out, SHAPE_HATCH, ROLE_LOADING, x, y, x1, y1);
    shapes_add(layout->out, SHAPE_OUTLINE,
               which == LEGEND_DUPLICATE ? ROLE_DUPLICATE : ROLE_WORKER_EDGE, x, y, x1, y1)
        ->size = (uint8_t)px(layout, 2);
    if (which == LEGEND_DUPLICATE)
        shapes_add(layout->out, SHAPE_OUTLINE, ROLE_DUPLICATE, x - px(layout, 1), y - px(layout, 1),
                   x1 + px(layout, 1), y1 + px(layout, 1))
            ->size = (uint8_t)px(layout, 2);
    if (which == LEGEND_EXPIRED)
        pen_rect(layout, ROLE_WORKER_EDGE, x1 - px(layout, 3), y, x1, y1);
    if (which == LEGEND_LOST || which == LEGEND_UNLEASED)
        shapes_add(layout->out, SHAPE_CROSS, which == LEGEND_LOST ? ROLE_LOST : ROLE_LEASE, x1,
                   middle, x1, middle)
            ->size = (uint8_t)px(layout, 4);
    if (which == LEGEND_MOVED)
        draw_move_end(layout, &(struct box){x, y, x1, y1}, 255);
    if (which == LEGEND_LIVE)
        shapes_add(layout->out, SHAPE_TRIANGLE, ROLE_WORKER_EDGE, x1, middle - px(layout, 3),
                   x1 + px(layout, 7), middle + px(layout, 3));
    if (which == LEGEND_SERVED)
        for (int32_t i = 4; i < 20; i += 5)
            pen_rect(layout, ROLE_SERVED, x + px(layout, i), y1 - px(layout, 5),
                     x + px(layout, i + 1), y1 - px(layout, 1));
}

static void draw_message_sign(const struct layout *layout, enum legend which, int32_t x, int32_t y)
{
    int32_t x1 = x + px(layout, 20);
    int32_t y1 = y + px(layout, 10);
    if (which == LEGEND_MESSAGES) {
        shapes_add(layout->out, SHAPE_LINE, ROLE_REQUEST_MESSAGE, x, y, x + px(layout, 8), y1)
            ->size = (uint8_t)px(layout, 5);
        shapes_add(layout->out, SHAPE_DOT, ROLE_REQUEST_MESSAGE, x + px(layout, 8), y1, 0, 0)
            ->size = (uint8_t)px(layout, 2);
        shapes_add(layout->out, SHAPE_LINE, ROLE_REPLY_MESSAGE, x + px(layout, 12), y1, x1, y)
            ->size = (uint8_t)px(layout, 5);
        pen_rect(layout, ROLE_REPLY_MESSAGE, x1 - px(layout, 2), y - px(layout, 2),
                 x1 + px(layout, 3), y + px(layout, 3));
        return;
    }
    enum role role = which == LEGEND_HEARTBEAT ? ROLE_HEARTBEAT : ROLE_REQUEST_MESSAGE;
    if (which == LEGEND_DROPPED) {
        int32_t middle = x + px(layout, 13);
        shapes_add(layout->out, SHAPE_LINE, role, x, y, middle, y + px(layout, 6))->size =
            (uint8_t)px(layout, 5);
        shapes_add(layout->out, SHAPE_CROSS, ROLE_LOST, middle, y + px(layout, 6), 0, 0)->size =
            (uint8_t)px(layout, 4);
        return;
    }
    shapes_add(layout->out, SHAPE_LINE, role, x, y, x1, y1)->size = (uint8_t)px(layout, 4);
}

static void draw_sign(const struct layout *layout, enum legend which, int32_t x, int32_t y)
{
    int32_t middle = y + px(layout, 5);
    switch (which) {
    case LEGEND_OK:
    case LEGEND_FAILED:
        pen_rect(layout, which == LEGEND_OK ? ROLE_REQUEST_OK : ROLE_REQUEST_ERROR, x,
                 middle - px(layout, 2), x + px(layout, 20), middle + px(layout, 2))
            ->size = (uint8_t)px(layout, 1);
        if (which == LEGEND_FAILED)
            shapes_add(layout->out, SHAPE_CROSS, ROLE_REQUEST_ERROR, x + px(layout, 20), middle, 0,
                       0)
                ->size = (uint8_t)px(layout, 4);
        break;
    case LEGEND_MESSAGES:
    case LEGEND_HEARTBEAT:
    case LEGEND_DROPPED:
        draw_message_sign(layout, which, x, y);
        break;
    case LEGEND_FAULT:
        draw_mark_sign(layout, MARK_FAULT, x + px(layout, 10), middle);
        break;
    case LEGEND_EXPECT:
        draw_mark_sign(layout, MARK_HELD, x + px(layout, 4), middle);
        draw_mark_sign(layout, MARK_NOT_HELD, x + px(layout, 17), middle);
        break;
    case LEGEND_LEASES:
        draw_lease_sign(layout, (struct box){x, y, x + px(layout, 22), y + px(layout, 10)});
        break;
    case LEGEND_VIOLATION:
        draw_mark_sign(layout, MARK_VIOLATION, x + px(layout, 10), middle);
        break;
    default:
        draw_bar_sign(layout, which, x, y);
    }
}

/* What no run has but one with leases, or whose workers move, is told of in such a run alone. */
static bool is_told(const struct layout *layout, enum legend which)
{
    switch (which) {
    case LEGEND_UNLEASED:
    case LEGEND_LEASES:
        return layout->model->slots;
    case LEGEND_MOVED:
        return layout->model->moves.count;
    default:
        return true;
    }
}

static int32_t legend_lines(const struct layout *layout)
{
    int32_t lines = 0;
    for (enum legend which = 0; which < LEGEND_COUNT; which++)
        lines += is_told(layout, which);
    return lines;
}

struct tally_pair {
    uint64_t count;
    uint64_t other;
    bool two;
};

/* Held at the end of what is in view, and run out in it. */
static struct tally_pair leases_of(const struct layout *layout)
{
    const struct model *model = layout->model;
    struct tally_pair tally = {.two = true};
    int64_t last = min_i64(layout->viewport->t1_ns - 1, model->last_ns);
    for (node_id node = 0; node < model->nodes; node++) {
        const struct lane *lane = &model->lanes[node];
        tally.count += picture_leases(model, node, last).held;
        for (size_t i = picture_lease(model, node, 0, layout->viewport->t0_ns);
             i < lane->leases_count && lane->leases[i].t_ns <= last; i++)
            tally.other += lane->leases[i].lost;
    }
    return tally;
}

static struct tally_pair tally_of(const struct layout *layout, enum legend which,
                                  const struct picture_counts *before,
                                  const struct picture_counts *after)
{
    int64_t t0 = layout->viewport->t0_ns;
    int64_t t1 = layout->viewport->t1_ns;
#define IN_VIEW(class) (after->of[HISTORY_##class] - before->of[HISTORY_##class])
    switch (which) {
    case LEGEND_LOADING:
        return (struct tally_pair){.count = IN_VIEW(STARTED)};
    case LEGEND_LIVE:
        return (struct tally_pair){.count = picture_live(after->of)};
    case LEGEND_EXPIRED:
        return (struct tally_pair){.count = IN_VIEW(EXPIRED)};
    case LEGEND_LOST:
        return (struct tally_pair){.count = IN_VIEW(LOST)};
    case LEGEND_UNLEASED:
        return (struct tally_pair){.count = IN_VIEW(UNLEASED)};
    case LEGEND_MOVED:
        return (struct tally_pair){.count = IN_VIEW(MOVED)};
    case LEGEND_LEASES:
        return leases_of(layout);
    case LEGEND_SERVED:
        return (struct tally_pair){.count = IN_VIEW(SERVED)};
    case LEGEND_DUPLICATE:
        return (struct tally_pair){.count = picture_marks(layout->model, MARK_DUPLICATE, t0, t1)};
    case LEGEND_OK:
        return (struct tally_pair){.count = IN_VIEW(ANSWERED)};
    case LEGEND_FAILED:
        return (struct tally_pair){.count = IN_VIEW(FAILED)};
    case LEGEND_MESSAGES:
        return (struct tally_pair){.count = IN_VIEW(SENT)};
    case LEGEND_HEARTBEAT:
        return (struct tally_pair){.count = IN_VIEW(HEARTBEAT_SENT)};
    case LEGEND_DROPPED:
        return (struct tally_pair){.count = IN_VIEW(DROPPED) + IN_VIEW(HEARTBEAT_DROPPED)};
    case LEGEND_FAULT:
        return (struct tally_pair){.count = picture_marks(layout->model, MARK_FAULT, t0, t1)};
    case LEGEND_EXPECT:
        return (struct tally_pair){picture_marks(layout->model, MARK_HELD, t0, t1),
                                   picture_marks(layout->model, MARK_NOT_HELD, t0, t1), true};
    default:
        return (struct tally_pair){.count = picture_marks(layout->model, MARK_VIOLATION, t0, t1)};
    }
#undef IN_VIEW
}

int32_t draw_panel_heading(const struct layout *layout, int32_t y, const char *text,
                           const char *aside)
{
    int32_t x = layout->panel.x0 + px(layout, PANEL_MARGIN);
    pen_text(layout, FACE_STRONG, ROLE_TEXT, x, y, text);
    pen_text_right(layout, FACE_SMALL, ROLE_FAINT, layout->panel.x1 - px(layout, PANEL_MARGIN),
                   y + px(layout, 2), aside);
    return y + px(layout, 26);
}

static int32_t draw_legend(const struct layout *layout, int32_t y)
{
    struct picture_counts before = picture_counts(layout->model, layout->viewport->t0_ns - 1);
    struct picture_counts after = picture_counts(layout->model, layout->viewport->t1_ns - 1);
    int32_t x = layout->panel.x0 + px(layout, PANEL_MARGIN);
    y = draw_panel_heading(layout, y, "Legend", "in view");
    for (enum legend which = 0; which < LEGEND_COUNT; which++) {
        if (!is_told(layout, which))
            continue;
        struct tally_pair tally = tally_of(layout, which, &before, &after);
        char text[96];
        int32_t height = pen_line_height(layout, FACE_NORMAL);
        draw_sign(layout, which, x, y + (height - px(layout, 10)) / 2);
        pen_text(layout, FACE_SMALL, ROLE_SOFT, x + px(layout, 38),
                 pen_text_y(layout, FACE_SMALL, y, height), legend_texts[which]);
        snprintf(text, sizeof text, "%s%s%s", format_count(tally.count).text,
                 tally.two ? " \xc2\xb7 " : "", tally.two ? format_count(tally.other).text : "");
        bool none = !tally.count && !tally.other;
        pen_text_right(layout, FACE_SMALL, none ? ROLE_FAINT : ROLE_TEXT,
                       layout->panel.x1 - px(layout, PANEL_MARGIN),
                       pen_text_y(layout, FACE_SMALL, y, height), text);
        y += px(layout, LINE);
    }
    return y + px(layout, 14);
}

static void draw_columns(const struct layout *layout, const struct picture_latencies *latencies,
                         struct box box)
{
    uint32_t first = 0;
    uint32_t last = LATENCY_CLASSES - 1;
    uint32_t most = 1;
    while (first < last && !latencies->counts[first])
        first++;
    while (last > first && !latencies->counts[last])
        last--;
    /* Few classes would make a few fat columns: always show a decade at least. */
    first = first > 3 ? first - 2 : 0;
    last = last + 2 < LATENCY_CLASSES ? last + 2 : LATENCY_CLASSES - 1;
    for (uint32_t class = first; class <= last; class ++)
        most = latencies->counts[class] > most ? latencies->counts[class] : most;
    int32_t columns = (int32_t)(last - first + 1);
    for (uint32_t class = first; class <= last; class ++) {
        int32_t i = (int32_t)(class - first);
        uint32_t count = latencies->counts[class];
        int32_t x0 = box.x0 + (box.x1 - box.x0) * i / columns;
        int32_t x1 = box.x0 + (box.x1 - box.x0) * (i + 1) / columns - px(layout, 1);
        int32_t height = (int32_t)((int64_t)(box.y1 - box.y0) * count / most);
        char text[FORMAT_MAX];
        if (!count)
            continue;
        height = height < px(layout, 2) ? px(layout, 2) : height;
        struct shape *column = pen_rect(layout, ROLE_REQUEST_OK, x0, box.y1 - height, x1, box.y1);
        column->alpha = 200;
        snprintf(text, sizeof text, "%" PRIu32 " answers took %s to %s", count,
                 duration_rounded(latency_least(class)).text,
                 duration_rounded(latency_least(class + 1)).text);
        shapes_tooltip(layout->out, text);
    }
    int32_t y = box.y1 + px(layout, 4);
    pen_rect(layout, ROLE_RULE, box.x0, box.y1, box.x1, box.y1 + px(layout, 1));
    pen_text(layout, FACE_SMALL, ROLE_FAINT, box.x0, y,
             duration_rounded(latency_least(first)).text);
    pen_text_right(layout, FACE_SMALL, ROLE_FAINT, box.x1, y,
                   duration_rounded(latency_least(last + 1)).text);
}

static int32_t draw_latencies(const struct layout *layout, int32_t y)
{
    struct picture_latencies latencies =
        picture_latencies(layout->model, layout->viewport->t0_ns, layout->viewport->t1_ns);
    char aside[128];
    snprintf(aside, sizeof aside, "%s answers in view", format_count(latencies.total).text);
    y = draw_panel_heading(layout, y, "Latency", aside);
    if (!latencies.total)
        return y + px(layout, 6);
    int64_t t0_ns = layout->viewport->t0_ns, t1_ns = layout->viewport->t1_ns;
    snprintf(aside, sizeof aside, "half within %s, 99 %% within %s",
             duration_rounded(picture_latency(layout->model, t0_ns, t1_ns, QUANTILE_MEDIAN)).text,
             duration_rounded(picture_latency(layout->model, t0_ns, t1_ns, 990000)).text);
    int32_t x0 = layout->panel.x0 + px(layout, PANEL_MARGIN);
    int32_t x1 = layout->panel.x1 - px(layout, PANEL_MARGIN);
    pen_text_fit(layout, FACE_SMALL, ROLE_SOFT, x0, y - px(layout, 5), x1 - x0, aside);
    y += px(layout, 14);
    draw_columns(layout, &latencies, (struct box){x0, y, x1, y + px(layout, 64)});
    return y + px(layout, 64 + 34);
}

/* A value takes up to so many lines. */
#define VALUE_LINES 4

static int32_t value_width(const struct layout *layout)
{
    return layout->panel.x1 - layout->panel.x0 - px(layout, 2 * PANEL_MARGIN + 80);
}

/* The value from y on; returns where it ends. Where `role` is ROLES_COUNT nothing is drawn. */
static int32_t draw_value(const struct layout *layout, enum role role, int32_t y, const char *value)
{
    int32_t x = layout->panel.x0 + px(layout, PANEL_MARGIN + 80);
    for (int32_t line = 1; *value || line == 1; line++) {
        char text[FORMAT_MAX];
        size_t size = pen_wrap(layout, FACE_SMALL, value_width(layout), value);
        bool last = line == VALUE_LINES || !value[size];
        snprintf(text, sizeof text, "%.*s", last ? (int)sizeof text - 1 : (int)size, value);
        if (role != ROLES_COUNT)
            pen_text_fit(layout, FACE_SMALL, role, x, y, value_width(layout), text);
        y += px(layout, DETAIL);
        if (last)
            break;
        value += size + (value[size] == ' ');
    }
    return y;
}

static int32_t details_height(const struct layout *layout, const struct details *details)
{
    int32_t y = px(layout, DETAIL_TITLE + 16);
    for (uint32_t i = 0; i < details->count; i++)
        y = draw_value(layout, ROLES_COUNT, y, details->values[i]);
    return y;
}

static int32_t draw_details(const struct layout *layout, const struct details *details, int32_t y)
{
    int32_t x = layout->panel.x0 + px(layout, PANEL_MARGIN);
    int32_t right = layout->panel.x1 - px(layout, PANEL_MARGIN);
    pen_rect(layout, ROLE_ACCENT, x, y + px(layout, 1), x + px(layout, 4),
             y + pen_line_height(layout, FACE_STRONG));
    pen_text_fit(layout, FACE_STRONG, ROLE_TEXT, x + px(layout, 12), y, right - x - px(layout, 12),
                 details->title);
    y += px(layout, DETAIL_TITLE);
    for (uint32_t i = 0; i < details->count; i++) {
        pen_text(layout, FACE_SMALL, ROLE_FAINT, x, y, details->labels[i]);
        y = draw_value(layout, ROLE_TEXT, y, details->values[i]);
    }
    if (layout->viewport->related.count > 1) {
        char text[FORMAT_MAX];
        snprintf(text, sizeof text, "%zu things belong to it%s", layout->viewport->related.count,
                 layout->viewport->related.cut ? ", and more" : "");
        pen_text(layout, FACE_SMALL, ROLE_SOFT, x, y + px(layout, 4), text);
    }
    return y + px(layout, 40);
}

/* What was asked for last comes first, if there is no room for all. */
static void draw_parts(const struct layout *layout, int32_t y)
{
    struct details details;
    format_details(&details, layout->model, layout->viewport->chosen,
                   layout->viewport->playhead_ns);
    int32_t wanted = details_height(layout, &details);
    int32_t others = px(layout, 40 + LINE * legend_lines(layout) + LATENCY);
    bool chosen = layout->viewport->chosen.kind != THING_NONE;
    bool fits = y + others + wanted <= layout->panel.y1;
    if (chosen && !fits)
        y = draw_details(layout, &details, y);
    else
        y = draw_legend(layout, y);
    /* What is broken or failed comes before how long answers took. */
    int32_t before = draw_notable_least(layout) + (chosen && fits ? wanted : 0);
    if (y + px(layout, LATENCY) + before <= layout->panel.y1)
        y = draw_latencies(layout, y);
    if (chosen && fits)
        y = draw_details(layout, &details, y);
    draw_notable(layout, y);
}

void draw_panel(const struct layout *layout)
{
    const struct box *box = &layout->panel;
    if (box->x1 <= box->x0)
        return;
    pen_rect(layout, ROLE_PANEL, box->x0, box->y0, box->x1, box->y1);
    pen_rect(layout, ROLE_RULE, box->x0, box->y0, box->x0 + px(layout, 1), box->y1);
    pen_clip(layout, *box);
    draw_parts(layout, box->y0 + px(layout, 16));
    pen_clip_none(layout);
}
