#include "viz/draw/pen.h"

#include <stdio.h>
#include <string.h>

int32_t pen_line_height(const struct layout *layout, enum face face)
{
    return layout->metrics->faces[face].height;
}

int32_t pen_text_y(const struct layout *layout, enum face face, int32_t y, int32_t height)
{
    return y + (height - pen_line_height(layout, face)) / 2;
}

int32_t pen_text_width(const struct layout *layout, enum face face, const char *text)
{
    return font_metrics_width(layout->metrics, face, text);
}

int32_t pen_text(const struct layout *layout, enum face face, enum role role, int32_t x, int32_t y,
                 const char *text)
{
    int32_t width = font_metrics_width(layout->metrics, face, text);
    uint32_t kept = shapes_keep(layout->out, text);
    struct shape *shape = shapes_add(layout->out, SHAPE_TEXT, role, x, y, x + width,
                                     y + pen_line_height(layout, face));
    shape->size = (uint8_t)face;
    shape->text = kept;
    return width;
}

int32_t pen_text_fit(const struct layout *layout, enum face face, enum role role, int32_t x,
                     int32_t y, int32_t width, const char *text)
{
    char fitted[256];
    snprintf(fitted, sizeof fitted, "%s", text);
    if (font_metrics_fit(layout->metrics, face, fitted, width) == 0)
        return 0;
    return pen_text(layout, face, role, x, y, fitted);
}

size_t pen_wrap(const struct layout *layout, enum face face, int32_t width, const char *text)
{
    char line[256];
    size_t fits = 0, blank = 0;
    for (const char *at = text; *at; fits = (size_t)(at - text)) {
        if (*at == ' ')
            blank = fits;
        font_metrics_next(&at);
        size_t size = (size_t)(at - text);
        if (size >= sizeof line)
            return blank ? blank : fits;
        memcpy(line, text, size);
        line[size] = '\0';
        if (fits && pen_text_width(layout, face, line) > width)
            return blank ? blank : fits;
    }
    return fits;
}

int32_t pen_text_right(const struct layout *layout, enum face face, enum role role, int32_t x,
                       int32_t y, const char *text)
{
    int32_t width = font_metrics_width(layout->metrics, face, text);
    pen_text(layout, face, role, x - width, y, text);
    return width;
}

struct shape *pen_rect(const struct layout *layout, enum role role, int32_t x0, int32_t y0,
                       int32_t x1, int32_t y1)
{
    return shapes_add(layout->out, SHAPE_RECT, role, x0, y0, x1, y1);
}

void pen_clip(const struct layout *layout, struct box box)
{
    shapes_add(layout->out, SHAPE_CLIP, ROLE_SHADE, box.x0, box.y0, box.x1, box.y1);
}

void pen_clip_none(const struct layout *layout)
{
    pen_clip(layout, (struct box){0, 0, layout->viewport->width, layout->viewport->height});
}
