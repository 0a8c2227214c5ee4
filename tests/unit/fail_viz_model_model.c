#include "support/memory_fail.h"
#include "support/suite.h"
#include "viz/draw/draw.h"
#include "viz/small_run.h"

/* A worker that moves, and leases. */
static void add_further(struct model *model)
{
    struct reader *to = model_reader(model);
    model->slots = 4;
    small_lease(to, MS(100), N2, LEASE_WON, MS(150));
    small_worker(to, RECORD_START, MS(101), N2, 4);
    small_worker(to, RECORD_MOVED, MS(102), N2, 4);
    small_lease(to, MS(104), N2, LEASE_LOST, MS(103));
    small_node(to, RECORD_DOWN, MS(104), N2);
}

/* The run is taken in and drawn, whatever of it there is memory for. */
static void take_and_draw(void)
{
    struct font_metrics metrics;
    struct shapes shapes;
    struct viewport viewport = {
        .width = 1280,
        .height = 800,
        .scale = 100,
        .t1_ns = MS(105),
        .playhead_ns = MS(100),
        .panel = PANEL_ON,
        .chosen = {THING_WORKER, 0},
    };
    struct model *model = small_run();
    if (!model)
        return;
    add_further(model);
    font_metrics_plain(&metrics, 100);
    shapes_init(&shapes);
    if (model->workers.count)
        (void)thing_set_related(&viewport.related, model, viewport.chosen);
    else
        viewport.chosen.kind = THING_NONE;
    draw(model, &viewport, &metrics, &shapes);
    thing_set_close(&viewport.related);
    shapes_close(&shapes);
    model_delete(model);
}

static void a_run_is_drawn_as_far_as_there_was_memory_for_it(void)
{
    for (int for_good = 0; for_good < 2; for_good++)
        for (long nth = 1;; nth++) {
            memory_fail_at(nth, for_good);
            take_and_draw();
            bool over = memory_fail_calls() < nth;
            memory_fail_at(0, false);
            CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
            if (over)
                break;
        }
}

static void a_model_says_that_records_have_been_left_out(void)
{
    struct model *model = model_new(3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    memory_fail_at(1, true);
    small_first_request(model_reader(model));
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(model_error(model), ERROR_MEMORY);
    model_delete(model);
}

SUITE(fail_viz_model, TEST(a_run_is_drawn_as_far_as_there_was_memory_for_it),
      TEST(a_model_says_that_records_have_been_left_out));
