#include "viz/draw/shape.h"

#include "base/memory.h"

#include <string.h>

void shapes_init(struct shapes *shapes)
{
    *shapes = (struct shapes){0};
}

void shapes_close(struct shapes *shapes)
{
    memory_free(shapes->items);
    memory_free(shapes->texts);
    shapes_init(shapes);
}

void shapes_clear(struct shapes *shapes)
{
    shapes->count = 0;
    shapes->texts_count = 0;
    shapes->failed = false;
}

struct shape *shapes_add(struct shapes *shapes, enum shape_kind kind, enum role role, int32_t x0,
                         int32_t y0, int32_t x1, int32_t y1)
{
    static struct shape lost;
    struct shape *shape = &lost;
    if (memory_reserve((void **)&shapes->items, &shapes->capacity, shapes->count + 1,
                       sizeof *shapes->items))
        shapes->failed = true;
    else
        shape = &shapes->items[shapes->count++];
    *shape = (struct shape){
        .kind = (uint8_t)kind,
        .role = (uint8_t)role,
        .alpha = 255,
        .x0 = x0,
        .y0 = y0,
        .x1 = x1,
        .y1 = y1,
    };
    return shape;
}

uint32_t shapes_keep(struct shapes *shapes, const char *text)
{
    size_t size = strlen(text) + 1;
    size_t at = shapes->texts_count ? shapes->texts_count : 1; /* 0 says that there is no text */
    if (at + size > UINT32_MAX ||
        memory_reserve((void **)&shapes->texts, &shapes->texts_capacity, at + size, 1)) {
        shapes->failed = true;
        return 0;
    }
    memcpy(shapes->texts + at, text, size);
    shapes->texts_count = at + size;
    return (uint32_t)at;
}

void shapes_tooltip(struct shapes *shapes, const char *text)
{
    uint32_t kept = shapes_keep(shapes, text);
    if (!shapes->failed && shapes->count)
        shapes->items[shapes->count - 1].text = kept;
}

const char *shapes_text(const struct shapes *shapes, const struct shape *shape)
{
    return shape->text ? shapes->texts + shape->text : "";
}

static int64_t square(int64_t x)
{
    return x * x;
}

static bool near_line(const struct shape *line, int32_t x, int32_t y, int32_t reach)
{
    int64_t dx = line->x1 - line->x0;
    int64_t dy = line->y1 - line->y0;
    int64_t length = square(dx) + square(dy);
    int64_t along = dx * (x - line->x0) + dy * (y - line->y0);
    if (along < 0 || along > length || length == 0)
        return square(x - line->x0) + square(y - line->y0) <= square(reach);
    int64_t across = dx * (y - line->y0) - dy * (x - line->x0);
    /* across / sqrt(length) <= reach, without a root */
    return across * across <= square(reach) * length;
}

static bool near(const struct shape *shape, int32_t x, int32_t y, int32_t reach)
{
    int32_t around = shape->size + reach;
    switch ((enum shape_kind)shape->kind) {
    case SHAPE_LINE:
        return near_line(shape, x, y, reach);
    case SHAPE_CROSS:
    case SHAPE_DOT:
        return x >= shape->x0 - around && x <= shape->x0 + around && y >= shape->y0 - around &&
               y <= shape->y0 + around;
    default:
        return x >= shape->x0 - reach && x < shape->x1 + reach && y >= shape->y0 && y < shape->y1;
    }
}

static bool within_clip(const struct shapes *shapes, size_t at, int32_t x, int32_t y)
{
    while (at-- > 0) {
        const struct shape *clip = &shapes->items[at];
        if (clip->kind == SHAPE_CLIP)
            return x >= clip->x0 && x < clip->x1 && y >= clip->y0 && y < clip->y1;
    }
    return true;
}

const struct shape *shapes_at(const struct shapes *shapes, int32_t x, int32_t y, int32_t reach)
{
    for (size_t i = shapes->count; i-- > 0;) {
        const struct shape *shape = &shapes->items[i];
        bool tells = shape->thing.kind || (shape->text && shape->kind != SHAPE_TEXT);
        if (tells && shape->kind != SHAPE_CLIP && near(shape, x, y, reach) &&
            within_clip(shapes, i, x, y))
            return shape;
    }
    return NULL;
}
