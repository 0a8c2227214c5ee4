#include "support/suite.h"
#include "trace/rules.h"
#include "viz/draw/draw.h"
#include "viz/small_run.h"

#include <stdio.h>

struct sheet {
    struct model *model;
    struct viewport viewport;
    struct font_metrics metrics;
    struct shapes shapes;
};

/* The small run, all of it in view, 1 ms in 8 pixels or so. */
static void sheet_init(struct sheet *sheet)
{
    *sheet = (struct sheet){.model = small_run()};
    CU_ASSERT_PTR_NOT_NULL_FATAL(sheet->model);
    shapes_init(&sheet->shapes);
    font_metrics_plain(&sheet->metrics, 100);
    sheet->viewport = (struct viewport){
        .width = 1280,
        .height = 800,
        .scale = 100,
        .t0_ns = 0,
        .t1_ns = MS(105),
        .playhead_ns = MS(100),
        .panel = PANEL_ON,
        .live = true,
        .speed = SPEED_ONE,
    };
}

static void sheet_draw(struct sheet *sheet)
{
    draw(sheet->model, &sheet->viewport, &sheet->metrics, &sheet->shapes);
    CU_ASSERT_FALSE(sheet->shapes.failed);
}

static void sheet_close(struct sheet *sheet)
{
    shapes_close(&sheet->shapes);
    thing_set_close(&sheet->viewport.related);
    thing_set_close(&sheet->viewport.filtered);
    model_delete(sheet->model);
}

/* The first shape of this kind that stands for the thing, NULL if there is none. */
static const struct shape *find(const struct sheet *sheet, enum shape_kind kind,
                                enum thing_kind thing, uint32_t index)
{
    for (size_t i = 0; i < sheet->shapes.count; i++) {
        const struct shape *shape = &sheet->shapes.items[i];
        if (shape->kind == kind && thing_equal(shape->thing, (struct thing){thing, index}))
            return shape;
    }
    return NULL;
}

static const struct shape *find_text(const struct sheet *sheet, const char *text)
{
    for (size_t i = 0; i < sheet->shapes.count; i++)
        if (sheet->shapes.items[i].kind == SHAPE_TEXT &&
            strstr(shapes_text(&sheet->shapes, &sheet->shapes.items[i]), text))
            return &sheet->shapes.items[i];
    return NULL;
}

static size_t count_of(const struct sheet *sheet, enum shape_kind kind, enum role role)
{
    size_t count = 0;
    for (size_t i = 0; i < sheet->shapes.count; i++)
        count += sheet->shapes.items[i].kind == kind && sheet->shapes.items[i].role == role;
    return count;
}

static void a_worker_is_a_bar_from_its_start_to_its_end_in_its_lane(void)
{
    struct sheet sheet;
    struct layout layout;
    sheet_init(&sheet);
    sheet_draw(&sheet);
    layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
    const struct shape *bar = find(&sheet, SHAPE_RECT, THING_WORKER, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bar);
    CU_ASSERT_EQUAL(bar->x0, layout_x(&layout, MS(13)));
    CU_ASSERT_EQUAL(bar->x1, layout_x(&layout, MS(70)));
    CU_ASSERT_TRUE(bar->y0 >= layout_lane_y(&layout, N2) && bar->y1 <= layout_lane_y(&layout, N3));
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "7 = 282"));
    sheet_close(&sheet);
}

