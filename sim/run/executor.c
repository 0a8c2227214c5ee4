#include "run/executor.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "node/id.h"
#include "trace/fault.h"

#include <stdio.h>

/* An action of this run. */
struct added_action {
    uint32_t same;               /* of the first one with its words and time: how many there are */
    atomic_bool has_effect;      /* of a fault */
    uint64_t key;                /* its draws are keyed by it */
    const struct action *action; /* NULL: there was no memory to add it */
};

enum error executor_init(struct executor *executor, const struct executor_setup *setup)
{
    *executor = (struct executor){.operations = setup->operations,
                                  .cluster = setup->cluster,
                                  .seed = setup->seed,
                                  .nodes = setup->nodes};
    action_queue_init(&executor->queue);
    cuts_init(&executor->cuts, setup->nodes, setup->drops_come_late);
    pool_init(&executor->added, sizeof(struct added_action));
    hash_map_init(&executor->by_words);
    executor->last_fault = memory_zeroed(setup->nodes * sizeof *executor->last_fault);
    return executor->last_fault ? OK : ERROR_MEMORY;
}

void executor_close(struct executor *executor)
{
    action_queue_close(&executor->queue);
    cuts_close(&executor->cuts);
    pool_close(&executor->added);
    hash_map_close(&executor->by_words);
    memory_free(executor->last_fault);
}

/* ---- adding -------------------------------------------------------------------------------- */

static struct added_action *added_at(const struct executor *executor, uint32_t index)
{
    return pool_at(&executor->added, index);
}

static inline bool is_same(const void *executor, uint32_t slot, const void *key)
{
    const struct action *action = key, *other = added_at(executor, slot)->action;
    return other->at_ns == action->at_ns && strcmp(other->text, action->text) == 0;
}

static struct added_action *find_same(const struct executor *executor, uint64_t hash,
                                      const struct action *action)
{
    uint32_t slot = hash_map_find(&executor->by_words, hash, is_same, executor, action);
    return slot == HASH_MAP_NONE ? NULL : added_at(executor, slot);
}

enum error executor_add(struct executor *executor, const struct action *action)
{
    uint32_t index = pool_take(&executor->added);
    if (index == POOL_NONE)
        return ERROR_MEMORY;
    struct text words = text_borrow(action->text, strlen(action->text));
    uint64_t hash = random_mix(id_hash(&words) ^ random_mix((uint64_t)action->at_ns));
    struct queued_action queued = {.at_ns = action->at_ns, .action = action, .index = index};
    struct added_action *added = added_at(executor, index);
    struct added_action *first = find_same(executor, hash, action);
    added->action = action;
    added->key = random_mix(hash ^ random_mix(first ? first->same++ : added->same++));
    if (!first && hash_map_add(&executor->by_words, hash, index))
        goto give_slot;
    if (action_queue_add(&executor->queue, queued))
        goto remove_words;
    return OK;
remove_words:
    if (!first)
        hash_map_remove(&executor->by_words, hash, index);
give_slot:
    added->action = NULL;
    pool_give(&executor->added, index);
    return ERROR_MEMORY;
}

enum error executor_add_plan(struct executor *executor, const struct plan *plan)
{
    for (size_t i = 0; i < plan->actions_count; i++)
        if (executor_add(executor, &plan->actions[i]))
            return ERROR_MEMORY;
    return OK;
}

const struct action *executor_action(const struct executor *executor, uint32_t index)
{
    return index < executor->added.used ? added_at(executor, index)->action : NULL;
}

/* ---- what becomes of an action ------------------------------------------------------------- */

static void note_effect(struct executor *executor, const struct queued_action *queued,
                        int64_t now_ns)
{
    executor->last_effect_ns = now_ns;
    atomic_store_explicit(&added_at(executor, queued->index)->has_effect, true,
                          memory_order_relaxed);
}

static bool of_some_links(const struct action *action)
{
    switch (action->kind) {
    case ACTION_LATENCY:
    case ACTION_LOSS:
    case ACTION_DUPLICATE:
    case ACTION_REORDER:
        return action->as.set.some_links;
    default:
        return false;
    }
}

static void put_link_set(struct string_builder *data, const struct link_set *link)
{
    node_runs_put(data, link->from.nodes, link->from.count);
    node_runs_put(data, link->to.nodes, link->to.count);
    string_builder_add_char(data, link->both);
}

