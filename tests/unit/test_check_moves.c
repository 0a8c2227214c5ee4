/* What the checker says of requests that are passed on, as workers move. */
#include "support/story.h"

#include "check/checker_state.h"

/* The node has request 17 of n1 for id 1, and passes it on to the other one: it says so first, if
 * it is not the caller. */
static void hands(struct story *story, node_id node, node_id to)
{
    uint64_t way = node == N1 ? 0 : sends(story, node, N1, MESSAGE_REPLY, 17);
    struct record handed = story_record(RECORD_HANDED, "1");
    handed.request = 17;
    handed.code = 1;
    handed.peer = to;
    story_put(story, handed, node);
    if (way)
        comes(story, way);
}

static struct checker_setup moving(void)
{
    struct checker_setup setup = story_setup();
    setup.hand_over = true;
    setup.retry_ns = 400 * MS;
    return setup;
}

static void a_node_passes_nothing_on_to_itself(void)
{
    struct story story;
    story_begin(&story, moving());
    reaches(&story, N1, 17, "1", N2);
    hands(&story, N2, N3);
    CU_ASSERT_EQUAL(story.fired[RULE_APART], 0);
    hands(&story, N3, N3);
    CU_ASSERT_EQUAL(story.fired[RULE_APART], 1);
    story_close(&story);
}

/* n3 has passed one on to n2, which passes it on, too, when worker 5 has ended with request 20 in
 * its turn. Worker 6 loads for so long that 20 is over. The turn is request 23's then, also past
 * its deadline. */
static void a_turn_ends_with_its_worker_though_something_is_still_to_come(void)
{
    struct story story;
    story_begin(&story, moving());
    begins(&story, N2, 5, "1");
    worker_does(&story, RECORD_VALUE, N2, 5, "1", "282");
    at(&story, 4400 * MS);
    reaches(&story, N1, 17, "1", N3);
    hands(&story, N3, N2);
    at(&story, 4500 * MS);
    reaches(&story, N1, 20, "1", N2);
    at(&story, 5000 * MS);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    begins(&story, N2, 6, "1");
    hands(&story, N2, N1);
    at(&story, 5400 * MS);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    at(&story, 5500 * MS);
    fails(&story, N1, 20, "1", OUTCOME_TIMEOUT);
    at(&story, 6100 * MS);
    reaches(&story, N1, 23, "1", N2);
    at(&story, 7000 * MS);
    worker_does(&story, RECORD_VALUE, N2, 6, "1", "282");
    at(&story, 7100 * MS);
    fails(&story, N1, 23, "1", OUTCOME_TIMEOUT);
    at(&story, 7200 * MS);
    reaches(&story, N1, 26, "1", N2);
    at(&story, 7300 * MS);
    serves(&story, N2, 6, 23, "1", "282");
    sends(&story, N2, N1, MESSAGE_REPLY, 23);
    CU_ASSERT_EQUAL(story.fired[RULE_NOTHING_LOST], 0);
    CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], 0);
    story_close(&story);
}

static void serves_try(struct story *story, uint8_t try)
{
    struct record serve = story_record(RECORD_SERVE, "1");
    serve.worker = 5;
    serve.request = 17;
    serve.code = try;
    serve.value = text_borrow("282", 3);
    story_put(story, serve, N1);
}

/* It comes back to n1, its caller, which has tried it there too. */
static void a_caller_serves_its_own_request_once(void)
{
    for (uint8_t last = 1; last <= 2; last++) {
        struct story story;
        story_begin(&story, moving());
        reaches(&story, N1, 17, "1", N2);
        hands(&story, N2, N1);
        at(&story, 500 * MS);
        begins(&story, N1, 5, "1");
        routes(&story, N1, 17, "1", N1, 2);
        worker_does(&story, RECORD_VALUE, N1, 5, "1", "282");
        serves_try(&story, 1);
        replied(&story, N1, 17, "1", 5, "282", N1);
        if (last == 2)
            serves_try(&story, 2);
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], last - 1u);
        story_close(&story);
    }
}

