#include "viz/render/canvas.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

void canvas_init(struct canvas *canvas)
{
    *canvas = (struct canvas){0};
}

void canvas_close(struct canvas *canvas)
{
    memory_free(canvas->pixels);
    canvas_init(canvas);
}

enum error canvas_resize(struct canvas *canvas, int32_t width, int32_t height)
{
    enum error error = memory_reserve((void **)&canvas->pixels, &canvas->capacity,
                                      (size_t)width * (size_t)height, sizeof *canvas->pixels);
    if (error)
        return error;
    canvas->width = width;
    canvas->height = height;
    memset(canvas->pixels, 0, (size_t)width * (size_t)height * sizeof *canvas->pixels);
    canvas_clip(canvas, 0, 0, width, height);
    return OK;
}

void canvas_clip(struct canvas *canvas, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    canvas->clip_x0 = max_i32(x0, 0);
    canvas->clip_y0 = max_i32(y0, 0);
    canvas->clip_x1 = min_i32(x1, canvas->width);
    canvas->clip_y1 = min_i32(y1, canvas->height);
}

/* Red and blue are blended in one multiplication; 255 is taken to 256 so that full cover is exact.
 */
static uint32_t blend(uint32_t under, uint32_t over, uint32_t alpha)
{
    alpha += alpha >> 7;
    uint32_t red_blue = under & 0xff00ff;
    uint32_t green = under & 0x00ff00;
    red_blue += ((over & 0xff00ff) - red_blue) * alpha >> 8;
    green += ((over & 0x00ff00) - green) * alpha >> 8;
    return 0xff000000 | (red_blue & 0xff00ff) | (green & 0x00ff00);
}

static void put(struct canvas *canvas, struct ink ink, int32_t x, int32_t y, uint32_t coverage)
{
    if (x < canvas->clip_x0 || x >= canvas->clip_x1 || y < canvas->clip_y0 || y >= canvas->clip_y1)
        return;
    uint32_t *pixel = &canvas->pixels[(size_t)y * (size_t)canvas->width + (size_t)x];
    *pixel = blend(*pixel, ink.colour, ink.alpha * coverage / 255);
}

/* So many pixels of a row, two at a time: a channel has 16 bits, which its product with at most 256
 * does not leave. Each becomes the same as by blend(). */
static void blend_row(uint32_t *row, size_t count, uint32_t over, uint32_t alpha)
{
    const uint64_t mask = UINT64_C(0x00ff00ff00ff00ff), opaque = UINT64_C(0xff000000ff000000);
    uint64_t weight = alpha + (alpha >> 7), rest = 256 - weight;
    uint64_t both = (uint64_t)over << 32 | over;
    uint64_t red_blue = (both & mask) * weight,
             green = (both >> 8 & UINT64_C(0xff000000ff)) * weight;
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        uint64_t under;
        memcpy(&under, row + i, sizeof under);
        uint64_t even = ((under & mask) * rest + red_blue) >> 8 & mask;
        uint64_t odd = ((under >> 8 & mask) * rest + green) & ~mask;
        under = even | odd | opaque;
        memcpy(row + i, &under, sizeof under);
    }
    if (i < count)
        row[i] = blend(row[i], over, alpha);
}

void canvas_rect(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                 int32_t y1)
{
    x0 = max_i32(x0, canvas->clip_x0);
    y0 = max_i32(y0, canvas->clip_y0);
    x1 = min_i32(x1, canvas->clip_x1);
    y1 = min_i32(y1, canvas->clip_y1);
    for (int32_t y = y0; y < y1; y++) {
        uint32_t *row = canvas->pixels + (size_t)y * (size_t)canvas->width;
        if (ink.alpha == 255)
            for (int32_t x = x0; x < x1; x++)
                row[x] = 0xff000000 | ink.colour;
        else if (x1 > x0)
            blend_row(row + x0, (size_t)(x1 - x0), ink.colour, ink.alpha);
    }
}

/* How much of the pixel at (x, y) from a centre lies within the circle, in 255ths: of 16 points.
 * All is in eighths of a pixel; the pixel begins at (x, y). */
