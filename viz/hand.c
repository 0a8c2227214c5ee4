#include "viz/hand.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLICK_REACH 4 /* pixels of the design that a click may tremble */
#define NOTICE_NS   (4 * NS_PER_S)
#define SEEK_NS     (20 * NS_PER_MS)

void hand_init(struct hand *hand, const struct model *model, uint64_t seed, const char *title)
{
    *hand = (struct hand){.model = model};
    hand->look.live = true;
    hand->look.playing = true;
    hand->look.panel = true;
    hand->look.seed = seed;
    hand->look.title = title;
    steer_begin(&hand->look);
    story_init(&hand->look.story);
    story_init(&hand->look.filtered);
}

void hand_close(struct hand *hand)
{
    story_close(&hand->look.story);
    story_close(&hand->look.filtered);
    memory_free(hand->look.nodes);
}

struct frame hand_place(const struct hand *hand)
{
    struct frame frame;
    frame_init(&frame, hand->model, &hand->look, hand->type, NULL);
    return frame;
}

void hand_say(struct hand *hand, const char *text)
{
    snprintf(hand->notice, sizeof hand->notice, "%s", text);
    hand->notice_ns = NOTICE_NS;
}

static bool inside(struct box box, int32_t x, int32_t y)
{
    return x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1;
}

static int32_t reach(const struct hand *hand)
{
    return CLICK_REACH * (int32_t)hand->look.scale / 100;
}

static void choose(struct hand *hand, struct thing thing)
{
    hand->look.chosen = thing;
    hand->error = story_tell(&hand->look.story, hand->model, thing);
}

static void scroll(struct hand *hand, int32_t by)
{
    struct frame frame = hand_place(hand);
    int32_t most = frame_scroll_most(&frame);
    int32_t to = hand->look.scroll + by;
    hand->look.scroll = to < 0 ? 0 : to > most ? most : to;
}

static void step(struct hand *hand, bool forward)
{
    int64_t t = forward ? picture_next(hand->model, hand->look.playhead_ns)
                        : picture_previous(hand->model, hand->look.playhead_ns);
    hand->seeks = forward && t == TIME_NEVER && !hand->run.over;
    if (t != TIME_NEVER)
        steer_seek(&hand->look, hand->run, t);
    else
        hand->look.playing = false;
}

static void escape(struct hand *hand)
{
    struct look *look = &hand->look;
    if (look->entry.kind != ENTRY_NONE)
        look->entry.kind = ENTRY_NONE;
    else if (look->menu.open)
        look->menu.open = false;
    else if (look->help)
        look->help = false;
    else if (look->chosen.kind != THING_NONE)
        choose(hand, (struct thing){THING_NONE, 0});
    else
        hand_filter(hand, "");
}

static void entry_open(struct hand *hand, enum entry_kind kind)
{
    hand->look.entry = (struct entry){.kind = kind};
    hand->look.help = false;
    hand->look.menu.open = false;
}

