/* What lies over the picture: what hovering tells, the menu, the line to type into, the keys. */
#include "viz/draw/draw.h"
#include "viz/draw/format.h"

#include <stdio.h>
#include <string.h>

#define MENU_LINE  24
#define MENU_WIDTH 210

static void draw_card(const struct layout *layout, struct box box)
{
    for (int32_t i = 3; i > 0; i--)
        pen_rect(layout, ROLE_SHADE, box.x0 - px(layout, i), box.y0 - px(layout, i - 1),
                 box.x1 + px(layout, i), box.y1 + px(layout, i + 1))
            ->alpha = 14;
    pen_rect(layout, ROLE_PANEL, box.x0, box.y0, box.x1, box.y1)->size = (uint8_t)px(layout, 5);
    shapes_add(layout->out, SHAPE_OUTLINE, ROLE_RULE, box.x0, box.y0, box.x1, box.y1)->size =
        (uint8_t)px(layout, 5);
}

/* Near the pointer, where there is room for it. */
static struct box place(const struct layout *layout, int32_t width, int32_t height)
{
    const struct viewport *viewport = layout->viewport;
    int32_t x = viewport->pointer_x + px(layout, 14);
    int32_t y = viewport->pointer_y + px(layout, 16);
    if (x + width > viewport->width)
        x = viewport->pointer_x - width - px(layout, 10);
    if (y + height > viewport->height)
        y = viewport->pointer_y - height - px(layout, 10);
    x = x < 0 ? 0 : x;
    y = y < 0 ? 0 : y;
    return (struct box){x, y, x + width, y + height};
}

static void draw_tooltip(const struct layout *layout, const char *text)
{
    int32_t width = pen_text_width(layout, FACE_SMALL, text) + px(layout, 20);
    struct box box = place(layout, width, px(layout, 24));
    draw_card(layout, box);
    pen_text(layout, FACE_SMALL, ROLE_TEXT, box.x0 + px(layout, 10),
             pen_text_y(layout, FACE_SMALL, box.y0, box.y1 - box.y0), text);
}

#define TOOLTIP_DETAILS 6u

static void draw_tooltip_details(const struct layout *layout, struct thing thing)
{
    struct details details;
    format_details(&details, layout->model, thing, layout->viewport->playhead_ns);
    uint32_t count = details.count < TOOLTIP_DETAILS ? details.count : TOOLTIP_DETAILS;
    int32_t width = pen_text_width(layout, FACE_STRONG, details.title);
    int32_t label = px(layout, 72);
    for (uint32_t i = 0; i < count; i++) {
        int32_t line = label + pen_text_width(layout, FACE_SMALL, details.values[i]);
        width = line > width ? line : width;
    }
    width = width > px(layout, 360) ? px(layout, 360) : width;
    struct box box =
        place(layout, width + px(layout, 24), px(layout, 34) + (int32_t)count * px(layout, 16));
    draw_card(layout, box);
    int32_t x = box.x0 + px(layout, 12);
    pen_text_fit(layout, FACE_STRONG, ROLE_TEXT, x, box.y0 + px(layout, 8), width, details.title);
    for (uint32_t i = 0; i < count; i++) {
        int32_t y = box.y0 + px(layout, 28) + (int32_t)i * px(layout, 16);
        pen_text(layout, FACE_SMALL, ROLE_FAINT, x, y, details.labels[i]);
        pen_text_fit(layout, FACE_SMALL, ROLE_TEXT, x + label, y, width - label, details.values[i]);
    }
}

static void draw_hover(const struct layout *layout)
{
    const struct viewport *viewport = layout->viewport;
    if (!viewport->pointer_in || viewport->menu.open)
        return;
    const struct shape *shape =
        shapes_at(layout->out, viewport->pointer_x, viewport->pointer_y, px(layout, 4));
    if (!shape)
        return;
    if (shape->thing.kind) {
        draw_tooltip_details(layout, shape->thing);
        return;
    }
    /* Keeping a text moves those that are kept: take it out first. */
    char text[FORMAT_MAX];
    snprintf(text, sizeof text, "%s", shapes_text(layout->out, shape));
    draw_tooltip(layout, text);
}

static struct box menu_box(const struct layout *layout)
{
    const struct menu *menu = &layout->viewport->menu;
    int32_t height = px(layout, 34) + (int32_t)menu->count * px(layout, MENU_LINE);
    int32_t width = px(layout, MENU_WIDTH);
    int32_t x =
        menu->x + width > layout->viewport->width ? layout->viewport->width - width : menu->x;
    int32_t y =
        menu->y + height > layout->viewport->height ? layout->viewport->height - height : menu->y;
    x = x < 0 ? 0 : x;
    y = y < 0 ? 0 : y;
    return (struct box){x, y, x + width, y + height};
}

uint32_t draw_menu_at(const struct layout *layout, int32_t x, int32_t y)
{
    const struct menu *menu = &layout->viewport->menu;
    struct box box = menu_box(layout);
    int32_t first = box.y0 + px(layout, 28);
    if (x < box.x0 || x >= box.x1 || y < first || y >= box.y1)
        return menu->count;
    uint32_t line = (uint32_t)((y - first) / px(layout, MENU_LINE));
    return line < menu->count ? line : menu->count;
}

