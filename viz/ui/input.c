#include "viz/ui/input.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLICK_REACH 4 /* pixels of the design that a click may tremble */
#define NOTICE_NS   (4 * NS_PER_S)
#define SEEK_NS     (20 * NS_PER_MS)

void input_init(struct input *input, const struct model *model, uint64_t seed, const char *title)
{
    *input = (struct input){.model = model};
    input->look.live = true;
    input->look.playing = true;
    input->look.panel = true;
    input->look.seed = seed;
    input->look.title = title;
    navigation_begin(&input->look);
    story_init(&input->look.story);
    story_init(&input->look.filtered);
}

void input_close(struct input *input)
{
    story_close(&input->look.story);
    story_close(&input->look.filtered);
    memory_free(input->look.nodes);
}

struct frame input_place(const struct input *input)
{
    struct frame frame;
    frame_init(&frame, input->model, &input->look, input->type, NULL);
    return frame;
}

void input_say(struct input *input, const char *text)
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
    return CLICK_REACH * (int32_t)input->look.scale / 100;
}

static void choose(struct input *input, struct thing thing)
{
    input->look.chosen = thing;
    input->error = story_tell(&input->look.story, input->model, thing);
}

static void scroll(struct input *input, int32_t by)
{
    struct frame frame = input_place(input);
    int32_t most = frame_scroll_most(&frame);
    int32_t to = input->look.scroll + by;
    input->look.scroll = to < 0 ? 0 : to > most ? most : to;
}

static void step(struct input *input, bool forward)
{
    int64_t t = forward ? picture_next(input->model, input->look.playhead_ns)
                        : picture_previous(input->model, input->look.playhead_ns);
    input->seeks = forward && t == TIME_NEVER && !input->run.over;
    if (t != TIME_NEVER)
        navigation_seek(&input->look, input->run, t);
    else
        input->look.playing = false;
}

static void escape(struct input *input)
{
    struct look *look = &input->look;
    if (look->entry.kind != ENTRY_NONE)
        look->entry.kind = ENTRY_NONE;
    else if (look->menu.open)
        look->menu.open = false;
    else if (look->help)
        look->help = false;
    else if (look->chosen.kind != THING_NONE)
        choose(input, (struct thing){THING_NONE, 0});
    else
        input_filter(input, "");
}

static void entry_open(struct input *input, enum entry_kind kind)
{
    input->look.entry = (struct entry){.kind = kind};
    input->look.help = false;
    input->look.menu.open = false;
}

static void entry_done(struct input *input)
{
    struct entry entry = input->look.entry;
    input->look.entry.kind = ENTRY_NONE;
    if (entry.kind == ENTRY_FILTER) {
        input_filter(input, entry.text);
    } else if (entry.text[0]) {
        int node = 0;
        if (sscanf(entry.statement, "request ? from n%d", &node) == 1)
            snprintf(input->statement, sizeof input->statement, "request %s from n%d", entry.text,
                     node);
    }
}

/* Takes one character off, however many bytes it has. */
static void entry_backspace(struct entry *entry)
{
    size_t size = strlen(entry->text);
    while (size && (entry->text[--size] & 0xc0) == 0x80)
        ;
    entry->text[size] = '\0';
}

static bool key_in_entry(struct input *input, enum key key)
{
    if (input->look.entry.kind == ENTRY_NONE)
        return false;
    if (key == KEY_ENTER)
        entry_done(input);
    else if (key == KEY_BACKSPACE)
        entry_backspace(&input->look.entry);
    else if (key == KEY_ESCAPE)
        escape(input);
    return key != KEY_SAVE;
}

static bool key_in_menu(struct input *input, enum key key)
{
    struct menu *menu = &input->look.menu;
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

static void key_view(struct input *input, enum key key)
{
    struct look *look = &input->look;
    struct frame frame = input_place(input);
    int32_t page = frame.lanes.y1 - frame.lanes.y0;
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
        look->follow = FOLLOW_ALL;
        break;
    case KEY_HOME:
        navigation_seek(look, input->run, 0);
        break;
    case KEY_END:
        look->playhead_ns = input->run.now_ns;
        look->follow = FOLLOW_RUN;
        break;
    case KEY_PALETTE:
        look->palette = look->palette == PALETTE_LIGHT ? PALETTE_DARK : PALETTE_LIGHT;
        break;
    case KEY_PANEL:
        look->panel = !look->panel;
        break;
    default:
        break;
    }
}

