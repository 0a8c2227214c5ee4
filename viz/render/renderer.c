#include "viz/render/renderer.h"

void renderer_init(struct renderer *renderer)
{
    *renderer = (struct renderer){0};
    shapes_init(&renderer->shapes);
    canvas_init(&renderer->canvas);
}

void renderer_close(struct renderer *renderer)
{
    shapes_close(&renderer->shapes);
    canvas_close(&renderer->canvas);
    font_delete(renderer->font);
}

enum error renderer_set_scale(struct renderer *renderer, uint32_t scale)
{
    if (renderer->font && renderer->scale == scale)
        return OK;
    struct font *font = font_new(scale);
    if (!font)
        return ERROR_IO;
    font_delete(renderer->font);
    renderer->font = font;
    renderer->scale = scale;
    return OK;
}

static uint32_t colour_of(enum palette palette, enum role role)
{
    static const uint32_t colours[ROLES_COUNT][2] = {
#define X(name, light, dark) {light, dark},
        ROLES(X)
#undef X
    };
    return colours[role][palette];
}

static void draw_cross(struct canvas *canvas, struct ink ink, const struct shape *shape,
                       uint32_t scale)
{
    int32_t width = (int32_t)(7 * scale / 100);
    int32_t half = shape->size;
    canvas_line(canvas, ink, shape->x0 - half, shape->y0 - half, shape->x0 + half, shape->y0 + half,
                width);
    canvas_line(canvas, ink, shape->x0 - half, shape->y0 + half, shape->x0 + half, shape->y0 - half,
                width);
}

static void draw_shape(struct renderer *renderer, const struct shape *s, struct ink ink)
{
    struct canvas *canvas = &renderer->canvas;
    int32_t unit = (int32_t)(renderer->scale + 50) / 100; /* thickness of outlines and stripes */
    switch ((enum shape_kind)s->kind) {
    case SHAPE_RECT:
        canvas_round_rect(canvas, ink, s->x0, s->y0, s->x1, s->y1, s->size);
        break;
    case SHAPE_OUTLINE:
        canvas_outline(canvas, ink, s->x0, s->y0, s->x1, s->y1, s->size, unit);
        break;
    case SHAPE_HATCH:
        canvas_hatch(canvas, ink, s->x0, s->y0, s->x1, s->y1, 8 * unit);
        break;
    case SHAPE_LINE:
        canvas_line(canvas, ink, s->x0, s->y0, s->x1, s->y1, s->size);
        break;
    case SHAPE_CROSS:
        draw_cross(canvas, ink, s, renderer->scale);
        break;
    case SHAPE_DOT:
        canvas_dot(canvas, ink, s->x0, s->y0, s->size);
        break;
    case SHAPE_TRIANGLE:
        canvas_triangle(canvas, ink, s->x0, s->y0, s->x1, s->y1);
        break;
    case SHAPE_TEXT:
        font_draw(renderer->font, canvas, ink, (enum face)s->size, s->x0, s->y0,
                  shapes_text(&renderer->shapes, s));
        break;
    case SHAPE_CLIP:
        canvas_clip(canvas, s->x0, s->y0, s->x1, s->y1);
        break;
    }
}

void renderer_paint(struct renderer *renderer, enum palette palette)
{
    for (size_t i = 0; i < renderer->shapes.count; i++) {
        const struct shape *shape = &renderer->shapes.items[i];
        struct ink ink = {colour_of(palette, shape->role), shape->alpha};
        draw_shape(renderer, shape, ink);
    }
}

void renderer_draw(struct renderer *renderer, const struct model *model,
                   const struct viewport *viewport)
{
    draw(model, viewport, font_metrics(renderer->font), &renderer->shapes);
    renderer_paint(renderer, viewport->palette);
}
