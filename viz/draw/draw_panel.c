/* The side panel: what the signs mean and how many of each are in view, how long answers took, and
 * all that is known of what was chosen. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <inttypes.h>
#include <stdio.h>

#define MARGIN     18
#define LINE       19
#define LATENCY    138 /* height of that part */
#define FACT_TITLE 24
#define FACT       17

enum legend {
    LEGEND_LOADING,
    LEGEND_LIVE,
    LEGEND_EXPIRED,
    LEGEND_LOST,
    LEGEND_SERVED,
    LEGEND_DUPLICATE,
    LEGEND_OK,
    LEGEND_FAILED,
    LEGEND_ASK,
    LEGEND_BEAT,
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
    [LEGEND_SERVED] = "request served",
    [LEGEND_DUPLICATE] = "second live worker",
    [LEGEND_OK] = "request, answered",
    [LEGEND_FAILED] = "request, failed",
    [LEGEND_ASK] = "request \xc2\xb7 reply sent",
    [LEGEND_BEAT] = "heartbeat sent",
    [LEGEND_DROPPED] = "message lost",
    [LEGEND_FAULT] = "fault",
    [LEGEND_EXPECT] = "expectation held \xc2\xb7 not",
    [LEGEND_VIOLATION] = "violation",
};

static void draw_bar_sign(const struct frame *frame, enum legend which, int32_t x, int32_t y)
{
    int32_t x1 = x + px(frame, 22);
    int32_t y1 = y + px(frame, 10);
    int32_t middle = (y + y1) / 2;
    bool loading = which == LEGEND_LOADING;
    frame_rect(frame, loading ? ROLE_PANEL : ROLE_WORKER, x, y, x1, y1)->size =
        (uint8_t)px(frame, 2);
    if (loading)
        shapes_add(frame->out, SHAPE_HATCH, ROLE_LOADING, x, y, x1, y1);
    shapes_add(frame->out, SHAPE_FRAME,
               which == LEGEND_DUPLICATE ? ROLE_DUPLICATE : ROLE_WORKER_EDGE, x, y, x1, y1)
        ->size = (uint8_t)px(frame, 2);
    if (which == LEGEND_DUPLICATE)
        shapes_add(frame->out, SHAPE_FRAME, ROLE_DUPLICATE, x - px(frame, 1), y - px(frame, 1),
                   x1 + px(frame, 1), y1 + px(frame, 1))
            ->size = (uint8_t)px(frame, 2);
    if (which == LEGEND_EXPIRED)
        frame_rect(frame, ROLE_WORKER_EDGE, x1 - px(frame, 3), y, x1, y1);
    if (which == LEGEND_LOST)
        shapes_add(frame->out, SHAPE_CROSS, ROLE_LOST, x1, middle, x1, middle)->size =
            (uint8_t)px(frame, 4);
    if (which == LEGEND_LIVE)
        shapes_add(frame->out, SHAPE_TRIANGLE, ROLE_WORKER_EDGE, x1, middle - px(frame, 3),
                   x1 + px(frame, 7), middle + px(frame, 3));
    if (which == LEGEND_SERVED)
        for (int32_t i = 4; i < 20; i += 5)
            frame_rect(frame, ROLE_SERVED, x + px(frame, i), y1 - px(frame, 5),
                       x + px(frame, i + 1), y1 - px(frame, 1));
}

