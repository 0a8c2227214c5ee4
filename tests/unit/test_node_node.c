/* The node, event by event: each test is a short story of which the whole log of effects is
 * compared. */
#include "support/lone.h"
#include "support/suite.h"

#include <stdio.h>

#define S  NS_PER_S
#define MS NS_PER_MS

/* A node with a ready worker w1 for id 0, value "v", whose start was at 0 s. */
static void with_worker(struct lone *lone)
{
    lone_start(lone);
    lone_ask(lone, 0, "0", 1);
    lone_load(lone, 0, lone->loading, "v");
    lone_forget(lone);
}

static void own_id_is_served_by_one_worker_here(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "3", 5);
    lone_expect(&lone, "request r1 3\nroute r1 3 n1 try 1\nstart 3 w1\nload 3 w1\nload w1\n");
    lone_load(&lone, 10 * MS, lone.loading, "v");
    lone_expect(&lone, "value 3 w1 v\nserve r1 3 w1 v\nreply r1 3 w1 v\ndone 5 ok v\n");
    lone_ask(&lone, 20 * MS, "3", 6);
    lone_expect(
        &lone,
        "request r4 3\nroute r4 3 n1 try 1\nserve r4 3 w1 v\nreply r4 3 w1 v\ndone 6 ok v\n");
    lone_close(&lone);
}

static void requests_that_wait_share_one_load(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "3", 5);
    lone_forget(&lone);
    lone_receive(&lone, 0, lone_request(1, 2, "3", S));
    lone_expect(&lone, "recv r2\n");
    lone_load(&lone, 10 * MS, lone.loading, "v");
    lone_expect(&lone, "value 3 w1 v\nserve r1 3 w1 v\nreply r1 3 w1 v\ndone 5 ok v\n"
                       "serve r2 3 w1 v\n> n2 reply r2 ok\n");
    lone_close(&lone);
}

static void worker_is_served_a_nanosecond_before_its_ttl(void)
{
    struct lone lone;
    lone_init(&lone);
    with_worker(&lone);
    lone_receive(&lone, 5 * S - 1, lone_request(1, 2, "0", S));
    lone_expect(&lone, "recv r2\nserve r2 0 w1 v\n> n2 reply r2 ok\n");
    lone_close(&lone);
}

static void worker_is_not_served_at_its_ttl(void)
{
    struct lone lone;
    lone_init(&lone);
    with_worker(&lone);
    lone_receive(&lone, 5 * S, lone_request(1, 2, "0", S));
    lone_expect(&lone, "expire 0 w1\nrecv r2\nstart 0 w4\nload 0 w4\nload w4\n");
    lone_close(&lone);
}

static void idle_worker_lives_on_from_its_last_answer(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.expire_idle = true;
    with_worker(&lone);
    lone_receive(&lone, 3 * S, lone_request(1, 2, "0", S));
    lone_forget(&lone);
    lone_timer(&lone, 8 * S - 1);
    lone_expect(&lone, "");
    lone_timer(&lone, 8 * S);
    lone_expect(&lone, "expire 0 w1\n");
    lone_close(&lone);
}

static void mailbox_goes_to_the_next_worker_when_the_first_expires(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.works = true;
    with_worker(&lone);
    lone_work(&lone, 100 * MS, lone.working);
    lone_forget(&lone);
    lone_receive(&lone, 4500 * MS, lone_request(1, 2, "0", S));
    lone_receive(&lone, 4600 * MS, lone_request(2, 3, "0", S));
    lone_expect(&lone, "recv r2\nwork w1\nrecv r3\n");
    struct worker_ref old = lone.working;
    lone_timer(&lone, 5 * S);
    lone_expect(&lone, "expire 0 w1\nstart 0 w4\nload 0 w4\nload w4\n");
    lone_work(&lone, 5100 * MS, old);
    lone_expect(&lone, "");
    lone_load(&lone, 5200 * MS, lone.loading, "x");
    lone_expect(&lone, "value 0 w4 x\nwork w4\n");
    lone_work(&lone, 5300 * MS, lone.working);
    lone_expect(&lone, "serve r2 0 w4 x\n> n2 reply r2 ok\nwork w4\n");
    lone_close(&lone);
}

