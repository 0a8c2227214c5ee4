#include "support/suite.h"
#include "viz/model/picture.h"
#include "viz/model/rows.h"
#include "viz/model/thing_set.h"
#include "viz/small_run.h"

static void a_request_is_tied_to_its_messages_and_its_worker(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const struct model_request *request = model_request(model, 0);
    CU_ASSERT_STRING_EQUAL(model_string(model, request->id), "7");
    CU_ASSERT_EQUAL(request->owner[0], N2);
    CU_ASSERT_EQUAL(request->outcome, OUTCOME_VALUE);
    CU_ASSERT_EQUAL(request->span.end_ns, MS(24));
    CU_ASSERT_EQUAL(request->latency_ns, MS(14));
    CU_ASSERT_EQUAL(model_worker(model, request->worker)->number, 2);
    uint32_t ask = request->first_message;
    CU_ASSERT_EQUAL(model_message(model, ask)->number, 1);
    CU_ASSERT_EQUAL(model_message(model, ask)->span.end_ns, MS(13));
    CU_ASSERT_EQUAL(model_message(model, model_message(model, ask)->next)->number, 2);
    model_delete(model);
}

static void a_worker_is_known_from_its_start_to_its_end(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const struct model_worker *lost = model_worker(model, 0);
    const struct model_worker *expired = model_worker(model, 1);
    CU_ASSERT_EQUAL(lost->span.start_ns, MS(13));
    CU_ASSERT_EQUAL(lost->ready_ns, MS(20));
    CU_ASSERT_EQUAL(lost->span.end_ns, MS(70));
    CU_ASSERT_EQUAL(lost->status, WORKER_LOST);
    CU_ASSERT_EQUAL(lost->served, 1);
    CU_ASSERT_STRING_EQUAL(model_string(model, lost->value), "282");
    CU_ASSERT_EQUAL(expired->status, WORKER_EXPIRED);
    CU_ASSERT_EQUAL(expired->ready_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(expired->before, 0);
    model_delete(model);
}

static void a_duplicate_names_both_workers_and_its_cause(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const struct mark *mark = model_mark(model, 0);
    CU_ASSERT_EQUAL(mark->kind, MARK_DUPLICATE);
    CU_ASSERT_EQUAL(mark->workers[0], 1);
    CU_ASSERT_EQUAL(mark->workers[1], 0);
    CU_ASSERT_STRING_EQUAL(model_string(model, mark->text), "n3 tried on its own node");
    CU_ASSERT_EQUAL(model_worker(model, 0)->mark, 0);
    CU_ASSERT_EQUAL(model_worker(model, 1)->mark, 0);
    model_delete(model);
}

static void what_failed_and_what_took_longest_is_kept_in_order(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_EQUAL_FATAL(model->failed.count, 1);
    CU_ASSERT_EQUAL(model->failed.items[0].index, 1);
    CU_ASSERT_EQUAL_FATAL(model->slow.count, 1);
    CU_ASSERT_EQUAL(model->slow.items[0].index, 0);
    CU_ASSERT_EQUAL(model->broken.total, 0); /* a duplicate alone breaks nothing */
    struct record violation = small_record(RECORD_VIOLATION, MS(101), N1);
    reader_take(model_reader(model), &violation);
    CU_ASSERT_EQUAL_FATAL(model->broken.count, 1);
    CU_ASSERT_EQUAL(model_mark(model, model->broken.items[0].index)->kind, MARK_VIOLATION);
    model_delete(model);
}

static void of_notable_things_the_greatest_stay_and_all_are_counted(void)
{
    struct notable notable = {0};
    static const int64_t weights[] = {3, 9, 1, 9, 4, 2, 8};
    for (uint32_t i = 0; i < sizeof weights / sizeof *weights; i++)
        notable_add(&notable, i, weights[i]);
    static const uint32_t wanted[NOTABLE_MAX] = {1, 3, 6, 4, 0};
    CU_ASSERT_EQUAL(notable.total, 7);
    CU_ASSERT_EQUAL(notable.count, NOTABLE_MAX);
    for (uint32_t i = 0; i < NOTABLE_MAX; i++)
        CU_ASSERT_EQUAL(notable.items[i].index, wanted[i]);
}

static void faults_have_a_row_of_marks_of_their_own(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_EQUAL(model->mark_rows[MARK_ROW_FAULTS].count, 3);
    CU_ASSERT_EQUAL(model->mark_rows[MARK_ROW_VERDICTS].count, 1);
    CU_ASSERT_EQUAL(picture_mark_in(model, MARK_ROW_FAULTS, MS(70)), 0);
    CU_ASSERT_EQUAL(picture_mark_in(model, MARK_ROW_FAULTS, MS(70) + 1), 1);
    CU_ASSERT_EQUAL(picture_mark_in(model, MARK_ROW_FAULTS, MS(96)), 3);
    CU_ASSERT_EQUAL(model_mark(model, model_mark_in(model, MARK_ROW_FAULTS, 1))->t_ns, MS(80));
    model_delete(model);
}

static void a_thing_has_its_place_in_time_and_at_a_node(void)
{
    struct model *model = small_run();
    struct span span;
    node_id node;
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_TRUE(picture_place(model, (struct thing){THING_REQUEST, 1}, &span, &node));
    CU_ASSERT_EQUAL(span.start_ns, MS(30));
    CU_ASSERT_EQUAL(span.end_ns, MS(99));
    CU_ASSERT_EQUAL(node, N3);
    CU_ASSERT_TRUE(picture_place(model, (struct thing){THING_MARK, 0}, &span, &node));
    CU_ASSERT_EQUAL(span.start_ns, MS(60));
    CU_ASSERT_EQUAL(node, N3);
    CU_ASSERT_FALSE(picture_place(model, (struct thing){THING_NODE, 0}, &span, &node));
    model_delete(model);
}

static void a_node_has_its_state_from_the_instant_it_changed(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_EQUAL(picture_state(model, N2, -1), NODE_UNKNOWN);
    CU_ASSERT_EQUAL(picture_state(model, N2, 0), NODE_UP);
    CU_ASSERT_EQUAL(picture_state(model, N2, MS(70) - 1), NODE_UP);
    CU_ASSERT_EQUAL(picture_state(model, N2, MS(70)), NODE_DOWN);
    CU_ASSERT_EQUAL(picture_state(model, N2, MS(90)), NODE_UP);
    CU_ASSERT_PTR_NULL(picture_view(model, N2, MS(75)));
    const struct view_change *view = picture_view(model, N1, MS(75));
    CU_ASSERT_PTR_NOT_NULL_FATAL(view);
    CU_ASSERT_EQUAL(view->epoch, 3);
    CU_ASSERT_TRUE(picture_view_has(model, view, N3));
    CU_ASSERT_FALSE(picture_view_has(model, view, 3));
    model_delete(model);
}

static void a_cut_is_shown_at_the_nodes_it_names_until_it_is_healed(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_FALSE(picture_is_cut(model, N1, MS(80) - 1));
    CU_ASSERT_TRUE(picture_is_cut(model, N1, MS(80)));
    CU_ASSERT_FALSE(picture_is_cut(model, N2, MS(80)));
    CU_ASSERT_TRUE(picture_is_cut(model, N3, MS(95) - 1));
    CU_ASSERT_FALSE(picture_is_cut(model, N3, MS(95)));
    model_delete(model);
}

static void a_fault_for_a_time_ends_when_its_end_is_recorded(void)
{
    struct model *model = model_new(4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *reader = model_reader(model);
    const char *partition = "partition n1,n2 | n3 for 5s";
    small_fault(reader, MS(10), partition, FAULT_PARTITION, true, "12 3");
    small_fault(reader, MS(20), "cut n4 -> n1", FAULT_CUT, true, "4 1");
    CU_ASSERT_TRUE(picture_is_cut(model, N2, MS(25)));
    small_fault(reader, MS(28), "restart n2", FAULT_CRASH, false, "");
    CU_ASSERT_TRUE(picture_is_cut(model, N2, MS(28)));
    small_fault(reader, MS(30), "heal: partition …", FAULT_PARTITION, false, "12 3");
    CU_ASSERT_FALSE(picture_is_cut(model, N2, MS(30)));
    CU_ASSERT_FALSE(picture_is_cut(model, N3, MS(30)));
    CU_ASSERT_TRUE(picture_is_cut(model, 3, MS(30)));
    CU_ASSERT_TRUE(picture_is_cut(model, N1, MS(30)));
    model_delete(model);
}

static void a_cut_of_all_nodes_is_known_though_its_words_name_none(void)
{
    struct model *model = model_new(3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *reader = model_reader(model);
    small_fault(reader, MS(10), "cut all <-> all", FAULT_CUT, true, "123 123");
    for (node_id node = 0; node < 3; node++) {
        CU_ASSERT_FALSE(picture_is_cut(model, node, MS(10) - 1));
        CU_ASSERT_TRUE(picture_is_cut(model, node, MS(10)));
    }
    CU_ASSERT_EQUAL(model->bands.count, 3); /* one a node */
    small_fault(reader, MS(20), "heal", FAULT_HEAL, false, "");
    for (node_id node = 0; node < 3; node++)
        CU_ASSERT_FALSE(picture_is_cut(model, node, MS(20)));
    model_delete(model);
}

static void of_two_cuts_of_the_same_links_one_ends_at_a_time(void)
{
    struct model *model = model_new(3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *reader = model_reader(model);
    small_fault(reader, MS(10), "cut n1 -> n2 for 10ms", FAULT_CUT, true, "1 2");
    small_fault(reader, MS(15), "cut n1 -> n2 for 20ms", FAULT_CUT, true, "1 2");
    small_fault(reader, MS(20), "heal: cut n1 -> n2", FAULT_CUT, false, "1 2");
    CU_ASSERT_TRUE(picture_is_cut(model, N1, MS(20)));
    small_fault(reader, MS(35), "heal: cut n1 -> n2", FAULT_CUT, false, "1 2");
    CU_ASSERT_FALSE(picture_is_cut(model, N1, MS(35)));
    model_delete(model);
}

static void totals_are_those_of_the_time_asked_for(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct picture_counts early = picture_counts(model, MS(60) - 1);
    struct picture_counts late = picture_counts(model, MS(60));
    struct picture_counts all = picture_counts(model, MS(100));
    CU_ASSERT_EQUAL(picture_live(early.of), 1);
    CU_ASSERT_EQUAL(picture_live(late.of), 2);
    CU_ASSERT_EQUAL(picture_live(all.of), 0);
    CU_ASSERT_EQUAL(all.of[HISTORY_REQUEST], 2);
    CU_ASSERT_EQUAL(all.of[HISTORY_ANSWERED], 1);
    CU_ASSERT_EQUAL(all.of[HISTORY_FAILED], 1);
    CU_ASSERT_EQUAL(all.of[HISTORY_SENT], 3);
    CU_ASSERT_EQUAL(all.of[HISTORY_DROPPED], 1);
    CU_ASSERT_EQUAL(all.of[HISTORY_HEARTBEAT_SENT], 1);
    CU_ASSERT_EQUAL(picture_marks(model, MARK_DUPLICATE, MS(60), MS(60) + 1), 1);
    CU_ASSERT_EQUAL(picture_marks(model, MARK_DUPLICATE, MS(60) + 1, MS(100)), 0);
    model_delete(model);
}

static void stepping_goes_from_event_to_event_and_passes_heartbeats_by(void)
{
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_EQUAL(picture_next(model, 0), MS(10));
    CU_ASSERT_EQUAL(picture_next(model, MS(20)), MS(24));
    CU_ASSERT_EQUAL(picture_next(model, MS(24)), MS(30));
    CU_ASSERT_EQUAL(picture_previous(model, MS(30)), MS(24));
    CU_ASSERT_EQUAL(picture_previous(model, MS(10)), 0);
    CU_ASSERT_EQUAL(picture_next(model, MS(100)), TIME_NEVER);
    CU_ASSERT_EQUAL(picture_previous(model, 0), TIME_NEVER);
    model_delete(model);
}

static void latencies_fall_into_the_class_that_holds_them(void)
{
    for (uint32_t class = 1; class + 1 < LATENCY_CLASSES; class ++) {
        CU_ASSERT_EQUAL(latency_class(latency_least(class)), class);
        if (class >= 3)
            CU_ASSERT_EQUAL(latency_class(latency_least(class + 1) - 1), class);
    }
    CU_ASSERT_EQUAL(latency_class(0), 0);
    CU_ASSERT_EQUAL(latency_class(INT64_MAX), LATENCY_CLASSES - 1);
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct picture_latencies seen = picture_latencies(model, MS(24), MS(24) + 1);
    CU_ASSERT_EQUAL(seen.total, 1);
    CU_ASSERT_EQUAL(seen.counts[latency_class(MS(14))], 1);
    CU_ASSERT_EQUAL(picture_latencies(model, MS(24) + 1, MS(100)).total, 0);
    CU_ASSERT_EQUAL(picture_latency(model, 0, MS(100), 500000), MS(14));
    CU_ASSERT_EQUAL(picture_latency(model, MS(24) + 1, MS(100), 500000), 0);
    model_delete(model);
}

/* START for worker `number` of its own id at n1. */
static void start(struct model *model, int64_t t_ns, uint64_t number)
{
    small_worker(model_reader(model), RECORD_START, t_ns, N1, number);
}

static void bars_of_one_row_never_overlap_and_take_the_lowest_one(void)
{
    struct model *model = model_new(1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    for (uint64_t number = 1; number <= ROWS_MAX + 2; number++)
        start(model, MS(1), number);
    CU_ASSERT_EQUAL(model_worker(model, 0)->row, 0);
    CU_ASSERT_EQUAL(model_worker(model, ROWS_MAX - 1)->row, ROWS_MAX - 1);
    CU_ASSERT_EQUAL(model_worker(model, ROWS_MAX)->row, ROW_NONE);
    small_worker(model_reader(model), RECORD_EXPIRE, MS(2), N1, 6);
    small_worker(model_reader(model), RECORD_EXPIRE, MS(2), N1, 4);
    start(model, MS(3), 1000);
    CU_ASSERT_EQUAL(model_worker(model, ROWS_MAX + 2)->row, 3);
    CU_ASSERT_EQUAL(picture_workers(model, N1, MS(3)), ROWS_MAX + 1);
    const struct row *row = &model->lanes[N1].workers.rows[3];
    CU_ASSERT_EQUAL(row->count, 2);
    CU_ASSERT_EQUAL(row_find_worker(model, row, MS(2) - 1), 0);
    CU_ASSERT_EQUAL(row_find_worker(model, row, MS(2)), 1);
    CU_ASSERT_EQUAL(row_from_worker(model, row, 0, MS(3)), 1);
    CU_ASSERT_EQUAL(row_from_worker(model, row, 0, MS(3) + 1), 2);
    model_delete(model);
}

static void a_worker_that_moves_ends_here_and_goes_on_there(void)
{
    struct model *model = model_new(3);
    struct thing_set story = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *to = model_reader(model);
    small_first_request(to);
    small_request(to, RECORD_HANDED, MS(30), N2, N3, 1, 0);
    small_move(to, MS(30), MS(31));
    small_worker(to, RECORD_EXPIRE, MS(40), N3, 3);
    const struct model_worker *old = model_worker(model, 0), *new = model_worker(model, 1);
    CU_ASSERT_EQUAL(old->status, WORKER_MOVED);
    CU_ASSERT_EQUAL(old->span.end_ns, MS(30));
    CU_ASSERT_EQUAL(new->status, WORKER_EXPIRED);
    CU_ASSERT_EQUAL(model->moves.count, 1);
    CU_ASSERT_EQUAL(old->moved, 0);
    CU_ASSERT_EQUAL(new->came, 0);
    CU_ASSERT_EQUAL(old->came, NONE);
    CU_ASSERT_EQUAL(new->moved, NONE);
    CU_ASSERT_EQUAL(model_move(model, 0)->node, N3);
    CU_ASSERT_EQUAL(model_move(model, 0)->span.end_ns, MS(31));
    CU_ASSERT_EQUAL(model_request(model, 0)->handed, N3);
    /* It is live at one node, on its way, or at the other. */
    CU_ASSERT_EQUAL(picture_workers(model, N2, MS(30) - 1), 1);
    CU_ASSERT_EQUAL(picture_workers(model, N2, MS(30)), 0);
    CU_ASSERT_EQUAL(picture_workers(model, N3, MS(31) - 1), 0);
    CU_ASSERT_EQUAL(picture_workers(model, N3, MS(31)), 1);
    struct picture_counts all = picture_counts(model, MS(40));
    CU_ASSERT_EQUAL(all.of[HISTORY_STARTED], 1);
    CU_ASSERT_EQUAL(all.of[HISTORY_CAME], 1);
    CU_ASSERT_EQUAL(all.of[HISTORY_MOVED], 1);
    CU_ASSERT_EQUAL(all.of[HISTORY_EXPIRED], 1);
    CU_ASSERT_EQUAL(picture_live(all.of), 0);
    /* Its story is told from its first node on, wherever it is chosen. */
    CU_ASSERT_EQUAL(thing_set_related(&story, model, (struct thing){THING_WORKER, 1}), OK);
    CU_ASSERT_TRUE(thing_set_has(&story, (struct thing){THING_WORKER, 0}));
    CU_ASSERT_TRUE(thing_set_has(&story, (struct thing){THING_REQUEST, 0}));
    thing_set_close(&story);
    model_delete(model);
}

static void a_worker_that_has_not_arrived_is_at_neither_node(void)
{
    struct model *model = model_new(3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *to = model_reader(model);
    /* Where it came from was not seen: it is there all the same. */
    small_move(to, MS(5), MS(6));
    CU_ASSERT_EQUAL(model->moves.count, 0);
    CU_ASSERT_EQUAL(model_worker(model, 0)->came, NONE);
    CU_ASSERT_EQUAL(picture_workers(model, N3, MS(6)), 1);
    small_worker(to, RECORD_START, MS(7), N2, 2);
    struct record moved = small_record(RECORD_MOVED, MS(8), N2);
    moved.worker = 2;
    moved.peer = N3;
    reader_take(to, &moved);
    CU_ASSERT_EQUAL(model_move(model, 0)->to, NONE);
    CU_ASSERT_EQUAL(model_move(model, 0)->span.end_ns, TIME_NEVER);
    CU_ASSERT_EQUAL(picture_workers(model, N2, MS(8)), 0);
    model_delete(model);
}

static void a_worker_that_ends_with_its_lease_is_not_lost_with_its_node(void)
{
    struct model *model = model_new(2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *to = model_reader(model);
    small_worker(to, RECORD_START, MS(1), N1, 1);
    struct record lost = small_record(RECORD_LOST, MS(3), N1);
    lost.worker = 1;
    lost.code = DOWN_LEASE;
    reader_take(to, &lost);
    CU_ASSERT_EQUAL(model_worker(model, 0)->status, WORKER_UNLEASED);
    struct picture_counts all = picture_counts(model, MS(3));
    CU_ASSERT_EQUAL(all.of[HISTORY_LOST], 0);
    CU_ASSERT_EQUAL(all.of[HISTORY_UNLEASED], 1);
    CU_ASSERT_EQUAL(picture_live(all.of), 0);
    model_delete(model);
}

static void leases_are_counted_as_they_are_won_and_end(void)
{
    struct model *model = model_new(2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *to = model_reader(model);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(1)).held, 0);
    for (int i = 0; i < 3; i++)
        small_lease(to, MS(10), N1, i ? LEASE_WON : LEASE_HELD, MS(30));
    small_lease(to, MS(20), N1, LEASE_RENEWED, MS(50));
    small_lease(to, MS(25), N1, LEASE_RELEASED, MS(30));
    small_lease(to, MS(30), N1, LEASE_LOST, MS(30));
    model_reach(model, MS(60));
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(10) - 1).held, 0);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(10)).held, 3);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(25)).held, 2);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(25)).lost, 0);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(30)).held, 1);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(30)).lost, 1);
    /* What was renewed until 50 ms is over then, whether or not its node says so. */
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(50) - 1).held, 1);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(50)).held, 0);
    model_delete(model);
}

