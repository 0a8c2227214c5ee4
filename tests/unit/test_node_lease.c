#include "node/lease_state.h"

#include "support/lone.h"
#include "support/suite.h"

#define MS NS_PER_MS

/* n1 of so many, with one slot, which it prefers; a lease of 2 s. It has just asked. */
static void init(struct lone *lone, uint32_t nodes)
{
    lone_init(lone);
    lone->config.nodes = nodes;
    lone->config.fallback = FALLBACK_OWNER;
    lone->config.slots = 1;
    lone->config.lease_ns = 2 * NS_PER_S;
    lone->config.drift_ppm = 200;
    lone_start(lone);
}

static void start(struct lone *lone)
{
    init(lone, 3);
    lone_expect(lone, "> n2 lease prepare 1\n> n3 lease prepare 1\n");
}

static struct ballot ballot(uint64_t round)
{
    return (struct ballot){.round = round, .node = 0, .incarnation = 1};
}

static void answer(struct lone *lone, int64_t at_ns, node_id from, enum entry_kind kind,
                   uint64_t round, struct ballot other)
{
    static const char recv[] = "recv\n";
    struct entry entry = {.kind = kind, .ballot = ballot(round), .other = other};
    lone_receive(lone, at_ns, lone_entry(from, entry));
    char *line = strstr(lone->log, recv);
    if (!line)
        return;
    lone->size -= sizeof recv - 1;
    memmove(line, line + sizeof recv - 1, strlen(line + sizeof recv - 1) + 1);
}

static const struct ballot none;

/* It holds the lease until 2 s. */
static void win(struct lone *lone)
{
    start(lone);
    answer(lone, 1 * MS, 1, ENTRY_PROMISE, 1, none);
    answer(lone, 2 * MS, 1, ENTRY_ACCEPTED, 1, none);
    lone_forget(lone);
}

static void others_are_excluded_for_longer_than_the_lease_by_both_drifts(void)
{
    CU_ASSERT_EQUAL(lease_excludes_ns(1000, 0), 1000);
    CU_ASSERT_EQUAL(lease_excludes_ns(2 * NS_PER_S, 200), 2000800161); /* 2000800160.03 */
    CU_ASSERT_EQUAL(lease_excludes_ns(999800, 200), 1000200);
    CU_ASSERT_EQUAL(lease_excludes_ns(999801, 200), 1000202);
    for (int64_t lease_ns = 1; lease_ns < 3000; lease_ns++)
        CU_ASSERT(lease_excludes_ns(lease_ns, 100000) * 900000 >= lease_ns * 1100000);
    CU_ASSERT(lease_excludes_ns(3600 * NS_PER_S, 100000) == 4400 * NS_PER_S);
}

static void a_lease_lasts_from_its_prepare_and_not_from_its_answers(void)
{
    struct lone lone;
    start(&lone);
    answer(&lone, 10 * MS, 1, ENTRY_PROMISE, 1, none);
    lone_expect(&lone, "> n2 lease accept 1\n> n3 lease accept 1\n");
    answer(&lone, 20 * MS, 2, ENTRY_ACCEPTED, 1, none);
    lone_expect(&lone, "lease w1 won until 2000ms\n");
    struct token token = node_token(lone.node, &(struct text){0});
    CU_ASSERT_EQUAL(token.counter, 1); /* what a program is told */
    lone_close(&lone);
}

static void answers_at_the_deadline_come_too_late(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        start(&lone);
        answer(&lone, 10 * MS, 1, ENTRY_PROMISE, 1, none);
        lone_forget(&lone);
        /* Straight from the deadline to the answer: no timer comes before it. */
        answer(&lone, 2000 * MS - !late, 1, ENTRY_ACCEPTED, 1, none);
        CU_ASSERT_EQUAL(strncmp(lone.log, "lease w1 won until 2000ms\n", 26) == 0, !late);
        lone_close(&lone);
    }
}

