#include "run/executor.h"

#include "base/number.h"
#include "base/random.h"
#include "node/id.h"
#include "run/chaos.h"
#include "run/fault_record.h"
#include "run/rolling.h"
#include "run/targets.h"

#include <stdio.h>

enum error executor_init(struct executor *executor, const struct executor_setup *setup)
{
    *executor = (struct executor){
        .operations = setup->operations,
        .cluster = setup->cluster,
        .nodes = setup->nodes,
        .suspect_ns = setup->settings->suspect_ns,
    };
    action_queue_init(&executor->queue);
    cuts_init(&executor->cuts, setup->nodes, setup->drops_come_late);
    changes_init(&executor->changes, setup->settings, setup->nodes);
    action_list_init(&executor->actions);
    executor->last_fault = memory_zeroed(setup->nodes * sizeof *executor->last_fault);
    executor->arena = arena_new();
    if (node_actions_init(&executor->node_actions, setup->operations, setup->cluster, setup->nodes))
        return ERROR_MEMORY;
    return executor->last_fault && executor->arena ? OK : ERROR_MEMORY;
}

void executor_close(struct executor *executor)
{
    action_queue_close(&executor->queue);
    triggers_close(&executor->triggers);
    chaos_close(&executor->chaos);
    cuts_close(&executor->cuts);
    changes_close(&executor->changes);
    action_list_close(&executor->actions);
    memory_free(executor->last_fault);
    node_actions_close(&executor->node_actions);
    arena_delete(executor->arena);
}

/* ---- adding -------------------------------------------------------------------------------- */

/* *index is its place in the list of actions. */
static enum error add(struct executor *executor, const struct action *action, uint32_t *index)
{
    struct queued_action queued = {.at_ns = action->at_ns, .action = action};
    if (action_list_add(&executor->actions, action, &queued.index))
        return ERROR_MEMORY;
    *index = queued.index;
    if (!action_queue_add(&executor->queue, queued))
        return OK;
    action_list_drop(&executor->actions, queued.index);
    return ERROR_MEMORY;
}

enum error executor_add(struct executor *executor, const struct action *action)
{
    uint32_t index;
    return add(executor, action, &index);
}

enum error executor_add_plan(struct executor *executor, const struct plan *plan)
{
    for (size_t i = 0; i < plan->actions_count; i++)
        if (executor_add(executor, &plan->actions[i]))
            return ERROR_MEMORY;
    return OK;
}

/* ---- what becomes of an action ------------------------------------------------------------- */

static void note_effect(struct executor *executor, const struct queued_action *queued,
                        int64_t now_ns)
{
    executor->last_effect_ns = now_ns;
    atomic_store_explicit(action_list_effect(&executor->actions, queued->index), true,
                          memory_order_relaxed);
}

static enum error record(struct executor *executor, const struct action *action,
                         struct fault_note note)
{
    return fault_record(executor->operations, executor->cluster, action, note);
}

static enum error queue_repetition(struct executor *executor, const struct queued_action *queued)
{
    struct queued_action again = *queued;
    again.at_ns += queued->action->period_ns;
    again.repeat++;
    if (!queued->action->period_ns || again.at_ns >= queued->action->until_ns)
        return OK;
    return action_queue_add(&executor->queue, again);
}

/* The end of the latest fault or change, if it lasts for a time: at a node, or NODE_NONE. */
static enum error queue_end(struct executor *executor, const struct queued_action *queued,
                            node_id node)
{
    struct queued_action end = *queued;
    if (!queued->action->for_ns)
        return OK;
    end.at_ns = queued->at_ns + queued->action->for_ns;
    end.reverts = true;
    end.node = node;
    end.fault = executor->faults;
    return action_queue_add(&executor->queue, end);
}

/* Whether the nodes that it means are still to be known when it has been applied. */
static bool is_kept(const struct action *action)
{
    return action->for_ns || action->kind == ACTION_ROLLING || action->kind == ACTION_CLIENTS ||
           action->kind == ACTION_REQUESTS;
}

