#include "viz/draw/font_metrics.h"

#include "base/utf8.h"

#include <string.h>

void font_metrics_plain(struct font_metrics *metrics, uint32_t scale)
{
    static const uint8_t heights[FACES_COUNT] = {13, 16, 16, 25};
    for (uint32_t face = 0; face < FACES_COUNT; face++) {
        struct face_metrics *to = &metrics->faces[face];
        to->height = (uint8_t)(heights[face] * scale / 100);
        to->other = (uint8_t)(to->height / 2 + 1);
        memset(to->advance, to->height / 2, sizeof to->advance);
    }
}

uint32_t font_metrics_next(const char **text)
{
    uint32_t code;
    if (!**text)
        return 0;
    size_t size = utf8_next(*text, SIZE_MAX, &code);
    *text += size ? size : 1;
    return size ? code : UTF8_REPLACEMENT;
}

static int32_t advance(const struct face_metrics *face, uint32_t code)
{
    return code >= FONT_METRICS_FIRST && code <= FONT_METRICS_LAST
               ? face->advance[code - FONT_METRICS_FIRST]
               : face->other;
}

int32_t font_metrics_width(const struct font_metrics *metrics, enum face face, const char *text)
{
    int32_t width = 0;
    for (uint32_t code; (code = font_metrics_next(&text));)
        width += advance(&metrics->faces[face], code);
    return width;
}

int32_t font_metrics_fit(const struct font_metrics *metrics, enum face face, char *text,
                         int32_t width)
{
    int32_t whole = font_metrics_width(metrics, face, text);
    if (whole <= width)
        return whole;
    int32_t room = width - metrics->faces[face].other;
    int32_t used = 0;
    const char *at = text;
    const char *cut = text;
    while ((used += advance(&metrics->faces[face], font_metrics_next(&at))) <= room)
        cut = at;
    /* An ellipsis takes three bytes, which what it stands for may not have had. */
    char *end = text + (cut - text);
    if (cut == text || strlen(cut) < strlen(UTF8_ELLIPSIS))
        *end = '\0';
    else
        strcpy(end, UTF8_ELLIPSIS);
    return font_metrics_width(metrics, face, text);
}