static uint32_t covered(int32_t x, int32_t y, int32_t radius)
{
    uint32_t inside = 0;
    for (int32_t j = 1; j < 8; j += 2)
        for (int32_t i = 1; i < 8; i += 2)
            inside += (x + i) * (x + i) + (y + j) * (y + j) <= radius * radius;
    return inside * 255 / 16;
}

static void corner(struct canvas *canvas, struct ink ink, int32_t x, int32_t y, int32_t dx,
                   int32_t dy, int32_t radius)
{
    for (int32_t j = 0; j < radius; j++)
        for (int32_t i = 0; i < radius; i++)
            put(canvas, ink, dx > 0 ? x + i : x - 1 - i, dy > 0 ? y + j : y - 1 - j,
                covered(i * 8, j * 8, radius * 8));
}

void canvas_round_rect(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                       int32_t y1, int32_t radius)
{
    radius = min_i32(radius, min_i32((x1 - x0) / 2, (y1 - y0) / 2));
    if (radius <= 0) {
        canvas_rect(canvas, ink, x0, y0, x1, y1);
        return;
    }
    canvas_rect(canvas, ink, x0 + radius, y0, x1 - radius, y0 + radius);
    canvas_rect(canvas, ink, x0, y0 + radius, x1, y1 - radius);
    canvas_rect(canvas, ink, x0 + radius, y1 - radius, x1 - radius, y1);
    corner(canvas, ink, x0 + radius, y0 + radius, -1, -1, radius);
    corner(canvas, ink, x1 - radius, y0 + radius, 1, -1, radius);
    corner(canvas, ink, x0 + radius, y1 - radius, -1, 1, radius);
    corner(canvas, ink, x1 - radius, y1 - radius, 1, 1, radius);
}

static void corner_ring(struct canvas *canvas, struct ink ink, int32_t x, int32_t y, int32_t dx,
                        int32_t dy, int32_t radius, int32_t thickness)
{
    for (int32_t j = 0; j < radius; j++)
        for (int32_t i = 0; i < radius; i++) {
            uint32_t outer = covered(i * 8, j * 8, radius * 8);
            uint32_t inner = covered(i * 8, j * 8, (radius - thickness) * 8);
            put(canvas, ink, dx > 0 ? x + i : x - 1 - i, dy > 0 ? y + j : y - 1 - j, outer - inner);
        }
}

void canvas_outline(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                    int32_t y1, int32_t radius, int32_t thickness)
{
    radius = max_i32(min_i32(radius, min_i32((x1 - x0) / 2, (y1 - y0) / 2)), 0);
    if (radius < thickness)
        radius = 0;
    canvas_rect(canvas, ink, x0 + radius, y0, x1 - radius, y0 + thickness);
    canvas_rect(canvas, ink, x0 + radius, y1 - thickness, x1 - radius, y1);
    int32_t inset = radius ? radius : thickness;
    canvas_rect(canvas, ink, x0, y0 + inset, x0 + thickness, y1 - inset);
    canvas_rect(canvas, ink, x1 - thickness, y0 + inset, x1, y1 - inset);
    corner_ring(canvas, ink, x0 + radius, y0 + radius, -1, -1, radius, thickness);
    corner_ring(canvas, ink, x1 - radius, y0 + radius, 1, -1, radius, thickness);
    corner_ring(canvas, ink, x0 + radius, y1 - radius, -1, 1, radius, thickness);
    corner_ring(canvas, ink, x1 - radius, y1 - radius, 1, 1, radius, thickness);
}

void canvas_hatch(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                  int32_t y1, int32_t pitch)
{
    int32_t left = max_i32(x0, canvas->clip_x0);
    int32_t right = min_i32(x1, canvas->clip_x1);
    for (int32_t y = max_i32(y0, canvas->clip_y0); y < min_i32(y1, canvas->clip_y1); y++)
        for (int32_t x = left; x < right; x++) {
            int32_t phase = ((x + y) % pitch + pitch) % pitch * 8 / pitch;
            if (phase < 4)
                put(canvas, ink, x, y, phase == 0 || phase == 3 ? 128 : 255);
        }
}

