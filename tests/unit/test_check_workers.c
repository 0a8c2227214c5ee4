/* What the checker says of workers: their lives, loads, turns, and what waits for them. */
#include "support/story.h"

/* Request 17 of n1 waits for n2's worker 5, which has its value if `value`. */
static void story_of_a_worker(struct story *story, struct checker_setup setup, const char *value)
{
    story_begin(story, setup);
    reaches(story, N1, 17, "1", N2);
    begins(story, N2, 5, "1");
    if (value)
        worker_does(story, RECORD_VALUE, N2, 5, "1", value);
}

/* ---- one-worker-a-node --------------------------------------------------------------------- */

static void a_node_has_one_worker_of_an_id(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    reaches(&story, N3, 18, "1", N2);
    begins(&story, N2, 8, "1");
    CU_ASSERT_STRING_EQUAL(story.text, "1@n2#8 started while 1@n2#5 lives");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_WORKER_A_NODE));
}

static void a_worker_follows_one_that_has_ended(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    at(&story, 5 * S);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    reaches(&story, N3, 18, "1", N2);
    starts(&story, N2, 8, "1", "9");
    answers(&story, N2, 8, 18, "1", "9", N3);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_worker_starts_once(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    begins(&story, N2, 5, "4");
    CU_ASSERT_EQUAL(story.fired[RULE_CONSERVATION], 1);
    CU_ASSERT_EQUAL(story.fired[RULE_ONE_LOAD], 1);
    story_close(&story);
}

/* ---- one-load, one-value ------------------------------------------------------------------- */

static void a_worker_loads_once(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), NULL);
    worker_does(&story, RECORD_LOAD, N2, 5, "1", "");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LOAD));
    story_of_a_worker(&story, story_setup(), "282");
    worker_does(&story, RECORD_VALUE, N2, 5, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LOAD));
    story_of_a_worker(&story, story_setup(), "282");
    worker_does(&story, RECORD_LOAD_FAILED, N2, 5, "1", "");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LOAD));
}

static void only_the_living_load(void)
{
    struct story story;
    story_begin(&story, story_setup());
    worker_does(&story, RECORD_LOAD, N2, 5, "1", "");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LOAD));
    story_begin(&story, story_setup());
    worker_does(&story, RECORD_VALUE, N2, 5, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LOAD));
}

static void a_worker_serves_its_value(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    serves(&story, N2, 5, 17, "1", "283");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_VALUE));
    story_of_a_worker(&story, story_setup(), NULL);
    serves(&story, N2, 5, 17, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_VALUE));
    story_of_a_worker(&story, story_setup(), "");
    serves(&story, N2, 5, 17, "1", "");
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void an_answer_has_the_value_that_was_served(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    serves(&story, N2, 5, 17, "1", "282");
    comes(&story, sends(&story, N2, N1, MESSAGE_REPLY, 17));
    replied(&story, N1, 17, "1", 5, "283", N2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_VALUE));
}

static void long_values_are_compared_by_their_bytes(void)
{
    char made[] = "a value of more than fifteen bytes",
         served[] = "a value of more than fifteen bytes";
    struct story story;
    story_of_a_worker(&story, story_setup(), made);
    answers(&story, N2, 5, 17, "1", served, N1);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    served[20] ^= 1;
    reaches(&story, N1, 20, "1", N2);
    serves(&story, N2, 5, 20, "1", served);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_VALUE));
}

/* ---- ttl ----------------------------------------------------------------------------------- */

/* The worker that started at 1 s serves at `t_ns` on its node's clock. */
static void story_of_a_late_turn(struct story *story, struct checker_setup setup, int64_t t_ns)
{
    story_begin(story, setup);
    at(story, 1 * S);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, 5500 * MS);
    reaches(story, N1, 20, "1", N2);
    at(story, t_ns);
    serves(story, N2, 5, 20, "1", "282");
}

