/* What lies over the picture: what hovering tells, the menu, the line to type into, the keys. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>
#include <string.h>

#define MENU_LINE  24
#define MENU_WIDTH 210

static void draw_card(const struct frame *frame, struct box box)
{
    for (int32_t i = 3; i > 0; i--)
        frame_rect(frame, ROLE_SHADE, box.x0 - px(frame, i), box.y0 - px(frame, i - 1),
                   box.x1 + px(frame, i), box.y1 + px(frame, i + 1))
            ->alpha = 14;
    frame_rect(frame, ROLE_PANEL, box.x0, box.y0, box.x1, box.y1)->size = (uint8_t)px(frame, 5);
    shapes_add(frame->out, SHAPE_FRAME, ROLE_RULE, box.x0, box.y0, box.x1, box.y1)->size =
        (uint8_t)px(frame, 5);
}

/* Near the pointer, where there is room for it. */
static struct box place(const struct frame *frame, int32_t width, int32_t height)
{
    const struct look *look = frame->look;
    int32_t x = look->pointer_x + px(frame, 14);
    int32_t y = look->pointer_y + px(frame, 16);
    if (x + width > look->width)
        x = look->pointer_x - width - px(frame, 10);
    if (y + height > look->height)
        y = look->pointer_y - height - px(frame, 10);
    x = x < 0 ? 0 : x;
    y = y < 0 ? 0 : y;
    return (struct box){x, y, x + width, y + height};
}

static void draw_hint(const struct frame *frame, const char *text)
{
    int32_t width = text_width(frame, FACE_SMALL, text) + px(frame, 20);
    struct box box = place(frame, width, px(frame, 24));
    draw_card(frame, box);
    frame_text(frame, FACE_SMALL, ROLE_TEXT, box.x0 + px(frame, 10),
               face_y(frame, FACE_SMALL, box.y0, box.y1 - box.y0), text);
}

#define HINT_FACTS 6u

static void draw_hint_facts(const struct frame *frame, struct thing thing)
{
    struct facts facts;
    format_facts(&facts, frame->model, thing, frame->look->playhead_ns);
    uint32_t count = facts.count < HINT_FACTS ? facts.count : HINT_FACTS;
    int32_t width = text_width(frame, FACE_STRONG, facts.title);
    int32_t label = px(frame, 72);
    for (uint32_t i = 0; i < count; i++) {
        int32_t line = label + text_width(frame, FACE_SMALL, facts.values[i]);
        width = line > width ? line : width;
    }
    width = width > px(frame, 360) ? px(frame, 360) : width;
    struct box box =
        place(frame, width + px(frame, 24), px(frame, 34) + (int32_t)count * px(frame, 16));
    draw_card(frame, box);
    int32_t x = box.x0 + px(frame, 12);
    frame_text_fit(frame, FACE_STRONG, ROLE_TEXT, x, box.y0 + px(frame, 8), width, facts.title);
    for (uint32_t i = 0; i < count; i++) {
        int32_t y = box.y0 + px(frame, 28) + (int32_t)i * px(frame, 16);
        frame_text(frame, FACE_SMALL, ROLE_FAINT, x, y, facts.labels[i]);
        frame_text_fit(frame, FACE_SMALL, ROLE_TEXT, x + label, y, width - label, facts.values[i]);
    }
}

static void draw_hover(const struct frame *frame)
{
    const struct look *look = frame->look;
    if (!look->pointer_in || look->menu.open)
        return;
    const struct shape *shape =
        shapes_at(frame->out, look->pointer_x, look->pointer_y, px(frame, 4));
    if (!shape)
        return;
    if (shape->thing.kind) {
        draw_hint_facts(frame, shape->thing);
        return;
    }
    /* Keeping a text moves those that are kept: take it out first. */
    char text[FORMAT_MAX];
    snprintf(text, sizeof text, "%s", shapes_text(frame->out, shape));
    draw_hint(frame, text);
}

struct box draw_menu_box(const struct frame *frame)
{
    const struct menu *menu = &frame->look->menu;
    int32_t height = px(frame, 34) + (int32_t)menu->count * px(frame, MENU_LINE);
    int32_t width = px(frame, MENU_WIDTH);
    int32_t x = menu->x + width > frame->look->width ? frame->look->width - width : menu->x;
    int32_t y = menu->y + height > frame->look->height ? frame->look->height - height : menu->y;
    x = x < 0 ? 0 : x;
    y = y < 0 ? 0 : y;
    return (struct box){x, y, x + width, y + height};
}

uint32_t draw_menu_at(const struct frame *frame, int32_t x, int32_t y)
{
    const struct menu *menu = &frame->look->menu;
    struct box box = draw_menu_box(frame);
    int32_t first = box.y0 + px(frame, 28);
    if (x < box.x0 || x >= box.x1 || y < first || y >= box.y1)
        return menu->count;
    uint32_t line = (uint32_t)((y - first) / px(frame, MENU_LINE));
    return line < menu->count ? line : menu->count;
}