void input_key(struct input *input, enum key key)
{
    struct look *look = &input->look;
    if (key_in_entry(input, key) || key_in_menu(input, key))
        return;
    input->seeks = false;
    switch (key) {
    case KEY_SPACE:
        navigation_play(look, input->run);
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
        look->help = !look->help;
        break;
    case KEY_SLOWER:
    case KEY_FASTER:
        navigation_speed(look, key == KEY_FASTER ? 3 : -3);
        break;
    case KEY_UNBRIDLED:
        look->unbridled = !look->unbridled;
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
    struct entry *entry = &input->look.entry;
    size_t used = strlen(entry->text);
    if (entry->kind == ENTRY_NONE || used + strlen(text) >= sizeof entry->text)
        return;
    /* An id has no blanks; a list of nodes needs none. */
    if (strcmp(text, " ") != 0)
        strcpy(entry->text + used, text);
}

static void set_speed(struct input *input, const struct frame *frame, int32_t x)
{
    struct box box = draw_slider_box(frame);
    navigation_speed_at(&input->look, (x - box.x0) * 100 / (box.x1 - box.x0));
}

static void press_left(struct input *input, int32_t x, int32_t y)
{
    struct frame frame = input_place(input);
    struct box slider = draw_slider_box(&frame);
    int32_t around = px(&frame, 12);
    input->drag = DRAG_NONE;
    if (inside((struct box){slider.x0 - around, slider.y0 - around, slider.x1 + around,
                            slider.y1 + around},
               x, y)) {
        input->drag = DRAG_SPEED;
        set_speed(input, &frame, x);
    } else if (inside(frame.axis, x, y)) {
        input->drag = DRAG_SCRUB;
    } else if (inside(frame.lanes, x, y) || inside(frame.gutter, x, y)) {
        input->drag = DRAG_PAN;
    }
}

void input_press(struct input *input, enum button button, int32_t x, int32_t y)
{
    struct look *look = &input->look;
    input_move(input, x, y);
    input->press_x = input->last_x = x;
    input->press_y = input->last_y = y;
    input->moved = false;
    if (look->menu.open) {
        if (button == BUTTON_LEFT)
            input_menu_do(input);
        look->menu.open = false;
        return;
    }
    look->help = false;
    if (button == BUTTON_RIGHT)
        input_menu_open(input, x, y);
    else
        press_left(input, x, y);
}

static void drag(struct input *input, int32_t x, int32_t y)
{
    struct frame frame = input_place(input);
    if (input->drag == DRAG_SPEED) {
        set_speed(input, &frame, x);
    } else if (input->drag == DRAG_SCRUB) {
        navigation_seek(&input->look, input->run, frame_t(&frame, x));
    } else if (input->drag == DRAG_PAN) {
        if (inside(frame.lanes, input->press_x, input->press_y))
            navigation_pan(&input->look, frame_t(&frame, input->last_x) - frame_t(&frame, x));
        scroll(input, input->last_y - y);
    }
    input->last_x = x;
    input->last_y = y;
}

void input_move(struct input *input, int32_t x, int32_t y)
{
    struct look *look = &input->look;
    look->pointer_x = x;
    look->pointer_y = y;
    look->pointer_in = true;
    if (look->menu.open) {
        struct frame frame = input_place(input);
        look->menu.chosen = draw_menu_at(&frame, x, y);
    }
    if (abs(x - input->press_x) > reach(input) || abs(y - input->press_y) > reach(input))
        input->moved = true;
    if (input->drag != DRAG_NONE && input->moved)
        drag(input, x, y);
}

static void click(struct input *input, int32_t x, int32_t y)
{
    struct frame frame = input_place(input);
    const struct shape *shape = input->shapes ? shapes_at(input->shapes, x, y, reach(input)) : NULL;
    if (shape && shape->thing.kind != THING_NONE)
        choose(input, shape->thing);
    else if (inside(frame.axis, x, y))
        navigation_seek(&input->look, input->run, frame_t(&frame, x));
    else if (inside(frame.lanes, x, y))
        choose(input, (struct thing){THING_NONE, 0});
}

void input_release(struct input *input, enum button button, int32_t x, int32_t y)
{
    bool clicked = input->drag != DRAG_NONE && input->drag != DRAG_SPEED && !input->moved;
    if (button != BUTTON_LEFT)
        return;
    input->drag = DRAG_NONE;
    if (clicked)
        click(input, x, y);
}

void input_leave(struct input *input)
{
    input->look.pointer_in = false;
}

void input_wheel(struct input *input, int32_t up, int32_t right, bool lanes)
{
    struct look *look = &input->look;
    struct frame frame = input_place(input);
    if (right)
        navigation_pan(look, (look->t1_ns - look->t0_ns) * right / 20);
    if (!up)
        return;
    if (lanes || inside(frame.gutter, look->pointer_x, look->pointer_y)) {
        scroll(input, -up * px(&frame, 60));
        return;
    }
    int64_t t = frame_t(&frame, look->pointer_x);
    if (look->follow == FOLLOW_RUN && look->playing)
        t = look->playhead_ns; /* it would run out of sight else */
    else
        look->follow = FOLLOW_NOTHING;
    navigation_zoom(look, input->run, t, up);
}

/* The stories are told anew when there is more to tell. */
static void retell(struct input *input)
{
    struct look *look = &input->look;
    bool news = input->told_records != input->model->records;
    bool elsewhere = input->told_t0_ns != look->t0_ns || input->told_t1_ns != look->t1_ns;
    enum error error = OK;
    if (news && look->chosen.kind != THING_NONE)
        error = story_tell(&look->story, input->model, look->chosen);
    if (!error && (news || elsewhere) && look->filter[0] && !look->nodes)
        error = story_filter(&look->filtered, input->model, look->filter, look->t0_ns, look->t1_ns);
    input->told_records = input->model->records;
    input->told_t0_ns = look->t0_ns;
    input->told_t1_ns = look->t1_ns;
    if (error)
        input->error = error;
}

int64_t input_frame(struct input *input, struct run_state run, int64_t wall_ns)
{
    struct look *look = &input->look;
    input->run = run;
    if (input->seeks)
        step(input, true);
    int64_t until = navigation_advance(look, run, wall_ns);
    if (input->seeks)
        until = run.now_ns + SEEK_NS;
    input->notice_ns -= wall_ns < input->notice_ns ? wall_ns : input->notice_ns;
    look->notice = input->notice_ns > 0 ? input->notice : NULL;
    scroll(input, 0);
    retell(input);
    return until;
}