static void a_lease_that_ran_out_in_a_freeze_ended_at_its_end_and_its_worker_with_it(void)
{
    struct model *model = model_new(2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *to = model_reader(model);
    small_lease(to, MS(10), N1, LEASE_WON, MS(30));
    small_lease(to, MS(10), N1, LEASE_WON, MS(30));
    small_worker(to, RECORD_START, MS(11), N1, 1);
    small_node(to, RECORD_FROZEN, MS(20), N1);
    small_node(to, RECORD_THAWED, MS(80), N1);
    struct record lost = small_record(RECORD_LOST, MS(80), N1);
    lost.worker = 1;
    lost.code = DOWN_LEASE;
    reader_take(to, &lost);
    small_lease(to, MS(80), N1, LEASE_LOST, MS(30));
    small_lease(to, MS(80), N1, LEASE_WON, MS(100));
    small_lease(to, MS(80), N1, LEASE_LOST, MS(30)); /* of a slot that was not renewed either */
    CU_ASSERT_EQUAL(model_worker(model, 0)->span.end_ns, MS(30));
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(30) - 1).held, 2);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(30)).held, 0);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(30)).lost, 2);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(80)).held, 1);
    small_node(to, RECORD_DOWN, MS(90), N1);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(90) - 1).held, 1);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(90)).held, 0);
    CU_ASSERT_EQUAL(picture_leases(model, N1, MS(90)).lost, 0);
    model_delete(model);
}