static void a_message_is_a_line_from_its_sender_to_its_receiver(void)
{
    struct sheet sheet;
    struct layout layout;
    sheet_init(&sheet);
    sheet_draw(&sheet);
    layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
    const struct shape *line = find(&sheet, SHAPE_LINE, THING_MESSAGE, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    CU_ASSERT_EQUAL(line->x0, layout_x(&layout, MS(10)));
    CU_ASSERT_EQUAL(line->x1, layout_x(&layout, MS(13)));
    CU_ASSERT_EQUAL(line->y0, layout_lane_y(&layout, N1) + layout.lane.lifeline);
    CU_ASSERT_EQUAL(line->y1, layout_lane_y(&layout, N2) + layout.lane.lifeline);
    CU_ASSERT_PTR_NOT_NULL(find(&sheet, SHAPE_LINE, THING_HEARTBEAT, 0));
    sheet_close(&sheet);
}

static void a_lost_message_ends_on_its_way_in_a_cross_with_the_reason(void)
{
    struct sheet sheet;
    struct layout layout;
    sheet_init(&sheet);
    sheet_draw(&sheet);
    layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
    const struct shape *line = find(&sheet, SHAPE_LINE, THING_MESSAGE, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    CU_ASSERT_TRUE(line->y1 < line->y0);
    CU_ASSERT_TRUE(line->y1 > layout_lane_y(&layout, N2) + layout.lane.lifeline);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "loss"));
    sheet_close(&sheet);
}

static void two_live_workers_of_one_id_are_joined(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    sheet_draw(&sheet);
    const struct shape *join = find(&sheet, SHAPE_LINE, THING_MARK, 0);
    const struct shape *first = find(&sheet, SHAPE_RECT, THING_WORKER, 0);
    const struct shape *second = find(&sheet, SHAPE_RECT, THING_WORKER, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(join);
    CU_ASSERT_EQUAL(join->y0, (second->y0 + second->y1) / 2);
    CU_ASSERT_EQUAL(join->y1, (first->y0 + first->y1) / 2);
    CU_ASSERT_EQUAL(join->role, ROLE_DUPLICATE);
    /* Without the lane of one of them there is nothing to join. */
    static node_id others[] = {N1, N3};
    sheet.viewport.nodes = others;
    sheet.viewport.nodes_count = 2;
    sheet_draw(&sheet);
    CU_ASSERT_PTR_NULL(find(&sheet, SHAPE_LINE, THING_MARK, 0));
    sheet_close(&sheet);
}

static void a_move_is_a_line_from_the_old_bar_to_the_new_one(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    model_delete(sheet.model);
    sheet.model = model_new(3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sheet.model);
    small_first_request(model_reader(sheet.model));
    sheet_draw(&sheet);
    CU_ASSERT_PTR_NULL(find_text(&sheet, "moved to another node")); /* the legend: it has none */
    small_move(model_reader(sheet.model), MS(50), MS(60));
    sheet.viewport.chosen = (struct thing){THING_WORKER, 0};
    sheet_draw(&sheet);
    const struct shape *old = find(&sheet, SHAPE_RECT, THING_WORKER, 0);
    const struct shape *new = find(&sheet, SHAPE_RECT, THING_WORKER, 1);
    const struct shape *line = find(&sheet, SHAPE_LINE, THING_WORKER, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    CU_ASSERT_EQUAL(line->role, ROLE_MOVED);
    CU_ASSERT_EQUAL(line->x0, old->x1);
    CU_ASSERT_EQUAL(line->y0, (old->y0 + old->y1) / 2);
    CU_ASSERT_EQUAL(line->x1, new->x0);
    CU_ASSERT_EQUAL(line->y1, (new->y0 + new->y1) / 2);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "moved to another node"));
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "moved to"));
    sheet.viewport.chosen = (struct thing){THING_WORKER, 1};
    sheet_draw(&sheet);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "came from"));
    sheet_close(&sheet);
}

