/* Workers that move to the new owner of their id. */
#include "node/handover.h"

#include "base/number.h"
#include "node/parcel.h"
#include "support/lone.h"
#include "support/suite.h"

#define MS NS_PER_MS

/* ---- what comes ---------------------------------------------------------------------------- */

static struct message parcel(node_id from, enum parcel_kind kind, struct string_builder *bytes)
{
    struct message message = lone_plain(from, 1, MESSAGE_HAND_OVER, (uint8_t)kind);
    must(text_set(&message.as.parcel, bytes->text ? bytes->text : "", bytes->size) == OK);
    string_builder_close(bytes);
    return message;
}

/* As handover_view_hash has it, of a view with these bits. */
static uint64_t view_of(uint64_t bits)
{
    return random_mix(bits);
}

static void take(struct lone *lone, int64_t at_ns, node_id from, uint64_t got, uint64_t view)
{
    struct string_builder bytes = {0};
    parcel_put_take(&bytes, &(struct parcel_take){got, (uint64_t)(1 * MS), view_of(view), got > 0});
    lone_receive(lone, at_ns, parcel(from, PARCEL_TAKE, &bytes));
}

/* A GIVE of worker 77 of id 0, which had rest_ns to live, by a TAKE sent at stamp_ns; 0: of none,
 * but it is named as to come if `busy`. Names come before workers. */
static void give_part(struct lone *lone, int64_t at_ns, int64_t stamp_ns, int64_t rest_ns,
                      bool failed, bool busy)
{
    struct string_builder bytes = {0};
    struct parcel_worker worker = {.id = text_borrow("0", 1), .to_come = busy};
    if (rest_ns) {
        worker.number = 77;
        worker.rest_ns = (uint64_t)rest_ns;
        worker.failed = failed;
        worker.value = text_borrow("v", 1);
    }
    parcel_put_give(&bytes, &(struct parcel_give){.serial = rest_ns ? 2 : busy,
                                                  .stamp_ns = (uint64_t)stamp_ns,
                                                  .view = view_of(7),
                                                  .extent = PARCEL_WHOLE});
    if (rest_ns || busy)
        parcel_put_worker(&bytes, &worker);
    lone_receive(lone, at_ns, parcel(1, PARCEL_GIVE, &bytes));
}

/* A GIVE that names one id of n2's, by the view of all. */
static void names(struct lone *lone, int64_t at_ns, struct parcel_give give, const char *id,
                  bool to_come)
{
    struct string_builder bytes = {0};
    give.view = view_of(7);
    parcel_put_give(&bytes, &give);
    parcel_put_worker(
        &bytes, &(struct parcel_worker){.id = text_borrow(id, strlen(id)), .to_come = to_come});
    lone_receive(lone, at_ns, parcel(1, PARCEL_GIVE, &bytes));
}

static void gives(struct lone *lone, int64_t at_ns, int64_t stamp_ns, int64_t rest_ns)
{
    give_part(lone, at_ns, stamp_ns, rest_ns, false, false);
}

static void offers(struct lone *lone, int64_t at_ns, node_id from)
{
    struct string_builder none = {0};
    lone_receive(lone, at_ns, parcel(from, PARCEL_OFFER, &none));
}

/* A try of this caller's, of which the turn is `from`'s no more. */
static void passes_this(struct lone *lone, int64_t at_ns, node_id from, struct parcel_pass pass)
{
    struct string_builder bytes = {0};
    parcel_put_pass(&bytes, &pass);
    lone_receive(lone, at_ns, parcel(from, PARCEL_PASS, &bytes));
}

static uint32_t times(const struct lone *lone, const char *line)
{
    uint32_t count = 0;
    for (const char *at = lone->log; (at = strstr(at, line)); at++)
        count++;
    return count;
}

/* Without a pause that it would notice. */
static void runs_until(struct lone *lone, int64_t end_ns)
{
    while (lone->now_ns < end_ns)
        lone_timer(lone, min_i64(lone->now_ns + 10 * MS, end_ns));
}

/* Request 5 of the caller for the id, with a second to live. */
static void passes_from(struct lone *lone, int64_t at_ns, node_id from, node_id caller, uint8_t try,
                        uint8_t hops, const char *id)
{
    struct string_builder bytes = {0};
    parcel_put_pass(&bytes, &(struct parcel_pass){.asked = text_borrow(id, strlen(id)),
                                                  .caller = caller,
                                                  .try = try,
                                                  .hops = hops,
                                                  .request = 5,
                                                  .budget_ns = (uint64_t)NS_PER_S});
    lone_receive(lone, at_ns, parcel(from, PARCEL_PASS, &bytes));
}

static void passes(struct lone *lone, int64_t at_ns, node_id caller, uint8_t try, uint8_t hops,
                   const char *id)
{
    passes_from(lone, at_ns, 1, caller, try, hops, id);
}

static void begin_as_configured(struct lone *lone)
{
    lone->config.everyone = NULL;
    lone->config.hand_over = true;
    lone->config.repeats = true;
    lone->config.next_request = 1;
    lone_start(lone);
    lone_event(lone, 0, EVENT_CONNECT, 0);
}

static void begin(struct lone *lone)
{
    lone_init(lone);
    begin_as_configured(lone);
}

/* ---- the old owner ------------------------------------------------------------------------- */

/* n1 and n2 are members. n1 has a ready worker of id 2, which is n3's once that joins. */
static void begin_old(struct lone *lone)
{
    begin(lone);
    lone_receive(lone, 0, lone_welcome(1, "\3"));
    lone_receive(lone, 0, lone_request(1, 2, "2", NS_PER_S));
    struct string_builder bytes = {0};
    parcel_put_give(&bytes, &(struct parcel_give){.view = view_of(3), .extent = PARCEL_WHOLE});
    lone_receive(lone, 0, parcel(1, PARCEL_GIVE, &bytes)); /* n2 had none of it */
    lone_load(lone, 0, lone->loading, "v");
    lone_forget(lone);
}

/* n3 is a member, in n1's eyes. */
static void joins(struct lone *lone, int64_t at_ns)
{
    lone_receive(lone, at_ns, lone_plain(2, 1, MESSAGE_JOIN, 0));
    lone_receive(lone, at_ns, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
}

static void a_worker_moves_when_its_new_owner_takes_it(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "view n1 n2 n3\n> n3 hand-over offer\n"));
    lone_forget(&lone);
    take(&lone, 12 * MS, 2, 0, 7);
    lone_expect(&lone, "recv\nmoved 2 w1 to n3\n> n3 hand-over give whole, 2 w1 for 4988ms\n");
    CU_ASSERT_EQUAL(node_workers(lone.node), 0);
    lone_close(&lone);
}

static void a_caller_with_the_old_view_is_told_whom_to_ask(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    lone_forget(&lone);
    lone_receive(&lone, 11 * MS, lone_request(1, 5, "2", NS_PER_S));
    lone_expect(&lone, "recv r5\n> n2 reply r5 ask n3\n");
    lone_close(&lone);
}

/* And not as by a node that leaves, which its caller would take out of the view. */
/* n1's worker of id 2 has moved to n3. */
static void begin_moved(struct lone *lone)
{
    begin_old(lone);
    joins(lone, 10 * MS);
    take(lone, 11 * MS, 2, 0, 7);
    lone_forget(lone);
}

static void a_request_that_is_passed_on_too_often_is_refused_as_by_a_full_node(void)
{
    for (uint8_t hops = HANDOVER_HOPS - 1; hops <= HANDOVER_HOPS; hops++) {
        struct lone lone;
        begin_moved(&lone);
        passes(&lone, 12 * MS, 1, 1, hops, "2");
        runs_until(&lone, 212 * MS);
        CU_ASSERT_EQUAL(times(&lone, "> n2 reply r5 overloaded\n"), hops == HANDOVER_HOPS);
        CU_ASSERT_EQUAL(times(&lone, "> n3 hand-over pass r5 of n2 2\n"), hops < HANDOVER_HOPS);
        lone_close(&lone);
    }
}