/* n2 has a worker that goes while the request is on its way back to n2. */
static void what_is_on_its_way_to_a_worker_that_ends_may_still_be_answered(void)
{
    struct story story;
    story_begin(&story, moving());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 6, "1");
    hands(&story, N2, N1);
    hands(&story, N1, N2);
    at(&story, 100 * MS);
    worker_does(&story, RECORD_LOST, N2, 6, "1", "");
    at(&story, 200 * MS);
    hands(&story, N2, N3);
    CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], 0);
    story_close(&story);
}

static struct record of_request(enum record_kind kind, uint64_t request)
{
    struct record record = story_record(kind, "1");
    record.request = request;
    record.code = 1;
    return record;
}

/* n1 has given up its request when n2 passes it on to n3, and n2's word of that is lost: nothing of
 * the request is left. */
static void passes_on_what_is_over(struct story *story)
{
    reaches(story, N1, 19, "1", N2);
    at(story, S);
    fails(story, N1, 19, "1", OUTCOME_TIMEOUT);
    drops(story, sends(story, N2, N1, MESSAGE_REPLY, 19), DROP_LOSS);
    struct record handed = of_request(RECORD_HANDED, 19);
    handed.peer = N3;
    story_put(story, handed, N2);
    at(story, S + MS);
}

/* The answer of n3 is no answer out of nothing, whether it serves or refuses;
 * and it is owed where a worker has served. */
static void what_is_passed_on_when_it_is_over_and_forgotten_is_answered_all_the_same(void)
{
    enum { SERVED, REFUSED, SERVED_IN_SILENCE, ENDS };
    for (int end = 0; end < ENDS; end++) {
        struct story story;
        story_begin(&story, moving());
        is_found(&story, N3, 5, "1", 0);
        passes_on_what_is_over(&story);
        struct record serve = of_request(RECORD_SERVE, 19);
        serve.worker = 5;
        serve.value = text_borrow("282", 3);
        if (end != REFUSED)
            story_put(&story, serve, N3);
        if (end != SERVED_IN_SILENCE)
            sends(&story, N3, N1, MESSAGE_REPLY, 19);
        at(&story, S + 2 * MS);
        reaches(&story, N3, 21, "2", N3);
        CU_ASSERT_EQUAL(story_count(&story), end == SERVED_IN_SILENCE);
        story_close(&story);
    }
}

/* n3 starts a worker for that request; then n2 does for one that n3 made. Whose view the first one
 * followed is not known. */
static void a_worker_of_what_is_over_and_forgotten_may_be_a_second_one(void)
{
    struct story story;
    story_begin(&story, moving());
    passes_on_what_is_over(&story);
    begins(&story, N3, 7, "1");
    reaches(&story, N3, 21, "1", N2);
    begins(&story, N2, 8, "1");
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    story_close(&story);
}

/* Worker 5 of n2, of id 3, comes to n1 as worker 6, with so long to live and its value. */
static void comes_to_n1(struct story *story, int64_t rest_ns)
{
    struct record moved = story_record(RECORD_MOVED, "3");
    moved.worker = 5;
    moved.peer = N1;
    story_put(story, moved, N2);
    struct record start = story_record(RECORD_START, "3");
    start.worker = 6;
    start.code = START_MOVED;
    start.amount = rest_ns;
    start.peer = N2;
    start.number = 5;
    story_put(story, start, N1);
    worker_does(story, RECORD_VALUE, N1, 6, "3", "282");
}

/* Worker 5 of n2 comes to n1 as worker 6, and is used there: from then on its life is as long as
 * n1 draws it, which is on no record. */