static void two_answers_of_one_acceptor_count_once(void)
{
    struct lone lone;
    init(&lone, 5);
    lone_forget(&lone);
    answer(&lone, 1 * MS, 1, ENTRY_PROMISE, 1, none);
    answer(&lone, 1 * MS, 1, ENTRY_PROMISE, 1, none);
    lone_expect(&lone, "");
    answer(&lone, 1 * MS, 2, ENTRY_PROMISE, 1, none);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "lease accept 1"));
    lone_forget(&lone);
    answer(&lone, 2 * MS, 1, ENTRY_ACCEPTED, 1, none);
    answer(&lone, 2 * MS, 1, ENTRY_ACCEPTED, 1, none);
    lone_expect(&lone, "");
    answer(&lone, 2 * MS, 4, ENTRY_ACCEPTED, 1, none);
    lone_expect(&lone, "lease w1 won until 2000ms\n");
    lone_close(&lone);
}

static void an_answer_to_another_ballot_does_not_count(void)
{
    struct lone lone;
    start(&lone);
    answer(&lone, 1 * MS, 1, ENTRY_PROMISE, 2, none);
    answer(&lone, 1 * MS, 1, ENTRY_ACCEPTED, 1, none);
    lone_expect(&lone, "");
    lone_close(&lone);
}

static void a_stale_lease_of_its_own_is_not_free(void)
{
    struct lone lone;
    start(&lone);
    answer(&lone, 1 * MS, 1, ENTRY_PROMISE, 1, ballot(7));
    lone_expect(&lone, "");
    answer(&lone, 2 * MS, 2, ENTRY_PROMISE, 1, none);
    lone_expect(&lone, "> n2 lease accept 1\n> n3 lease accept 1\n");
    lone_close(&lone);
}

static void a_renewal_counts_exactly_the_lease_that_is_held(void)
{
    struct lone lone;
    win(&lone);
    lone_timer(&lone, 667 * MS);
    lone_expect(&lone, "> n2 lease prepare 2 of 1\n> n3 lease prepare 2 of 1\n");
    answer(&lone, 668 * MS, 1, ENTRY_PROMISE, 2, ballot(1));
    lone_expect(&lone, "> n2 lease accept 2 of 1\n> n3 lease accept 2 of 1\n");
    answer(&lone, 669 * MS, 1, ENTRY_ACCEPTED, 2, none);
    lone_expect(&lone, "lease w1 renewed until 2667ms\n");
    lone_close(&lone);
}

/* Else the node would take itself for one that stood still, and trust silent peers for longer. */
static void what_is_overdue_once_a_renewal_came_late_is_due_now(void)
{
    struct lone lone;
    win(&lone);
    lone_timer(&lone, 667 * MS);
    answer(&lone, 668 * MS, 1, ENTRY_PROMISE, 2, ballot(1));
    lone_timer(&lone, 1599 * MS);
    answer(&lone, 1600 * MS, 1, ENTRY_ACCEPTED, 2, none);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "lease w1 renewed until 2667ms\n"));
    CU_ASSERT_EQUAL(node_wake_ns(lone.node), 1600 * MS);
    lone_close(&lone);
}

static void an_attempt_without_answers_is_made_again_with_its_ballot(void)
{
    struct lone lone;
    start(&lone);
    lone_timer(&lone, 76 * MS);
    lone_expect(&lone, "> n2 lease prepare 1\n> n3 lease prepare 1\n");
    lone_close(&lone);
}

static void a_higher_ballot_that_was_promised_makes_it_begin_anew(void)
{
    struct lone lone;
    start(&lone);
    struct ballot higher = {.round = 9, .node = 2, .incarnation = 1};
    answer(&lone, 1 * MS, 1, ENTRY_REFUSED, 1, higher);
    lone_timer(&lone, 76 * MS);
    lone_expect(&lone, "> n2 lease prepare 10\n> n3 lease prepare 10\n");
    lone_close(&lone);
}

