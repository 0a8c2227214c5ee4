/* The picture of a finished run, without a window or a display. */
#ifndef VIZ_RENDER_PNG_H
#define VIZ_RENDER_PNG_H

#include "viz/draw/look.h"

struct png_setup {
    const char *title; /* the scenario's name */
    uint64_t seed;
    uint32_t scale; /* percent; 0: 100 */
    enum palette palette;
};

/* Draws the whole run into `file`; the same run gives the same bytes with the same libraries. On an
 * error `message` says what failed. */
enum error png_write(const struct model *model, const struct png_setup *setup, const char *file,
                     char *message, size_t size);

/* As png_write, of whatever is looked at: for pictures of a person's view. look.scale is set. */
enum error png_write_look(const struct model *model, const struct look *look, const char *file,
                          char *message, size_t size);

#endif
