/* Turns with answers of their own: each request has one, one at a time, and none is repeated. */
#include "support/lone.h"
#include "support/suite.h"

#include <string.h>

#define MS NS_PER_MS
#define S  NS_PER_S

/* n1 has a worker of id 0, whose first turn, for request 1, has begun at 0 s. */
static void with_turn(struct lone *lone)
{
    lone->config.turns_answer = true;
    lone->works = true;
    lone_start(lone);
    lone_ask_with(lone, 0, "0", "abc", 1);
    lone_load(lone, 0, lone->loading, "");
    lone_expect(lone, "request r1 0\nroute r1 0 n1 try 1\nstart 0 w1\nload 0 w1\nload w1\n"
                      "value 0 w1\nwork w1 abc\n");
}

static void each_request_has_the_answer_of_its_own_turn(void)
{
    struct lone lone;
    lone_init(&lone);
    with_turn(&lone);
    lone_receive(&lone, 1 * MS, lone_request(1, 2, "0", S));
    lone_expect(&lone, "recv r2\n");
    lone_answer(&lone, 2 * MS, lone.working, OUTCOME_VALUE, "first");
    lone_expect(&lone, "serve r1 0 w1 first\nreply r1 0 w1 first\ndone 1 ok first\nwork w1\n");
    lone_answer(&lone, 3 * MS, lone.working, OUTCOME_VALUE, "second");
    lone_expect(&lone, "serve r2 0 w1 second\n> n2 reply r2 ok\n");
    lone_close(&lone);
}

static void a_turn_that_fails_says_why(void)
{
    struct lone lone;
    lone_init(&lone);
    with_turn(&lone);
    lone_receive(&lone, 1 * MS, lone_request(1, 2, "0", S));
    lone_answer(&lone, 2 * MS, lone.working, OUTCOME_WORK_FAILED, "exit status 3");
    lone_expect(&lone, "recv r2\nserve r1 0 w1 exit status 3\nfail r1 0 work-failed\n"
                       "done 1 work-failed exit status 3\nwork w1\n");
    lone_answer(&lone, 3 * MS, lone.working, OUTCOME_WORK_FAILED, "exit status 4");
    lone_expect(&lone, "serve r2 0 w1 exit status 4\n> n2 reply r2 work-failed\n");
    lone_close(&lone);
}

static void a_turn_that_could_not_begin_leaves_no_trace_of_one(void)
{
    struct lone lone;
    lone_init(&lone);
    with_turn(&lone);
    lone_answer(&lone, 2 * MS, lone.working, OUTCOME_OVERLOADED, "");
    lone_expect(&lone, "fail r1 0 overloaded\ndone 1 overloaded\n");
    lone_close(&lone);
}

static void a_worker_lives_on_to_the_end_of_its_turn(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.timeout_ns = 10 * S;
    with_turn(&lone);
    lone_ask(&lone, 5 * S - 1, "0", 2);
    lone_forget(&lone);
    lone_timer(&lone, 5 * S);
    lone_ask(&lone, 6 * S, "0", 3);
    lone_expect(&lone, "request r7 0\nroute r7 0 n1 try 1\n");
    lone_answer(&lone, 7 * S, lone.working, OUTCOME_VALUE, "v"); /* the next has the next worker */
    lone_expect(&lone, "serve r1 0 w1 v\nreply r1 0 w1 v\ndone 1 ok v\nexpire 0 w1\nend w1\n"
                       "start 0 w4\nload 0 w4\nload w4\n");
    lone_load(&lone, 7 * S, lone.loading, "");
    lone_expect(&lone, "value 0 w4\nwork w4\n");
    lone_close(&lone);
}

static void a_worker_whose_life_ended_in_its_last_turn_ends_with_it(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.timeout_ns = 10 * S;
    with_turn(&lone);
    lone_timer(&lone, 5 * S);
    lone_forget(&lone);
    lone_answer(&lone, 6 * S, lone.working, OUTCOME_VALUE, "v");
    lone_expect(&lone, "serve r1 0 w1 v\nreply r1 0 w1 v\ndone 1 ok v\nexpire 0 w1\nend w1\n");
    CU_ASSERT_EQUAL(node_workers(lone.node), 0);
    lone_close(&lone);
}

