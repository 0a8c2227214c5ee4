/* How wide letters are, so that a picture can be laid out without a font at hand. */
#ifndef VIZ_DRAW_FONT_METRICS_H
#define VIZ_DRAW_FONT_METRICS_H

#include "base/base.h"

enum face { FACE_SMALL, FACE_NORMAL, FACE_STRONG, FACE_LARGE, FACES_COUNT };

#define FONT_METRICS_FIRST 32u
#define FONT_METRICS_LAST  255u

struct face_metrics {
    uint8_t advance[FONT_METRICS_LAST - FONT_METRICS_FIRST + 1]; /* pixels; of U+0020..U+00FF */
    uint8_t other;                                               /* of any other character, about */
    uint8_t height;                                              /* of a line */
};

struct font_metrics {
    struct face_metrics faces[FACES_COUNT];
};

/* Every letter of one width, for those who have no font: `scale` in percent. */
void font_metrics_plain(struct font_metrics *metrics, uint32_t scale);

/* The text's width in pixels. */
int32_t font_metrics_width(const struct font_metrics *metrics, enum face face, const char *text);

/* Shortens the text, in place, so that it is no wider than `width`; its end becomes an ellipsis.
 * Empty if not even that has room. Returns its width. */
int32_t font_metrics_fit(const struct font_metrics *metrics, enum face face, char *text,
                         int32_t width);

/* The next character of the text, UTF-8; advances it. A wrong byte is U+FFFD. 0 at the end. */
uint32_t font_metrics_next(const char **text);

#endif
