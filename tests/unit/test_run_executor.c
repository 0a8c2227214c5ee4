/* Which nodes and links an action means, what it does to them, what is recorded, when it ends: by a
 * cluster that only writes down what it is asked to do. */
#include "run/executor.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "trace/fault.h"

#include <stdio.h>
#include <string.h>

#define MS    NS_PER_MS
#define NODES 5u

static struct {
    struct plan plan;
    struct executor executor;
    enum liveness liveness[NODES];
    char log[2048];
    char said[128];          /* by the last FAULT record, as data */
    uint32_t clients[NODES]; /* an open source counts as 100 */
    uint32_t requests[NODES];
    uint64_t tag; /* of the last request */
    int64_t timeout_ns;
    enum action_kind changed;
    int64_t jumped_ns;
    bool leaves_at_once;
    uint32_t looks[NODES]; /* whether it is a member */
    bool blind[NODES];     /* it has none of the others in its view */
    int64_t amount;        /* of the last record */
} fake;

static void log_words(const char *what, node_id node)
{
    size_t used = strlen(fake.log);
    if (node == NODE_NONE)
        snprintf(fake.log + used, sizeof fake.log - used, "%s; ", what);
    else
        snprintf(fake.log + used, sizeof fake.log - used, "%s n%u; ", what, node + 1);
}

static enum liveness liveness(const void *cluster, node_id node)
{
    (void)cluster;
    return fake.liveness[node];
}

static bool sees(const void *cluster, node_id node, node_id peer)
{
    (void)cluster;
    if (node != peer)
        return !fake.blind[node];
    return fake.looks[node]++ > 1; /* at the third look */
}

static node_id owner(const void *cluster, const struct text *id)
{
    (void)cluster, (void)id;
    return fake.liveness[3] == LIVENESS_DOWN ? NODE_NONE : 3;
}

static bool crash(void *cluster, node_id node, bool silently)
{
    (void)cluster;
    log_words(silently ? "kill silently" : "kill", node);
    fake.liveness[node] = LIVENESS_DOWN;
    return true;
}

static bool start(void *cluster, node_id node, bool joins)
{
    (void)cluster;
    log_words(joins ? "start as member" : "start", node);
    fake.liveness[node] = LIVENESS_UP;
    return true;
}

static bool freeze(void *cluster, node_id node)
{
    (void)cluster;
    log_words("stop", node);
    fake.liveness[node] = LIVENESS_FROZEN;
    return true;
}

static bool thaw(void *cluster, node_id node)
{
    (void)cluster;
    log_words("continue", node);
    fake.liveness[node] = LIVENESS_UP;
    return true;
}

static bool leave(void *cluster, node_id node)
{
    (void)cluster;
    log_words("ask to leave", node);
    if (fake.leaves_at_once)
        fake.liveness[node] = LIVENESS_DOWN;
    return true;
}

static void connect_node(void *cluster, node_id node)
{
    (void)cluster;
    log_words("connect", node);
}

static void links_cut(void *cluster)
{
    (void)cluster;
    log_words("links cut", NODE_NONE);
}

static void links_healed(void *cluster)
{
    (void)cluster;
    log_words("links healed", NODE_NONE);
}

static void request(void *cluster, node_id node, const struct text *id, uint64_t tag,
                    int64_t timeout_ns)
{
    (void)cluster, (void)id;
    fake.requests[node]++;
    fake.tag = tag;
    fake.timeout_ns = timeout_ns;
}

static void count_client(void *context, node_id node, struct client client)
{
    (void)context;
    fake.clients[node] += client.mean_gap_ns ? 100 : 1;
}

static enum error add_clients(void *cluster, const struct workload *workload)
{
    workload_spread(workload, count_client, cluster);
    return OK;
}

static void setting_changed(void *cluster, enum action_kind kind)
{
    (void)cluster;
    fake.changed = kind;
    log_words("changed", NODE_NONE);
}

static void jump_clock(void *cluster, node_id node, int64_t by_ns)
{
    (void)cluster;
    fake.jumped_ns = by_ns;
    log_words("jump", node);
}

/* "1,3" and so on. */
static void write_set(char *words, size_t size, struct node_runs set)
{
    node_id first;
    uint32_t count;
    words[0] = '\0';
    while (node_runs_next(&set, &first, &count))
        for (node_id node = first; node < first + count; node++)
            snprintf(words + strlen(words), size - strlen(words), "%s%u", *words ? "," : "",
                     node + 1);
}

