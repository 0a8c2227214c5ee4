/* Pixels in memory, and the few things that are drawn into them. Integers alone decide a pixel, so
 * a picture is the same on every machine. Nothing is drawn outside the clip. */
#ifndef VIZ_RENDER_CANVAS_H
#define VIZ_RENDER_CANVAS_H

#include "base/base.h"

struct canvas {
    uint32_t *pixels; /* 0xffRRGGBB, row by row */
    int32_t width;
    int32_t height;
    size_t capacity;
    int32_t clip_x0;
    int32_t clip_y0;
    int32_t clip_x1;
    int32_t clip_y1;
};

struct ink {
    uint32_t colour; /* 0xRRGGBB */
    uint32_t alpha;  /* of 0..255 */
};

void canvas_init(struct canvas *canvas);
void canvas_close(struct canvas *canvas);

/* Gives it a size and opens the clip; what was drawn is gone. ERROR_MEMORY: nothing has changed. */
enum error canvas_resize(struct canvas *canvas, int32_t width, int32_t height);

void canvas_clip(struct canvas *canvas, int32_t x0, int32_t y0, int32_t x1, int32_t y1);

void canvas_rect(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                 int32_t y1);
void canvas_round_rect(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                       int32_t y1, int32_t radius);
void canvas_outline(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                    int32_t y1, int32_t radius, int32_t thickness);
void canvas_hatch(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                  int32_t y1, int32_t pitch);
/* `width` is in quarters of a pixel. */
void canvas_line(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                 int32_t y1, int32_t width);
void canvas_dot(struct canvas *canvas, struct ink ink, int32_t x, int32_t y, int32_t radius);
void canvas_triangle(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                     int32_t y1);

/* Lets the ink through a mask of coverages, `stride` bytes a row. */
void canvas_mask(struct canvas *canvas, struct ink ink, int32_t x, int32_t y, const uint8_t *mask,
                 int32_t width, int32_t height, int32_t stride);

#endif
