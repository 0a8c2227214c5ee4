/* What a picture is made of: plain shapes in pixels, in the order in which they cover each other,
 * each with its colour by role and with the thing it stands for. */
#ifndef VIZ_DRAW_SHAPE_H
#define VIZ_DRAW_SHAPE_H

#include "viz/draw/palette.h"
#include "viz/model/model.h"

enum shape_kind {
    SHAPE_RECT,     /* filled; size: radius of its corners */
    SHAPE_OUTLINE,  /* its outline, one unit wide; size: radius */
    SHAPE_HATCH,    /* diagonal stripes */
    SHAPE_LINE,     /* from (x0, y0) to (x1, y1); size: width in quarters of a pixel */
    SHAPE_CROSS,    /* around (x0, y0); size: half its width */
    SHAPE_DOT,      /* around (x0, y0); size: radius */
    SHAPE_TRIANGLE, /* within the box, pointing right if it is wider than high, else down */
    SHAPE_TEXT,     /* its upper left corner at (x0, y0); size: enum face */
    SHAPE_CLIP,     /* what follows is seen within the box only */
};

struct shape {
    uint8_t kind;  /* enum shape_kind */
    uint8_t role;  /* enum role */
    uint8_t alpha; /* 255: covers */
    uint8_t size;
    int32_t x0;
    int32_t y0;
    int32_t x1; /* past the last column; and so y1 */
    int32_t y1;
    uint32_t text; /* TEXT: what it says; else what hovering tells; 0: nothing. See shapes_text */
    struct thing thing;
};

struct shapes {
    struct shape *items;
    size_t count;
    size_t capacity;
    char *texts;
    size_t texts_count;
    size_t texts_capacity;
    bool failed; /* no memory: some are left out */
};

void shapes_init(struct shapes *shapes);
void shapes_close(struct shapes *shapes);
void shapes_clear(struct shapes *shapes);

/* The new shape, to be refined, valid until the next one; never NULL. */
struct shape *shapes_add(struct shapes *shapes, enum shape_kind kind, enum role role, int32_t x0,
                         int32_t y0, int32_t x1, int32_t y1);

/* Keeps a copy of the text; what to put into shape.text. */
uint32_t shapes_keep(struct shapes *shapes, const char *text);

/* What hovering over the newest shape tells. */
void shapes_tooltip(struct shapes *shapes, const char *text);

const char *shapes_text(const struct shapes *shapes, const struct shape *shape);

/* The uppermost shape that has a thing or something to tell within `reach` pixels of the point, or
 * NULL. */
const struct shape *shapes_at(const struct shapes *shapes, int32_t x, int32_t y, int32_t reach);

#endif
