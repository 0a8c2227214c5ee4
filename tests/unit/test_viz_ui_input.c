#include "support/suite.h"
#include "viz/small_run.h"
#include "viz/ui/input.h"

/* A input at the small run, at 1280 by 800, the run over at 100 ms unless a test says otherwise. */
struct fixture {
    struct model *model;
    struct font_metrics metrics;
    struct shapes shapes;
    struct input input;
};

static const struct run_progress run_over = {MS(100), true};
static const struct run_progress run_goes_on = {MS(100), false};

static void fixture_frame(struct fixture *fixture, struct run_progress run)
{
    input_frame(&fixture->input, run, 0);
    draw(fixture->model, &fixture->input.viewport, &fixture->metrics, &fixture->shapes);
}

static void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.model = small_run()};
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->model);
    font_metrics_plain(&fixture->metrics, 100);
    shapes_init(&fixture->shapes);
    input_init(&fixture->input, fixture->model, 1, "test");
    fixture->input.metrics = &fixture->metrics;
    fixture->input.shapes = &fixture->shapes;
    fixture->input.viewport.width = 1280;
    fixture->input.viewport.height = 800;
    fixture->input.viewport.scale = 100;
    fixture->input.viewport.playing = false;
    input_key(&fixture->input, KEY_FIT);
    fixture->input.viewport.playhead_ns = MS(100);
    fixture_frame(fixture, run_over);
}

static void fixture_close(struct fixture *fixture)
{
    input_close(&fixture->input);
    shapes_close(&fixture->shapes);
    model_delete(fixture->model);
}

static void a_paused_run_is_not_asked_to_go_on(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    CU_ASSERT_EQUAL(input_frame(&fixture.input, run_goes_on, MS(16)), MS(100));
    input_key(&fixture.input, KEY_SPACE);
    CU_ASSERT_EQUAL(input_frame(&fixture.input, run_goes_on, MS(16)), MS(116));
    input_key(&fixture.input, KEY_SPACE);
    CU_ASSERT_EQUAL(input_frame(&fixture.input, run_goes_on, MS(16)), MS(100));
    fixture_close(&fixture);
}

static void speed_is_of_1_100_to_1000_and_as_fast_as_it_goes(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    fixture_frame(&fixture, run_goes_on);
    input_key(&fixture.input, KEY_SPACE);
    for (int i = 0; i < 40; i++)
        input_key(&fixture.input, KEY_SLOWER);
    CU_ASSERT_EQUAL(viewport->speed, SPEED_MIN);
    CU_ASSERT_EQUAL(input_frame(&fixture.input, run_goes_on, MS(10)), MS(100) + MS(1) / 10);
    viewport->playhead_ns = MS(100);
    for (int i = 0; i < 30; i++)
        input_key(&fixture.input, KEY_FASTER);
    CU_ASSERT_EQUAL(viewport->speed, SPEED_MAX);
    CU_ASSERT_FALSE(viewport->unlimited);
    CU_ASSERT_EQUAL(input_frame(&fixture.input, run_goes_on, MS(10)), MS(100) + 10 * NS_PER_S);
    input_key(&fixture.input, KEY_FASTER);
    CU_ASSERT_TRUE(viewport->unlimited);
    CU_ASSERT_EQUAL(input_frame(&fixture.input, run_goes_on, MS(10)), TIME_NEVER);
    input_key(&fixture.input, KEY_SLOWER);
    CU_ASSERT_FALSE(viewport->unlimited);
    fixture_close(&fixture);
}

static void playing_stops_at_the_end_and_starts_again_from_the_start(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.input.viewport.playhead_ns = MS(95);
    input_key(&fixture.input, KEY_SPACE);
    input_frame(&fixture.input, run_over, MS(20));
    CU_ASSERT_EQUAL(fixture.input.viewport.playhead_ns, MS(100));
    input_frame(&fixture.input, run_over, MS(20));
    CU_ASSERT_FALSE(fixture.input.viewport.playing);
    input_key(&fixture.input, KEY_SPACE);
    CU_ASSERT_EQUAL(fixture.input.viewport.playhead_ns, 0);
    CU_ASSERT_TRUE(fixture.input.viewport.playing);
    fixture_close(&fixture);
}

