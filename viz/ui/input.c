#include "viz/ui/input.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLICK_REACH 4 /* pixels of the design that a click may tremble */
#define NOTICE_NS   (4 * NS_PER_S)
#define SEEK_NS     (20 * NS_PER_MS)

void input_init(struct input *input, const struct model *model, uint64_t seed, const char *title)
{
    *input = (struct input){.model = model};
    input->viewport.live = true;
    input->viewport.playing = true;
    input->viewport.panel = PANEL_ON;
    input->viewport.seed = seed;
    input->viewport.title = title;
    navigation_begin(&input->viewport);
}

void input_close(struct input *input)
{
    thing_set_close(&input->viewport.related);
    thing_set_close(&input->viewport.filtered);
    memory_free(input->viewport.nodes);
}

struct layout input_layout(const struct input *input)
{
    struct layout layout;
    layout_init(&layout, input->model, &input->viewport, input->metrics, NULL);
    return layout;
}

void input_notify(struct input *input, const char *text)
{
    snprintf(input->notice, sizeof input->notice, "%s", text);
    input->notice_ns = NOTICE_NS;
}

static bool inside(struct box box, int32_t x, int32_t y)
{
    return x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1;
}

static int32_t reach(const struct input *input)
{
    return CLICK_REACH * (int32_t)input->viewport.scale / 100;
}

static void choose(struct input *input, struct thing thing)
{
    input->viewport.chosen = thing;
    input->error = thing_set_related(&input->viewport.related, input->model, thing);
}

static void scroll(struct input *input, int32_t by)
{
    struct layout layout = input_layout(input);
    int32_t most = layout_scroll_max(&layout);
    int32_t to = input->viewport.scroll + by;
    input->viewport.scroll = to < 0 ? 0 : to > most ? most : to;
}

static void step(struct input *input, bool forward)
{
    int64_t t = forward ? picture_next(input->model, input->viewport.playhead_ns)
                        : picture_previous(input->model, input->viewport.playhead_ns);
    input->seeks = forward && t == TIME_NEVER && !input->run.over;
    if (t != TIME_NEVER)
        navigation_seek(&input->viewport, input->run, t);
    else
        input->viewport.playing = false;
}

static void escape(struct input *input)
{
    struct viewport *viewport = &input->viewport;
    if (viewport->entry.kind != ENTRY_NONE)
        viewport->entry.kind = ENTRY_NONE;
    else if (viewport->menu.open)
        viewport->menu.open = false;
    else if (viewport->help)
        viewport->help = false;
    else if (viewport->chosen.kind != THING_NONE)
        choose(input, (struct thing){THING_NONE, 0});
    else
        input_filter(input, "");
}

static void entry_open(struct input *input, enum text_entry_kind kind)
{
    input->viewport.entry = (struct text_entry){.kind = kind};
    input->viewport.help = false;
    input->viewport.menu.open = false;
}

static void entry_done(struct input *input)
{
    struct text_entry entry = input->viewport.entry;
    input->viewport.entry.kind = ENTRY_NONE;
    if (entry.kind == ENTRY_FILTER) {
        input_filter(input, entry.text);
    } else if (entry.text[0]) {
        int node = 0;
        if (sscanf(entry.statement, "request ? from n%d", &node) == 1)
            snprintf(input->statement, sizeof input->statement, "request %s from n%d", entry.text,
                     node);
    }
}

static void entry_backspace(struct text_entry *entry)
{
    entry->text[utf8_drop_last(entry->text, strlen(entry->text))] = '\0';
}

static bool key_in_entry(struct input *input, enum key key)
{
    if (input->viewport.entry.kind == ENTRY_NONE)
        return false;
    if (key == KEY_ENTER)
        entry_done(input);
    else if (key == KEY_BACKSPACE)
        entry_backspace(&input->viewport.entry);
    else if (key == KEY_ESCAPE)
        escape(input);
    return key != KEY_SAVE;
}