static void a_turn_goes_on_when_its_caller_waits_no_more_and_is_not_repeated(void)
{
    struct lone lone;
    lone_init(&lone);
    with_turn(&lone);
    lone_timer(&lone, 1 * S);
    lone_expect(&lone, "fail r1 0 timeout\ndone 1 timeout\n");
    lone_ask(&lone, 2 * S, "0", 2);
    lone_expect(&lone, "request r4 0\nroute r4 0 n1 try 1\n");
    lone_answer(&lone, 2 * S + MS, lone.working, OUTCOME_VALUE, "v");
    lone_expect(&lone, "serve r1 0 w1 v\nwork w1\n");
    lone_close(&lone);
}

static void what_comes_of_a_turn_that_is_broken_off_is_dropped(void)
{
    struct lone lone;
    lone_init(&lone);
    with_turn(&lone);
    struct worker_ref first = lone.working;
    node_lose(lone.node, 1 * MS);
    lone_expect(&lone, "lost 0 w1\nend w1\nfail r1 0 caller-lost\ndone 1 caller-lost\n");
    lone_answer(&lone, 2 * MS, first, OUTCOME_VALUE, "v");
    lone_expect(&lone, "");
    lone_close(&lone);
}

static void a_payload_goes_to_the_owner_and_to_the_further_try(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.turns_answer = true;
    lone.config.fallback = FALLBACK_LOCAL;
    lone.works = true;
    lone_start(&lone);
    lone_ask_with(&lone, 0, "1", "abc", 1);
    lone_expect(&lone, "request r1 1\nroute r1 1 n2 try 1\n> n2 request r1 1+abc\n");
    lone_timer(&lone, 400 * MS);
    lone_load(&lone, 400 * MS, lone.loading, "");
    lone_expect(&lone, "route r1 1 n1 try 2 retry\nstart 1 w1\nload 1 w1\nload w1\n"
                       "value 1 w1\nwork w1 abc\n");
    lone_close(&lone);
}

/* The one that failed had a turn: no later refusal may say that none ran. */
static void a_failed_turn_is_not_hidden_by_a_refusal(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.turns_answer = true;
    lone.works = true;
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 1);
    lone_timer(&lone, 400 * MS); /* it is tried here as well */
    lone_load(&lone, 400 * MS, lone.loading, "");
    lone_forget(&lone);
    lone_answer(&lone, 401 * MS, lone.working, OUTCOME_WORK_FAILED, "why");
    lone_expect(&lone, "serve r1 1 w1 why\n");
    lone_receive(&lone, 402 * MS, lone_reply(1, 1, OUTCOME_OVERLOADED, ""));
    lone_expect(&lone, "recv r1\nfail r1 1 work-failed\ndone 1 work-failed why\n");
    lone_close(&lone);
}

static void a_node_holds_so_many_bytes_of_payloads_and_no_more(void)
{
    struct lone lone;
    static char most[PAYLOAD_MAX + 1];
    lone_init(&lone);
    lone.config.turns_answer = true;
    lone.config.mailbox = 10000;
    lone.works = true;
    lone_start(&lone);
    memset(most, 'x', PAYLOAD_MAX);
    for (uint64_t i = 1; i < 200; i++)
        lone_ask_with(&lone, 0, "0", most, i);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "done 199 overloaded\n"));
    CU_ASSERT_PTR_NULL(strstr(lone.log, "done 1 "));
    lone_forget(&lone);
    lone_timer(&lone, 1 * S); /* all have timed out: there is room again */
    lone_forget(&lone);
    lone_ask_with(&lone, 1 * S, "0", most, 1000);
    CU_ASSERT_PTR_NULL(strstr(lone.log, "overloaded"));
    lone_close(&lone);
}

SUITE(node_turns, TEST(each_request_has_the_answer_of_its_own_turn),
      TEST(a_turn_that_fails_says_why), TEST(a_turn_that_could_not_begin_leaves_no_trace_of_one),
      TEST(a_worker_lives_on_to_the_end_of_its_turn),
      TEST(a_worker_whose_life_ended_in_its_last_turn_ends_with_it),
      TEST(a_turn_goes_on_when_its_caller_waits_no_more_and_is_not_repeated),
      TEST(what_comes_of_a_turn_that_is_broken_off_is_dropped),
      TEST(a_payload_goes_to_the_owner_and_to_the_further_try),
      TEST(a_failed_turn_is_not_hidden_by_a_refusal),
      TEST(a_node_holds_so_many_bytes_of_payloads_and_no_more));
