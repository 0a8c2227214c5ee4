/* Workers that move under leases: the old owner's, which hold the lease of their slot until they
 * have gone, and those that come to the new one before it has the lease. */
#include "node/newcomer.h"

#include "node/parcel.h"
#include "support/lone.h"
#include "support/suite.h"

#define MS NS_PER_MS

static const struct ballot none;

static bool says(const struct lone *lone, const char *line)
{
    return strstr(lone->log, line) != NULL;
}

/* As an acceptor, to n1's attempt of this round. */
static void answers(struct lone *lone, int64_t at_ns, node_id from, enum entry_kind kind,
                    uint64_t round)
{
    struct entry entry = {
        .kind = kind, .ballot = {.round = round, .node = 0, .incarnation = 1}, .other = none};
    lone_receive(lone, at_ns, lone_entry(from, entry));
}

static void wins(struct lone *lone, int64_t at_ns, uint64_t round)
{
    answers(lone, at_ns, 1, ENTRY_PROMISE, round);
    answers(lone, at_ns, 1, ENTRY_ACCEPTED, round);
}

static void parcel(struct lone *lone, int64_t at_ns, enum parcel_kind kind,
                   struct string_builder *bytes)
{
    struct message message = lone_plain(1, 1, MESSAGE_HAND_OVER, (uint8_t)kind);
    must(text_set(&message.as.parcel, bytes->text, bytes->size) == OK);
    string_builder_close(bytes);
    lone_receive(lone, at_ns, message);
}

/* n2 asks, whose view has these bits. */
static void takes(struct lone *lone, int64_t at_ns, uint64_t got, uint64_t view)
{
    struct string_builder bytes = {0};
    parcel_put_take(&bytes,
                    &(struct parcel_take){got, (uint64_t)(1 * MS), random_mix(view), got > 0});
    parcel(lone, at_ns, PARCEL_TAKE, &bytes);
}

/* n2 gives worker 77 of id 7, which had rest_ns to live when n1 asked at 1 ms, and lived under this
 * token. */
static void gives(struct lone *lone, int64_t at_ns, int64_t rest_ns, uint64_t counter)
{
    struct string_builder bytes = {0};
    parcel_put_give(&bytes, &(struct parcel_give){.serial = 1,
                                                  .stamp_ns = (uint64_t)(1 * MS),
                                                  .view = random_mix(7),
                                                  .extent = PARCEL_WHOLE});
    parcel_put_worker(&bytes, &(struct parcel_worker){.id = text_borrow("7", 1),
                                                      .value = text_borrow("v", 1),
                                                      .number = 77,
                                                      .rest_ns = (uint64_t)rest_ns,
                                                      .token = {.counter = counter}});
    parcel(lone, at_ns, PARCEL_GIVE, &bytes);
}

/* n1 of three, with one slot, which the first member prefers: n1 while it is one, else n2. */
static void begin(struct lone *lone)
{
    lone_init(lone);
    lone->config.everyone = NULL;
    lone->config.hand_over = true;
    lone->config.fallback = FALLBACK_OWNER;
    lone->config.slots = 1;
    lone->config.lease_ns = 2 * NS_PER_S;
    lone_start(lone);
    lone_event(lone, 0, EVENT_CONNECT, 0);
    lone_receive(lone, 0, lone_welcome(1, "\6"));
}

/* It is the new owner, and has been asked for id 7 at 1 ms. */
static void begin_new(struct lone *lone)
{
    begin(lone);
    lone_receive(lone, 1 * MS, lone_request(1, 2, "7", NS_PER_S));
    CU_ASSERT(says(lone, "> n2 lease prepare 1\n"));
    lone_forget(lone);
}

/* It holds the lease, and a ready worker of id 7. */
static void begin_old(struct lone *lone)
{
    begin(lone);
    wins(lone, 1 * MS, 1);
    struct string_builder bytes = {0};
    parcel_put_give(&bytes, &(struct parcel_give){.view = random_mix(7), .extent = PARCEL_WHOLE});
    lone_receive(lone, 1 * MS, lone_request(1, 2, "7", NS_PER_S));
    parcel(lone, 1 * MS, PARCEL_GIVE, &bytes); /* n2 had none of it */
    lone_load(lone, 1 * MS, lone->loading, "v");
    CU_ASSERT(says(lone, "serve r2 7 "));
    lone_forget(lone);
}

/* ---- the new owner ------------------------------------------------------------------------- */

static void a_worker_that_came_goes_on_when_the_lease_is_won_and_not_before(void)
{
    struct lone lone;
    begin_new(&lone);
    gives(&lone, 3 * MS, 100 * MS, 1);
    answers(&lone, 4 * MS, 1, ENTRY_PROMISE, 1);
    CU_ASSERT(!says(&lone, "start 7") && !says(&lone, "serve"));
    lone_forget(&lone);
    answers(&lone, 5 * MS, 1, ENTRY_ACCEPTED, 1);
    lone_expect(&lone,
                "recv\nlease w1 won until 2000ms\nstart 7 w1 was w77 for 96ms\nvalue 7 w1 v\n"
                "serve r2 7 w1 v\n> n2 reply r2 ok\n");
    lone_close(&lone);
}

