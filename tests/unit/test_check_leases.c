/* What the checker says of leases: one slot, a lease of 2 s, clocks within 10 %. */
#include "support/story.h"

#include "node/entries.h"

static struct checker_setup setup(void)
{
    struct checker_setup setup = story_setup();
    setup.slots = 1;
    setup.lease_ns = 2 * S;
    setup.drift_ppm = 100000;
    setup.clocks_exact = true;
    setup.clocks_smooth = true;
    return setup;
}

static void lease(struct story *story, node_id node, enum lease_how how, uint64_t counter,
                  int64_t until_ns)
{
    struct record record = record_of(RECORD_LEASE);
    record.code = (uint8_t)how;
    record.worker = counter;
    record.amount = until_ns;
    story_put(story, record, node);
}

static void bears(struct story *story, struct record record, uint64_t worker, uint64_t counter)
{
    record.worker = worker;
    record.number = counter;
    record.amount = record.kind == RECORD_LOAD ? story->ttl_ns : 0;
    story_put(story, record, N1);
}

/* Request 16 of n1 for id 0, which it owns; its worker 4 starts and loads under this token. */
static void works(struct story *story, uint64_t counter)
{
    ask(story, N1, 16, "0", N1);
    story->workers++;
    bears(story, story_record(RECORD_START, "0"), 4, 0);
    bears(story, story_record(RECORD_LOAD, "0"), 4, counter);
    worker_does(story, RECORD_VALUE, N1, 4, "0", "v");
}

/* n1 has won the lease, with this token, and has a worker that has its value. */
static void begin_at_work(struct story *story, uint64_t token, int64_t until_ns)
{
    story_begin(story, setup());
    lease(story, N1, LEASE_WON, token, until_ns);
    works(story, token);
}

static void gives(struct story *story, uint64_t counter)
{
    struct record serve = story_record(RECORD_SERVE, "0");
    serve.request = 16;
    serve.code = 1;
    serve.value = text_borrow("v", 1);
    bears(story, serve, 4, counter);
}

static void a_lease_that_is_over_may_be_won_by_another_node(void)
{
    struct story story;
    story_begin(&story, setup());
    lease(&story, N1, LEASE_WON, 1, 2 * S);
    at(&story, 1 * S);
    lease(&story, N1, LEASE_RENEWED, 1, 3 * S);
    at(&story, 3 * S);
    lease(&story, N2, LEASE_WON, 2, 5 * S); /* n1 stands still, and has not said so */
    CU_ASSERT_EQUAL(story_count(&story), 0);
    lease(&story, N1, LEASE_LOST, 1, 3 * S);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_lease_that_is_won_a_nanosecond_too_early_is_found(void)
{
    struct story story;
    story_begin(&story, setup());
    lease(&story, N1, LEASE_WON, 1, 2 * S);
    at(&story, 2 * S - 1);
    lease(&story, N2, LEASE_WON, 2, 4 * S - 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LEASE));
}

static void a_slow_clock_is_known_by_its_next_record(void)
{
    for (int early = 0; early <= 1; early++) {
        struct story story;
        struct checker_setup slow = setup();
        slow.clocks_exact = false;
        story_begin(&story, slow);
        lease(&story, N1, LEASE_WON, 1, 2 * S);
        at(&story, 2100 * MS);
        lease(&story, N2, LEASE_WON, 2, 4100 * MS); /* n1's clock is at 2 s, or 50 ms before */
        CU_ASSERT_EQUAL(story_count(&story), 0);
        at(&story, 2200 * MS);
        story.ahead_ns[N1] = early ? -157 * MS : -100 * MS;
        lease(&story, N1, LEASE_LOST, 1, 2 * S);
        CU_ASSERT_EQUAL(story_count(&story), early);
        story_close(&story);
    }
}

static void a_lease_is_no_longer_than_is_set_and_is_renewed_by_its_holder(void)
{
    struct story story;
    story_begin(&story, setup());
    lease(&story, N1, LEASE_WON, 1, 2 * S + 1);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LEASE));
    story_begin(&story, setup());
    lease(&story, N1, LEASE_WON, 1, 2 * S);
    at(&story, 2 * S);
    lease(&story, N1, LEASE_RENEWED, 1, 4 * S);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_ONE_LEASE));
}

