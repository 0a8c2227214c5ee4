/* What the checker says of real processes, which come late and whose times are a little apart. */
#include "support/story.h"

#define LATE  (20 * MS)
#define ERROR (2 * MS)

static struct checker_setup real_setup(void)
{
    struct checker_setup setup = story_setup();
    setup.clocks_exact = false;
    setup.clocks_smooth = true;
    setup.late_ns = LATE;
    setup.error_ns = ERROR;
    return setup;
}

/* Each node's clock began at another time. */
static void real_begin(struct story *story, struct checker_setup setup)
{
    story_begin(story, setup);
    story->ahead_ns[N1] = 700 * S;
    story->ahead_ns[N2] = 40 * S;
    story->ahead_ns[N3] = 3 * S;
}

/* A step of the node at this time of its own: the trace's need not move on. */
static void step_on(struct story *story, node_id node, int64_t ns)
{
    story->step = 0;
    story->ahead_ns[node] += ns;
}

static void lives_a_sign(struct story *story, node_id node)
{
    drops(story, sends(story, node, node == N1 ? N2 : N1, MESSAGE_HEARTBEAT, 0), DROP_LOSS);
}

/* n2's worker 5 lives from 0 s and has answered 17. */
static void story_of_a_life(struct story *story, struct checker_setup setup)
{
    real_begin(story, setup);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    answers(story, N2, 5, 17, "1", "282", N1);
}

/* ---- late_ns ------------------------------------------------------------------------------- */

static void story_of_an_end_of_life(struct story *story, enum record_kind kind, int64_t t_ns)
{
    story_of_a_life(story, real_setup());
    at(story, t_ns);
    worker_does(story, kind, N2, 5, "1", "");
}