static void a_value_is_served_before_the_end_of_a_life(void)
{
    struct story story;
    story_of_a_late_turn(&story, story_setup(), 6 * S - 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_late_turn(&story, story_setup(), 6 * S);
    CU_ASSERT_STRING_EQUAL(story.text, "1@n2#5 served request 20 at 6s, its life ended at 6s");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

/* Idle lives: the worker serves a nanosecond before 6 s, and again at `t_ns`. */
static void story_of_an_idle_life(struct story *story, int64_t t_ns)
{
    struct checker_setup setup = story_setup();
    setup.expire_idle = true;
    story_of_a_late_turn(story, setup, 6 * S - 1);
    comes(story, sends(story, N2, N1, MESSAGE_REPLY, 20));
    replied(story, N1, 20, "1", 5, "282", N2);
    at(story, 10900 * MS);
    reaches(story, N2, 23, "1", N2);
    at(story, t_ns);
    serves(story, N2, 5, 23, "1", "282");
}

static void under_expire_idle_a_life_counts_from_the_last_answer(void)
{
    struct story story;
    story_of_an_idle_life(&story, 11 * S - 2);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_an_idle_life(&story, 11 * S - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
    story_of_an_idle_life(&story, 11 * S - 2);
    replied(&story, N2, 23, "1", 5, "282", N2);
    at(&story, 16 * S - 2);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_life_is_of_the_nodes_own_clock(void)
{
    struct story story;
    story_begin(&story, story_setup());
    story.ahead_ns[N2] = 7 * S;
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    at(&story, 4 * S);
    story.ahead_ns[N2] = 8 * S;
    reaches(&story, N1, 20, "1", N2);
    serves(&story, N2, 5, 20, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

static void what_does_not_live_serves_nothing(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    serves(&story, N2, 5, 17, "1", "282");
    CU_ASSERT_EQUAL(story.fired[RULE_TTL], 1);
    story_close(&story);
}

static void story_of_an_expiry(struct story *story, int64_t t_ns)
{
    story_of_a_worker(story, story_setup(), "282");
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, t_ns);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
}

static void a_worker_expires_at_its_time(void)
{
    struct story story;
    story_of_an_expiry(&story, 5 * S - 1);
    CU_ASSERT_STRING_EQUAL(story.text, "1@n2#5 expired at 4.999999999s, its life ends at 5s");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
    story_of_an_expiry(&story, 5 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_an_expiry(&story, 5 * S + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

static void story_of_a_frozen_worker(struct story *story, int64_t frozen_ns, int64_t end_ns)
{
    story_of_a_worker(story, story_setup(), "282");
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, frozen_ns);
    plain(story, RECORD_FROZEN, N2, 0);
    at(story, 9 * S);
    plain(story, RECORD_THAWED, N2, 0);
    at(story, end_ns);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
}

static void a_frozen_worker_expires_when_it_thaws(void)
{
    struct story story;
    story_of_a_frozen_worker(&story, 5 * S, 9 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_frozen_worker(&story, 5 * S, 9 * S + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
    story_of_a_frozen_worker(&story, 5 * S + 1, 9 * S);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

static void story_of_a_worker_at_the_end(struct story *story, int64_t t_ns)
{
    story_of_a_worker(story, story_setup(), "282");
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, t_ns);
    story_over(story);
}

static void no_worker_outlives_its_time_to_the_end_of_the_run(void)
{
    struct story story;
    story_of_a_worker_at_the_end(&story, 5 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_worker_at_the_end(&story, 5 * S + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

/* ---- serial -------------------------------------------------------------------------------- */

static struct checker_setup slow_setup(void)
{
    struct checker_setup setup = story_setup();
    setup.work_least_ns = 100 * MS;
    return setup;
}

static void a_turn_takes_its_time_from_the_value_on(void)
{
    struct story story;
    story_of_a_worker(&story, slow_setup(), "282");
    at(&story, 100 * MS);
    serves(&story, N2, 5, 17, "1", "282");
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_worker(&story, slow_setup(), "282");
    at(&story, 100 * MS - 1);
    serves(&story, N2, 5, 17, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_SERIAL));
}

/* Two requests wait; the first is served at 100 ms, the other one at `t_ns`. */
static void story_of_two_turns(struct story *story, int64_t t_ns)
{
    story_begin(story, slow_setup());
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    reaches(story, N3, 18, "1", N2);
    at(story, 100 * MS);
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, t_ns);
    serves(story, N2, 5, 18, "1", "282");
}

static void two_turns_do_not_overlap(void)
{
    struct story story;
    story_of_two_turns(&story, 200 * MS);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_two_turns(&story, 200 * MS - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_SERIAL));
    story_of_two_turns(&story, 100 * MS);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_SERIAL));
}

static void story_of_an_idle_workers_turn(struct story *story, int64_t t_ns)
{
    story_begin(story, slow_setup());
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    at(story, 100 * MS);
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, 1 * S);
    reaches(story, N1, 20, "1", N2);
    at(story, t_ns);
    serves(story, N2, 5, 20, "1", "282");
}

static void a_turn_begins_no_earlier_than_its_request_came(void)
{
    struct story story;
    story_of_an_idle_workers_turn(&story, 1100 * MS);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_an_idle_workers_turn(&story, 1100 * MS - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_SERIAL));
}

/* ---- nothing-lost -------------------------------------------------------------------------- */

/* 17 and 18 wait at n2; its worker has its value at `t_ns`. */
static void story_of_a_queue(struct story *story, int64_t t_ns)
{
    struct checker_setup setup = story_setup();
    setup.reorders = true;
    story_begin(story, setup);
    reaches(story, N1, 17, "1", N2);
    begins(story, N2, 5, "1");
    at(story, 1 * MS);
    reaches(story, N3, 18, "1", N2);
    at(story, t_ns);
    worker_does(story, RECORD_VALUE, N2, 5, "1", "282");
}

static void a_mailbox_is_served_in_the_order_of_arrival(void)
{
    struct story story;
    story_of_a_queue(&story, 2 * MS);
    answers(&story, N2, 5, 17, "1", "282", N1);
    answers(&story, N2, 5, 18, "1", "282", N3);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_queue(&story, 2 * MS);
    serves(&story, N2, 5, 18, "1", "282");
    CU_ASSERT_STRING_EQUAL(story.text,
                           "1@n2#5 served request 18 before request 17, which waits for longer");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

static void what_waits_may_leave_at_its_deadline(void)
{
    struct story story;
    story_of_a_queue(&story, 1 * S - 1);
    serves(&story, N2, 5, 18, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
    story_of_a_queue(&story, 1 * S);
    serves(&story, N2, 5, 18, "1", "282");
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void what_is_in_its_turn_at_its_deadline_is_served(void)
{
    struct story story;
    struct checker_setup setup = story_setup();
    setup.work_least_ns = 700 * MS;
    story_begin(&story, setup);
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "1");
    at(&story, 1 * S - 1);
    worker_does(&story, RECORD_VALUE, N2, 5, "1", "282");
    at(&story, 1 * S);
    fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
    reaches(&story, N1, 20, "1", N2);
    at(&story, 1700 * MS);
    serves(&story, N2, 5, 17, "1", "282");
    drops(&story, sends(&story, N2, N1, MESSAGE_REPLY, 17), DROP_LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* Request 17 has its turn when its deadline comes, and then the worker expires. Request 20 waits
 * for the next one, and has its turn when its own deadline comes. */
static void story_of_a_turn_broken_off(struct story *story)
{
    struct checker_setup setup = story_setup();
    setup.work_least_ns = 600 * MS;
    story_begin(story, setup);
    reaches(story, N1, 16, "1", N2);
    starts(story, N2, 5, "1", "282");
    at(story, 600 * MS);
    answers(story, N2, 5, 16, "1", "282", N1);
    at(story, 3900 * MS);
    ask(story, N2, 17, "1", N2);
    at(story, 4500 * MS);
    ask(story, N2, 20, "1", N2);
    at(story, 4900 * MS);
    fails(story, N2, 17, "1", OUTCOME_TIMEOUT);
    at(story, 5 * S);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
    starts(story, N2, 8, "1", "9");
    at(story, 5500 * MS);
    fails(story, N2, 20, "1", OUTCOME_TIMEOUT);
    at(story, 5600 * MS);
}

static void who_is_not_waited_for_when_his_turn_is_broken_off_has_no_other(void)
{
    struct story story;
    story_of_a_turn_broken_off(&story);
    serves(&story, N2, 8, 20, "1", "9");
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_turn_broken_off(&story);
    serves(&story, N2, 8, 17, "1", "9");
    CU_ASSERT_STRING_EQUAL(story.text, "1@n2#8 served request 17, which does not wait there");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

/* Request 20 waits for a worker that expires. */
static void story_of_a_hand_on(struct story *story, int64_t arrival_ns, int64_t t_ns)
{
    struct checker_setup setup = story_setup();
    setup.timeout_ns = 1 * S;
    setup.work_least_ns = 500 * MS;
    story_begin(story, setup);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    at(story, 500 * MS);
    answers(story, N2, 5, 17, "1", "282", N1);
    at(story, arrival_ns);
    reaches(story, N1, 20, "1", N2);
    at(story, t_ns);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
}

static void what_expiry_catches_goes_to_the_next_worker(void)
{
    struct story story;
    story_of_a_hand_on(&story, 4600 * MS, 5 * S);
    starts(&story, N2, 8, "1", "9");
    at(&story, 5500 * MS);
    answers(&story, N2, 8, 20, "1", "9", N1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_hand_on(&story, 4600 * MS, 5 * S);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_STRING_EQUAL(story.text,
                           "1@n2#5 expired while request 20 waited, and no worker followed it");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
    story_of_a_hand_on(&story, 4600 * MS, 5 * S);
    starts(&story, N2, 8, "4", "9");
    CU_ASSERT_EQUAL(story.fired[RULE_NOTHING_LOST], 1);
    story_close(&story);
    story_of_a_hand_on(&story, 4600 * MS, 5 * S);
    story_over(&story);
    CU_ASSERT_EQUAL(story.fired[RULE_NOTHING_LOST], 1);
    story_close(&story);
}

static void what_is_overdue_needs_no_next_worker(void)
{
    struct story story;
    story_of_a_hand_on(&story, 4 * S, 5 * S);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_hand_on(&story, 4 * S + 1, 5 * S);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

static void what_was_served_is_answered_at_once(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    serves(&story, N2, 5, 17, "1", "282");
    sends(&story, N2, N3, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_STRING_EQUAL(story.text, "request 17 was served on n2 and its answer did not leave");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
    story_begin(&story, story_setup());
    reaches(&story, N2, 18, "1", N2);
    starts(&story, N2, 5, "1", "282");
    serves(&story, N2, 5, 18, "1", "282");
    story_over(&story);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

static void what_comes_finds_a_worker_or_an_answer(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    sends(&story, N2, N1, MESSAGE_REPLY, 17);
    at(&story, 1 * MS);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    at(&story, 1 * MS);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_STRING_EQUAL(
        story.text, "request 17 came to n2, was not answered, and has no worker to wait for");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

static void a_failed_load_answers_all_who_wait(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), NULL);
    at(&story, 1 * MS);
    worker_does(&story, RECORD_LOAD_FAILED, N2, 5, "1", "");
    sends(&story, N2, N1, MESSAGE_REPLY, 17);
    at(&story, 2 * MS);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_worker(&story, story_setup(), NULL);
    at(&story, 1 * MS);
    worker_does(&story, RECORD_LOAD_FAILED, N2, 5, "1", "");
    at(&story, 2 * MS);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

static void a_second_try_may_be_refused_without_a_word(void)
{
    struct story story;
    story_begin(&story, story_setup());
    ask(&story, N1, 17, "1", N2);
    routes(&story, N1, 17, "1", N1, 2);
    begins(&story, N1, 7, "1");
    worker_does(&story, RECORD_LOAD_FAILED, N1, 7, "1", "");
    at(&story, 400 * MS);
    ask(&story, N1, 20, "1", N2);
    routes(&story, N1, 20, "1", N1, 2);
    at(&story, 5 * S);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    story_close(&story);
}

static void a_lost_workers_mailbox_is_empty_but_in_a_crash(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), NULL);
    worker_does(&story, RECORD_LOST, N2, 5, "1", "");
    plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_worker(&story, story_setup(), NULL);
    worker_does(&story, RECORD_LOST, N2, 5, "1", "");
    plain(&story, RECORD_DOWN, N2, DOWN_LEAVE);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
    story_of_a_worker(&story, story_setup(), NULL);
    worker_does(&story, RECORD_LOST, N2, 5, "1", "");
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

static void what_does_not_wait_is_not_served(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    serves(&story, N2, 5, 17, "1", "282");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
}

/* ---- in-order ------------------------------------------------------------------------------ */

static void story_of_an_overtaking(struct story *story, bool ordered)
{
    struct checker_setup setup = story_setup();
    setup.reorders = !ordered;
    story_begin(story, setup);
    ask(story, N1, 17, "1", N2);
    uint64_t first = sends(story, N1, N2, MESSAGE_REQUEST, 17);
    ask(story, N1, 20, "1", N2);
    uint64_t second = sends(story, N1, N2, MESSAGE_REQUEST, 20);
    comes(story, second);
    starts(story, N2, 5, "1", "282");
    answers(story, N2, 5, 20, "1", "282", N1);
    comes(story, first);
    serves(story, N2, 5, 17, "1", "282");
}

static void a_callers_requests_are_served_in_the_order_sent(void)
{
    struct story story;
    story_of_an_overtaking(&story, true);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_IN_ORDER));
    story_of_an_overtaking(&story, false);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_mailbox_keeps_the_order_of_a_caller(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "1");
    reaches(&story, N1, 20, "1", N2);
    worker_does(&story, RECORD_VALUE, N2, 5, "1", "282");
    serves(&story, N2, 5, 20, "1", "282");
    CU_ASSERT_EQUAL(story.fired[RULE_IN_ORDER], 1);
    CU_ASSERT_EQUAL(story.fired[RULE_NOTHING_LOST], 1);
    CU_ASSERT_EQUAL(story_count(&story), 2);
    story_close(&story);
}

static void two_callers_have_no_order(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N3, 18, "1", N2);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 18, "1", "282", N3);
    reaches(&story, N1, 17, "1", N2);
    answers(&story, N2, 5, 17, "1", "282", N1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* ---- bounds -------------------------------------------------------------------------------- */

static void story_of_a_full_mailbox(struct story *story, bool shed)
{
    story_begin(story, story_setup());
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    reaches(story, N1, 20, "1", N2);
    reaches(story, N1, 23, "1", N2);
    at(story, 1 * MS);
    CU_ASSERT_EQUAL(story_count(story), 0);
    reaches(story, N1, 26, "1", N2);
    if (shed)
        sends(story, N2, N1, MESSAGE_REPLY, 26);
    at(story, 2 * MS);
    sends(story, N2, N1, MESSAGE_HEARTBEAT, 0);
}

static void a_full_mailbox_sheds_at_once(void)
{
    struct story story;
    story_of_a_full_mailbox(&story, true);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_full_mailbox(&story, false);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_BOUNDS));
}

static void what_is_overdue_takes_no_room(void)
{
    struct story story;
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "1");
    reaches(&story, N1, 20, "1", N2);
    reaches(&story, N1, 23, "1", N2);
    at(&story, 1 * S);
    reaches(&story, N3, 18, "1", N2);
    at(&story, 1 * S);
    sends(&story, N2, N1, MESSAGE_HEARTBEAT, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

/* ---- apart, conservation ------------------------------------------------------------------- */

static void a_worker_starts_by_a_request_alone(void)
{
    struct story story;
    story_begin(&story, story_setup());
    begins(&story, N2, 5, "1");
    CU_ASSERT_STRING_EQUAL(story.text, "1@n2#5 started and no request asked for it");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
    story_begin(&story, story_setup());
    reaches(&story, N1, 17, "1", N2);
    begins(&story, N2, 5, "4");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
    story_of_an_expiry(&story, 5 * S);
    begins(&story, N2, 8, "1");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
}

static void a_node_that_lost_a_worker_starts_no_others(void)
{
    struct story story;
    story_of_a_worker(&story, story_setup(), "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    worker_does(&story, RECORD_LOST, N2, 5, "1", "");
    at(&story, 1 * MS);
    reaches(&story, N1, 20, "1", N2);
    begins(&story, N2, 8, "1");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
}

/* n1 is asked by n2 in the step in which it tries a request of its own again. */
static void a_node_that_lost_a_worker_starts_one_for_its_own_second_try(void)
{
    struct checker_setup setup = story_setup();
    setup.route = ROUTE_SELF_FIRST;
    for (int own = 0; own < 2; own++) {
        struct story story;
        story_begin(&story, setup);
        reaches(&story, N2, 18, "4", N1);
        starts(&story, N1, 4, "4", "9");
        answers(&story, N1, 4, 18, "4", "9", N2);
        ask(&story, N1, 17, "1", N2);
        worker_does(&story, RECORD_LOST, N1, 4, "4", "");
        at(&story, 900 * MS);
        reaches(&story, N2, 21, "1", N1);
        if (own)
            routes(&story, N1, 17, "1", N1, 2);
        begins(&story, N1, 7, "1");
        CU_ASSERT_TRUE(own ? story_is_quiet(&story) : story_breaks(&story, RULE_APART));
    }
}

static void a_node_that_is_down_starts_no_worker(void)
{
    struct story story;
    story_begin(&story, story_setup());
    plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
    ask(&story, N2, 18, "1", N2);
    begins(&story, N2, 5, "1");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
}

static void a_worker_ends_once_and_with_its_node(void)
{
    struct story story;
    story_of_an_expiry(&story, 5 * S);
    worker_does(&story, RECORD_EXPIRE, N2, 5, "1", "");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
    story_of_a_worker(&story, story_setup(), "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
    story_of_a_worker(&story, story_setup(), "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    worker_does(&story, RECORD_LOST, N3, 5, "1", "");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_CONSERVATION));
}

SUITE(check_workers, TEST(a_node_has_one_worker_of_an_id),
      TEST(a_worker_follows_one_that_has_ended), TEST(a_worker_starts_once),
      TEST(a_worker_loads_once), TEST(only_the_living_load), TEST(a_worker_serves_its_value),
      TEST(an_answer_has_the_value_that_was_served), TEST(long_values_are_compared_by_their_bytes),
      TEST(a_value_is_served_before_the_end_of_a_life),
      TEST(under_expire_idle_a_life_counts_from_the_last_answer),
      TEST(a_life_is_of_the_nodes_own_clock), TEST(what_does_not_live_serves_nothing),
      TEST(a_worker_expires_at_its_time), TEST(a_frozen_worker_expires_when_it_thaws),
      TEST(no_worker_outlives_its_time_to_the_end_of_the_run),
      TEST(a_turn_takes_its_time_from_the_value_on), TEST(two_turns_do_not_overlap),
      TEST(a_turn_begins_no_earlier_than_its_request_came),
      TEST(a_mailbox_is_served_in_the_order_of_arrival), TEST(what_waits_may_leave_at_its_deadline),
      TEST(what_is_in_its_turn_at_its_deadline_is_served),
      TEST(who_is_not_waited_for_when_his_turn_is_broken_off_has_no_other),
      TEST(what_expiry_catches_goes_to_the_next_worker), TEST(what_is_overdue_needs_no_next_worker),
      TEST(what_was_served_is_answered_at_once), TEST(what_comes_finds_a_worker_or_an_answer),
      TEST(a_failed_load_answers_all_who_wait), TEST(a_second_try_may_be_refused_without_a_word),
      TEST(a_lost_workers_mailbox_is_empty_but_in_a_crash), TEST(what_does_not_wait_is_not_served),
      TEST(a_callers_requests_are_served_in_the_order_sent),
      TEST(a_mailbox_keeps_the_order_of_a_caller), TEST(two_callers_have_no_order),
      TEST(a_full_mailbox_sheds_at_once), TEST(what_is_overdue_takes_no_room),
      TEST(a_worker_starts_by_a_request_alone), TEST(a_node_that_lost_a_worker_starts_no_others),
      TEST(a_node_that_lost_a_worker_starts_one_for_its_own_second_try),
      TEST(a_node_that_is_down_starts_no_worker), TEST(a_worker_ends_once_and_with_its_node));