static void faults_are_bands_over_the_lanes_that_they_strike(void)
{
    struct sheet sheet;
    struct layout layout;
    sheet_init(&sheet);
    sheet_draw(&sheet);
    layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
    const struct shape *down = find(&sheet, SHAPE_RECT, THING_BAND, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(down);
    CU_ASSERT_EQUAL(down->y0, layout_lane_y(&layout, N2));
    CU_ASSERT_EQUAL(down->x0, layout_x(&layout, MS(70)));
    CU_ASSERT_EQUAL(down->x1, layout_x(&layout, MS(90)));
    const struct shape *cut = find(&sheet, SHAPE_RECT, THING_BAND, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
    CU_ASSERT_EQUAL(cut->y0, layout_lane_y(&layout, N3));
    CU_ASSERT_EQUAL(cut->role, ROLE_CUT);
    sheet_close(&sheet);
}

static void a_fault_is_seen_among_any_number_of_duplicates(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    for (int i = 0; i < 500; i++)
        small_duplicate(model_reader(sheet.model), MS(150) + i);
    sheet.viewport.t1_ns = MS(205);
    small_fault(model_reader(sheet.model), MS(150) + 500, "crash n1", FAULT_CRASH, true, "");
    for (int i = 0; i < 500; i++)
        small_duplicate(model_reader(sheet.model), MS(150) + 501 + i);
    sheet_draw(&sheet);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "crash n1"));
    sheet_close(&sheet);
}

static const struct shape *find_role(const struct sheet *sheet, enum role role, const char *text)
{
    for (size_t i = 0; i < sheet->shapes.count; i++)
        if (sheet->shapes.items[i].role == role &&
            strstr(shapes_text(&sheet->shapes, &sheet->shapes.items[i]), text))
            return &sheet->shapes.items[i];
    return NULL;
}

static void leases_are_a_strip_at_the_foot_of_the_lane_that_tells_where_they_ran_out(void)
{
    struct sheet sheet;
    struct layout layout;
    sheet_init(&sheet);
    sheet.model->slots = 4;
    small_lease(model_reader(sheet.model), MS(110), N1, LEASE_WON, MS(150));
    small_lease(model_reader(sheet.model), MS(110), N1, LEASE_WON, MS(190));
    small_lease(model_reader(sheet.model), MS(150), N1, LEASE_LOST, MS(150));
    model_reach(sheet.model, MS(200));
    sheet.viewport.t1_ns = MS(205);
    sheet.viewport.playhead_ns = MS(120);
    sheet_draw(&sheet);
    layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
    const struct shape *held = find_role(&sheet, ROLE_LEASE, "leases of 2 of 4 slots");
    CU_ASSERT_PTR_NOT_NULL_FATAL(held);
    CU_ASSERT_EQUAL(held->x0, layout_x(&layout, MS(110)));
    CU_ASSERT_EQUAL(held->x1, layout_x(&layout, MS(150)));
    CU_ASSERT_TRUE(held->y1 <= layout_lane_y(&layout, N2));
    held = find_role(&sheet, ROLE_LEASE, "leases of 1 of 4 slots");
    CU_ASSERT_PTR_NOT_NULL_FATAL(held);
    CU_ASSERT_EQUAL(held->x1, layout_x(&layout, MS(190)));
    CU_ASSERT_PTR_NOT_NULL(find_role(&sheet, ROLE_LOST, "1 lease ran out"));
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "2 of 4 leases"));
    sheet_close(&sheet);
}

static void why_requests_failed_is_said_in_the_lane_of_their_caller(void)
{
    struct sheet sheet;
    struct layout layout;
    sheet_init(&sheet);
    struct reader *to = model_reader(sheet.model);
    for (uint64_t i = 0; i < 30; i++) {
        small_request(to, RECORD_REQUEST, MS(110), N2, NODE_NONE, 100 + i, 0);
        struct record fail = small_record(RECORD_FAIL, MS(111), N2);
        fail.request = 100 + i;
        fail.code = OUTCOME_UNAVAILABLE;
        reader_take(to, &fail);
    }
    sheet.viewport.t1_ns = MS(205);
    sheet_draw(&sheet);
    layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
    const struct shape *cause = find_text(&sheet, "30 unavailable");
    CU_ASSERT_PTR_NOT_NULL_FATAL(cause);
    CU_ASSERT_TRUE(cause->y0 > layout_lane_y(&layout, N2) &&
                   cause->y0 < layout_lane_y(&layout, N3));
    cause = find_text(&sheet, "timeout"); /* n3's, by itself */
    CU_ASSERT_PTR_NOT_NULL_FATAL(cause);
    CU_ASSERT_TRUE(cause->y0 > layout_lane_y(&layout, N3));
    sheet_close(&sheet);
}