static void arrows_step_from_event_to_event(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    input_key(&fixture.input, KEY_LEFT);
    CU_ASSERT_EQUAL(fixture.input.viewport.playhead_ns, MS(99));
    input_key(&fixture.input, KEY_LEFT);
    CU_ASSERT_EQUAL(fixture.input.viewport.playhead_ns, MS(95));
    input_key(&fixture.input, KEY_RIGHT);
    CU_ASSERT_EQUAL(fixture.input.viewport.playhead_ns, MS(99));
    input_key(&fixture.input, KEY_HOME);
    CU_ASSERT_EQUAL(fixture.input.viewport.playhead_ns, 0);
    fixture_close(&fixture);
}

static void a_step_past_the_newest_asks_the_run_to_go_on_to_the_next_event(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    input_frame(&fixture.input, run_goes_on, MS(16));
    input_key(&fixture.input, KEY_RIGHT);
    CU_ASSERT_TRUE(input_frame(&fixture.input, run_goes_on, MS(16)) > MS(100));
    small_worker(model_reader(fixture.model), RECORD_START, MS(110), N1, 9);
    struct run_progress later = {MS(120), false};
    CU_ASSERT_EQUAL(input_frame(&fixture.input, later, MS(16)), MS(120));
    CU_ASSERT_EQUAL(fixture.input.viewport.playhead_ns, MS(110));
    fixture_close(&fixture);
}

static void the_wheel_zooms_at_the_pointer(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    input_move(&fixture.input, 600, 300);
    struct layout before = input_layout(&fixture.input);
    int64_t t = layout_t(&before, 600);
    int64_t span = viewport->t1_ns - viewport->t0_ns;
    input_wheel(&fixture.input, 3, 0, false);
    struct layout after = input_layout(&fixture.input);
    CU_ASSERT_TRUE(viewport->t1_ns - viewport->t0_ns < span * 6 / 10);
    CU_ASSERT_TRUE(layout_x(&after, t) >= 599 && layout_x(&after, t) <= 601);
    for (int i = 0; i < 200; i++)
        input_wheel(&fixture.input, 1, 0, false);
    CU_ASSERT_EQUAL(viewport->t1_ns - viewport->t0_ns, NAVIGATION_SPAN_LEAST);
    for (int i = 0; i < 200; i++)
        input_wheel(&fixture.input, -1, 0, false);
    CU_ASSERT_EQUAL(viewport->t1_ns - viewport->t0_ns, 40 * NS_PER_S);
    fixture_close(&fixture);
}

static void dragging_pans_and_the_axis_scrubs(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    struct layout layout = input_layout(&fixture.input);
    int64_t t = layout_t(&layout, 500);
    input_press(&fixture.input, BUTTON_LEFT, 500, 700);
    input_move(&fixture.input, 600, 700);
    input_release(&fixture.input, BUTTON_LEFT, 600, 700);
    layout = input_layout(&fixture.input);
    CU_ASSERT_TRUE(layout_x(&layout, t) >= 599 && layout_x(&layout, t) <= 601);
    CU_ASSERT_EQUAL(viewport->follow, FOLLOW_NOTHING);
    input_press(&fixture.input, BUTTON_LEFT, 700, layout.axis.y1 - 4);
    input_move(&fixture.input, 710, layout.axis.y1 - 4);
    CU_ASSERT_EQUAL(viewport->playhead_ns, layout_t(&layout, 710));
    input_release(&fixture.input, BUTTON_LEFT, 710, layout.axis.y1 - 4);
    fixture_close(&fixture);
}

static void a_click_chooses_and_escape_clears(void)
{
    struct fixture fixture;
    struct box box;
    fixture_init(&fixture);
    struct layout layout = input_layout(&fixture.input);
    CU_ASSERT_TRUE(draw_worker_box(&layout, 1, &box));
    int32_t x = box.x0 + (box.x1 - box.x0) / 3;
    int32_t y = (box.y0 + box.y1) / 2;
    input_press(&fixture.input, BUTTON_LEFT, x, y);
    input_release(&fixture.input, BUTTON_LEFT, x, y);
    CU_ASSERT_TRUE(thing_equal(fixture.input.viewport.chosen, (struct thing){THING_WORKER, 1}));
    CU_ASSERT_TRUE(thing_set_has(&fixture.input.viewport.related, (struct thing){THING_WORKER, 0}));
    input_key(&fixture.input, KEY_ESCAPE);
    CU_ASSERT_EQUAL(fixture.input.viewport.chosen.kind, THING_NONE);
    CU_ASSERT_EQUAL(fixture.input.viewport.related.count, 0);
    fixture_close(&fixture);
}

