#include "viz/draw/type.h"

#include <string.h>

void type_plain(struct type *type, uint32_t scale)
{
    static const uint8_t heights[FACES_COUNT] = {13, 16, 16, 25};
    for (uint32_t face = 0; face < FACES_COUNT; face++) {
        struct type_face *to = &type->faces[face];
        to->height = (uint8_t)(heights[face] * scale / 100);
        to->other = (uint8_t)(to->height / 2 + 1);
        memset(to->advance, to->height / 2, sizeof to->advance);
    }
}

uint32_t type_next(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    if (!*at)
        return 0;
    uint32_t more = *at < 0x80 ? 0 : *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 4;
    *text += 1;
    if (more == 0)
        return *at;
    if (more == 4)
        return 0xfffd;
    uint32_t code = *at & (0x3fu >> more);
    for (uint32_t i = 0; i < more; i++) {
        at++;
        if ((*at & 0xc0) != 0x80)
            return 0xfffd;
        code = code << 6 | (*at & 0x3fu);
        *text += 1;
    }
    return code;
}

static int32_t advance(const struct type_face *face, uint32_t code)
{
    return code >= TYPE_FIRST && code <= TYPE_LAST ? face->advance[code - TYPE_FIRST] : face->other;
}

int32_t type_width(const struct type *type, enum face face, const char *text)
{
    int32_t width = 0;
    for (uint32_t code; (code = type_next(&text));)
        width += advance(&type->faces[face], code);
    return width;
}

int32_t type_fit(const struct type *type, enum face face, char *text, int32_t width)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    int32_t whole = type_width(type, face, text);
    if (whole <= width)
        return whole;
    int32_t room = width - type->faces[face].other;
    int32_t used = 0;
    const char *at = text;
    for (;;) {
        const char *before = at;
        used += advance(&type->faces[face], type_next(&at));
        if (used <= room)
            continue;
        /* An ellipsis takes three bytes, which what it stands for may not have had. */
        if (before == text || strlen(before) < sizeof ellipsis - 1) {
            *(before == text ? text : (char *)before) = '\0';
            return before == text ? 0 : type_width(type, face, text);
        }
        memcpy(text + (before - text), ellipsis, sizeof ellipsis);
        return type_width(type, face, text);
    }
}
