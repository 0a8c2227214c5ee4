#include "viz/render/paint.h"

static void cross(struct canvas *canvas, struct ink ink, const struct shape *shape, uint32_t scale)
{
    int32_t width = (int32_t)(7 * scale / 100);
    int32_t half = shape->size;
    canvas_line(canvas, ink, shape->x0 - half, shape->y0 - half, shape->x0 + half, shape->y0 + half,
                width);
    canvas_line(canvas, ink, shape->x0 - half, shape->y0 + half, shape->x0 + half, shape->y0 - half,
                width);
}

void paint(struct canvas *canvas, struct font *font, const struct shapes *shapes,
           enum palette palette, uint32_t scale)
{
    int32_t unit = (int32_t)(scale + 50) / 100;
    for (size_t i = 0; i < shapes->count; i++) {
        const struct shape *s = &shapes->items[i];
        struct ink ink = {palette_colour(palette, s->role), s->alpha};
        switch ((enum shape_kind)s->kind) {
        case SHAPE_RECT:
            canvas_round_rect(canvas, ink, s->x0, s->y0, s->x1, s->y1, s->size);
            break;
        case SHAPE_FRAME:
            canvas_frame(canvas, ink, s->x0, s->y0, s->x1, s->y1, s->size, unit);
            break;
        case SHAPE_HATCH:
            canvas_hatch(canvas, ink, s->x0, s->y0, s->x1, s->y1, 8 * unit);
            break;
        case SHAPE_LINE:
            canvas_line(canvas, ink, s->x0, s->y0, s->x1, s->y1, s->size);
            break;
        case SHAPE_CROSS:
            cross(canvas, ink, s, scale);
            break;
        case SHAPE_DOT:
            canvas_dot(canvas, ink, s->x0, s->y0, s->size);
            break;
        case SHAPE_TRIANGLE:
            canvas_triangle(canvas, ink, s->x0, s->y0, s->x1, s->y1);
            break;
        case SHAPE_TEXT:
            font_draw(font, canvas, ink, (enum face)s->size, s->x0, s->y0, shapes_text(shapes, s));
            break;
        case SHAPE_CLIP:
            canvas_clip(canvas, s->x0, s->y0, s->x1, s->y1);
            break;
        }
    }
}