/* Chooses the line of the open menu that is this statement. */
static bool choose_line(struct fixture *fixture, const char *statement)
{
    struct menu *menu = &fixture->input.viewport.menu;
    for (uint32_t i = 0; i < menu->count; i++)
        if (strcmp(menu->statements[i], statement) == 0) {
            menu->chosen = i;
            input_menu_do(&fixture->input);
            return true;
        }
    return false;
}

static void a_click_in_the_list_of_failed_requests_goes_to_the_request(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    viewport->follow = FOLLOW_NOTHING;
    viewport->t0_ns = 0;
    viewport->t1_ns = MS(5); /* far before it */
    fixture_frame(&fixture, run_over);
    const struct shape *line = NULL;
    for (size_t i = 0; i < fixture.shapes.count; i++)
        if (thing_equal(fixture.shapes.items[i].thing, (struct thing){THING_REQUEST, 1}))
            line = &fixture.shapes.items[i];
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    int32_t x = (line->x0 + line->x1) / 2, y = (line->y0 + line->y1) / 2;
    input_press(&fixture.input, BUTTON_LEFT, x, y);
    input_release(&fixture.input, BUTTON_LEFT, x, y);
    CU_ASSERT_TRUE(thing_equal(viewport->chosen, (struct thing){THING_REQUEST, 1}));
    CU_ASSERT_EQUAL(viewport->playhead_ns, MS(30));
    CU_ASSERT_TRUE(viewport->t0_ns <= MS(30) && viewport->t1_ns >= MS(99));
    fixture_close(&fixture);
}

static void a_key_goes_through_all_that_is_listed(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    input_key(&fixture.input, KEY_NOTABLE); /* nothing is broken, one request failed */
    CU_ASSERT_TRUE(thing_equal(viewport->chosen, (struct thing){THING_REQUEST, 1}));
    CU_ASSERT_EQUAL(viewport->playhead_ns, MS(30));
    input_key(&fixture.input, KEY_NOTABLE); /* one was answered */
    CU_ASSERT_TRUE(thing_equal(viewport->chosen, (struct thing){THING_REQUEST, 0}));
    input_key(&fixture.input, KEY_NOTABLE);
    CU_ASSERT_TRUE(thing_equal(viewport->chosen, (struct thing){THING_REQUEST, 1}));
    fixture_close(&fixture);
}

static void keys_zoom_at_the_playhead(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    input_key(&fixture.input, KEY_HOME);
    viewport->playhead_ns = MS(30);
    int64_t span = viewport->t1_ns - viewport->t0_ns;
    for (int i = 0; i < 5; i++)
        input_key(&fixture.input, KEY_NEARER);
    CU_ASSERT_TRUE(viewport->t1_ns - viewport->t0_ns < span / 3);
    CU_ASSERT_TRUE(viewport->t0_ns < MS(30) && viewport->t1_ns > MS(30));
    for (int i = 0; i < 10; i++)
        input_key(&fixture.input, KEY_FARTHER);
    CU_ASSERT_TRUE(viewport->t1_ns - viewport->t0_ns > span);
    fixture_close(&fixture);
}

