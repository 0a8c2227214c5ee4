/* What is alive, open and under way by the records so far. */
#include "trace/replay.h"

#include "support/suite.h"

#define ALL     (REPLAY_VIEWS | REPLAY_WORKERS | REPLAY_PLACES | REPLAY_REQUESTS | REPLAY_MESSAGES)
#define LONG_ID "an-id-of-more-than-fifteen-bytes"

enum { N1, N2, N3, NODES };

static struct replay replay;

static void begin(uint32_t parts, bool views_static)
{
    struct replay_setup setup = {.nodes = NODES, .parts = parts, .views_static = views_static};
    CU_ASSERT_EQUAL_FATAL(replay_init(&replay, &setup), OK);
}

static void end(void)
{
    replay_close(&replay);
}

static void take(struct record record)
{
    CU_ASSERT_EQUAL(replay_take(&replay, &record), OK);
}

static struct record record_at(int64_t t_ns, enum record_kind kind, node_id node)
{
    struct record record = record_of(kind);
    record.t_ns = t_ns;
    record.clock_ns = t_ns + 100;
    record.node = node;
    return record;
}

static struct text text_of(const char *bytes)
{
    return text_borrow(bytes, strlen(bytes));
}

static struct record worker_at(int64_t t_ns, enum record_kind kind, node_id node, uint64_t worker,
                               const char *id)
{
    struct record record = record_at(t_ns, kind, node);
    record.worker = worker;
    record.id = text_of(id);
    return record;
}

static struct record request_at(int64_t t_ns, enum record_kind kind, node_id node, uint64_t request,
                                const char *id)
{
    struct record record = record_at(t_ns, kind, node);
    record.request = request;
    record.id = text_of(id);
    return record;
}

static struct record message_at(int64_t t_ns, enum record_kind kind, node_id node, node_id peer,
                                uint64_t number, uint64_t request)
{
    struct record record = record_at(t_ns, kind, node);
    record.peer = peer;
    record.number = number;
    record.request = request;
    record.message = MESSAGE_REQUEST;
    return record;
}

static uint64_t sum_of(struct list *workers)
{
    uint64_t sum = 0; /* of digits, in order */
    list_each (link, workers)
        sum = 10 * sum + replay_worker_of(link)->number;
    return sum;
}

