#include "support/suite.h"
#include "viz/hand.h"
#include "viz/small_run.h"

/* A hand at the small run, at 1280 by 800, the run over at 100 ms unless a test says otherwise. */
struct desk {
    struct model *model;
    struct type type;
    struct shapes shapes;
    struct hand hand;
};

static const struct run_state run_over = {MS(100), true};
static const struct run_state run_goes_on = {MS(100), false};

static void desk_frame(struct desk *desk, struct run_state run)
{
    hand_frame(&desk->hand, run, 0);
    draw(desk->model, &desk->hand.look, &desk->type, &desk->shapes);
}

static void desk_init(struct desk *desk)
{
    *desk = (struct desk){.model = small_run()};
    CU_ASSERT_PTR_NOT_NULL_FATAL(desk->model);
    type_plain(&desk->type, 100);
    shapes_init(&desk->shapes);
    hand_init(&desk->hand, desk->model, 1, "test");
    desk->hand.type = &desk->type;
    desk->hand.shapes = &desk->shapes;
    desk->hand.look.width = 1280;
    desk->hand.look.height = 800;
    desk->hand.look.scale = 100;
    desk->hand.look.playing = false;
    hand_key(&desk->hand, KEY_FIT);
    desk->hand.look.playhead_ns = MS(100);
    desk_frame(desk, run_over);
}

static void desk_close(struct desk *desk)
{
    hand_close(&desk->hand);
    shapes_close(&desk->shapes);
    model_delete(desk->model);
}

static void a_paused_run_is_not_asked_to_go_on(void)
{
    struct desk desk;
    desk_init(&desk);
    CU_ASSERT_EQUAL(hand_frame(&desk.hand, run_goes_on, MS(16)), MS(100));
    hand_key(&desk.hand, KEY_SPACE);
    CU_ASSERT_EQUAL(hand_frame(&desk.hand, run_goes_on, MS(16)), MS(116));
    hand_key(&desk.hand, KEY_SPACE);
    CU_ASSERT_EQUAL(hand_frame(&desk.hand, run_goes_on, MS(16)), MS(100));
    desk_close(&desk);
}

static void speed_is_of_1_100_to_1000_and_as_fast_as_it_goes(void)
{
    struct desk desk;
    desk_init(&desk);
    struct look *look = &desk.hand.look;
    desk_frame(&desk, run_goes_on);
    hand_key(&desk.hand, KEY_SPACE);
    for (int i = 0; i < 40; i++)
        hand_key(&desk.hand, KEY_SLOWER);
    CU_ASSERT_EQUAL(look->speed, SPEED_MIN);
    CU_ASSERT_EQUAL(hand_frame(&desk.hand, run_goes_on, MS(10)), MS(100) + MS(1) / 10);
    look->playhead_ns = MS(100);
    for (int i = 0; i < 30; i++)
        hand_key(&desk.hand, KEY_FASTER);
    CU_ASSERT_EQUAL(look->speed, SPEED_MAX);
    CU_ASSERT_FALSE(look->unbridled);
    CU_ASSERT_EQUAL(hand_frame(&desk.hand, run_goes_on, MS(10)), MS(100) + 10 * NS_PER_S);
    hand_key(&desk.hand, KEY_FASTER);
    CU_ASSERT_TRUE(look->unbridled);
    CU_ASSERT_EQUAL(hand_frame(&desk.hand, run_goes_on, MS(10)), TIME_NEVER);
    hand_key(&desk.hand, KEY_SLOWER);
    CU_ASSERT_FALSE(look->unbridled);
    desk_close(&desk);
}

static void playing_stops_at_the_end_and_starts_again_from_the_start(void)
{
    struct desk desk;
    desk_init(&desk);
    desk.hand.look.playhead_ns = MS(95);
    hand_key(&desk.hand, KEY_SPACE);
    hand_frame(&desk.hand, run_over, MS(20));
    CU_ASSERT_EQUAL(desk.hand.look.playhead_ns, MS(100));
    hand_frame(&desk.hand, run_over, MS(20));
    CU_ASSERT_FALSE(desk.hand.look.playing);
    hand_key(&desk.hand, KEY_SPACE);
    CU_ASSERT_EQUAL(desk.hand.look.playhead_ns, 0);
    CU_ASSERT_TRUE(desk.hand.look.playing);
    desk_close(&desk);
}

