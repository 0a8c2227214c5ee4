/* What a person's input does, to what is looked at and to what the run is asked for. No SDL: the
 * window says what was pressed where, in pixels. */
#ifndef VIZ_UI_INPUT_H
#define VIZ_UI_INPUT_H

#include "viz/draw/draw.h"
#include "viz/ui/navigation.h"

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
    KEY_UNLIMITED,
    KEY_PALETTE,
    KEY_PANEL,
    KEY_NEARER,
    KEY_FARTHER,
    KEY_NOTABLE,
    KEY_SAVE,
    KEY_QUIT,
};

enum button { BUTTON_LEFT, BUTTON_RIGHT };

enum drag { DRAG_NONE, DRAG_PAN, DRAG_SCRUB, DRAG_SPEED, DRAG_MINIMAP, DRAG_NOTHING };

struct input {
    const struct model *model;
    const struct font_metrics *metrics;
    const struct shapes *shapes; /* as last drawn: what is under the pointer */
    struct viewport viewport;
    struct run_progress run;
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
    int64_t notice_ns;      /* left */
    uint64_t found_records; /* what related and filtered were found among … */
    int64_t found_t0_ns;    /* … and for which span */
    int64_t found_t1_ns;
    enum error error;
};

void input_init(struct input *input, const struct model *model, uint64_t seed, const char *title);
void input_close(struct input *input);

void input_key(struct input *input, enum key key);
void input_text(struct input *input, const char *text); /* typed, UTF-8 */
void input_press(struct input *input, enum button button, int32_t x, int32_t y);
void input_move(struct input *input, int32_t x, int32_t y);
void input_release(struct input *input, enum button button, int32_t x, int32_t y);
void input_leave(struct input *input); /* the pointer has left the window */
/* Notches away from the person, and to the right; `lanes`: they are to scroll the lanes. */
void input_wheel(struct input *input, int32_t up, int32_t right, bool lanes);

/* Says something for a few seconds. */
void input_notify(struct input *input, const char *text);

/* A frame begins, wall_ns after the last one. Returns up to when the run should go on. */
int64_t input_frame(struct input *input, struct run_progress run, int64_t wall_ns);

/* Opens the menu for what is at the place: a node or a link. */
void input_menu_open(struct input *input, int32_t x, int32_t y);
/* Does what the menu's line says, if there is one chosen, and closes the menu. */
void input_menu_do(struct input *input);

/* Shows only what the text names; "" shows all. */
void input_filter(struct input *input, const char *text);

/* Where everything stands as things are now. */
struct layout input_layout(const struct input *input);

#endif