static void a_long_text_in_the_panel_goes_on_in_further_lines(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    struct record broken = small_record(RECORD_VIOLATION, MS(65), NODE_NONE);
    broken.code = RULE_ONE_WORKER;
    broken.id = small_text("7");
    broken.value =
        small_text("a text of words that go on and on up to the very end and no farther");
    reader_take(model_reader(sheet.model), &broken);
    sheet.viewport.chosen = (struct thing){THING_MARK, (uint32_t)sheet.model->marks.count - 1};
    sheet_draw(&sheet);
    const struct shape *first = find_text(&sheet, "a text of"),
                       *last = find_text(&sheet, "farther");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NOT_NULL_FATAL(last);
    CU_ASSERT_TRUE(last->y0 > first->y0);
    CU_ASSERT_EQUAL(last->x0, first->x0);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "one-worker: id 7")); /* the list of what is broken */
    /* A text of one long word is cut at the width, an ellipsis where it is too long for all lines.
     */
    char word[150];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    broken.value = small_text(word);
    reader_take(model_reader(sheet.model), &broken);
    sheet.viewport.chosen.index++;
    sheet_draw(&sheet);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "www\xe2\x80\xa6"));
    sheet_close(&sheet);
}

static void the_chosen_and_what_belongs_to_it_stand_out(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    sheet.viewport.chosen = (struct thing){THING_REQUEST, 0};
    CU_ASSERT_EQUAL(thing_set_related(&sheet.viewport.related, sheet.model, sheet.viewport.chosen),
                    OK);
    sheet_draw(&sheet);
    const struct shape *own = find(&sheet, SHAPE_LINE, THING_MESSAGE, 0);
    const struct shape *other = find(&sheet, SHAPE_LINE, THING_MESSAGE, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(own);
    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    CU_ASSERT_EQUAL(own->alpha, 255);
    CU_ASSERT_TRUE(other->alpha < 128);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "request 7"));
    sheet_close(&sheet);
}

static void a_filter_hides_the_rest_and_says_that_it_is_on(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    snprintf(sheet.viewport.filter, sizeof sheet.viewport.filter, "8");
    CU_ASSERT_EQUAL(thing_set_matching(&sheet.viewport.filtered, sheet.model, "8", 0, MS(105)), OK);
    sheet_draw(&sheet);
    CU_ASSERT_PTR_NULL(find(&sheet, SHAPE_RECT, THING_WORKER, 0));
    CU_ASSERT_PTR_NULL(find(&sheet, SHAPE_LINE, THING_MESSAGE, 0));
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "filter: 8"));
    sheet_close(&sheet);
}

/* `count` requests by n1 for its own id, a microsecond apart, each of 10 us, with their messages.
 */
static void make_requests(struct model *model, uint64_t count)
{
    struct reader *to = model_reader(model);
    for (uint64_t i = 0; i < count; i++) {
        int64_t t = MS(1) + (int64_t)i * NS_PER_US * 12;
        small_request(to, RECORD_REQUEST, t, N1, NODE_NONE, 100 + i, 0);
        small_message(to, RECORD_SEND, t, N1, N2, MESSAGE_REQUEST, 1000 + i, 100 + i);
        small_message(to, RECORD_RECV, t + NS_PER_US, N2, N1, MESSAGE_REQUEST, 1000 + i, 100 + i);
        small_request(to, RECORD_REPLY, t + 10 * NS_PER_US, N1, N2, 100 + i, 0);
    }
}

static uint64_t gathered_messages(const struct sheet *sheet)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sheet->shapes.count; i++) {
        unsigned count;
        unsigned lost;
        const struct shape *shape = &sheet->shapes.items[i];
        if (shape->kind == SHAPE_RECT && shape->role == ROLE_REQUEST_MESSAGE &&
            sscanf(shapes_text(&sheet->shapes, shape), "%u messages sent and received here, %u",
                   &count, &lost) == 2)
            sum += count;
    }
    return sum;
}