static void record(void *cluster, struct record *record)
{
    char words[512], nodes[32];
    struct fault fault;
    (void)cluster;
    snprintf(words, sizeof words, "'%.*s'", (int)text_size(&record->value),
             text_bytes(&record->value));
    log_words(words, NODE_NONE);
    CU_ASSERT_TRUE_FATAL(fault_read(record, fake.plan.settings.nodes, &fault));
    write_set(nodes, sizeof nodes, fault.nodes);
    fake.amount = record->amount;
    snprintf(fake.said, sizeof fake.said, "%s %s %s",
             record->kind == RECORD_SET ? set_name(fault.set) : fault_name(fault.kind),
             fault.begins ? "begins" : "ends", nodes);
    for (uint32_t i = 0; i < fault.groups_count; i++) {
        write_set(nodes, sizeof nodes, fault_next_group(&fault));
        snprintf(fake.said + strlen(fake.said), sizeof fake.said - strlen(fake.said), "[%s]",
                 nodes);
    }
    if (fault.both)
        snprintf(fake.said + strlen(fake.said), sizeof fake.said - strlen(fake.said), " both");
}

static const struct cluster_operations operations = {
    .liveness = liveness,
    .sees = sees,
    .owner = owner,
    .crash = crash,
    .start = start,
    .freeze = freeze,
    .thaw = thaw,
    .leave = leave,
    .connect = connect_node,
    .links_cut = links_cut,
    .links_healed = links_healed,
    .request = request,
    .add_clients = add_clients,
    .setting_changed = setting_changed,
    .jump_clock = jump_clock,
    .record = record,
};

/* A cluster with all nodes up, and all actions of the text queued. */
static void begin(const char *text)
{
    memset(&fake, 0, sizeof fake);
    fake.plan = parsed(text);
    for (node_id node = 0; node < NODES; node++)
        fake.liveness[node] = LIVENESS_UP;
    struct executor_setup setup = {.nodes = fake.plan.settings.nodes,
                                   .settings = &fake.plan.settings,
                                   .operations = &operations};
    CU_ASSERT_EQUAL_FATAL(executor_init(&fake.executor, &setup), OK);
    CU_ASSERT_EQUAL_FATAL(executor_add_plan(&fake.executor, &fake.plan), OK);
}

static void end(void)
{
    executor_close(&fake.executor);
    plan_close(&fake.plan);
}

static void apply_next(void)
{
    struct queued_action queued = action_queue_pop(&fake.executor.queue);
    CU_ASSERT_EQUAL(executor_apply(&fake.executor, &queued, queued.at_ns), OK);
}

/* All that the actions of the text do. */
static const char *log_of(const char *text)
{
    begin(text);
    while (action_queue_first(&fake.executor.queue))
        apply_next();
    end();
    return fake.log;
}

static int64_t next_ns(void)
{
    const struct queued_action *first = action_queue_first(&fake.executor.queue);
    return first ? first->at_ns : -1;
}

/* ---- the queue ----------------------------------------------------------------------------- */

static void an_action_is_repeated_as_long_as_its_time_is_below_until(void)
{
    begin("at 10ms every 5ms request 1 until 20ms\n");
    CU_ASSERT_EQUAL(next_ns(), 10 * MS);
    apply_next();
    CU_ASSERT_EQUAL(next_ns(), 15 * MS);
    apply_next();
    CU_ASSERT_EQUAL(next_ns(), -1);
    end();
}

static void an_action_comes_first_at_its_instant_and_an_expectation_last(void)
{
    begin("nodes 3\nat 10ms request 1\nat 20ms expect workers 1\n");
    struct action_queue *queue = &fake.executor.queue;
    CU_ASSERT_EQUAL(action_queue_bound_ns(queue), 10 * MS);
    apply_next();
    CU_ASSERT_EQUAL(action_queue_bound_ns(queue), 20 * MS + 1);
    apply_next();
    CU_ASSERT_EQUAL(action_queue_bound_ns(queue), TIME_NEVER);
    end();
}

static void the_ends_of_faults_come_before_actions_of_their_instant(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 10ms\ncrash n2 for 5ms\nfreeze n1 for 5ms\n"
                                  "cut n1 <-> n2 for 5ms\nat 15ms crash n3\n"),
                           "'crash n2 for 5ms'; kill n2; 'freeze n1 for 5ms'; stop n1; "
                           "'cut n1 <-> n2 for 5ms'; links cut; "
                           "'restart n2'; start n2; 'thaw n1'; continue n1; "
                           "'heal: cut n1 <-> n2 for 5ms'; links healed; 'crash n3'; kill n3; ");
}

