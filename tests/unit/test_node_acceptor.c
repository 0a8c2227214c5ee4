#include "node/acceptor.h"

#include "support/suite.h"

/* One slot; a lease excludes others for 100 ns. */
struct world {
    struct acceptance slot;
    struct acceptor acceptor;
    struct entry answer;
};

static void init(struct world *world)
{
    *world = (struct world){.acceptor = {.excludes_ns = 100}};
}

static struct ballot ballot(uint64_t round, node_id node)
{
    return (struct ballot){.round = round, .node = node, .incarnation = 1};
}

static enum entry_kind ask(struct world *world, int64_t now_ns, enum entry_kind kind,
                           struct ballot of, struct ballot renews)
{
    struct entry asked = {.kind = kind, .ballot = of, .other = renews, .token = {1, of.round}};
    bool answers = acceptor_take(&world->acceptor, &world->slot, &asked, now_ns, &world->answer);
    return answers ? world->answer.kind : ENTRY_KINDS;
}

static const struct ballot none;

static void a_lower_ballot_is_refused_with_the_promised_one(void)
{
    struct world world;
    init(&world);
    CU_ASSERT_EQUAL(ask(&world, 0, ENTRY_PREPARE, ballot(2, 1), none), ENTRY_PROMISE);
    CU_ASSERT_EQUAL(ask(&world, 0, ENTRY_PREPARE, ballot(2, 0), none), ENTRY_REFUSED);
    CU_ASSERT_EQUAL(world.answer.other.round, 2);
    CU_ASSERT_EQUAL(ask(&world, 0, ENTRY_ACCEPT, ballot(1, 1), none), ENTRY_REFUSED);
    CU_ASSERT_EQUAL(ask(&world, 0, ENTRY_ACCEPT, ballot(2, 1), none), ENTRY_ACCEPTED);
}

static void a_lease_excludes_others_until_its_end(void)
{
    struct world world;
    init(&world);
    ask(&world, 7, ENTRY_ACCEPT, ballot(1, 0), none);
    CU_ASSERT_EQUAL(ask(&world, 106, ENTRY_PREPARE, ballot(2, 1), none), ENTRY_REFUSED);
    CU_ASSERT_EQUAL(world.answer.other.round, 0);
    CU_ASSERT_EQUAL(ask(&world, 106, ENTRY_ACCEPT, ballot(2, 1), none), ENTRY_REFUSED);
    CU_ASSERT_EQUAL(ask(&world, 107, ENTRY_PREPARE, ballot(2, 1), none), ENTRY_PROMISE);
    CU_ASSERT_EQUAL(world.answer.other.round, 0);
}

static void one_who_is_excluded_raises_no_promise(void)
{
    struct world world;
    init(&world);
    ask(&world, 0, ENTRY_ACCEPT, ballot(1, 0), none);
    ask(&world, 1, ENTRY_PREPARE, ballot(9, 1), none);
    CU_ASSERT_EQUAL(ask(&world, 2, ENTRY_PREPARE, ballot(2, 0), none), ENTRY_PROMISE);
}

static void an_owner_is_told_of_its_live_lease_and_replaces_exactly_that(void)
{
    struct world world;
    init(&world);
    ask(&world, 0, ENTRY_ACCEPT, ballot(1, 0), none);
    CU_ASSERT_EQUAL(ask(&world, 50, ENTRY_PREPARE, ballot(2, 0), none), ENTRY_PROMISE);
    CU_ASSERT_EQUAL(world.answer.other.round, 1);
    CU_ASSERT_EQUAL(ask(&world, 50, ENTRY_ACCEPT, ballot(2, 0), none), ENTRY_REFUSED);
    struct ballot earlier_life = ballot(1, 0);
    earlier_life.incarnation = 2;
    CU_ASSERT_EQUAL(ask(&world, 50, ENTRY_ACCEPT, ballot(2, 0), earlier_life), ENTRY_REFUSED);
    CU_ASSERT_EQUAL(ask(&world, 50, ENTRY_ACCEPT, ballot(2, 0), ballot(1, 0)), ENTRY_ACCEPTED);
    CU_ASSERT_EQUAL(ask(&world, 60, ENTRY_ACCEPT, ballot(2, 0), none), ENTRY_ACCEPTED);
    CU_ASSERT_EQUAL(ask(&world, 159, ENTRY_PREPARE, ballot(3, 1), none), ENTRY_REFUSED);
    CU_ASSERT_EQUAL(ask(&world, 160, ENTRY_PREPARE, ballot(3, 1), none), ENTRY_PROMISE);
}

static void a_release_names_owner_and_ballot(void)
{
    struct world world;
    init(&world);
    ask(&world, 0, ENTRY_ACCEPT, ballot(5, 0), none);
    CU_ASSERT_EQUAL(ask(&world, 1, ENTRY_RELEASE, ballot(4, 0), none), ENTRY_KINDS);
    CU_ASSERT_EQUAL(ask(&world, 1, ENTRY_PREPARE, ballot(6, 1), none), ENTRY_REFUSED);
    ask(&world, 2, ENTRY_RELEASE, ballot(5, 0), none);
    CU_ASSERT_EQUAL(ask(&world, 3, ENTRY_PREPARE, ballot(6, 1), none), ENTRY_PROMISE);
}

static void what_was_released_is_not_accepted_afterwards(void)
{
    struct world world;
    init(&world);
    ask(&world, 0, ENTRY_RELEASE, ballot(5, 0), none);
    CU_ASSERT_EQUAL(ask(&world, 1, ENTRY_ACCEPT, ballot(5, 0), none), ENTRY_REFUSED);
}

static void after_a_restart_it_is_silent_until_its_time(void)
{
    struct world world;
    init(&world);
    world.acceptor.silent_until_ns = 100;
    CU_ASSERT_EQUAL(ask(&world, 99, ENTRY_PREPARE, ballot(1, 0), none), ENTRY_KINDS);
    CU_ASSERT_EQUAL(ask(&world, 99, ENTRY_ACCEPT, ballot(1, 0), none), ENTRY_KINDS);
    CU_ASSERT_EQUAL(ask(&world, 100, ENTRY_PREPARE, ballot(1, 0), none), ENTRY_PROMISE);
}

static void it_promises_with_the_highest_token_and_gives_an_epoch_above_what_it_kept(void)
{
    struct world world;
    init(&world);
    ask(&world, 0, ENTRY_ACCEPT, ballot(8, 0), none);
    CU_ASSERT_EQUAL(world.acceptor.epoch_kept, 1);
    ask(&world, 100, ENTRY_PREPARE, ballot(9, 1), none);
    struct token highest = {1, 8}, next = {2, 0};
    CU_ASSERT_EQUAL(token_compare(&world.answer.token, &highest), 0);
    world.acceptor.epoch = 2;
    ask(&world, 100, ENTRY_PREPARE, ballot(10, 1), none);
    CU_ASSERT_EQUAL(token_compare(&world.answer.token, &next), 0);
}

SUITE(node_acceptor, TEST(a_lower_ballot_is_refused_with_the_promised_one),
      TEST(a_lease_excludes_others_until_its_end), TEST(one_who_is_excluded_raises_no_promise),
      TEST(an_owner_is_told_of_its_live_lease_and_replaces_exactly_that),
      TEST(a_release_names_owner_and_ballot), TEST(what_was_released_is_not_accepted_afterwards),
      TEST(after_a_restart_it_is_silent_until_its_time),
      TEST(it_promises_with_the_highest_token_and_gives_an_epoch_above_what_it_kept));