static void a_narrow_window_has_a_panel_if_it_is_asked_for(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.input.viewport.width = 800;
    fixture.input.viewport.height = 600;
    struct layout layout = input_layout(&fixture.input);
    CU_ASSERT_EQUAL(layout.panel.x1, 0);
    input_key(&fixture.input, KEY_PANEL);
    fixture_frame(&fixture, run_over);
    layout = input_layout(&fixture.input);
    CU_ASSERT_EQUAL(layout.panel.x1, 800);
    CU_ASSERT_TRUE(layout.lanes.x1 - layout.lanes.x0 > 300);
    input_key(&fixture.input, KEY_PANEL);
    layout = input_layout(&fixture.input);
    CU_ASSERT_EQUAL(layout.panel.x1, 0);
    /* As narrow as nothing would be left beside it, there is none. */
    input_key(&fixture.input, KEY_PANEL);
    fixture.input.viewport.width = 400;
    layout = input_layout(&fixture.input);
    CU_ASSERT_EQUAL(layout.panel.x1, 0);
    fixture_close(&fixture);
}

static void the_minimap_of_many_lanes_scrolls_to_where_it_is_clicked(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct layout layout = input_layout(&fixture.input);
    CU_ASSERT_EQUAL(draw_minimap_box(&layout).x1, 0); /* three lanes need none */
    model_delete(fixture.model);
    fixture.model = model_new(200);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture.model);
    fixture.input.model = fixture.model;
    fixture_frame(&fixture, run_over);
    layout = input_layout(&fixture.input);
    struct box box = draw_minimap_box(&layout);
    CU_ASSERT_TRUE_FATAL(box.x1 > box.x0);
    CU_ASSERT_TRUE(layout.first_slot == 0 && layout.last_slot < 100);
    input_press(&fixture.input, BUTTON_LEFT, box.x0 + 2, (box.y0 + box.y1) / 2);
    input_release(&fixture.input, BUTTON_LEFT, box.x0 + 2, (box.y0 + box.y1) / 2);
    layout = input_layout(&fixture.input);
    CU_ASSERT_TRUE(layout.first_slot < 100 && layout.last_slot > 100);
    input_press(&fixture.input, BUTTON_LEFT, box.x0 + 2, box.y1 - 1);
    input_release(&fixture.input, BUTTON_LEFT, box.x0 + 2, box.y1 - 1);
    layout = input_layout(&fixture.input);
    CU_ASSERT_EQUAL(layout.last_slot, 200);
    /* It goes while it is dragged: the window is high enough for all lanes. */
    input_press(&fixture.input, BUTTON_LEFT, box.x0 + 2, box.y1 - 1);
    fixture.input.viewport.height = 20000;
    input_move(&fixture.input, box.x0 + 2, box.y0 + 60);
    layout = input_layout(&fixture.input);
    CU_ASSERT_EQUAL(draw_minimap_box(&layout).x1, 0);
    CU_ASSERT_EQUAL(fixture.input.viewport.scroll, 0);
    fixture_close(&fixture);
}

static void a_right_click_on_a_lane_acts_on_its_node(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_frame(&fixture, run_goes_on);
    struct layout layout = input_layout(&fixture.input);
    int32_t y = layout_lane_y(&layout, N2) + 8;
    input_press(&fixture.input, BUTTON_RIGHT, 30, y);
    CU_ASSERT_TRUE(fixture.input.viewport.menu.open);
    CU_ASSERT_TRUE(choose_line(&fixture, "crash n2"));
    CU_ASSERT_STRING_EQUAL(fixture.input.statement, "crash n2");
    CU_ASSERT_FALSE(fixture.input.viewport.menu.open);
    input_press(&fixture.input, BUTTON_RIGHT, 30, y);
    CU_ASSERT_TRUE(choose_line(&fixture, "request ? from n2"));
    input_text(&fixture.input, "4");
    input_text(&fixture.input, "2x");
    input_key(&fixture.input, KEY_BACKSPACE);
    input_key(&fixture.input, KEY_ENTER);
    CU_ASSERT_STRING_EQUAL(fixture.input.statement, "request 42 from n2");
    input_press(&fixture.input, BUTTON_RIGHT, 30, y);
    CU_ASSERT_TRUE(choose_line(&fixture, "request ? from n2"));
    input_text(&fixture.input, "\"a");
    input_text(&fixture.input, " "); /* an id may have blanks */
    input_text(&fixture.input, "b\"");
    input_key(&fixture.input, KEY_ENTER);
    CU_ASSERT_STRING_EQUAL(fixture.input.statement, "request \"a b\" from n2");
    fixture_close(&fixture);
}