/* ---- faults -------------------------------------------------------------------------------- */

static const struct node_list no_nodes = {0};

static enum error apply_to_nodes(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    const struct action *action = queued->action;
    const struct node_list *nodes = &action->nodes;
    enum error error = record(executor, action, fault_note_of(action, nodes));
    for (uint32_t i = 0; i < nodes->count && !error; i++) {
        if (!node_actions_apply(&executor->node_actions, action->kind, nodes->nodes[i],
                                action->silently))
            continue;
        executor->last_fault[nodes->nodes[i]] = ++executor->faults;
        note_effect(executor, queued, now_ns);
        error = queue_end(executor, queued, nodes->nodes[i]);
    }
    return error;
}

static enum error cut(struct executor *executor, const struct queued_action *queued, int64_t now_ns)
{
    const struct action *action = queued->action;
    if (cuts_add(&executor->cuts, action, ++executor->faults, now_ns,
                 action_list_effect(&executor->actions, queued->index)) ||
        record(executor, action, fault_note_of(action, &no_nodes)))
        return ERROR_MEMORY;
    executor->operations->links_cut(executor->cluster);
    return queue_end(executor, queued, NODE_NONE);
}

static enum error heal(struct executor *executor, const struct queued_action *queued,
                       int64_t now_ns)
{
    enum error error = record(executor, queued->action, fault_note_of(queued->action, &no_nodes));
    if (cuts_heal_all(&executor->cuts, now_ns))
        note_effect(executor, queued, now_ns);
    executor->operations->links_healed(executor->cluster);
    return error;
}

static enum error revert_cut(struct executor *executor, const struct queued_action *queued,
                             int64_t now_ns)
{
    enum error error = OK;
    struct fault_note note = {.kind = queued->action->kind,
                              .nodes = &no_nodes,
                              .before = "heal: ",
                              .words = queued->action->text};
    if (cuts_heal(&executor->cuts, queued->fault, now_ns))
        error = record(executor, queued->action, note);
    executor->operations->links_healed(executor->cluster);
    return error;
}

static enum action_kind reverting(const struct action *action)
{
    return action->kind == ACTION_CRASH ? ACTION_RESTART : ACTION_THAW;
}

/* A node that came back by itself or by another action, or that another fault was applied to since,
 * is left as it is. */
static bool is_reverted_at_node(const struct executor *executor, const struct queued_action *queued)
{
    return executor->last_fault[queued->node] == queued->fault &&
           node_suits(executor->operations, executor->cluster, queued->node,
                      reverting(queued->action));
}

static enum error revert_at_node(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    enum action_kind kind = reverting(queued->action);
    node_id node = queued->node;
    struct node_list nodes = {.count = 1, .nodes = &node};
    char words[32];
    if (!is_reverted_at_node(executor, queued))
        return OK;
    executor->last_effect_ns = now_ns;
    snprintf(words, sizeof words, "%s n%u", kind == ACTION_RESTART ? "restart" : "thaw", node + 1);
    struct fault_note note = {.kind = queued->action->kind, .nodes = &nodes, .words = words};
    if (record(executor, queued->action, note))
        return ERROR_MEMORY;
    node_actions_apply(&executor->node_actions, kind, node, false);
    return OK;
}

/* ---- a rolling restart --------------------------------------------------------------------- */

/* Applies `kind` to the node in turn, and records it as a fault of its own. */
static enum error roll_node(struct executor *executor, const struct queued_action *queued,
                            enum action_kind kind, node_id node, int64_t now_ns)
{
    struct node_list nodes = {.count = 1, .nodes = &node};
    char words[64];
    snprintf(words, sizeof words, "rolling restart: %s n%u",
             kind == ACTION_LEAVE ? "leave" : "join", node + 1);
    struct fault_note note = {.kind = kind, .begins = kind == ACTION_LEAVE, .nodes = &nodes};
    note.words = words;
    if (record(executor, queued->action, note))
        return ERROR_MEMORY;
    node_actions_apply(&executor->node_actions, kind, node, false);
    executor->last_fault[node] = ++executor->faults;
    note_effect(executor, queued, now_ns);
    return OK;
}