static void a_request_waits_for_the_lease_and_is_served_under_it(void)
{
    struct lone lone;
    start(&lone);
    lone_ask(&lone, 1 * MS, "0", 5);
    lone_expect(&lone, "request r1 0\nroute r1 0 n1 try 1\n");
    answer(&lone, 1 * MS, 1, ENTRY_PROMISE, 1, none);
    lone_forget(&lone);
    answer(&lone, 2 * MS, 1, ENTRY_ACCEPTED, 1, none);
    lone_expect(&lone, "lease w1 won until 2000ms\nstart 0 w1\nload 0 w1\nload w1\n");
    lone_close(&lone);
}

static void nothing_is_served_at_the_end_of_the_lease(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        win(&lone);
        lone_ask_within(&lone, 3 * MS, "0", 5, 10 * NS_PER_S);
        lone_forget(&lone);
        lone_load(&lone, 2000 * MS - !late, lone.loading, "v");
        CU_ASSERT_EQUAL(strstr(lone.log, "serve r1 0 w1 v") != NULL, !late);
        CU_ASSERT_EQUAL(strstr(lone.log, "lost 0 w1\nlease w1 lost until 2000ms") != NULL, late);
        lone_close(&lone);
    }
}

static void a_turn_that_runs_past_the_lease_ends_as_owner_lost_and_others_wait(void)
{
    struct lone lone;
    win(&lone);
    lone.works = true;
    lone_ask_within(&lone, 3 * MS, "0", 5, 10 * NS_PER_S);
    lone_load(&lone, 3 * MS, lone.loading, "v");
    lone_ask_within(&lone, 4 * MS, "0", 6, 10 * NS_PER_S);
    lone_forget(&lone);
    lone_timer(&lone, 2000 * MS);
    lone_expect(&lone, "lost 0 w1\nfail r1 0 owner-lost\ndone 5 owner-lost\n"
                       "lease w1 lost until 2000ms\n"
                       "> n2 lease release 1 prepare 2\n> n3 lease release 1 prepare 2\n");
    lone_work(&lone, 2001 * MS, lone.working);
    lone_expect(&lone, "");
    lone_close(&lone);
}

/* A request of n2: its turn begins, or it waits behind another one's. */
static void comes(struct lone *lone, uint64_t number, const char *id, int64_t budget_ns)
{
    lone_receive(lone, 4 * MS, lone_request(1, number, id, budget_ns));
}

static void a_node_that_leaves_answers_what_waits_when_its_lease_ends(void)
{
    struct lone lone;
    win(&lone);
    lone.works = true;
    comes(&lone, 2, "0", 10 * NS_PER_S);
    lone_load(&lone, 4 * MS, lone.loading, "v");
    comes(&lone, 5, "0", 10 * NS_PER_S);
    lone_event(&lone, 5 * MS, EVENT_LEAVE, 0);
    lone_forget(&lone);
    lone_timer(&lone, 2000 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 reply r2 owner-lost\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 reply r5 stopping\n"));
    lone_close(&lone);
}

/* With room for one alone: what is overdue takes none, is not refused, and ends at its deadline. */
static void what_is_overdue_when_its_lease_ends_waits_for_no_other(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        init(&lone, 3);
        lone.config.mailbox = 1;
        lone_close(&lone);
        lone_start(&lone);
        answer(&lone, 1 * MS, 1, ENTRY_PROMISE, 1, none);
        answer(&lone, 2 * MS, 1, ENTRY_ACCEPTED, 1, none);
        lone.works = true;
        comes(&lone, 2, "0", 1996 * MS + late);
        lone_load(&lone, 4 * MS, lone.loading, "v");
        comes(&lone, 5, "0", 10 * NS_PER_S);
        lone_ask_within(&lone, 4 * MS, "1", 7, 10 * NS_PER_S);
        lone_load(&lone, 4 * MS, lone.loading, "v");
        lone_ask_within(&lone, 4 * MS, "1", 8, 1996 * MS + late);
        lone_forget(&lone);
        lone_timer(&lone, 2000 * MS);
        CU_ASSERT_EQUAL(strstr(lone.log, "reply r2 owner-lost\n") != NULL, late);
        CU_ASSERT_PTR_NULL(strstr(lone.log, "reply r5"));
        CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "done 7 owner-lost\n"));
        CU_ASSERT_EQUAL(strstr(lone.log, "done 8 timeout\n") != NULL, !late);
        CU_ASSERT_EQUAL(strstr(lone.log, "done 8 overloaded\n") != NULL, late);
        lone_close(&lone);
    }
}

