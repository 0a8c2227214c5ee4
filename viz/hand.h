/* What a person's hand does, to what is looked at and to what the run is asked for. No SDL: the
 * window says what was pressed where, in pixels. */
#ifndef VIZ_HAND_H
#define VIZ_HAND_H

#include "viz/draw.h"
#include "viz/steer.h"

/* Keys that are no text. */
enum key {
    KEY_SPACE,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_ENTER,
    KEY_ESCAPE,
    KEY_BACKSPACE,
    KEY_SLASH,
    KEY_HELP,
    KEY_SLOWER,
    KEY_FASTER,
    KEY_FIT,
    KEY_UNBRIDLED,
    KEY_PALETTE,
    KEY_PANEL,
    KEY_SAVE,
    KEY_QUIT,
};

enum button { BUTTON_LEFT, BUTTON_RIGHT };

enum drag { DRAG_NONE, DRAG_PAN, DRAG_SCRUB, DRAG_SPEED };

struct hand {
    const struct model *model;
    const struct type *type;
    const struct shapes *shapes; /* as last drawn: what is under the pointer */
    struct look look;
    struct run_state run;
    enum drag drag;
    int32_t press_x;
    int32_t press_y;
    int32_t last_x;
    int32_t last_y;
    bool moved; /* since the button went down */
    bool seeks; /* the next event, which the run has still to come to */
    bool save;
    bool quit;
    char statement[128];
    char notice[160];
    int64_t notice_ns;     /* left */
    uint64_t told_records; /* of what the stories were told */
    int64_t told_t0_ns;
    int64_t told_t1_ns;
    enum error error;
};

void hand_init(struct hand *hand, const struct model *model, uint64_t seed, const char *title);
void hand_close(struct hand *hand);

void hand_key(struct hand *hand, enum key key);
void hand_text(struct hand *hand, const char *text); /* typed, UTF-8 */
void hand_press(struct hand *hand, enum button button, int32_t x, int32_t y);
void hand_move(struct hand *hand, int32_t x, int32_t y);
void hand_release(struct hand *hand, enum button button, int32_t x, int32_t y);
void hand_leave(struct hand *hand); /* the pointer has left the window */
/* Notches away from the person, and to the right; `lanes`: they are to scroll the lanes. */
void hand_wheel(struct hand *hand, int32_t up, int32_t right, bool lanes);

/* Says something for a few seconds. */
void hand_say(struct hand *hand, const char *text);

/* A frame begins, wall_ns after the last one. Returns up to when the run should go on. */
int64_t hand_frame(struct hand *hand, struct run_state run, int64_t wall_ns);

/* Opens the menu for what is at the place: a node or a link. */
void hand_menu_open(struct hand *hand, int32_t x, int32_t y);
/* Does what the menu's line says, if there is one chosen, and closes the menu. */
void hand_menu_do(struct hand *hand);

/* Shows only what the text names; "" shows all. */
void hand_filter(struct hand *hand, const char *text);

/* Where everything stands as things are now. */
struct frame hand_place(const struct hand *hand);

#endif
