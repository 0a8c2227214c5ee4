/* Where everything stands in a picture: the boxes of its parts, the lanes, and time along the x
 * axis. */
#ifndef VIZ_DRAW_FRAME_H
#define VIZ_DRAW_FRAME_H

#include "viz/draw/look.h"
#include "viz/draw/shape.h"
#include "viz/model/picture.h"

struct box {
    int32_t x0;
    int32_t y0;
    int32_t x1;
    int32_t y1;
};

/* A lane from its upper edge: requests, the lifeline that messages come from and go to, the traffic
 * where it is gathered, rows of workers. */
struct lane_plan {
    int32_t height;
    int32_t requests; /* where the zone of requests begins … */
    int32_t request_pitch;
    int32_t request_rows;
    int32_t lifeline; /* … and ends */
    int32_t traffic;  /* height of the zone below the lifeline */
    int32_t workers;
    int32_t pitch; /* of rows of workers */
    int32_t rows;  /* drawn one by one; what is beyond is gathered in one row more */
    bool gathers;
    int32_t rest; /* height of that row */
    bool small;
};

struct frame {
    const struct model *model;
    const struct look *look;
    const struct type *type;
    struct shapes *out;
    struct box top;
    struct box axis;
    struct box gutter;
    struct box lanes;
    struct box panel; /* empty: there is none */
    struct box status;
    struct lane_plan plan;
    uint32_t slots;      /* lanes there are */
    uint32_t first_slot; /* those seen */
    uint32_t last_slot;  /* past the last one */
    int64_t chunk_ns;    /* 48 pixels of the design, for gathering */
    uint8_t alpha;       /* of what is not in the story of the chosen */
};

/* `look.scroll` may be more than there is: see frame_scroll_most. */
void frame_init(struct frame *frame, const struct model *model, const struct look *look,
                const struct type *type, struct shapes *out);

/* Pixels for a length of the design. */
static inline int32_t px(const struct frame *frame, int32_t length)
{
    return length * (int32_t)frame->look->scale / 100;
}

int32_t frame_x(const struct frame *frame, int64_t t_ns);
int64_t frame_t(const struct frame *frame, int32_t x);

/* Nodes stand in slots, from the top; a filter leaves slots to some of them only. */
node_id frame_node(const struct frame *frame, uint32_t slot);
/* Whether the node has a slot. */
bool frame_slot(const struct frame *frame, node_id node, uint32_t *slot);
int32_t frame_lane_y(const struct frame *frame, uint32_t slot);
int32_t frame_scroll_most(const struct frame *frame);

/* The height that a picture of all lanes needs. */
int32_t frame_whole_height(const struct model *model, const struct look *look,
                           const struct type *type);

/* Whether the thing is to be drawn at full strength, weakly or not at all: 255, less, or 0. */
uint8_t frame_strength(const struct frame *frame, struct thing thing);

/* Text at its upper left; returns its width. The second cuts what is wider than `width`; the third
 * ends at x. `face_y` centres a line in a height. */
int32_t frame_text(const struct frame *frame, enum face face, enum role role, int32_t x, int32_t y,
                   const char *text);
int32_t frame_text_fit(const struct frame *frame, enum face face, enum role role, int32_t x,
                       int32_t y, int32_t width, const char *text);
int32_t frame_text_right(const struct frame *frame, enum face face, enum role role, int32_t x,
                         int32_t y, const char *text);
int32_t face_y(const struct frame *frame, enum face face, int32_t y, int32_t height);
int32_t face_height(const struct frame *frame, enum face face);
int32_t text_width(const struct frame *frame, enum face face, const char *text);

struct shape *frame_rect(const struct frame *frame, enum role role, int32_t x0, int32_t y0,
                         int32_t x1, int32_t y1);
void frame_clip(const struct frame *frame, struct box box);

#endif