static bool key_in_menu(struct input *input, enum key key)
{
    struct menu *menu = &input->viewport.menu;
    if (!menu->open || !menu->count)
        return false;
    if (key == KEY_DOWN)
        menu->chosen = menu->chosen + 1 < menu->count ? menu->chosen + 1 : 0;
    else if (key == KEY_UP)
        menu->chosen =
            menu->chosen && menu->chosen < menu->count ? menu->chosen - 1 : menu->count - 1;
    else if (key == KEY_ENTER)
        input_menu_do(input);
    else
        return false;
    return true;
}

/* The slot's lane into the middle of those in view. */
static void scroll_to(struct input *input, uint32_t slot)
{
    struct layout layout = input_layout(input);
    int32_t y = layout_lane_y(&layout, slot) + layout.lane.height / 2;
    scroll(input, y - (layout.lanes.y0 + layout.lanes.y1) / 2);
}

/* Chooses the thing, and looks at it: at its time, its whole length in view, its lane too. */
static void go_to(struct input *input, struct thing thing)
{
    struct viewport *viewport = &input->viewport;
    struct layout layout = input_layout(input);
    struct span span;
    node_id node;
    uint32_t slot;
    choose(input, thing);
    if (!picture_place(input->model, thing, &span, &node))
        return;
    navigation_seek(viewport, input->run, span.start_ns);
    navigation_show(viewport, span.start_ns, min_i64(span.end_ns, input->run.now_ns));
    if (node != NODE_NONE && layout_slot(&layout, node, &slot) &&
        !layout_visible_slot(&layout, node, &slot))
        scroll_to(input, slot);
}

/* What the panel lists, one after the other; after the last one the first. */
static void go_to_next(struct input *input)
{
    const struct model *model = input->model;
    const struct {
        const struct notable *notable;
        enum thing_kind kind;
    } lists[] = {{&model->broken, THING_MARK},
                 {&model->failed, THING_REQUEST},
                 {&model->slow, THING_REQUEST}};
    struct thing first = {THING_NONE, 0};
    bool found = false; /* the chosen one, and this is the next */
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (uint32_t i = 0; i < lists[list].notable->count; i++) {
            struct thing thing = {lists[list].kind, lists[list].notable->items[i].index};
            if (found) {
                go_to(input, thing);
                return;
            }
            if (first.kind == THING_NONE)
                first = thing;
            found = thing_equal(thing, input->viewport.chosen);
        }
    if (first.kind != THING_NONE)
        go_to(input, first);
    else
        input_notify(input, "nothing is broken, no request failed, and none was answered");
}

/* Nearer to t_ns, or farther from it. */
static void zoom(struct input *input, int64_t t_ns, int32_t steps)
{
    struct viewport *viewport = &input->viewport;
    if (viewport->follow == FOLLOW_RUN && viewport->playing)
        t_ns = viewport->playhead_ns; /* it would run out of sight else */
    else
        viewport->follow = FOLLOW_NOTHING;
    if (t_ns < viewport->t0_ns || t_ns >= viewport->t1_ns)
        t_ns = viewport->t0_ns + (viewport->t1_ns - viewport->t0_ns) / 2;
    navigation_zoom(viewport, input->run, t_ns, steps);
}

static void key_view(struct input *input, enum key key)
{
    struct viewport *viewport = &input->viewport;
    struct layout layout = input_layout(input);
    int32_t page = layout.lanes.y1 - layout.lanes.y0;
    switch (key) {
    case KEY_UP:
    case KEY_DOWN:
        scroll(input, key == KEY_UP ? -page / 8 : page / 8);
        break;
    case KEY_PAGE_UP:
    case KEY_PAGE_DOWN:
        scroll(input, key == KEY_PAGE_UP ? -page : page);
        break;
    case KEY_FIT:
        viewport->follow = FOLLOW_ALL;
        break;
    case KEY_HOME:
        navigation_seek(viewport, input->run, 0);
        break;
    case KEY_END:
        viewport->playhead_ns = input->run.now_ns;
        viewport->follow = FOLLOW_RUN;
        break;
    case KEY_PALETTE:
        viewport->palette = viewport->palette == PALETTE_LIGHT ? PALETTE_DARK : PALETTE_LIGHT;
        break;
    case KEY_PANEL:
        viewport->panel = layout.panel.x1 > layout.panel.x0 ? PANEL_OFF : PANEL_ALWAYS;
        break;
    case KEY_NEARER:
    case KEY_FARTHER:
        zoom(input, viewport->playhead_ns, key == KEY_NEARER ? 3 : -3);
        break;
    case KEY_NOTABLE:
        go_to_next(input);
        break;
    default:
        break;
    }
}

