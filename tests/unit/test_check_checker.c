/* What the checker says of requests, their routes, messages and outcomes. */
#include "support/story.h"

static void a_request_served_by_its_owner_breaks_nothing(void)
{
    struct story story;
    story_begin(&story, story_setup());
    at(&story, 1 * S);
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    at(&story, 2 * S);
    reaches(&story, N2, 18, "1", N2);
    answers(&story, N2, 5, 18, "1", "282", N2);
    at(&story, 6 * S);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* ---- one-owner ----------------------------------------------------------------------------- */

static void a_route_to_another_than_the_owner_is_found(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N3);
    CU_ASSERT_STRING_EQUAL(story.text, "n1 routes request 17 to n3, but in its view {n1,n2,n3} the "
                                       "owner is n2");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OWNER));
}

static void the_owner_is_judged_in_the_callers_own_view(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.views_static = false;
    story_begin(&story, setup);
    sees(&story, N1, 5);
    sees(&story, N2, 7);
    ask(&story, N1, 17, "1", N3);
    ask(&story, N2, 18, "1", N2);
    sees(&story, N1, 7);
    ask(&story, N1, 20, "1", N2);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    ask(&story, N1, 23, "1", N3);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OWNER));
}

static void a_route_without_a_view_is_found(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.views_static = false;
    story_begin(&story, setup);
    sees(&story, N1, 6);
    ask(&story, N1, 17, "1", N3);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OWNER));
}

static void self_first_is_judged_for_each_caller(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.route = ROUTE_SELF_FIRST;
    story_begin(&story, setup);
    ask(&story, N1, 17, "3", N1);
    ask(&story, N2, 18, "3", N2);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    ask(&story, N3, 19, "3", N1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OWNER));
}

static void a_second_try_elsewhere_than_at_the_caller_is_found(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    routes(&story, N1, 17, "1", N3, 2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OWNER));
}

/* ---- true-cause ---------------------------------------------------------------------------- */

static void tries_again(struct story *story, node_id node, uint64_t request, enum route_why why)
{
    struct record record = story_record(RECORD_ROUTE, "1");
    record.request = request;
    record.peer = node;
    record.code = 2;
    record.why = (uint8_t)why;
    story_put(story, record, node);
}

/* n1 asks n2 at 1s. */
static void begin_with_request(struct story *story, bool views_static)
{
    struct checker_setup setup = story_setup();
    setup.views_static = views_static;
    setup.retry_ns = 400 * MS;
    story_begin(story, setup);
    for (node_id node = 0; node < STORY_NODES; node++)
        if (!views_static)
            sees(story, node, 7);
    at(story, 1 * S);
    ask(story, N1, 17, "1", N2);
}

static void a_retry_before_its_time_is_found(void)
{
    struct story story;
    begin_with_request(&story, true);
    at(&story, 1400 * MS);
    tries_again(&story, N1, 17, WHY_RETRY);
    CU_ASSERT_EQUAL(story.fired[RULE_TRUE_CAUSE], 0);
    story_close(&story);
    begin_with_request(&story, true);
    at(&story, 1400 * MS - 1);
    tries_again(&story, N1, 17, WHY_RETRY);
    CU_ASSERT_STRING_EQUAL(
        story.text,
        "n1 tries request 17 again by reason of 'retry': it has waited for less than that");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
}

static void an_owner_that_is_seen_is_not_lost(void)
{
    struct story story;
    begin_with_request(&story, false);
    sees(&story, N1, 5);
    tries_again(&story, N1, 17, WHY_LOST);
    CU_ASSERT_EQUAL(story.fired[RULE_TRUE_CAUSE], 0);
    story_close(&story);
    begin_with_request(&story, false);
    tries_again(&story, N1, 17, WHY_LOST);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
}

static void heard(struct story *story, node_id from, node_id to)
{
    comes(story, sends(story, from, to, MESSAGE_HEARTBEAT, 0));
}

/* n1 knows n2, which restarts: n1 hears its next life for the first time at 2s. */
static void begin_with_restart(struct story *story)
{
    begin_with_request(story, false);
    heard(story, N2, N1);
    plain(story, RECORD_DOWN, N2, DOWN_CRASH);
    plain(story, RECORD_UP, N2, 0);
    at(story, 2 * S);
    heard(story, N2, N1);
}

