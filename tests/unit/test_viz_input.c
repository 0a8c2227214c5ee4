#include "support/suite.h"
#include "viz/small_run.h"
#include "viz/ui/input.h"

/* A input at the small run, at 1280 by 800, the run over at 100 ms unless a test says otherwise. */
struct shared_ring {
    struct model *model;
    struct type type;
    struct shapes shapes;
    struct input input;
};

static const struct run_state run_over = {MS(100), true};
static const struct run_state run_goes_on = {MS(100), false};

static void shared_ring_frame(struct shared_ring *shared_ring, struct run_state run)
{
    input_frame(&shared_ring->input, run, 0);
    draw(shared_ring->model, &shared_ring->input.look, &shared_ring->type, &shared_ring->shapes);
}

static void shared_ring_init(struct shared_ring *shared_ring)
{
    *shared_ring = (struct shared_ring){.model = small_run()};
    CU_ASSERT_PTR_NOT_NULL_FATAL(shared_ring->model);
    type_plain(&shared_ring->type, 100);
    shapes_init(&shared_ring->shapes);
    input_init(&shared_ring->input, shared_ring->model, 1, "test");
    shared_ring->input.type = &shared_ring->type;
    shared_ring->input.shapes = &shared_ring->shapes;
    shared_ring->input.look.width = 1280;
    shared_ring->input.look.height = 800;
    shared_ring->input.look.scale = 100;
    shared_ring->input.look.playing = false;
    input_key(&shared_ring->input, KEY_FIT);
    shared_ring->input.look.playhead_ns = MS(100);
    shared_ring_frame(shared_ring, run_over);
}

static void shared_ring_close(struct shared_ring *shared_ring)
{
    input_close(&shared_ring->input);
    shapes_close(&shared_ring->shapes);
    model_delete(shared_ring->model);
}

static void a_paused_run_is_not_asked_to_go_on(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    CU_ASSERT_EQUAL(input_frame(&shared_ring.input, run_goes_on, MS(16)), MS(100));
    input_key(&shared_ring.input, KEY_SPACE);
    CU_ASSERT_EQUAL(input_frame(&shared_ring.input, run_goes_on, MS(16)), MS(116));
    input_key(&shared_ring.input, KEY_SPACE);
    CU_ASSERT_EQUAL(input_frame(&shared_ring.input, run_goes_on, MS(16)), MS(100));
    shared_ring_close(&shared_ring);
}

static void speed_is_of_1_100_to_1000_and_as_fast_as_it_goes(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    struct look *look = &shared_ring.input.look;
    shared_ring_frame(&shared_ring, run_goes_on);
    input_key(&shared_ring.input, KEY_SPACE);
    for (int i = 0; i < 40; i++)
        input_key(&shared_ring.input, KEY_SLOWER);
    CU_ASSERT_EQUAL(look->speed, SPEED_MIN);
    CU_ASSERT_EQUAL(input_frame(&shared_ring.input, run_goes_on, MS(10)), MS(100) + MS(1) / 10);
    look->playhead_ns = MS(100);
    for (int i = 0; i < 30; i++)
        input_key(&shared_ring.input, KEY_FASTER);
    CU_ASSERT_EQUAL(look->speed, SPEED_MAX);
    CU_ASSERT_FALSE(look->unbridled);
    CU_ASSERT_EQUAL(input_frame(&shared_ring.input, run_goes_on, MS(10)), MS(100) + 10 * NS_PER_S);
    input_key(&shared_ring.input, KEY_FASTER);
    CU_ASSERT_TRUE(look->unbridled);
    CU_ASSERT_EQUAL(input_frame(&shared_ring.input, run_goes_on, MS(10)), TIME_NEVER);
    input_key(&shared_ring.input, KEY_SLOWER);
    CU_ASSERT_FALSE(look->unbridled);
    shared_ring_close(&shared_ring);
}

static void playing_stops_at_the_end_and_starts_again_from_the_start(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    shared_ring.input.look.playhead_ns = MS(95);
    input_key(&shared_ring.input, KEY_SPACE);
    input_frame(&shared_ring.input, run_over, MS(20));
    CU_ASSERT_EQUAL(shared_ring.input.look.playhead_ns, MS(100));
    input_frame(&shared_ring.input, run_over, MS(20));
    CU_ASSERT_FALSE(shared_ring.input.look.playing);
    input_key(&shared_ring.input, KEY_SPACE);
    CU_ASSERT_EQUAL(shared_ring.input.look.playhead_ns, 0);
    CU_ASSERT_TRUE(shared_ring.input.look.playing);
    shared_ring_close(&shared_ring);
}

static void arrows_step_from_event_to_event(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    input_key(&shared_ring.input, KEY_LEFT);
    CU_ASSERT_EQUAL(shared_ring.input.look.playhead_ns, MS(99));
    input_key(&shared_ring.input, KEY_LEFT);
    CU_ASSERT_EQUAL(shared_ring.input.look.playhead_ns, MS(95));
    input_key(&shared_ring.input, KEY_RIGHT);
    CU_ASSERT_EQUAL(shared_ring.input.look.playhead_ns, MS(99));
    input_key(&shared_ring.input, KEY_HOME);
    CU_ASSERT_EQUAL(shared_ring.input.look.playhead_ns, 0);
    shared_ring_close(&shared_ring);
}