static void tokens_have_to_grow(void)
{
    struct story story;
    story_begin(&story, setup());
    lease(&story, N2, LEASE_WON, 7, 2 * S);
    lease(&story, N2, LEASE_RELEASED, 7, 2 * S);
    at(&story, 1 * S);
    lease(&story, N3, LEASE_WON, 7, 3 * S); /* n3 follows n2 */
    lease(&story, N3, LEASE_RELEASED, 7, 3 * S);
    CU_ASSERT_EQUAL(story_count(&story), 0);
    lease(&story, N1, LEASE_WON, 7, 3 * S);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_TOKEN_GROWS));
}

static void an_answer_under_its_lease_and_token_breaks_nothing(void)
{
    struct story story;
    begin_at_work(&story, 1, 1 * S);
    at(&story, 1 * S - 1);
    gives(&story, 1);
    replied(&story, N1, 16, "0", 4, "v", N1);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void a_worker_without_a_lease_is_found(void)
{
    struct story story;
    story_begin(&story, setup());
    works(&story, 1);
    CU_ASSERT_EQUAL(story.fired[RULE_LEASE_BEFORE_SERVE], 3);
    story_close(&story);
}

static void an_answer_at_the_end_of_the_lease_is_found(void)
{
    struct story story;
    begin_at_work(&story, 1, 1 * S);
    at(&story, 1 * S);
    gives(&story, 1);
    CU_ASSERT_EQUAL(story.fired[RULE_NO_SERVE_LATE], 1);
    story_close(&story);
}

static void an_answer_with_another_token_is_found(void)
{
    struct story story;
    begin_at_work(&story, 2, 2 * S);
    gives(&story, 1);
    CU_ASSERT_EQUAL(story.fired[RULE_TOKEN_GROWS], 1);
    story_close(&story);
}

static void a_worker_that_outlives_its_lease_is_found(void)
{
    struct story story;
    begin_at_work(&story, 1, 1 * S);
    at(&story, 1 * S);
    lease(&story, N1, LEASE_LOST, 1, 1 * S);
    CU_ASSERT_EQUAL(story.fired[RULE_LEASE_BEFORE_SERVE], 1);
    story_close(&story);
}

static void a_worker_that_ends_with_a_lease_that_lives_on_is_found(void)
{
    for (int lives_on = 0; lives_on <= 2; lives_on++) {
        struct story story;
        story_begin(&story, setup());
        lease(&story, N1, LEASE_WON, 1, 1 * S);
        works(&story, 1);
        at(&story, 500 * MS);
        struct record lost = story_record(RECORD_LOST, "0");
        lost.code = DOWN_LEASE;
        bears(&story, lost, 4, 0);
        story.workers--;
        if (lives_on == 1)
            at(&story, 600 * MS);
        if (lives_on != 2)
            lease(&story, N1, LEASE_LOST, 1, 1 * S);
        fails(&story, N1, 16, "0", OUTCOME_OWNER_LOST);
        story_over(&story);
        CU_ASSERT_EQUAL(story.fired[RULE_APART], lives_on != 0);
        CU_ASSERT_EQUAL(story_count(&story), lives_on != 0);
        story_close(&story);
    }
}

static void a_worker_that_lives_on_when_its_lease_is_over_is_found_before_that_is_said(void)
{
    enum { IN_TIME, LATE, THAWED, AT_THE_END, WAYS };
    for (int way = 0; way < WAYS; way++) {
        struct story story;
        story_begin(&story, setup());
        lease(&story, N1, LEASE_WON, 1, 400 * MS);
        works(&story, 1);
        at(&story, 300 * MS);
        lease(&story, N1, LEASE_RENEWED, 1, 900 * MS);
        if (way == THAWED)
            plain(&story, RECORD_FROZEN, N1, 0);
        at(&story, way == IN_TIME ? 900 * MS : 900 * MS + 1);
        if (way == THAWED)
            plain(&story, RECORD_THAWED, N1, 0);
        struct record lost = story_record(RECORD_LOST, "0");
        lost.code = DOWN_LEASE;
        if (way != AT_THE_END) {
            bears(&story, lost, 4, 0);
            story.workers--;
            lease(&story, N1, LEASE_LOST, 1, 900 * MS);
        }
        story_over(&story);
        CU_ASSERT_EQUAL(story.fired[RULE_LEASE_BEFORE_SERVE], way == LATE || way == AT_THE_END);
        CU_ASSERT_EQUAL(story_count(&story), way == LATE || way == AT_THE_END);
        story_close(&story);
    }
}

/* At the first end there was no worker, and the lease had been renewed. */
static void so_is_one_that_starts_after_an_earlier_end_was_looked_at(void)
{
    struct story story;
    story_begin(&story, setup());
    lease(&story, N1, LEASE_WON, 1, 400 * MS);
    at(&story, 300 * MS);
    lease(&story, N1, LEASE_RENEWED, 1, 900 * MS);
    at(&story, 500 * MS);
    works(&story, 1);
    at(&story, 900 * MS + 1);
    story_over(&story);
    CU_ASSERT_EQUAL(story.fired[RULE_LEASE_BEFORE_SERVE], 1);
    story_close(&story);
}

static void a_slow_clock_is_known_by_its_rate_when_the_run_ends(void)
{
    for (int early = 0; early <= 1; early++) {
        struct story story;
        struct checker_setup slow = setup();
        slow.clocks_exact = false;
        story_begin(&story, slow);
        lease(&story, N1, LEASE_WON, 1, 2 * S);
        at(&story, 1 * S);
        story.ahead_ns[N1] = -100 * MS;
        lease(&story, N1, LEASE_RENEWED, 1, 2700 * MS); /* 3 s in true time */
        plain(&story, RECORD_FROZEN, N1, 0);
        at(&story, 3 * S - early * 100);
        lease(&story, N2, LEASE_WON, 2, 4 * S);
        story_over(&story);
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_LEASE], (uint64_t)early);
        CU_ASSERT_EQUAL(story_count(&story), (uint64_t)early);
        story_close(&story);
    }
}

