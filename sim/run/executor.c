#include "run/executor.h"

#include "base/bits.h"
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
    *executor = (struct executor){
        .operations = setup->operations, .cluster = setup->cluster, .nodes = setup->nodes};
    action_queue_init(&executor->queue);
    cuts_init(&executor->cuts, setup->nodes, setup->drops_come_late);
    changes_init(&executor->changes, setup->settings, setup->nodes);
    pool_init(&executor->added, sizeof(struct added_action));
    hash_map_init(&executor->by_words);
    executor->last_fault = memory_zeroed(setup->nodes * sizeof *executor->last_fault);
    executor->arena = arena_new();
    return executor->last_fault && executor->arena ? OK : ERROR_MEMORY;
}

void executor_close(struct executor *executor)
{
    action_queue_close(&executor->queue);
    cuts_close(&executor->cuts);
    changes_close(&executor->changes);
    pool_close(&executor->added);
    hash_map_close(&executor->by_words);
    memory_free(executor->last_fault);
    arena_delete(executor->arena);
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
    added->key = random_mix(hash ^ random_mix(first ? first->same : 0));
    if (!first && hash_map_add(&executor->by_words, hash, index))
        goto give_slot;
    if (action_queue_add(&executor->queue, queued))
        goto remove_words;
    (first ? first : added)->same++;
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

static void put_link_set(struct string_builder *data, const struct link_set *link)
{
    node_runs_put(data, link->from.nodes, link->from.count);
    node_runs_put(data, link->to.nodes, link->to.count);
    string_builder_add_char(data, link->both);
}

static bool is_of_links(enum action_kind kind)
{
    return kind == ACTION_LATENCY || kind == ACTION_LOSS || kind == ACTION_DUPLICATE ||
           kind == ACTION_REORDER;
}

static bool is_of_some_links(const struct action *action)
{
    return is_of_links(action->kind) && action->as.set.some_links;
}

static void put_links(struct string_builder *data, const struct action *action)
{
    if (action->kind == ACTION_CUT) {
        put_link_set(data, &action->as.link);
    } else if (action->kind == ACTION_PARTITION) {
        varint_put(data, action->as.partition.count);
        for (uint32_t i = 0; i < action->as.partition.count; i++)
            node_runs_put(data, action->as.partition.groups[i].nodes,
                          action->as.partition.groups[i].count);
    } else if (action_group(action->kind) == ACTS_ON_SETTING) {
        string_builder_add_char(data, is_of_some_links(action));
        if (is_of_some_links(action))
            put_link_set(data, &action->as.set.link);
    }
}

/* How an action is called in records: enum fault_kind, or, for ACTS_ON_SETTING, enum set_kind. */
static const struct {
    uint8_t kind;
    bool begins; /* else the action ends another one's fault */
} names[ACTIONS_COUNT] = {
    [ACTION_CRASH] = {FAULT_CRASH, true},
    [ACTION_RESTART] = {FAULT_RESTART, false},
    [ACTION_FREEZE] = {FAULT_FREEZE, true},
    [ACTION_THAW] = {FAULT_THAW, false},
    [ACTION_LEAVE] = {FAULT_LEAVE, true},
    [ACTION_JOIN] = {FAULT_JOIN, false},
    [ACTION_CUT] = {FAULT_CUT, true},
    [ACTION_HEAL] = {FAULT_HEAL, false},
    [ACTION_PARTITION] = {FAULT_PARTITION, true},
    [ACTION_LOAD] = {SET_LOAD, true},
    [ACTION_LOAD_FAIL] = {SET_LOAD_FAIL, true},
    [ACTION_WORK] = {SET_WORK, true},
    [ACTION_LATENCY] = {SET_LATENCY, true},
    [ACTION_LOSS] = {SET_LOSS, true},
    [ACTION_DUPLICATE] = {SET_DUPLICATE, true},
    [ACTION_REORDER] = {SET_REORDER, true},
    [ACTION_CLOCK] = {SET_CLOCK, true},
    [ACTION_SEED] = {SET_SEED, true},
};

/* A FAULT or SET record: what an action of this kind does to these nodes begins or ends. */
struct note {
    enum action_kind kind;
    bool begins;
    const struct node_list *nodes;
    int64_t amount;     /* see trace/fault.h */
    const char *before; /* before the words; NULL: nothing */
    const char *words;
};

static enum error record(struct executor *executor, const struct action *action, struct note note)
{
    bool is_set = action_group(note.kind) == ACTS_ON_SETTING;
    struct string_builder data = {0}, words = {0};
    struct record record = record_of(is_set ? RECORD_SET : RECORD_FAULT);
    node_runs_put(&data, note.nodes->nodes, note.nodes->count);
    put_links(&data, action);
    string_builder_print(&words, "%s%s", note.before ? note.before : "", note.words);
    if (data.failed || words.failed) {
        string_builder_close(&data);
        string_builder_close(&words);
        return ERROR_MEMORY;
    }
    record.line = action->line;
    record.code = names[note.kind].kind;
    record.number = note.begins;
    record.amount = note.amount;
    record.id = text_borrow(data.text, data.size);
    record.value = text_borrow(words.text, words.size);
    executor->operations->record(executor->cluster, &record);
    string_builder_close(&data);
    string_builder_close(&words);
    return OK;
}

/* As the action has it, at these nodes. */
static struct note note_of(const struct action *action, const struct node_list *nodes)
{
    return (struct note){.kind = action->kind,
                         .begins = names[action->kind].begins,
                         .nodes = nodes,
                         .words = action->text};
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

/* The end of the latest fault or change, if it lasts for a time: at a node, or elsewhere
 * (NODE_NONE). */
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

/* Resolves the lists of one action: those that are known only when it happens. */
struct resolver {
    struct executor *executor;
    const struct queued_action *queued;
    struct arena *arena;
    uint32_t lists;   /* resolved so far */
    uint64_t *before; /* bits: the nodes of those */
};

/* A node drawn among those that suit and stand in no list before, or NODE_NONE. */
static node_id draw_node(const struct resolver *resolver)
{
    const struct executor *executor = resolver->executor;
    const struct queued_action *queued = resolver->queued;
    enum action_kind kind = queued->action->kind;
    uint64_t subject = added_at(executor, queued->index)->key;
    uint64_t seed = changes_seed(&executor->changes);
    if (resolver->lists)
        subject = random_mix(subject ^ resolver->lists);
    uint32_t suitable = 0;
    for (node_id node = 0; node < executor->nodes; node++)
        suitable += !bits_has(resolver->before, node) && suits(executor, node, kind);
    if (!suitable)
        return NODE_NONE;
    uint64_t bits = random_draw(random_key(seed, PURPOSE_ANY_NODE, subject), queued->repeat);
    uint64_t rank = random_below(bits, suitable);
    for (node_id node = 0;; node++)
        if (!bits_has(resolver->before, node) && suits(executor, node, kind) && rank-- == 0)
            return node;
}

static bool is_by_name(const struct node_list *list)
{
    return !list->any && !list->owner && !list->others;
}

/* All nodes that stand in no list before, or the one. */
static enum error fill_list(struct resolver *resolver, struct node_list *list)
{
    struct executor *executor = resolver->executor;
    bool others = list->others;
    node_id node = list->any     ? draw_node(resolver)
                   : list->owner ? executor->operations->owner(executor->cluster, &list->id)
                                 : NODE_NONE;
    if (node == NODE_NONE && resolver->queued->action->kind == ACTION_REQUEST)
        node = 0; /* all are down: it ends with `caller-lost` */
    *list = (struct node_list){
        .nodes = arena_take(resolver->arena, (others ? executor->nodes : 1) * sizeof node)};
    if (!list->nodes)
        return ERROR_MEMORY;
    if (!others && node != NODE_NONE)
        list->nodes[list->count++] = node;
    for (node = 0; others && node < executor->nodes; node++)
        if (!bits_has(resolver->before, node))
            list->nodes[list->count++] = node;
    return OK;
}

static enum error resolve(struct resolver *resolver, struct node_list *list)
{
    if (!is_by_name(list) && fill_list(resolver, list))
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < list->count; i++)
        bits_add(resolver->before, list->nodes[i]);
    resolver->lists++;
    return OK;
}

static enum error resolve_link(struct resolver *resolver, struct link_set *link)
{
    enum error error = resolve(resolver, &link->from);
    return error ? error : resolve(resolver, &link->to);
}

static enum error resolve_groups(struct resolver *resolver, struct action *action)
{
    size_t size = action->as.partition.count * sizeof *action->as.partition.groups;
    struct node_list *groups = arena_take(resolver->arena, size);
    if (!groups)
        return ERROR_MEMORY;
    memcpy(groups, action->as.partition.groups, size);
    action->as.partition.groups = groups;
    for (uint32_t i = 0; i < action->as.partition.count; i++)
        if (resolve(resolver, &groups[i]))
            return ERROR_MEMORY;
    return OK;
}

static enum error resolve_lists(struct resolver *resolver, struct action *action)
{
    if (action->kind == ACTION_REQUEST)
        return resolve(resolver, &action->as.request.from);
    if (action->kind == ACTION_CLIENTS || action->kind == ACTION_REQUESTS)
        return resolve(resolver, &action->as.load.from);
    if (action->kind == ACTION_CUT)
        return resolve_link(resolver, &action->as.link);
    if (action->kind == ACTION_PARTITION)
        return resolve_groups(resolver, action);
    if (is_of_links(action->kind))
        return resolve_link(resolver, &action->as.set.link);
    return resolve(resolver, &action->nodes);
}

/* Whether all its lists are known as they stand. `any` of load means all of them, each for itself.
 */
static bool is_resolved(const struct action *action)
{
    switch (action->kind) {
    case ACTION_REQUEST:
        return is_by_name(&action->as.request.from);
    case ACTION_CLIENTS:
    case ACTION_REQUESTS:
        return action->as.load.from.any || is_by_name(&action->as.load.from);
    case ACTION_CUT:
        return is_by_name(&action->as.link.from) && is_by_name(&action->as.link.to);
    case ACTION_PARTITION:
        for (uint32_t i = 0; i < action->as.partition.count; i++)
            if (!is_by_name(&action->as.partition.groups[i]))
                return false;
        return true;
    case ACTION_LATENCY:
    case ACTION_LOSS:
    case ACTION_DUPLICATE:
    case ACTION_REORDER:
        return !action->as.set.some_links ||
               (is_by_name(&action->as.set.link.from) && is_by_name(&action->as.set.link.to));
    default:
        return is_by_name(&action->nodes);
    }
}

/* Whether the nodes that it means are still to be known when it has been applied. */
static bool is_kept(const struct action *action)
{
    return action->for_ns || action->kind == ACTION_ROLLING || action->kind == ACTION_CLIENTS ||
           action->kind == ACTION_REQUESTS;
}

/* The action with the nodes that it means now: itself, or a copy, which lives as long as the arena.
 * NULL: there is no memory. */
static const struct action *resolve_action(struct executor *executor, struct arena *arena,
                                           const struct queued_action *queued)
{
    struct resolver resolver = {.executor = executor,
                                .queued = queued,
                                .arena = arena,
                                .before = bits_new(executor->nodes)};
    struct action *now = arena ? arena_take(arena, sizeof *now) : NULL;
    if (now)
        *now = *queued->action;
    bool resolved = now && resolver.before && !resolve_lists(&resolver, now);
    memory_free(resolver.before);
    return resolved ? now : NULL;
}

/* ---- faults -------------------------------------------------------------------------------- */

static const struct node_list no_nodes = {0};

static bool apply_to_node(struct executor *executor, enum action_kind kind, node_id node,
                          bool silently)
{
    const struct cluster_operations *operations = executor->operations;
    if (!suits(executor, node, kind))
        return false;
    switch (kind) {
    case ACTION_CRASH:
        return operations->crash(executor->cluster, node, silently);
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
    const struct action *action = queued->action;
    const struct node_list *nodes = &action->nodes;
    enum error error = record(executor, action, note_of(action, nodes));
    for (uint32_t i = 0; i < nodes->count && !error; i++) {
        if (!apply_to_node(executor, action->kind, nodes->nodes[i], action->silently))
            continue;
        executor->last_fault[nodes->nodes[i]] = ++executor->faults;
        note_effect(executor, queued, now_ns);
        error = queue_end(executor, queued, now_ns, nodes->nodes[i]);
    }
    return error;
}

static enum error cut(struct executor *executor, const struct queued_action *queued, int64_t now_ns)
{
    const struct action *action = queued->action;
    if (cuts_add(&executor->cuts, action, ++executor->faults, now_ns,
                 &added_at(executor, queued->index)->has_effect) ||
        record(executor, action, note_of(action, &no_nodes)))
        return ERROR_MEMORY;
    executor->operations->links_cut(executor->cluster);
    return queue_end(executor, queued, now_ns, NODE_NONE);
}

static enum error heal(struct executor *executor, const struct queued_action *queued,
                       int64_t now_ns)
{
    enum error error = record(executor, queued->action, note_of(queued->action, &no_nodes));
    if (cuts_heal_all(&executor->cuts, now_ns))
        note_effect(executor, queued, now_ns);
    executor->operations->links_healed(executor->cluster);
    return error;
}

static enum error revert_cut(struct executor *executor, const struct queued_action *queued,
                             int64_t now_ns)
{
    enum error error = OK;
    struct note note = {.kind = queued->action->kind,
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
           suits(executor, queued->node, reverting(queued->action));
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
    struct note note = {.kind = queued->action->kind, .nodes = &nodes, .words = words};
    if (record(executor, queued->action, note))
        return ERROR_MEMORY;
    apply_to_node(executor, kind, node, false);
    return OK;
}

/* ---- a rolling restart --------------------------------------------------------------------- */

/* How often it looks whether a node has gone, or is a member again. */
#define ROLLING_LOOK_NS NS_PER_MS

/* What the node in turn is waited for. */
enum rolling_stage { ROLLING_TURN, ROLLING_LEAVING, ROLLING_GONE, ROLLING_JOINING };

/* Applies `kind` to the node in turn, and records it as a fault of its own. */
static enum error roll_node(struct executor *executor, const struct queued_action *queued,
                            enum action_kind kind, node_id node, int64_t now_ns)
{
    struct node_list nodes = {.count = 1, .nodes = &node};
    char words[64];
    snprintf(words, sizeof words, "rolling restart: %s n%u",
             kind == ACTION_LEAVE ? "leave" : "join", node + 1);
    struct note note = {.kind = kind, .begins = kind == ACTION_LEAVE, .nodes = &nodes};
    note.words = words;
    if (record(executor, queued->action, note))
        return ERROR_MEMORY;
    apply_to_node(executor, kind, node, false);
    executor->last_fault[node] = ++executor->faults;
    note_effect(executor, queued, now_ns);
    return OK;
}

/* Goes on until something must be waited for: then *queued is what to look at after the time that
 * is returned, 0 if nothing is left. A node that another fault was applied to meanwhile is passed
 * over. */
static int64_t roll(struct executor *executor, struct queued_action *queued, int64_t now_ns,
                    enum error *error)
{
    const struct cluster_operations *operations = executor->operations;
    while (queued->place < queued->action->nodes.count && !*error) {
        node_id node = queued->action->nodes.nodes[queued->place];
        enum liveness liveness = operations->liveness(executor->cluster, node);
        if (queued->stage == ROLLING_TURN && liveness == LIVENESS_UP) {
            queued->stage = ROLLING_LEAVING;
            *error = roll_node(executor, queued, ACTION_LEAVE, node, now_ns);
        } else if (queued->stage == ROLLING_LEAVING && liveness == LIVENESS_UP) {
            return ROLLING_LOOK_NS;
        } else if (queued->stage == ROLLING_LEAVING && liveness == LIVENESS_DOWN) {
            queued->stage = ROLLING_GONE;
            if (queued->action->pause_ns)
                return queued->action->pause_ns;
        } else if (queued->stage == ROLLING_GONE && liveness == LIVENESS_DOWN) {
            queued->stage = ROLLING_JOINING;
            *error = roll_node(executor, queued, ACTION_JOIN, node, now_ns);
        } else if (queued->stage == ROLLING_JOINING && liveness == LIVENESS_UP &&
                   !operations->is_member(executor->cluster, node)) {
            return ROLLING_LOOK_NS;
        } else {
            queued->stage = ROLLING_TURN;
            queued->place++;
        }
    }
    return 0;
}

static enum error rolling_restart(struct executor *executor, const struct queued_action *queued,
                                  int64_t now_ns)
{
    struct queued_action next = *queued;
    enum error error = OK;
    int64_t wait_ns = roll(executor, &next, now_ns, &error);
    if (error || !wait_ns)
        return error;
    next.at_ns = now_ns + wait_ns;
    return action_queue_add(&executor->queue, next);
}

/* ---- settings ------------------------------------------------------------------------------ */

/* What the action sets, if that is one number; see trace/fault.h. */
static int64_t amount_set(const struct action *action)
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

static void jump_clocks(struct executor *executor, const struct action *action)
{
    for (uint32_t i = 0; i < action->nodes.count; i++)
        executor->operations->jump_clock(executor->cluster, action->nodes.nodes[i],
                                         action->as.clock.jump_ns);
}

/* What holds now where the action's change does, if that is one number; see trace/fault.h. */
static int64_t amount_now(const struct executor *executor, const struct action *action)
{
    const struct changes *changes = &executor->changes;
    const struct link_set *link = is_of_some_links(action) ? &action->as.set.link : NULL;
    bool somewhere = link && link->from.count && link->to.count;
    node_id node = action->nodes.count ? action->nodes.nodes[0] : 0;
    const struct setting_value *value =
        somewhere ? changes_on_link(changes, action->kind, link->from.nodes[0], link->to.nodes[0])
        : is_of_links(action->kind) ? &changes->everywhere[action->kind]
                                    : changes_at_node(changes, action->kind, node, NULL);
    return action->kind == ACTION_REORDER ? value->on : value->ppb;
}

static enum error change_setting(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    const struct action *action = queued->action;
    int64_t until_ns = action->for_ns ? now_ns + action->for_ns : TIME_NEVER;
    struct note note = note_of(action, &action->nodes);
    note.amount = amount_set(action);
    if (!action->initial) {
        note_effect(executor, queued, now_ns);
        if (record(executor, action, note))
            return ERROR_MEMORY;
    }
    if (action->kind == ACTION_CLOCK && !action->as.clock.is_rate) {
        jump_clocks(executor, action);
        return OK;
    }
    if (changes_add(&executor->changes, action, ++executor->faults, until_ns))
        return ERROR_MEMORY;
    executor->operations->setting_changed(executor->cluster, action->kind);
    return queue_end(executor, queued, now_ns, NODE_NONE);
}

/* A change that is out of reach, since a later one holds wherever it did, has ended before. */
static enum error revert_setting(struct executor *executor, const struct queued_action *queued,
                                 int64_t now_ns)
{
    const struct action *action = queued->action;
    if (!changes_end(&executor->changes, action->kind, queued->fault))
        return OK;
    executor->last_effect_ns = now_ns;
    struct note note = {.kind = action->kind,
                        .nodes = &action->nodes,
                        .amount = amount_now(executor, action),
                        .before = "ends: ",
                        .words = action->text};
    if (record(executor, action, note))
        return ERROR_MEMORY;
    executor->operations->setting_changed(executor->cluster, action->kind);
    return OK;
}

/* ---- requests ------------------------------------------------------------------------------ */

static void connect_nodes(struct executor *executor, const struct action *action)
{
    for (uint32_t i = 0; i < action->nodes.count; i++)
        if (executor->operations->liveness(executor->cluster, action->nodes.nodes[i]) ==
            LIVENESS_UP)
            executor->operations->connect(executor->cluster, action->nodes.nodes[i]);
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
                                .key = added_at(executor, queued->index)->key,
                                .from_ns = queued->at_ns,
                                .nodes = executor->nodes};
    return executor->operations->add_clients(executor->cluster, &workload);
}

/* ---- one action ---------------------------------------------------------------------------- */

static enum error apply(struct executor *executor, const struct queued_action *queued,
                        int64_t now_ns)
{
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
        return queued->stage != ROLLING_TURN;
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
    if (queued->stage != ROLLING_TURN)
        return rolling_restart(executor, queued, now_ns);
    if (queue_repetition(executor, queued))
        return ERROR_MEMORY;
    if (is_resolved(queued->action))
        return apply(executor, queued, now_ns);
    struct queued_action now = *queued;
    struct arena *arena = is_kept(queued->action) ? executor->arena : arena_new();
    now.action = resolve_action(executor, arena, queued);
    enum error error = now.action ? apply(executor, &now, now_ns) : ERROR_MEMORY;
    if (arena != executor->arena)
        arena_delete(arena);
    return error;
}