static void a_worker_that_came_goes_on_under_a_later_token_alone(void)
{
    for (uint64_t counter = 1; counter <= 2; counter++) {
        struct lone lone;
        begin_new(&lone);
        gives(&lone, 3 * MS, 100 * MS, counter);
        CU_ASSERT(!says(&lone, "start 7"));
        wins(&lone, 5 * MS, 1); /* its token is 1 */
        CU_ASSERT_EQUAL(says(&lone, "serve r2 7 "), counter == 1);
        CU_ASSERT_EQUAL(says(&lone, "load 7 "), counter == 2);
        lone_close(&lone);
    }
}

static void a_worker_whose_life_ends_before_the_lease_is_won_does_not_come(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        begin_new(&lone);
        gives(&lone, 3 * MS, 9 * MS, 1);
        wins(&lone, 10 * MS - !late, 1);
        CU_ASSERT_EQUAL(says(&lone, "serve r2 7 "), !late);
        CU_ASSERT_EQUAL(says(&lone, "load 7 "), late);
        lone_close(&lone);
    }
}

static void what_waits_for_a_lease_that_is_another_s_now_goes_there(void)
{
    struct lone lone;
    begin_new(&lone);
    gives(&lone, 3 * MS, 100 * MS, 1);
    lone_forget(&lone);
    lone_event(&lone, 4 * MS, EVENT_LEAVE, 0);
    CU_ASSERT(says(&lone, "handed r2 7 to n2\n") && says(&lone, "> n2 hand-over offer\n"));
    takes(&lone, 5 * MS, 0, 6);
    CU_ASSERT(says(&lone, "give whole, 7 w77 for 96ms\n"));
    CU_ASSERT(!says(&lone, "moved")); /* it was no worker here */
    lone_receive(&lone, 6 * MS, lone_plain(1, 1, MESSAGE_LEAVE_ACK, 0));
    CU_ASSERT(!says(&lone, "left\n"));
    takes(&lone, 7 * MS, 1, 6);
    lone_receive(&lone, 7 * MS, lone_plain(2, 1, MESSAGE_LEAVE_ACK, 0));
    CU_ASSERT(says(&lone, "left\n"));
    lone_close(&lone);
}

/* ---- the old owner ------------------------------------------------------------------------- */

static void the_lease_is_released_when_the_last_worker_has_gone(void)
{
    struct lone lone;
    begin_old(&lone);
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    CU_ASSERT(says(&lone, "> n2 hand-over offer\n") && !says(&lone, "released"));
    lone_forget(&lone);
    takes(&lone, 3 * MS, 0, 6);
    const char *moved = strstr(lone.log, "moved 7 ");
    const char *released = strstr(lone.log, "released");
    CU_ASSERT(moved && released && moved < released);
    CU_ASSERT(says(&lone, "lease release 1"));
    lone_close(&lone);
}

static void a_worker_is_not_given_to_one_with_another_view_and_ends_after_suspect(void)
{
    struct lone lone;
    begin_old(&lone);
    lone_event(&lone, 2 * MS, EVENT_LEAVE, 0);
    lone_forget(&lone);
    takes(&lone, 3 * MS, 0, 7);
    CU_ASSERT(says(&lone, "give part") && !says(&lone, "moved"));
    for (int64_t at_ns = 103 * MS; at_ns <= 903 * MS; at_ns += 100 * MS)
        takes(&lone, at_ns, 0, 7);
    lone_timer(&lone, 1001 * MS);
    CU_ASSERT(!says(&lone, "released"));
    lone_timer(&lone, 1002 * MS);
    CU_ASSERT(says(&lone, "lost 7 ") && says(&lone, "released"));
    lone_close(&lone);
}

static void a_turn_is_finished_under_the_lease_before_its_worker_goes(void)
{
    struct lone lone;
    begin_old(&lone);
    lone.works = true;
    lone_receive(&lone, 2 * MS, lone_request(1, 5, "7", NS_PER_S));
    lone_event(&lone, 3 * MS, EVENT_LEAVE, 0);
    takes(&lone, 4 * MS, 0, 6);
    CU_ASSERT(says(&lone, "7 later\n") && !says(&lone, "released") && !says(&lone, "moved"));
    lone_work(&lone, 9 * MS, lone.working);
    CU_ASSERT(says(&lone, "serve r5 7 ") && says(&lone, "> n2 hand-over offer\n"));
    CU_ASSERT(!says(&lone, "released"));
    takes(&lone, 10 * MS, 1, 6);
    CU_ASSERT(says(&lone, "moved 7 ") && says(&lone, "released"));
    lone_close(&lone);
}

SUITE(node_newcomer, TEST(a_worker_that_came_goes_on_when_the_lease_is_won_and_not_before),
      TEST(a_worker_that_came_goes_on_under_a_later_token_alone),
      TEST(a_worker_whose_life_ends_before_the_lease_is_won_does_not_come),
      TEST(what_waits_for_a_lease_that_is_another_s_now_goes_there),
      TEST(the_lease_is_released_when_the_last_worker_has_gone),
      TEST(a_worker_is_not_given_to_one_with_another_view_and_ends_after_suspect),
      TEST(a_turn_is_finished_under_the_lease_before_its_worker_goes));