static int64_t root(int64_t square)
{
    int64_t low = 0;
    int64_t high = INT64_C(1) << 31;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (middle * middle <= square)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* A line walks along its longer side; at each step it covers a stretch of the shorter one, in
 * 256ths of a pixel, long enough that it is `width` wide across. */
struct walk {
    struct canvas *canvas;
    struct ink ink;
    bool steep; /* along y */
};

static void cover(const struct walk *walk, int32_t along, int64_t from, int64_t to)
{
    for (int64_t at = from >> 8; at <= (to - 1) >> 8; at++) {
        int64_t low = from > at * 256 ? from : at * 256;
        int64_t high = to < (at + 1) * 256 ? to : (at + 1) * 256;
        uint32_t coverage = (uint32_t)((high - low) * 255 / 256);
        if (walk->steep)
            put(walk->canvas, walk->ink, (int32_t)at, along, coverage);
        else
            put(walk->canvas, walk->ink, along, (int32_t)at, coverage);
    }
}

void canvas_line(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                 int32_t y1, int32_t width)
{
    struct walk walk = {canvas, ink, abs(y1 - y0) > abs(x1 - x0)};
    int64_t a0 = walk.steep ? y0 : x0;
    int64_t a1 = walk.steep ? y1 : x1;
    int64_t b0 = walk.steep ? x0 : y0;
    int64_t b1 = walk.steep ? x1 : y1;
    if (a0 > a1) {
        int64_t a = a0, b = b0;
        a0 = a1, b0 = b1;
        a1 = a, b1 = b;
    }
    int64_t length = a1 - a0;
    int64_t span = length ? root((length * length + (b1 - b0) * (b1 - b0)) * 256) : 0;
    int64_t half = length ? 32 * width * span / (16 * length) : 32 * width;
    int64_t first = max_i32((int32_t)a0, walk.steep ? canvas->clip_y0 : canvas->clip_x0);
    int64_t last = min_i32((int32_t)a1, (walk.steep ? canvas->clip_y1 : canvas->clip_x1) - 1);
    for (int64_t a = first; a <= last; a++) {
        int64_t centre = b0 * 256 + 128 + (length ? ((b1 - b0) * (a - a0) * 256) / length : 0);
        cover(&walk, (int32_t)a, centre - half, centre + half);
    }
}

void canvas_dot(struct canvas *canvas, struct ink ink, int32_t x, int32_t y, int32_t radius)
{
    for (int32_t j = -radius - 1; j <= radius; j++)
        for (int32_t i = -radius - 1; i <= radius; i++)
            put(canvas, ink, x + i + 1, y + j + 1, covered(i * 8 + 4, j * 8 + 4, radius * 8 + 4));
}

void canvas_triangle(struct canvas *canvas, struct ink ink, int32_t x0, int32_t y0, int32_t x1,
                     int32_t y1)
{
    bool right = x1 - x0 > y1 - y0;
    int32_t steps = right ? x1 - x0 : y1 - y0;
    int32_t base = right ? y1 - y0 : x1 - x0;
    struct walk walk = {canvas, ink, !right};
    for (int32_t step = 0; step < steps; step++) {
        int64_t half = (int64_t)base * 128 * (2 * (steps - step) - 1) / (2 * steps);
        int64_t centre = (int64_t)(right ? y0 + y1 : x0 + x1) * 128;
        cover(&walk, right ? x0 + step : y0 + step, centre - half, centre + half);
    }
}

void canvas_mask(struct canvas *canvas, struct ink ink, int32_t x, int32_t y, const uint8_t *mask,
                 int32_t width, int32_t height, int32_t stride)
{
    int32_t left = max_i32(0, canvas->clip_x0 - x);
    int32_t right = min_i32(width, canvas->clip_x1 - x);
    int32_t top = max_i32(0, canvas->clip_y0 - y);
    int32_t bottom = min_i32(height, canvas->clip_y1 - y);
    for (int32_t j = top; j < bottom; j++) {
        uint32_t *row = canvas->pixels + (size_t)(y + j) * (size_t)canvas->width + x;
        const uint8_t *from = mask + (size_t)j * (size_t)stride;
        for (int32_t i = left; i < right; i++)
            if (from[i])
                row[i] = blend(row[i], ink.colour, ink.alpha * from[i] / 255);
    }
}
