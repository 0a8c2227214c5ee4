/* Charts of comparisons: every row is drawn, where its mean is, and the best can be told. */
#include "support/suite.h"
#include "viz/draw/chart.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 1600

static struct chart_value values[300];
static const char *rows[300];
static struct chart_number number = {.name = "p50", .better = "less is better", .values = values};

/* Drawn: `count` rows with means 0, 10, 20, … */
static void draw_rows(uint32_t count, struct shapes *shapes)
{
    struct font_metrics metrics;
    struct chart chart = {.title = "a.txt",
                          .aside = "",
                          .rows = rows,
                          .rows_count = count,
                          .numbers = &number,
                          .numbers_count = 1};
    for (uint32_t i = 0; i < count; i++) {
        values[i] =
            (struct chart_value){.mean = 10 * i, .interval = 5, .known = true, .best = i == 1};
        rows[i] = "row";
    }
    chart_set_scale(&number, count);
    font_metrics_plain(&metrics, 100);
    shapes_init(shapes);
    chart_draw(&chart, WIDTH, chart_height(&chart), &metrics, shapes);
    CU_ASSERT_FALSE(shapes->failed);
}

static uint32_t dots(const struct shapes *shapes, const struct shape **list)
{
    uint32_t count = 0;
    for (size_t i = 0; i < shapes->count; i++)
        if (shapes->items[i].kind == SHAPE_DOT)
            list[count++] = &shapes->items[i];
    return count;
}

static bool says(const struct shapes *shapes, const char *text)
{
    for (size_t i = 0; i < shapes->count; i++)
        if (shapes->items[i].kind == SHAPE_TEXT &&
            strcmp(shapes_text(shapes, &shapes->items[i]), text) == 0)
            return true;
    return false;
}

static void a_mean_stands_where_it_belongs(void)
{
    struct shapes shapes;
    const struct shape *list[300];
    draw_rows(3, &shapes);
    CU_ASSERT_EQUAL(number.low_mean, -5);
    CU_ASSERT_EQUAL(number.high_mean, 25);
    CU_ASSERT_EQUAL_FATAL(dots(&shapes, list), 3);
    CU_ASSERT_TRUE(list[0]->x0 < list[1]->x0 && list[1]->x0 < list[2]->x0);
    CU_ASSERT_TRUE(list[0]->y0 < list[1]->y0 && list[1]->y0 < list[2]->y0);
    CU_ASSERT_TRUE(list[1]->x0 - list[0]->x0 - (list[2]->x0 - list[1]->x0) <= 1);
    shapes_close(&shapes);
}

static void the_best_differs_in_colour_size_and_text(void)
{
    struct shapes shapes;
    const struct shape *list[300];
    draw_rows(3, &shapes);
    CU_ASSERT_EQUAL_FATAL(dots(&shapes, list), 3);
    CU_ASSERT_NOT_EQUAL(list[1]->role, list[0]->role);
    CU_ASSERT_EQUAL(list[2]->role, list[0]->role);
    CU_ASSERT_TRUE(list[1]->size > list[0]->size);
    CU_ASSERT_TRUE(says(&shapes, "* "));
    shapes_close(&shapes);
}

static void rows_beyond_the_picture_are_counted(void)
{
    struct shapes shapes;
    const struct shape *list[300];
    draw_rows(300, &shapes);
    CU_ASSERT_EQUAL(dots(&shapes, list), CHART_ROWS_MAX);
    CU_ASSERT_TRUE(says(&shapes, "and 50 rows more"));
    for (size_t i = 0; i < shapes.count; i++)
        CU_ASSERT_TRUE(shapes.items[i].x1 <= WIDTH);
    shapes_close(&shapes);
}

SUITE(viz_draw_chart, TEST(a_mean_stands_where_it_belongs),
      TEST(the_best_differs_in_colour_size_and_text), TEST(rows_beyond_the_picture_are_counted));