/* Whatever their length. */
static void the_end_of_a_fault_is_recorded_in_all_its_words(void)
{
    char text[1024], want[1024];
    size_t used = (size_t)sprintf(text, "nodes 3\nat 1s cut n1");
    for (unsigned i = 0; i < 150; i++)
        used += (size_t)sprintf(text + used, "  ");
    strcpy(text + used, "<-> n2 for 5ms\n");
    snprintf(want, sizeof want, "'heal: cut n1%*s<-> n2 for 5ms'; links healed; ", 300, "");
    CU_ASSERT_PTR_NOT_NULL(strstr(log_of(text), want));
}

/* ---- faults -------------------------------------------------------------------------------- */

static void a_fault_on_nodes_is_recorded_and_applied_where_it_can_be(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s crash n1,n2\nat 2s crash n2,n3\n"
                                  "at 3s restart n1\nat 4s join n2,n1\n"),
                           "'crash n1,n2'; kill n1; kill n2; 'crash n2,n3'; kill n3; "
                           "'restart n1'; start n1; 'join n2,n1'; start as member n2; ");
    CU_ASSERT_STRING_EQUAL(
        log_of("nodes 3\nat 1s freeze n1\nat 2s freeze n1\nat 3s leave n1\nat 4s thaw n1,n2\n"
               "at 5s leave n1\n"),
        "'freeze n1'; stop n1; 'freeze n1'; 'leave n1'; 'thaw n1,n2'; continue n1; "
        "'leave n1'; ask to leave n1; ");
}

static void a_node_that_connect_names_while_it_is_down_or_frozen_joins_later(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s crash n1\nat 2s freeze n2\nat 3s connect n1,n2\n"
                                  "at 4s restart n1\nat 5s thaw n2\nat 6s freeze n2 for 1s\n"),
                           "'crash n1'; kill n1; 'freeze n2'; stop n2; 'restart n1'; "
                           "start as member n1; 'thaw n2'; continue n2; connect n2; "
                           "'freeze n2 for 1s'; stop n2; 'thaw n2'; continue n2; ");
    CU_ASSERT_STRING_EQUAL(
        log_of("nodes 3\nat 1s freeze n1\nat 2s connect\nat 3s crash n1 for 1s\n"),
        "'freeze n1'; stop n1; connect n2; connect n3; 'crash n1 for 1s'; "
        "kill n1; 'restart n1'; start as member n1; ");
}

static void the_end_of_a_fault_leaves_a_node_alone_that_came_back_or_has_another_fault(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s crash n1 for 5s\nat 2s restart n1\n"),
                           "'crash n1 for 5s'; kill n1; 'restart n1'; start n1; ");
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s crash n1 for 5s\nat 2s restart n1\n"
                                  "at 3s crash n1\n"),
                           "'crash n1 for 5s'; kill n1; 'restart n1'; start n1; 'crash n1'; "
                           "kill n1; ");
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s freeze n1 for 5s\nat 2s crash n1\n"),
                           "'freeze n1 for 5s'; stop n1; 'crash n1'; kill n1; ");
}

static void a_cut_is_in_force_until_its_end_or_a_heal(void)
{
    begin("nodes 3\nat 1s cut n1 -> n2 for 2s\nat 2s partition n1 | n2,n3\nat 4s heal\n");
    const struct cuts *cuts = &fake.executor.cuts;
    apply_next();
    CU_ASSERT_PTR_NOT_NULL(cuts_find(cuts, 0, 1));
    CU_ASSERT_PTR_NULL(cuts_find(cuts, 1, 0));
    apply_next();
    CU_ASSERT_PTR_NOT_NULL(cuts_find(cuts, 1, 0));
    CU_ASSERT_EQUAL(next_ns(), 3000 * MS);
    apply_next(); /* the cut's end: the partition is still in force */
    CU_ASSERT_PTR_NOT_NULL(cuts_find(cuts, 0, 1));
    apply_next();
    CU_ASSERT_PTR_NULL(cuts_find(cuts, 0, 1));
    CU_ASSERT_PTR_NULL(cuts_find(cuts, 2, 0));
    end();
}

