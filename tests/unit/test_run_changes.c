/* What a setting is now, for a node, an id or a link, while changes of it begin and end in any
 * order. */
#include "run/changes.h"

#include "base/random.h"
#include "support/parsed.h"
#include "support/suite.h"

#define S  NS_PER_S
#define MS NS_PER_MS

enum { N1, N2, N3, N4, NODES };

/* The changes of a text, number i made by its action i. */
static struct plan plan;
static struct changes changes;

static void begin(const char *text)
{
    plan = parsed(text);
    changes_init(&changes, &plan.settings, NODES);
}

static void end(void)
{
    changes_close(&changes);
    plan_close(&plan);
}

static void make(uint32_t number)
{
    const struct action *action = &plan.actions[number];
    int64_t until_ns = action->for_ns ? action->at_ns + action->for_ns : TIME_NEVER;
    CU_ASSERT_EQUAL_FATAL(changes_add(&changes, action, number, until_ns), OK);
}

static bool over(uint32_t number)
{
    return changes_end(&changes, plan.actions[number].kind, number);
}

static int64_t latency_ms(node_id from, node_id to)
{
    return changes_on_link(&changes, ACTION_LATENCY, from, to)->distribution.least_ns / MS;
}

static int64_t load_ms(node_id node, const char *id)
{
    struct text text = text_borrow(id, strlen(id));
    return changes_at_node(&changes, ACTION_LOAD, node, &text)->distribution.least_ns / MS;
}

static void a_change_reverts_to_what_was_in_force_before(void)
{
    begin("nodes 4\nlatency 1ms\nat 1s latency 2ms for 9s\nat 2s latency n1 -> n2 3ms for 3s\n"
          "at 3s latency n1 -> n2 4ms for 1s\n");
    make(0);
    make(1);
    make(2);
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 4);
    CU_ASSERT_EQUAL(latency_ms(N2, N1), 2);
    CU_ASSERT_TRUE(over(2));
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 3);
    CU_ASSERT_TRUE(over(1));
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 2);
    CU_ASSERT_TRUE(over(0));
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 1);
    end();
}

static void changes_that_overlap_end_each_for_itself(void)
{
    begin("nodes 4\nlatency 1ms\nat 1s latency 2ms for 2s\nat 2s latency 3ms for 2s\n"
          "at 2500ms latency 4ms for 100ms\n");
    make(0);
    make(1); /* outlasts and covers the one before: that is out of reach */
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 3);
    make(2);
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 4);
    CU_ASSERT_TRUE(over(2));
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 3);
    CU_ASSERT_FALSE(over(0));
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 3);
    CU_ASSERT_TRUE(over(1));
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 1);
    end();
}

static void a_change_for_good_of_all_outlives_what_was_there_for_a_time(void)
{
    begin("nodes 4\nlatency 1ms\nat 1s latency 2ms for 5s\nat 2s latency 3ms\n"
          "at 3s latency n1 -> n2 4ms\n");
    make(0);
    make(1);
    CU_ASSERT_TRUE(changes_are_even(&changes, ACTION_LATENCY));
    CU_ASSERT_FALSE(over(0));
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 3);
    make(2);
    CU_ASSERT_EQUAL(latency_ms(N1, N2), 4);
    CU_ASSERT_EQUAL(changes_least_latency_ns(&changes), 3 * MS);
    end();
}

static void a_load_is_of_nodes_and_ids(void)
{
    begin("nodes 4\nload 1ms\nat 1s load 2ms on n2\nat 1s load 3ms id 7..9 for 3s\n"
          "at 1s load 4ms on n1,n2 id a\n");
    make(0);
    make(1);
    make(2);
    CU_ASSERT_EQUAL(load_ms(N1, "1"), 1);
    CU_ASSERT_EQUAL(load_ms(N2, "1"), 2);
    CU_ASSERT_EQUAL(load_ms(N2, "7"), 3);
    CU_ASSERT_EQUAL(load_ms(N3, "9"), 3);
    CU_ASSERT_EQUAL(load_ms(N3, "10"), 1);
    CU_ASSERT_EQUAL(load_ms(N2, "a"), 4);
    CU_ASSERT_EQUAL(load_ms(N3, "a"), 1);
    CU_ASSERT_EQUAL(changes_at_node(&changes, ACTION_LOAD, N3, NULL)->distribution.least_ns, MS);
    CU_ASSERT_TRUE(over(1));
    CU_ASSERT_EQUAL(load_ms(N2, "7"), 2);
    CU_ASSERT_EQUAL(load_ms(N3, "9"), 1);
    end();
}

/* Whatever hides what: as if every change were kept. */
static void what_is_forgotten_is_never_missed(void)
{
    static const char text[] = "nodes 4\nloss 1%\n"
                               "at 1s loss n1 -> n2 2% for 1s\nat 1s loss n1 <-> n2 3% for 2s\n"
                               "at 1s loss n1,n2 -> n2,n3 4% for 3s\nat 1s loss 5% for 2s\n"
                               "at 1s loss n3 <-> n1,n2 6%\nat 1s loss n1,n3 <-> n2 7% for 4s\n"
                               "at 1s loss n1 -> n2,n3,n4 8%\nat 1s loss 9%\n";
    for (uint64_t round = 0; round < 500; round++) {
        struct {
            uint32_t action;
            bool ended;
        } made[12];
        begin(text);
        for (uint32_t i = 0; i < 12; i++) {
            made[i].action = (uint32_t)random_below(random_draw(round, i), 8);
            made[i].ended = false;
            struct action action = plan.actions[made[i].action];
            CU_ASSERT_EQUAL_FATAL(
                changes_add(&changes, &action, i, action.for_ns ? action.for_ns : TIME_NEVER), OK);
        }
        for (int64_t now_ns = 0; now_ns <= 4 * S; now_ns += S) {
            for (uint32_t i = 0; i < 12; i++) {
                const struct action *action = &plan.actions[made[i].action];
                if (!action->for_ns || action->for_ns != now_ns)
                    continue;
                made[i].ended = true;
                changes_end(&changes, ACTION_LOSS, i);
            }
            for (node_id from = 0; from < NODES; from++)
                for (node_id to = 0; to < NODES; to++) {
                    uint32_t ppb = plan.settings.loss_ppb;
                    for (uint32_t i = 0; i < 12; i++) {
                        const struct action *action = &plan.actions[made[i].action];
                        struct link_bits bits = {0};
                        bool some = action->as.set.some_links;
                        if (some)
                            CU_ASSERT_EQUAL_FATAL(
                                link_bits_init(&bits, NODES, &action->as.set.link), OK);
                        if (!made[i].ended && (!some || link_bits_have(&bits, from, to)))
                            ppb = action->as.set.ppb;
                        link_bits_close(&bits);
                    }
                    CU_ASSERT_EQUAL(changes_on_link(&changes, ACTION_LOSS, from, to)->ppb, ppb);
                }
        }
        end();
    }
}

SUITE(run_changes, TEST(a_change_reverts_to_what_was_in_force_before),
      TEST(changes_that_overlap_end_each_for_itself),
      TEST(a_change_for_good_of_all_outlives_what_was_there_for_a_time),
      TEST(a_load_is_of_nodes_and_ids), TEST(what_is_forgotten_is_never_missed));