static void a_lease_that_its_holder_wins_anew_is_found(void)
{
    for (int over = 0; over <= 1; over++) {
        struct story story;
        story_begin(&story, setup());
        lease(&story, N1, LEASE_WON, 1, 1 * S);
        at(&story, 1 * S - !over);
        lease(&story, N1, LEASE_WON, 2, 2 * S);
        CU_ASSERT_TRUE(story_breaks(&story, over ? RULE_LEASE_BEFORE_SERVE : RULE_TOKEN_GROWS));
    }
}

static void a_node_that_leaves_owes_answers_to_what_waits_for_a_lease(void)
{
    for (int how = DOWN_CRASH; how <= DOWN_LEAVE; how++)
        for (int late = 0; late <= 1; late++) {
            struct story story;
            story_begin(&story, setup());
            reaches(&story, N2, 17, "0", N1);
            at(&story, 1 * S - !late);
            plain(&story, RECORD_DOWN, N1, (uint8_t)how);
            CU_ASSERT_EQUAL(story.fired[RULE_NOTHING_LOST], how == DOWN_LEAVE && !late);
            CU_ASSERT_EQUAL(story_count(&story), story.fired[RULE_NOTHING_LOST]);
            story_close(&story);
        }
}

/* Second tries on their callers' own node for which its mailbox may have no room, and no lease. */
static void tries_that_wait_for_a_lease_take_no_room_of_later_ones(void)
{
    struct story story;
    struct checker_setup narrow = setup();
    narrow.mailbox = 1;
    story_begin(&story, narrow);
    for (uint64_t request = 17; request <= 23; request += 3) {
        ask(&story, N2, request, "0", N1);
        routes(&story, N2, request, "0", N2, 2);
    }
    at(&story, 1 * MS);
    lease(&story, N2, LEASE_WON, 1, 2 * S);
    starts(&story, N2, 5, "0", "v");
    at(&story, 2 * MS);
    ask(&story, N3, 18, "0", N1);
    comes(&story, sends(&story, N3, N2, MESSAGE_REQUEST, 18));
    at(&story, 3 * MS);
    plain(&story, RECORD_FROZEN, N2, 0);
    CU_ASSERT_EQUAL(story.fired[RULE_BOUNDS], 0);
    story_close(&story);
}

static void comes_to_n2(struct story *story, uint64_t request, int64_t deadline_ns)
{
    struct record made = story_record(RECORD_REQUEST, "0");
    made.request = request;
    made.amount = deadline_ns;
    story_put(story, made, N3);
    routes(story, N3, request, "0", N2, 1);
    comes(story, sends(story, N3, N2, MESSAGE_REQUEST, request));
}

/* 18 waits for the lease, behind one that has more time, while the mailbox is looked through. It is
 * overdue while its worker loads, so that it may have left without a word. */