/* What the last record says when so many things have been done. */
static const char *said_after(const char *text, int things)
{
    begin(text);
    while (things--)
        apply_next();
    end();
    return fake.said;
}

static void a_fault_record_says_as_data_what_its_words_say(void)
{
    const char *crash = "nodes 4\nat 1s crash n2,n4 for 1s\n";
    CU_ASSERT_STRING_EQUAL(said_after(crash, 1), "crash begins 2,4");
    CU_ASSERT_STRING_EQUAL(said_after(crash, 2), "crash ends 2");
    CU_ASSERT_STRING_EQUAL(said_after(crash, 3), "crash ends 4");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s freeze all\n", 1), "freeze begins 1,2,3,4");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s thaw n1 may miss\n", 1), "thaw ends 1");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 1\nat 1s leave any\n", 1), "leave begins 1");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s join n3\n", 1), "join ends 3");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s restart n3\n", 1), "restart ends 3");
    const char *cut = "nodes 4\nat 1s cut n1 <-> n2,n3 for 1s\n";
    CU_ASSERT_STRING_EQUAL(said_after(cut, 1), "cut begins [1][2,3] both");
    CU_ASSERT_STRING_EQUAL(said_after(cut, 2), "cut ends [1][2,3] both");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s cut n1 -> n3\n", 1), "cut begins [1][3]");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s partition n1 | n2,n4 | n3\n", 1),
                           "partition begins [1][2,4][3]");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s heal\n", 1), "heal ends ");
}

static void the_end_of_a_cut_that_was_healed_is_not_recorded(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s cut n1 -> n2 for 2s\nat 2s heal\n"),
                           "'cut n1 -> n2 for 2s'; links cut; 'heal'; links healed; "
                           "links healed; ");
}

static void a_leave_of_a_node_that_is_leaving_has_no_effect(void)
{
    const struct action *missed[2];
    begin("nodes 3\nat 1s leave n1\nat 2s leave n1\nat 3s crash n1\nat 4s join n1\n"
          "at 5s leave n1\n");
    for (int i = 0; i < 5; i++)
        apply_next();
    CU_ASSERT_STRING_EQUAL(fake.log, "'leave n1'; ask to leave n1; 'leave n1'; 'crash n1'; "
                                     "kill n1; 'join n1'; start as member n1; 'leave n1'; "
                                     "ask to leave n1; ");
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 2), 1);
    CU_ASSERT_PTR_EQUAL(missed[0], &fake.plan.actions[1]);
    end();
}

static void any_node_to_leave_is_one_that_does_not_leave_yet(void)
{
    begin("nodes 5\nat 1s every 1s leave any until 10s\n");
    for (int i = 0; i < 5; i++) {
        fake.log[0] = '\0';
        apply_next();
        CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "ask to leave"));
    }
    fake.log[0] = '\0';
    apply_next();
    CU_ASSERT_PTR_NULL(strstr(fake.log, "ask to leave"));
    end();
}

static void a_fault_without_effect_was_missed_unless_it_may_miss(void)
{
    const struct action *missed[1];
    begin("nodes 3\nat 1s request 1\nat 2s crash n1\nat 3s freeze n2 may miss\n"
          "at 4s heal\nat 5s thaw n2\n");
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 1), 3);
    CU_ASSERT_PTR_EQUAL(missed[0], &fake.plan.actions[1]);
    apply_next();
    apply_next();
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 1), 2);
    CU_ASSERT_PTR_EQUAL(missed[0], &fake.plan.actions[3]);
    CU_ASSERT_PTR_EQUAL(action_list_at(&fake.executor.actions, 4), &fake.plan.actions[4]);
    CU_ASSERT_PTR_NULL(action_list_at(&fake.executor.actions, 5));
    apply_next();
    apply_next();
    apply_next();                                                              /* thaws n2 */
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 1), 1); /* nothing was cut */
    end();
}

static void a_cut_has_an_effect_when_it_stops_a_message(void)
{
    const struct action *missed[1];
    begin("nodes 3\nat 1s cut n1 -> n2\n");
    apply_next();
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 1), 1);
    cuts_note_drop(&fake.executor.cuts, 1, 0, 2000 * MS);
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 1), 1);
    cuts_note_drop(&fake.executor.cuts, 0, 1, 2000 * MS);
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 1), 0);
    end();
}