static void entry_done(struct hand *hand)
{
    struct entry entry = hand->look.entry;
    hand->look.entry.kind = ENTRY_NONE;
    if (entry.kind == ENTRY_FILTER) {
        hand_filter(hand, entry.text);
    } else if (entry.text[0]) {
        int node = 0;
        if (sscanf(entry.statement, "request ? from n%d", &node) == 1)
            snprintf(hand->statement, sizeof hand->statement, "request %s from n%d", entry.text,
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

static bool key_in_entry(struct hand *hand, enum key key)
{
    if (hand->look.entry.kind == ENTRY_NONE)
        return false;
    if (key == KEY_ENTER)
        entry_done(hand);
    else if (key == KEY_BACKSPACE)
        entry_backspace(&hand->look.entry);
    else if (key == KEY_ESCAPE)
        escape(hand);
    return key != KEY_SAVE;
}

static bool key_in_menu(struct hand *hand, enum key key)
{
    struct menu *menu = &hand->look.menu;
    if (!menu->open || !menu->count)
        return false;
    if (key == KEY_DOWN)
        menu->chosen = menu->chosen + 1 < menu->count ? menu->chosen + 1 : 0;
    else if (key == KEY_UP)
        menu->chosen =
            menu->chosen && menu->chosen < menu->count ? menu->chosen - 1 : menu->count - 1;
    else if (key == KEY_ENTER)
        hand_menu_do(hand);
    else
        return false;
    return true;
}

static void key_view(struct hand *hand, enum key key)
{
    struct look *look = &hand->look;
    struct frame frame = hand_place(hand);
    int32_t page = frame.lanes.y1 - frame.lanes.y0;
    switch (key) {
    case KEY_UP:
    case KEY_DOWN:
        scroll(hand, key == KEY_UP ? -page / 8 : page / 8);
        break;
    case KEY_PAGE_UP:
    case KEY_PAGE_DOWN:
        scroll(hand, key == KEY_PAGE_UP ? -page : page);
        break;
    case KEY_FIT:
        look->follow = FOLLOW_ALL;
        break;
    case KEY_HOME:
        steer_seek(look, hand->run, 0);
        break;
    case KEY_END:
        look->playhead_ns = hand->run.now_ns;
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

void hand_key(struct hand *hand, enum key key)
{
    struct look *look = &hand->look;
    if (key_in_entry(hand, key) || key_in_menu(hand, key))
        return;
    hand->seeks = false;
    switch (key) {
    case KEY_SPACE:
        steer_play(look, hand->run);
        break;
    case KEY_LEFT:
    case KEY_RIGHT:
        step(hand, key == KEY_RIGHT);
        break;
    case KEY_ESCAPE:
        escape(hand);
        break;
    case KEY_SLASH:
        entry_open(hand, ENTRY_FILTER);
        break;
    case KEY_HELP:
        look->help = !look->help;
        break;
    case KEY_SLOWER:
    case KEY_FASTER:
        steer_speed(look, key == KEY_FASTER ? 3 : -3);
        break;
    case KEY_UNBRIDLED:
        look->unbridled = !look->unbridled;
        break;
    case KEY_SAVE:
        hand->save = true;
        break;
    case KEY_QUIT:
        hand->quit = true;
        break;
    default:
        key_view(hand, key);
    }
}

void hand_text(struct hand *hand, const char *text)
{
    struct entry *entry = &hand->look.entry;
    size_t used = strlen(entry->text);
    if (entry->kind == ENTRY_NONE || used + strlen(text) >= sizeof entry->text)
        return;
    /* An id has no blanks; a list of nodes needs none. */
    if (strcmp(text, " ") != 0)
        strcpy(entry->text + used, text);
}

static void set_speed(struct hand *hand, const struct frame *frame, int32_t x)
{
    struct box box = draw_slider_box(frame);
    steer_speed_at(&hand->look, (x - box.x0) * 100 / (box.x1 - box.x0));
}

static void press_left(struct hand *hand, int32_t x, int32_t y)
{
    struct frame frame = hand_place(hand);
    struct box slider = draw_slider_box(&frame);
    int32_t around = px(&frame, 12);
    hand->drag = DRAG_NONE;
    if (inside((struct box){slider.x0 - around, slider.y0 - around, slider.x1 + around,
                            slider.y1 + around},
               x, y)) {
        hand->drag = DRAG_SPEED;
        set_speed(hand, &frame, x);
    } else if (inside(frame.axis, x, y)) {
        hand->drag = DRAG_SCRUB;
    } else if (inside(frame.lanes, x, y) || inside(frame.gutter, x, y)) {
        hand->drag = DRAG_PAN;
    }
}

void hand_press(struct hand *hand, enum button button, int32_t x, int32_t y)
{
    struct look *look = &hand->look;
    hand_move(hand, x, y);
    hand->press_x = hand->last_x = x;
    hand->press_y = hand->last_y = y;
    hand->moved = false;
    if (look->menu.open) {
        if (button == BUTTON_LEFT)
            hand_menu_do(hand);
        look->menu.open = false;
        return;
    }
    look->help = false;
    if (button == BUTTON_RIGHT)
        hand_menu_open(hand, x, y);
    else
        press_left(hand, x, y);
}

static void drag(struct hand *hand, int32_t x, int32_t y)
{
    struct frame frame = hand_place(hand);
    if (hand->drag == DRAG_SPEED) {
        set_speed(hand, &frame, x);
    } else if (hand->drag == DRAG_SCRUB) {
        steer_seek(&hand->look, hand->run, frame_t(&frame, x));
    } else if (hand->drag == DRAG_PAN) {
        if (inside(frame.lanes, hand->press_x, hand->press_y))
            steer_pan(&hand->look, frame_t(&frame, hand->last_x) - frame_t(&frame, x));
        scroll(hand, hand->last_y - y);
    }
    hand->last_x = x;
    hand->last_y = y;
}

void hand_move(struct hand *hand, int32_t x, int32_t y)
{
    struct look *look = &hand->look;
    look->pointer_x = x;
    look->pointer_y = y;
    look->pointer_in = true;
    if (look->menu.open) {
        struct frame frame = hand_place(hand);
        look->menu.chosen = draw_menu_at(&frame, x, y);
    }
    if (abs(x - hand->press_x) > reach(hand) || abs(y - hand->press_y) > reach(hand))
        hand->moved = true;
    if (hand->drag != DRAG_NONE && hand->moved)
        drag(hand, x, y);
}

static void click(struct hand *hand, int32_t x, int32_t y)
{
    struct frame frame = hand_place(hand);
    const struct shape *shape = hand->shapes ? shapes_at(hand->shapes, x, y, reach(hand)) : NULL;
    if (shape && shape->thing.kind != THING_NONE)
        choose(hand, shape->thing);
    else if (inside(frame.axis, x, y))
        steer_seek(&hand->look, hand->run, frame_t(&frame, x));
    else if (inside(frame.lanes, x, y))
        choose(hand, (struct thing){THING_NONE, 0});
}

void hand_release(struct hand *hand, enum button button, int32_t x, int32_t y)
{
    bool clicked = hand->drag != DRAG_NONE && hand->drag != DRAG_SPEED && !hand->moved;
    if (button != BUTTON_LEFT)
        return;
    hand->drag = DRAG_NONE;
    if (clicked)
        click(hand, x, y);
}

void hand_leave(struct hand *hand)
{
    hand->look.pointer_in = false;
}

void hand_wheel(struct hand *hand, int32_t up, int32_t right, bool lanes)
{
    struct look *look = &hand->look;
    struct frame frame = hand_place(hand);
    if (right)
        steer_pan(look, (look->t1_ns - look->t0_ns) * right / 20);
    if (!up)
        return;
    if (lanes || inside(frame.gutter, look->pointer_x, look->pointer_y)) {
        scroll(hand, -up * px(&frame, 60));
        return;
    }
    int64_t t = frame_t(&frame, look->pointer_x);
    if (look->follow == FOLLOW_RUN && look->playing)
        t = look->playhead_ns; /* it would run out of sight else */
    else
        look->follow = FOLLOW_NOTHING;
    steer_zoom(look, hand->run, t, up);
}

/* The stories are told anew when there is more to tell. */
static void retell(struct hand *hand)
{
    struct look *look = &hand->look;
    bool news = hand->told_records != hand->model->records;
    bool elsewhere = hand->told_t0_ns != look->t0_ns || hand->told_t1_ns != look->t1_ns;
    enum error error = OK;
    if (news && look->chosen.kind != THING_NONE)
        error = story_tell(&look->story, hand->model, look->chosen);
    if (!error && (news || elsewhere) && look->filter[0] && !look->nodes)
        error = story_filter(&look->filtered, hand->model, look->filter, look->t0_ns, look->t1_ns);
    hand->told_records = hand->model->records;
    hand->told_t0_ns = look->t0_ns;
    hand->told_t1_ns = look->t1_ns;
    if (error)
        hand->error = error;
}

int64_t hand_frame(struct hand *hand, struct run_state run, int64_t wall_ns)
{
    struct look *look = &hand->look;
    hand->run = run;
    if (hand->seeks)
        step(hand, true);
    int64_t until = steer_advance(look, run, wall_ns);
    if (hand->seeks)
        until = run.now_ns + SEEK_NS;
    hand->notice_ns -= wall_ns < hand->notice_ns ? wall_ns : hand->notice_ns;
    look->notice = hand->notice_ns > 0 ? hand->notice : NULL;
    scroll(hand, 0);
    retell(hand);
    return until;
}