static void records_of_what_was_never_seen_are_passed_over(void)
{
    struct model *model = model_new(1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct reader *to = model_reader(model);
    small_message(to, RECORD_RECV, MS(1), N1, N2, MESSAGE_REPLY, 99, 98);
    small_message(to, RECORD_SEND, MS(1), N1, 7, MESSAGE_REPLY, 97, 98);
    small_message(to, RECORD_DROP, MS(1), N3, 7, MESSAGE_REPLY, 97, 98);
    small_request(to, RECORD_REPLY, MS(2), N1, N2, 50, 51);
    small_request(to, RECORD_ROUTE, MS(2), N1, N2, 50, 51);
    small_worker(to, RECORD_EXPIRE, MS(2), 5, 77);
    small_worker(to, RECORD_START, MS(2), 5, 78);
    small_worker(to, RECORD_EXPIRE, MS(2), 5, 78);
    small_node(to, RECORD_DOWN, MS(3), 9);
    small_duplicate(to, MS(4));
    CU_ASSERT_EQUAL(model_error(model), OK);
    CU_ASSERT_EQUAL(model->records, 10);
    model_delete(model);
}

static bool contains(const struct thing_set *story, enum thing_kind kind, uint32_t index)
{
    return thing_set_has(story, (struct thing){kind, index});
}

static void the_story_of_a_request_is_its_messages_and_its_worker(void)
{
    struct thing_set story = {0};
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_EQUAL(thing_set_related(&story, model, (struct thing){THING_REQUEST, 0}), OK);
    CU_ASSERT_EQUAL(story.count, 4);
    CU_ASSERT_TRUE(contains(&story, THING_MESSAGE, 0));
    CU_ASSERT_TRUE(contains(&story, THING_MESSAGE, 1));
    CU_ASSERT_TRUE(contains(&story, THING_WORKER, 0));
    CU_ASSERT_FALSE(contains(&story, THING_MESSAGE, 2));
    /* A message tells the same story as its request. */
    CU_ASSERT_EQUAL(thing_set_related(&story, model, (struct thing){THING_MESSAGE, 1}), OK);
    CU_ASSERT_EQUAL(story.count, 4);
    /* A duplicate's has both workers, and what the first one served. */
    CU_ASSERT_EQUAL(thing_set_related(&story, model, (struct thing){THING_MARK, 0}), OK);
    CU_ASSERT_TRUE(contains(&story, THING_WORKER, 1));
    CU_ASSERT_TRUE(contains(&story, THING_REQUEST, 0));
    /* A violation's has the workers that its id had then. */
    struct record broken = small_record(RECORD_VIOLATION, MS(65), NODE_NONE);
    broken.id = small_text("7");
    reader_take(model_reader(model), &broken);
    uint32_t mark = (uint32_t)model->marks.count - 1;
    CU_ASSERT_EQUAL(thing_set_related(&story, model, (struct thing){THING_MARK, mark}), OK);
    CU_ASSERT_TRUE(contains(&story, THING_WORKER, 0)); /* until 70 ms */
    CU_ASSERT_TRUE(contains(&story, THING_WORKER, 1)); /* from 60 ms on */
    thing_set_close(&story);
    model_delete(model);
}

static void a_filter_lets_through_what_is_of_the_id_and_in_view(void)
{
    struct thing_set story = {0};
    struct model *model = small_run();
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_EQUAL(thing_set_matching(&story, model, "7", 0, MS(200)), OK);
    CU_ASSERT_TRUE(contains(&story, THING_WORKER, 0));
    CU_ASSERT_TRUE(contains(&story, THING_WORKER, 1));
    CU_ASSERT_TRUE(contains(&story, THING_MARK, 0));
    CU_ASSERT_TRUE(contains(&story, THING_REQUEST, 1));
    CU_ASSERT_EQUAL(thing_set_matching(&story, model, "7", 0, MS(60)), OK);
    CU_ASSERT_FALSE(contains(&story, THING_WORKER, 1));
    CU_ASSERT_EQUAL(thing_set_matching(&story, model, "8", 0, MS(200)), OK);
    CU_ASSERT_EQUAL(story.count, 0);
    thing_set_close(&story);
    model_delete(model);
}

SUITE(viz_model, TEST(a_request_is_tied_to_its_messages_and_its_worker),
      TEST(a_worker_is_known_from_its_start_to_its_end),
      TEST(a_duplicate_names_both_workers_and_its_cause),
      TEST(a_worker_that_moves_ends_here_and_goes_on_there),
      TEST(a_worker_that_has_not_arrived_is_at_neither_node),
      TEST(a_worker_that_ends_with_its_lease_is_not_lost_with_its_node),
      TEST(leases_are_counted_as_they_are_won_and_end),
      TEST(a_lease_that_ran_out_in_a_freeze_ended_at_its_end_and_its_worker_with_it),
      TEST(what_failed_and_what_took_longest_is_kept_in_order),
      TEST(of_notable_things_the_greatest_stay_and_all_are_counted),
      TEST(faults_have_a_row_of_marks_of_their_own),
      TEST(a_thing_has_its_place_in_time_and_at_a_node),
      TEST(a_node_has_its_state_from_the_instant_it_changed),
      TEST(a_cut_is_shown_at_the_nodes_it_names_until_it_is_healed),
      TEST(a_fault_for_a_time_ends_when_its_end_is_recorded),
      TEST(a_cut_of_all_nodes_is_known_though_its_words_name_none),
      TEST(of_two_cuts_of_the_same_links_one_ends_at_a_time),
      TEST(totals_are_those_of_the_time_asked_for),
      TEST(stepping_goes_from_event_to_event_and_passes_heartbeats_by),
      TEST(latencies_fall_into_the_class_that_holds_them),
      TEST(bars_of_one_row_never_overlap_and_take_the_lowest_one),
      TEST(records_of_what_was_never_seen_are_passed_over),
      TEST(the_story_of_a_request_is_its_messages_and_its_worker),
      TEST(a_filter_lets_through_what_is_of_the_id_and_in_view));