static void only_a_node_that_is_up_is_connected(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s crash n2\nat 2s connect\n"),
                           "'crash n2'; kill n2; connect n1; connect n3; ");
}

/* ---- settings ------------------------------------------------------------------------------ */

static void a_setting_s_change_is_recorded_and_for_some_time_its_end_too(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s load 5ms\n"), "'load 5ms'; changed; ");
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s loss 5% for 2s\n"),
                           "'loss 5% for 2s'; changed; 'ends: loss 5% for 2s'; changed; ");
    CU_ASSERT_EQUAL(fake.changed, ACTION_LOSS);
    const char *latency = "nodes 4\nat 1s latency n1 <-> n2,n3 5ms for 1s\n";
    CU_ASSERT_STRING_EQUAL(said_after(latency, 1), "latency begins [1][2,3] both");
    CU_ASSERT_STRING_EQUAL(said_after(latency, 2), "latency ends [1][2,3] both");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s load 5ms on n2,n4\n", 1), "load begins 2,4");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s reorder on\n", 1), "reorder begins ");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s seed 7\n", 1), "seed begins ");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s clock n2 +15ms\n", 1), "clock begins 2");
    CU_ASSERT_EQUAL(fake.jumped_ns, 15 * MS);
}

static void the_end_of_a_change_that_a_later_one_hides_is_not_recorded(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s loss 5% for 2s\nat 2s loss 1%\n"),
                           "'loss 5% for 2s'; changed; 'loss 1%'; changed; ");
}

static void a_setting_before_the_first_action_is_no_change(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nlatency n1 -> n2 5ms\nclock n2 +1ms\nconnect n1\n"),
                           "changed; jump n2; connect n1; ");
}

/* ---- nodes that are known when it happens -------------------------------------------------- */

static void the_owner_is_asked_for_when_the_action_happens(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 4\nat 1s crash owner 7\nat 2s freeze owner 7\n"),
                           "'crash owner 7'; kill n4; 'freeze owner 7'; ");
    log_of("nodes 4\nat 1s request 7 from owner 7\n");
    CU_ASSERT_EQUAL(fake.requests[3], 1);
    log_of("nodes 4\nat 1s crash n4\nat 2s request 7 from owner 7\n");
    CU_ASSERT_EQUAL(fake.requests[0], 1); /* somewhere it must fail */
}

static void the_others_are_those_in_no_list_before(void)
{
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s cut owner 7 <-> others for 1s\n", 1),
                           "cut begins [4][1,2,3] both");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s cut owner 7 <-> others for 1s\n", 2),
                           "cut ends [4][1,2,3] both");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s partition owner 7 | others\n", 1),
                           "partition begins [4][1,2,3]");
    CU_ASSERT_STRING_EQUAL(said_after("nodes 4\nat 1s loss owner 7 -> others 5%\n", 1),
                           "loss begins [4][1,2,3]");
}

static void two_nodes_that_are_drawn_for_one_line_differ(void)
{
    const char *text = "nodes 3\nat 1s every 1s cut any -> any until 100s\n";
    begin(text);
    while (action_queue_first(&fake.executor.queue)) {
        apply_next();
        CU_ASSERT_EQUAL(strlen(fake.said), strlen("cut begins [1][2]"));
        CU_ASSERT_NOT_EQUAL(fake.said[12], fake.said[15]);
        cuts_heal_all(&fake.executor.cuts, 0);
    }
    end();
}

/* ---- a rolling restart --------------------------------------------------------------------- */

static void a_rolling_restart_takes_each_node_in_turn_when_the_one_before_is_a_member_again(void)
{
    begin("nodes 3\nat 1s rolling restart n1,n3 pause 2s\n");
    fake.leaves_at_once = true;
    apply_next();
    CU_ASSERT_STRING_EQUAL(fake.log, "'rolling restart: leave n1'; ask to leave n1; ");
    CU_ASSERT_EQUAL(next_ns(), 3000 * MS);
    apply_next();
    CU_ASSERT_STRING_EQUAL(fake.said, "join ends 1");
    CU_ASSERT_EQUAL(next_ns(), 3001 * MS);
    apply_next();
    CU_ASSERT_EQUAL(next_ns(), 3002 * MS);
    apply_next(); /* n1 is a member */
    CU_ASSERT_STRING_EQUAL(fake.said, "leave begins 3");
    while (action_queue_first(&fake.executor.queue))
        apply_next();
    CU_ASSERT_STRING_EQUAL(fake.log, "'rolling restart: leave n1'; ask to leave n1; "
                                     "'rolling restart: join n1'; start as member n1; "
                                     "'rolling restart: leave n3'; ask to leave n3; "
                                     "'rolling restart: join n3'; start as member n3; ");
    end();
}

