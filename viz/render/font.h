/* Letters as masks of coverage, from the fonts built into the program (SDL2_ttf). */
#ifndef VIZ_RENDER_FONT_H
#define VIZ_RENDER_FONT_H

#include "viz/draw/type.h"
#include "viz/render/canvas.h"

struct font; /* all faces in one scale */

/* `scale` in percent. NULL: SDL_GetError tells why. */
struct font *font_new(uint32_t scale);
void font_delete(struct font *font);

/* What its letters measure. */
const struct type *font_type(const struct font *font);

void font_draw(struct font *font, struct canvas *canvas, struct ink ink, enum face face, int32_t x,
               int32_t y, const char *text);

#endif
