/* Letters as masks of coverage, from the fonts built into the program (SDL2_ttf). */
#ifndef VIZ_RENDER_FONT_H
#define VIZ_RENDER_FONT_H

#include "viz/draw/font_metrics.h"
#include "viz/render/canvas.h"

struct font; /* all faces in one scale */

/* `scale` in percent. NULL: SDL_GetError tells why. */
struct font *font_new(uint32_t scale);

/* NULL is allowed. */
void font_delete(struct font *font);

/* What its letters measure; valid as long as the font is. */
const struct font_metrics *font_metrics(const struct font *font);

/* Draws UTF-8 with its upper left corner at (x, y). A letter that there is no memory for is left
 * out. */
void font_draw(struct font *font, struct canvas *canvas, struct ink ink, enum face face, int32_t x,
               int32_t y, const char *text);

#endif