/* When n3 takes its turn after n1 is a member again, at 3.002 s, while n2 does not see it. */
static int64_t next_turn_ns(int64_t seen_ns)
{
    begin("nodes 3\nsuspect 300ms\nat 1s rolling restart n1,n3 pause 2s\n");
    fake.leaves_at_once = true;
    fake.looks[1] = 2;
    fake.blind[1] = true;
    int64_t turn_ns = 0;
    while (strcmp(fake.said, "leave begins 3") != 0) {
        turn_ns = next_ns();
        fake.blind[1] = turn_ns < seen_ns;
        apply_next();
    }
    end();
    return turn_ns;
}

static void a_rolling_restart_waits_until_all_have_the_node_back_or_for_suspect(void)
{
    CU_ASSERT_EQUAL(next_turn_ns(0), 3002 * MS);
    CU_ASSERT_EQUAL(next_turn_ns(3100 * MS), 3100 * MS);
    CU_ASSERT_EQUAL(next_turn_ns(9000 * MS), 3302 * MS);
}

static void a_rolling_restart_passes_over_a_node_that_is_down_or_frozen(void)
{
    const struct action *missed[1];
    begin("nodes 3\nat 1s rolling restart all\n");
    fake.liveness[0] = LIVENESS_FROZEN;
    fake.liveness[1] = fake.liveness[2] = LIVENESS_DOWN;
    apply_next();
    CU_ASSERT_EQUAL(next_ns(), -1);
    CU_ASSERT_STRING_EQUAL(fake.log, "");
    CU_ASSERT_EQUAL(action_list_missed(&fake.executor.actions, missed, 1), 1);
    end();
}

static void the_record_of_a_share_says_what_holds_now(void)
{
    const char *loss = "nodes 3\nloss 1%\nat 1s loss n1 -> n2 5% for 1s\n";
    said_after(loss, 1);
    CU_ASSERT_EQUAL(fake.amount, 50000000);
    said_after(loss, 2);
    CU_ASSERT_EQUAL(fake.amount, 10000000);
    said_after("nodes 3\nat 1s reorder on for 1s\n", 1);
    CU_ASSERT_EQUAL(fake.amount, 1);
    said_after("nodes 3\nat 1s reorder on for 1s\n", 2);
    CU_ASSERT_EQUAL(fake.amount, 0);
}

static void a_crash_may_be_silent(void)
{
    CU_ASSERT_STRING_EQUAL(log_of("nodes 3\nat 1s crash n1 silently\n"),
                           "'crash n1 silently'; kill silently n1; ");
}

static void apply_until(int64_t until_ns)
{
    for (const struct queued_action *first;
         (first = action_queue_first(&fake.executor.queue)) && first->at_ns <= until_ns;)
        apply_next();
}

/* The time from which `eventually` counts. */
static int64_t quiet_ns(const char *text, int64_t until_ns)
{
    begin(text);
    apply_until(until_ns);
    int64_t quiet = executor_quiet_ns(&fake.executor);
    end();
    return quiet;
}

static void quiet_is_counted_from_the_end_of_what_had_an_effect(void)
{
    const char *crash = "nodes 3\nat 1s crash n2 for 2s\n";
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nat 1s request 1\n", 9000 * MS), 0);
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nat 1s crash n2\n", 9000 * MS), 1000 * MS);
    CU_ASSERT_EQUAL(quiet_ns(crash, 3000 * MS), 3000 * MS);
    CU_ASSERT_EQUAL(quiet_ns(crash, 2999 * MS), TIME_NEVER);
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nat 1s crash n2 for 9s\nat 2s restart n2\n", 2000 * MS),
                    2000 * MS);
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nat 1s load 5ms\n", 9000 * MS), 1000 * MS);
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nclock n1 +5ppm\nconnect\n", 9000 * MS), 0);
}

static void what_touched_nothing_does_not_count(void)
{
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nat 1s heal may miss\n", 9000 * MS), 0);
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nat 1s restart n2 may miss\n", 9000 * MS), 0);
    CU_ASSERT_EQUAL(quiet_ns("nodes 3\nat 1s cut n1 -> n2 for 1s may miss\n", 9000 * MS), 0);
}