static void where_no_majority_answers_requests_end_as_unavailable(void)
{
    struct lone lone;
    start(&lone);
    lone_ask_within(&lone, 990 * MS, "0", 5, 10 * NS_PER_S);
    lone_timer(&lone, 999 * MS);
    CU_ASSERT_PTR_NULL(strstr(lone.log, "unavailable"));
    lone_timer(&lone, 1080 * MS);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "fail r1 0 unavailable\ndone 5 unavailable\n"));
    lone_forget(&lone);
    lone_ask(&lone, 1081 * MS, "0", 6);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "done 6 unavailable\n"));
    lone_close(&lone);
}

static void no_longer_than_a_lease_is_a_majority_waited_for(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.slots = 1;
    lone.config.lease_ns = 600 * MS;
    lone_start(&lone);
    lone_ask_within(&lone, 100 * MS, "0", 5, 10 * NS_PER_S);
    lone_timer(&lone, 600 * MS - 1);
    CU_ASSERT_PTR_NULL(strstr(lone.log, "unavailable"));
    lone_timer(&lone, 622 * MS); /* a poll later */
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "done 5 unavailable\n"));
    lone_close(&lone);
}

static int64_t poll_of(uint32_t slots, int64_t lease_ns)
{
    static const struct node_host nobody;
    struct lone lone;
    lone_init(&lone);
    lone.config.slots = slots;
    lone.config.lease_ns = lease_ns;
    struct node *node = node_new(&lone.config, &nobody, NULL);
    must(node);
    int64_t poll_ns = node->lease->poll_ns;
    node_delete(node);
    return poll_ns;
}

static void many_slots_are_polled_less_often(void)
{
    CU_ASSERT_EQUAL(poll_of(1, NS_PER_S), 25 * MS);
    CU_ASSERT_EQUAL(poll_of(8192, NS_PER_S), 25 * MS);
    CU_ASSERT_EQUAL(poll_of(8192, 4 * NS_PER_S), 50 * MS);
    CU_ASSERT_EQUAL(poll_of(65536, 2 * NS_PER_S), 65536 * 3 * NS_PER_US);
    CU_ASSERT_EQUAL(poll_of(65536, NS_PER_S), 125 * MS); /* so that there are several in a lease */
}

static void a_node_that_leaves_releases(void)
{
    struct lone lone;
    win(&lone);
    lone_event(&lone, 5 * MS, EVENT_LEAVE, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "lease w1 released until 2000ms\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 lease release 1\n> n3 lease release 1\n"));
    lone_close(&lone);
}

/* How many states the slots have; each of them is in it, and where it is listed, as it says. */
static uint32_t count_states(const struct lone *lone)
{
    const struct lease *lease = lone->node->lease;
    uint32_t states = 0, slots = 0;
    list_each (link, &lease->states) {
        struct lease_state *state = container_of(link, struct lease_state, link);
        CU_ASSERT(lease_state_list(lease, state));
        CU_ASSERT_PTR_EQUAL(lease->state_of[state->first], state);
        CU_ASSERT_PTR_EQUAL(lease->state_of[state->last], state);
        slots += state->slots;
        states++;
    }
    CU_ASSERT_EQUAL(slots, lone->config.slots);
    return states;
}