static void arrows_step_from_event_to_event(void)
{
    struct desk desk;
    desk_init(&desk);
    hand_key(&desk.hand, KEY_LEFT);
    CU_ASSERT_EQUAL(desk.hand.look.playhead_ns, MS(99));
    hand_key(&desk.hand, KEY_LEFT);
    CU_ASSERT_EQUAL(desk.hand.look.playhead_ns, MS(95));
    hand_key(&desk.hand, KEY_RIGHT);
    CU_ASSERT_EQUAL(desk.hand.look.playhead_ns, MS(99));
    hand_key(&desk.hand, KEY_HOME);
    CU_ASSERT_EQUAL(desk.hand.look.playhead_ns, 0);
    desk_close(&desk);
}

static void a_step_past_the_newest_asks_the_run_to_go_on_to_the_next_event(void)
{
    struct desk desk;
    desk_init(&desk);
    hand_frame(&desk.hand, run_goes_on, MS(16));
    hand_key(&desk.hand, KEY_RIGHT);
    CU_ASSERT_TRUE(hand_frame(&desk.hand, run_goes_on, MS(16)) > MS(100));
    small_worker(model_reader(desk.model), RECORD_START, MS(110), N1, 9);
    struct run_state later = {MS(120), false};
    CU_ASSERT_EQUAL(hand_frame(&desk.hand, later, MS(16)), MS(120));
    CU_ASSERT_EQUAL(desk.hand.look.playhead_ns, MS(110));
    desk_close(&desk);
}

static void the_wheel_zooms_at_the_pointer(void)
{
    struct desk desk;
    desk_init(&desk);
    struct look *look = &desk.hand.look;
    hand_move(&desk.hand, 600, 300);
    struct frame before = hand_place(&desk.hand);
    int64_t t = frame_t(&before, 600);
    int64_t span = look->t1_ns - look->t0_ns;
    hand_wheel(&desk.hand, 3, 0, false);
    struct frame after = hand_place(&desk.hand);
    CU_ASSERT_TRUE(look->t1_ns - look->t0_ns < span * 6 / 10);
    CU_ASSERT_TRUE(frame_x(&after, t) >= 599 && frame_x(&after, t) <= 601);
    for (int i = 0; i < 200; i++)
        hand_wheel(&desk.hand, 1, 0, false);
    CU_ASSERT_EQUAL(look->t1_ns - look->t0_ns, STEER_SPAN_LEAST);
    for (int i = 0; i < 200; i++)
        hand_wheel(&desk.hand, -1, 0, false);
    CU_ASSERT_EQUAL(look->t1_ns - look->t0_ns, 40 * NS_PER_S);
    desk_close(&desk);
}

static void dragging_pans_and_the_axis_scrubs(void)
{
    struct desk desk;
    desk_init(&desk);
    struct look *look = &desk.hand.look;
    struct frame frame = hand_place(&desk.hand);
    int64_t t = frame_t(&frame, 500);
    hand_press(&desk.hand, BUTTON_LEFT, 500, 700);
    hand_move(&desk.hand, 600, 700);
    hand_release(&desk.hand, BUTTON_LEFT, 600, 700);
    frame = hand_place(&desk.hand);
    CU_ASSERT_TRUE(frame_x(&frame, t) >= 599 && frame_x(&frame, t) <= 601);
    CU_ASSERT_EQUAL(look->follow, FOLLOW_NOTHING);
    hand_press(&desk.hand, BUTTON_LEFT, 700, frame.axis.y1 - 4);
    hand_move(&desk.hand, 710, frame.axis.y1 - 4);
    CU_ASSERT_EQUAL(look->playhead_ns, frame_t(&frame, 710));
    hand_release(&desk.hand, BUTTON_LEFT, 710, frame.axis.y1 - 4);
    desk_close(&desk);
}

static void a_click_chooses_and_escape_clears(void)
{
    struct desk desk;
    struct box box;
    desk_init(&desk);
    struct frame frame = hand_place(&desk.hand);
    CU_ASSERT_TRUE(draw_worker_box(&frame, 1, &box));
    int32_t x = box.x0 + (box.x1 - box.x0) / 3;
    int32_t y = (box.y0 + box.y1) / 2;
    hand_press(&desk.hand, BUTTON_LEFT, x, y);
    hand_release(&desk.hand, BUTTON_LEFT, x, y);
    CU_ASSERT_TRUE(thing_equal(desk.hand.look.chosen, (struct thing){THING_WORKER, 1}));
    CU_ASSERT_TRUE(story_has(&desk.hand.look.story, (struct thing){THING_WORKER, 0}));
    hand_key(&desk.hand, KEY_ESCAPE);
    CU_ASSERT_EQUAL(desk.hand.look.chosen.kind, THING_NONE);
    CU_ASSERT_EQUAL(desk.hand.look.story.count, 0);
    desk_close(&desk);
}