static void turn_longer_than_a_life_ends_with_its_callers_patience(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.works = true;
    with_worker(&lone);
    lone_work(&lone, 0, lone.working);
    lone_receive(&lone, 4500 * MS, lone_request(1, 2, "0", S));
    lone_timer(&lone, 5 * S);
    lone_load(&lone, 5 * S, lone.loading, "x");
    lone_timer(&lone, 5500 * MS);
    lone_forget(&lone);
    lone_timer(&lone, 10 * S);
    lone_expect(&lone, "expire 0 w4\n");
    CU_ASSERT_EQUAL(node_wake_ns(lone.node), TIME_NEVER);
    lone_close(&lone);
}

static void late_load_of_an_ended_worker_is_dropped(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    struct worker_ref old = lone.loading;
    lone_forget(&lone);
    lone_timer(&lone, S);
    lone_expect(&lone, "fail r1 0 timeout\ndone 1 timeout\n");
    lone_timer(&lone, 5 * S);
    lone_expect(&lone, "expire 0 w1\n");
    lone_load(&lone, 6 * S, old, "a value longer than fifteen bytes");
    lone_expect(&lone, "");
    lone_close(&lone);
}

static void failed_load_is_told_to_all_and_kept_for_the_ttl(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    lone_receive(&lone, 0, lone_request(1, 2, "0", S));
    lone_forget(&lone);
    lone_fail_load(&lone, 10 * MS, lone.loading);
    lone_expect(
        &lone,
        "load-failed 0 w1\nfail r1 0 load-failed\ndone 1 load-failed\n> n2 reply r2 load-failed\n");
    lone_receive(&lone, 5 * S - 1, lone_request(1, 5, "0", S));
    lone_expect(&lone, "recv r5\n> n2 reply r5 load-failed\n");
    lone_receive(&lone, 5 * S, lone_request(1, 8, "0", S));
    lone_expect(&lone, "expire 0 w1\nrecv r8\nstart 0 w4\nload 0 w4\nload w4\n");
    lone_close(&lone);
}

static void full_mailbox_refuses_at_once(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    lone_ask(&lone, 0, "0", 2);
    lone_forget(&lone);
    lone_ask(&lone, 0, "0", 3);
    lone_expect(&lone,
                "request r7 0\nroute r7 0 n1 try 1\nfail r7 0 overloaded\ndone 3 overloaded\n");
    lone_close(&lone);
}

static void the_one_in_its_turn_takes_no_place_in_the_mailbox(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.works = true;
    with_worker(&lone);
    lone_receive(&lone, MS, lone_request(1, 2, "0", S));
    lone_receive(&lone, MS, lone_request(1, 5, "0", S));
    lone_expect(&lone, "recv r2\nrecv r5\n");
    lone_receive(&lone, MS, lone_request(1, 8, "0", S));
    lone_expect(&lone, "recv r8\n> n2 reply r8 overloaded\n");
    lone_close(&lone);
}

static void waiting_request_leaves_at_its_own_deadline(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_receive(&lone, 0, lone_request(1, 2, "0", 500 * MS));
    lone_receive(&lone, 0, lone_request(1, 5, "0", 500 * MS + 1));
    lone_forget(&lone);
    lone_load(&lone, 500 * MS, lone.loading, "v");
    lone_expect(&lone, "value 0 w1 v\nserve r5 0 w1 v\n> n2 reply r5 ok\n");
    lone_close(&lone);
}

static void far_id_is_asked_for_once_and_answered(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_expect(&lone, "request r1 1\nroute r1 1 n2 try 1\n> n2 request r1 1\n");
    lone_receive(&lone, MS, lone_reply(1, 1, OUTCOME_VALUE, "v"));
    lone_expect(&lone, "recv r1\nreply r1 1 w99 v\ndone 7 ok v\n");
    lone_receive(&lone, MS, lone_reply(1, 1, OUTCOME_VALUE, "v"));
    lone_expect(&lone, "drop r1 late\n");
    lone_close(&lone);
}

static void request_ends_at_its_deadline_and_not_before(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fallback = FALLBACK_NONE;
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_forget(&lone);
    CU_ASSERT_EQUAL(node_wake_ns(lone.node), S);
    lone_timer(&lone, S - 1);
    lone_expect(&lone, "");
    lone_receive(&lone, S, lone_reply(1, 1, OUTCOME_VALUE, "v"));
    lone_expect(&lone, "fail r1 1 timeout\ndone 7 timeout\ndrop r1 late\n");
    lone_close(&lone);
}