static void draw_wire_sign(const struct frame *frame, enum legend which, int32_t x, int32_t y)
{
    int32_t x1 = x + px(frame, 20);
    int32_t y1 = y + px(frame, 10);
    if (which == LEGEND_ASK) {
        shapes_add(frame->out, SHAPE_LINE, ROLE_ASK, x, y, x + px(frame, 8), y1)->size =
            (uint8_t)px(frame, 5);
        shapes_add(frame->out, SHAPE_DOT, ROLE_ASK, x + px(frame, 8), y1, 0, 0)->size =
            (uint8_t)px(frame, 2);
        shapes_add(frame->out, SHAPE_LINE, ROLE_REPLY, x + px(frame, 12), y1, x1, y)->size =
            (uint8_t)px(frame, 5);
        frame_rect(frame, ROLE_REPLY, x1 - px(frame, 2), y - px(frame, 2), x1 + px(frame, 3),
                   y + px(frame, 3));
        return;
    }
    enum role role = which == LEGEND_BEAT ? ROLE_BEAT : ROLE_ASK;
    if (which == LEGEND_DROPPED) {
        int32_t middle = x + px(frame, 13);
        shapes_add(frame->out, SHAPE_LINE, role, x, y, middle, y + px(frame, 6))->size =
            (uint8_t)px(frame, 5);
        shapes_add(frame->out, SHAPE_CROSS, ROLE_LOST, middle, y + px(frame, 6), 0, 0)->size =
            (uint8_t)px(frame, 4);
        return;
    }
    shapes_add(frame->out, SHAPE_LINE, role, x, y, x1, y1)->size = (uint8_t)px(frame, 4);
}

static void draw_sign(const struct frame *frame, enum legend which, int32_t x, int32_t y)
{
    int32_t middle = y + px(frame, 5);
    switch (which) {
    case LEGEND_OK:
    case LEGEND_FAILED:
        frame_rect(frame, which == LEGEND_OK ? ROLE_REQUEST_OK : ROLE_REQUEST_ERROR, x,
                   middle - px(frame, 2), x + px(frame, 20), middle + px(frame, 2))
            ->size = (uint8_t)px(frame, 1);
        if (which == LEGEND_FAILED)
            shapes_add(frame->out, SHAPE_CROSS, ROLE_REQUEST_ERROR, x + px(frame, 20), middle, 0, 0)
                ->size = (uint8_t)px(frame, 4);
        break;
    case LEGEND_ASK:
    case LEGEND_BEAT:
    case LEGEND_DROPPED:
        draw_wire_sign(frame, which, x, y);
        break;
    case LEGEND_FAULT:
        draw_mark_sign(frame, MARK_FAULT, x + px(frame, 10), middle);
        break;
    case LEGEND_EXPECT:
        draw_mark_sign(frame, MARK_HELD, x + px(frame, 4), middle);
        draw_mark_sign(frame, MARK_NOT_HELD, x + px(frame, 17), middle);
        break;
    case LEGEND_VIOLATION:
        draw_mark_sign(frame, MARK_VIOLATION, x + px(frame, 10), middle);
        break;
    default:
        draw_bar_sign(frame, which, x, y);
    }
}

struct tally_pair {
    uint64_t count;
    uint64_t other;
    bool two;
};

static struct tally_pair tally_of(const struct frame *frame, enum legend which,
                                  const struct picture_counts *before,
                                  const struct picture_counts *after)
{
    int64_t t0 = frame->look->t0_ns;
    int64_t t1 = frame->look->t1_ns;
#define IN_VIEW(class) (after->of[MOMENT_##class] - before->of[MOMENT_##class])
    switch (which) {
    case LEGEND_LOADING:
        return (struct tally_pair){.count = IN_VIEW(STARTED)};
    case LEGEND_LIVE:
        return (struct tally_pair){.count = picture_live(after)};
    case LEGEND_EXPIRED:
        return (struct tally_pair){.count = IN_VIEW(EXPIRED)};
    case LEGEND_LOST:
        return (struct tally_pair){.count = IN_VIEW(LOST)};
    case LEGEND_SERVED:
        return (struct tally_pair){.count = IN_VIEW(SERVED)};
    case LEGEND_DUPLICATE:
        return (struct tally_pair){.count = picture_marks(frame->model, MARK_DUPLICATE, t0, t1)};
    case LEGEND_OK:
        return (struct tally_pair){.count = IN_VIEW(ANSWERED)};
    case LEGEND_FAILED:
        return (struct tally_pair){.count = IN_VIEW(FAILED)};
    case LEGEND_ASK:
        return (struct tally_pair){.count = IN_VIEW(SENT)};
    case LEGEND_BEAT:
        return (struct tally_pair){.count = IN_VIEW(BEAT)};
    case LEGEND_DROPPED:
        return (struct tally_pair){.count = IN_VIEW(DROPPED) + IN_VIEW(BEAT_DROPPED)};
    case LEGEND_FAULT:
        return (struct tally_pair){.count = picture_marks(frame->model, MARK_FAULT, t0, t1)};
    case LEGEND_EXPECT:
        return (struct tally_pair){picture_marks(frame->model, MARK_HELD, t0, t1),
                                   picture_marks(frame->model, MARK_NOT_HELD, t0, t1), true};
    default:
        return (struct tally_pair){.count = picture_marks(frame->model, MARK_VIOLATION, t0, t1)};
    }
#undef IN_VIEW
}

