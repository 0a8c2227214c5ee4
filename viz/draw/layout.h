/* Where everything stands in a picture: the boxes of its parts, the lanes, and time along the x
 * axis. Pixels from the upper left; a box ends before x1, y1. */
#ifndef VIZ_DRAW_LAYOUT_H
#define VIZ_DRAW_LAYOUT_H

#include "viz/draw/font_metrics.h"
#include "viz/draw/shape.h"
#include "viz/draw/viewport.h"
#include "viz/model/picture.h"

struct box {
    int32_t x0;
    int32_t y0;
    int32_t x1;
    int32_t y1;
};

/* A lane from its upper edge: requests, the lifeline that messages come from and go to, the traffic
 * where messages are grouped, rows of workers. All lanes are alike. */
struct lane_layout {
    int32_t height;
    int32_t requests; /* where the zone of requests begins … */
    int32_t request_pitch;
    int32_t request_rows;
    int32_t lifeline; /* … and ends */
    int32_t traffic;  /* height of the zone below the lifeline */
    int32_t workers;  /* where the rows of workers begin */
    int32_t pitch;    /* of rows of workers */
    int32_t rows;     /* drawn one by one; the workers beyond share one row more */
    bool has_rest;    /* there is that row */
    int32_t rest;     /* its height */
    int32_t leases;   /* height of the strip at its foot that shows leases; 0: there is none */
    bool small;
};

struct layout {
    const struct model *model;
    const struct viewport *viewport;
    const struct font_metrics *metrics;
    struct shapes *out; /* where the drawing goes; NULL: nothing is drawn */
    struct box header;
    struct box axis;
    struct box gutter;
    struct box lanes;
    struct box panel; /* empty: there is none */
    struct box status;
    struct lane_layout lane;
    uint32_t slots;      /* lanes there are */
    uint32_t first_slot; /* those in view */
    uint32_t last_slot;  /* past the last one */
    int64_t bucket_ns;   /* 48 pixels of the design: what is grouped is counted by these */
    uint8_t alpha;       /* of what is not related to the chosen */
};

void layout_init(struct layout *layout, const struct model *model, const struct viewport *viewport,
                 const struct font_metrics *metrics, struct shapes *out);

/* Pixels for a length of the design. */
static inline int32_t px(const struct layout *layout, int32_t length)
{
    return length * (int32_t)layout->viewport->scale / 100;
}

/* The column of a time, and the first time of a column. Times far out of view get columns out of
 * view, within 5 widths of it. */
int32_t layout_x(const struct layout *layout, int64_t t_ns);
int64_t layout_t(const struct layout *layout, int32_t x);

/* How long so many pixels of the design are. */
int64_t layout_length_ns(const struct layout *layout, int32_t pixels);

/* Nodes stand in slots, from the top; a filter leaves slots to some of them only. */
node_id layout_node(const struct layout *layout, uint32_t slot);

/* Whether the node has a slot; `slot` is set if it has. */
bool layout_slot(const struct layout *layout, node_id node, uint32_t *slot);

/* Likewise, but only a slot that is in view. */
bool layout_visible_slot(const struct layout *layout, node_id node, uint32_t *slot);

/* The upper edge of a slot's lane, which may be out of view. */
int32_t layout_lane_y(const struct layout *layout, uint32_t slot);

/* The largest scroll that makes sense: the last lane at the bottom. */
int32_t layout_scroll_max(const struct layout *layout);

/* The height that a picture of all lanes needs. */
int32_t layout_full_height(const struct model *model, const struct viewport *viewport,
                           const struct font_metrics *metrics);

/* How strongly the thing is to be drawn: 255, less if something else is chosen, 0 if the filter
 * hides it. */
uint8_t layout_alpha(const struct layout *layout, struct thing thing);

/* The bucket that t_ns is in, where bucket k is from k * bucket_ns on. */
static inline int64_t layout_bucket(int64_t t_ns, int64_t bucket_ns)
{
    return t_ns >= 0 ? t_ns / bucket_ns : -((-t_ns + bucket_ns - 1) / bucket_ns);
}

#endif