static void a_step_past_the_newest_asks_the_run_to_go_on_to_the_next_event(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    input_frame(&shared_ring.input, run_goes_on, MS(16));
    input_key(&shared_ring.input, KEY_RIGHT);
    CU_ASSERT_TRUE(input_frame(&shared_ring.input, run_goes_on, MS(16)) > MS(100));
    small_worker(model_reader(shared_ring.model), RECORD_START, MS(110), N1, 9);
    struct run_state later = {MS(120), false};
    CU_ASSERT_EQUAL(input_frame(&shared_ring.input, later, MS(16)), MS(120));
    CU_ASSERT_EQUAL(shared_ring.input.look.playhead_ns, MS(110));
    shared_ring_close(&shared_ring);
}

static void the_wheel_zooms_at_the_pointer(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    struct look *look = &shared_ring.input.look;
    input_move(&shared_ring.input, 600, 300);
    struct frame before = input_place(&shared_ring.input);
    int64_t t = frame_t(&before, 600);
    int64_t span = look->t1_ns - look->t0_ns;
    input_wheel(&shared_ring.input, 3, 0, false);
    struct frame after = input_place(&shared_ring.input);
    CU_ASSERT_TRUE(look->t1_ns - look->t0_ns < span * 6 / 10);
    CU_ASSERT_TRUE(frame_x(&after, t) >= 599 && frame_x(&after, t) <= 601);
    for (int i = 0; i < 200; i++)
        input_wheel(&shared_ring.input, 1, 0, false);
    CU_ASSERT_EQUAL(look->t1_ns - look->t0_ns, NAVIGATION_SPAN_LEAST);
    for (int i = 0; i < 200; i++)
        input_wheel(&shared_ring.input, -1, 0, false);
    CU_ASSERT_EQUAL(look->t1_ns - look->t0_ns, 40 * NS_PER_S);
    shared_ring_close(&shared_ring);
}

static void dragging_pans_and_the_axis_scrubs(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    struct look *look = &shared_ring.input.look;
    struct frame frame = input_place(&shared_ring.input);
    int64_t t = frame_t(&frame, 500);
    input_press(&shared_ring.input, BUTTON_LEFT, 500, 700);
    input_move(&shared_ring.input, 600, 700);
    input_release(&shared_ring.input, BUTTON_LEFT, 600, 700);
    frame = input_place(&shared_ring.input);
    CU_ASSERT_TRUE(frame_x(&frame, t) >= 599 && frame_x(&frame, t) <= 601);
    CU_ASSERT_EQUAL(look->follow, FOLLOW_NOTHING);
    input_press(&shared_ring.input, BUTTON_LEFT, 700, frame.axis.y1 - 4);
    input_move(&shared_ring.input, 710, frame.axis.y1 - 4);
    CU_ASSERT_EQUAL(look->playhead_ns, frame_t(&frame, 710));
    input_release(&shared_ring.input, BUTTON_LEFT, 710, frame.axis.y1 - 4);
    shared_ring_close(&shared_ring);
}

static void a_click_chooses_and_escape_clears(void)
{
    struct shared_ring shared_ring;
    struct box box;
    shared_ring_init(&shared_ring);
    struct frame frame = input_place(&shared_ring.input);
    CU_ASSERT_TRUE(draw_worker_box(&frame, 1, &box));
    int32_t x = box.x0 + (box.x1 - box.x0) / 3;
    int32_t y = (box.y0 + box.y1) / 2;
    input_press(&shared_ring.input, BUTTON_LEFT, x, y);
    input_release(&shared_ring.input, BUTTON_LEFT, x, y);
    CU_ASSERT_TRUE(thing_equal(shared_ring.input.look.chosen, (struct thing){THING_WORKER, 1}));
    CU_ASSERT_TRUE(story_has(&shared_ring.input.look.story, (struct thing){THING_WORKER, 0}));
    input_key(&shared_ring.input, KEY_ESCAPE);
    CU_ASSERT_EQUAL(shared_ring.input.look.chosen.kind, THING_NONE);
    CU_ASSERT_EQUAL(shared_ring.input.look.story.count, 0);
    shared_ring_close(&shared_ring);
}

/* Chooses the line of the open menu that is this statement. */
static bool choose_line(struct shared_ring *shared_ring, const char *statement)
{
    struct menu *menu = &shared_ring->input.look.menu;
    for (uint32_t i = 0; i < menu->count; i++)
        if (strcmp(menu->statements[i], statement) == 0) {
            menu->chosen = i;
            input_menu_do(&shared_ring->input);
            return true;
        }
    return false;
}