static void a_cut_counts_if_it_stopped_a_message(void)
{
    begin("nodes 3\nat 1s cut n1 -> n2 for 1s\n");
    apply_until(1000 * MS);
    CU_ASSERT_EQUAL(executor_quiet_ns(&fake.executor), 0);
    cuts_note_drop(&fake.executor.cuts, 0, 1, 1500 * MS);
    CU_ASSERT_EQUAL(executor_quiet_ns(&fake.executor), TIME_NEVER);
    apply_until(2000 * MS);
    CU_ASSERT_EQUAL(executor_quiet_ns(&fake.executor), 2000 * MS);
    end();
}

/* ---- draws --------------------------------------------------------------------------------- */

/* The nodes that many repetitions of the first action go to, where these are up, as bits. */
static uint32_t goes_to(const char *text, uint32_t up)
{
    uint32_t seen = 0;
    begin(text);
    bool crashes = fake.plan.actions[0].kind == ACTION_CRASH;
    for (int i = 0; i < 100; i++) {
        for (node_id node = 0; node < NODES; node++)
            fake.liveness[node] = up >> node & 1 ? LIVENESS_UP : LIVENESS_DOWN;
        apply_next();
        for (node_id node = 0; node < NODES; node++)
            seen |= (uint32_t)(crashes ? (up >> node & 1) && fake.liveness[node] == LIVENESS_DOWN
                                       : fake.requests[node] > 0)
                    << node;
    }
    end();
    return seen;
}

static void any_node_is_one_of_those_that_suit(void)
{
    const char *crash_any = "nodes 5\nat 1s every 1s crash any until 1000s\n";
    const char *request_any = "nodes 5\nat 1s every 1s request 1 from any until 1000s\n";
    CU_ASSERT_EQUAL(goes_to(crash_any, 0x1f), 0x1f);
    CU_ASSERT_EQUAL(goes_to(crash_any, 0x0a), 0x0a);
    CU_ASSERT_EQUAL(goes_to(crash_any, 0), 0);
    CU_ASSERT_EQUAL(goes_to("nodes 5\nat 1s every 1s crash n3 until 1000s\n", 0x1f), 0x04);
    CU_ASSERT_EQUAL(goes_to(request_any, 0x0a), 0x0a);
    CU_ASSERT_EQUAL(goes_to(request_any, 0), 0x01); /* somewhere it must fail */
}

static uint64_t draw_of_last;

static void note_draw(void *context, node_id node, struct client client)
{
    (void)context, (void)node;
    draw_of_last = client.id_key;
}

static enum error take_draw(void *cluster, const struct workload *workload)
{
    workload_spread(workload, note_draw, cluster);
    return OK;
}

static uint64_t key_of_last(const char *text)
{
    struct cluster_operations draws = operations;
    draws.add_clients = take_draw;
    begin(text);
    fake.executor.operations = &draws;
    while (action_queue_first(&fake.executor.queue))
        apply_next();
    end();
    return draw_of_last;
}

static void draws_are_keyed_by_words_time_and_how_many_of_the_same_came_before(void)
{
#define LINE "at 2s clients 1 from n1 ids 1..9 until 9s\n"
    uint64_t alone = key_of_last(LINE);
    CU_ASSERT_EQUAL(key_of_last("at 1s request 7\n" LINE), alone);
    CU_ASSERT_NOT_EQUAL(key_of_last("at 3s clients 1 from n1 ids 1..9 until 9s\n"), alone);
    CU_ASSERT_NOT_EQUAL(key_of_last("at 2s clients 1 from n1 ids 1..8 until 9s\n"), alone);
    CU_ASSERT_NOT_EQUAL(key_of_last(LINE LINE), alone);
#undef LINE
}

/* ---- clients and requests ------------------------------------------------------------------ */

static void clients_go_to_each_node_or_all_in_all_to_any_and_a_source_is_at_each(void)
{
    const uint32_t *clients = fake.clients;
    log_of("nodes 3\nat 1s clients 4 from n1,n3 ids 1..9 until 9s\n");
    CU_ASSERT_TRUE(clients[0] == 4 && clients[1] == 0 && clients[2] == 4);
    log_of("nodes 3\nat 1s clients 30 from any ids 1..9 until 9s\n");
    CU_ASSERT_EQUAL(clients[0] + clients[1] + clients[2], 30);
    CU_ASSERT_TRUE(clients[0] && clients[1] && clients[2]);
    log_of("nodes 3\nat 1s requests 5/s from any ids 1..9 until 9s\n");
    CU_ASSERT_TRUE(clients[0] == 100 && clients[1] == 100 && clients[2] == 100);
    log_of("nodes 3\nat 1s requests 5/s from n2 ids 1..9 until 9s\n");
    CU_ASSERT_TRUE(clients[0] == 0 && clients[1] == 100 && clients[2] == 0);
}