static void silent_owner_is_given_up_for_the_own_node(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_forget(&lone);
    lone_timer(&lone, 400 * MS - 1);
    lone_expect(&lone, "");
    lone_timer(&lone, 400 * MS);
    lone_expect(&lone, "route r1 1 n1 try 2 retry\nstart 1 w1\nload 1 w1\nload w1\n");
    lone_receive(&lone, 500 * MS, lone_reply(1, 1, OUTCOME_VALUE, "far"));
    lone_expect(&lone, "recv r1\nreply r1 1 w99 far\ndone 7 ok far\n");
    lone_load(&lone, 600 * MS, lone.loading, "near");
    lone_expect(&lone, "value 1 w1 near\n");
    lone_close(&lone);
}

static void retry_at_the_end_of_a_life_starts_the_next_worker(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_receive(&lone, 0, lone_request(1, 2, "1", S));
    lone_load(&lone, 0, lone.loading, "v");
    lone_ask(&lone, 4600 * MS, "1", 7);
    lone_forget(&lone);
    lone_timer(&lone, 5 * S);
    lone_expect(&lone, "expire 1 w1\nroute r1 1 n1 try 2 retry\nstart 1 w4\nload 1 w4\nload w4\n");
    lone_close(&lone);
}

static void error_of_one_side_waits_for_the_other(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_timer(&lone, 400 * MS);
    lone_forget(&lone);
    lone_fail_load(&lone, 500 * MS, lone.loading);
    lone_expect(&lone, "load-failed 1 w1\n");
    lone_timer(&lone, S);
    lone_expect(&lone, "fail r1 1 timeout\ndone 7 timeout\n");
    lone_close(&lone);
}

static void broken_connection_is_tried_here_at_once(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_forget(&lone);
    lone_event(&lone, MS, EVENT_PEER_LOST, 1);
    lone_expect(&lone, "route r1 1 n1 try 2 lost\nstart 1 w1\nload 1 w1\nload w1\n");
    lone_close(&lone);
}