void input_key(struct input *input, enum key key)
{
    struct viewport *viewport = &input->viewport;
    if (key_in_entry(input, key) || key_in_menu(input, key))
        return;
    input->seeks = false;
    switch (key) {
    case KEY_SPACE:
        navigation_play(viewport, input->run);
        break;
    case KEY_LEFT:
    case KEY_RIGHT:
        step(input, key == KEY_RIGHT);
        break;
    case KEY_ESCAPE:
        escape(input);
        break;
    case KEY_SLASH:
        entry_open(input, ENTRY_FILTER);
        break;
    case KEY_HELP:
        viewport->help = !viewport->help;
        break;
    case KEY_SLOWER:
    case KEY_FASTER:
        navigation_speed(viewport, key == KEY_FASTER ? 3 : -3);
        break;
    case KEY_UNLIMITED:
        viewport->unlimited = !viewport->unlimited;
        break;
    case KEY_SAVE:
        input->save = true;
        break;
    case KEY_QUIT:
        input->quit = true;
        break;
    default:
        key_view(input, key);
    }
}

void input_text(struct input *input, const char *text)
{
    struct text_entry *entry = &input->viewport.entry;
    size_t used = strlen(entry->text);
    if (entry->kind == ENTRY_NONE || used + strlen(text) >= sizeof entry->text)
        return;
    strcpy(entry->text + used, text);
}

static void set_speed(struct input *input, const struct layout *layout, int32_t x)
{
    struct box box = draw_slider_box(layout);
    navigation_speed_at(&input->viewport, (x - box.x0) * 100 / (box.x1 - box.x0));
}

static void press_left(struct input *input, int32_t x, int32_t y)
{
    struct layout layout = input_layout(input);
    struct box slider = draw_slider_box(&layout);
    int32_t around = px(&layout, 12);
    input->drag = DRAG_NONE;
    if (inside((struct box){slider.x0 - around, slider.y0 - around, slider.x1 + around,
                            slider.y1 + around},
               x, y)) {
        input->drag = DRAG_SPEED;
        set_speed(input, &layout, x);
    } else if (inside(draw_minimap_box(&layout), x, y)) {
        input->drag = DRAG_MINIMAP;
        scroll_to(input, draw_minimap_slot(&layout, y));
    } else if (inside(layout.axis, x, y)) {
        input->drag = DRAG_SCRUB;
    } else if (inside(layout.panel, x, y)) {
        input->drag = DRAG_NOTHING;
    } else if (inside(layout.lanes, x, y) || inside(layout.gutter, x, y)) {
        input->drag = DRAG_PAN;
    }
}

void input_press(struct input *input, enum button button, int32_t x, int32_t y)
{
    struct viewport *viewport = &input->viewport;
    input_move(input, x, y);
    input->press_x = input->last_x = x;
    input->press_y = input->last_y = y;
    input->moved = false;
    if (viewport->menu.open) {
        if (button == BUTTON_LEFT)
            input_menu_do(input);
        viewport->menu.open = false;
        return;
    }
    viewport->help = false;
    if (button == BUTTON_RIGHT)
        input_menu_open(input, x, y);
    else
        press_left(input, x, y);
}

static void drag(struct input *input, int32_t x, int32_t y)
{
    struct layout layout = input_layout(input);
    if (input->drag == DRAG_SPEED) {
        set_speed(input, &layout, x);
    } else if (input->drag == DRAG_SCRUB) {
        navigation_seek(&input->viewport, input->run, layout_t(&layout, x));
    } else if (input->drag == DRAG_MINIMAP) {
        scroll_to(input, draw_minimap_slot(&layout, y));
    } else if (input->drag == DRAG_PAN) {
        if (inside(layout.lanes, input->press_x, input->press_y))
            navigation_pan(&input->viewport,
                           layout_t(&layout, input->last_x) - layout_t(&layout, x));
        scroll(input, input->last_y - y);
    }
    input->last_x = x;
    input->last_y = y;
}

