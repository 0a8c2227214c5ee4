/* How a node comes into the cluster, who is in its view, and how it goes: event by event. */
#include "support/lone.h"
#include "support/suite.h"

#include <string.h>

#define S  NS_PER_S
#define MS NS_PER_MS

/* A node that joins from 0 s on. */
static void that_joins(struct lone *lone)
{
    lone_init(lone);
    lone->config.everyone = NULL;
    lone->config.joined = true;
    lone_start(lone);
    lone_expect(lone, "view\n> n2 join\n> n3 join\n");
}

/* A member of {n1,n2,n3} since 1 ms. */
static void member(struct lone *lone)
{
    that_joins(lone);
    lone_receive(lone, MS, lone_welcome(1, "\7"));
    lone_expect(lone, "recv\nview n1 n2 n3\n> n2 heartbeat 1\n> n3 heartbeat 1\n");
}

static void hears(struct lone *lone, int64_t at_ns, node_id from)
{
    lone_receive(lone, at_ns, lone_plain(from, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_forget(lone);
}

/* ---- joining ------------------------------------------------------------------------------- */

static void a_node_that_was_never_told_to_connect_is_alone_and_owns_all(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.everyone = NULL;
    lone_start(&lone);
    lone_expect(&lone, "view n1\n");
    lone_ask(&lone, 0, "1", 7);
    lone_expect(&lone, "request r1 1\nroute r1 1 n1 try 1\nstart 1 w1\nload 1 w1\nload w1\n");
    CU_ASSERT_FALSE(node_joined(lone.node));
    lone_close(&lone);
}

static void who_gets_a_join_joins_too(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.everyone = NULL;
    lone_start(&lone);
    lone_forget(&lone);
    lone_receive(&lone, MS, lone_plain(2, 1, MESSAGE_JOIN, 0));
    lone_expect(&lone, "recv\nview\n> n2 join\n> n3 join\n> n3 heartbeat 3\n");
    CU_ASSERT_TRUE(node_joined(lone.node));
    lone_close(&lone);
}

static void a_welcome_makes_the_view_at_once_and_whole(void)
{
    struct lone lone;
    that_joins(&lone);
    lone_receive(&lone, MS, lone_welcome(1, "\6"));
    lone_expect(&lone, "recv\nview n1 n2 n3\n> n2 heartbeat 1\n> n3 heartbeat 1\n");
    lone_receive(&lone, 2 * MS, lone_welcome(2, "\4"));
    lone_expect(&lone, "recv\n");
    lone_close(&lone);
}

static void a_joiner_owns_nothing_and_its_requests_wait_for_the_view(void)
{
    struct lone lone;
    that_joins(&lone);
    lone_ask(&lone, MS, "0", 7);
    lone_ask(&lone, MS, "1", 8);
    lone_expect(&lone, "request r1 0\nrequest r4 1\n");
    lone_receive(&lone, 2 * MS, lone_welcome(1, "\6"));
    lone_expect(&lone, "recv\nview n1 n2 n3\n> n2 heartbeat 1\n> n3 heartbeat 1\n"
                       "route r1 0 n1 try 1\nstart 0 w1\nload 0 w1\nload w1\n"
                       "route r4 1 n2 try 1\n> n2 request r4 1\n");
    lone_close(&lone);
}

static void a_request_that_waits_for_the_view_ends_at_its_deadline(void)
{
    struct lone lone;
    that_joins(&lone);
    hears(&lone, MS, 1); /* a member, which does not welcome it */
    lone_ask_within(&lone, MS, "0", 7, 100 * MS);
    lone_forget(&lone);
    lone_timer(&lone, 101 * MS - 1);
    lone_expect(&lone, "");
    lone_timer(&lone, 101 * MS);
    lone_expect(&lone, "fail r1 0 timeout\ndone 7 timeout\n");
    lone_close(&lone);
}

static void what_is_forwarded_to_a_joiner_waits_too(void)
{
    struct lone lone;
    that_joins(&lone);
    lone_receive(&lone, MS, lone_plain(1, 1, MESSAGE_JOIN, 0));
    lone_receive(&lone, MS, lone_request(1, 2, "0", 2 * MS));
    lone_receive(&lone, MS, lone_request(1, 5, "3", S));
    lone_receive(&lone, MS, lone_request(1, 8, "6", S));
    lone_forget(&lone);
    lone_receive(&lone, 2 * MS, lone_request(1, 11, "9", S));
    lone_expect(&lone, "recv r11\n> n2 reply r11 overloaded\n"); /* two wait */
    lone_receive(&lone, 3 * MS, lone_welcome(2, "\6"));
    lone_expect(&lone, "recv\nview n1 n2 n3\n> n2 heartbeat 1\n> n3 heartbeat 1\n"
                       "start 3 w1\nload 3 w1\nload w1\n");
    lone_close(&lone);
}

static void those_that_join_form_a_view_when_all_are_heard(void)
{
    struct lone lone;
    that_joins(&lone);
    lone_receive(&lone, MS, lone_plain(1, 1, MESSAGE_JOIN, 0));
    lone_expect(&lone, "recv\n> n2 heartbeat 3\n");
    lone_receive(&lone, 2 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_JOINING));
    lone_expect(&lone, "recv\n> n3 heartbeat 3\nview n1 n2 n3\n");
    /* n2 has not formed its view yet: that does not take it out. */
    lone_receive(&lone, 3 * MS,
                 lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_JOINING | HEARTBEAT_HEARS));
    lone_expect(&lone, "recv\n");
    lone_close(&lone);
}