/* The node does not come back: the roll leaves the others alone, and says so. */
static enum error end_roll(struct executor *executor, const struct queued_action *queued,
                           node_id node)
{
    struct node_list nodes = {.count = 1, .nodes = &node};
    char words[80];
    snprintf(words, sizeof words, "rolling restart: it ends, for n%u does not become a member",
             node + 1);
    struct fault_note note = {.kind = ACTION_JOIN, .nodes = &nodes, .words = words};
    return record(executor, queued->action, note);
}

static enum error rolling_restart(struct executor *executor, const struct queued_action *queued,
                                  int64_t now_ns)
{
    struct queued_action next = *queued;
    struct rolling_step step;
    enum error error = OK;
    do {
        step = rolling_next(executor->operations, executor->cluster, executor->nodes,
                            executor->suspect_ns, &next, now_ns);
        if (step.kind == ROLLING_APPLY)
            error = roll_node(executor, queued, step.action, step.node, now_ns);
    } while (step.kind == ROLLING_APPLY && !error);
    if (!error && step.kind == ROLLING_STALLED)
        error = end_roll(executor, queued, step.node);
    if (error || step.kind != ROLLING_WAIT)
        return error;
    next.at_ns = now_ns + step.wait_ns;
    return action_queue_add(&executor->queue, next);
}

/* ---- chaos --------------------------------------------------------------------------------- */

static struct target_search search_for(const struct executor *executor,
                                       const struct queued_action *queued)
{
    return (struct target_search){.operations = executor->operations,
                                  .node_actions = &executor->node_actions,
                                  .cluster = executor->cluster,
                                  .nodes = executor->nodes,
                                  .seed = changes_seed(&executor->changes),
                                  .key = action_list_key(&executor->actions, queued->index),
                                  .repeat = queued->repeat};
}

static enum error queue_strike(struct executor *executor, const struct queued_action *queued,
                               int64_t now_ns)
{
    struct queued_action next = *queued;
    next.at_ns = now_ns + chaos_gap_ns(queued->action, search_for(executor, queued));
    next.repeat++;
    return next.at_ns < queued->action->as.chaos.until_ns ? action_queue_add(&executor->queue, next)
                                                          : OK;
}

/* The first time it makes no strike: it begins. */
static enum error go_on_with_chaos(struct executor *executor, const struct queued_action *queued,
                                   int64_t now_ns)
{
    struct queued_action begun = *queued;
    const struct action *strike = NULL;
    uint32_t index;
    if (!queued->action->as.chaos.per_1000_s || chaos_is_void(&executor->chaos, queued))
        return OK;
    if (!queued->repeat)
        return chaos_begin(&executor->chaos, &begun) ? ERROR_MEMORY
                                                     : queue_strike(executor, &begun, now_ns);
    if (chaos_strike(queued->action, search_for(executor, queued), now_ns, executor->arena,
                     &strike) ||
        (strike && add(executor, strike, &index)))
        return ERROR_MEMORY;
    if (strike)
        action_list_stand_for(&executor->actions, index, queued->index);
    return queue_strike(executor, queued, now_ns);
}

/* The strikes to come were drawn from the seed before. */
static enum error draw_anew(struct executor *executor, enum action_kind changed, int64_t now_ns)
{
    enum error error = OK;
    if (changed != ACTION_SEED)
        return OK;
    chaos_draw_anew(&executor->chaos);
    for (size_t i = 0; i < executor->chaos.count && !error; i++)
        error = queue_strike(executor, &executor->chaos.begun[i], now_ns);
    return error;
}