static void an_owner_is_lost_when_its_next_life_is_heard_and_in_no_later_step(void)
{
    struct story story;
    begin_with_restart(&story);
    tries_again(&story, N1, 17, WHY_LOST);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    begin_with_restart(&story);
    at(&story, 2 * S);
    tries_again(&story, N1, 17, WHY_LOST);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
    begin_with_restart(&story);
    at(&story, 2 * S + 1);
    heard(&story, N2, N1);
    tries_again(&story, N1, 17, WHY_LOST);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
}

static void the_next_life_of_another_node_loses_nothing(void)
{
    struct story story;
    begin_with_request(&story, false);
    heard(&story, N3, N1);
    plain(&story, RECORD_DOWN, N3, DOWN_CRASH);
    plain(&story, RECORD_UP, N3, 0);
    heard(&story, N3, N1);
    tries_again(&story, N1, 17, WHY_LOST);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
}

static void a_life_that_is_the_first_to_be_heard_loses_nothing(void)
{
    struct story story;
    begin_with_request(&story, false);
    plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
    plain(&story, RECORD_UP, N2, 0);
    heard(&story, N2, N1);
    tries_again(&story, N1, 17, WHY_LOST);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
}

/* That it left was said by the life before. */
static void an_owner_has_left_until_its_next_life_is_heard(void)
{
    struct story story;
    for (int steps = 0; steps < 2; steps++) {
        begin_with_request(&story, false);
        heard(&story, N2, N1);
        comes(&story, sends(&story, N2, N1, MESSAGE_LEAVE, 0));
        plain(&story, RECORD_DOWN, N2, DOWN_LEAVE);
        plain(&story, RECORD_UP, N2, 0);
        at(&story, 1100 * MS);
        heard(&story, N2, N1);
        at(&story, 1100 * MS + steps);
        story.step = 0;
        tries_again(&story, N1, 17, WHY_LEFT);
        CU_ASSERT_TRUE(steps ? story_breaks(&story, RULE_TRUE_CAUSE) : story_is_quiet(&story));
    }
}

static void an_owner_that_left_has_said_so(void)
{
    struct story story;
    begin_with_request(&story, false);
    comes(&story, sends(&story, N2, N1, MESSAGE_LEAVE, 0));
    tries_again(&story, N1, 17, WHY_LEFT);
    CU_ASSERT_EQUAL(story.fired[RULE_TRUE_CAUSE], 0);
    story_close(&story);
    begin_with_request(&story, false);
    comes(&story, sends(&story, N3, N1, MESSAGE_LEAVE, 0));
    tries_again(&story, N1, 17, WHY_LEFT);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
}

/* n2 tells n3 that it leaves, and n1 by its answer to the request alone: none where it is served.
 */
static void who_leaves_says_so_by_refusing_too(void)
{
    struct story story;
    for (int served = 0; served < 2; served++) {
        begin_with_request(&story, false);
        comes(&story, sends(&story, N1, N2, MESSAGE_REQUEST, 17));
        if (served)
            starts(&story, N2, 5, "1", "282");
        ask(&story, N1, 20, "1", N2);
        uint64_t second = sends(&story, N1, N2, MESSAGE_REQUEST, 20);
        sends(&story, N2, N3, MESSAGE_LEAVE, 0);
        comes(&story, second);
        if (served)
            serves(&story, N2, 5, 17, "1", "282");
        comes(&story, sends(&story, N2, N1, MESSAGE_REPLY, served ? 17 : 20));
        tries_again(&story, N1, served ? 20 : 17, WHY_LEFT);
        CU_ASSERT_EQUAL(story.fired[RULE_TRUE_CAUSE], (uint64_t)served);
        story_close(&story);
    }
}

static void a_refusal_has_come_before_what_it_is_the_reason_of(void)
{
    struct story story;
    begin_with_request(&story, true);
    tries_again(&story, N1, 17, WHY_REFUSED);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
    begin_with_request(&story, true);
    tries_again(&story, N1, 17, WHY_FIRST);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TRUE_CAUSE));
}

/* ---- one-hop ------------------------------------------------------------------------------- */

static void a_request_forwarded_by_its_receiver_is_found(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "1");
    sends(&story, N2, N3, MESSAGE_REQUEST, 17);
    CU_ASSERT_STRING_EQUAL(story.text, "n2 forwards request 17, which was made elsewhere");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_HOP));
}

static void a_request_sent_twice_is_found_unless_links_duplicate(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    story_begin(&story, setup);
    ask(&story, N1, 17, "1", N2);
    sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_HOP));
    setup.reorders = true;
    story_begin(&story, setup);
    ask(&story, N1, 17, "1", N2);
    sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_request_sent_past_its_owner_is_found(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    sends(&story, N1, N3, MESSAGE_REQUEST, 17);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_HOP));
}

