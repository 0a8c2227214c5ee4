/* The picture of a finished run, without a window or a display. */
#ifndef VIZ_RENDER_PNG_H
#define VIZ_RENDER_PNG_H

#include "base/failure.h"
#include "viz/model/model.h"

/* Draws the whole run into `file`; `title` is the scenario's name. The same run gives the same
 * bytes with the same libraries. ERROR_IO, ERROR_MEMORY: `failure` says what failed; the file may
 * be there in part. */
enum error png_write(const struct model *model, const char *title, uint64_t seed, const char *file,
                     struct failure *failure);

#endif