static void a_worker_lives_from_its_start_to_its_end(void)
{
    begin(ALL, false);
    take(worker_at(5, RECORD_START, N1, 4, LONG_ID));
    take(worker_at(6, RECORD_START, N1, 7, "b"));
    take(worker_at(7, RECORD_START, N2, 5, LONG_ID));
    const struct replay_worker *worker = replay_find_worker(&replay, 4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(worker);
    CU_ASSERT_EQUAL(worker->node, N1);
    CU_ASSERT_EQUAL(worker->started_ns, 5);
    CU_ASSERT_EQUAL(worker->life_ns, 105);
    CU_ASSERT_EQUAL(sum_of(&replay.nodes[N1].workers), 47);
    CU_ASSERT_EQUAL(replay.nodes[N1].workers_count, 2);
    CU_ASSERT_EQUAL(replay_under_way(&replay).workers, 3);
    take(worker_at(8, RECORD_EXPIRE, N1, 4, LONG_ID));
    take(worker_at(9, RECORD_LOST, N2, 5, LONG_ID));
    CU_ASSERT_PTR_NULL(replay_find_worker(&replay, 4));
    CU_ASSERT_EQUAL(sum_of(&replay.nodes[N1].workers), 7);
    CU_ASSERT_EQUAL(sum_of(&replay.nodes[N2].workers), 0);
    CU_ASSERT_EQUAL(replay_under_way(&replay).workers, 1);
    end();
}

static void a_worker_is_found_by_id_and_node(void)
{
    struct text id = text_of(LONG_ID), other = text_of("other");
    begin(ALL, false);
    take(worker_at(5, RECORD_START, N2, 5, LONG_ID));
    CU_ASSERT_PTR_EQUAL(replay_find_place(&replay, &id, N2), replay_find_worker(&replay, 5));
    CU_ASSERT_PTR_NULL(replay_find_place(&replay, &id, N1));
    CU_ASSERT_PTR_NULL(replay_find_place(&replay, &other, N2));
    take(worker_at(8, RECORD_EXPIRE, N2, 5, LONG_ID));
    CU_ASSERT_PTR_NULL(replay_find_place(&replay, &id, N2));
    end();
}

static void the_life_of_a_found_worker_counts_from_before(void)
{
    begin(ALL, false);
    struct record found = worker_at(50, RECORD_START, N1, 4, "a");
    found.code = START_FOUND;
    found.amount = 30;
    take(found);
    const struct replay_worker *worker = replay_find_worker(&replay, 4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(worker);
    CU_ASSERT_EQUAL(worker->started_ns, 50);
    CU_ASSERT_EQUAL(worker->load_ns, 50);
    CU_ASSERT_EQUAL(worker->life_ns, 120);
    take(worker_at(60, RECORD_LOAD, N1, 4, "a"));
    CU_ASSERT_EQUAL(worker->load_ns, 60);
    end();
}

static void a_request_is_open_until_its_outcome(void)
{
    begin(ALL, false);
    struct record request = request_at(5, RECORD_REQUEST, N1, 4, LONG_ID);
    request.amount = 1000;
    request.number = 3;
    take(request);
    struct record route = request_at(6, RECORD_ROUTE, N1, 4, LONG_ID);
    route.peer = N3;
    route.code = 1;
    take(route);
    const struct replay_request *open = replay_find_request(&replay, 4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(open);
    CU_ASSERT_EQUAL(open->caller, N1);
    CU_ASSERT_EQUAL(open->owner, N3);
    CU_ASSERT_EQUAL(open->tries, 1);
    CU_ASSERT_EQUAL(open->tag, 3);
    CU_ASSERT_EQUAL(open->made_ns, 5);
    CU_ASSERT_EQUAL(open->clock_ns, 105);
    CU_ASSERT_EQUAL(open->deadline_ns, 1000);
    route.peer = N1;
    route.code = 2;
    take(route);
    CU_ASSERT_EQUAL(open->owner, N3);
    CU_ASSERT_EQUAL(open->tries, 2);
    CU_ASSERT_PTR_EQUAL(replay_request_of(list_first(&replay.nodes[N1].requests)), open);
    take(request_at(9, RECORD_FAIL, N1, 4, LONG_ID));
    CU_ASSERT_PTR_NULL(replay_find_request(&replay, 4));
    CU_ASSERT_TRUE(list_empty(&replay.nodes[N1].requests));
    CU_ASSERT_EQUAL(replay_under_way(&replay).requests, 0);
    end();
}

static void a_request_is_known_until_its_last_message_has_arrived(void)
{
    begin(ALL, false);
    take(request_at(5, RECORD_REQUEST, N1, 4, LONG_ID));
    take(message_at(6, RECORD_SEND, N1, N2, 1, 4));
    take(request_at(9, RECORD_FAIL, N1, 4, LONG_ID));
    const struct replay_request *over = replay_find_request(&replay, 4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(over);
    CU_ASSERT_FALSE(over->open);
    CU_ASSERT_EQUAL(over->messages, 1);
    CU_ASSERT_TRUE(list_empty(&replay.nodes[N1].requests));
    CU_ASSERT_EQUAL(replay_under_way(&replay).requests, 0);
    take(message_at(10, RECORD_RECV, N2, N1, 1, 4));
    CU_ASSERT_PTR_NULL(replay_find_request(&replay, 4));
    end();
}

static void a_reply_that_has_come_is_noted(void)
{
    begin(REPLAY_REQUESTS, false);
    take(request_at(5, RECORD_REQUEST, N1, 4, "a"));
    struct record reply = message_at(6, RECORD_SEND, N2, N1, 2, 4);
    reply.message = MESSAGE_REPLY;
    take(reply);
    CU_ASSERT_FALSE(replay_find_request(&replay, 4)->replied);
    reply.kind = RECORD_RECV;
    take(reply);
    CU_ASSERT_TRUE(replay_find_request(&replay, 4)->replied);
    CU_ASSERT_EQUAL(replay_find_request(&replay, 4)->messages, 0);
    end();
}

static void a_message_is_under_way_to_its_receiver(void)
{
    begin(ALL, false);
    take(message_at(5, RECORD_SEND, N1, N2, 1, 9));
    take(message_at(6, RECORD_SEND, N3, N2, 3, 0));
    const struct replay_message *message = replay_find_message(&replay, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(message);
    CU_ASSERT_EQUAL(message->from, N1);
    CU_ASSERT_EQUAL(message->to, N2);
    CU_ASSERT_EQUAL(message->request, 9);
    CU_ASSERT_EQUAL(message->sent_ns, 5);
    CU_ASSERT_EQUAL(message->kind, MESSAGE_REQUEST);
    CU_ASSERT_PTR_EQUAL(replay_message_of(list_first(&replay.nodes[N2].messages)), message);
    CU_ASSERT_EQUAL(replay_under_way(&replay).messages, 2);
    take(message_at(7, RECORD_RECV, N2, N1, 1, 9));
    take(message_at(7, RECORD_DROP, N3, N2, 3, 0));
    CU_ASSERT_PTR_NULL(replay_find_message(&replay, 1));
    CU_ASSERT_PTR_NULL(replay_find_message(&replay, 3));
    CU_ASSERT_TRUE(list_empty(&replay.nodes[N2].messages));
    end();
}

static void a_node_runs_freezes_and_goes_down(void)
{
    const struct replay_node *node;
    begin(ALL, false);
    node = &replay.nodes[N2];
    CU_ASSERT_FALSE(node->up);
    struct record up = record_at(0, RECORD_UP, N2);
    up.epoch = 3;
    take(up);
    CU_ASSERT_TRUE(node->up && !node->frozen);
    CU_ASSERT_EQUAL(node->incarnation, 3);
    take(record_at(1, RECORD_FROZEN, N2));
    CU_ASSERT_TRUE(node->up && node->frozen);
    take(record_at(2, RECORD_THAWED, N2));
    CU_ASSERT_TRUE(node->up && !node->frozen);
    take(record_at(3, RECORD_FROZEN, N2));
    take(record_at(4, RECORD_DOWN, N2));
    CU_ASSERT_FALSE(node->up || node->frozen);
    end();
}

static void a_view_is_the_last_one_since_the_node_started(void)
{
    char bits[] = {5};
    begin(ALL, false);
    struct record view = record_at(1, RECORD_VIEW, N1);
    view.value = text_borrow(bits, sizeof bits);
    take(record_at(0, RECORD_UP, N1));
    CU_ASSERT_EQUAL(replay.nodes[N1].view.count, 0);
    take(view);
    CU_ASSERT_EQUAL(replay.nodes[N1].view.count, 2);
    CU_ASSERT_TRUE(view_has(&replay.nodes[N1].view, N1) && view_has(&replay.nodes[N1].view, N3));
    take(record_at(2, RECORD_DOWN, N1));
    take(record_at(3, RECORD_UP, N1));
    CU_ASSERT_EQUAL(replay.nodes[N1].view.count, 0);
    end();
    begin(REPLAY_VIEWS, true);
    take(record_at(0, RECORD_UP, N1));
    CU_ASSERT_EQUAL(replay.nodes[N1].view.count, NODES);
    end();
}

static void only_the_parts_that_are_asked_for_are_followed(void)
{
    begin(0, false);
    take(worker_at(5, RECORD_START, N1, 4, "a"));
    take(request_at(5, RECORD_REQUEST, N1, 4, "a"));
    take(message_at(5, RECORD_SEND, N1, N2, 1, 4));
    take(record_at(5, RECORD_UP, N1));
    struct under_way under_way = replay_under_way(&replay);
    CU_ASSERT_EQUAL(under_way.workers + under_way.requests + under_way.messages, 0);
    CU_ASSERT_TRUE(replay.nodes[N1].up);
    end();
}

static void a_record_that_fits_nothing_changes_nothing(void)
{
    begin(ALL, false);
    take(worker_at(1, RECORD_EXPIRE, N1, 4, "a"));
    take(worker_at(1, RECORD_LOAD, N1, 4, "a"));
    take(request_at(2, RECORD_ROUTE, N1, 4, "a"));
    take(request_at(2, RECORD_REPLY, N1, 4, "a"));
    take(message_at(3, RECORD_RECV, N2, N1, 1, 4));
    take(message_at(4, RECORD_SEND, N1, NODES, 1, 0));
    take(record_at(5, RECORD_UP, NODES));
    take(record_at(5, RECORD_FAULT, NODE_NONE));
    struct under_way under_way = replay_under_way(&replay);
    CU_ASSERT_EQUAL(under_way.workers + under_way.requests + under_way.messages, 0);
    end();
}

static void what_is_left_at_the_end_is_freed(void)
{
    begin(ALL, false);
    take(worker_at(5, RECORD_START, N1, 4, LONG_ID));
    take(request_at(5, RECORD_REQUEST, N1, 4, LONG_ID));
    take(message_at(6, RECORD_SEND, N1, N2, 1, 4));
    take(request_at(9, RECORD_FAIL, N1, 4, LONG_ID));
    take(request_at(9, RECORD_REQUEST, N1, 7, LONG_ID));
    end(); /* under the leak sanitizer */
}

static void a_replay_that_was_never_made_can_be_closed(void)
{
    struct replay none = {0};
    replay_close(&none);
    CU_ASSERT_PTR_NULL(none.nodes);
}

/* What the owner served after its caller had given up has an id all the same. */
static void a_late_answer_makes_its_request_known_until_it_is_dropped(void)
{
    struct replay late;
    struct replay_setup setup = {.nodes = 2, .parts = REPLAY_REQUESTS};
    CU_ASSERT_EQUAL_FATAL(replay_init(&late, &setup), OK);
    struct record record = record_of(RECORD_SERVE);
    record.node = 1;
    record.request = 17;
    record.id = text_borrow("seven", 5);
    CU_ASSERT_EQUAL(replay_take(&late, &record), OK);
    CU_ASSERT_PTR_NULL(replay_find_request(&late, 17));
    record = record_of(RECORD_SEND);
    record.node = 1;
    record.peer = 0;
    record.number = 5;
    record.request = 17;
    record.message = MESSAGE_REPLY;
    CU_ASSERT_EQUAL(replay_take(&late, &record), OK);
    const struct replay_request *request = replay_find_request(&late, 17);
    CU_ASSERT_PTR_NOT_NULL_FATAL(request);
    CU_ASSERT_EQUAL(text_size(&request->id), 5);
    CU_ASSERT_FALSE(request->open);
    record.kind = RECORD_DROP;
    CU_ASSERT_EQUAL(replay_take(&late, &record), OK);
    CU_ASSERT_PTR_NULL(replay_find_request(&late, 17));
    replay_close(&late);
}

SUITE(trace_replay, TEST(a_late_answer_makes_its_request_known_until_it_is_dropped),
      TEST(a_worker_lives_from_its_start_to_its_end), TEST(a_worker_is_found_by_id_and_node),
      TEST(the_life_of_a_found_worker_counts_from_before),
      TEST(a_request_is_open_until_its_outcome),
      TEST(a_request_is_known_until_its_last_message_has_arrived),
      TEST(a_reply_that_has_come_is_noted), TEST(a_message_is_under_way_to_its_receiver),
      TEST(a_node_runs_freezes_and_goes_down), TEST(a_view_is_the_last_one_since_the_node_started),
      TEST(only_the_parts_that_are_asked_for_are_followed),
      TEST(a_record_that_fits_nothing_changes_nothing), TEST(what_is_left_at_the_end_is_freed),
      TEST(a_replay_that_was_never_made_can_be_closed));