static void a_right_click_on_a_message_acts_on_its_link(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_frame(&fixture, run_goes_on);
    struct layout layout = input_layout(&fixture.input);
    int32_t x = (layout_x(&layout, MS(10)) + layout_x(&layout, MS(13))) / 2;
    int32_t y =
        (layout_lane_y(&layout, N1) + layout_lane_y(&layout, N2)) / 2 + layout.lane.lifeline;
    input_press(&fixture.input, BUTTON_RIGHT, x, y);
    CU_ASSERT_TRUE(choose_line(&fixture, "cut n1 <-> n2"));
    CU_ASSERT_STRING_EQUAL(fixture.input.statement, "cut n1 <-> n2");
    fixture_close(&fixture);
}

static void a_run_that_is_over_offers_no_actions(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    input_press(&fixture.input, BUTTON_RIGHT, 30, 150);
    CU_ASSERT_FALSE(choose_line(&fixture, "crash n1"));
    CU_ASSERT_TRUE(choose_line(&fixture, "show n1"));
    CU_ASSERT_EQUAL(fixture.input.viewport.nodes_count, 1);
    fixture_close(&fixture);
}

static void the_filter_takes_nodes_or_an_id(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    input_key(&fixture.input, KEY_SLASH);
    input_text(&fixture.input, "n3,n1,n3");
    input_key(&fixture.input, KEY_ENTER);
    CU_ASSERT_EQUAL_FATAL(viewport->nodes_count, 2);
    CU_ASSERT_EQUAL(viewport->nodes[0], N1);
    CU_ASSERT_EQUAL(viewport->nodes[1], N3);
    fixture_frame(&fixture, run_over);
    input_filter(&fixture.input, "7");
    CU_ASSERT_PTR_NULL(viewport->nodes);
    CU_ASSERT_TRUE(thing_set_has(&viewport->filtered, (struct thing){THING_WORKER, 0}));
    input_filter(&fixture.input, "n9");
    CU_ASSERT_PTR_NULL(viewport->nodes);
    CU_ASSERT_EQUAL(viewport->filtered.count, 0);
    input_key(&fixture.input, KEY_ESCAPE);
    CU_ASSERT_EQUAL(viewport->filter[0], '\0');
    fixture_close(&fixture);
}

static void following_keeps_the_newest_in_view(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    struct viewport *viewport = &fixture.input.viewport;
    input_key(&fixture.input, KEY_END);
    CU_ASSERT_EQUAL(viewport->follow, FOLLOW_RUN);
    input_key(&fixture.input, KEY_SPACE);
    for (int64_t t = MS(100); t < 30 * NS_PER_S; t += MS(500)) {
        input_frame(&fixture.input, (struct run_progress){t, false}, MS(16));
        CU_ASSERT_TRUE(viewport->playhead_ns >= viewport->t0_ns &&
                       viewport->playhead_ns < viewport->t1_ns);
        viewport->playhead_ns = t;
    }
    fixture_close(&fixture);
}

SUITE(viz_input, TEST(a_paused_run_is_not_asked_to_go_on),
      TEST(speed_is_of_1_100_to_1000_and_as_fast_as_it_goes),
      TEST(playing_stops_at_the_end_and_starts_again_from_the_start),
      TEST(arrows_step_from_event_to_event),
      TEST(a_step_past_the_newest_asks_the_run_to_go_on_to_the_next_event),
      TEST(the_wheel_zooms_at_the_pointer), TEST(dragging_pans_and_the_axis_scrubs),
      TEST(a_click_chooses_and_escape_clears),
      TEST(a_click_in_the_list_of_failed_requests_goes_to_the_request),
      TEST(a_key_goes_through_all_that_is_listed), TEST(keys_zoom_at_the_playhead),
      TEST(a_narrow_window_has_a_panel_if_it_is_asked_for),
      TEST(the_minimap_of_many_lanes_scrolls_to_where_it_is_clicked),
      TEST(a_right_click_on_a_lane_acts_on_its_node),
      TEST(a_right_click_on_a_message_acts_on_its_link), TEST(a_run_that_is_over_offers_no_actions),
      TEST(the_filter_takes_nodes_or_an_id), TEST(following_keeps_the_newest_in_view));