static void a_second_try_is_made_once_and_after_another_node_only(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    routes(&story, N1, 17, "1", N1, 2);
    begins(&story, N1, 5, "1");
    CU_ASSERT_EQUAL(story_count(&story), 0);
    routes(&story, N1, 17, "1", N1, 2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_HOP));
    story_begin(&story, story_setup());
    ask(&story, N2, 18, "1", N2);
    begins(&story, N2, 5, "1");
    routes(&story, N2, 18, "1", N2, 2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_HOP));
}

static void a_request_is_routed_once(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    routes(&story, N1, 17, "1", N2, 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_HOP));
}

static void a_request_is_routed_by_its_caller_alone(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "1");
    routes(&story, N2, 17, "1", N3, 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_HOP));
}

/* ---- one-outcome --------------------------------------------------------------------------- */

/* Request 17 of n1 is served by n2's worker 5, and its answer comes back at `t_ns`. */
static void story_of_an_answer(struct story *story, int64_t t_ns)
{
    story_begin(story, story_setup());
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    serves(story, N2, 5, 17, "1", "282");
    uint64_t way = sends(story, N2, N1, MESSAGE_REPLY, 17);
    at(story, t_ns);
    comes(story, way);
}

static void an_answer_comes_before_the_deadline(void)
{
    struct story story;
    story_of_an_answer(&story, 1 * S - 1);
    replied(&story, N1, 17, "1", 5, "282", N2);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_an_answer(&story, 1 * S);
    replied(&story, N1, 17, "1", 5, "282", N2);
    CU_ASSERT_STRING_EQUAL(story.text,
                           "request 17 ends at 1s on the clock of n1, its deadline was 1s");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void a_latency_is_what_the_callers_clock_says(void)
{
    struct story story;
    story_of_an_answer(&story, 6 * MS);
    story.lie_ns = 1;
    replied(&story, N1, 17, "1", 5, "282", N2);
    CU_ASSERT_STRING_EQUAL(story.text, "request 17 is said to have taken 6.000001ms, it took 6ms");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void without_a_fallback_nothing_is_tried_again(void)
{
    struct checker_setup setup = story_setup();
    struct story story;
    for (int none = 0; none <= 1; none++) {
        setup.no_fallback = none;
        story_begin(&story, setup);
        reaches(&story, N1, 17, "1", N2);
        routes(&story, N1, 17, "1", N1, 2);
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_HOP], none);
        checker_delete(story.checker);
    }
}