static void put_links(struct string_builder *data, const struct action *action)
{
    if (action->kind == ACTION_CUT) {
        put_link_set(data, &action->as.link);
    } else if (action_group(action->kind) == ACTS_ON_SETTING) {
        string_builder_add_char(data, of_some_links(action));
        if (of_some_links(action))
            put_link_set(data, &action->as.set.link);
    } else if (action->kind == ACTION_PARTITION) {
        varint_put(data, action->as.partition.count);
        for (uint32_t i = 0; i < action->as.partition.count; i++)
            node_runs_put(data, action->as.partition.groups[i].nodes,
                          action->as.partition.groups[i].count);
    }
}

static const struct {
    enum fault_kind kind;
    bool begins; /* else the action ends another one's fault */
} faults[ACTIONS_COUNT] = {
    [ACTION_CRASH] = {FAULT_CRASH, true},
    [ACTION_RESTART] = {FAULT_RESTART, false},
    [ACTION_FREEZE] = {FAULT_FREEZE, true},
    [ACTION_THAW] = {FAULT_THAW, false},
    [ACTION_LEAVE] = {FAULT_LEAVE, true},
    [ACTION_JOIN] = {FAULT_JOIN, false},
    [ACTION_CUT] = {FAULT_CUT, true},
    [ACTION_HEAL] = {FAULT_HEAL, false},
    [ACTION_PARTITION] = {FAULT_PARTITION, true},
};

static const enum set_kind sets[ACTIONS_COUNT] = {
    [ACTION_LOAD] = SET_LOAD,       [ACTION_LOAD_FAIL] = SET_LOAD_FAIL,
    [ACTION_WORK] = SET_WORK,       [ACTION_LATENCY] = SET_LATENCY,
    [ACTION_LOSS] = SET_LOSS,       [ACTION_DUPLICATE] = SET_DUPLICATE,
    [ACTION_REORDER] = SET_REORDER, [ACTION_CLOCK] = SET_CLOCK,
    [ACTION_SEED] = SET_SEED,
};

/* What a setting is set to, where that is one number. */
static int64_t set_amount(const struct action *action)
{
    switch (action->kind) {
    case ACTION_LOAD_FAIL:
    case ACTION_LOSS:
    case ACTION_DUPLICATE:
        return action->as.set.ppb;
    case ACTION_REORDER:
        return action->as.set.on;
    default:
        return 0;
    }
}