static void a_member_is_asked_for_its_view_and_no_view_is_formed_without_it(void)
{
    struct lone lone;
    that_joins(&lone);
    lone_receive(&lone, MS, lone_plain(1, 1, MESSAGE_JOIN, 0));
    lone_forget(&lone);
    lone_receive(&lone, 2 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, 0));
    lone_expect(&lone, "recv\n> n3 heartbeat 3\n> n3 join\n");
    for (int i = 1; i <= 10; i++) {
        hears(&lone, i * 200 * MS, 2);
        lone_receive(&lone, i * 200 * MS,
                     lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_JOINING | HEARTBEAT_HEARS));
        lone_expect(&lone, "recv\n");
    }
    lone_close(&lone);
}

static void a_joiner_that_hears_a_member_and_is_not_let_in_says_so_once(void)
{
    struct lone lone;
    that_joins(&lone);
    for (int64_t t_ns = 100 * MS; t_ns < S; t_ns += 200 * MS)
        hears(&lone, t_ns, 1);
    lone_timer(&lone, S - 1);
    lone_forget(&lone);
    lone_timer(&lone, S);
    lone_expect(&lone, "view still\n");
    for (int64_t t_ns = 1100 * MS; t_ns < 3 * S; t_ns += 200 * MS) {
        lone_receive(&lone, t_ns, lone_plain(1, 1, MESSAGE_HEARTBEAT, 0));
        CU_ASSERT_PTR_NULL(strstr(lone.log, "view"));
        lone_forget(&lone);
    }
    lone_receive(&lone, 3 * S, lone_welcome(1, "\2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "view n1 n2"));
    lone_close(&lone);
}

static void silent_nodes_are_waited_for_as_long_as_suspect_and_no_longer(void)
{
    struct lone lone;
    that_joins(&lone);
    for (int i = 1; i <= 4; i++)
        lone_timer(&lone, i * 200 * MS);
    lone_receive(&lone, 900 * MS, lone_plain(1, 1, MESSAGE_JOIN, 0));
    lone_forget(&lone);
    lone_timer(&lone, S - 1);
    lone_expect(&lone, "");
    lone_timer(&lone, S);
    lone_expect(&lone, "> n2 heartbeat 3\n> n3 join\nview n1 n2\n");
    lone_close(&lone);
}

static void a_node_that_nobody_answers_is_alone_and_says_so(void)
{
    struct lone lone;
    that_joins(&lone);
    for (int i = 1; i <= 4; i++)
        lone_timer(&lone, i * 200 * MS);
    lone_ask(&lone, 900 * MS, "1", 7);
    lone_forget(&lone);
    CU_ASSERT_EQUAL(node_wake_ns(lone.node), S);
    lone_timer(&lone, S);
    lone_expect(&lone, "> n2 join\n> n3 join\nview n1 alone\n"
                       "route r1 1 n1 try 1\nstart 1 w1\nload 1 w1\nload w1\n");
    lone_close(&lone);
}

static void a_member_welcomes_who_joins_with_its_view(void)
{
    struct lone lone;
    member(&lone);
    lone_receive(&lone, 2 * MS, lone_plain(2, 1, MESSAGE_LEAVE, 0));
    lone_forget(&lone);
    lone_receive(&lone, 9 * MS, lone_plain(2, 2, MESSAGE_JOIN, 0));
    lone_expect(&lone, "recv\n> n3 welcome n1 n2\n");
    lone_receive(&lone, 10 * MS, lone_plain(2, 2, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_expect(&lone, "recv\nview n1 n2 n3\n");
    lone_close(&lone);
}

static void restart_of_an_owner(enum fallback fallback, struct message first, const char *log)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.everyone = NULL;
    lone.config.joined = true;
    lone.config.fallback = fallback;
    lone_start(&lone);
    lone_receive(&lone, MS, lone_welcome(1, "\7"));
    hears(&lone, MS, 1);
    lone_ask(&lone, 2 * MS, "1", 7);
    lone_forget(&lone);
    first.from = 1;
    first.incarnation = 2;
    lone_receive(&lone, 3 * MS, first);
    lone_expect(&lone, log);
    lone_ask(&lone, 4 * MS, "1", 8);
    CU_ASSERT_EQUAL(lone.sent.kind, MESSAGE_REQUEST);
    CU_ASSERT_EQUAL(lone.sent.meant, message_tag(2));
    lone_forget(&lone);
    lone_receive(&lone, 5 * MS, lone_plain(1, 2, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_expect(&lone, "recv\n");
    lone_close(&lone);
}

static void who_restarts_before_it_is_missed_stays_in_the_view_and_has_lost_what_it_was_asked(void)
{
    restart_of_an_owner(FALLBACK_NONE, lone_plain(1, 2, MESSAGE_JOIN, 0),
                        "recv\nfail r1 1 owner-lost\ndone 7 owner-lost\n> n2 welcome n1 n2 n3\n");
    restart_of_an_owner(FALLBACK_OWNER, lone_plain(1, 2, MESSAGE_JOIN, 0),
                        "recv\nroute r1 1 n2 try 2 lost\n> n2 request r1 1 try 2\n"
                        "> n2 welcome n1 n2 n3\n");
    /* Its join was lost, and another member has welcomed it. */
    restart_of_an_owner(FALLBACK_OWNER, lone_plain(1, 2, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS),
                        "recv\nroute r1 1 n2 try 2 lost\n> n2 request r1 1 try 2\n");
}

static void who_rejoins_stays_in_the_view_for_suspect_and_no_longer(void)
{
    struct lone lone;
    member(&lone);
    for (int64_t t_ns = 3 * MS; t_ns < S; t_ns += 100 * MS) {
        lone_receive(&lone, t_ns, lone_plain(1, 2, MESSAGE_JOIN, 0));
        hears(&lone, t_ns, 2);
    }
    lone_receive(&lone, S + 2 * MS, lone_plain(1, 2, MESSAGE_JOIN, 0));
    lone_timer(&lone, S + 3 * MS - 1);
    lone_forget(&lone);
    lone_timer(&lone, S + 3 * MS);
    lone_expect(&lone, "> n2 heartbeat 1\n> n3 heartbeat 1\nview n1 n3\n");
    lone_receive(&lone, S + 4 * MS, lone_plain(1, 2, MESSAGE_JOIN, 0));
    lone_expect(&lone, "recv\n> n2 welcome n1 n3\n");
    lone_receive(&lone, S + 5 * MS, lone_plain(1, 2, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_expect(&lone, "recv\nview n1 n2 n3\n");
    lone_close(&lone);
}

static void each_that_rejoins_has_a_time_of_its_own(void)
{
    struct lone lone;
    member(&lone);
    hears(&lone, 2 * MS, 1);
    lone_receive(&lone, 3 * MS, lone_plain(1, 2, MESSAGE_JOIN, 0));
    for (int64_t t_ns = 100 * MS; t_ns < S; t_ns += 100 * MS) {
        lone_receive(&lone, t_ns, lone_plain(1, 2, MESSAGE_JOIN, 0));
        lone_receive(&lone, t_ns, lone_plain(2, (uint32_t)(2 + t_ns / MS), MESSAGE_JOIN, 0));
    }
    lone_timer(&lone, S + 3 * MS - 1);
    lone_forget(&lone);
    lone_timer(&lone, S + 3 * MS); /* n2's, whenever n3 restarted last */
    lone_expect(&lone, "view n1 n3\n");
    lone_close(&lone);
}

/* It was taken into the view by what another one said, so no earlier life of it is known. */
static void who_joins_though_it_is_in_the_view_stays_for_suspect_and_no_longer(void)
{
    struct lone lone;
    member(&lone);
    for (int64_t t_ns = 3 * MS; t_ns < S; t_ns += 100 * MS) {
        lone_receive(&lone, t_ns, lone_plain(2, 1, MESSAGE_JOIN, 0));
        hears(&lone, t_ns, 1);
    }
    lone_timer(&lone, S + 3 * MS - 1);
    lone_forget(&lone);
    lone_timer(&lone, S + 3 * MS);
    lone_expect(&lone, "> n2 heartbeat 1\n> n3 heartbeat 1\nview n1 n2\n");
    lone_close(&lone);
}

/* n3 is known by n2's word alone. */
static void what_another_one_said_is_passed_on_for_two_heartbeats(void)
{
    struct lone lone;
    member(&lone);
    lone_timer(&lone, 400 * MS);
    lone_forget(&lone);
    lone_receive(&lone, 401 * MS - 1, lone_plain(1, 1, MESSAGE_JOIN, 1));
    lone_expect(&lone, "recv\n> n2 welcome n1 n2 n3\n");
    lone_receive(&lone, 401 * MS, lone_plain(1, 1, MESSAGE_JOIN, 1));
    lone_expect(&lone, "recv\n> n2 welcome n1 n2\n");
    lone_receive(&lone, 402 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_receive(&lone, 900 * MS, lone_plain(1, 1, MESSAGE_JOIN, 1));
    lone_forget(&lone);
    lone_receive(&lone, 901 * MS, lone_plain(1, 1, MESSAGE_JOIN, 1));
    lone_expect(&lone, "recv\n> n2 welcome n1 n2 n3\n");
    lone_close(&lone);
}

/* Which may have restarted meanwhile, and join: it must learn that there is a member. */
static void who_is_not_heard_gets_heartbeats_for_any_of_its_lives(void)
{
    struct lone lone;
    member(&lone);
    hears(&lone, 2 * MS, 1);
    hears(&lone, 2 * MS, 2);
    lone_timer(&lone, 300 * MS);
    CU_ASSERT_EQUAL(lone.sent.kind, MESSAGE_HEARTBEAT);
    CU_ASSERT_EQUAL(lone.sent.meant, message_tag(1));
    for (int64_t t_ns = 400 * MS; t_ns <= 1700 * MS; t_ns += 100 * MS)
        lone_timer(&lone, t_ns);
    CU_ASSERT_EQUAL(lone.sent.kind, MESSAGE_HEARTBEAT);
    CU_ASSERT_EQUAL(lone.sent.meant, 0);
    lone_close(&lone);
}

static void who_restarts_and_does_not_come_back_at_once_is_lost(void)
{
    struct lone lone;
    member(&lone);
    hears(&lone, 2 * MS, 1);
    lone_receive(&lone, 3 * MS, lone_plain(1, 2, MESSAGE_HEARTBEAT, 0));
    lone_expect(&lone, "recv\nview n1 n3\n> n2 welcome n1 n3\n");
    lone_close(&lone);
}

static void a_member_asks_those_that_it_does_not_hear_to_join(void)
{
    struct lone lone;
    that_joins(&lone);
    lone_receive(&lone, MS, lone_welcome(1, "\2"));
    lone_forget(&lone);
    lone_event(&lone, 2 * MS, EVENT_CONNECT, 0);
    lone_expect(&lone, "> n3 join 1\n");
    lone_close(&lone);
}

/* ---- members ------------------------------------------------------------------------------- */

static void who_does_not_hear_us_is_trusted_for_suspect_after_the_join_and_no_longer(void)
{
    struct lone lone;
    member(&lone);
    for (int64_t t_ns = 200 * MS; t_ns <= S; t_ns += 200 * MS) {
        hears(&lone, t_ns, 1);
        lone_receive(&lone, t_ns, lone_plain(2, 1, MESSAGE_HEARTBEAT, 0));
        lone_expect(&lone, "recv\n");
    }
    lone_receive(&lone, S + MS - 1, lone_plain(2, 1, MESSAGE_HEARTBEAT, 0));
    lone_expect(&lone, "recv\n");
    lone_receive(&lone, S + MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, 0));
    lone_expect(&lone, "recv\nview n1 n2\n");
    lone_receive(&lone, S + 2 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_expect(&lone, "recv\n> n3 welcome n1 n2\n");
    lone_receive(&lone, S + 3 * MS, lone_welcome(2, "\4"));
    lone_expect(&lone, "recv\nview n1 n2 n3\n");
    lone_close(&lone);
}

static void a_side_is_taken_back_with_its_whole_view(void)
{
    struct lone lone;
    member(&lone);
    lone_event(&lone, 2 * MS, EVENT_PEER_LOST, 1);
    lone_event(&lone, 2 * MS, EVENT_PEER_LOST, 2);
    lone_expect(&lone, "view n1 n3\nview n1\n");
    lone_receive(&lone, 3 * MS, lone_plain(1, 1, MESSAGE_HEARTBEAT, 0));
    lone_expect(&lone, "recv\n> n2 welcome n1\n");
    CU_ASSERT_EQUAL(lone.sent.code, 1);
    lone_receive(&lone, 4 * MS, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_expect(&lone, "recv\n> n2 welcome n1\n"); /* the first one may have been lost */
    lone_receive(&lone, 5 * MS, lone_welcome(1, "\6"));
    lone_expect(&lone, "recv\nview n1 n2 n3\n");
    /* n3 does not know yet, and is asked nothing more. */
    lone_receive(&lone, 6 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, 0));
    lone_expect(&lone, "recv\n");
    struct message asks = lone_welcome(2, "\6");
    asks.code = 1;
    lone_receive(&lone, 7 * MS, asks);
    lone_expect(&lone, "recv\n> n3 welcome n1 n2 n3\n");
    CU_ASSERT_EQUAL(lone.sent.code, 0);
    lone_close(&lone);
}

static void who_was_taken_in_unheard_is_suspected_as_any_other(void)
{
    struct lone lone;
    member(&lone);
    lone_event(&lone, 2 * MS, EVENT_PEER_LOST, 1);
    lone_event(&lone, 2 * MS, EVENT_PEER_LOST, 2);
    lone_receive(&lone, 101 * MS, lone_welcome(1, "\6"));
    for (int64_t t_ns = 201 * MS; t_ns <= S; t_ns += 200 * MS)
        hears(&lone, t_ns, 1);
    hears(&lone, 1100 * MS, 1);
    lone_timer(&lone, S + 101 * MS - 1);
    lone_forget(&lone);
    lone_timer(&lone, S + 101 * MS);
    lone_expect(&lone, "view n1 n2\n");
    lone_close(&lone);
}

static void a_silent_peer_is_suspected_at_its_time_and_not_before(void)
{
    struct lone lone;
    member(&lone);
    for (int64_t t_ns = 201 * MS; t_ns <= S; t_ns += 200 * MS)
        hears(&lone, t_ns, 1);
    lone_timer(&lone, S + MS - 1);
    lone_expect(&lone, "");
    lone_timer(&lone, S + MS);
    lone_expect(&lone, "> n2 heartbeat 1\n> n3 heartbeat 1\nview n1 n2\n");
    lone_close(&lone);
}

static void a_pause_counts_neither_as_silence_nor_as_a_wait_for_an_answer(void)
{
    struct lone lone;
    member(&lone);
    lone_ask_within(&lone, 101 * MS, "1", 7, 30 * S);
    lone_forget(&lone);
    /* It was to run at 201 ms, and does so 4 s late. */
    lone_timer(&lone, 4201 * MS);
    lone_expect(&lone, "> n2 heartbeat 1\n> n3 heartbeat 1\n");
    lone_receive(&lone, 4202 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, 0)); /* it suspects us */
    lone_expect(&lone, "recv\n");
    lone_timer(&lone, 4401 * MS);
    lone_timer(&lone, 4501 * MS - 1);
    lone_forget(&lone);
    lone_timer(&lone, 4501 * MS);
    lone_expect(&lone, "route r1 1 n1 try 2 retry\nstart 1 w1\nload 1 w1\nload w1\n");
    lone_timer(&lone, 4601 * MS);
    lone_timer(&lone, 4801 * MS);
    lone_forget(&lone);
    lone_timer(&lone, 5001 * MS - 1);
    lone_expect(&lone, "");
    lone_timer(&lone, 5001 * MS);
    lone_expect(&lone, "> n2 heartbeat 1\n> n3 heartbeat 1\nview n1 n3\n");
    lone_close(&lone);
}

static void a_deadline_is_kept_through_a_pause(void)
{
    struct lone lone;
    member(&lone);
    lone_ask(&lone, 101 * MS, "1", 7);
    lone_forget(&lone);
    lone_timer(&lone, 4201 * MS);
    lone_expect(&lone, "fail r1 1 timeout\ndone 7 timeout\n> n2 heartbeat 1\n> n3 heartbeat 1\n");
    lone_close(&lone);
}

static void a_step_less_late_than_a_heartbeat_is_no_pause(void)
{
    struct lone lone;
    member(&lone);
    lone_ask_within(&lone, 2 * MS, "1", 7, 30 * S);
    lone_timer(&lone, 201 * MS);
    lone_forget(&lone);
    lone_timer(&lone, 601 * MS - 1); /* it was to run at 401 ms */
    lone_expect(&lone, "route r1 1 n1 try 2 retry\nstart 1 w1\nload 1 w1\nload w1\n"
                       "> n2 heartbeat 1\n> n3 heartbeat 1\n");
    lone_close(&lone);
}

static void what_an_earlier_incarnation_sent_or_was_meant_for_it_is_late(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.everyone = NULL;
    lone.config.joined = true;
    lone.config.incarnation = 3;
    lone_start(&lone);
    lone_receive(&lone, MS, lone_welcome(1, "\7"));
    lone_forget(&lone);
    struct message request = lone_request(1, 2, "0", S);
    request.meant = message_tag(2);
    lone_receive(&lone, 2 * MS, request);
    lone_expect(&lone, "drop r2 late\n");
    request = lone_request(1, 5, "0", S);
    request.meant = message_tag(3);
    lone_receive(&lone, 2 * MS, request);
    lone_expect(&lone, "recv r5\nstart 0 w1\nload 0 w1\nload w1\n");
    lone_receive(&lone, 3 * MS, lone_plain(2, 4, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_forget(&lone);
    lone_receive(&lone, 3 * MS, lone_plain(2, 3, MESSAGE_LEAVE, 0));
    lone_expect(&lone, "drop late\n");
    lone_ask(&lone, 4 * MS, "2", 7);
    CU_ASSERT_EQUAL(lone.sent.meant, message_tag(4));
    lone_close(&lone);
}

static void where_views_are_static_incarnations_are_known_as_well(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    CU_ASSERT_EQUAL(lone.sent.meant, 0);
    struct message reply = lone_reply(1, 1, OUTCOME_VALUE, "v");
    reply.incarnation = 2;
    lone_receive(&lone, MS, reply);
    lone_ask(&lone, MS, "1", 8);
    CU_ASSERT_EQUAL(lone.sent.meant, message_tag(2));
    lone_forget(&lone);
    lone_receive(&lone, MS, lone_request(1, 2, "0", S));
    lone_expect(&lone, "drop r2 late\n");
    lone_close(&lone);
}

/* ---- a lost owner -------------------------------------------------------------------------- */

static void lose_owner(enum fallback fallback, const char *log)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.everyone = NULL;
    lone.config.joined = true;
    lone.config.fallback = fallback;
    lone_start(&lone);
    lone_receive(&lone, MS, lone_welcome(1, "\7"));
    lone_ask(&lone, 2 * MS, "1", 7);
    lone_forget(&lone);
    lone_event(&lone, 3 * MS, EVENT_PEER_LOST, 1);
    lone_expect(&lone, log);
    lone_close(&lone);
}

static void a_lost_owner_is_followed_by_what_the_fallback_says_at_once(void)
{
    lose_owner(FALLBACK_LOCAL,
               "view n1 n3\nroute r1 1 n1 try 2 lost\nstart 1 w1\nload 1 w1\nload w1\n");
    lose_owner(FALLBACK_OWNER, "view n1 n3\nroute r1 1 n3 try 2 lost\n> n3 request r1 1 try 2\n");
    lose_owner(FALLBACK_NONE, "view n1 n3\nfail r1 1 owner-lost\ndone 7 owner-lost\n");
}

static void an_error_that_is_left_when_the_owner_is_lost_is_unknown(void)
{
    struct lone lone;
    member(&lone);
    lone_ask(&lone, MS, "1", 7);
    for (int i = 1; i <= 2; i++)
        lone_timer(&lone, i * 200 * MS);
    lone_timer(&lone, 401 * MS);
    lone_fail_load(&lone, 402 * MS, lone.loading);
    lone_forget(&lone);
    lone_event(&lone, 403 * MS, EVENT_PEER_LOST, 1);
    lone_expect(&lone, "view n1 n3\nfail r1 1 owner-lost\ndone 7 owner-lost\n");
    lone_close(&lone);
}

static void under_fallback_owner_a_silent_owner_is_asked_once_more(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.fallback = FALLBACK_OWNER;
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 7);
    lone_forget(&lone);
    lone_timer(&lone, 400 * MS);
    lone_expect(&lone, "route r1 1 n2 try 2 retry\n> n2 request r1 1 try 2\n");
    lone_receive(&lone, 401 * MS, lone_reply(1, 1, OUTCOME_LOAD_FAILED, ""));
    lone_expect(&lone, "recv r1\n"); /* the other try may still be served */
    lone_receive(&lone, 402 * MS, lone_reply(1, 1, OUTCOME_LOAD_FAILED, ""));
    lone_expect(&lone, "drop r1 late\n");
    struct message second = lone_reply(1, 1, OUTCOME_VALUE, "v");
    second.part = 2;
    lone_receive(&lone, 403 * MS, second);
    lone_expect(&lone, "recv r1\nreply r1 1 w99 v\ndone 7 ok v\n");
    lone_close(&lone);
}

/* ---- leaving ------------------------------------------------------------------------------- */

static void what_a_leaver_holds_stays_asked(void)
{
    struct lone lone;
    member(&lone);
    lone_ask_within(&lone, MS, "1", 7, 30 * S);
    lone_forget(&lone);
    lone_receive(&lone, 2 * MS, lone_plain(1, 1, MESSAGE_LEAVE, 0));
    lone_expect(&lone, "recv\nview n1 n3\n> n2 leave-ack\n");
    lone_receive(&lone, 100 * MS, lone_reply(1, 1, OUTCOME_VALUE, "v"));
    lone_expect(&lone, "recv r1\nreply r1 1 w99 v\ndone 7 ok v\n");
    lone_receive(&lone, 101 * MS, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_expect(&lone, "recv\n"); /* it is not back */
    lone_close(&lone);
}

static void what_a_leaver_has_not_answered_when_it_goes_is_tried_again(void)
{
    struct lone lone;
    member(&lone);
    lone_ask(&lone, MS, "1", 7);
    lone_receive(&lone, 2 * MS, lone_plain(1, 1, MESSAGE_LEAVE, 0));
    lone_forget(&lone);
    lone_event(&lone, 3 * MS, EVENT_PEER_LOST, 1);
    lone_expect(&lone, "route r1 1 n1 try 2 left\nstart 1 w1\nload 1 w1\nload w1\n");
    lone_close(&lone);
}

static void who_is_refused_by_a_leaver_asks_the_next_owner_whatever_the_fallback(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.everyone = NULL;
    lone.config.joined = true;
    lone.config.fallback = FALLBACK_NONE;
    lone_start(&lone);
    lone_receive(&lone, MS, lone_welcome(1, "\7"));
    lone_ask(&lone, 2 * MS, "1", 7);
    lone_forget(&lone);
    lone_receive(&lone, 3 * MS, lone_reply(1, 1, OUTCOME_STOPPING, ""));
    lone_expect(&lone,
                "recv r1\nview n1 n3\nroute r1 1 n3 try 2 refused\n> n3 request r1 1 try 2\n");
    struct message second = lone_reply(2, 1, OUTCOME_STOPPING, "");
    second.part = 2;
    lone_receive(&lone, 4 * MS, second);
    lone_expect(&lone, "recv r1\nview n1\nfail r1 1 stopping\ndone 7 stopping\n");
    lone_close(&lone);
}

static void an_idle_leaver_goes_when_all_have_acknowledged(void)
{
    struct lone lone;
    member(&lone);
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    lone_expect(&lone, "> n2 leave\n> n3 leave\nview n2 n3\n");
    lone_receive(&lone, 3 * MS, lone_request(1, 2, "0", S));
    lone_expect(&lone, "recv r2\n> n2 reply r2 stopping\n");
    lone_receive(&lone, 3 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
    lone_expect(&lone, "recv\n");
    lone_timer(&lone, 201 * MS); /* n3 is told again */
    lone_expect(&lone, "> n2 heartbeat 1\n> n3 heartbeat 1\n> n3 leave\n");
    lone_receive(&lone, 202 * MS, lone_plain(2, 1, MESSAGE_LEAVE_ACK, 0));
    lone_expect(&lone, "recv\nleft\n");
    lone_close(&lone);
}

static void a_leaver_waits_for_acknowledgements_no_longer_than_suspect(void)
{
    struct lone lone;
    member(&lone);
    hears(&lone, 500 * MS, 1);
    hears(&lone, 500 * MS, 2);
    lone_event(&lone, 501 * MS, EVENT_LEAVE, 0);
    hears(&lone, 900 * MS, 1);
    hears(&lone, 1200 * MS, 2);
    lone_timer(&lone, 1501 * MS - 1);
    lone_forget(&lone);
    lone_timer(&lone, 1501 * MS);
    lone_expect(&lone, "left\n");
    lone_close(&lone);
}

static void a_peer_that_a_leaver_loses_is_waited_for_no_longer(void)
{
    struct lone lone;
    member(&lone);
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    lone_receive(&lone, 3 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
    lone_forget(&lone);
    lone_event(&lone, 4 * MS, EVENT_PEER_LOST, 2);
    lone_expect(&lone, "view n2\nleft\n");
    lone_close(&lone);
}

static void a_leaver_passes_its_clients_requests_on_until_nothing_else_keeps_it(void)
{
    struct lone lone;
    member(&lone);
    lone_receive(&lone, 2 * MS, lone_request(1, 2, "0", S));
    lone_event(&lone, 3 * MS, EVENT_LEAVE, 0);
    lone_forget(&lone);
    lone_ask(&lone, 4 * MS, "0", 7);
    lone_expect(&lone, "request r1 0\nroute r1 0 n2 try 1\n> n2 request r1 0\n");
    lone_receive(&lone, 5 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
    lone_receive(&lone, 5 * MS, lone_plain(2, 1, MESSAGE_LEAVE_ACK, 0));
    lone_forget(&lone);
    lone_ask(&lone, 6 * MS, "1", 8); /* it holds a request of n2's */
    lone_expect(&lone, "request r4 1\nroute r4 1 n3 try 1\n> n3 request r4 1\n");
    CU_ASSERT_TRUE(node_takes_requests(lone.node));
    lone_load(&lone, 7 * MS, lone.loading, "v");
    lone_forget(&lone);
    CU_ASSERT_FALSE(node_takes_requests(lone.node));
    lone_ask(&lone, 8 * MS, "1", 9);
    lone_expect(&lone, "request r7 1\nfail r7 1 stopping\ndone 9 stopping\n");
    lone_receive(&lone, 9 * MS, lone_reply(1, 1, OUTCOME_VALUE, "v"));
    lone_forget(&lone);
    lone_receive(&lone, 9 * MS, lone_reply(2, 4, OUTCOME_VALUE, "v"));
    lone_expect(&lone, "recv r4\nreply r4 1 w99 v\ndone 8 ok v\nleft\n");
    lone_close(&lone);
}

static void a_leaver_that_is_left_alone_has_nobody_to_pass_requests_on_to(void)
{
    struct lone lone;
    member(&lone);
    lone_receive(&lone, 2 * MS, lone_request(1, 2, "0", S));
    lone_event(&lone, 3 * MS, EVENT_LEAVE, 0);
    lone_forget(&lone);
    lone_receive(&lone, 4 * MS, lone_plain(1, 1, MESSAGE_LEAVE, 0));
    lone_expect(&lone, "recv\nview n3\n> n2 leave-ack\n");
    lone_receive(&lone, 5 * MS, lone_plain(2, 1, MESSAGE_LEAVE, 0));
    lone_expect(&lone, "recv\nview n1\n> n3 leave-ack\n");
    lone_ask(&lone, 6 * MS, "1", 7);
    lone_expect(&lone, "request r1 1\nfail r1 1 stopping\ndone 7 stopping\n");
    lone_close(&lone);
}

/* n1 is alone in its view, and holds a load, when it leaves. */
static void a_leaver_that_others_take_back_is_not_in_its_view_with_them(void)
{
    struct lone lone;
    member(&lone);
    for (int64_t t_ns = 100 * MS; t_ns <= 2 * S; t_ns += 100 * MS)
        lone_timer(&lone, t_ns);
    lone_ask(&lone, 2 * S, "1", 7);
    lone_event(&lone, 2 * S, EVENT_LEAVE, 0);
    lone_forget(&lone);
    lone_receive(&lone, 2 * S + MS, lone_welcome(1, "\6"));
    lone_expect(&lone, "recv\nview n2 n3\n");
    lone_close(&lone);
}

static void a_leaver_answers_what_it_holds_before_it_goes(void)
{
    struct lone lone;
    member(&lone);
    lone_receive(&lone, 2 * MS, lone_request(1, 2, "0", S));
    lone_event(&lone, 3 * MS, EVENT_LEAVE, 0);
    lone_receive(&lone, 4 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
    lone_receive(&lone, 4 * MS, lone_plain(2, 1, MESSAGE_LEAVE_ACK, 0));
    lone_forget(&lone);
    lone_load(&lone, 5 * MS, lone.loading, "v");
    lone_expect(&lone, "value 0 w1 v\nserve r2 0 w1 v\n> n2 reply r2 ok\nlost 0 w1\nleft\n");
    lone_close(&lone);
}

static void a_joiner_that_leaves_refuses_what_waits(void)
{
    struct lone lone;
    that_joins(&lone);
    lone_ask(&lone, MS, "1", 7);
    lone_receive(&lone, MS, lone_plain(1, 1, MESSAGE_JOIN, 0));
    lone_receive(&lone, MS, lone_request(1, 2, "0", S));
    lone_forget(&lone);
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    lone_expect(&lone, "> n2 leave\n> n3 leave\n> n2 reply r2 stopping\n"
                       "fail r1 1 stopping\ndone 7 stopping\n");
    lone_receive(&lone, 3 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
    lone_expect(&lone, "recv\nleft\n");
    lone_close(&lone);
}

SUITE(node_membership, TEST(a_node_that_was_never_told_to_connect_is_alone_and_owns_all),
      TEST(who_gets_a_join_joins_too), TEST(a_welcome_makes_the_view_at_once_and_whole),
      TEST(a_joiner_owns_nothing_and_its_requests_wait_for_the_view),
      TEST(a_request_that_waits_for_the_view_ends_at_its_deadline),
      TEST(what_is_forwarded_to_a_joiner_waits_too),
      TEST(those_that_join_form_a_view_when_all_are_heard),
      TEST(a_member_is_asked_for_its_view_and_no_view_is_formed_without_it),
      TEST(a_joiner_that_hears_a_member_and_is_not_let_in_says_so_once),
      TEST(silent_nodes_are_waited_for_as_long_as_suspect_and_no_longer),
      TEST(a_node_that_nobody_answers_is_alone_and_says_so),
      TEST(a_member_welcomes_who_joins_with_its_view),
      TEST(who_restarts_before_it_is_missed_stays_in_the_view_and_has_lost_what_it_was_asked),
      TEST(who_rejoins_stays_in_the_view_for_suspect_and_no_longer),
      TEST(each_that_rejoins_has_a_time_of_its_own),
      TEST(who_joins_though_it_is_in_the_view_stays_for_suspect_and_no_longer),
      TEST(what_another_one_said_is_passed_on_for_two_heartbeats),
      TEST(who_is_not_heard_gets_heartbeats_for_any_of_its_lives),
      TEST(who_restarts_and_does_not_come_back_at_once_is_lost),
      TEST(a_member_asks_those_that_it_does_not_hear_to_join),
      TEST(who_does_not_hear_us_is_trusted_for_suspect_after_the_join_and_no_longer),
      TEST(a_side_is_taken_back_with_its_whole_view),
      TEST(who_was_taken_in_unheard_is_suspected_as_any_other),
      TEST(a_silent_peer_is_suspected_at_its_time_and_not_before),
      TEST(a_pause_counts_neither_as_silence_nor_as_a_wait_for_an_answer),
      TEST(a_deadline_is_kept_through_a_pause), TEST(a_step_less_late_than_a_heartbeat_is_no_pause),
      TEST(what_an_earlier_incarnation_sent_or_was_meant_for_it_is_late),
      TEST(where_views_are_static_incarnations_are_known_as_well),
      TEST(a_lost_owner_is_followed_by_what_the_fallback_says_at_once),
      TEST(an_error_that_is_left_when_the_owner_is_lost_is_unknown),
      TEST(under_fallback_owner_a_silent_owner_is_asked_once_more),
      TEST(what_a_leaver_holds_stays_asked),
      TEST(what_a_leaver_has_not_answered_when_it_goes_is_tried_again),
      TEST(who_is_refused_by_a_leaver_asks_the_next_owner_whatever_the_fallback),
      TEST(an_idle_leaver_goes_when_all_have_acknowledged),
      TEST(a_leaver_waits_for_acknowledgements_no_longer_than_suspect),
      TEST(a_peer_that_a_leaver_loses_is_waited_for_no_longer),
      TEST(a_leaver_passes_its_clients_requests_on_until_nothing_else_keeps_it),
      TEST(a_leaver_that_is_left_alone_has_nobody_to_pass_requests_on_to),
      TEST(a_leaver_that_others_take_back_is_not_in_its_view_with_them),
      TEST(a_leaver_answers_what_it_holds_before_it_goes),
      TEST(a_joiner_that_leaves_refuses_what_waits));
