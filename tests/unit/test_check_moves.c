/* What the checker says of requests that are passed on, as workers move. */
#include "support/story.h"

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

SUITE(check_moves, TEST(a_caller_serves_its_own_request_once),
      TEST(what_is_on_its_way_to_a_worker_that_ends_may_still_be_answered));
