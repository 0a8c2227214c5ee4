/* Shapes to pixels. */
#ifndef VIZ_PAINT_H
#define VIZ_PAINT_H

#include "viz/canvas.h"
#include "viz/font.h"
#include "viz/shape.h"

/* Draws all shapes in their order; `scale` in percent is the thickness of frames and stripes. */
void paint(struct canvas *canvas, struct font *font, const struct shapes *shapes,
           enum palette palette, uint32_t scale);

#endif