/* By three views that are other ones it would go round and round. */
static void what_was_passed_on_often_waits_for_a_heartbeat_each_time(void)
{
    for (uint8_t hops = HANDOVER_QUICK; hops <= HANDOVER_QUICK + 1; hops++) {
        struct lone lone;
        begin_moved(&lone);
        passes(&lone, 12 * MS, 1, 1, hops, "2");
        CU_ASSERT_EQUAL(times(&lone, "> n3 hand-over pass r5 of n2 2\n"), hops == HANDOVER_QUICK);
        runs_until(&lone, 212 * MS);
        CU_ASSERT_EQUAL(times(&lone, "> n3 hand-over pass r5 of n2 2\n"), 1);
        lone_close(&lone);
    }
}

static void what_comes_round_to_the_worker_is_served_there_though_it_moves(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    lone_forget(&lone);
    passes(&lone, 11 * MS, 1, 1, HANDOVER_QUICK + 1, "2");
    lone_expect(&lone, "recv\nserve r5 2 w1 v\n> n2 reply r5 ok\n");
    lone_close(&lone);
}

static void what_the_owner_passes_back_is_held_for_a_heartbeat(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    take(&lone, 12 * MS, 2, 0, 7);
    lone_forget(&lone);
    passes_from(&lone, 13 * MS, 2, 1, 1, 2, "2");
    lone_expect(&lone, "recv\n");
    lone_forget(&lone);
    lone_timer(&lone, 213 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 reply r5 is at n3\nhanded r5 2 to n3\n"
                                            "> n3 hand-over pass r5 of n2 2\n"));
    lone_close(&lone);
}

static void what_waits_goes_on_at_the_new_owner_and_the_turn_is_finished(void)
{
    struct lone lone;
    begin_old(&lone);
    lone.works = true;
    lone_receive(&lone, 1 * MS, lone_request(1, 5, "2", NS_PER_S));
    lone_receive(&lone, 1 * MS, lone_request(1, 8, "2", NS_PER_S));
    lone_receive(&lone, 1 * MS, lone_request(1, 11, "2", NS_PER_S));
    lone_forget(&lone);
    joins(&lone, 10 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "view n1 n2 n3\n"
                                            "> n2 reply r8 is at n3\nhanded r8 2 to n3\n"
                                            "> n3 hand-over pass r8 of n2 2\n"
                                            "> n2 reply r11 is at n3\nhanded r11 2 to n3\n"
                                            "> n3 hand-over pass r11 of n2 2\n"));
    lone_forget(&lone);
    take(&lone, 12 * MS, 2, 0, 7);
    lone_expect(&lone, "recv\n> n3 hand-over give whole, 2 later\n");
    lone_work(&lone, 20 * MS, lone.working);
    lone_expect(&lone, "serve r5 2 w1 v\n> n2 reply r5 ok\n> n3 hand-over offer\n");
    lone_close(&lone);
}

/* Each is named once, however often some of them go while others are busy yet. */
static void what_is_sent_is_in_proportion_to_the_workers_that_move(void)
{
    enum { COUNT = 300 };
    struct lone lone;
    struct worker_ref loading[COUNT];
    char id[16];
    begin_old(&lone);
    for (uint64_t i = 0; i < COUNT; i++) {
        snprintf(id, sizeof id, "%u", (unsigned)(8 + 6 * i));
        lone_receive(&lone, 1 * MS, lone_request(1, 5 + 3 * i, id, 60 * NS_PER_S));
        loading[i] = lone.loading;
        lone_forget(&lone);
    }
    joins(&lone, 10 * MS);
    take(&lone, 11 * MS, 2, 0, 7);
    for (uint64_t i = 0; i < COUNT; i++) {
        lone_forget(&lone);
        lone_load(&lone, 12 * MS, loading[i], "v");
        take(&lone, 12 * MS, 2, 1 + i, 7);
        CU_ASSERT_EQUAL(times(&lone, " later"), 0);
    }
    CU_ASSERT_EQUAL(node_workers(lone.node), 0);
    CU_ASSERT(lone.handed_bytes < COUNT * 100);
    lone_close(&lone);
}

/* That one was busy, and ended without going there. */
static void one_that_was_named_as_busy_and_ends_is_named_once_more(void)
{
    struct lone lone;
    begin_old(&lone);
    lone.works = true;
    lone_receive(&lone, 4 * NS_PER_S, lone_request(1, 5, "2", 3 * NS_PER_S));
    joins(&lone, 4001 * MS);
    take(&lone, 4002 * MS, 2, 0, 7);
    CU_ASSERT_EQUAL(times(&lone, "give whole, 2 later\n"), 1);
    for (node_id peer = 1; peer <= 2; peer++)
        lone_receive(&lone, 4500 * MS, lone_plain(peer, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    runs_until(&lone, 5 * NS_PER_S);
    CU_ASSERT_EQUAL(times(&lone, "expire 2"), 1);
    lone_forget(&lone);
    take(&lone, 5001 * MS, 2, 1, 7);
    lone_expect(&lone, "recv\n> n3 hand-over give whole, 2 ended\n");
    take(&lone, 5002 * MS, 2, 2, 7);
    lone_expect(&lone, "recv\n> n3 hand-over give whole\n");
    lone_close(&lone);
}

static void what_was_not_taken_is_offered_and_sent_again(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    lone_forget(&lone);
    lone_timer(&lone, 210 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n3 hand-over offer\n"));
    take(&lone, 212 * MS, 2, 0, 7);
    lone_forget(&lone);
    take(&lone, 412 * MS, 2, 0, 7);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n3 hand-over give whole, 2 w1 for 4788ms\n"));
    lone_forget(&lone);
    take(&lone, 413 * MS, 2, 1, 7); /* it has them */
    lone_expect(&lone, "recv\n> n3 hand-over give whole\n");
    lone_close(&lone);
}

static void one_whose_view_is_another_is_not_told_to_ask_again_at_once(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    take(&lone, 11 * MS, 2, 0, 7);
    take(&lone, 12 * MS, 2, 1, 6);
    lone_forget(&lone);
    take(&lone, 13 * MS, 2, 1, 6);
    lone_expect(&lone, "recv\n> n3 hand-over give\n");
    lone_close(&lone);
}

/* A copy of that does not. */
static void what_comes_back_to_a_node_that_had_it_before_gets_its_turn_there(void)
{
    struct lone lone;
    begin_old(&lone);
    lone.works = true;
    lone_receive(&lone, 1 * MS, lone_request(1, 5, "2", 4 * NS_PER_S));
    lone_receive(&lone, 1 * MS, lone_request(1, 8, "2", 4 * NS_PER_S));
    joins(&lone, 10 * MS);
    CU_ASSERT_EQUAL(times(&lone, "handed r8 2 to n3\n"), 1);
    lone_receive(&lone, 20 * MS, lone_plain(2, 1, MESSAGE_LEAVE, 0));
    struct parcel_pass pass = {text_borrow("2", 1), false, 1, 1, 2, 8, 3 * NS_PER_S};
    passes_this(&lone, 21 * MS, 2, pass);
    passes_this(&lone, 22 * MS, 2, pass);
    lone_work(&lone, 30 * MS, lone.working);
    CU_ASSERT_EQUAL(times(&lone, "work w1\n"), 2);
    lone_work(&lone, 31 * MS, lone.working);
    CU_ASSERT_EQUAL(times(&lone, "work w1\n"), 2);
    CU_ASSERT_EQUAL(times(&lone, "serve r8 2 w1 v\n"), 1);
    lone_close(&lone);
}

static void a_taker_with_another_view_is_answered_once_and_asks_again_itself(void)
{
    struct lone lone;
    begin_old(&lone);
    lone_receive(&lone, 1 * MS, lone_request(1, 5, "2", NS_PER_S)); /* n2 has n3, n1 has not */
    lone_forget(&lone);
    take(&lone, 12 * MS, 1, 0, 7);
    lone_expect(&lone, "recv\n> n2 hand-over give\n");
    joins(&lone, 20 * MS);
    CU_ASSERT_EQUAL(times(&lone, "> n2 hand-over ready\n"), 1);
    lone_close(&lone);
}

static void a_leaver_stays_until_its_workers_are_taken_or_for_suspect(void)
{
    for (int taken = 0; taken <= 1; taken++) {
        struct lone lone;
        begin_old(&lone);
        lone_event(&lone, 1 * MS, EVENT_LEAVE, 0);
        lone_receive(&lone, 2 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
        CU_ASSERT_PTR_NULL(strstr(lone.log, "left"));
        CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 hand-over offer\n"));
        if (taken) {
            take(&lone, 3 * MS, 1, 0, 2);
            CU_ASSERT_PTR_NULL(strstr(lone.log, "left"));
            take(&lone, 5 * MS, 1, 1, 2);
            CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "left"));
        } else {
            for (int64_t at_ns = 201 * MS; at_ns <= 1001 * MS; at_ns += 200 * MS)
                lone_timer(&lone, at_ns - (at_ns == 1001 * MS));
            CU_ASSERT_PTR_NULL(strstr(lone.log, "left"));
            lone_timer(&lone, 1001 * MS);
            CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "left"));
        }
        lone_close(&lone);
    }
}