/* And those that are there by themselves. */
static uint64_t all_requests(const struct sheet *sheet)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sheet->shapes.count; i++) {
        unsigned count;
        int end = 0;
        sscanf(shapes_text(&sheet->shapes, &sheet->shapes.items[i]), "%u requests made here%n",
               &count, &end);
        if (end)
            sum += count;
        sum += sheet->shapes.items[i].thing.kind == THING_REQUEST;
    }
    return sum;
}

static void what_is_too_dense_is_gathered_and_none_is_left_uncounted(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    model_delete(sheet.model);
    sheet.model = model_new(2);
    sheet.viewport.panel = PANEL_OFF; /* which lists the slowest */
    make_requests(sheet.model, 5000);
    sheet_draw(&sheet);
    CU_ASSERT_EQUAL(count_of(&sheet, SHAPE_LINE, ROLE_REQUEST_MESSAGE), 0);
    CU_ASSERT_EQUAL(gathered_messages(&sheet), 10000);
    CU_ASSERT_EQUAL(all_requests(&sheet), 5000);
    /* Nearer, each is there by itself. */
    sheet.viewport.t0_ns = MS(2);
    sheet.viewport.t1_ns = MS(2) + 200 * NS_PER_US;
    sheet_draw(&sheet);
    CU_ASSERT_EQUAL(gathered_messages(&sheet), 0);
    CU_ASSERT_TRUE(count_of(&sheet, SHAPE_LINE, ROLE_REQUEST_MESSAGE) >= 16);
    sheet_close(&sheet);
}

static void narrow_workers_are_gathered_with_their_number(void)
{
    struct sheet sheet;
    uint64_t counted = 0;
    sheet_init(&sheet);
    model_delete(sheet.model);
    sheet.model = model_new(1);
    for (uint64_t i = 0; i < 3000; i++) {
        int64_t t = MS(1) + (int64_t)i * 30 * NS_PER_US;
        small_worker(model_reader(sheet.model), RECORD_START, t, N1, i + 1);
        small_worker(model_reader(sheet.model), RECORD_EXPIRE, t + 20 * NS_PER_US, N1, i + 1);
    }
    sheet_draw(&sheet);
    for (size_t i = 0; i < sheet.shapes.count; i++) {
        unsigned count;
        int end = 0;
        sscanf(shapes_text(&sheet.shapes, &sheet.shapes.items[i]), "%u workers, gathered%n", &count,
               &end);
        counted += end ? count : sheet.shapes.items[i].thing.kind == THING_WORKER;
    }
    CU_ASSERT_EQUAL(counted, 3000);
    sheet_close(&sheet);
}

static void workers_without_a_row_are_counted_in_the_last_one(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    model_delete(sheet.model);
    sheet.model = model_new(1);
    for (uint64_t i = 0; i < 500; i++)
        small_worker(model_reader(sheet.model), RECORD_START, MS(1), N1, i + 1);
    model_reach(sheet.model, MS(100));
    sheet_draw(&sheet);
    size_t bars = 0;
    for (size_t i = 0; i < sheet.shapes.count; i++)
        bars += sheet.shapes.items[i].thing.kind == THING_WORKER;
    char text[32];
    snprintf(text, sizeof text, "+%zu", 500 - bars);
    CU_ASSERT_TRUE(bars > 0 && bars <= ROWS_MAX);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, text));
    sheet_close(&sheet);
}