static int32_t draw_heading(const struct frame *frame, int32_t y, const char *text,
                            const char *aside)
{
    int32_t x = frame->panel.x0 + px(frame, MARGIN);
    frame_text(frame, FACE_STRONG, ROLE_TEXT, x, y, text);
    frame_text_right(frame, FACE_SMALL, ROLE_FAINT, frame->panel.x1 - px(frame, MARGIN),
                     y + px(frame, 2), aside);
    return y + px(frame, 26);
}

static int32_t draw_legend(const struct frame *frame, int32_t y)
{
    struct picture_counts before = picture_counts(frame->model, frame->look->t0_ns - 1);
    struct picture_counts after = picture_counts(frame->model, frame->look->t1_ns - 1);
    int32_t x = frame->panel.x0 + px(frame, MARGIN);
    y = draw_heading(frame, y, "Legend", "in view");
    for (enum legend which = 0; which < LEGEND_COUNT; which++) {
        struct tally_pair tally = tally_of(frame, which, &before, &after);
        char text[64];
        char other[24];
        int32_t height = face_height(frame, FACE_NORMAL);
        draw_sign(frame, which, x, y + (height - px(frame, 10)) / 2);
        frame_text(frame, FACE_SMALL, ROLE_SOFT, x + px(frame, 38),
                   face_y(frame, FACE_SMALL, y, height), legend_texts[which]);
        format_count(text, sizeof text, tally.count);
        if (tally.two) {
            size_t used = 0;
            while (text[used])
                used++;
            format_count(other, sizeof other, tally.other);
            snprintf(text + used, sizeof text - used, " \xc2\xb7 %s", other);
        }
        bool none = !tally.count && !tally.other;
        frame_text_right(frame, FACE_SMALL, none ? ROLE_FAINT : ROLE_TEXT,
                         frame->panel.x1 - px(frame, MARGIN), face_y(frame, FACE_SMALL, y, height),
                         text);
        y += px(frame, LINE);
    }
    return y + px(frame, 14);
}

/* The upper end of the class in which the share of ppm millionths is reached. */
static int64_t quantile(const struct picture_latencies *latencies, uint64_t ppm)
{
    uint64_t wanted = (latencies->total * ppm + 999999) / 1000000;
    uint64_t seen = 0;
    for (uint32_t class = 0; class < LATENCY_CLASSES; class ++) {
        seen += latencies->counts[class];
        if (seen >= wanted)
            return latency_least(class + 1);
    }
    return latency_least(LATENCY_CLASSES);
}

static void draw_columns(const struct frame *frame, const struct picture_latencies *latencies,
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
        int32_t x1 = box.x0 + (box.x1 - box.x0) * (i + 1) / columns - px(frame, 1);
        int32_t height = (int32_t)((int64_t)(box.y1 - box.y0) * count / most);
        char text[FORMAT_MAX];
        char low[32];
        char high[32];
        if (!count)
            continue;
        height = height < px(frame, 2) ? px(frame, 2) : height;
        struct shape *column = frame_rect(frame, ROLE_REQUEST_OK, x0, box.y1 - height, x1, box.y1);
        column->alpha = 200;
        format_duration(low, sizeof low, latency_least(class));
        format_duration(high, sizeof high, latency_least(class + 1));
        snprintf(text, sizeof text, "%" PRIu32 " answers took %s to %s", count, low, high);
        shapes_hint(frame->out, text);
    }
    char text[32];
    int32_t y = box.y1 + px(frame, 4);
    frame_rect(frame, ROLE_RULE, box.x0, box.y1, box.x1, box.y1 + px(frame, 1));
    format_duration(text, sizeof text, latency_least(first));
    frame_text(frame, FACE_SMALL, ROLE_FAINT, box.x0, y, text);
    format_duration(text, sizeof text, latency_least(last + 1));
    frame_text_right(frame, FACE_SMALL, ROLE_FAINT, box.x1, y, text);
}

