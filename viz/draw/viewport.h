/* What a person looks at: which times, which nodes, what is pointed at, chosen and asked for. All
 * that a picture depends on besides the model. */
#ifndef VIZ_DRAW_VIEWPORT_H
#define VIZ_DRAW_VIEWPORT_H

#include "viz/draw/palette.h"
#include "viz/model/thing_set.h"

enum follow {
    FOLLOW_NOTHING,
    FOLLOW_RUN, /* the newest is always in view */
    FOLLOW_ALL, /* the whole run is always in view */
};

#define MENU_MAX      16u
#define STATEMENT_MAX 128u /* bytes of a line of a scenario, with its NUL */

/* A menu at a place. */
struct menu {
    bool open;
    int32_t x;
    int32_t y;
    uint32_t count;
    uint32_t chosen; /* `count`: none */
    char title[64];
    char labels[MENU_MAX][64];
    /* What the run is asked to do; with a '?' where an id is to be typed. */
    char statements[MENU_MAX][STATEMENT_MAX];
};

enum text_entry_kind { ENTRY_NONE, ENTRY_FILTER, ENTRY_ID };

#define ENTRY_MAX 96u

/* The side panel: where there is room for it, in a narrow window too, or nowhere. */
enum panel { PANEL_OFF, PANEL_ON, PANEL_ALWAYS };

/* A line to type into. */
struct text_entry {
    enum text_entry_kind kind;
    char text[ENTRY_MAX];
    char statement[STATEMENT_MAX]; /* ID: what it completes */
};

/* Virtual time for each second of a person's, in millionths. */
#define SPEED_MAX INT64_C(1000000000)
#define SPEED_MIN INT64_C(10000)
#define SPEED_ONE INT64_C(1000000)

struct viewport {
    int32_t width; /* pixels */
    int32_t height;
    uint32_t scale; /* percent of the design's size */
    enum palette palette;
    int64_t t0_ns; /* in view from here … */
    int64_t t1_ns; /* … to before here */
    int64_t playhead_ns;
    int32_t scroll; /* pixels of lanes above the window; may be more than there are */
    enum follow follow;
    int64_t speed;
    bool unlimited; /* as fast as the run goes */
    bool playing;
    bool live; /* there is a run that can go on: controls make sense */
    bool over; /* the run is */
    enum panel panel;
    bool help; /* the keys are shown */
    uint64_t seed;
    const char *title;
    const char *notice; /* for a short while; NULL: none */
    int32_t pointer_x;
    int32_t pointer_y;
    bool pointer_in;
    struct thing chosen;
    struct thing_set related;  /* to what is chosen */
    char filter[ENTRY_MAX];    /* "": off */
    struct thing_set filtered; /* what it lets through, if it is an id's */
    node_id *nodes;            /* it lets through, if it is nodes'; NULL: all */
    uint32_t nodes_count;
    struct menu menu;
    struct text_entry entry;
};

/* Whether only things of an id are shown. */
static inline bool viewport_filters_ids(const struct viewport *viewport)
{
    return viewport->filter[0] && !viewport->nodes;
}

#endif
