/* Which links are cut, and since when. */
#include "run/cuts.h"
#include "support/parsed.h"
#include "support/suite.h"

#define S NS_PER_S

enum { N1, N2, N3, N4, NODES };

/* A single cut of the text, made at 1 s with fault number 7. */
static struct plan plan;
static struct cuts cuts;
static atomic_bool has_effect;

static void begin(const char *text, bool drops_come_late)
{
    plan = parsed(text);
    has_effect = false;
    cuts_init(&cuts, NODES, drops_come_late);
    CU_ASSERT_EQUAL_FATAL(cuts_add(&cuts, &plan.actions[0], 7, S, &has_effect), OK);
}

static void end(void)
{
    cuts_close(&cuts);
    plan_close(&plan);
}

/* The links that are cut, "12 13 " and so on. */
static const char *cut_links(void)
{
    static char words[64];
    size_t used = 0;
    for (node_id from = 0; from < NODES; from++)
        for (node_id to = 0; to < NODES; to++) {
            if (from == to || !cuts_find(&cuts, from, to))
                continue;
            words[used++] = (char)('1' + from);
            words[used++] = (char)('1' + to);
            words[used++] = ' ';
        }
    words[used] = '\0';
    return words;
}

static void check_links(const char *text, const char *expected)
{
    begin(text, false);
    CU_ASSERT_STRING_EQUAL(cut_links(), expected);
    end();
}

static void a_cut_stops_its_links_one_way_or_both(void)
{
    check_links("nodes 4\nat 1s cut n1 -> n2\n", "12 ");
    check_links("nodes 4\nat 1s cut n1 <-> n2\n", "12 21 ");
    check_links("nodes 4\nat 1s cut n1,n2 -> n2,n3\n", "12 13 23 ");
}

static void a_partition_stops_links_between_groups_and_leaves_other_nodes_alone(void)
{
    check_links("nodes 4\nat 1s partition n1 | n2,n3\n", "12 13 21 31 ");
    check_links("nodes 4\nat 1s partition n1 | n2 | n3\n", "12 13 21 23 31 32 ");
}

static void a_cut_is_healed_by_its_fault_number_or_with_all_others(void)
{
    begin("nodes 4\nat 1s cut n1 -> n2\n", false);
    CU_ASSERT_FALSE(cuts_heal(&cuts, 6, 2 * S));
    CU_ASSERT_STRING_EQUAL(cut_links(), "12 ");
    CU_ASSERT_TRUE(cuts_heal(&cuts, 7, 2 * S));
    CU_ASSERT_FALSE(cuts_heal(&cuts, 7, 2 * S));
    CU_ASSERT_STRING_EQUAL(cut_links(), "");
    CU_ASSERT_EQUAL(cuts_add(&cuts, &plan.actions[0], 8, 3 * S, &has_effect), OK);
    CU_ASSERT_EQUAL(cuts_heal_all(&cuts, 4 * S), 1);
    CU_ASSERT_EQUAL(cuts_heal_all(&cuts, 4 * S), 0);
    CU_ASSERT_STRING_EQUAL(cut_links(), "");
    end();
}

/* Made at 1 s, healed at 2 s: whether a drop of n1 -> n2 at this time was of its making. */
static bool makes_drop_at(int64_t t_ns)
{
    begin("nodes 4\nat 1s cut n1 -> n2\n", true);
    cuts_heal_all(&cuts, 2 * S);
    cuts_note_drop(&cuts, N1, N2, t_ns);
    end();
    return has_effect;
}

static void a_drop_that_is_reported_late_is_of_the_cut_that_was_in_force_then(void)
{
    CU_ASSERT_FALSE(makes_drop_at(S - 1));
    CU_ASSERT_TRUE(makes_drop_at(S));
    CU_ASSERT_TRUE(makes_drop_at(2 * S));
    CU_ASSERT_TRUE(makes_drop_at(3 * S - 1)); /* the order to heal may be so late */
    CU_ASSERT_FALSE(makes_drop_at(3 * S));
}

static void a_cut_for_good_that_is_made_again_and_again_is_one(void)
{
    begin("nodes 4\nat 1s every 1us cut n1 -> n2 until 2s\n", false);
    for (uint32_t fault = 8; fault < 1000; fault++)
        CU_ASSERT_EQUAL(cuts_add(&cuts, &plan.actions[0], fault, S, &has_effect), OK);
    CU_ASSERT_STRING_EQUAL(cut_links(), "12 ");
    CU_ASSERT_EQUAL(cuts_heal_all(&cuts, 2 * S), 1);
    end();
}

SUITE(run_cuts, TEST(a_cut_for_good_that_is_made_again_and_again_is_one),
      TEST(a_cut_stops_its_links_one_way_or_both),
      TEST(a_partition_stops_links_between_groups_and_leaves_other_nodes_alone),
      TEST(a_cut_is_healed_by_its_fault_number_or_with_all_others),
      TEST(a_drop_that_is_reported_late_is_of_the_cut_that_was_in_force_then));
