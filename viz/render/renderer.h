/* Makes pixels of a picture: draws the model as a viewport shows it, shape by shape, into a canvas.
 * Knows no window and no file. */
#ifndef VIZ_RENDER_RENDERER_H
#define VIZ_RENDER_RENDERER_H

#include "viz/draw/draw.h"
#include "viz/render/canvas.h"
#include "viz/render/font.h"

struct renderer {
    struct font *font; /* NULL: no scale was set yet */
    uint32_t scale;
    struct shapes shapes; /* as last drawn */
    struct canvas canvas;
};

/* Takes no memory yet. */
void renderer_init(struct renderer *renderer);
void renderer_close(struct renderer *renderer);

/* Opens the fonts for a scale in percent. ERROR_IO: SDL_GetError tells why; the fonts are those of
 * before. */
enum error renderer_set_scale(struct renderer *renderer, uint32_t scale);

/* Paints the shapes into the canvas. */
void renderer_paint(struct renderer *renderer, enum palette palette);

/* Draws into the canvas, whose size the viewport has, with the fonts of its scale. */
void renderer_draw(struct renderer *renderer, const struct model *model,
                   const struct viewport *viewport);

#endif