static void without_fallback_an_unreachable_owner_fails_honestly(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fallback = FALLBACK_NONE;
    lone_start(&lone);
    lone_event(&lone, 0, EVENT_PEER_LOST, 1);
    lone_forget(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_expect(&lone,
                "request r1 1\nroute r1 1 n2 try 1\nfail r1 1 unreachable\ndone 7 unreachable\n");
    lone_event(&lone, 0, EVENT_PEER_FOUND, 1);
    lone_ask(&lone, 0, "1", 8);
    lone_expect(&lone, "request r4 1\nroute r4 1 n2 try 1\n> n2 request r4 1\n");
    lone_close(&lone);
}

static void asked_owner_that_is_lost_leaves_the_outcome_unknown(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fallback = FALLBACK_NONE;
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_forget(&lone);
    lone_event(&lone, MS, EVENT_PEER_LOST, 1);
    lone_expect(&lone, "fail r1 1 owner-lost\ndone 7 owner-lost\n");
    lone_close(&lone);
}

/* It was under way when the connection broke: the peer can be reached no more for that. */
static void a_late_message_of_a_lost_owner_does_not_bring_it_back(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fallback = FALLBACK_NONE;
    lone_start(&lone);
    lone_event(&lone, 0, EVENT_PEER_LOST, 1);
    lone_receive(&lone, 0, lone_request(1, 2, "0", S));
    lone_forget(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_expect(&lone,
                "request r1 1\nroute r1 1 n2 try 1\nfail r1 1 unreachable\ndone 7 unreachable\n");
    struct message next = lone_request(1, 5, "0", S);
    next.incarnation = 2;
    lone_receive(&lone, 0, next);
    lone_forget(&lone);
    lone_ask(&lone, 0, "1", 8);
    lone_expect(&lone, "request r4 1\nroute r4 1 n2 try 1\n> n2 request r4 1\n");
    lone_close(&lone);
}

static void an_owner_that_is_found_in_another_life_has_lost_what_it_was_asked(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fallback = FALLBACK_NONE;
    lone_start(&lone);
    lone_event(&lone, 0, EVENT_PEER_FOUND, 1);
    lone_ask(&lone, 0, "1", 7);
    lone_forget(&lone);
    lone_event(&lone, 0, EVENT_PEER_FOUND, 1);
    lone_expect(&lone, "");
    lone_found(&lone, MS, 1, 2);
    lone_expect(&lone, "fail r1 1 owner-lost\ndone 7 owner-lost\n");
    lone_close(&lone);
}

static void repeated_request_is_served_once(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.repeats = true;
    with_worker(&lone);
    lone_receive(&lone, 0, lone_request(1, 2, "0", S));
    lone_expect(&lone, "recv r2\nserve r2 0 w1 v\n> n2 reply r2 ok\n");
    lone_receive(&lone, S - 1, lone_request(1, 2, "0", S));
    lone_expect(&lone, "drop r2 late\n");
    lone_close(&lone);
}

static void leaving_node_answers_what_it_holds_and_goes(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.works = true;
    with_worker(&lone);
    lone_event(&lone, MS, EVENT_LEAVE, 0);
    lone_expect(&lone, "");
    lone_receive(&lone, 2 * MS, lone_request(1, 2, "0", S));
    lone_expect(&lone, "recv r2\n> n2 reply r2 stopping\n");
    lone_ask(&lone, 3 * MS, "0", 9);
    lone_expect(&lone, "request r4 0\nfail r4 0 stopping\ndone 9 stopping\n");
    lone_work(&lone, 4 * MS, lone.working);
    lone_expect(&lone, "serve r1 0 w1 v\nreply r1 0 w1 v\ndone 1 ok v\nlost 0 w1\nleft\n");
    lone_close(&lone);
}

static void idle_node_leaves_at_once(void)
{
    struct lone lone;
    lone_init(&lone);
    with_worker(&lone);
    lone_event(&lone, MS, EVENT_LEAVE, 0);
    lone_expect(&lone, "lost 0 w1\nleft\n");
    lone_close(&lone);
}

static void a_request_has_its_own_time(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fallback = FALLBACK_NONE;
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_ask_within(&lone, 0, "1", 8, 100 * MS);
    lone_ask_within(&lone, 0, "1", 9, 2 * S);
    lone_forget(&lone);
    lone_timer(&lone, 100 * MS - 1);
    lone_expect(&lone, "");
    lone_timer(&lone, 100 * MS);
    lone_expect(&lone, "fail r4 1 timeout\ndone 8 timeout\n");
    lone_timer(&lone, S);
    lone_expect(&lone, "fail r1 1 timeout\ndone 7 timeout\n");
    CU_ASSERT_EQUAL(node_wake_ns(lone.node), 2 * S);
    lone_close(&lone);
}

static void a_request_made_while_the_node_stood_still_counts_from_its_own_time(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.repeats = true;
    lone_start(&lone);
    uint64_t late = node_number_request(lone.node), lost = node_number_request(lone.node);
    lone_ask(&lone, 2 * S, "1", 7); /* its oldest open request is the one that is to come */
    CU_ASSERT_EQUAL(lone.sent.part, 2);
    lone_forget(&lone);
    lone_ask_late(&lone, 2 * S, "1", late, 1500 * MS);
    lone_expect(&lone, "route r1 1 n2 try 1\n> n2 request r1 1\n");
    lone_ask_late(&lone, 2 * S, "1", lost, S);
    lone_expect(&lone, "fail r4 1 timeout\ndone 0 timeout\n");
    lone_timer(&lone, 2500 * MS - 1);
    lone_forget(&lone);
    lone_timer(&lone, 2500 * MS);
    lone_expect(&lone, "fail r1 1 timeout\ndone 0 timeout\n");
    lone_close(&lone);
}

static void a_leaving_node_waits_for_the_requests_that_are_announced(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    uint64_t number = node_number_request(lone.node);
    lone_event(&lone, MS, EVENT_LEAVE, 0);
    lone_expect(&lone, "");
    lone_ask_late(&lone, 2 * MS, "1", number, 0);
    lone_expect(&lone, "fail r1 1 stopping\ndone 0 stopping\nleft\n");
    lone_close(&lone);
}

static void a_copy_is_late_until_its_caller_says_that_the_request_has_ended_and_then_too(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.repeats = true;
    lone_start(&lone);
    lone_receive(&lone, 0, lone_request(1, 2, "0", 10 * MS));
    lone_fail_load(&lone, MS, lone.loading);
    lone_forget(&lone);
    lone_timer(&lone, 5 * S); /* the failure is forgotten, and the deadline long past */
    lone_forget(&lone);
    lone_receive(&lone, 6 * S, lone_request(1, 2, "0", 10 * MS));
    lone_expect(&lone, "drop r2 late\n");
    struct message next = lone_request(1, 8, "0", S);
    next.part = 1; /* r5 is open */
    lone_receive(&lone, 6 * S, next);
    lone_expect(&lone, "recv r8\nstart 0 w4\nload 0 w4\nload w4\n");
    lone_receive(&lone, 7 * S, lone_request(1, 2, "0", 10 * MS));
    lone_expect(&lone, "drop r2 late\n");
    lone_receive(&lone, 7 * S, lone_request(1, 5, "0", S));
    lone_expect(&lone, "recv r5\n");
    lone_close(&lone);
}

static void a_further_try_is_no_copy_of_the_first(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.repeats = true;
    with_worker(&lone);
    lone_receive(&lone, 0, lone_request(1, 2, "0", S));
    lone_forget(&lone);
    struct message second = lone_request(1, 2, "0", S);
    second.code = 2;
    lone_receive(&lone, MS, second);
    lone_expect(&lone, "recv r2\nserve r2 0 w1 v\n> n2 reply r2 ok try 2\n");
    lone_close(&lone);
}

static void a_failed_load_is_kept_for_its_own_time_from_the_failure_on(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fail_ttl_ns = S;
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    lone_fail_load(&lone, 10 * MS, lone.loading);
    lone_forget(&lone);
    lone_receive(&lone, 1010 * MS - 1, lone_request(1, 2, "0", S));
    lone_expect(&lone, "recv r2\n> n2 reply r2 load-failed\n");
    lone_receive(&lone, 1010 * MS, lone_request(1, 5, "0", S));
    lone_expect(&lone, "expire 0 w1\nrecv r5\nstart 0 w4\nload 0 w4\nload w4\n");
    lone_close(&lone);
}

static void loads_past_the_bound_queue_in_order_of_deadline(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.load_at_once = 1;
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    lone_forget(&lone);
    lone_ask(&lone, 0, "3", 2);
    lone_ask_within(&lone, 0, "6", 3, 500 * MS);
    lone_ask(&lone, 0, "9", 4);
    lone_ask_within(&lone, 0, "9", 5, 400 * MS);
    lone_expect(&lone, "request r4 3\nroute r4 3 n1 try 1\nstart 3 w4\n"
                       "request r7 6\nroute r7 6 n1 try 1\nstart 6 w7\n"
                       "request r10 9\nroute r10 9 n1 try 1\nstart 9 w10\n"
                       "request r13 9\nroute r13 9 n1 try 1\n");
    lone_load(&lone, 100 * MS, lone.loading, "v");
    lone_expect(&lone, "value 0 w1 v\nload 9 w10\nload w10\nserve r1 0 w1 v\nreply r1 0 w1 v\n"
                       "done 1 ok v\n");
    lone_fail_load(&lone, 200 * MS, lone.loading);
    lone_expect(&lone, "load-failed 9 w10\nload 6 w7\nload w7\nfail r10 9 load-failed\n"
                       "done 4 load-failed\nfail r13 9 load-failed\ndone 5 load-failed\n");
    lone_close(&lone);
}

static void a_life_counts_from_its_load(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.load_at_once = 1;
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    lone_ask_within(&lone, 0, "3", 2, 10 * S);
    lone_load(&lone, 900 * MS, lone.loading, "v");
    lone_load(&lone, 950 * MS, lone.loading, "x");
    lone_forget(&lone);
    lone_receive(&lone, 5900 * MS - 1, lone_request(1, 2, "3", S));
    lone_expect(&lone, "expire 0 w1\nrecv r2\nserve r2 3 w4 x\n> n2 reply r2 ok\n");
    lone_timer(&lone, 5900 * MS);
    lone_expect(&lone, "expire 3 w4\n");
    lone_close(&lone);
}

static void a_load_that_nobody_waits_for_any_more_is_not_begun(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.load_at_once = 1;
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    lone_receive(&lone, 0, lone_request(1, 2, "3", 300 * MS));
    lone_forget(&lone);
    lone_timer(&lone, 300 * MS);
    lone_expect(&lone, "expire 3 w4\n");
    lone_load(&lone, 400 * MS, lone.loading, "v");
    lone_expect(&lone, "value 0 w1 v\nserve r1 0 w1 v\nreply r1 0 w1 v\ndone 1 ok v\n");
    CU_ASSERT_EQUAL(node_workers(lone.node), 1);
    lone_close(&lone);
}

static void lives_differ_by_their_jitter_and_no_more(void)
{
    struct lone lone;
    int64_t least_ns = TIME_NEVER, most_ns = 0;
    lone_init(&lone);
    lone.config.ttl_jitter_ppb = 100000000;
    lone.config.workers_max = 10000;
    lone_start(&lone);
    for (int i = 0; i < 1000; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i * 3);
        lone_ask(&lone, 0, id, 1);
        lone_load(&lone, 0, lone.loading, "v");
        lone_forget(&lone);
    }
    while (node_workers(lone.node)) {
        int64_t wake_ns = node_wake_ns(lone.node);
        least_ns = wake_ns < least_ns ? wake_ns : least_ns;
        most_ns = wake_ns;
        lone_timer(&lone, wake_ns);
        lone_forget(&lone);
    }
    CU_ASSERT_TRUE(least_ns >= 4500 * MS && least_ns < 4510 * MS);
    CU_ASSERT_TRUE(most_ns <= 5 * S && most_ns > 4990 * MS);
    lone_close(&lone);
}

/* For a driver that finds the node running: one worker of each state. */
static void what_lives_is_described_as_found(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.load_at_once = 1;
    lone_start(&lone);
    lone_ask(&lone, 0, "0", 1);
    lone_load(&lone, 10 * MS, lone.loading, "v");
    lone_ask(&lone, 20 * MS, "3", 2);
    lone_fail_load(&lone, 30 * MS, lone.loading);
    lone_ask(&lone, 40 * MS, "6", 3);
    lone_ask(&lone, 50 * MS, "9", 4);
    lone_forget(&lone);
    node_describe(lone.node);
    lone_expect(&lone, "start 0 w1\nload 0 w1\nvalue 0 w1 v\nstart 3 w4\nload 3 w4\n"
                       "load-failed 3 w4\nstart 6 w7\nload 6 w7\nstart 9 w10\n");
    lone_close(&lone);
}

static void a_node_full_of_workers_refuses_further_ones(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.workers_max = 1;
    with_worker(&lone);
    lone_ask(&lone, 10 * MS, "3", 2);
    lone_expect(&lone,
                "request r4 3\nroute r4 3 n1 try 1\nfail r4 3 overloaded\ndone 2 overloaded\n");
    lone_receive(&lone, 20 * MS, lone_request(1, 2, "6", S));
    lone_expect(&lone, "recv r2\n> n2 reply r2 overloaded\n");
    lone_close(&lone);
}

SUITE(node_node, TEST(own_id_is_served_by_one_worker_here), TEST(requests_that_wait_share_one_load),
      TEST(worker_is_served_a_nanosecond_before_its_ttl), TEST(worker_is_not_served_at_its_ttl),
      TEST(idle_worker_lives_on_from_its_last_answer),
      TEST(mailbox_goes_to_the_next_worker_when_the_first_expires),
      TEST(turn_longer_than_a_life_ends_with_its_callers_patience),
      TEST(late_load_of_an_ended_worker_is_dropped),
      TEST(failed_load_is_told_to_all_and_kept_for_the_ttl), TEST(full_mailbox_refuses_at_once),
      TEST(the_one_in_its_turn_takes_no_place_in_the_mailbox),
      TEST(waiting_request_leaves_at_its_own_deadline), TEST(far_id_is_asked_for_once_and_answered),
      TEST(request_ends_at_its_deadline_and_not_before),
      TEST(silent_owner_is_given_up_for_the_own_node),
      TEST(retry_at_the_end_of_a_life_starts_the_next_worker),
      TEST(error_of_one_side_waits_for_the_other), TEST(broken_connection_is_tried_here_at_once),
      TEST(without_fallback_an_unreachable_owner_fails_honestly),
      TEST(asked_owner_that_is_lost_leaves_the_outcome_unknown),
      TEST(a_late_message_of_a_lost_owner_does_not_bring_it_back),
      TEST(an_owner_that_is_found_in_another_life_has_lost_what_it_was_asked),
      TEST(repeated_request_is_served_once), TEST(leaving_node_answers_what_it_holds_and_goes),
      TEST(idle_node_leaves_at_once), TEST(a_request_has_its_own_time),
      TEST(a_request_made_while_the_node_stood_still_counts_from_its_own_time),
      TEST(a_leaving_node_waits_for_the_requests_that_are_announced),
      TEST(a_copy_is_late_until_its_caller_says_that_the_request_has_ended_and_then_too),
      TEST(a_further_try_is_no_copy_of_the_first),
      TEST(a_failed_load_is_kept_for_its_own_time_from_the_failure_on),
      TEST(loads_past_the_bound_queue_in_order_of_deadline), TEST(a_life_counts_from_its_load),
      TEST(a_load_that_nobody_waits_for_any_more_is_not_begun),
      TEST(lives_differ_by_their_jitter_and_no_more), TEST(what_lives_is_described_as_found),
      TEST(a_node_full_of_workers_refuses_further_ones));
