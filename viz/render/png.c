#include "viz/render/png.h"

#include "viz/draw/draw.h"
#include "viz/render/paint.h"

#include <SDL_image.h>
#include <stdio.h>

#define PNG_WIDTH 1600
#define PNG_LEAST 620   /* the panel's height */
#define PNG_GOOD  1000  /* what lanes are to fit in, if they needn't be too small for it … */
#define PNG_MOST  16000 /* … and what they get at most */

static enum error save(struct canvas *canvas, const char *file, char *message, size_t size)
{
    SDL_Surface *surface =
        SDL_CreateRGBSurfaceWithFormatFrom(canvas->pixels, canvas->width, canvas->height, 32,
                                           canvas->width * 4, SDL_PIXELFORMAT_XRGB8888);
    if (surface && !IMG_SavePNG(surface, file)) {
        SDL_FreeSurface(surface);
        return OK;
    }
    snprintf(message, size, "%s: %s", file, SDL_GetError());
    SDL_FreeSurface(surface);
    return ERROR_IO;
}

struct studio {
    struct font *font;
    struct shapes shapes;
    struct canvas canvas;
};

static enum error studio_open(struct studio *studio, uint32_t scale, char *message, size_t size)
{
    studio->font = font_new(scale);
    shapes_init(&studio->shapes);
    canvas_init(&studio->canvas);
    if (studio->font)
        return OK;
    snprintf(message, size, "no font: %s", SDL_GetError());
    return ERROR_IO;
}

static void studio_close(struct studio *studio)
{
    shapes_close(&studio->shapes);
    canvas_close(&studio->canvas);
    font_delete(studio->font);
}

static enum error draw_into(struct studio *studio, const struct model *model,
                            const struct look *look, const char *file, char *message, size_t size)
{
    draw(model, look, font_type(studio->font), &studio->shapes);
    if (studio->shapes.failed || canvas_resize(&studio->canvas, look->width, look->height)) {
        snprintf(message, size, "%s: no memory for the picture", file);
        return ERROR_MEMORY;
    }
    paint(&studio->canvas, studio->font, &studio->shapes, look->palette, look->scale);
    return save(&studio->canvas, file, message, size);
}

enum error png_write_look(const struct model *model, const struct look *look, const char *file,
                          char *message, size_t size)
{
    struct studio studio;
    enum error error = studio_open(&studio, look->scale, message, size);
    if (error)
        return error;
    error = draw_into(&studio, model, look, file, message, size);
    studio_close(&studio);
    return error;
}

enum error png_write(const struct model *model, const struct png_setup *setup, const char *file,
                     char *message, size_t size)
{
    struct studio studio;
    uint32_t scale = setup->scale ? setup->scale : 100;
    struct look look = {
        .width = (int32_t)(PNG_WIDTH * scale / 100),
        .height = (int32_t)(PNG_GOOD * scale / 100),
        .scale = scale,
        .palette = setup->palette,
        .playhead_ns = model->last_ns,
        .over = true,
        .panel = true,
        .seed = setup->seed,
        .title = setup->title,
    };
    enum error error = studio_open(&studio, scale, message, size);
    if (error)
        return error;
    look_fit(&look, model->last_ns);
    int32_t wanted = frame_whole_height(model, &look, font_type(studio.font));
    int32_t least = (int32_t)(PNG_LEAST * scale / 100);
    int32_t most = (int32_t)(PNG_MOST * scale / 100);
    look.height = wanted < least ? least : wanted > most ? most : wanted;
    error = draw_into(&studio, model, &look, file, message, size);
    studio_close(&studio);
    return error;
}