static void what_waited_for_a_lease_takes_no_room_past_its_deadline(void)
{
    struct story story;
    story_begin(&story, setup());
    comes_to_n2(&story, 15, 5 * S);
    ask(&story, N2, 17, "0", N1);
    routes(&story, N2, 17, "0", N2, 2);
    at(&story, 500 * MS);
    comes_to_n2(&story, 18, 1500 * MS);
    at(&story, 1 * S);
    ask(&story, N2, 20, "0", N1);
    routes(&story, N2, 20, "0", N2, 2);
    at(&story, 1100 * MS);
    lease(&story, N2, LEASE_WON, 1, 3 * S);
    worker_does(&story, RECORD_START, N2, 5, "0", "");
    worker_does(&story, RECORD_LOAD, N2, 5, "0", "");
    at(&story, 1600 * MS);
    comes_to_n2(&story, 21, 3 * S);
    comes_to_n2(&story, 24, 3 * S);
    at(&story, 1700 * MS);
    plain(&story, RECORD_FROZEN, N2, 0);
    CU_ASSERT_EQUAL(story.fired[RULE_BOUNDS], 0);
    story_close(&story);
}

static void an_acceptor_that_speaks_too_soon_after_a_restart_is_found(void)
{
    /* 2 s * 1.1 / 0.9, rounded up */
    static const int64_t quarantine_ns = 2444444445;
    for (int early = 0; early <= 1; early++) {
        struct story story;
        story_begin(&story, setup());
        plain(&story, RECORD_DOWN, N1, DOWN_CRASH);
        at(&story, 1 * S);
        plain(&story, RECORD_UP, N1, 0);
        at(&story, 1 * S + quarantine_ns - early);
        struct record send = record_of(RECORD_SEND);
        send.number = 1;
        send.message = MESSAGE_LEASE;
        send.peer = N2;
        send.code = LEASE_ASKS;
        story_put(&story, send, N1);
        send.number = 4;
        send.code = LEASE_ANSWERS;
        story_put(&story, send, N1);
        CU_ASSERT_EQUAL(story.fired[RULE_QUARANTINE], (uint64_t)early);
        story_close(&story);
    }
}

/* n1 holds slots 0 and 2 of three, and renews both, or 0 and 1, in one record. */
static void each_lease_that_is_renewed_in_one_record_is_judged(void)
{
    for (char between = 0; between <= 1; between++) {
        struct story story;
        struct checker_setup three = setup();
        three.slots = 3;
        story_begin(&story, three);
        struct record record = record_of(RECORD_LEASE);
        record.worker = 1;
        record.amount = 2 * S;
        for (record.number = 0; record.number <= 2; record.number += 2)
            story_put(&story, record, N1);
        at(&story, 1 * S);
        record.number = 0;
        record.code = LEASE_RENEWED;
        record.amount = 3 * S;
        record.value = text_borrow(&between, 1);
        story_put(&story, record, N1);
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_LEASE], between == 0);
        at(&story, 2500 * MS);
        record = record_of(RECORD_LEASE);
        record.number = 2;
        record.worker = 2;
        record.amount = 4500 * MS;
        story_put(&story, record, N2); /* over unless it was renewed */
        CU_ASSERT_EQUAL(story.fired[RULE_ONE_LEASE], 1);
        story_close(&story);
    }
}

SUITE(check_leases, TEST(each_lease_that_is_renewed_in_one_record_is_judged),
      TEST(a_lease_that_is_over_may_be_won_by_another_node),
      TEST(a_lease_that_is_won_a_nanosecond_too_early_is_found),
      TEST(a_slow_clock_is_known_by_its_next_record),
      TEST(a_lease_is_no_longer_than_is_set_and_is_renewed_by_its_holder),
      TEST(tokens_have_to_grow), TEST(an_answer_under_its_lease_and_token_breaks_nothing),
      TEST(a_worker_without_a_lease_is_found), TEST(an_answer_at_the_end_of_the_lease_is_found),
      TEST(an_answer_with_another_token_is_found), TEST(a_worker_that_outlives_its_lease_is_found),
      TEST(a_worker_that_ends_with_a_lease_that_lives_on_is_found),
      TEST(a_worker_that_lives_on_when_its_lease_is_over_is_found_before_that_is_said),
      TEST(so_is_one_that_starts_after_an_earlier_end_was_looked_at),
      TEST(a_slow_clock_is_known_by_its_rate_when_the_run_ends),
      TEST(a_lease_that_its_holder_wins_anew_is_found),
      TEST(a_node_that_leaves_owes_answers_to_what_waits_for_a_lease),
      TEST(tries_that_wait_for_a_lease_take_no_room_of_later_ones),
      TEST(what_waited_for_a_lease_takes_no_room_past_its_deadline),
      TEST(an_acceptor_that_speaks_too_soon_after_a_restart_is_found));
