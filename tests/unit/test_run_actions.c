/* What is to be done, in which order, by whom, and what came of it. */
#include "run/actions.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

#define MS NS_PER_MS

static void begin(struct actions *actions, const struct plan *plan)
{
    actions_init(actions, plan->settings.seed, plan->settings.nodes);
    for (size_t i = 0; i < plan->actions_count; i++)
        CU_ASSERT_EQUAL_FATAL(actions_add(actions, &plan->actions[i]), OK);
}

static void end(struct actions *actions, struct plan *plan)
{
    actions_close(actions);
    plan_close(plan);
}

static uint64_t key_of_last(const char *text)
{
    struct plan plan = parsed(text);
    struct actions actions;
    begin(&actions, &plan);
    uint64_t key = actions_of(&actions, (uint32_t)plan.actions_count - 1)->key;
    end(&actions, &plan);
    return key;
}

static void draws_are_keyed_by_words_time_and_how_many_of_the_same_came_before(void)
{
    uint64_t alone = key_of_last("at 2s request 1 from any\n");
    CU_ASSERT_EQUAL(key_of_last("at 1s request 7\nat 2s request 1 from any\n"), alone);
    CU_ASSERT_NOT_EQUAL(key_of_last("at 3s request 1 from any\n"), alone);
    CU_ASSERT_NOT_EQUAL(key_of_last("at 2s request 2 from any\n"), alone);
    CU_ASSERT_NOT_EQUAL(key_of_last("at 2s request 1 from any\nat 2s request 1 from any\n"), alone);
}

static void an_action_is_repeated_as_long_as_its_time_is_below_until(void)
{
    struct plan plan = parsed("at 10ms every 5ms request 1 until 20ms\n");
    struct actions actions;
    begin(&actions, &plan);
    struct item item = action_queue_pop(&actions.action_queue);
    CU_ASSERT_EQUAL(item.at_ns, 10 * MS);
    CU_ASSERT_EQUAL(actions_repeat_later(&actions, &item), OK);
    item = action_queue_pop(&actions.action_queue);
    CU_ASSERT_EQUAL(item.at_ns, 15 * MS);
    CU_ASSERT_EQUAL(item.repeat, 1);
    CU_ASSERT_EQUAL(actions_repeat_later(&actions, &item), OK);
    CU_ASSERT_PTR_NULL(action_queue_first(&actions.action_queue));
    end(&actions, &plan);
}

static void the_end_of_a_fault_comes_before_actions_of_its_instant_and_has_its_own_words(void)
{
    static const char *const words[] = {"restart n2", "thaw n1", "heal: cut n1 <-> n2 for 5ms"};
    static const node_id struck[] = {1, 0, NODE_NONE};
    struct plan plan = parsed("nodes 3\nat 10ms\ncrash n2 for 5ms\nfreeze n1 for 5ms\n"
                              "cut n1 <-> n2 for 5ms\nat 15ms crash n3\n");
    struct actions actions;
    begin(&actions, &plan);
    for (size_t i = 0; i < 3; i++) {
        struct item item = action_queue_pop(&actions.action_queue);
        actions.strikes++;
        CU_ASSERT_EQUAL(actions_end_later(&actions, &item, item.at_ns, struck[i]), OK);
    }
    for (size_t i = 0; i < 3; i++) {
        struct item item = action_queue_pop(&actions.action_queue);
        CU_ASSERT_TRUE(item.ends_fault);
        CU_ASSERT_EQUAL(item.at_ns, 15 * MS);
        CU_ASSERT_EQUAL(item.strike, i + 1);
        CU_ASSERT_STRING_EQUAL(actions_end_words(&item).text, words[i]);
    }
    struct item last = action_queue_pop(&actions.action_queue);
    CU_ASSERT_FALSE(last.ends_fault);
    CU_ASSERT_EQUAL(actions_end_later(&actions, &last, last.at_ns, 2), OK);
    CU_ASSERT_PTR_NULL(action_queue_first(&actions.action_queue)); /* for good */
    end(&actions, &plan);
}

static void an_action_comes_first_at_its_instant_and_an_expectation_last(void)
{
    struct plan plan = parsed("nodes 3\nat 10ms request 1\nat 20ms expect workers 1\n");
    struct actions actions;
    begin(&actions, &plan);
    CU_ASSERT_EQUAL(action_queue_bound_ns(&actions.action_queue), 10 * MS);
    action_queue_pop(&actions.action_queue);
    CU_ASSERT_EQUAL(action_queue_bound_ns(&actions.action_queue), 20 * MS + 1);
    action_queue_pop(&actions.action_queue);
    CU_ASSERT_EQUAL(action_queue_bound_ns(&actions.action_queue), TIME_NEVER);
    end(&actions, &plan);
}

static bool is_in(void *context, node_id node, enum action_kind kind)
{
    const uint32_t *suitable = context;
    (void)kind;
    return *suitable >> node & 1;
}

/* The nodes that the first action is drawn to in many repetitions, where these suit; bit 31: none.
 */
static uint32_t drawn_to(const char *text, uint32_t suitable)
{
    struct plan plan = parsed(text);
    struct actions actions;
    uint32_t seen = 0;
    begin(&actions, &plan);
    struct item item = action_queue_pop(&actions.action_queue);
    const struct action *action = item.action;
    const struct node_list *list =
        action->kind == ACTION_REQUEST ? &action->as.request.from : &action->nodes;
    for (item.repeat = 0; item.repeat < 100; item.repeat++) {
        node_id drawn;
        struct node_list nodes = actions_nodes(&actions, &item, list, &drawn, is_in, &suitable);
        seen |= nodes.count ? UINT32_C(1) << nodes.nodes[0] : UINT32_C(1) << 31;
    }
    end(&actions, &plan);
    return seen;
}