/* n2 is heard all the while. */
static void runs_and_hears_until(struct lone *lone, int64_t end_ns)
{
    while (lone->now_ns < end_ns) {
        int64_t at_ns = min_i64(lone->now_ns + 100 * MS, end_ns);
        runs_until(lone, at_ns);
        lone_receive(lone, at_ns, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    }
}

/* What waits for the load goes on at the new owner, and waits there: a load that the leaver breaks
 * off is made twice. It may take as long as a request waits. */
static void a_leaver_finishes_its_loads_and_hands_them_over_but_not_for_ever(void)
{
    for (int ends = 0; ends <= 1; ends++) {
        struct lone lone;
        begin_old(&lone);
        lone_receive(&lone, 1 * MS, lone_request(1, 5, "4", NS_PER_S));
        lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
        CU_ASSERT_EQUAL(times(&lone, "handed r5 4 to n2\n"), 1);
        lone_receive(&lone, 3 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
        take(&lone, 4 * MS, 1, 0, 2);
        CU_ASSERT_EQUAL(times(&lone, "2 w1 for 4996ms, 4 later\n"), 1);
        take(&lone, 5 * MS, 1, 1, 2);
        runs_and_hears_until(&lone, 1001 * MS);
        CU_ASSERT_EQUAL(times(&lone, "lost 4 w4") + times(&lone, "left\n"), 0);
        if (ends) {
            lone_load(&lone, 1001 * MS, lone.loading, "v");
            CU_ASSERT_EQUAL(times(&lone, "> n2 hand-over offer\n"), 2);
            take(&lone, 1001 * MS, 1, 1, 2);
            CU_ASSERT_EQUAL(times(&lone, "give whole, 4 w4 for 4000ms\n"), 1);
            take(&lone, 1002 * MS, 1, 2, 2);
        } else {
            lone_timer(&lone, 1002 * MS);
        }
        CU_ASSERT_EQUAL(times(&lone, "lost 4 w4\n"), !ends);
        CU_ASSERT_EQUAL(times(&lone, "left\n"), 1);
        lone_close(&lone);
    }
}

/* n2 has said nothing to a request of n1's client, which asks here then. */
static void a_leaver_gives_up_no_load_that_its_own_client_waits_for(void)
{
    struct lone lone;
    begin_old(&lone);
    lone_receive(&lone, 1 * MS, lone_request(1, 5, "4", NS_PER_S));
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    lone_ask_within(&lone, 3 * MS, "4", 7, 9 * NS_PER_S);
    runs_and_hears_until(&lone, 1500 * MS);
    CU_ASSERT_EQUAL(times(&lone, "route r1 4 n1 try 2 retry\n"), 1);
    CU_ASSERT_EQUAL(times(&lone, "lost 4 w4\n"), 0);
    lone_load(&lone, 1500 * MS, lone.loading, "v");
    CU_ASSERT_EQUAL(times(&lone, "done 7 ok v\n"), 1);
    lone_close(&lone);
}

/* n2 has said nothing to a request for its id 1, which n1 has taken up itself; then n1 leaves. */
static void a_leaver_whose_worker_expires_passes_on_what_waits_for_it(void)
{
    struct lone lone;
    begin_old(&lone);
    lone_ask_within(&lone, 1 * MS, "1", 7, 9 * NS_PER_S);
    runs_and_hears_until(&lone, 500 * MS);
    CU_ASSERT_EQUAL(times(&lone, "load 1 w4\n"), 1);
    lone_event(&lone, 500 * MS, EVENT_LEAVE, 0);
    runs_and_hears_until(&lone, 5500 * MS);
    CU_ASSERT_EQUAL(times(&lone, "handed r1 1 to n2\n"), 1);
    CU_ASSERT_EQUAL(times(&lone, "expire 1 w4\n"), 1);
    CU_ASSERT_EQUAL(times(&lone, "start 1 "), 1);
    CU_ASSERT_EQUAL(times(&lone, "done 7 "), 0);
    lone_close(&lone);
}

static void a_leaver_passes_on_what_its_clients_ask_until_its_workers_are_taken(void)
{
    for (uint64_t taken = 0; taken <= 1; taken++) {
        struct lone lone;
        begin_old(&lone);
        lone_event(&lone, 1 * MS, EVENT_LEAVE, 0);
        lone_receive(&lone, 2 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
        take(&lone, 3 * MS, 1, 0, 2);
        take(&lone, 4 * MS, 1, taken, 2);
        lone_forget(&lone);
        lone_ask(&lone, 5 * MS, "1", 7);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(lone.log, taken ? "done 7 stopping\n" : "> n2 request r1 1\n"));
        lone_close(&lone);
    }
}

static void a_leaver_that_is_named_as_the_owner_asks_the_one_that_stays(void)
{
    struct lone lone;
    begin_old(&lone);
    lone_ask(&lone, 1 * MS, "1", 0);
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    lone_forget(&lone);
    struct message moved = lone_reply(1, 1, (enum outcome)REPLY_MOVED, "");
    moved.as.answer.worker = 0; /* n1, as n2 had it before it knew */
    lone_receive(&lone, 3 * MS, moved);
    lone_expect(&lone, "recv r1\nroute r1 1 n2 try 2 moved\n> n2 request r1 1 try 2\n");
    lone_close(&lone);
}

static void what_is_passed_to_a_node_that_comes_back_is_not_lost_with_its_earlier_life(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    lone_receive(&lone, 20 * MS, lone_plain(2, 1, MESSAGE_LEAVE, 0));
    lone_ask(&lone, 30 * MS, "1", 0);
    struct message passed = lone_reply(1, 1, (enum outcome)REPLY_PASSED, "");
    passed.as.answer.worker = 2; /* n3, which n1 does not know to be back */
    lone_receive(&lone, 40 * MS, passed);
    lone_forget(&lone);
    lone_receive(&lone, 50 * MS, lone_plain(2, 2, MESSAGE_JOIN, 0));
    CU_ASSERT_PTR_NULL(strstr(lone.log, "try 2"));
    lone_close(&lone);
}

/* n1 has asked n3 for id 3, which is its own since n2 is there; the worker's load is queued. With
 * n3 lost, it is n2's: the worker has ended before it is on record that n1 tries on its own. */
static void a_try_here_is_made_when_the_workers_that_move_have_ended(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.load_at_once = 1;
    begin_as_configured(&lone);
    lone_receive(&lone, 0, lone_welcome(2, "\5"));
    lone_ask(&lone, 0, "3", 7);
    lone_receive(&lone, 0, lone_plain(1, 1, MESSAGE_JOIN, 0));
    lone_receive(&lone, 0, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_receive(&lone, 1 * MS, lone_request(1, 2, "0", NS_PER_S));
    lone_receive(&lone, 1 * MS, lone_request(1, 5, "3", NS_PER_S));
    for (node_id peer = 1; peer <= 2; peer++) {
        struct string_builder bytes = {0};
        parcel_put_give(&bytes, &(struct parcel_give){.stamp_ns = (uint64_t)(1 * MS),
                                                      .view = view_of(7),
                                                      .extent = PARCEL_WHOLE});
        lone_receive(&lone, 2 * MS, parcel(peer, PARCEL_GIVE, &bytes)); /* it had none of it */
    }
    lone_forget(&lone);
    lone_event(&lone, 3 * MS, EVENT_PEER_LOST, 2);
    lone_expect(&lone, "view n1 n2\n> n2 reply r5 is at n2\nhanded r5 3 to n2\n"
                       "> n2 hand-over pass r5 of n2 3\nexpire 3 w4\n"
                       "> n3 hand-over take got 0 at 3ms\n"
                       "route r1 3 n1 try 2 lost\nstart 3 w7\n");
    lone_close(&lone);
}

static void a_worker_stays_if_its_new_owner_is_lost(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    lone_event(&lone, 11 * MS, EVENT_PEER_LOST, 2);
    lone_forget(&lone);
    lone_receive(&lone, 12 * MS, lone_request(1, 5, "2", NS_PER_S));
    lone_expect(&lone, "recv r5\nserve r5 2 w1 v\n> n2 reply r5 ok\n");
    lone_close(&lone);
}

/* ---- the new owner ------------------------------------------------------------------------- */

/* n1 has just joined n2 and n3: id 0 was n2's, in their view. It is asked for it by n2. */
static void begin_new(struct lone *lone)
{
    begin(lone);
    lone_receive(lone, 0, lone_welcome(1, "\6"));
    lone_forget(lone);
    lone_receive(lone, 1 * MS, lone_request(1, 2, "0", 3 * NS_PER_S));
    lone_expect(lone, "recv r2\n> n2 hand-over take got 0 at 1ms\n");
}

static void a_request_is_held_until_the_worker_is_here(void)
{
    struct lone lone;
    begin_new(&lone);
    gives(&lone, 4 * MS, 1 * MS, 2000 * MS);
    lone_expect(&lone, "recv\nstart 0 w1 was w77 for 1997ms\nvalue 0 w1 v\n"
                       "> n2 hand-over take got 2 at 4ms\nserve r2 0 w1 v\n> n2 reply r2 ok\n");
    lone_close(&lone);
}

/* Two, for whichever ids; when these have gone on there is room again. */
static void more_requests_than_a_node_may_hold_are_refused_at_once(void)
{
    struct lone lone;
    begin_new(&lone);
    lone_receive(&lone, 1 * MS, lone_request(1, 5, "3", 99 * MS));
    lone_forget(&lone);
    lone_receive(&lone, 2 * MS, lone_request(1, 8, "6", NS_PER_S));
    lone_expect(&lone, "recv r8\n> n2 reply r8 overloaded\n");
    lone_receive(&lone, 100 * MS - 1, lone_request(1, 11, "6", NS_PER_S));
    lone_expect(&lone, "recv r11\n> n2 reply r11 overloaded\n");
    lone_receive(&lone, 100 * MS, lone_request(1, 14, "6", NS_PER_S)); /* nobody waits for r5 */
    CU_ASSERT_EQUAL(times(&lone, "reply r14"), 0);
    gives(&lone, 101 * MS, 1 * MS, 0);
    CU_ASSERT_EQUAL(times(&lone, "start 0 w1\n") + times(&lone, "start 6 w4\n"), 2);
    lone_close(&lone);
}

static void a_request_starts_a_worker_once_it_is_known_that_none_comes(void)
{
    struct lone lone;
    begin_new(&lone);
    gives(&lone, 4 * MS, 1 * MS, 0);
    lone_expect(&lone, "recv\nstart 0 w1\nload 0 w1\nload w1\n");
    lone_close(&lone);
}

/* n2 has welcomed n1, and its view had changed shortly before: id 0 may be n3's yet. Or n3 says
 * that it has something. */
static void a_joiner_asks_every_member_where_there_was_a_change_before(void)
{
    enum { CALM, CHANGED, OFFERED, CASES };
    for (int is = 0; is < CASES; is++) {
        struct lone lone;
        begin(&lone);
        struct message welcome = lone_welcome(1, "\6");
        welcome.code = is == CHANGED ? WELCOME_CHANGED : 0;
        lone_receive(&lone, 0, welcome);
        if (is == OFFERED)
            offers(&lone, 0, 2);
        lone_receive(&lone, 1 * MS, lone_request(1, 2, "0", 3 * NS_PER_S));
        CU_ASSERT_EQUAL(times(&lone, "> n3 hand-over take"), is != CALM);
        gives(&lone, 2 * MS, 1 * MS, 0);
        CU_ASSERT_EQUAL(times(&lone, "start 0 w1\n"), is == CALM);
        struct string_builder none = {0};
        parcel_put_give(&none, &(struct parcel_give){.view = view_of(7), .extent = PARCEL_WHOLE});
        lone_receive(&lone, 3 * MS, parcel(2, PARCEL_GIVE, &none));
        CU_ASSERT_EQUAL(times(&lone, "start 0 w1\n"), 1);
        lone_close(&lone);
    }
}

/* n2 offers something after it was asked, and an answer to that question comes, perhaps once more.
 */
/* n1, n2 and n3 are members. A whole GIVE of the peer's without workers, as of a question of
 * stamp_ns.
 */
static void answers(struct lone *lone, int64_t at_ns, node_id from, int64_t stamp_ns,
                    struct parcel_give give)
{
    struct string_builder bytes = {0};
    give.view = view_of(7);
    give.extent = PARCEL_WHOLE;
    give.stamp_ns = (uint64_t)stamp_ns;
    parcel_put_give(&bytes, &give);
    lone_receive(lone, at_ns, parcel(from, PARCEL_GIVE, &bytes));
}

static void others_are_asked_where_an_answer_says_that_they_may_know_more(void)
{
    struct lone lone;
    begin_new(&lone);
    answers(&lone, 4 * MS, 1, 1 * MS, (struct parcel_give){.mixed = true});
    lone_expect(&lone, "recv\n> n3 hand-over take got 0 at 4ms\n");
    answers(&lone, 5 * MS, 2, 4 * MS, (struct parcel_give){0});
    CU_ASSERT_EQUAL(times(&lone, "start 0 w1\n"), 1);
    lone_close(&lone);
}

/* n3 says at 6 ms that what it gave by an earlier view may have come to n2 a millisecond before. */
static void who_was_asked_before_a_worker_may_have_come_to_it_is_asked_again(void)
{
    struct lone lone;
    begin_new(&lone);
    answers(&lone, 4 * MS, 1, 1 * MS, (struct parcel_give){.mixed = true});
    lone_forget(&lone);
    answers(&lone, 6 * MS, 2, 4 * MS, (struct parcel_give){.strayed_ns = 1 + 1 * MS});
    lone_expect(&lone,
                "recv\n> n2 hand-over take got 0 at 6ms\n> n3 hand-over take got 0 at 6ms\n");
    answers(&lone, 8 * MS, 1, 6 * MS, (struct parcel_give){0});
    CU_ASSERT_EQUAL(times(&lone, "start 0 w1\n"), 0);
    answers(&lone, 9 * MS, 2, 6 * MS, (struct parcel_give){.strayed_ns = 1 + 4 * MS});
    CU_ASSERT_EQUAL(times(&lone, "start 0 w1\n"), 1);
    lone_close(&lone);
}

/* n2 has left, and given its workers to n3, which n1 has not heard yet. */
static void one_that_a_leaver_gave_to_is_asked_though_it_is_not_known_yet(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\2"));
    lone_receive(&lone, 2 * MS, lone_plain(1, 1, MESSAGE_LEAVE, 0));
    struct string_builder bytes = {0};
    parcel_put_life(&bytes, 2, 1);
    lone_receive(&lone, 3 * MS, parcel(1, PARCEL_GONE, &bytes));
    lone_event(&lone, 4 * MS, EVENT_PEER_LOST, 1);
    lone_forget(&lone);
    runs_until(&lone, 20 * MS);
    lone_ask_within(&lone, 20 * MS, "0", 1, 3 * NS_PER_S);
    CU_ASSERT_EQUAL(times(&lone, "start 0 w1"), 0);
    CU_ASSERT_EQUAL(times(&lone, "> n3 hand-over take got 0 at 20ms\n"), 1);
    runs_until(&lone, 1100 * MS); /* it does not answer */
    CU_ASSERT_EQUAL(times(&lone, "start 0 w1"), 1);
    lone_close(&lone);
}

static void a_leaver_says_at_last_to_whom_it_gave(void)
{
    struct lone lone;
    begin_old(&lone);
    joins(&lone, 10 * MS);
    take(&lone, 11 * MS, 2, 0, 7);
    take(&lone, 12 * MS, 2, 1, 7);
    lone_event(&lone, 13 * MS, EVENT_LEAVE, 0);
    lone_receive(&lone, 14 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
    CU_ASSERT_EQUAL(times(&lone, "hand-over gone\n"), 0);
    lone_receive(&lone, 15 * MS, lone_plain(2, 1, MESSAGE_LEAVE_ACK, 0));
    CU_ASSERT_EQUAL(times(&lone, "> n2 hand-over gone\n> n3 hand-over gone\n"), 1);
    lone_close(&lone);
}

static void an_answer_to_a_question_before_the_offer_does_not_settle_it(void)
{
    struct lone lone;
    begin_new(&lone);
    offers(&lone, 3 * MS, 1);
    gives(&lone, 4 * MS, 1 * MS, 0);
    CU_ASSERT_EQUAL(times(&lone, "start"), 0);
    gives(&lone, 5 * MS, 3 * MS, 0);
    CU_ASSERT_EQUAL(times(&lone, "start 0 w1\n"), 1);
    lone_close(&lone);
}

/* It came by the view of n2, in which n3 is no member, and stays until both views are the same. */
/* Worker 77 of this id comes from n2, by whose view it is n1's. */
static void gives_by(struct lone *lone, int64_t at_ns, uint64_t serial, const char *id,
                     uint64_t view)
{
    struct string_builder bytes = {0};
    parcel_put_give(&bytes, &(struct parcel_give){.serial = serial, .view = view_of(view)});
    parcel_put_worker(&bytes, &(struct parcel_worker){.id = text_borrow(id, strlen(id)),
                                                      .value = text_borrow("v", 1),
                                                      .number = 77,
                                                      .rest_ns = (uint64_t)NS_PER_S});
    lone_receive(lone, at_ns, parcel(1, PARCEL_GIVE, &bytes));
}

static void gives_by_its_view(struct lone *lone, int64_t at_ns, uint64_t serial, const char *id)
{
    gives_by(lone, at_ns, serial, id, 7);
}

/* By the views of n1 and n3 the owner of id 2 is n3. */
static void a_worker_that_came_by_another_view_goes_on_at_the_owner_by_this_one(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\6"));
    gives_by_its_view(&lone, 1 * MS, 1, "2");
    CU_ASSERT_EQUAL(times(&lone, "start 2"), 0);
    CU_ASSERT_EQUAL(times(&lone, "> n3 hand-over offer\n"), 1);
    take(&lone, 2 * MS, 2, 0, 6);
    CU_ASSERT_EQUAL(times(&lone, "2 w77 for"), 0);
    take(&lone, 3 * MS, 2, 0, 7);
    CU_ASSERT_EQUAL(times(&lone, ", 2 w77 for 997ms\n"), 1);
    CU_ASSERT_EQUAL(times(&lone, "start 2"), 0);
    lone_close(&lone);
}

/* By n1's view the owner of id 2 is n3 until that leaves. n1's second worker of it does not come.
 */
static void a_worker_that_came_by_a_later_view_goes_on_once_this_one_follows(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\6"));
    gives_by_its_view(&lone, 1 * MS, 1, "2");
    lone_receive(&lone, 5 * MS, lone_plain(2, 1, MESSAGE_LEAVE, 0));
    CU_ASSERT_EQUAL(times(&lone, "start 2 w1 was w77"), 1);
    gives_by_its_view(&lone, 6 * MS, 2, "2");
    CU_ASSERT_EQUAL(times(&lone, "start 2"), 1);
    lone_close(&lone);
}

static void what_came_by_another_view_is_given_by_any_after_a_heartbeat(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\6"));
    gives_by_its_view(&lone, 1 * MS, 1, "2");
    take(&lone, 2 * MS, 2, 0, 6);
    CU_ASSERT_EQUAL(times(&lone, "2 w77 for"), 0);
    runs_until(&lone, 202 * MS);
    take(&lone, 202 * MS, 2, 0, 6);
    CU_ASSERT_EQUAL(times(&lone, "2 w77 for"), 1);
    lone_close(&lone);
}

static void a_worker_that_is_named_as_busy_is_waited_for(void)
{
    struct lone lone;
    begin_new(&lone);
    give_part(&lone, 4 * MS, 1 * MS, 0, false, true);
    lone_receive(&lone, 5 * MS, lone_request(1, 5, "6", NS_PER_S)); /* n2's too, but not busy */
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "start 6 w1\n"));
    CU_ASSERT_PTR_NULL(strstr(lone.log, "start 0"));
    gives(&lone, 6 * MS, 4 * MS, 0);
    lone_forget(&lone);
    offers(&lone, 50 * MS, 1);
    lone_expect(&lone, "recv\n> n2 hand-over take got 1 at 50ms\n");
    gives(&lone, 52 * MS, 50 * MS, 100 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "serve r2 0 w4 v\n"));
    lone_close(&lone);
}

static void a_worker_that_was_named_as_busy_and_ended_is_not_waited_for(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\6"));
    lone_receive(&lone, 1 * MS, lone_request(1, 2, "6", NS_PER_S));
    give_part(&lone, 4 * MS, 1 * MS, 0, false, true);
    give_part(&lone, 5 * MS, 1 * MS, 0, false, true); /* nobody waits for it: no more TAKEs */
    CU_ASSERT_EQUAL(times(&lone, "take got 1"), 1);
    lone_timer(&lone, 499 * MS);
    lone_forget(&lone);
    lone_receive(&lone, 500 * MS, lone_request(1, 5, "0", NS_PER_S));
    lone_expect(&lone, "recv r5\n> n2 hand-over take got 1 at 500ms\n");
    names(&lone, 502 * MS,
          (struct parcel_give){
              .serial = 2, .stamp_ns = 500 * MS, .extent = PARCEL_WHOLE, .adds = true},
          "0", false);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "start 0 w4\n"));
    lone_close(&lone);
}