/* Records that the action's fault or change begins or ends, at these nodes, in these words. */
static enum error record_fault(struct executor *executor, const struct queued_action *queued,
                               const struct node_list *nodes, const char *words)
{
    const struct action *action = queued->action;
    bool is_set = action_group(action->kind) == ACTS_ON_SETTING;
    struct string_builder data = {0};
    struct record record = record_of(is_set ? RECORD_SET : RECORD_FAULT);
    node_runs_put(&data, nodes->nodes, nodes->count);
    put_links(&data, action);
    if (data.failed) {
        string_builder_close(&data);
        return ERROR_MEMORY;
    }
    record.line = action->line;
    record.code = is_set ? (uint8_t)sets[action->kind] : (uint8_t)faults[action->kind].kind;
    record.number = (is_set || faults[action->kind].begins) && !queued->reverts;
    record.amount = is_set ? set_amount(action) : 0;
    record.id = text_borrow(data.text, data.size);
    record.value = text_borrow(words, strlen(words));
    executor->operations->record(executor->cluster, &record);
    string_builder_close(&data);
    return OK;
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

/* The end of the latest fault, if it lasts for a time: at a node, or of links (NODE_NONE). */
static enum error queue_end(struct executor *executor, const struct queued_action *queued,
                            int64_t now_ns, node_id node)
{
    struct queued_action end = *queued;
    if (!queued->action->for_ns)
        return OK;
    end.at_ns = now_ns + queued->action->for_ns;
    end.reverts = true;
    end.node = node;
    end.fault = executor->faults;
    return action_queue_add(&executor->queue, end);
}

static bool is_fault(const struct action *action)
{
    enum action_group group = action_group(action->kind);
    return group == ACTS_ON_NODES || group == ACTS_ON_LINKS;
}

static bool is_missed(const struct added_action *added)
{
    return added->action && is_fault(added->action) && !added->action->may_miss &&
           !atomic_load_explicit(&added->has_effect, memory_order_relaxed);
}

size_t executor_missed(const struct executor *executor, const struct action **missed, size_t most)
{
    size_t count = 0;
    for (uint32_t i = 0; i < executor->added.used; i++) {
        const struct added_action *added = added_at(executor, i);
        if (!is_missed(added))
            continue;
        if (count < most)
            missed[count] = added->action;
        count++;
    }
    return count;
}

/* ---- which nodes --------------------------------------------------------------------------- */

/* Whether an action of this kind would do something to the node: `any` is one of those. */
static bool suits(const struct executor *executor, node_id node, enum action_kind kind)
{
    enum liveness liveness = executor->operations->liveness(executor->cluster, node);
    switch (kind) {
    case ACTION_CLOCK:
        return true;
    case ACTION_RESTART:
    case ACTION_JOIN:
        return liveness == LIVENESS_DOWN;
    case ACTION_THAW:
        return liveness == LIVENESS_FROZEN;
    case ACTION_FREEZE:
    case ACTION_LEAVE:
        return liveness == LIVENESS_UP;
    default:
        return liveness != LIVENESS_DOWN;
    }
}

static node_id draw_node(const struct executor *executor, const struct queued_action *queued)
{
    enum action_kind kind = queued->action->kind;
    uint64_t key =
        random_key(executor->seed, PURPOSE_ANY_NODE, added_at(executor, queued->index)->key);
    uint32_t suitable = 0;
    for (node_id node = 0; node < executor->nodes; node++)
        suitable += suits(executor, node, kind);
    if (!suitable && kind == ACTION_REQUEST)
        return 0; /* all are down: it ends with `caller-lost` */
    if (!suitable)
        return NODE_NONE;
    uint64_t rank = random_below(random_draw(key, queued->repeat), suitable);
    for (node_id node = 0;; node++)
        if (suits(executor, node, kind) && rank-- == 0)
            return node;
}

/* The list itself, or, where it says `any`, one node drawn into *drawn, or none. */
static struct node_list resolve(const struct executor *executor, const struct queued_action *queued,
                                const struct node_list *list, node_id *drawn)
{
    if (!list->any)
        return *list;
    *drawn = draw_node(executor, queued);
    return (struct node_list){.count = *drawn != NODE_NONE, .nodes = drawn};
}

/* ---- faults -------------------------------------------------------------------------------- */

static const struct node_list no_nodes = {0};

static bool apply_to_node(struct executor *executor, enum action_kind kind, node_id node)
{
    const struct cluster_operations *operations = executor->operations;
    if (!suits(executor, node, kind))
        return false;
    switch (kind) {
    case ACTION_CRASH:
        return operations->crash(executor->cluster, node);
    case ACTION_RESTART:
        return operations->start(executor->cluster, node, false);
    case ACTION_FREEZE:
        return operations->freeze(executor->cluster, node);
    case ACTION_THAW:
        return operations->thaw(executor->cluster, node);
    case ACTION_LEAVE:
        return operations->leave(executor->cluster, node);
    case ACTION_JOIN:
        return operations->start(executor->cluster, node, true);
    default:
        must(false && "an action on nodes");
    }
}

static enum error apply_to_nodes(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    node_id drawn;
    struct node_list nodes = resolve(executor, queued, &queued->action->nodes, &drawn);
    enum error error = record_fault(executor, queued, &nodes, queued->action->text);
    executor->faults++;
    for (uint32_t i = 0; i < nodes.count && !error; i++) {
        if (!apply_to_node(executor, queued->action->kind, nodes.nodes[i]))
            continue;
        executor->last_fault[nodes.nodes[i]] = executor->faults;
        note_effect(executor, queued, now_ns);
        error = queue_end(executor, queued, now_ns, nodes.nodes[i]);
    }
    return error;
}

static enum error cut(struct executor *executor, const struct queued_action *queued, int64_t now_ns)
{
    if (cuts_add(&executor->cuts, queued->action, ++executor->faults, now_ns,
                 &added_at(executor, queued->index)->has_effect) ||
        record_fault(executor, queued, &no_nodes, queued->action->text))
        return ERROR_MEMORY;
    executor->operations->links_cut(executor->cluster);
    return queue_end(executor, queued, now_ns, NODE_NONE);
}

static enum error heal(struct executor *executor, const struct queued_action *queued,
                       int64_t now_ns)
{
    enum error error = record_fault(executor, queued, &no_nodes, queued->action->text);
    if (cuts_heal_all(&executor->cuts, now_ns))
        note_effect(executor, queued, now_ns);
    executor->operations->links_healed(executor->cluster);
    return error;
}

static enum error revert_cut(struct executor *executor, const struct queued_action *queued,
                             int64_t now_ns)
{
    enum error error = OK;
    char words[256];
    snprintf(words, sizeof words, "heal: %.200s", queued->action->text);
    if (cuts_heal(&executor->cuts, queued->fault, now_ns))
        error = record_fault(executor, queued, &no_nodes, words);
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
           suits(executor, queued->node, reverting(queued->action));
}

static enum error revert_at_node(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    bool crashed = queued->action->kind == ACTION_CRASH;
    node_id node = queued->node;
    struct node_list nodes = {.count = 1, .nodes = &node};
    char words[32];
    if (!is_reverted_at_node(executor, queued))
        return OK;
    executor->last_effect_ns = now_ns;
    snprintf(words, sizeof words, "%s n%u", crashed ? "restart" : "thaw", node + 1);
    if (record_fault(executor, queued, &nodes, words))
        return ERROR_MEMORY;
    apply_to_node(executor, reverting(queued->action), node);
    return OK;
}

/* Whether this end of a fault is still to come. */
static bool is_awaited(const struct executor *executor, const struct queued_action *queued)
{
    if (!queued->reverts)
        return false;
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

/* ---- requests and settings ----------------------------------------------------------------- */

static void connect_nodes(struct executor *executor, const struct queued_action *queued)
{
    node_id drawn;
    struct node_list nodes = resolve(executor, queued, &queued->action->nodes, &drawn);
    for (uint32_t i = 0; i < nodes.count; i++)
        if (executor->operations->liveness(executor->cluster, nodes.nodes[i]) == LIVENESS_UP)
            executor->operations->connect(executor->cluster, nodes.nodes[i]);
}

static void make_requests(struct executor *executor, const struct queued_action *queued)
{
    const struct action *action = queued->action;
    node_id drawn;
    struct node_list from = resolve(executor, queued, &action->as.request.from, &drawn);
    for (uint32_t i = 0; i < from.count; i++)
        for (uint32_t j = 0; j < action->as.request.count; j++)
            executor->operations->request(executor->cluster, from.nodes[i],
                                          &action->as.request.ids[j],
                                          request_tag(action, queued->repeat, i, j));
}

static enum error add_clients(struct executor *executor, const struct queued_action *queued)
{
    struct workload workload = {.action = queued->action,
                                .seed = executor->seed,
                                .key = added_at(executor, queued->index)->key,
                                .nodes = executor->nodes};
    return executor->operations->add_clients(executor->cluster, &workload);
}

static enum error change_setting(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    node_id drawn;
    struct node_list nodes = resolve(executor, queued, &queued->action->nodes, &drawn);
    if (!queued->action->initial) {
        note_effect(executor, queued, now_ns);
        if (record_fault(executor, queued, &nodes, queued->action->text))
            return ERROR_MEMORY;
    }
    return executor->operations->change_setting(executor->cluster, queued->action, &nodes);
}

/* ---- one action ---------------------------------------------------------------------------- */

static enum error apply(struct executor *executor, const struct queued_action *queued,
                        int64_t now_ns)
{
    switch (queued->action->kind) {
    case ACTION_CONNECT:
        connect_nodes(executor, queued);
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
    case ACTION_CUT:
    case ACTION_PARTITION:
        return cut(executor, queued, now_ns);
    case ACTION_HEAL:
        return heal(executor, queued, now_ns);
    case ACTION_EXPECT:
        return OK;
    default:
        return change_setting(executor, queued, now_ns);
    }
}

enum error executor_apply(struct executor *executor, const struct queued_action *queued,
                          int64_t now_ns)
{
    if (queued->reverts)
        return queued->node == NODE_NONE ? revert_cut(executor, queued, now_ns)
                                         : revert_at_node(executor, queued, now_ns);
    enum error error = queue_repetition(executor, queued);
    return error ? error : apply(executor, queued, now_ns);
}