static void a_worker_may_expire_late_but_not_early(void)
{
    struct story story;
    story_of_an_end_of_life(&story, RECORD_EXPIRE, 5 * S - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
    story_of_an_end_of_life(&story, RECORD_EXPIRE, 5 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_an_end_of_life(&story, RECORD_EXPIRE, 5 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
    story_of_an_end_of_life(&story, RECORD_LOST, 5 * S + LATE);
    plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_an_end_of_life(&story, RECORD_LOST, 5 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

static void story_of_a_late_timeout(struct story *story, enum outcome outcome, int64_t t_ns)
{
    real_begin(story, real_setup());
    ask(story, N1, 17, "1", N2);
    at(story, t_ns);
    fails(story, N1, 17, "1", outcome);
}

static void a_timeout_may_come_late_but_not_early(void)
{
    struct story story;
    story_of_a_late_timeout(&story, OUTCOME_TIMEOUT, 1 * S - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_a_late_timeout(&story, OUTCOME_TIMEOUT, 1 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_late_timeout(&story, OUTCOME_TIMEOUT, 1 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

/* Its source had it due at 500 ms, and the process came to it after 2 s: it is no later than that.
 */
static void what_a_process_comes_to_after_the_deadline_ends_soon_after(void)
{
    for (int64_t late_ns = LATE; late_ns <= LATE + 1; late_ns++) {
        struct story story;
        real_begin(&story, real_setup());
        at(&story, 2 * S);
        ask(&story, N1, 14, "1", N2);
        story.ahead_ns[N1] -= 1500 * MS;
        makes(&story, N1, 17, "1");
        story.ahead_ns[N1] += 1500 * MS;
        at(&story, 2 * S + late_ns);
        fails(&story, N1, 17, "1", OUTCOME_TIMEOUT);
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], late_ns > LATE);
        story_close(&story);
    }
}

static void no_other_outcome_comes_at_the_deadline(void)
{
    struct story story;
    story_of_a_late_timeout(&story, OUTCOME_UNREACHABLE, 1 * S - 1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_late_timeout(&story, OUTCOME_UNREACHABLE, 1 * S);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    for (int64_t early_ns = 0; early_ns <= 1; early_ns++) {
        real_begin(&story, real_setup());
        reaches(&story, N1, 17, "1", N2);
        starts(&story, N2, 5, "1", "282");
        at(&story, 1 * S - early_ns);
        answers(&story, N2, 5, 17, "1", "282", N1);
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], !early_ns);
        story_close(&story);
    }
}

static void nothing_is_served_at_the_end_of_a_life_however_late_it_is_seen_to(void)
{
    struct story story;
    for (int64_t early_ns = 0; early_ns <= 1; early_ns++) {
        story_of_a_life(&story, real_setup());
        at(&story, 4500 * MS);
        reaches(&story, N1, 20, "1", N2);
        at(&story, 5 * S - early_ns);
        serves(&story, N2, 5, 20, "1", "282");
        CU_ASSERT_EQUAL(story.fired[RULE_TTL], !early_ns);
        CU_ASSERT_EQUAL(story_count(&story), !early_ns);
        story_close(&story);
    }
}

static void story_of_a_late_end(struct story *story, bool request, int64_t t_ns)
{
    story_of_a_life(story, real_setup());
    at(story, 4 * S);
    if (request)
        ask(story, N1, 20, "1", N2);
    at(story, t_ns);
    lives_a_sign(story, N1);
    lives_a_sign(story, N2);
    story_over(story);
}

static void at_the_end_nothing_is_left_for_later_than_a_process_may_be(void)
{
    struct story story;
    story_of_a_late_end(&story, false, 5 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_late_end(&story, false, 5 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
    story_of_a_late_end(&story, true, 5 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_late_end(&story, true, 5 * S + LATE + 1);
    CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], 1);
    CU_ASSERT_EQUAL(story.fired[RULE_TTL], 1);
    story_close(&story);
}

/* ---- freezes ------------------------------------------------------------------------------- */

static void freeze(struct story *story, int64_t from_ns, int64_t to_ns)
{
    at(story, from_ns);
    plain(story, RECORD_FROZEN, N2, 0);
    at(story, to_ns);
    plain(story, RECORD_THAWED, N2, 0);
}

static void story_of_a_freeze(struct story *story, int64_t frozen_ns, int64_t end_ns)
{
    story_of_a_life(story, real_setup());
    freeze(story, frozen_ns, 9 * S);
    at(story, end_ns);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
}

static void what_fell_due_in_a_freeze_may_come_late_after_it(void)
{
    struct story story;
    story_of_a_freeze(&story, 5 * S, 9 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_freeze(&story, 5 * S, 9 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

static void what_was_late_when_the_freeze_began_is_covered_by_it(void)
{
    struct story story;
    story_of_a_freeze(&story, 5 * S + LATE, 9 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_freeze(&story, 5 * S + LATE + 1, 9 * S);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

static void story_of_two_freezes(struct story *story, int64_t again_ns, int64_t end_ns)
{
    story_of_a_life(story, real_setup());
    freeze(story, 3 * S, 9 * S);
    freeze(story, again_ns, 12 * S);
    at(story, end_ns);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
}

static void a_freeze_soon_after_another_goes_on_with_it(void)
{
    struct story story;
    story_of_two_freezes(&story, 9 * S + LATE - 1, 12 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_two_freezes(&story, 9 * S + LATE - 1, 12 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
    story_of_two_freezes(&story, 9 * S + LATE, 12 * S);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

/* It stood still from 4 s to 5.9 s, and could not say so before it was frozen from 6 s to 9 s. */
static void story_of_a_stall_told_late(struct story *story, int64_t stalled_ns, int64_t end_ns)
{
    story_of_a_life(story, real_setup());
    freeze(story, 6 * S, 9 * S);
    step_on(story, N2, stalled_ns - 9 * S);
    plain(story, RECORD_FROZEN, N2, FROZEN_STALLED);
    step_on(story, N2, 5900 * MS - stalled_ns);
    plain(story, RECORD_THAWED, N2, FROZEN_STALLED);
    step_on(story, N2, 3100 * MS);
    at(story, end_ns);
    worker_does(story, RECORD_EXPIRE, N2, 5, "1", "");
}

static void a_stall_told_after_a_freeze_began_before_it_and_ends_no_earlier(void)
{
    struct story story;
    story_of_a_stall_told_late(&story, 4 * S, 9 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_stall_told_late(&story, 4 * S, 9 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
    story_of_a_stall_told_late(&story, 5 * S + LATE, 9 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_stall_told_late(&story, 5 * S + LATE + 1, 9 * S + LATE);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

static void story_of_a_freeze_near_the_end(struct story *story, int64_t end_ns)
{
    story_of_a_life(story, real_setup());
    freeze(story, 5 * S, 9 * S);
    at(story, end_ns);
    lives_a_sign(story, N2);
    story_over(story);
}

static void a_freeze_covers_what_is_left_at_the_end(void)
{
    struct story story;
    story_of_a_freeze_near_the_end(&story, 9 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_freeze_near_the_end(&story, 9 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TTL));
}

/* ---- starts -------------------------------------------------------------------------------- */

/* n2 is down from 1 s to 3 s, and is asked at asked_ns for what then times out. */
static void story_of_a_start(struct story *story, int64_t asked_ns, int64_t end_ns)
{
    real_begin(story, real_setup());
    at(story, S);
    plain(story, RECORD_DOWN, N2, DOWN_CRASH);
    at(story, 3 * S);
    plain(story, RECORD_UP, N2, 0);
    step_on(story, N2, asked_ns - 3 * S);
    makes(story, N2, 17, "1");
    step_on(story, N2, 3 * S - asked_ns);
    at(story, end_ns);
    fails(story, N2, 17, "1", OUTCOME_TIMEOUT);
}

static void what_fell_due_while_a_process_started_may_come_late_when_it_is_up(void)
{
    struct story story;
    story_of_a_start(&story, 1500 * MS, 3 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_start(&story, 1500 * MS, 3 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
    story_of_a_start(&story, 3 * S, 4 * S + LATE);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_start(&story, 3 * S, 4 * S + LATE + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_OUTCOME));
}

static void what_fell_due_in_a_freeze_of_a_start_may_come_late_too(void)
{
    struct story story;
    for (int64_t late_ns = LATE; late_ns <= LATE + 1; late_ns++) {
        real_begin(&story, real_setup());
        at(&story, S);
        plain(&story, RECORD_DOWN, N2, DOWN_CRASH);
        freeze(&story, 2900 * MS, 9 * S);
        at(&story, 9 * S + LATE / 2);
        plain(&story, RECORD_UP, N2, 0);
        step_on(&story, N2, -7 * S);
        makes(&story, N2, 17, "1");
        step_on(&story, N2, 7 * S);
        at(&story, 9 * S + LATE / 2 + late_ns);
        fails(&story, N2, 17, "1", OUTCOME_TIMEOUT);
        CU_ASSERT_TRUE(late_ns == LATE ? story_is_quiet(&story)
                                       : story_breaks(&story, RULE_ONE_OUTCOME));
    }
}

/* ---- turns --------------------------------------------------------------------------------- */

/* By the trace the turn takes from 0 s to t_ns, by the node's clock so much longer. */
static void story_of_a_turn(struct story *story, int64_t t_ns, int64_t longer_ns)
{
    struct checker_setup setup = real_setup();
    setup.work_least_ns = 100 * MS;
    real_begin(story, setup);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    at(story, t_ns);
    step_on(story, N2, longer_ns);
    serves(story, N2, 5, 17, "1", "282");
}

static void a_turn_is_as_long_as_the_node_s_clock_says(void)
{
    struct story story;
    story_of_a_turn(&story, 100 * MS, 0);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_turn(&story, 100 * MS - 1, 0);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_SERIAL));
    story_of_a_turn(&story, 1 * MS, 99 * MS);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_of_a_turn(&story, 1 * MS, 99 * MS - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_SERIAL));
}

/* ---- steps --------------------------------------------------------------------------------- */

static void two_steps_at_one_time_are_told_apart_by_their_clock(void)
{
    struct story story;
    real_begin(&story, real_setup());
    reaches(&story, N1, 17, "1", N2);
    lives_a_sign(&story, N2);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    step_on(&story, N2, 1);
    lives_a_sign(&story, N2);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_NOTHING_LOST));
    real_begin(&story, real_setup());
    reaches(&story, N1, 17, "1", N2);
    sends(&story, N2, N1, MESSAGE_REPLY, 17);
    step_on(&story, N2, 1);
    begins(&story, N2, 5, "1");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_APART));
}

static void a_step_that_the_merge_drew_out_is_one(void)
{
    struct story story;
    real_begin(&story, real_setup());
    reaches(&story, N1, 17, "1", N2);
    at(&story, 1 * MS);
    step_on(&story, N2, -1 * MS);
    starts(&story, N2, 5, "1", "282");
    answers(&story, N2, 5, 17, "1", "282", N1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void in_the_simulator_a_clock_that_is_set_ends_no_instant_too_early(void)
{
    struct checker_setup setup = story_setup();
    struct story story;
    setup.clocks_exact = false;
    story_begin(&story, setup);
    reaches(&story, N1, 17, "1", N2);
    starts(&story, N2, 5, "1", "282");
    story.ahead_ns[N2] = 1 * S;
    answers(&story, N2, 5, 17, "1", "282", N1);
    reaches(&story, N3, 18, "4", N2);
    starts(&story, N2, 8, "4", "9");
    story.ahead_ns[N2] = 0;
    answers(&story, N2, 8, 18, "4", "9", N3);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    story_begin(&story, setup);
    story.ahead_ns[N2] = 1;
    reaches(&story, N1, 17, "1", N2);
    at(&story, 1);
    story.ahead_ns[N2] = 0; /* a slow clock that shows the same at the next instant */
    begins(&story, N2, 5, "1");
    CU_ASSERT_EQUAL(story.fired[RULE_NOTHING_LOST], 1);
    CU_ASSERT_EQUAL(story.fired[RULE_APART], 1);
    story_close(&story);
}

/* ---- clocks that are exact but not the trace's ---------------------------------------------- */

static void an_exact_clock_need_not_show_the_time_of_the_trace(void)
{
    struct story story;
    for (int64_t past_ns = 0; past_ns <= 1; past_ns++) {
        struct under_way under_way = {.requests = 1};
        story_begin(&story, story_setup());
        for (node_id node = 0; node < STORY_NODES; node++)
            story.ahead_ns[node] = 7 * S;
        ask(&story, N1, 17, "1", N2);
        lives_a_sign(&story, N1);
        checker_end(story.checker, 1 * S + past_ns, &under_way);
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_OUTCOME], past_ns);
        CU_ASSERT_EQUAL(story_count(&story), past_ns);
        story_close(&story);
    }
}

SUITE(check_real, TEST(a_worker_may_expire_late_but_not_early),
      TEST(a_timeout_may_come_late_but_not_early),
      TEST(what_a_process_comes_to_after_the_deadline_ends_soon_after),
      TEST(no_other_outcome_comes_at_the_deadline),
      TEST(nothing_is_served_at_the_end_of_a_life_however_late_it_is_seen_to),
      TEST(at_the_end_nothing_is_left_for_later_than_a_process_may_be),
      TEST(what_fell_due_in_a_freeze_may_come_late_after_it),
      TEST(what_was_late_when_the_freeze_began_is_covered_by_it),
      TEST(a_freeze_soon_after_another_goes_on_with_it),
      TEST(a_stall_told_after_a_freeze_began_before_it_and_ends_no_earlier),
      TEST(a_freeze_covers_what_is_left_at_the_end),
      TEST(what_fell_due_while_a_process_started_may_come_late_when_it_is_up),
      TEST(what_fell_due_in_a_freeze_of_a_start_may_come_late_too),
      TEST(a_turn_is_as_long_as_the_node_s_clock_says),
      TEST(two_steps_at_one_time_are_told_apart_by_their_clock),
      TEST(a_step_that_the_merge_drew_out_is_one),
      TEST(in_the_simulator_a_clock_that_is_set_ends_no_instant_too_early),
      TEST(an_exact_clock_need_not_show_the_time_of_the_trace));