/* Its load may take longer than `suspect`. */
static void a_busy_worker_is_waited_for_while_its_owner_names_it(void)
{
    for (int names = 0; names <= 1; names++) {
        struct lone lone;
        begin_new(&lone);
        give_part(&lone, 4 * MS, 1 * MS, 0, false, true);
        for (int64_t at_ns = 100 * MS; at_ns <= 1100 * MS; at_ns += 100 * MS) {
            lone_receive(&lone, at_ns, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
            lone_receive(&lone, at_ns, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
            if (names)
                give_part(&lone, at_ns, at_ns, 0, false, true);
        }
        CU_ASSERT_EQUAL(strstr(lone.log, "start 0 w1\n") != NULL, !names);
        lone_close(&lone);
    }
}

/* In two GIVEs, which add to each other; a copy of the first one begins nothing anew. */
static void what_is_named_bit_by_bit_is_waited_for(void)
{
    struct lone lone;
    begin_new(&lone);
    struct parcel_give part = {.serial = 1, .stamp_ns = 1 * MS, .extent = PARCEL_PART};
    names(&lone, 4 * MS, part, "0", true);
    names(
        &lone, 6 * MS,
        (struct parcel_give){.serial = 2, .stamp_ns = 4 * MS, .extent = PARCEL_WHOLE, .adds = true},
        "6", true);
    names(&lone, 7 * MS, part, "0", true);
    lone_receive(&lone, 8 * MS, lone_request(1, 5, "12", NS_PER_S));
    lone_receive(&lone, 8 * MS, lone_request(1, 8, "6", NS_PER_S));
    CU_ASSERT_EQUAL(times(&lone, "start"), 1);
    CU_ASSERT_EQUAL(times(&lone, "start 12 "), 1);
    lone_close(&lone);
}

/* One that adds to names which this node does not keep is no whole answer; it asks for all. */
static void names_that_were_forgotten_are_asked_for_once_more(void)
{
    struct lone lone;
    begin_new(&lone);
    names(
        &lone, 4 * MS,
        (struct parcel_give){.serial = 1, .stamp_ns = 1 * MS, .extent = PARCEL_WHOLE, .adds = true},
        "6", true);
    CU_ASSERT_EQUAL(times(&lone, "start"), 0);
    CU_ASSERT_EQUAL(times(&lone, "take got 1 at 4ms\n"), 1);
    names(&lone, 6 * MS,
          (struct parcel_give){.serial = 2, .stamp_ns = 4 * MS, .extent = PARCEL_WHOLE}, "6", true);
    CU_ASSERT_EQUAL(times(&lone, "start 0 "), 1);
    lone_close(&lone);
}

/* n2 passes a request for id 4, which is n1's without n2, back to its caller n1; or it does so only
 * after n1 has given the request to its own registry, as n2 said nothing. */
static void what_is_passed_back_to_its_caller_gets_one_turn(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        begin(&lone);
        lone_receive(&lone, 0, lone_welcome(1, "\7"));
        runs_until(&lone, 500 * MS);
        lone_receive(&lone, 500 * MS, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
        lone_receive(&lone, 500 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
        runs_until(&lone, 1010 * MS);
        lone_ask_within(&lone, 1010 * MS, "4", 7, 5 * NS_PER_S);
        CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 request r1 4\n"));
        runs_until(&lone, late ? 1500 * MS : 1020 * MS);
        CU_ASSERT_EQUAL(times(&lone, "route r1 "), 1 + (uint32_t)late);
        lone_receive(&lone, lone.now_ns, lone_plain(1, 1, MESSAGE_LEAVE, 0));
        passes_this(&lone, lone.now_ns, 1,
                    (struct parcel_pass){text_borrow("4", 1), false, 0, 1, 1, 1, 4 * NS_PER_S});
        struct string_builder bytes = {0};
        parcel_put_give(&bytes, &(struct parcel_give){.stamp_ns = (uint64_t)lone.now_ns,
                                                      .view = view_of(5),
                                                      .extent = PARCEL_WHOLE});
        lone_receive(&lone, lone.now_ns, parcel(1, PARCEL_GIVE, &bytes)); /* n2 had none of it */
        runs_until(&lone, 1500 * MS);
        lone_load(&lone, 1500 * MS, lone.loading, "v");
        CU_ASSERT_EQUAL(times(&lone, "route r1 "), 1 + (uint32_t)late);
        CU_ASSERT_EQUAL(times(&lone, "serve r1 "), 1);
        CU_ASSERT_EQUAL(times(&lone, "done 7 ok v\n"), 1);
        lone_close(&lone);
    }
}

/* Its life is over 100 ms after the clock of the TAKE, whenever the GIVE came. */
static void a_worker_is_not_served_past_its_life_for_all_the_way_it_came(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        begin_new(&lone);
        gives(&lone, 30 * MS, 1 * MS, 100 * MS);
        lone_forget(&lone);
        lone_receive(&lone, 101 * MS - !late, lone_request(1, 5, "0", NS_PER_S));
        CU_ASSERT_EQUAL(strstr(lone.log, "serve r5 0 w1 v\n") != NULL, !late);
        CU_ASSERT_EQUAL(strstr(lone.log, "expire 0 w1\n") != NULL, late);
        lone_close(&lone);
    }
}

static void a_worker_whose_life_ends_on_the_way_does_not_come(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        begin_new(&lone);
        gives(&lone, 101 * MS - !late, 1 * MS, 100 * MS);
        CU_ASSERT_EQUAL(strstr(lone.log, "was w77") != NULL, !late);
        lone_close(&lone);
    }
}

static void a_worker_that_says_it_lives_longer_than_any_does_not(void)
{
    struct lone lone;
    begin_new(&lone);
    gives(&lone, 4 * MS, 900 * NS_PER_S, 600 * NS_PER_S); /* and that it was asked in the future */
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "start 0 w1 was w77 for 5000ms\n"));
    lone_close(&lone);
}

