/* Lists in the side panel of what is worth going to: what was broken, requests that failed, the
 * slowest answers. A click on a line goes there. */
#include "base/number.h"
#include "trace/rules.h"
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>

#define LINE    17
#define GAP     12
#define HEADING 26
#define LEAST   3u /* lines, or all if there are fewer: else a list is left out */

static void format_request_line(char *text, size_t size, const struct model *model, uint32_t index)
{
    const struct model_request *request = model_request(model, index);
    const char *id = model_string(model, request->id);
    if (request->outcome == OUTCOME_VALUE)
        snprintf(text, size, "%s  %s from n%u", duration_rounded(request->latency_ns).text, id,
                 request->caller + 1);
    else
        snprintf(text, size, "%s from n%u: %s", id, request->caller + 1,
                 outcome_name(request->outcome));
}

static void format_mark_line(char *text, size_t size, const struct model *model, uint32_t index)
{
    const struct mark *mark = model_mark(model, index);
    const char *id = model_string(model, mark->id);
    const char *words = model_string(model, mark->text);
    if (mark->kind == MARK_VIOLATION && mark->id)
        snprintf(text, size, "%s: id %s", rule_name(mark->rule), id);
    else if (mark->kind == MARK_VIOLATION)
        snprintf(text, size, "%s: %s", rule_name(mark->rule), words);
    else
        snprintf(text, size, "%s%s%s", words, mark->id ? ": " : "", id);
}

/* One line, which can be clicked. */
static void draw_line(const struct layout *layout, struct thing thing, int32_t y)
{
    const struct model *model = layout->model;
    int32_t x = layout->panel.x0 + px(layout, PANEL_MARGIN);
    int32_t right = layout->panel.x1 - px(layout, PANEL_MARGIN);
    char text[FORMAT_MAX];
    struct span span;
    node_id node;
    picture_place(model, thing, &span, &node);
    if (thing.kind == THING_MARK)
        format_mark_line(text, sizeof text, model, thing.index);
    else
        format_request_line(text, sizeof text, model, thing.index);
    bool chosen = thing_equal(thing, layout->viewport->chosen);
    struct shape *whole = pen_rect(layout, ROLE_SHADE, x - px(layout, 6), y, right + px(layout, 6),
                                   y + px(layout, LINE));
    whole->alpha = chosen ? 60 : 0;
    whole->thing = thing;
    pen_text(layout, FACE_SMALL, ROLE_FAINT, x, y, format_time(span.start_ns, NS_PER_MS).text);
    pen_text_fit(layout, FACE_SMALL, ROLE_TEXT, x + px(layout, 68), y, right - x - px(layout, 68),
                 text);
}

static int32_t least_height(const struct layout *layout, const struct notable *notable)
{
    int32_t lines = (int32_t)min_u32(notable->count, LEAST);
    return lines ? px(layout, HEADING + LINE * lines) : 0;
}

int32_t draw_notable_least(const struct layout *layout)
{
    int32_t broken = least_height(layout, &layout->model->broken);
    int32_t failed = least_height(layout, &layout->model->failed);
    return broken + failed + (broken && failed ? px(layout, GAP) : 0);
}

static int32_t draw_list(const struct layout *layout, int32_t y, const char *title,
                         const struct notable *notable, enum thing_kind kind, const char *order)
{
    char aside[64];
    if (!notable->count || y + least_height(layout, notable) > layout->panel.y1)
        return y;
    bool more = notable->total > notable->count;
    snprintf(aside, sizeof aside, "%s%s", more ? order : "",
             more ? format_count(notable->total).text : "");
    y = draw_panel_heading(layout, y, title, aside);
    for (uint32_t i = 0; i < notable->count && y + px(layout, LINE) <= layout->panel.y1; i++) {
        draw_line(layout, (struct thing){kind, notable->items[i].index}, y);
        y += px(layout, LINE);
    }
    return y + px(layout, GAP);
}

void draw_notable(const struct layout *layout, int32_t y)
{
    const struct model *model = layout->model;
    y = draw_list(layout, y, "Broken", &model->broken, THING_MARK, "the first of ");
    y = draw_list(layout, y, "Failed requests", &model->failed, THING_REQUEST, "the first of ");
    draw_list(layout, y, "Slowest answers", &model->slow, THING_REQUEST, "of ");
}