static void a_request_ends_once(void)
{
    struct story story;
    story_of_an_answer(&story, 2 * MS);
    replied(&story, N1, 17, "1", 5, "282", N2);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    replied(&story, N1, 17, "1", 5, "282", N2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_an_answer(&story, 2 * MS);
    replied(&story, N1, 17, "1", 5, "282", N2);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void an_answer_needs_the_worker_that_gave_it(void)
{
    struct story story;
    story_of_an_answer(&story, 2 * MS);
    replied(&story, N1, 17, "1", 8, "282", N2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_an_answer(&story, 2 * MS);
    replied(&story, N1, 17, "1", 5, "282", N3);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void an_answer_to_what_has_ended_is_dropped_and_never_taken(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    serves(&story, N2, 5, 17, "1", "282");
    uint64_t way = sends(&story, N2, N1, MESSAGE_REPLY, 17);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    drops(&story, way, DROP_LATE);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    way = sends(&story, N3, N1, MESSAGE_HEARTBEAT, 0);
    comes(&story, way);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    serves(&story, N2, 5, 17, "1", "282");
    way = sends(&story, N2, N1, MESSAGE_REPLY, 17);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    comes(&story, way);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void story_of_a_timeout(struct story *story, int64_t t_ns)
{
    struct checker_setup setup = story_setup();
    setup.clocks_exact = false;
    story_begin(story, setup);
    ask(story, N1, 17, "1", N2);
    at(story, t_ns);
    fails(story, N1, 17, "1", OUTCOME_TIMEOUT);
}

static void a_timeout_comes_at_the_deadline(void)
{
    struct story story;
    story_of_a_timeout(&story, 1 * S - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_a_timeout(&story, 1 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_timeout(&story, 1 * S + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void story_of_a_timeout_by_a_clock(struct story *story, bool smooth, int64_t t_ns,
                                          int64_t ahead_ns)
{
    struct checker_setup setup = story_setup();
    setup.clocks_exact = false;
    setup.clocks_smooth = smooth;
    story_begin(story, setup);
    ask(story, N1, 17, "1", N2);
    story->ahead_ns[N1] = ahead_ns;
    at(story, t_ns);
    fails(story, N1, 17, "1", OUTCOME_TIMEOUT);
}

static void a_drifting_clock_passes_over_one_nanosecond_at_most(void)
{
    struct story story;
    story_of_a_timeout_by_a_clock(&story, true, 1 * S - 10, 9);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_a_timeout_by_a_clock(&story, true, 1 * S - 10, 10);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_timeout_by_a_clock(&story, true, 1 * S - 10, 11);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_timeout_by_a_clock(&story, true, 1 * S - 10, 12);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_a_timeout_by_a_clock(&story, true, 1 * S + 11, -10);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_timeout_by_a_clock(&story, true, 1 * S + 12, -10);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void a_clock_that_is_set_passes_over_what_it_leaps(void)
{
    struct story story;
    story_of_a_timeout_by_a_clock(&story, false, 600 * MS, 500 * MS);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_timeout_by_a_clock(&story, false, 2 * S + 2, 10);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_timeout_by_a_clock(&story, false, 2 * S + 4, 10);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_a_timeout_by_a_clock(&story, false, 1 * S + 1, 0);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void story_of_a_frozen_caller(struct story *story, int64_t frozen_ns, int64_t end_ns)
{
    story_begin(story, story_setup());
    ask(story, N1, 17, "1", N2);
    at(story, frozen_ns);
    plain(story, RECORD_FROZEN, N1, 0);
    at(story, 3 * S);
    plain(story, RECORD_THAWED, N1, 0);
    at(story, end_ns);
    fails(story, N1, 17, "1", OUTCOME_TIMEOUT);
}

static void a_frozen_callers_request_ends_when_it_thaws(void)
{
    struct story story;
    story_of_a_frozen_caller(&story, 1 * S, 3 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_frozen_caller(&story, 1 * S, 3 * S + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_a_frozen_caller(&story, 1 * S + 1, 3 * S);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void errors_come_before_the_deadline(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_UNREACHABLE);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void nothing_is_open_past_its_deadline_at_the_end(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    at(&story, 1 * S);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    at(&story, 1 * S + 1);
    story_over(&story);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

/* Made with so much time for its answer. */
static bool is_sound_with(int64_t time_ns)
{
    struct story story;
    story_begin(&story, story_setup());
    struct record record = story_record(RECORD_REQUEST, "1");
    record.request = 17;
    record.amount = story.t_ns + story.ahead_ns[N1] + time_ns;
    story.open++;
    story_put(&story, record, N1);
    return !story_breaks(&story, RULE_ONE_OUTCOME);
}

static void a_deadline_is_after_its_request_by_whatever_timeout(void)
{
    CU_ASSERT_TRUE(is_sound_with(1));
    CU_ASSERT_TRUE(is_sound_with(9 * S));
    CU_ASSERT_FALSE(is_sound_with(0));
}

static void a_crash_ends_what_is_open(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    fails(&story, N1, 17, "1", OUTCOME_CALLER_LOST);
    plain(&story, RECORD_DOWN, N1, DOWN_CRASH);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    plain(&story, RECORD_DOWN, N1, DOWN_CRASH);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void a_caller_is_lost_in_a_crash_alone(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    fails(&story, N1, 17, "1", OUTCOME_CALLER_LOST);
    ask(&story, N1, 20, "1", N2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void a_request_made_at_a_node_that_is_down_is_lost(void)
{
    struct story story;
    story_begin(&story, story_setup());
    plain(&story, RECORD_DOWN, N1, DOWN_CRASH);
    makes(&story, N1, 17, "1");
    fails(&story, N1, 17, "1", OUTCOME_CALLER_LOST);
    makes(&story, N1, 20, "1");
    fails(&story, N1, 20, "1", OUTCOME_CALLER_LOST);
    plain(&story, RECORD_UP, N1, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void an_answer_that_nobody_asked_for_is_found(void)
{
    struct story story;
    story_of_an_answer(&story, 2 * MS);
    sends(&story, N2, N1, MESSAGE_REPLY, 17);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

/* ---- honest-errors ------------------------------------------------------------------------- */

static void an_error_after_a_turn_is_dishonest_but_for_a_timeout(void)
{
    static const enum outcome outcomes[] = {OUTCOME_UNREACHABLE, OUTCOME_OVERLOADED,
                                            OUTCOME_LOAD_FAILED, OUTCOME_STOPPING};
    struct story story;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        story_of_an_answer(&story, 2 * MS);
        fails(&story, N1, 17, "1", outcomes[i]);
        CU_ASSERT_TRUE(story_breaks(&story, RULE_HONEST_ERRORS));
    }
    story_of_an_answer(&story, 2 * MS);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_turn_after_an_error_makes_it_dishonest(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "1");
    fails(&story, N1, 17, "1", OUTCOME_UNREACHABLE);
    at(&story, 2 * MS);
    worker_does(&story, RECORD_VALUE, N2, 5, "1", "282");
    CU_ASSERT_EQUAL(story_count(&story), 0);
    serves(&story, N2, 5, 17, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_HONEST_ERRORS));
}

static void a_turn_after_a_timeout_is_none_of_its_business(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    uint64_t way = sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    comes(&story, way);
    starts(&story, N2, 5, "1", "282");
    serves(&story, N2, 5, 17, "1", "282");
    drops(&story, sends(&story, N2, N1, MESSAGE_REPLY, 17), DROP_LATE);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* ---- conservation -------------------------------------------------------------------------- */

static void a_message_arrives_once(void)
{
    struct story story;
    story_begin(&story, story_setup());
    uint64_t way = sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    comes(&story, way);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    comes(&story, way);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
    story_begin(&story, story_setup());
    way = sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    drops(&story, way, DROP_LOSS);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    comes(&story, way);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
}

static void a_message_arrives_where_and_as_what_it_was_sent(void)
{
    struct story story;
    story_begin(&story, story_setup());
    uint64_t way = sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    story.messages[way].to = N3;
    comes(&story, way);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
    story_begin(&story, story_setup());
    way = sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    story.messages[way].kind = MESSAGE_JOIN;
    comes(&story, way);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
}

static void a_message_number_is_under_way_once(void)
{
    struct story story;
    story_begin(&story, story_setup());
    sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    story.next_message--;
    sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
}

static void nothing_is_delivered_to_who_does_not_run(void)
{
    struct story story;
    story_begin(&story, story_setup());
    uint64_t way = sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    plain(&story, RECORD_FROZEN, N2, 0);
    comes(&story, way);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
    story_begin(&story, story_setup());
    way = sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
    comes(&story, way);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
    story_begin(&story, story_setup());
    way = sends(&story, N1, N2, MESSAGE_HEARTBEAT, 0);
    plain(&story, RECORD_FROZEN, N2, 0);
    plain(&story, RECORD_THAWED, N2, 0);
    comes(&story, way);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* A run that ends with one worker, one open request and its message under way. */
static void story_of_an_end(struct under_way under_way, bool quiet)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N2, 18, "1", N2);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 18, "1", "282", N2);
    ask(&story, N1, 17, "1", N2);
    sends(&story, N1, N2, MESSAGE_REQUEST, 17);
    checker_end(story.checker, 1 * MS, &under_way);
    if (quiet)
        CU_ASSERT_TRUE(story_is_quiet(&story));
    if (!quiet)
        CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
}

static void the_cluster_and_the_trace_count_the_same(void)
{
    story_of_an_end((struct under_way){.messages = 1, .requests = 1, .workers = 1}, true);
    story_of_an_end((struct under_way){.messages = 0, .requests = 1, .workers = 1}, false);
    story_of_an_end((struct under_way){.messages = 1, .requests = 2, .workers = 1}, false);
    story_of_an_end((struct under_way){.messages = 1, .requests = 1, .workers = 0}, false);
}

static void a_request_is_made_once(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    makes(&story, N1, 17, "1");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
}

/* ---- the checker itself -------------------------------------------------------------------- */

static void the_first_breaches_are_told_and_all_are_counted(void)
{
    struct story story;
    story_begin(&story, story_setup());
    for (uint64_t request = 1; request <= 3 * CHECKER_NOTED_MAX; request++)
        fails(&story, N1, request, "1", OUTCOME_TIMEOUT);
    CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], CHECKER_NOTED_MAX);
    CU_ASSERT_EQUAL(checker_violations_of(story.checker, RULE_ONE_OUTCOME), 3 * CHECKER_NOTED_MAX);
    CU_ASSERT_EQUAL(checker_violations(story.checker), 3 * CHECKER_NOTED_MAX);
    checker_delete(story.checker);
}

static void without_single_messages_only_workers_are_judged(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.all = false;
    story_begin(&story, setup);
    CU_ASSERT_TRUE(checker_judges(story.checker, RULE_TTL));
    CU_ASSERT_TRUE(checker_judges(story.checker, RULE_ONE_WORKER_A_NODE));
    CU_ASSERT_FALSE(checker_judges(story.checker, RULE_ONE_OUTCOME));
    CU_ASSERT_FALSE(checker_judges(story.checker, RULE_CAUSE));
    starts(&story, N2, 5, "1", "282");
    at(&story, 5 * S);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    starts(&story, N2, 8, "1", "9");
    starts(&story, N3, 6, "1", "9");
    story_over(&story);
    CU_ASSERT_EQUAL(story.duplicates, 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void without_records_nothing_is_judged(void)
{
    struct checker_setup setup = story_setup();
    struct story story = {0};
    struct under_way under_way = {.messages = 3, .requests = 4, .workers = 5};
    story.checker = checker_new(&setup, story_hears, &story);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story.checker);
    checker_end(story.checker, 9 * S, &under_way);
    CU_ASSERT_FALSE(checker_judges(story.checker, RULE_TTL));
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

SUITE(
    check_checker, TEST(a_retry_before_its_time_is_found), TEST(an_owner_that_is_seen_is_not_lost),
    TEST(an_owner_is_lost_when_its_next_life_is_heard_and_in_no_later_step),
    TEST(the_next_life_of_another_node_loses_nothing),
    TEST(a_life_that_is_the_first_to_be_heard_loses_nothing),
    TEST(an_owner_has_left_until_its_next_life_is_heard), TEST(an_owner_that_left_has_said_so),
    TEST(who_leaves_says_so_by_refusing_too),
    TEST(a_refusal_has_come_before_what_it_is_the_reason_of),
    TEST(a_request_served_by_its_owner_breaks_nothing),
    TEST(a_route_to_another_than_the_owner_is_found),
    TEST(the_owner_is_judged_in_the_callers_own_view), TEST(a_route_without_a_view_is_found),
    TEST(self_first_is_judged_for_each_caller),
    TEST(a_second_try_elsewhere_than_at_the_caller_is_found),
    TEST(a_request_forwarded_by_its_receiver_is_found),
    TEST(a_request_sent_twice_is_found_unless_links_duplicate),
    TEST(a_request_sent_past_its_owner_is_found),
    TEST(a_second_try_is_made_once_and_after_another_node_only), TEST(a_request_is_routed_once),
    TEST(a_request_is_routed_by_its_caller_alone), TEST(an_answer_comes_before_the_deadline),
    TEST(a_latency_is_what_the_callers_clock_says), TEST(without_a_fallback_nothing_is_tried_again),
    TEST(a_request_ends_once), TEST(an_answer_needs_the_worker_that_gave_it),
    TEST(an_answer_to_what_has_ended_is_dropped_and_never_taken),
    TEST(a_timeout_comes_at_the_deadline),
    TEST(a_drifting_clock_passes_over_one_nanosecond_at_most),
    TEST(a_clock_that_is_set_passes_over_what_it_leaps),
    TEST(a_frozen_callers_request_ends_when_it_thaws), TEST(errors_come_before_the_deadline),
    TEST(nothing_is_open_past_its_deadline_at_the_end),
    TEST(a_deadline_is_after_its_request_by_whatever_timeout), TEST(a_crash_ends_what_is_open),
    TEST(a_caller_is_lost_in_a_crash_alone), TEST(a_request_made_at_a_node_that_is_down_is_lost),
    TEST(an_answer_that_nobody_asked_for_is_found),
    TEST(an_error_after_a_turn_is_dishonest_but_for_a_timeout),
    TEST(a_turn_after_an_error_makes_it_dishonest),
    TEST(a_turn_after_a_timeout_is_none_of_its_business), TEST(a_message_arrives_once),
    TEST(a_message_arrives_where_and_as_what_it_was_sent), TEST(a_message_number_is_under_way_once),
    TEST(nothing_is_delivered_to_who_does_not_run), TEST(the_cluster_and_the_trace_count_the_same),
    TEST(a_request_is_made_once), TEST(the_first_breaches_are_told_and_all_are_counted),
    TEST(without_single_messages_only_workers_are_judged), TEST(without_records_nothing_is_judged));
