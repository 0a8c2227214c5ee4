/* Shapes to pixels. */
#ifndef VIZ_RENDER_PAINT_H
#define VIZ_RENDER_PAINT_H

#include "viz/draw/shape.h"
#include "viz/render/canvas.h"
#include "viz/render/font.h"

/* Draws all shapes in their order; `scale` in percent is the thickness of frames and stripes. */
void paint(struct canvas *canvas, struct font *font, const struct shapes *shapes,
           enum palette palette, uint32_t scale);

#endif
