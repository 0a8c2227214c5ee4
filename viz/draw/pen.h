/* Draws what every part of a picture is drawn of: texts and rectangles, in the layout's shapes. */
#ifndef VIZ_DRAW_PEN_H
#define VIZ_DRAW_PEN_H

#include "viz/draw/layout.h"

/* A text with its upper left corner at (x, y). Returns its width. */
int32_t pen_text(const struct layout *layout, enum face face, enum role role, int32_t x, int32_t y,
                 const char *text);

/* Likewise, of at most `width` pixels: cut, with an ellipsis, or left out where not even that fits.
 * Returns the width that it has. */
int32_t pen_text_fit(const struct layout *layout, enum face face, enum role role, int32_t x,
                     int32_t y, int32_t width, const char *text);

/* How many bytes of the text go into a line of this width: up to a blank if there is one, and never
 * none. The blank itself is to be passed over. */
size_t pen_wrap(const struct layout *layout, enum face face, int32_t width, const char *text);

/* Likewise, ending at x. */
int32_t pen_text_right(const struct layout *layout, enum face face, enum role role, int32_t x,
                       int32_t y, const char *text);

/* The y of a line of text that is centred in the `height` pixels from y on. */
int32_t pen_text_y(const struct layout *layout, enum face face, int32_t y, int32_t height);
int32_t pen_text_width(const struct layout *layout, enum face face, const char *text);
int32_t pen_line_height(const struct layout *layout, enum face face);

/* A filled rectangle, to be refined; valid until the next shape. */
struct shape *pen_rect(const struct layout *layout, enum role role, int32_t x0, int32_t y0,
                       int32_t x1, int32_t y1);

/* What follows is seen within the box only, or within the whole picture. */
void pen_clip(const struct layout *layout, struct box box);
void pen_clip_none(const struct layout *layout);

#endif
