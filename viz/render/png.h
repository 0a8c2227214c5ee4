/* Pictures in files, without a window or a display: of a finished run, of a comparison. */
#ifndef VIZ_RENDER_PNG_H
#define VIZ_RENDER_PNG_H

#include "base/failure.h"
#include "viz/draw/chart.h"
#include "viz/model/model.h"

/* Draws the whole run into `file`; `title` is the scenario's name. The same run gives the same
 * bytes with the same libraries. ERROR_IO, ERROR_MEMORY: `failure` says what failed; the file may
 * be there in part. */
enum error png_write(const struct model *model, const char *title, uint64_t seed, const char *file,
                     struct failure *failure);

/* Likewise a chart. */
enum error png_write_chart(const struct chart *chart, const char *file, struct failure *failure);

#endif