static void any_node_is_one_of_those_that_suit(void)
{
    CU_ASSERT_EQUAL(drawn_to("nodes 5\nat 1s crash any\n", 0x1f), 0x1f);
    CU_ASSERT_EQUAL(drawn_to("nodes 5\nat 1s crash any\n", 0x0a), 0x0a);
    CU_ASSERT_EQUAL(drawn_to("nodes 5\nat 1s crash any\n", 0), UINT32_C(1) << 31);
    CU_ASSERT_EQUAL(drawn_to("nodes 5\nat 1s crash n3\n", 0), 0x04);
    CU_ASSERT_EQUAL(drawn_to("nodes 5\nat 1s request 1 from any\n", 0x0a), 0x0a);
    CU_ASSERT_EQUAL(drawn_to("nodes 5\nat 1s request 1 from any\n", 0), 0x01);
}

static void count_client(void *context, node_id node, struct client client)
{
    uint32_t *clients = context;
    clients[node] += client.mean_gap_ns ? 100 : 1;
}

static void clients_at(const char *text, uint32_t *clients)
{
    struct plan plan = parsed(text);
    struct actions actions;
    begin(&actions, &plan);
    struct item item = action_queue_pop(&actions.action_queue);
    memset(clients, 0, 3 * sizeof *clients);
    actions_clients(&actions, &item, count_client, clients);
    end(&actions, &plan);
}

static void clients_go_to_each_node_or_all_in_all_to_any_and_a_source_is_at_each(void)
{
    uint32_t clients[3];
    clients_at("nodes 3\nat 1s clients 4 from n1,n3 ids 1..9 until 9s\n", clients);
    CU_ASSERT_TRUE(clients[0] == 4 && clients[1] == 0 && clients[2] == 4);
    clients_at("nodes 3\nat 1s clients 30 from any ids 1..9 until 9s\n", clients);
    CU_ASSERT_EQUAL(clients[0] + clients[1] + clients[2], 30);
    CU_ASSERT_TRUE(clients[0] && clients[1] && clients[2]);
    clients_at("nodes 3\nat 1s requests 5/s from any ids 1..9 until 9s\n", clients);
    CU_ASSERT_TRUE(clients[0] == 100 && clients[1] == 100 && clients[2] == 100);
    clients_at("nodes 3\nat 1s requests 5/s from n2 ids 1..9 until 9s\n", clients);
    CU_ASSERT_TRUE(clients[0] == 0 && clients[1] == 100 && clients[2] == 0);
}

static void a_fault_that_touched_nothing_was_missed_unless_it_may_miss(void)
{
    const struct action *missed[1];
    struct plan plan = parsed("nodes 3\nat 1s request 1\nat 2s crash n1\nat 3s freeze n2 may miss\n"
                              "at 4s heal\nat 5s thaw n2\n");
    struct actions actions;
    begin(&actions, &plan);
    CU_ASSERT_EQUAL(actions_missed(&actions, missed, 1), 3);
    CU_ASSERT_PTR_EQUAL(missed[0], &plan.actions[1]);
    action_queue_pop(&actions.action_queue);
    struct item crash = action_queue_pop(&actions.action_queue);
    actions_touch(&actions, &crash);
    CU_ASSERT_EQUAL(actions_missed(&actions, missed, 1), 2);
    CU_ASSERT_PTR_EQUAL(missed[0], &plan.actions[3]);
    CU_ASSERT_PTR_EQUAL(actions_action(&actions, 4), &plan.actions[4]);
    CU_ASSERT_PTR_NULL(actions_action(&actions, 5));
    end(&actions, &plan);
}

static void requests_of_named_replies_are_numbered_node_by_node(void)
{
    struct plan plan = parsed(
        "nodes 3\nat 1s request 9 as x\nat 2s request 1 2 from n1,n3 as r\nat 3s request 1 2\n");
    const struct action *action = &plan.actions[1];
    CU_ASSERT_EQUAL(request_tag(action, 0, 0), 1);
    CU_ASSERT_EQUAL(request_tag(action, 0, 1), 2);
    CU_ASSERT_EQUAL(request_tag(action, 1, 0), 3);
    CU_ASSERT_EQUAL(request_tag(action, 1, 1), 4);
    CU_ASSERT_EQUAL(request_tag(&plan.actions[2], 0, 1), TAG_NONE);
    plan_close(&plan);
}

SUITE(scenario_deeds, TEST(draws_are_keyed_by_words_time_and_how_many_of_the_same_came_before),
      TEST(an_action_is_repeated_as_long_as_its_time_is_below_until),
      TEST(the_end_of_a_fault_comes_before_actions_of_its_instant_and_has_its_own_words),
      TEST(an_action_comes_first_at_its_instant_and_an_expectation_last),
      TEST(any_node_is_one_of_those_that_suit),
      TEST(clients_go_to_each_node_or_all_in_all_to_any_and_a_source_is_at_each),
      TEST(a_fault_that_touched_nothing_was_missed_unless_it_may_miss),
      TEST(requests_of_named_replies_are_numbered_node_by_node));
