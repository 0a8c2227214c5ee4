/* The picture: the model, seen as a person looks at it, in shapes. What is too dense for the pixels
 * is gathered with its count; nothing that is in view is left out without a word. */
#ifndef VIZ_DRAW_DRAW_H
#define VIZ_DRAW_DRAW_H

#include "viz/draw/frame.h"

void draw(const struct model *model, const struct look *look, const struct type *type,
          struct shapes *out);

/* Its parts, from the lowest layer to the uppermost. */
void draw_lanes(const struct frame *frame); /* grounds, faults, lifelines */
void draw_band_labels(const struct frame *frame);
void draw_wires(const struct frame *frame); /* messages */
void draw_requests(const struct frame *frame);
void draw_workers(const struct frame *frame);
void draw_joins(const struct frame *frame);  /* what joins two live workers of one id */
void draw_gutter(const struct frame *frame); /* names, states, views */
void draw_axis(const struct frame *frame);   /* times, marks, counts of what is gathered */
void draw_top(const struct frame *frame);    /* clock, speed, totals */
void draw_panel(const struct frame *frame);  /* legend, latencies, what is known of the chosen */
void draw_status(const struct frame *frame);
void draw_floats(const struct frame *frame); /* what hovering tells, menu, entry, keys */

/* For whoever handles input: where the speed is set, of 0..100 along it; and the menu and its
 * lines, menu.count where there is none. */
struct box draw_slider_box(const struct frame *frame);
int32_t draw_slider_of(int64_t speed, bool unbridled);
struct box draw_menu_box(const struct frame *frame);
uint32_t draw_menu_at(const struct frame *frame, int32_t x, int32_t y);

/* One bar of a worker in its lane and row, as far as there is a row for it; false if there is none.
 */
bool draw_worker_box(const struct frame *frame, uint32_t index, struct box *box);

/* The sign of a mark, around a place. */
void draw_mark_sign(const struct frame *frame, enum mark_kind kind, int32_t x, int32_t y);

/* The time between two labels of the axis. */
int64_t draw_axis_step(const struct frame *frame);

/* Grid of gathering: chunk k is from k * frame.chunk_ns on. The first one in view. */
static inline int64_t draw_first_chunk(int64_t t_ns, int64_t chunk_ns)
{
    return t_ns >= 0 ? t_ns / chunk_ns : -((-t_ns + chunk_ns - 1) / chunk_ns);
}

#endif