static void draw_menu(const struct frame *frame)
{
    const struct menu *menu = &frame->look->menu;
    if (!menu->open)
        return;
    struct box box = draw_menu_box(frame);
    draw_card(frame, box);
    int32_t x = box.x0 + px(frame, 14);
    frame_text(frame, FACE_STRONG, ROLE_TEXT, x, box.y0 + px(frame, 7), menu->title);
    for (uint32_t i = 0; i < menu->count; i++) {
        int32_t y = box.y0 + px(frame, 28) + (int32_t)i * px(frame, MENU_LINE);
        if (i == menu->chosen)
            frame_rect(frame, ROLE_WORKER, box.x0 + px(frame, 4), y, box.x1 - px(frame, 4),
                       y + px(frame, MENU_LINE))
                ->size = (uint8_t)px(frame, 3);
        frame_text_fit(frame, FACE_NORMAL, i == menu->chosen ? ROLE_WORKER_TEXT : ROLE_TEXT, x,
                       face_y(frame, FACE_NORMAL, y, px(frame, MENU_LINE)),
                       box.x1 - x - px(frame, 8), menu->labels[i]);
    }
}

static void draw_entry(const struct frame *frame)
{
    const struct look *look = frame->look;
    if (look->entry.kind == ENTRY_NONE)
        return;
    const char *prompt = look->entry.kind == ENTRY_FILTER
                             ? "Show only: an id, or nodes such as n1,n3"
                             : "Request which id?";
    int32_t width = px(frame, 380);
    int32_t x = (look->width - width) / 2;
    int32_t y = look->height / 3;
    struct box box = {x, y, x + width, y + px(frame, 74)};
    draw_card(frame, box);
    frame_text(frame, FACE_SMALL, ROLE_SOFT, x + px(frame, 16), y + px(frame, 11), prompt);
    int32_t top = y + px(frame, 32);
    frame_rect(frame, ROLE_LANE, x + px(frame, 14), top, box.x1 - px(frame, 14),
               top + px(frame, 28))
        ->size = (uint8_t)px(frame, 3);
    shapes_add(frame->out, SHAPE_FRAME, ROLE_WORKER_EDGE, x + px(frame, 14), top,
               box.x1 - px(frame, 14), top + px(frame, 28))
        ->size = (uint8_t)px(frame, 3);
    int32_t used = frame_text(frame, FACE_NORMAL, ROLE_TEXT, x + px(frame, 22),
                              face_y(frame, FACE_NORMAL, top, px(frame, 28)), look->entry.text);
    frame_rect(frame, ROLE_TEXT, x + px(frame, 23) + used, top + px(frame, 6),
               x + px(frame, 24) + used, top + px(frame, 22));
}

static const char *const keys[][2] = {
    {"Space", "play, pause"},
    {"- and +", "slower, faster"},
    {"M", "as fast as it goes"},
    {"\xe2\x86\x90 and \xe2\x86\x92", "to the event before, after"},
    {"Home", "to the start"},
    {"End", "to the newest, and follow it"},
    {"F", "fit the whole run"},
    {"wheel", "zoom at the pointer"},
    {"Shift + wheel", "scroll the lanes"},
    {"drag", "pan; on the axis: scrub"},
    {"Page up, down", "scroll the lanes"},
    {"click", "choose, with what belongs to it"},
    {"right click", "act on a node or a link"},
    {"/", "filter by id or node"},
    {"Esc", "clear"},
    {"D", "light, dark"},
    {"P", "side panel"},
    {"Ctrl-S", "save the session as a scenario"},
    {"Q", "end the run"},
};

static void draw_help(const struct frame *frame)
{
    if (!frame->look->help)
        return;
    int32_t count = (int32_t)(sizeof keys / sizeof *keys);
    int32_t width = px(frame, 420);
    int32_t height = px(frame, 56) + count * px(frame, 21);
    int32_t x = (frame->look->width - width) / 2;
    int32_t y = (frame->look->height - height) / 2;
    frame_rect(frame, ROLE_BACKGROUND, 0, 0, frame->look->width, frame->look->height)->alpha = 140;
    draw_card(frame, (struct box){x, y, x + width, y + height});
    frame_text(frame, FACE_STRONG, ROLE_TEXT, x + px(frame, 24), y + px(frame, 18), "Keys");
    for (int32_t i = 0; i < count; i++) {
        int32_t line = y + px(frame, 46) + i * px(frame, 21);
        frame_text(frame, FACE_NORMAL, ROLE_TEXT, x + px(frame, 24), line, keys[i][0]);
        frame_text(frame, FACE_NORMAL, ROLE_SOFT, x + px(frame, 160), line, keys[i][1]);
    }
}

void draw_floats(const struct frame *frame)
{
    draw_hover(frame);
    draw_menu(frame);
    draw_entry(frame);
    draw_help(frame);
}
