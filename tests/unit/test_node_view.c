#include "node/view.h"

#include "base/random.h"
#include "support/aborts.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static struct view view_of(uint32_t nodes)
{
    struct view view;
    CU_ASSERT_EQUAL_FATAL(view_init(&view, nodes), OK);
    return view;
}

/* A view of n1, n64, n65, n128, n129: both sides of each edge of its words. */
static const node_id edges[] = {0, 63, 64, 127, 128};

static struct view view_of_edges(void)
{
    struct view view = view_of(130);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        view_add(&view, edges[i]);
    return view;
}

static void a_new_view_is_empty_and_at_epoch_0(void)
{
    struct view view = view_of(65);
    CU_ASSERT_EQUAL(view.count, 0);
    CU_ASSERT_EQUAL(view.epoch, 0);
    CU_ASSERT_FALSE(view_has(&view, 0));
    CU_ASSERT_FALSE(view_has(&view, 64));
    view_close(&view);
}

static void the_epoch_counts_changes_and_nothing_else(void)
{
    struct view view = view_of(3);
    CU_ASSERT_TRUE(view_add(&view, 1));
    CU_ASSERT_FALSE(view_add(&view, 1));
    CU_ASSERT_EQUAL(view.epoch, 1);
    CU_ASSERT_EQUAL(view.count, 1);
    CU_ASSERT_FALSE(view_remove(&view, 2));
    CU_ASSERT_EQUAL(view.epoch, 1);
    CU_ASSERT_TRUE(view_remove(&view, 1));
    CU_ASSERT_EQUAL(view.epoch, 2);
    CU_ASSERT_EQUAL(view.count, 0);
    view_close(&view);
}

static void members_are_counted_across_the_edges_of_words(void)
{
    struct view view = view_of_edges();
    CU_ASSERT_EQUAL(view.count, 5);
    for (uint32_t rank = 0; rank < view.count; rank++)
        CU_ASSERT_EQUAL(view_member(&view, rank), edges[rank]);
    for (node_id node = 0; node < view.nodes; node++) {
        bool member = node % 64 == 63 ? node < 128 : node % 64 == 0;
        CU_ASSERT_EQUAL(view_has(&view, node), member);
    }
    view_close(&view);
}

static void taking_a_member_out_moves_those_after_it_down(void)
{
    struct view view = view_of_edges();
    view_remove(&view, 64);
    CU_ASSERT_EQUAL(view_member(&view, 1), 63);
    CU_ASSERT_EQUAL(view_member(&view, 2), 127);
    CU_ASSERT_EQUAL(view_member(&view, 3), 128);
    view_close(&view);
}

static void a_full_view_has_every_node_and_no_other(void)
{
    for (uint32_t nodes = 1; nodes <= 130; nodes++) {
        struct view filled = view_of(nodes), added = view_of(nodes);
        view_fill(&filled);
        for (node_id node = 0; node < nodes; node++)
            view_add(&added, node);
        CU_ASSERT_EQUAL(filled.count, nodes);
        CU_ASSERT_EQUAL(filled.epoch, 1);
        CU_ASSERT_TRUE(view_equal(&filled, &added));
        CU_ASSERT_EQUAL(view_member(&filled, nodes - 1), nodes - 1);
        view_close(&filled);
        view_close(&added);
    }
}

static void the_largest_cluster_is_counted_right(void)
{
    struct view view = view_of(NODES_MAX);
    view_fill(&view);
    CU_ASSERT_EQUAL(view.count, NODES_MAX);
    CU_ASSERT_EQUAL(view_member(&view, NODES_MAX - 1), NODES_MAX - 1);
    view_remove(&view, 50000);
    CU_ASSERT_EQUAL(view_member(&view, 49999), 49999);
    CU_ASSERT_EQUAL(view_member(&view, 50000), 50001);
    CU_ASSERT_EQUAL(view_member(&view, NODES_MAX - 2), NODES_MAX - 1);
    view_close(&view);
}

/* Against the plainest model there is: an array of yes and no. */
static void any_changes_leave_what_a_plain_list_would_say(void)
{
    enum { NODES = 200 };
    bool in[NODES] = {false};
    struct view view = view_of(NODES);
    for (uint64_t step = 0; step < 2000; step++) {
        uint64_t draw = random_mix(step);
        node_id node = (node_id)(draw % NODES);
        bool add = draw >> 63;
        CU_ASSERT_EQUAL(add ? view_add(&view, node) : view_remove(&view, node), in[node] != add);
        in[node] = add;
    }
    uint32_t rank = 0;
    for (node_id node = 0; node < NODES; node++)
        if (in[node])
            CU_ASSERT_EQUAL(view_member(&view, rank++), node);
    CU_ASSERT_EQUAL(view.count, rank);
    view_close(&view);
}

static void views_are_equal_whatever_their_epochs(void)
{
    struct view a = view_of(70), b = view_of(70), other = view_of(71);
    view_add(&a, 69);
    view_add(&b, 3);
    CU_ASSERT_FALSE(view_equal(&a, &b));
    view_remove(&b, 3);
    CU_ASSERT_FALSE(view_equal(&a, &b));
    view_add(&b, 69);
    CU_ASSERT_NOT_EQUAL(a.epoch, b.epoch);
    CU_ASSERT_TRUE(view_equal(&a, &b));
    view_add(&other, 69);
    CU_ASSERT_FALSE(view_equal(&a, &other));
    view_close(&a);
    view_close(&b);
    view_close(&other);
}

static void bits_of_a_record_make_the_members(void)
{
    struct view view = view_of(20);
    view_fill(&view);
    view_from_bits(&view, "\x81\x40", 2);
    CU_ASSERT_EQUAL(view.count, 3);
    CU_ASSERT_EQUAL(view.epoch, 2);
    CU_ASSERT_EQUAL(view_member(&view, 0), 0);
    CU_ASSERT_EQUAL(view_member(&view, 1), 7);
    CU_ASSERT_EQUAL(view_member(&view, 2), 14);
    view_close(&view);
}

static void bits_past_the_last_node_are_no_members(void)
{
    struct view view = view_of(3);
    view_from_bits(&view, "\xff\xff\xff", 3);
    CU_ASSERT_EQUAL(view.count, 3);
    CU_ASSERT_EQUAL(view_member(&view, 2), 2);
    view_close(&view);
}

static void add_a_node_past_the_last(void)
{
    struct view view = view_of(3);
    view_add(&view, 3);
}

static void ask_for_a_member_past_the_last(void)
{
    struct view view = view_of_edges();
    view_member(&view, 5);
}

static void what_is_not_there_is_a_bug_to_ask_for(void)
{
    CU_ASSERT_TRUE(aborts(add_a_node_past_the_last, "node < view->nodes"));
    CU_ASSERT_TRUE(aborts(ask_for_a_member_past_the_last, "rank < view->count"));
}

SUITE(node_view, TEST(a_new_view_is_empty_and_at_epoch_0),
      TEST(the_epoch_counts_changes_and_nothing_else),
      TEST(members_are_counted_across_the_edges_of_words),
      TEST(taking_a_member_out_moves_those_after_it_down),
      TEST(a_full_view_has_every_node_and_no_other), TEST(the_largest_cluster_is_counted_right),
      TEST(any_changes_leave_what_a_plain_list_would_say),
      TEST(views_are_equal_whatever_their_epochs), TEST(bits_of_a_record_make_the_members),
      TEST(bits_past_the_last_node_are_no_members), TEST(what_is_not_there_is_a_bug_to_ask_for));