static void one_that_came_lives_from_its_last_use_for_the_ttl_less_its_jitter(void)
{
    const struct {
        int64_t end_ns;
        enum rule broken;
    } ends[] = {{4499 * MS, RULE_APART}, {4501 * MS, RULES_COUNT}, {5001 * MS, RULE_TTL}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct story story;
        struct checker_setup setup = moving();
        setup.expire_idle = true;
        setup.ttl_jitter_ppb = 100000000;
        story_begin(&story, setup);
        is_found(&story, N2, 5, "3", 0);
        comes_to_n1(&story, S);
        reaches(&story, N1, 22, "3", N1);
        answers(&story, N1, 6, 22, "3", "282", N1);
        at(&story, ends[i].end_ns);
        worker_does(&story, RECORD_EXPIRE, N1, 6, "3", "");
        for (int rule = 0; rule < RULES_COUNT; rule++)
            CU_ASSERT_EQUAL(story.fired[rule], rule == (int)ends[i].broken);
        story_close(&story);
    }
}

/* A trace without requests does not tell when the worker was last used: perhaps just before it
 * left, and as soon as it had come, from when on it lives for as little as the jitter lets it. */
static void what_no_record_tells_of_its_use_is_no_breach(void)
{
    for (int64_t longer_ns = 0; longer_ns <= 1; longer_ns++) {
        struct story story;
        struct checker_setup setup = moving();
        setup.all = false;
        setup.expire_idle = true;
        setup.ttl_jitter_ppb = 100000000;
        story_begin(&story, setup);
        is_found(&story, N2, 5, "3", 0);
        at(&story, 4 * S);
        comes_to_n1(&story, 5 * S + longer_ns);
        at(&story, 8501 * MS);
        worker_does(&story, RECORD_EXPIRE, N1, 6, "3", "");
        CU_ASSERT_EQUAL(story.fired[RULE_TTL], longer_ns);
        CU_ASSERT_EQUAL(story_count(&story), (uint64_t)longer_ns);
        story_close(&story);
    }
}

/* Worker 5000 + i of n2, which has a second to live, goes to n1. */
static void leaves_for_n1(struct story *story, uint64_t i)
{
    char id[24];
    snprintf(id, sizeof id, "id-%u", (unsigned)i);
    is_found(story, N2, 5000 + i, id, 4 * S);
    struct record moved = story_record(RECORD_MOVED, id);
    moved.worker = 5000 + i;
    moved.peer = N1;
    story_put(story, moved, N2);
}

/* The workers are lost with the messages that had them. One comes as late as it may. */
static void what_is_lost_on_its_way_is_forgotten_when_its_life_is_over(void)
{
    struct story story;
    story_begin(&story, moving());
    for (uint64_t i = 0; i < 2000; i++) {
        at(&story, story.t_ns + 10 * MS);
        leaves_for_n1(&story, i);
    }
    CU_ASSERT_TRUE(story.checker->moves.pool.count < 700);
    at(&story, story.t_ns + 999 * MS);
    struct record start = story_record(RECORD_START, "id-1999");
    start.worker = 8000;
    start.code = START_MOVED;
    start.amount = MS;
    start.peer = N2;
    start.number = 6999;
    story_put(&story, start, N1);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    story_close(&story);
}

/* n2 passes its own requests on to n3, where none comes. */
static void a_request_that_is_lost_as_it_is_passed_on_is_forgotten_when_its_time_is_over(void)
{
    struct story story;
    story_begin(&story, moving());
    for (uint64_t request = 2; request < 3000; request += 3) {
        at(&story, (int64_t)request * 100 * MS);
        ask(&story, N2, request, "1", N2);
        struct record handed = of_request(RECORD_HANDED, request);
        handed.peer = N3;
        story_put(&story, handed, N2);
        at(&story, story.t_ns + S);
        fails(&story, N2, request, "1", OUTCOME_TIMEOUT);
    }
    CU_ASSERT_TRUE(story.checker->requests.pool.count < 600);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    story_close(&story);
}

static void goes(struct story *story, node_id from, uint64_t worker, node_id to)
{
    struct record moved = story_record(RECORD_MOVED, "1");
    moved.worker = worker;
    moved.peer = to;
    story_put(story, moved, from);
}