static void a_give_that_comes_twice_brings_its_workers_once(void)
{
    struct lone lone;
    begin_new(&lone);
    gives(&lone, 4 * MS, 1 * MS, 2000 * MS);
    lone_timer(&lone, 2001 * MS);
    lone_forget(&lone);
    gives(&lone, 2002 * MS, 1999 * MS, 2000 * MS);
    CU_ASSERT_PTR_NULL(strstr(lone.log, "start"));
    lone_close(&lone);
}

static void a_failed_load_moves_too(void)
{
    struct lone lone;
    begin_new(&lone);
    give_part(&lone, 4 * MS, 1 * MS, 1000 * MS, true, false);
    lone_expect(&lone, "recv\nstart 0 w1 was w77 for 997ms\nload-failed 0 w1\n"
                       "> n2 hand-over take got 2 at 4ms\n> n2 reply r2 load-failed\n");
    lone_close(&lone);
}

static void an_old_owner_that_is_lost_is_waited_for_no_longer(void)
{
    struct lone lone;
    begin_new(&lone);
    lone_event(&lone, 2 * MS, EVENT_PEER_LOST, 1);
    /* Two changes at a time: n3 may have seen them the other way round. */
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n3 hand-over take got 0 at 2ms\n"));
    struct string_builder bytes = {0};
    parcel_put_give(&bytes, &(struct parcel_give){.stamp_ns = (uint64_t)(2 * MS),
                                                  .view = view_of(5),
                                                  .extent = PARCEL_WHOLE});
    lone_receive(&lone, 3 * MS, parcel(2, PARCEL_GIVE, &bytes));
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "start 0 w1\n"));
    lone_close(&lone);
}