static void a_right_click_on_a_lane_acts_on_its_node(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    shared_ring_frame(&shared_ring, run_goes_on);
    struct frame frame = input_place(&shared_ring.input);
    int32_t y = frame_lane_y(&frame, N2) + 8;
    input_press(&shared_ring.input, BUTTON_RIGHT, 30, y);
    CU_ASSERT_TRUE(shared_ring.input.look.menu.open);
    CU_ASSERT_TRUE(choose_line(&shared_ring, "crash n2"));
    CU_ASSERT_STRING_EQUAL(shared_ring.input.statement, "crash n2");
    CU_ASSERT_FALSE(shared_ring.input.look.menu.open);
    input_press(&shared_ring.input, BUTTON_RIGHT, 30, y);
    CU_ASSERT_TRUE(choose_line(&shared_ring, "request ? from n2"));
    input_text(&shared_ring.input, "4");
    input_text(&shared_ring.input, "2x");
    input_key(&shared_ring.input, KEY_BACKSPACE);
    input_key(&shared_ring.input, KEY_ENTER);
    CU_ASSERT_STRING_EQUAL(shared_ring.input.statement, "request 42 from n2");
    shared_ring_close(&shared_ring);
}

static void a_right_click_on_a_message_acts_on_its_link(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    shared_ring_frame(&shared_ring, run_goes_on);
    struct frame frame = input_place(&shared_ring.input);
    int32_t x = (frame_x(&frame, MS(10)) + frame_x(&frame, MS(13))) / 2;
    int32_t y = (frame_lane_y(&frame, N1) + frame_lane_y(&frame, N2)) / 2 + frame.plan.lifeline;
    input_press(&shared_ring.input, BUTTON_RIGHT, x, y);
    CU_ASSERT_TRUE(choose_line(&shared_ring, "cut n1 <-> n2"));
    CU_ASSERT_STRING_EQUAL(shared_ring.input.statement, "cut n1 <-> n2");
    shared_ring_close(&shared_ring);
}

static void a_run_that_is_over_offers_no_actions(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    input_press(&shared_ring.input, BUTTON_RIGHT, 30, 150);
    CU_ASSERT_FALSE(choose_line(&shared_ring, "crash n1"));
    CU_ASSERT_TRUE(choose_line(&shared_ring, "show n1"));
    CU_ASSERT_EQUAL(shared_ring.input.look.nodes_count, 1);
    shared_ring_close(&shared_ring);
}

static void the_filter_takes_nodes_or_an_id(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    struct look *look = &shared_ring.input.look;
    input_key(&shared_ring.input, KEY_SLASH);
    input_text(&shared_ring.input, "n3,n1,n3");
    input_key(&shared_ring.input, KEY_ENTER);
    CU_ASSERT_EQUAL_FATAL(look->nodes_count, 2);
    CU_ASSERT_EQUAL(look->nodes[0], N1);
    CU_ASSERT_EQUAL(look->nodes[1], N3);
    shared_ring_frame(&shared_ring, run_over);
    input_filter(&shared_ring.input, "7");
    CU_ASSERT_PTR_NULL(look->nodes);
    CU_ASSERT_TRUE(story_has(&look->filtered, (struct thing){THING_WORKER, 0}));
    input_filter(&shared_ring.input, "n9");
    CU_ASSERT_PTR_NULL(look->nodes);
    CU_ASSERT_EQUAL(look->filtered.count, 0);
    input_key(&shared_ring.input, KEY_ESCAPE);
    CU_ASSERT_EQUAL(look->filter[0], '\0');
    shared_ring_close(&shared_ring);
}

static void following_keeps_the_newest_in_view(void)
{
    struct shared_ring shared_ring;
    shared_ring_init(&shared_ring);
    struct look *look = &shared_ring.input.look;
    input_key(&shared_ring.input, KEY_END);
    CU_ASSERT_EQUAL(look->follow, FOLLOW_RUN);
    input_key(&shared_ring.input, KEY_SPACE);
    for (int64_t t = MS(100); t < 30 * NS_PER_S; t += MS(500)) {
        input_frame(&shared_ring.input, (struct run_state){t, false}, MS(16));
        CU_ASSERT_TRUE(look->playhead_ns >= look->t0_ns && look->playhead_ns < look->t1_ns);
        look->playhead_ns = t;
    }
    shared_ring_close(&shared_ring);
}

SUITE(viz_hand, TEST(a_paused_run_is_not_asked_to_go_on),
      TEST(speed_is_of_1_100_to_1000_and_as_fast_as_it_goes),
      TEST(playing_stops_at_the_end_and_starts_again_from_the_start),
      TEST(arrows_step_from_event_to_event),
      TEST(a_step_past_the_newest_asks_the_run_to_go_on_to_the_next_event),
      TEST(the_wheel_zooms_at_the_pointer), TEST(dragging_pans_and_the_axis_scrubs),
      TEST(a_click_chooses_and_escape_clears), TEST(a_right_click_on_a_lane_acts_on_its_node),
      TEST(a_right_click_on_a_message_acts_on_its_link), TEST(a_run_that_is_over_offers_no_actions),
      TEST(the_filter_takes_nodes_or_an_id), TEST(following_keeps_the_newest_in_view));