static void draw_menu(const struct layout *layout)
{
    const struct menu *menu = &layout->viewport->menu;
    if (!menu->open)
        return;
    struct box box = menu_box(layout);
    draw_card(layout, box);
    int32_t x = box.x0 + px(layout, 14);
    pen_text(layout, FACE_STRONG, ROLE_TEXT, x, box.y0 + px(layout, 7), menu->title);
    for (uint32_t i = 0; i < menu->count; i++) {
        int32_t y = box.y0 + px(layout, 28) + (int32_t)i * px(layout, MENU_LINE);
        if (i == menu->chosen)
            pen_rect(layout, ROLE_WORKER, box.x0 + px(layout, 4), y, box.x1 - px(layout, 4),
                     y + px(layout, MENU_LINE))
                ->size = (uint8_t)px(layout, 3);
        pen_text_fit(layout, FACE_NORMAL, i == menu->chosen ? ROLE_WORKER_TEXT : ROLE_TEXT, x,
                     pen_text_y(layout, FACE_NORMAL, y, px(layout, MENU_LINE)),
                     box.x1 - x - px(layout, 8), menu->labels[i]);
    }
}

static void draw_entry(const struct layout *layout)
{
    const struct viewport *viewport = layout->viewport;
    if (viewport->entry.kind == ENTRY_NONE)
        return;
    const char *prompt = viewport->entry.kind == ENTRY_FILTER
                             ? "Show only: an id, or nodes such as n1,n3"
                             : "Request which id?";
    int32_t width = px(layout, 380);
    int32_t x = (viewport->width - width) / 2;
    int32_t y = viewport->height / 3;
    struct box box = {x, y, x + width, y + px(layout, 74)};
    draw_card(layout, box);
    pen_text(layout, FACE_SMALL, ROLE_SOFT, x + px(layout, 16), y + px(layout, 11), prompt);
    int32_t top = y + px(layout, 32);
    pen_rect(layout, ROLE_LANE, x + px(layout, 14), top, box.x1 - px(layout, 14),
             top + px(layout, 28))
        ->size = (uint8_t)px(layout, 3);
    shapes_add(layout->out, SHAPE_OUTLINE, ROLE_WORKER_EDGE, x + px(layout, 14), top,
               box.x1 - px(layout, 14), top + px(layout, 28))
        ->size = (uint8_t)px(layout, 3);
    int32_t used =
        pen_text(layout, FACE_NORMAL, ROLE_TEXT, x + px(layout, 22),
                 pen_text_y(layout, FACE_NORMAL, top, px(layout, 28)), viewport->entry.text);
    pen_rect(layout, ROLE_TEXT, x + px(layout, 23) + used, top + px(layout, 6),
             x + px(layout, 24) + used, top + px(layout, 22));
}

static const char *const keys[][2] = {
    {"Space", "play, pause"},
    {"- and +", "slower, faster"},
    {"M", "as fast as it goes"},
    {"\xe2\x86\x90 and \xe2\x86\x92", "to the event before, after"},
    {"Home", "to the start"},
    {"End", "to the newest, and follow it"},
    {"F", "fit the whole run"},
    {"wheel; Z, X", "zoom at the pointer; at the time"},
    {"Shift + wheel", "scroll the lanes"},
    {"drag", "pan; on the axis: scrub"},
    {"Page up, down; \xe2\x86\x91, \xe2\x86\x93", "scroll the lanes"},
    {"click", "choose, with what belongs to it; in the panel: go there"},
    {"N", "to the next broken, failed or slow one"},
    {"right click", "act on a node or a link"},
    {"/", "filter by id or node"},
    {"Esc", "clear"},
    {"D", "light, dark"},
    {"P", "side panel"},
    {"Ctrl - and +", "smaller, larger letters"},
    {"Ctrl-S", "save the session as a scenario"},
    {"Q", "end the run"},
};

static void draw_help(const struct layout *layout)
{
    if (!layout->viewport->help)
        return;
    int32_t count = (int32_t)(sizeof keys / sizeof *keys);
    int32_t width = px(layout, 540);
    int32_t height = px(layout, 56) + count * px(layout, 21);
    int32_t x = (layout->viewport->width - width) / 2;
    int32_t y = (layout->viewport->height - height) / 2;
    pen_rect(layout, ROLE_BACKGROUND, 0, 0, layout->viewport->width, layout->viewport->height)
        ->alpha = 140;
    draw_card(layout, (struct box){x, y, x + width, y + height});
    pen_text(layout, FACE_STRONG, ROLE_TEXT, x + px(layout, 24), y + px(layout, 18), "Keys");
    for (int32_t i = 0; i < count; i++) {
        int32_t line = y + px(layout, 46) + i * px(layout, 21);
        pen_text(layout, FACE_NORMAL, ROLE_TEXT, x + px(layout, 24), line, keys[i][0]);
        pen_text(layout, FACE_NORMAL, ROLE_SOFT, x + px(layout, 176), line, keys[i][1]);
    }
}

void draw_overlays(const struct layout *layout)
{
    draw_hover(layout);
    draw_menu(layout);
    draw_entry(layout);
    draw_help(layout);
}