static int32_t draw_latencies(const struct frame *frame, int32_t y)
{
    struct picture_latencies latencies =
        picture_latencies(frame->model, frame->look->t0_ns, frame->look->t1_ns);
    char count[24];
    char aside[96];
    format_count(count, sizeof count, latencies.total);
    snprintf(aside, sizeof aside, "%s answers in view", count);
    y = draw_heading(frame, y, "Latency", aside);
    if (!latencies.total)
        return y + px(frame, 6);
    char half[32];
    char most[32];
    format_duration(half, sizeof half, quantile(&latencies, 500000));
    format_duration(most, sizeof most, quantile(&latencies, 990000));
    snprintf(aside, sizeof aside, "half within %s, 99 %% within %s", half, most);
    int32_t x0 = frame->panel.x0 + px(frame, MARGIN);
    int32_t x1 = frame->panel.x1 - px(frame, MARGIN);
    frame_text_fit(frame, FACE_SMALL, ROLE_SOFT, x0, y - px(frame, 5), x1 - x0, aside);
    y += px(frame, 14);
    draw_columns(frame, &latencies, (struct box){x0, y, x1, y + px(frame, 64)});
    return y + px(frame, 64 + 34);
}

static int32_t draw_facts(const struct frame *frame, const struct facts *facts, int32_t y)
{
    int32_t x = frame->panel.x0 + px(frame, MARGIN);
    int32_t right = frame->panel.x1 - px(frame, MARGIN);
    frame_rect(frame, ROLE_ACCENT, x, y + px(frame, 1), x + px(frame, 4),
               y + face_height(frame, FACE_STRONG));
    frame_text_fit(frame, FACE_STRONG, ROLE_TEXT, x + px(frame, 12), y, right - x - px(frame, 12),
                   facts->title);
    y += px(frame, FACT_TITLE);
    for (uint32_t i = 0; i < facts->count; i++) {
        frame_text(frame, FACE_SMALL, ROLE_FAINT, x, y, facts->labels[i]);
        frame_text_fit(frame, FACE_SMALL, ROLE_TEXT, x + px(frame, 80), y,
                       right - x - px(frame, 80), facts->values[i]);
        y += px(frame, FACT);
    }
    if (frame->look->story.count > 1) {
        char text[FORMAT_MAX];
        snprintf(text, sizeof text, "%zu things belong to it%s", frame->look->story.count,
                 frame->look->story.cut ? ", and more" : "");
        frame_text(frame, FACE_SMALL, ROLE_SOFT, x, y + px(frame, 4), text);
    }
    return y + px(frame, 40);
}

/* What was asked for last comes first, if there is no room for all. */
static void draw_parts(const struct frame *frame, int32_t y)
{
    struct facts facts;
    format_facts(&facts, frame->model, frame->look->chosen, frame->look->playhead_ns);
    int32_t wanted = px(frame, FACT_TITLE + FACT * (int32_t)facts.count + 16);
    int32_t others = px(frame, 40 + LINE * LEGEND_COUNT + LATENCY);
    bool chosen = frame->look->chosen.kind != THING_NONE;
    bool fits = y + others + wanted <= frame->panel.y1;
    if (chosen && !fits)
        y = draw_facts(frame, &facts, y);
    else
        y = draw_legend(frame, y);
    y = draw_latencies(frame, y);
    if (chosen && fits)
        draw_facts(frame, &facts, y);
}

void draw_panel(const struct frame *frame)
{
    const struct box *box = &frame->panel;
    if (box->x1 <= box->x0)
        return;
    frame_rect(frame, ROLE_PANEL, box->x0, box->y0, box->x1, box->y1);
    frame_rect(frame, ROLE_RULE, box->x0, box->y0, box->x0 + px(frame, 1), box->y1);
    frame_clip(frame, *box);
    draw_parts(frame, box->y0 + px(frame, 16));
    frame_clip(frame, (struct box){0, 0, frame->look->width, frame->look->height});
}