/* Chooses the line of the open menu that is this statement. */
static bool choose_line(struct desk *desk, const char *statement)
{
    struct menu *menu = &desk->hand.look.menu;
    for (uint32_t i = 0; i < menu->count; i++)
        if (strcmp(menu->statements[i], statement) == 0) {
            menu->chosen = i;
            hand_menu_do(&desk->hand);
            return true;
        }
    return false;
}

static void a_right_click_on_a_lane_acts_on_its_node(void)
{
    struct desk desk;
    desk_init(&desk);
    desk_frame(&desk, run_goes_on);
    struct frame frame = hand_place(&desk.hand);
    int32_t y = frame_lane_y(&frame, N2) + 8;
    hand_press(&desk.hand, BUTTON_RIGHT, 30, y);
    CU_ASSERT_TRUE(desk.hand.look.menu.open);
    CU_ASSERT_TRUE(choose_line(&desk, "crash n2"));
    CU_ASSERT_STRING_EQUAL(desk.hand.statement, "crash n2");
    CU_ASSERT_FALSE(desk.hand.look.menu.open);
    hand_press(&desk.hand, BUTTON_RIGHT, 30, y);
    CU_ASSERT_TRUE(choose_line(&desk, "request ? from n2"));
    hand_text(&desk.hand, "4");
    hand_text(&desk.hand, "2x");
    hand_key(&desk.hand, KEY_BACKSPACE);
    hand_key(&desk.hand, KEY_ENTER);
    CU_ASSERT_STRING_EQUAL(desk.hand.statement, "request 42 from n2");
    desk_close(&desk);
}

static void a_right_click_on_a_message_acts_on_its_link(void)
{
    struct desk desk;
    desk_init(&desk);
    desk_frame(&desk, run_goes_on);
    struct frame frame = hand_place(&desk.hand);
    int32_t x = (frame_x(&frame, MS(10)) + frame_x(&frame, MS(13))) / 2;
    int32_t y = (frame_lane_y(&frame, N1) + frame_lane_y(&frame, N2)) / 2 + frame.plan.lifeline;
    hand_press(&desk.hand, BUTTON_RIGHT, x, y);
    CU_ASSERT_TRUE(choose_line(&desk, "cut n1 <-> n2"));
    CU_ASSERT_STRING_EQUAL(desk.hand.statement, "cut n1 <-> n2");
    desk_close(&desk);
}

static void a_run_that_is_over_offers_no_actions(void)
{
    struct desk desk;
    desk_init(&desk);
    hand_press(&desk.hand, BUTTON_RIGHT, 30, 150);
    CU_ASSERT_FALSE(choose_line(&desk, "crash n1"));
    CU_ASSERT_TRUE(choose_line(&desk, "show n1"));
    CU_ASSERT_EQUAL(desk.hand.look.nodes_count, 1);
    desk_close(&desk);
}

static void the_filter_takes_nodes_or_an_id(void)
{
    struct desk desk;
    desk_init(&desk);
    struct look *look = &desk.hand.look;
    hand_key(&desk.hand, KEY_SLASH);
    hand_text(&desk.hand, "n3,n1,n3");
    hand_key(&desk.hand, KEY_ENTER);
    CU_ASSERT_EQUAL_FATAL(look->nodes_count, 2);
    CU_ASSERT_EQUAL(look->nodes[0], N1);
    CU_ASSERT_EQUAL(look->nodes[1], N3);
    desk_frame(&desk, run_over);
    hand_filter(&desk.hand, "7");
    CU_ASSERT_PTR_NULL(look->nodes);
    CU_ASSERT_TRUE(story_has(&look->filtered, (struct thing){THING_WORKER, 0}));
    hand_filter(&desk.hand, "n9");
    CU_ASSERT_PTR_NULL(look->nodes);
    CU_ASSERT_EQUAL(look->filtered.count, 0);
    hand_key(&desk.hand, KEY_ESCAPE);
    CU_ASSERT_EQUAL(look->filter[0], '\0');
    desk_close(&desk);
}

static void following_keeps_the_newest_in_view(void)
{
    struct desk desk;
    desk_init(&desk);
    struct look *look = &desk.hand.look;
    hand_key(&desk.hand, KEY_END);
    CU_ASSERT_EQUAL(look->follow, FOLLOW_RUN);
    hand_key(&desk.hand, KEY_SPACE);
    for (int64_t t = MS(100); t < 30 * NS_PER_S; t += MS(500)) {
        hand_frame(&desk.hand, (struct run_state){t, false}, MS(16));
        CU_ASSERT_TRUE(look->playhead_ns >= look->t0_ns && look->playhead_ns < look->t1_ns);
        look->playhead_ns = t;
    }
    desk_close(&desk);
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
