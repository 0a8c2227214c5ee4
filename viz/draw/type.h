/* How wide letters are, so that a picture can be laid out without a font at input. */
#ifndef VIZ_DRAW_TYPE_H
#define VIZ_DRAW_TYPE_H

#include "base/base.h"

enum face { FACE_SMALL, FACE_NORMAL, FACE_STRONG, FACE_LARGE, FACES_COUNT };

#define TYPE_FIRST 32u
#define TYPE_LAST  255u

struct type_face {
    uint8_t advance[TYPE_LAST - TYPE_FIRST + 1]; /* pixels; of U+0020..U+00FF */
    uint8_t other;                               /* of any other character, about */
    uint8_t height;                              /* of a line */
};

struct type {
    struct type_face faces[FACES_COUNT];
};

/* Every letter of one width, for those who have no font: `scale` in percent. */
void type_plain(struct type *type, uint32_t scale);

int32_t type_width(const struct type *type, enum face face, const char *text);

/* Shortens the text, in place, so that it is no wider; the end becomes an ellipsis. Empty if not
 * even that has room. Returns its width. */
int32_t type_fit(const struct type *type, enum face face, char *text, int32_t width);

/* The next character of the text, UTF-8; advances it. A wrong byte is U+FFFD. 0 at the end. */
uint32_t type_next(const char **text);

#endif
