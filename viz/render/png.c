#include "viz/render/png.h"

#include "base/file_text.h"
#include "base/number.h"
#include "viz/render/renderer.h"
#include "viz/render/sdl.h"
#include "viz/ui/navigation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PNG_WIDTH      1600
#define PNG_HEIGHT_MIN 620   /* the panel's height */
#define PNG_HEIGHT     1000  /* what lanes are to fit in, if they needn't be too small for it … */
#define PNG_HEIGHT_MAX 16000 /* … and what they get at most */

/* SDL does not say whether all of it was written: the stream does. */
static enum error save(struct canvas *canvas, const char *file, struct failure *failure)
{
    FILE *out = fopen(file, "wb");
    if (!out)
        return failure_set(failure, ERROR_IO, "%s", strerror(errno));
    SDL_Surface *surface =
        sdl.SDL_CreateRGBSurfaceWithFormatFrom(canvas->pixels, canvas->width, canvas->height, 32,
                                               canvas->width * 4, SDL_PIXELFORMAT_XRGB8888);
    SDL_RWops *stream = sdl.SDL_RWFromFP(out, SDL_FALSE);
    bool drawn = surface && stream && !sdl.IMG_SavePNG_RW(surface, stream, SDL_TRUE);
    sdl.SDL_FreeSurface(surface);
    errno = 0;
    bool written = !fflush(out) && !ferror(out);
    int why = errno ? errno : ENOSPC;
    if (!written || !drawn)
        file_discard(out, file);
    if (fclose(out) && written) {
        written = false;
        why = errno;
    }
    if (!written)
        return failure_set(failure, ERROR_IO, "%s", strerror(why));
    return drawn ? OK : failure_set(failure, ERROR_IO, "%s", sdl.SDL_GetError());
}

static enum error draw_to(struct renderer *renderer, const struct model *model,
                          struct viewport *viewport, const char *file, struct failure *failure)
{
    if (renderer_set_scale(renderer, viewport->scale))
        return failure_set(failure, ERROR_IO, "no font: %s", sdl.SDL_GetError());
    int32_t height = layout_full_height(model, viewport, font_metrics(renderer->font));
    viewport->height = clamp_i32(height, PNG_HEIGHT_MIN, PNG_HEIGHT_MAX);
    enum error error = canvas_resize(&renderer->canvas, viewport->width, viewport->height);
    if (!error)
        renderer_draw(renderer, model, viewport);
    if (error || renderer->shapes.failed)
        return failure_set(failure, ERROR_MEMORY, "%s: no memory for the picture", file);
    return save(&renderer->canvas, file, failure);
}

enum error png_write(const struct model *model, const char *title, uint64_t seed, const char *file,
                     struct failure *failure)
{
    struct renderer renderer;
    struct viewport viewport = {
        .width = PNG_WIDTH,
        .height = PNG_HEIGHT,
        .scale = 100,
        .palette = PALETTE_LIGHT,
        .playhead_ns = model->last_ns,
        .over = true,
        .panel = PANEL_ON,
        .seed = seed,
        .title = title,
    };
    navigation_fit(&viewport, model->last_ns);
    renderer_init(&renderer);
    enum error error = draw_to(&renderer, model, &viewport, file, failure);
    renderer_close(&renderer);
    return error;
}

static enum error draw_chart_to(struct renderer *renderer, const struct chart *chart,
                                const char *file, struct failure *failure)
{
    int32_t height = chart_height(chart);
    if (renderer_set_scale(renderer, 100))
        return failure_set(failure, ERROR_IO, "no font: %s", sdl.SDL_GetError());
    enum error error = canvas_resize(&renderer->canvas, PNG_WIDTH, height);
    if (!error) {
        chart_draw(chart, PNG_WIDTH, height, font_metrics(renderer->font), &renderer->shapes);
        renderer_paint(renderer, PALETTE_LIGHT);
    }
    if (error || renderer->shapes.failed)
        return failure_set(failure, ERROR_MEMORY, "%s: no memory for the picture", file);
    return save(&renderer->canvas, file, failure);
}

enum error png_write_chart(const struct chart *chart, const char *file, struct failure *failure)
{
    struct renderer renderer;
    renderer_init(&renderer);
    enum error error = draw_chart_to(&renderer, chart, file, failure);
    renderer_close(&renderer);
    return error;
}
