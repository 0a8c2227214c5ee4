#include "viz/render/font.h"

#include "base/hash_map.h"
#include "base/memory.h"
#include "viz/render/sdl.h"

/* The fonts, as they lie in viz/render/font (see the licence there), in the program itself. The
 * path is from the top of the sources, where make runs. */
#define EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global " #name "\n"                                                                  \
            ".global " #name "_end\n"                                                              \
            ".balign 16\n" #name ":\n"                                                             \
            ".incbin \"" file "\"\n" #name "_end:\n"                                               \
            ".byte 0\n"                                                                            \
            ".previous\n")

EMBED(font_regular, "viz/render/font/DejaVuSans.ttf");
EMBED(font_bold, "viz/render/font/DejaVuSans-Bold.ttf");

extern const unsigned char font_regular[];
extern const unsigned char font_regular_end[];
extern const unsigned char font_bold[];
extern const unsigned char font_bold_end[];

struct glyph {
    uint32_t code;
    int32_t width;
    int32_t height;
    uint8_t *mask;
};

struct font_face {
    TTF_Font *ttf;
    struct hash_map by_code;
    struct glyph *glyphs;
    size_t count;
    size_t capacity;
};

struct font {
    struct font_metrics metrics;
    struct font_face faces[FACES_COUNT];
};

static const struct {
    uint32_t size; /* pixels at a scale of 100 */
    bool bold;
} designs[FACES_COUNT] = {
    [FACE_SMALL] = {11, false},
    [FACE_NORMAL] = {13, false},
    [FACE_STRONG] = {13, true},
    [FACE_LARGE] = {21, true},
};

static bool open_face(struct font_face *face, uint32_t size, bool bold)
{
    const unsigned char *from = bold ? font_bold : font_regular;
    const unsigned char *end = bold ? font_bold_end : font_regular_end;
    SDL_RWops *file = sdl.SDL_RWFromConstMem(from, (int)(end - from));
    face->ttf = file ? sdl.TTF_OpenFontRW(file, 1, (int)size) : NULL;
    if (!face->ttf)
        return false;
    sdl.TTF_SetFontHinting(face->ttf, TTF_HINTING_LIGHT);
    sdl.TTF_SetFontKerning(face->ttf, 0);
    return true;
}

static uint8_t advance_of(TTF_Font *ttf, uint32_t code)
{
    int advance = 0;
    if (sdl.TTF_GlyphMetrics32(ttf, code, NULL, NULL, NULL, NULL, &advance))
        return 0;
    return advance < 0 ? 0 : advance > UINT8_MAX ? UINT8_MAX : (uint8_t)advance;
}

static void measure(const struct font_face *face, struct face_metrics *metrics)
{
    for (uint32_t code = FONT_METRICS_FIRST; code <= FONT_METRICS_LAST; code++)
        metrics->advance[code - FONT_METRICS_FIRST] = advance_of(face->ttf, code);
    metrics->other = advance_of(face->ttf, 0x2026);
    int height = sdl.TTF_FontHeight(face->ttf);
    metrics->height = height > UINT8_MAX ? UINT8_MAX : (uint8_t)height;
}

struct font *font_new(uint32_t scale)
{
    if (sdl.TTF_Init())
        return NULL;
    struct font *font = memory_zeroed(sizeof *font);
    if (!font) {
        sdl.TTF_Quit();
        sdl.SDL_Error(SDL_ENOMEM);
        return NULL;
    }
    for (uint32_t i = 0; i < FACES_COUNT; i++) {
        if (!open_face(&font->faces[i], designs[i].size * scale / 100, designs[i].bold)) {
            font_delete(font);
            return NULL;
        }
        measure(&font->faces[i], &font->metrics.faces[i]);
    }
    return font;
}

static void close_face(struct font_face *face)
{
    for (size_t i = 0; i < face->count; i++)
        memory_free(face->glyphs[i].mask);
    memory_free(face->glyphs);
    hash_map_close(&face->by_code);
    if (face->ttf)
        sdl.TTF_CloseFont(face->ttf);
}

void font_delete(struct font *font)
{
    if (!font)
        return;
    for (uint32_t i = 0; i < FACES_COUNT; i++)
        close_face(&font->faces[i]);
    memory_free(font);
    sdl.TTF_Quit();
}

const struct font_metrics *font_metrics(const struct font *font)
{
    return &font->metrics;
}

/* The letter's coverage is the alpha of what SDL2_ttf draws in white. */
static bool render(struct font_face *face, struct glyph *glyph)
{
    SDL_Surface *surface =
        sdl.TTF_RenderGlyph32_Blended(face->ttf, glyph->code, (SDL_Color){255, 255, 255, 255});
    if (!surface)
        return false;
    glyph->width = surface->w;
    glyph->height = surface->h;
    glyph->mask = memory_zeroed((size_t)surface->w * (size_t)surface->h + 1);
    for (int y = 0; glyph->mask && y < surface->h; y++) {
        const uint32_t *row =
            (const uint32_t *)(const void *)((const char *)surface->pixels + y * surface->pitch);
        for (int x = 0; x < surface->w; x++)
            glyph->mask[y * surface->w + x] = (uint8_t)(row[x] >> 24);
    }
    sdl.SDL_FreeSurface(surface);
    return glyph->mask;
}

static inline bool same_code(const void *glyphs, uint32_t slot, const void *code)
{
    return ((const struct glyph *)glyphs)[slot].code == *(const uint32_t *)code;
}

static const struct glyph *glyph_of(struct font_face *face, uint32_t code)
{
    uint32_t slot = hash_map_find(&face->by_code, code, same_code, face->glyphs, &code);
    if (slot != HASH_MAP_NONE)
        return &face->glyphs[slot];
    if (memory_reserve((void **)&face->glyphs, &face->capacity, face->count + 1,
                       sizeof *face->glyphs))
        return NULL;
    struct glyph *glyph = &face->glyphs[face->count];
    *glyph = (struct glyph){.code = code};
    if (!render(face, glyph))
        return NULL;
    if (hash_map_add(&face->by_code, code, (uint32_t)face->count)) {
        memory_free(glyph->mask);
        return NULL;
    }
    face->count++;
    return glyph;
}

void font_draw(struct font *font, struct canvas *canvas, struct ink ink, enum face face, int32_t x,
               int32_t y, const char *text)
{
    const struct face_metrics *metrics = &font->metrics.faces[face];
    for (uint32_t code; (code = font_metrics_next(&text));) {
        const struct glyph *glyph = glyph_of(&font->faces[face], code);
        if (glyph)
            canvas_mask(canvas, ink, x, y, glyph->mask, glyph->width, glyph->height, glyph->width);
        x += code >= FONT_METRICS_FIRST && code <= FONT_METRICS_LAST
                 ? metrics->advance[code - FONT_METRICS_FIRST]
                 : advance_of(font->faces[face].ttf, code);
    }
}