/* ---- settings ------------------------------------------------------------------------------ */

static enum error change_setting(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    const struct action *action = queued->action;
    int64_t until_ns = action->for_ns ? now_ns + action->for_ns : TIME_NEVER;
    if (!action->initial) {
        note_effect(executor, queued, now_ns);
        if (record(executor, action, fault_note_of(action, &action->nodes)))
            return ERROR_MEMORY;
    }
    if (action->kind == ACTION_CLOCK && !action->as.clock.is_rate) {
        for (uint32_t i = 0; i < action->nodes.count; i++)
            executor->operations->jump_clock(executor->cluster, action->nodes.nodes[i],
                                             action->as.clock.jump_ns);
        return OK;
    }
    if (changes_add(&executor->changes, action, ++executor->faults, until_ns))
        return ERROR_MEMORY;
    executor->operations->setting_changed(executor->cluster, action->kind);
    enum error error = queue_end(executor, queued, NODE_NONE);
    return error ? error : draw_anew(executor, action->kind, now_ns);
}

/* A change that is out of reach, since a later one holds wherever it did, has ended before. */
static enum error revert_setting(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    const struct action *action = queued->action;
    if (!changes_end(&executor->changes, action->kind, queued->fault))
        return OK;
    executor->last_effect_ns = now_ns;
    struct fault_note note = {.kind = action->kind,
                              .nodes = &action->nodes,
                              .amount = changes_amount(&executor->changes, action),
                              .before = "ends: ",
                              .words = action->text};
    if (record(executor, action, note))
        return ERROR_MEMORY;
    executor->operations->setting_changed(executor->cluster, action->kind);
    return draw_anew(executor, action->kind, now_ns);
}

/* ---- requests ------------------------------------------------------------------------------ */

static void connect_nodes(struct executor *executor, const struct action *action)
{
    for (uint32_t i = 0; i < action->nodes.count; i++)
        node_actions_connect(&executor->node_actions, action->nodes.nodes[i]);
}

static void make_requests(struct executor *executor, const struct queued_action *queued)
{
    const struct action *action = queued->action;
    const struct node_list *from = &action->as.request.from;
    for (uint32_t i = 0; i < from->count; i++)
        for (uint32_t j = 0; j < action->as.request.count; j++)
            executor->operations->request(
                executor->cluster, from->nodes[i], &action->as.request.ids[j],
                request_tag(action, queued->repeat, i, j), action->as.request.timeout_ns);
}

/* They begin when they were to: a real action may come late. */
static enum error add_clients(struct executor *executor, const struct queued_action *queued)
{
    struct workload workload = {.action = queued->action,
                                .from = queued->action->as.load.from,
                                .seed = changes_seed(&executor->changes),
                                .key = action_list_key(&executor->actions, queued->index),
                                .from_ns = queued->at_ns,
                                .nodes = executor->nodes};
    if (executor->observer)
        executor->observer->loaded(executor->observer, &workload);
    return executor->operations->add_clients(executor->cluster, &workload);
}

/* ---- one action ---------------------------------------------------------------------------- */

static void observe(struct executor *executor, const struct action *written,
                    const struct queued_action *queued, int64_t now_ns)
{
    struct executor_observer *observer = executor->observer;
    if (observer)
        observer->applied(observer, written, queued->action, queued->repeat, now_ns);
}

static enum error wait_for_message(struct executor *executor, const struct queued_action *queued,
                                   int64_t now_ns)
{
    observe(executor, queued->action, queued, now_ns);
    return triggers_add(&executor->triggers, queued);
}

enum error executor_saw(struct executor *executor, enum message_kind kind, node_id from, node_id to,
                        int64_t now_ns)
{
    return triggers_take(&executor->triggers, kind, from, to, now_ns, &executor->queue);
}