static void lanes_shrink_then_scroll_and_never_overlap(void)
{
    for (uint32_t nodes = 1; nodes <= 100; nodes++) {
        struct sheet sheet;
        struct layout layout;
        sheet_init(&sheet);
        model_delete(sheet.model);
        sheet.model = model_new(nodes);
        layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
        CU_ASSERT_TRUE(layout.lane.height >= 26);
        CU_ASSERT_TRUE(layout.lane.workers + layout.lane.pitch <= layout.lane.height);
        bool fits = (int32_t)nodes * layout.lane.height <= layout.lanes.y1 - layout.lanes.y0;
        CU_ASSERT_EQUAL(layout_scroll_max(&layout) == 0, fits);
        CU_ASSERT_EQUAL(layout_lane_y(&layout, 1) - layout_lane_y(&layout, 0), layout.lane.height);
        sheet.viewport.scroll = INT32_MAX;
        layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
        CU_ASSERT_EQUAL(layout.last_slot, nodes);
        sheet_draw(&sheet);
        sheet_close(&sheet);
    }
}

static void a_time_and_its_pixel_belong_together_at_any_zoom(void)
{
    struct sheet sheet;
    struct layout layout;
    sheet_init(&sheet);
    for (int64_t span = NS_PER_US; span < 100000 * NS_PER_S; span *= 7) {
        sheet.viewport.t0_ns = 12345 * NS_PER_S;
        sheet.viewport.t1_ns = sheet.viewport.t0_ns + span;
        layout_init(&layout, sheet.model, &sheet.viewport, &sheet.metrics, NULL);
        for (int32_t x = layout.lanes.x0; x < layout.lanes.x1; x += 37) {
            int32_t back = layout_x(&layout, layout_t(&layout, x));
            CU_ASSERT_TRUE(back == x || back == x - 1);
        }
        sheet_draw(&sheet);
    }
    sheet_close(&sheet);
}

static void pointing_finds_the_uppermost_thing(void)
{
    struct sheet sheet;
    sheet_init(&sheet);
    sheet_draw(&sheet);
    const struct shape *bar = find(&sheet, SHAPE_RECT, THING_WORKER, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bar);
    const struct shape *found =
        shapes_at(&sheet.shapes, (bar->x0 + bar->x1) / 2 + 30, (bar->y0 + bar->y1) / 2, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    CU_ASSERT_TRUE(thing_equal(found->thing, (struct thing){THING_WORKER, 1}));
    sheet.viewport.pointer_in = true;
    sheet.viewport.pointer_x = (bar->x0 + bar->x1) / 2 + 30;
    sheet.viewport.pointer_y = (bar->y0 + bar->y1) / 2;
    sheet_draw(&sheet);
    CU_ASSERT_PTR_NOT_NULL(find_text(&sheet, "worker 7"));
    sheet_close(&sheet);
}

SUITE(viz_draw, TEST(a_worker_is_a_bar_from_its_start_to_its_end_in_its_lane),
      TEST(a_message_is_a_line_from_its_sender_to_its_receiver),
      TEST(a_lost_message_ends_on_its_way_in_a_cross_with_the_reason),
      TEST(two_live_workers_of_one_id_are_joined),
      TEST(a_move_is_a_line_from_the_old_bar_to_the_new_one),
      TEST(faults_are_bands_over_the_lanes_that_they_strike),
      TEST(a_fault_is_seen_among_any_number_of_duplicates),
      TEST(leases_are_a_strip_at_the_foot_of_the_lane_that_tells_where_they_ran_out),
      TEST(why_requests_failed_is_said_in_the_lane_of_their_caller),
      TEST(a_long_text_in_the_panel_goes_on_in_further_lines),
      TEST(the_chosen_and_what_belongs_to_it_stand_out),
      TEST(a_filter_hides_the_rest_and_says_that_it_is_on),
      TEST(what_is_too_dense_is_gathered_and_none_is_left_uncounted),
      TEST(narrow_workers_are_gathered_with_their_number),
      TEST(workers_without_a_row_are_counted_in_the_last_one),
      TEST(lanes_shrink_then_scroll_and_never_overlap),
      TEST(a_time_and_its_pixel_belong_together_at_any_zoom),
      TEST(pointing_finds_the_uppermost_thing));
