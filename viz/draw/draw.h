/* The picture: the model, seen as a person looks at it, in shapes. What is too dense for the pixels
 * is gathered with its count; nothing that is in view is left out without a word. */
#ifndef VIZ_DRAW_DRAW_H
#define VIZ_DRAW_DRAW_H

#include "viz/draw/pen.h"

void draw(const struct model *model, const struct viewport *viewport,
          const struct font_metrics *metrics, struct shapes *out);

/* Its parts, from the lowest layer to the uppermost. */
void draw_lanes(const struct layout *layout); /* grounds, faults, lifelines */
void draw_band_labels(const struct layout *layout);
void draw_messages(const struct layout *layout); /* messages */
void draw_requests(const struct layout *layout);
void draw_causes_of_failures(const struct layout *layout);
void draw_workers(const struct layout *layout);
void draw_leases(const struct layout *layout); /* how many each node holds */
void draw_moves(const struct layout *layout);  /* what joins a worker to the one that it became */
void draw_joins(const struct layout *layout);  /* what joins two live workers of one id */
void draw_gutter(const struct layout *layout); /* names, states, views */
void draw_axis(const struct layout *layout);   /* times, marks, counts of what is gathered */
void draw_header(const struct layout *layout); /* clock, speed, totals */
void draw_panel(const struct layout *layout);  /* legend, latencies, what is known of the chosen */
/* What is worth going to, in the panel from y on, as far as there is room. */
void draw_notable(const struct layout *layout, int32_t y);

/* The height that what was broken or failed needs of it. */
int32_t draw_notable_least(const struct layout *layout);
void draw_minimap(const struct layout *layout); /* all lanes, where they do not fit */
void draw_status(const struct layout *layout);
void draw_overlays(const struct layout *layout); /* what hovering tells, menu, entry, keys */

/* For whoever handles input: where the speed is set; and the line of the menu at a place, or
 * menu.count. */
struct box draw_slider_box(const struct layout *layout);
uint32_t draw_menu_at(const struct layout *layout, int32_t x, int32_t y);

/* Where the minimap is, empty if there is none, and the slot at a place of it. */
struct box draw_minimap_box(const struct layout *layout);
uint32_t draw_minimap_slot(const struct layout *layout, int32_t y);

/* The bar of a worker in its lane: in its row, or in the one that those share who have none. False:
 * its node has no lane, and `box` is not set. */
bool draw_worker_box(const struct layout *layout, uint32_t index, struct box *box);

/* Where a worker's bar ends because it moves, and begins because it came. */
void draw_move_end(const struct layout *layout, const struct box *box, uint8_t alpha);
void draw_move_start(const struct layout *layout, const struct box *box, uint8_t alpha);

#define PANEL_MARGIN 18 /* of the design */

/* A heading in the panel; returns where what is under it begins. */
int32_t draw_panel_heading(const struct layout *layout, int32_t y, const char *text,
                           const char *aside);

/* The sign of leases in the legend, as the strip of a lane that loses some. */
void draw_lease_sign(const struct layout *layout, struct box box);

/* The sign of a mark, around a place. */
void draw_mark_sign(const struct layout *layout, enum mark_kind kind, int32_t x, int32_t y);

/* The time between two labels of the axis. */
int64_t draw_axis_step(const struct layout *layout);

#endif