/* With all slots of a lone node its own. */
static void leases_that_are_won_and_renewed_together_share_one_state(void)
{
    struct lone lone;
    init(&lone, 1);
    lone_close(&lone);
    lone.config.slots = 641;
    lone_start(&lone);
    CU_ASSERT_EQUAL(count_states(&lone), 1);
    lone_ask(&lone, 1 * MS, "0", 5);
    CU_ASSERT_EQUAL(lease_wake_ns(lone.node), 2000 * MS - 2000 * MS / 3 * 2);
    lone_timer(&lone, 700 * MS);
    CU_ASSERT_EQUAL(count_states(&lone), 1);
    CU_ASSERT_EQUAL(lone.node->lease->state_of[640]->until_ns, 2700 * MS);
    lone_close(&lone);
}

static void nobody_asks_with_the_ballot_of_another_one(void)
{
    struct lone lone;
    start(&lone);
    struct entry prepare = {.kind = ENTRY_PREPARE,
                            .ballot = {.round = 9, .node = 1, .incarnation = 1}};
    lone_receive(&lone, 1 * MS, lone_entry(2, prepare));
    lone_expect(&lone, "recv\n");
    lone_receive(&lone, 1 * MS, lone_entry(1, prepare));
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "> n2 lease promise 9"));
    lone_close(&lone);
}

static void after_a_restart_its_acceptor_is_silent_for_a_lease(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lone lone;
        lone_init(&lone);
        lone.config.slots = 1;
        lone.config.lease_ns = 2 * NS_PER_S;
        lone.config.incarnation = 2;
        lone_start(&lone);
        struct entry prepare = {.kind = ENTRY_PREPARE,
                                .ballot = {.round = 9, .node = 1, .incarnation = 1}};
        lone_receive(&lone, 2000 * MS - !late, lone_entry(1, prepare));
        CU_ASSERT_EQUAL(strstr(lone.log, "> n2 lease promise 9") != NULL, late);
        lone_close(&lone);
    }
}

static void answer_slots(struct lone *lone, int64_t at_ns, enum entry_kind kind, uint64_t round,
                         struct ballot other, struct token token)
{
    struct message message = lone_plain(1, 1, MESSAGE_LEASE, LEASE_ANSWERS);
    struct entries entries = {0};
    struct string_builder bytes = {0};
    for (uint32_t slot = 0; slot < lone->config.slots; slot++) {
        struct entry entry = {
            .kind = kind, .slot = slot, .ballot = ballot(round), .other = other, .token = token};
        entries_add(&entries, &entry);
    }
    entries_put(&entries, &bytes);
    must(!text_set(&message.as.entries, bytes.text, bytes.size));
    entries_close(&entries);
    string_builder_close(&bytes);
    lone_receive(lone, at_ns, message);
}

/* n3 asks for some slots of n1's state, which has them all, and for those again. */
static void a_group_of_some_slots_of_a_state_takes_them_out_of_it(void)
{
    struct lone lone;
    init(&lone, 1);
    lone_close(&lone);
    lone.config.nodes = 3;
    lone.config.slots = 9;
    lone.config.self = 2;
    lone_start(&lone);
    lone_forget(&lone);
    CU_ASSERT_EQUAL(count_states(&lone), 2); /* its own, and those of others */
    for (uint64_t round = 8; round < 10; round++) {
        struct entries entries = {0};
        struct string_builder bytes = {0};
        struct message message = lone_plain(0, 1, MESSAGE_LEASE, LEASE_ASKS);
        for (uint32_t slot = 0; slot < 9; slot += 4) {
            struct entry entry = {.kind = ENTRY_PREPARE, .slot = slot, .ballot = ballot(round)};
            entries_add(&entries, &entry);
        }
        entries_put(&entries, &bytes);
        must(!text_set(&message.as.entries, bytes.text, bytes.size));
        entries_close(&entries);
        string_builder_close(&bytes);
        lone_receive(&lone, 1 * MS, message);
        CU_ASSERT_EQUAL(lone.node->lease->state_of[4]->acceptance.promised.round, round);
        CU_ASSERT_EQUAL(lone.node->lease->state_of[5]->acceptance.promised.round,
                        lone.node->lease->slots[5].preferred == 2);
        count_states(&lone);
    }
    lone_close(&lone);
}