static void arrives(struct story *story, node_id node, uint64_t worker, node_id from, uint64_t was)
{
    struct record start = story_record(RECORD_START, "1");
    start.worker = worker;
    start.code = START_MOVED;
    start.amount = S;
    start.peer = from;
    start.number = was;
    story_put(story, start, node);
    worker_does(story, RECORD_VALUE, node, worker, "1", "282");
}

/* All see all; n2 has worker 5, which has answered n1. */
static void begin_with_5(struct story *story)
{
    struct checker_setup setup = moving();
    setup.views_static = false;
    story_begin(story, setup);
    for (node_id node = N1; node <= N3; node++)
        sees(story, node, 7);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    answers(story, N2, 5, 17, "1", "282", N1);
}

/* By n1's view the id is n3's, where worker 6 answers. */
static void gets_6(struct story *story)
{
    reaches(story, N1, 20, "1", N3);
    starts(story, N3, 6, "1", "282");
    answers(story, N3, 6, 20, "1", "282", N1);
}

/* Workers 5 and 6 start under views that differ. They leave nodes with equal views, and meet again.
 * If 5 was on its way when 6 started, they have not met before. */
static void two_that_meet_again_after_a_move_need_no_further_cause(void)
{
    for (int met = 0; met <= 1; met++) {
        struct story story;
        begin_with_5(&story);
        if (!met)
            goes(&story, N2, 5, N1);
        sees(&story, N1, 5);
        gets_6(&story);
        CU_ASSERT_EQUAL(story.duplicates, met);
        if (met)
            goes(&story, N2, 5, N1);
        goes(&story, N3, 6, N2);
        arrives(&story, N2, 8, N3, 6);
        arrives(&story, N1, 7, N2, 5);
        CU_ASSERT_EQUAL(story.duplicates, 1 + met);
        CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_VIEW), 2 * met);
        if (met)
            CU_ASSERT_STRING_EQUAL(story.cause,
                                   "the two have lived at once before, since 0ns, and moved");
        CU_ASSERT_EQUAL(story.fired[RULE_CAUSE], !met);
        CU_ASSERT_EQUAL(story_count(&story), (uint64_t)!met);
        story_close(&story);
    }
}

/* n2 gives worker 5 to n3, and a request for it gets another one there. n3 passes 5 back, and n2
 * has the old view again. */
static void one_that_is_passed_back_is_there_by_the_view_of_who_takes_it(void)
{
    struct story story;
    begin_with_5(&story);
    sees(&story, N1, 5);
    sees(&story, N2, 5);
    goes(&story, N2, 5, N3);
    gets_6(&story);
    sees(&story, N2, 7);
    arrives(&story, N2, 8, N2, 5);
    CU_ASSERT_EQUAL(checker_duplicates_by(story.checker, CAUSE_VIEW), 1);
    CU_ASSERT_STRING_EQUAL(story.cause, "n2's view {n1,n2,n3} makes n2 the owner; 1@n3#6 was "
                                        "started under n1's view {n1,n3}");
    CU_ASSERT_EQUAL(story_count(&story), 0);
    story_close(&story);
}

SUITE(check_moves, TEST(a_node_passes_nothing_on_to_itself),
      TEST(a_caller_serves_its_own_request_once),
      TEST(a_turn_ends_with_its_worker_though_something_is_still_to_come),
      TEST(what_is_on_its_way_to_a_worker_that_ends_may_still_be_answered),
      TEST(what_is_passed_on_when_it_is_over_and_forgotten_is_answered_all_the_same),
      TEST(what_is_lost_on_its_way_is_forgotten_when_its_life_is_over),
      TEST(a_request_that_is_lost_as_it_is_passed_on_is_forgotten_when_its_time_is_over),
      TEST(a_worker_of_what_is_over_and_forgotten_may_be_a_second_one),
      TEST(one_that_came_lives_from_its_last_use_for_the_ttl_less_its_jitter),
      TEST(what_no_record_tells_of_its_use_is_no_breach),
      TEST(two_that_meet_again_after_a_move_need_no_further_cause),
      TEST(one_that_is_passed_back_is_there_by_the_view_of_who_takes_it));