static void an_old_owner_that_says_nothing_is_waited_for_for_suspect(void)
{
    struct lone lone;
    begin_new(&lone);
    for (int64_t at_ns = 201 * MS; at_ns < 1000 * MS; at_ns += 100 * MS) {
        lone_receive(&lone, at_ns, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
        lone_receive(&lone, at_ns, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    }
    lone_timer(&lone, 1001 * MS - 1);
    CU_ASSERT_PTR_NULL(strstr(lone.log, "start"));
    lone_timer(&lone, 1001 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "start 0 w1\n"));
    lone_close(&lone);
}

static void hears_until(struct lone *lone, node_id peer, int64_t end_ns)
{
    while (lone->now_ns < end_ns)
        lone_receive(lone, min_i64(lone->now_ns + 100 * MS, end_ns),
                     lone_plain(peer, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
}

/* n3 is lost while n2 is asked: that is another question, for which n2 has as long. */
static void a_view_that_changes_meanwhile_begins_the_wait_anew(void)
{
    struct lone lone;
    begin_new(&lone);
    hears_until(&lone, 1, 600 * MS);
    lone_event(&lone, 600 * MS, EVENT_PEER_LOST, 2);
    hears_until(&lone, 1, 1599 * MS);
    CU_ASSERT_PTR_NULL(strstr(lone.log, "start"));
    hears_until(&lone, 1, 1600 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "start 0 w1\n"));
    lone_close(&lone);
}

/* What it sends is by another view than n1's yet; the next question is answered when it knows that
 * this came. */
static void an_old_owner_that_sends_workers_has_its_time_anew(void)
{
    struct lone lone;
    begin_new(&lone);
    hears_until(&lone, 1, 600 * MS);
    lone_receive(&lone, 600 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    gives_by(&lone, 600 * MS, 1, "3", 3);
    hears_until(&lone, 1, 1599 * MS);
    CU_ASSERT_EQUAL(times(&lone, "start 0 w"), 0);
    lone_receive(&lone, 1599 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    hears_until(&lone, 1, 1600 * MS);
    CU_ASSERT_EQUAL(times(&lone, "start 0 w"), 1);
    lone_close(&lone);
}

/* n1 has joined nearly `suspect` ago when it is asked for an id that was n2's before. */
static void a_view_of_before_counts_for_as_long_as_its_owner_is_asked(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\6"));
    hears_until(&lone, 1, 900 * MS);
    lone_receive(&lone, 900 * MS, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_forget(&lone);
    lone_receive(&lone, 990 * MS, lone_request(1, 2, "0", NS_PER_S));
    CU_ASSERT_EQUAL(times(&lone, "> n2 hand-over take got 0 at 990ms\n"), 1);
    lone_receive(&lone, 1100 * MS, lone_request(1, 5, "0", NS_PER_S));
    CU_ASSERT_PTR_NULL(strstr(lone.log, "start"));
    gives(&lone, 1110 * MS, 990 * MS, 2000 * MS);
    CU_ASSERT_EQUAL(times(&lone, "serve r2 0 w1 v\n"), 1);
    CU_ASSERT_EQUAL(times(&lone, "serve r5 0 w1 v\n"), 1);
    lone_close(&lone);
}

/* n1 stands still for a little less than `suspect` just after it has joined, or after it has asked.
 * What it waits for has not had its time, and the view of before is no older. */
static void a_pause_of_the_new_owner_ends_no_wait(void)
{
    for (int asked = 0; asked <= 1; asked++) {
        struct lone lone;
        begin(&lone);
        lone_receive(&lone, 0, lone_welcome(1, "\6"));
        if (asked)
            lone_receive(&lone, 1 * MS, lone_request(1, 2, "0", 3 * NS_PER_S));
        lone_forget(&lone);
        lone_timer(&lone, 990 * MS);
        lone_receive(&lone, 1010 * MS, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
        if (!asked)
            lone_receive(&lone, 1010 * MS, lone_request(1, 2, "0", NS_PER_S));
        CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 hand-over take got 0"));
        CU_ASSERT_PTR_NULL(strstr(lone.log, "start"));
        gives(&lone, 1012 * MS, 1010 * MS, 2000 * MS);
        CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "serve r2 0 w1 v\n"));
        lone_close(&lone);
    }
}

static struct message try_of(uint8_t try, uint64_t request, const char *id)
{
    struct message message = lone_request(1, request, id, 3 * NS_PER_S);
    message.code = try;
    return message;
}

/* By n1's view id 1 is n2's, who asks for it, and id 4, too. */
static void one_whose_view_is_another_is_told_so_after_a_heartbeat_and_served_if_it_insists(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\7"));
    lone_receive(&lone, 1 * MS, try_of(1, 2, "1"));
    runs_until(&lone, 201 * MS - 1);
    CU_ASSERT_EQUAL(times(&lone, "reply r2"), 0);
    lone_timer(&lone, 201 * MS);
    CU_ASSERT_EQUAL(times(&lone, "> n2 reply r2 ask n2\n"), 1);
    runs_until(&lone, 401 * MS);
    lone_receive(&lone, 401 * MS, try_of(2, 2, "1"));
    runs_until(&lone, 601 * MS - 1);
    CU_ASSERT_EQUAL(times(&lone, "start 1 "), 0);
    lone_timer(&lone, 601 * MS);
    CU_ASSERT_EQUAL(times(&lone, "start 1 w1\n"), 1);
    lone_receive(&lone, 602 * MS, try_of(1, 5, "4"));
    CU_ASSERT_EQUAL(times(&lone, "start 4 w4\n"), 1);
    lone_close(&lone);
}

/* Its requests wait for this node's view to follow again, whatever was noted of it before. */
static void one_whose_view_is_the_same_again_is_no_other_one(void)
{
    for (int same = 0; same <= 1; same++) {
        struct lone lone;
        begin(&lone);
        lone_receive(&lone, 0, lone_welcome(1, "\7"));
        lone_receive(&lone, 1 * MS, try_of(1, 2, "1"));
        runs_until(&lone, 401 * MS);
        lone_receive(&lone, 401 * MS, try_of(2, 2, "1"));
        runs_until(&lone, 601 * MS);
        struct message heartbeat = lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS);
        heartbeat.part = message_tag((uint32_t)view_of(same ? 7 : 3));
        lone_receive(&lone, 602 * MS, heartbeat);
        lone_receive(&lone, 603 * MS, try_of(1, 5, "4"));
        CU_ASSERT_EQUAL(times(&lone, "start 4 w4\n"), !same);
        lone_close(&lone);
    }
}

/* They came while the first was held, or were on their way when its caller was told. */
static void one_that_asked_before_it_was_told_does_not_insist(void)
{
    static const int64_t came_ns[] = {1 * MS, 100 * MS, 201 * MS, 400 * MS};
    for (size_t i = 0; i < sizeof came_ns / sizeof *came_ns; i++) {
        struct lone lone;
        begin(&lone);
        lone_receive(&lone, 0, lone_welcome(1, "\7"));
        lone_receive(&lone, 1 * MS, try_of(1, 2, "1"));
        runs_until(&lone, came_ns[i]);
        lone_receive(&lone, came_ns[i], try_of(2, 5, "4"));
        for (; lone.now_ns < came_ns[i] + 200 * MS; runs_until(&lone, lone.now_ns + 10 * MS)) {
            lone_receive(&lone, lone.now_ns, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
            lone_receive(&lone, lone.now_ns, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
        }
        CU_ASSERT_EQUAL(times(&lone, "> n2 reply r2 ask n2\n"), 1);
        CU_ASSERT_EQUAL(times(&lone, "handed r5 4 to n2\n"), 1);
        CU_ASSERT_EQUAL(times(&lone, "start "), 0);
        lone_close(&lone);
    }
}

static void a_further_try_of_one_that_was_not_told_so_is_passed_on(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\7"));
    lone_receive(&lone, 1 * MS, try_of(2, 2, "1"));
    runs_until(&lone, 201 * MS);
    CU_ASSERT_EQUAL(times(&lone, "handed r2 1 to n2\n"), 1);
    CU_ASSERT_EQUAL(times(&lone, "start 1 "), 0);
    lone_close(&lone);
}

static void with_hand_over_off_nothing_is_held(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.everyone = NULL;
    lone_start(&lone);
    lone_event(&lone, 0, EVENT_CONNECT, 0);
    lone_receive(&lone, 0, lone_welcome(1, "\6"));
    lone_receive(&lone, 1 * MS, lone_request(1, 2, "0", NS_PER_S));
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "start 0 w1\n"));
    lone_close(&lone);
}

/* What n2 says of n1's request 1 for id 1 comes when this node is lost already. */
static void says_of(struct lone *lone, uint8_t code, node_id named)
{
    struct message reply = lone_reply(1, 1, OUTCOME_UNREACHABLE, "");
    reply.code = code;
    reply.as.answer.worker = named;
    lone_receive(lone, 4 * MS, reply);
}

static void a_leaver_passes_on_what_it_holds(void)
{
    struct lone lone;
    begin_new(&lone);
    lone_event(&lone, 5 * MS, EVENT_LEAVE, 0);
    CU_ASSERT_EQUAL(times(&lone, "handed r2 0 to n2\n"), 1);
    CU_ASSERT_EQUAL(times(&lone, "stopping"), 0);
    lone_close(&lone);
}

static void nobody_waits_for_one_that_was_lost_before_it_was_named(void)
{
    for (uint8_t code = REPLY_MOVED; code <= REPLY_PASSED; code++) {
        struct lone lone;
        begin(&lone);
        lone_receive(&lone, 0, lone_welcome(1, "\7"));
        lone_receive(&lone, 0, lone_plain(2, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
        lone_ask(&lone, 1 * MS, "1", 7);
        lone_event(&lone, 3 * MS, EVENT_PEER_LOST, 2);
        lone_forget(&lone);
        says_of(&lone, code, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, code == REPLY_MOVED
                                                    ? "route r1 1 n2 try 2 moved\n"
                                                    : "route r1 1 n1 try 2 lost\n"));
        lone_close(&lone);
    }
}

static void what_is_on_its_way_back_is_lost_with_the_one_that_sent_it(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 0, lone_welcome(1, "\7"));
    lone_ask(&lone, 1 * MS, "1", 7);
    says_of(&lone, REPLY_PASSED, 0);
    CU_ASSERT_EQUAL(times(&lone, "route r1 "), 1);
    lone_event(&lone, 5 * MS, EVENT_PEER_LOST, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "route r1 1 n1 try 2 lost\n"));
    lone_close(&lone);
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* Under static membership there is nothing that such a reply could be looked up in. */
static void with_hand_over_off_no_peer_is_believed_that_an_id_has_moved(void)
{
    struct lone lone;
    lone_init(&lone);
    lone_start(&lone);
    lone_ask(&lone, 0, "1", 1);
    lone_forget(&lone);
    for (int code = REPLY_MOVED; code <= REPLY_PASSED; code++) {
        struct message moved = lone_reply(1, 3, OUTCOME_STOPPING, "");
        moved.code = (uint8_t)code;
        moved.as.answer.worker = 2;
        lone_receive(&lone, 1 * MS, moved);
        lone_expect(&lone, "drop r3 late\n");
        lone_forget(&lone);
    }
    lone_close(&lone);
}

/* It has no view, so nobody owns what comes. */
static void a_worker_that_comes_to_one_who_leaves_while_it_joins_is_offered_to_nobody(void)
{
    struct lone lone;
    begin(&lone);
    lone_receive(&lone, 1 * MS, lone_plain(1, 1, MESSAGE_HEARTBEAT, HEARTBEAT_HEARS));
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    gives(&lone, 3 * MS, 2 * MS, NS_PER_S);
    CU_ASSERT_PTR_NULL(strstr(lone.log, "offer"));
    lone_close(&lone);
}

static void a_pass_is_of_a_request_that_its_caller_can_have_made(void)
{
    struct string_builder bytes = {0};
    for (uint64_t request = 0; request < 8; request++) {
        struct parcel_pass pass = {text_borrow("7", 1), false, 1, 1, 0, request, 5}, read;
        parcel_put_pass(&bytes, &pass);
        struct text text = text_borrow(bytes.text, bytes.size);
        CU_ASSERT_EQUAL(parcel_get_pass(&text, 3, &read), request % 3 == 2);
        string_builder_close(&bytes);
    }
}

static void a_parcel_that_is_cut_is_not_sound_or_ends_early(void)
{
    struct string_builder bytes = {0};
    parcel_put_take(&bytes, &(struct parcel_take){300, 1 * MS, UINT64_MAX, true});
    for (size_t size = 0; size <= bytes.size; size++) {
        struct parcel_take read;
        struct text cut = text_borrow(bytes.text, size);
        CU_ASSERT_EQUAL(parcel_get_take(&cut, &read), size == bytes.size);
    }
    string_builder_close(&bytes);
    struct parcel_pass pass = {text_borrow("7", 1), false, 2, 1, 0, 300, 5};
    parcel_put_pass(&bytes, &pass);
    for (size_t size = 0; size <= bytes.size; size++) {
        struct text cut = text_borrow(bytes.text, size);
        CU_ASSERT_EQUAL(parcel_get_pass(&cut, 3, &pass), size == bytes.size);
        CU_ASSERT_FALSE(parcel_get_pass(&cut, 2, &pass)); /* there is no n3 */
    }
    string_builder_close(&bytes);
}

SUITE(node_handover, TEST(a_worker_moves_when_its_new_owner_takes_it),
      TEST(a_caller_with_the_old_view_is_told_whom_to_ask),
      TEST(a_request_that_is_passed_on_too_often_is_refused_as_by_a_full_node),
      TEST(what_was_passed_on_often_waits_for_a_heartbeat_each_time),
      TEST(what_comes_round_to_the_worker_is_served_there_though_it_moves),
      TEST(what_the_owner_passes_back_is_held_for_a_heartbeat),
      TEST(what_waits_goes_on_at_the_new_owner_and_the_turn_is_finished),
      TEST(what_is_sent_is_in_proportion_to_the_workers_that_move),
      TEST(one_that_was_named_as_busy_and_ends_is_named_once_more),
      TEST(what_was_not_taken_is_offered_and_sent_again),
      TEST(one_whose_view_is_another_is_not_told_to_ask_again_at_once),
      TEST(what_comes_back_to_a_node_that_had_it_before_gets_its_turn_there),
      TEST(a_taker_with_another_view_is_answered_once_and_asks_again_itself),
      TEST(a_leaver_stays_until_its_workers_are_taken_or_for_suspect),
      TEST(a_leaver_finishes_its_loads_and_hands_them_over_but_not_for_ever),
      TEST(a_leaver_gives_up_no_load_that_its_own_client_waits_for),
      TEST(a_leaver_whose_worker_expires_passes_on_what_waits_for_it),
      TEST(a_leaver_passes_on_what_its_clients_ask_until_its_workers_are_taken),
      TEST(a_leaver_that_is_named_as_the_owner_asks_the_one_that_stays),
      TEST(what_is_passed_to_a_node_that_comes_back_is_not_lost_with_its_earlier_life),
      TEST(a_try_here_is_made_when_the_workers_that_move_have_ended),
      TEST(a_worker_stays_if_its_new_owner_is_lost),
      TEST(a_request_is_held_until_the_worker_is_here),
      TEST(more_requests_than_a_node_may_hold_are_refused_at_once),
      TEST(a_request_starts_a_worker_once_it_is_known_that_none_comes),
      TEST(a_joiner_asks_every_member_where_there_was_a_change_before),
      TEST(others_are_asked_where_an_answer_says_that_they_may_know_more),
      TEST(who_was_asked_before_a_worker_may_have_come_to_it_is_asked_again),
      TEST(one_that_a_leaver_gave_to_is_asked_though_it_is_not_known_yet),
      TEST(a_leaver_says_at_last_to_whom_it_gave),
      TEST(an_answer_to_a_question_before_the_offer_does_not_settle_it),
      TEST(a_worker_that_came_by_another_view_goes_on_at_the_owner_by_this_one),
      TEST(a_worker_that_came_by_a_later_view_goes_on_once_this_one_follows),
      TEST(what_came_by_another_view_is_given_by_any_after_a_heartbeat),
      TEST(a_worker_that_is_named_as_busy_is_waited_for),
      TEST(a_worker_that_was_named_as_busy_and_ended_is_not_waited_for),
      TEST(a_busy_worker_is_waited_for_while_its_owner_names_it),
      TEST(what_is_named_bit_by_bit_is_waited_for),
      TEST(names_that_were_forgotten_are_asked_for_once_more),
      TEST(what_is_passed_back_to_its_caller_gets_one_turn),
      TEST(a_worker_is_not_served_past_its_life_for_all_the_way_it_came),
      TEST(a_worker_whose_life_ends_on_the_way_does_not_come),
      TEST(a_worker_that_says_it_lives_longer_than_any_does_not),
      TEST(a_give_that_comes_twice_brings_its_workers_once), TEST(a_failed_load_moves_too),
      TEST(an_old_owner_that_is_lost_is_waited_for_no_longer),
      TEST(an_old_owner_that_says_nothing_is_waited_for_for_suspect),
      TEST(a_view_that_changes_meanwhile_begins_the_wait_anew),
      TEST(an_old_owner_that_sends_workers_has_its_time_anew),
      TEST(a_view_of_before_counts_for_as_long_as_its_owner_is_asked),
      TEST(a_pause_of_the_new_owner_ends_no_wait),
      TEST(one_whose_view_is_another_is_told_so_after_a_heartbeat_and_served_if_it_insists),
      TEST(one_whose_view_is_the_same_again_is_no_other_one),
      TEST(one_that_asked_before_it_was_told_does_not_insist),
      TEST(a_further_try_of_one_that_was_not_told_so_is_passed_on),
      TEST(a_leaver_passes_on_what_it_holds),
      TEST(nobody_waits_for_one_that_was_lost_before_it_was_named),
      TEST(what_is_on_its_way_back_is_lost_with_the_one_that_sent_it),
      TEST(with_hand_over_off_nothing_is_held),
      TEST(with_hand_over_off_no_peer_is_believed_that_an_id_has_moved),
      TEST(a_worker_that_comes_to_one_who_leaves_while_it_joins_is_offered_to_nobody),
      TEST(a_pass_is_of_a_request_that_its_caller_can_have_made),
      TEST(a_parcel_that_is_cut_is_not_sound_or_ends_early));
