#include "support/suite.h"
#include "viz/draw/font_metrics.h"
#include "viz/render/canvas.h"

#include <string.h>

#define SIDE 40

static const struct ink black = {0x000000, 255};
static const struct ink white = {0xffffff, 255};

static void canvas_white(struct canvas *canvas)
{
    canvas_init(canvas);
    CU_ASSERT_EQUAL_FATAL(canvas_resize(canvas, SIDE, SIDE), OK);
    canvas_rect(canvas, white, 0, 0, SIDE, SIDE);
}

static uint32_t at(const struct canvas *canvas, int32_t x, int32_t y)
{
    return canvas->pixels[y * SIDE + x] & 0xff;
}

/* How dark a box is, in whole pixels times 255. */
static int64_t darkness(const struct canvas *canvas, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    int64_t sum = 0;
    for (int32_t y = y0; y < y1; y++)
        for (int32_t x = x0; x < x1; x++)
            sum += 255 - at(canvas, x, y);
    return sum;
}

static void a_rectangle_covers_its_box_and_nothing_else(void)
{
    struct canvas canvas;
    canvas_white(&canvas);
    canvas_rect(&canvas, black, 5, 6, 9, 8);
    CU_ASSERT_EQUAL(darkness(&canvas, 5, 6, 9, 8), 8 * 255);
    CU_ASSERT_EQUAL(darkness(&canvas, 0, 0, SIDE, SIDE), 8 * 255);
    canvas_close(&canvas);
}

/* Pixels of any colour, other ones in each place. */
static void canvas_speckle(struct canvas *canvas)
{
    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        canvas->pixels[i] = 0xff000000 | (i * 2654435761u >> 8);
}

static void pixels_are_mixed_alike_in_a_row_and_one_by_one(void)
{
    struct canvas row, single;
    canvas_white(&row);
    canvas_white(&single);
    for (uint32_t alpha = 0; alpha <= 255; alpha++) {
        struct ink ink = {alpha * 65793 * 7 & 0xffffff, alpha};
        canvas_speckle(&row);
        canvas_speckle(&single);
        canvas_rect(&row, ink, 1, 0, SIDE, SIDE); /* an odd number */
        for (int32_t x = 1; x < SIDE; x++)
            canvas_rect(&single, ink, x, 0, x + 1, SIDE);
        CU_ASSERT_EQUAL(memcmp(row.pixels, single.pixels, sizeof *row.pixels * SIDE * SIDE), 0);
    }
    canvas_close(&row);
    canvas_close(&single);
}

static void half_an_ink_mixes_halfway(void)
{
    struct canvas canvas;
    canvas_white(&canvas);
    canvas_rect(&canvas, (struct ink){0x000000, 128}, 0, 0, 1, 1);
    CU_ASSERT_TRUE(at(&canvas, 0, 0) >= 126 && at(&canvas, 0, 0) <= 128);
    canvas_rect(&canvas, (struct ink){0x3377bb, 255}, 0, 0, 1, 1);
    CU_ASSERT_EQUAL(canvas.pixels[0], 0xff3377bb);
    canvas_close(&canvas);
}

static void a_line_is_as_dark_as_it_is_long_and_wide_in_every_direction(void)
{
    static const int32_t ends[][2] = {{35, 20}, {20, 35}, {35, 35}, {5, 35}, {35, 28}, {12, 35}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct canvas canvas;
        canvas_white(&canvas);
        canvas_line(&canvas, black, 20, 20, ends[i][0], ends[i][1], 8);
        int64_t dx = ends[i][0] - 20;
        int64_t dy = ends[i][1] - 20;
        int64_t seen = darkness(&canvas, 0, 0, SIDE, SIDE) / 255;
        /* 2 pixels wide: (2 * length)^2, within a tenth or two for the ends. */
        int64_t wanted = 4 * (dx * dx + dy * dy);
        CU_ASSERT_TRUE(seen * seen > wanted * 8 / 10 && seen * seen < wanted * 14 / 10);
        canvas_close(&canvas);
    }
}

static void nothing_is_drawn_outside_the_clip_wherever_it_lies(void)
{
    struct canvas canvas;
    canvas_white(&canvas);
    canvas_clip(&canvas, 10, 10, 20, 20);
    canvas_line(&canvas, black, -5000, -9000, 5000, 9000, 12);
    canvas_line(&canvas, black, -5000, 15, 900000, 16, 4);
    canvas_round_rect(&canvas, black, -100, 12, 100, 14, 5);
    canvas_outline(&canvas, black, -3, -3, 90, 90, 4, 2);
    canvas_hatch(&canvas, black, -50, -50, 90, 90, 8);
    canvas_dot(&canvas, black, 10, 10, 6);
    canvas_triangle(&canvas, black, -10, 5, 30, 30);
    int64_t all = darkness(&canvas, 0, 0, SIDE, SIDE);
    CU_ASSERT_TRUE(all > 0);
    CU_ASSERT_EQUAL(all, darkness(&canvas, 10, 10, 20, 20));
    canvas_close(&canvas);
}

static void a_text_is_cut_to_its_room_with_an_ellipsis(void)
{
    struct font_metrics metrics;
    char text[32] = "partition n1 | n2";
    font_metrics_plain(&metrics, 100);
    CU_ASSERT_EQUAL(font_metrics_width(&metrics, FACE_SMALL, "abc"), 18);
    CU_ASSERT_EQUAL(font_metrics_width(&metrics, FACE_SMALL, "\xc3\xa4"), 6);
    CU_ASSERT_TRUE(font_metrics_fit(&metrics, FACE_SMALL, text, 60) <= 60);
    CU_ASSERT_STRING_EQUAL(text, "partitio\xe2\x80\xa6");
    CU_ASSERT_TRUE(font_metrics_fit(&metrics, FACE_SMALL, text, 60) > 0);
    CU_ASSERT_EQUAL(font_metrics_fit(&metrics, FACE_SMALL, text, 3), 0);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void broken_utf8_is_read_to_its_end(void)
{
    const char *text = "a\xff\xc3";
    CU_ASSERT_EQUAL(font_metrics_next(&text), 'a');
    CU_ASSERT_EQUAL(font_metrics_next(&text), 0xfffd);
    CU_ASSERT_EQUAL(font_metrics_next(&text), 0xfffd);
    CU_ASSERT_EQUAL(font_metrics_next(&text), 0);
    text = "\xe2\x86\x92";
    CU_ASSERT_EQUAL(font_metrics_next(&text), 0x2192);
    CU_ASSERT_EQUAL(font_metrics_next(&text), 0);
}

SUITE(viz_canvas, TEST(a_rectangle_covers_its_box_and_nothing_else),
      TEST(pixels_are_mixed_alike_in_a_row_and_one_by_one), TEST(half_an_ink_mixes_halfway),
      TEST(a_line_is_as_dark_as_it_is_long_and_wide_in_every_direction),
      TEST(nothing_is_drawn_outside_the_clip_wherever_it_lies),
      TEST(a_text_is_cut_to_its_room_with_an_ellipsis), TEST(broken_utf8_is_read_to_its_end));