void input_move(struct input *input, int32_t x, int32_t y)
{
    struct viewport *viewport = &input->viewport;
    viewport->pointer_x = x;
    viewport->pointer_y = y;
    viewport->pointer_in = true;
    if (viewport->menu.open) {
        struct layout layout = input_layout(input);
        viewport->menu.chosen = draw_menu_at(&layout, x, y);
    }
    if (abs(x - input->press_x) > reach(input) || abs(y - input->press_y) > reach(input))
        input->moved = true;
    if (input->drag != DRAG_NONE && input->moved)
        drag(input, x, y);
}

static void click(struct input *input, int32_t x, int32_t y)
{
    struct layout layout = input_layout(input);
    const struct shape *shape = input->shapes ? shapes_at(input->shapes, x, y, reach(input)) : NULL;
    if (shape && shape->thing.kind != THING_NONE && inside(layout.panel, x, y))
        go_to(input, shape->thing);
    else if (shape && shape->thing.kind != THING_NONE)
        choose(input, shape->thing);
    else if (inside(layout.axis, x, y))
        navigation_seek(&input->viewport, input->run, layout_t(&layout, x));
    else if (inside(layout.lanes, x, y))
        choose(input, (struct thing){THING_NONE, 0});
}

void input_release(struct input *input, enum button button, int32_t x, int32_t y)
{
    bool clicked = input->drag != DRAG_NONE && input->drag != DRAG_SPEED &&
                   input->drag != DRAG_MINIMAP && !input->moved;
    if (button != BUTTON_LEFT)
        return;
    input->drag = DRAG_NONE;
    if (clicked)
        click(input, x, y);
}

void input_leave(struct input *input)
{
    input->viewport.pointer_in = false;
}

void input_wheel(struct input *input, int32_t up, int32_t right, bool lanes)
{
    struct viewport *viewport = &input->viewport;
    struct layout layout = input_layout(input);
    if (right)
        navigation_pan(viewport, (viewport->t1_ns - viewport->t0_ns) * right / 20);
    if (!up)
        return;
    if (lanes || inside(layout.gutter, viewport->pointer_x, viewport->pointer_y)) {
        scroll(input, -up * px(&layout, 60));
        return;
    }
    zoom(input, layout_t(&layout, viewport->pointer_x), up);
}

/* What is related to the chosen thing, and what the filter keeps, once the model or the view has
 * changed. */
static void refresh_related(struct input *input)
{
    struct viewport *viewport = &input->viewport;
    bool news = input->found_records != input->model->records;
    bool elsewhere = input->found_t0_ns != viewport->t0_ns || input->found_t1_ns != viewport->t1_ns;
    enum error error = OK;
    if (news && viewport->chosen.kind != THING_NONE)
        error = thing_set_related(&viewport->related, input->model, viewport->chosen);
    if (!error && (news || elsewhere) && viewport->filter[0] && !viewport->nodes)
        error = thing_set_matching(&viewport->filtered, input->model, viewport->filter,
                                   viewport->t0_ns, viewport->t1_ns);
    input->found_records = input->model->records;
    input->found_t0_ns = viewport->t0_ns;
    input->found_t1_ns = viewport->t1_ns;
    if (error)
        input->error = error;
}

int64_t input_frame(struct input *input, struct run_progress run, int64_t wall_ns)
{
    struct viewport *viewport = &input->viewport;
    input->run = run;
    if (input->seeks)
        step(input, true);
    int64_t until = navigation_advance(viewport, run, wall_ns);
    if (input->seeks)
        until = run.now_ns + SEEK_NS;
    input->notice_ns -= wall_ns < input->notice_ns ? wall_ns : input->notice_ns;
    viewport->notice = input->notice_ns > 0 ? input->notice : NULL;
    scroll(input, 0);
    refresh_related(input);
    return until;
}