/* Of four slots n1 prefers the first and the last one. */
static void leases_that_are_renewed_together_cost_one_message_and_one_record(void)
{
    struct lone lone;
    lone_init(&lone);
    lone.config.slots = 4;
    lone.config.lease_ns = 2 * NS_PER_S;
    lone_start(&lone);
    answer_slots(&lone, 1 * MS, ENTRY_PROMISE, 1, none, (struct token){0});
    answer_slots(&lone, 2 * MS, ENTRY_ACCEPTED, 1, none, (struct token){0});
    CU_ASSERT_PTR_NOT_NULL(strstr(lone.log, "lease w1 won until 2000ms\nlease w1 won"));
    lone_forget(&lone);
    for (uint64_t round = 2; round < 4; round++) {
        int64_t at_ns = (int64_t)(round - 1) * 700 * MS;
        lone_timer(&lone, at_ns);
        const char *asks = strstr(lone.log, "> n2 lease");
        CU_ASSERT_PTR_NOT_NULL_FATAL(asks);
        CU_ASSERT_EQUAL(strncmp(asks, "> n2 lease prepare", 18), 0);
        CU_ASSERT_PTR_NULL(strstr(asks + 1, "> n2 lease"));
        lone_forget(&lone);
        answer_slots(&lone, at_ns + 1 * MS, ENTRY_PROMISE, round, ballot(round - 1),
                     (struct token){0, 1});
        answer_slots(&lone, at_ns + 2 * MS, ENTRY_ACCEPTED, round, ballot(round - 1),
                     (struct token){0, 1});
        const char *renewed = strstr(lone.log, "lease w1");
        CU_ASSERT_PTR_NOT_NULL_FATAL(renewed);
        CU_ASSERT_EQUAL(strncmp(renewed, "lease w1 and 1 more renewed", 27), 0);
        CU_ASSERT_PTR_NULL(strstr(renewed + 1, "lease w1"));
        lone_forget(&lone);
    }
    lone_close(&lone);
}

SUITE(node_lease, TEST(a_group_of_some_slots_of_a_state_takes_them_out_of_it),
      TEST(leases_that_are_renewed_together_cost_one_message_and_one_record),
      TEST(others_are_excluded_for_longer_than_the_lease_by_both_drifts),
      TEST(a_lease_lasts_from_its_prepare_and_not_from_its_answers),
      TEST(answers_at_the_deadline_come_too_late), TEST(two_answers_of_one_acceptor_count_once),
      TEST(an_answer_to_another_ballot_does_not_count), TEST(a_stale_lease_of_its_own_is_not_free),
      TEST(a_renewal_counts_exactly_the_lease_that_is_held),
      TEST(what_is_overdue_once_a_renewal_came_late_is_due_now),
      TEST(an_attempt_without_answers_is_made_again_with_its_ballot),
      TEST(a_higher_ballot_that_was_promised_makes_it_begin_anew),
      TEST(a_request_waits_for_the_lease_and_is_served_under_it),
      TEST(nothing_is_served_at_the_end_of_the_lease),
      TEST(a_turn_that_runs_past_the_lease_ends_as_owner_lost_and_others_wait),
      TEST(a_node_that_leaves_answers_what_waits_when_its_lease_ends),
      TEST(what_is_overdue_when_its_lease_ends_waits_for_no_other),
      TEST(where_no_majority_answers_requests_end_as_unavailable),
      TEST(no_longer_than_a_lease_is_a_majority_waited_for), TEST(many_slots_are_polled_less_often),
      TEST(a_node_that_leaves_releases),
      TEST(leases_that_are_won_and_renewed_together_share_one_state),
      TEST(nobody_asks_with_the_ballot_of_another_one),
      TEST(after_a_restart_its_acceptor_is_silent_for_a_lease));