/* That its message came is the effect of what is no fault. */
static void note_message(struct executor *executor, const struct queued_action *queued)
{
    enum action_group group = action_group(queued->action->kind);
    if (queued->is_triggered && group != ACTS_ON_NODES && group != ACTS_ON_LINKS)
        atomic_store_explicit(action_list_effect(&executor->actions, queued->index), true,
                              memory_order_relaxed);
}

static enum error apply(struct executor *executor, const struct queued_action *queued,
                        const struct action *written, int64_t now_ns)
{
    if (!queued->is_triggered)
        observe(executor, written, queued, now_ns);
    switch (queued->action->kind) {
    case ACTION_CONNECT:
        connect_nodes(executor, queued->action);
        return OK;
    case ACTION_REQUEST:
        make_requests(executor, queued);
        return OK;
    case ACTION_CLIENTS:
    case ACTION_REQUESTS:
        return add_clients(executor, queued);
    case ACTION_CRASH:
    case ACTION_RESTART:
    case ACTION_FREEZE:
    case ACTION_THAW:
    case ACTION_LEAVE:
    case ACTION_JOIN:
        return apply_to_nodes(executor, queued, now_ns);
    case ACTION_ROLLING:
        return rolling_restart(executor, queued, now_ns);
    case ACTION_CUT:
    case ACTION_PARTITION:
        return cut(executor, queued, now_ns);
    case ACTION_HEAL:
        return heal(executor, queued, now_ns);
    case ACTION_CHAOS:
        return go_on_with_chaos(executor, queued, now_ns);
    case ACTION_EXPECT:
        return OK;
    default:
        return change_setting(executor, queued, now_ns);
    }
}

static enum error revert(struct executor *executor, const struct queued_action *queued,
                         int64_t now_ns)
{
    if (action_group(queued->action->kind) == ACTS_ON_SETTING)
        return revert_setting(executor, queued, now_ns);
    return queued->node == NODE_NONE ? revert_cut(executor, queued, now_ns)
                                     : revert_at_node(executor, queued, now_ns);
}

/* Whether this end of a fault or change, or this part of a rolling restart, is still to come. */
static bool is_awaited(const struct executor *executor, const struct queued_action *queued)
{
    if (!queued->reverts)
        return rolling_is_under_way(queued);
    if (action_group(queued->action->kind) == ACTS_ON_SETTING)
        return changes_have(&executor->changes, queued->action->kind, queued->fault);
    return queued->node == NODE_NONE ? cuts_has_effect(&executor->cuts, queued->fault)
                                     : is_reverted_at_node(executor, queued);
}

int64_t executor_quiet_ns(const struct executor *executor)
{
    const struct queued_action *queued = executor->queue.heap.items;
    for (size_t i = 0; i < executor->queue.heap.count; i++)
        if (is_awaited(executor, &queued[i]))
            return TIME_NEVER;
    return max_i64(executor->last_effect_ns, cuts_last_effect_ns(&executor->cuts));
}

enum error executor_apply(struct executor *executor, const struct queued_action *queued,
                          int64_t now_ns)
{
    if (queued->reverts)
        return revert(executor, queued, now_ns);
    if (rolling_is_under_way(queued))
        return rolling_restart(executor, queued, now_ns);
    if (queued->action->trigger.nth && !queued->is_triggered)
        return wait_for_message(executor, queued, now_ns);
    note_message(executor, queued);
    if (queue_repetition(executor, queued))
        return ERROR_MEMORY;
    if (targets_are_known(queued->action))
        return apply(executor, queued, queued->action, now_ns);
    struct queued_action now = *queued;
    struct arena *arena = is_kept(queued->action) ? executor->arena : arena_new();
    now.action = targets_resolve(search_for(executor, queued), queued->action, arena);
    enum error error = now.action ? apply(executor, &now, queued->action, now_ns) : ERROR_MEMORY;
    if (arena != executor->arena)
        arena_delete(arena);
    return error;
}