static void requests_of_named_replies_are_numbered_node_by_node(void)
{
    struct plan plan = parsed(
        "nodes 3\nat 1s request 9 as x\nat 2s request 1 2 from n1,n3 as r\nat 3s request 1 2\n");
    const struct action *action = &plan.actions[1];
    CU_ASSERT_EQUAL(request_tag(action, 0, 0, 0), 1);
    CU_ASSERT_EQUAL(request_tag(action, 0, 0, 1), 2);
    CU_ASSERT_EQUAL(request_tag(action, 0, 1, 0), 3);
    CU_ASSERT_EQUAL(request_tag(action, 0, 1, 1), 4);
    CU_ASSERT_EQUAL(request_tag(&plan.actions[2], 0, 0, 1), TAG_NONE);
    plan_close(&plan);
}

static void requests_under_every_go_on_numbering(void)
{
    begin("nodes 3\nat 1s every 1s request 1 2 from n1,n3 as r timeout 70ms until 4s\n");
    for (uint64_t i = 0; i < 3; i++) {
        apply_next();
        CU_ASSERT_EQUAL(fake.tag, i * 4 + 3);
    }
    CU_ASSERT_EQUAL(fake.timeout_ns, 70 * MS);
    end();
}

SUITE(run_executor, TEST(an_action_is_repeated_as_long_as_its_time_is_below_until),
      TEST(an_action_comes_first_at_its_instant_and_an_expectation_last),
      TEST(the_ends_of_faults_come_before_actions_of_their_instant),
      TEST(the_end_of_a_fault_is_recorded_in_all_its_words),
      TEST(a_fault_on_nodes_is_recorded_and_applied_where_it_can_be),
      TEST(a_node_that_connect_names_while_it_is_down_or_frozen_joins_later),
      TEST(the_end_of_a_fault_leaves_a_node_alone_that_came_back_or_has_another_fault),
      TEST(a_cut_is_in_force_until_its_end_or_a_heal),
      TEST(a_fault_record_says_as_data_what_its_words_say),
      TEST(the_end_of_a_cut_that_was_healed_is_not_recorded),
      TEST(a_leave_of_a_node_that_is_leaving_has_no_effect),
      TEST(any_node_to_leave_is_one_that_does_not_leave_yet),
      TEST(a_fault_without_effect_was_missed_unless_it_may_miss),
      TEST(a_cut_has_an_effect_when_it_stops_a_message), TEST(only_a_node_that_is_up_is_connected),
      TEST(a_setting_s_change_is_recorded_and_for_some_time_its_end_too),
      TEST(the_end_of_a_change_that_a_later_one_hides_is_not_recorded),
      TEST(a_setting_before_the_first_action_is_no_change),
      TEST(the_owner_is_asked_for_when_the_action_happens),
      TEST(the_others_are_those_in_no_list_before),
      TEST(two_nodes_that_are_drawn_for_one_line_differ),
      TEST(a_rolling_restart_takes_each_node_in_turn_when_the_one_before_is_a_member_again),
      TEST(a_rolling_restart_waits_until_all_have_the_node_back_or_for_suspect),
      TEST(a_rolling_restart_passes_over_a_node_that_is_down_or_frozen),
      TEST(the_record_of_a_share_says_what_holds_now), TEST(a_crash_may_be_silent),
      TEST(requests_under_every_go_on_numbering),
      TEST(quiet_is_counted_from_the_end_of_what_had_an_effect),
      TEST(what_touched_nothing_does_not_count), TEST(a_cut_counts_if_it_stopped_a_message),
      TEST(any_node_is_one_of_those_that_suit),
      TEST(draws_are_keyed_by_words_time_and_how_many_of_the_same_came_before),
      TEST(clients_go_to_each_node_or_all_in_all_to_any_and_a_source_is_at_each),
      TEST(requests_of_named_replies_are_numbered_node_by_node));
