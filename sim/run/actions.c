#include "run/actions.h"

#include "base/random.h"
#include "node/id.h"

#include <stdio.h>

bool action_is_fault(const struct action *action)
{
    return action->kind >= ACTION_CRASH && action->kind <= ACTION_HEAL;
}

void actions_init(struct actions *actions, uint64_t seed, uint32_t nodes)
{
    *actions = (struct actions){.seed = seed, .nodes = nodes};
    action_queue_init(&actions->action_queue);
    pool_init(&actions->pool, sizeof(struct tracked_action));
    table_init(&actions->by_words);
}

void actions_close(struct actions *actions)
{
    action_queue_close(&actions->action_queue);
    pool_close(&actions->pool);
    table_close(&actions->by_words);
}

struct tracked_action *actions_of(const struct actions *actions, uint32_t index)
{
    return pool_at(&actions->pool, index);
}

/* The first tracked action with the same words and time, or NULL. */
static struct tracked_action *find_same(const struct actions *actions, uint64_t hash,
                                        const struct action *action)
{
    struct probe probe = table_probe(&actions->by_words, hash);
    for (uint32_t slot; (slot = table_next(&actions->by_words, &probe)) != TABLE_NONE;) {
        const struct action *other = actions_of(actions, slot)->action;
        if (other->at_ns == action->at_ns && strcmp(other->text, action->text) == 0)
            return actions_of(actions, slot);
    }
    return NULL;
}

enum error actions_add(struct actions *actions, const struct action *action)
{
    uint32_t index = pool_take(&actions->pool);
    if (index == POOL_NONE)
        return ERROR_MEMORY;
    struct text words = text_borrow(action->text, strlen(action->text));
    uint64_t hash = random_mix(id_hash(&words) ^ random_mix((uint64_t)action->at_ns));
    struct item item = {.at_ns = action->at_ns, .action = action, .index = index};
    struct tracked_action *tracked_action = actions_of(actions, index);
    struct tracked_action *first = find_same(actions, hash, action);
    tracked_action->action = action;
    tracked_action->key =
        random_mix(hash ^ random_mix(first ? first->same++ : tracked_action->same++));
    if (!first && table_insert(&actions->by_words, hash, index))
        goto give_slot;
    if (action_queue_add(&actions->action_queue, item))
        goto remove_words;
    return OK;
remove_words:
    if (!first)
        table_remove(&actions->by_words, hash, index);
give_slot:
    tracked_action->action = NULL;
    pool_give(&actions->pool, index);
    return ERROR_MEMORY;
}

const struct action *actions_action(const struct actions *actions, uint32_t index)
{
    return index < actions->pool.used ? actions_of(actions, index)->action : NULL;
}

void actions_touch(struct actions *actions, const struct item *item)
{
    atomic_store_explicit(&actions_of(actions, item->index)->touched, true, memory_order_relaxed);
}

/* ---- later --------------------------------------------------------------------------------- */

enum error actions_repeat_later(struct actions *actions, const struct item *item)
{
    struct item again = *item;
    again.at_ns += item->action->period_ns;
    again.repeat++;
    if (!item->action->period_ns || again.at_ns >= item->action->until_ns)
        return OK;
    return action_queue_add(&actions->action_queue, again);
}

enum error actions_end_later(struct actions *actions, const struct item *item, int64_t now_ns,
                             node_id node)
{
    struct item end = *item;
    if (!item->action->for_ns)
        return OK;
    end.at_ns = now_ns + item->action->for_ns;
    end.ends_fault = true;
    end.node = node;
    end.strike = actions->strikes;
    return action_queue_add(&actions->action_queue, end);
}

/* ---- which nodes --------------------------------------------------------------------------- */

static uint64_t node_key(const struct actions *actions, const struct item *item)
{
    return random_key(actions->seed, PURPOSE_ANY_NODE, actions_of(actions, item->index)->key);
}

static node_id draw_node(const struct actions *actions, const struct item *item,
                         bool (*suits)(void *context, node_id node, enum action_kind kind),
                         void *context)
{
    enum action_kind kind = item->action->kind;
    uint32_t suitable = 0;
    for (node_id node = 0; node < actions->nodes; node++)
        suitable += suits(context, node, kind);
    if (!suitable && kind == ACTION_REQUEST)
        return 0; /* nobody is there: it ends with `caller-lost` */
    if (!suitable)
        return NODE_NONE;
    uint64_t rank = random_below(random_draw(node_key(actions, item), item->repeat), suitable);
    for (node_id node = 0;; node++)
        if (suits(context, node, kind) && rank-- == 0)
            return node;
}

struct node_list actions_nodes(const struct actions *actions, const struct item *item,
                               const struct node_list *list, node_id *drawn,
                               bool (*suits)(void *context, node_id node, enum action_kind kind),
                               void *context)
{
    if (!list->any)
        return *list;
    *drawn = draw_node(actions, item, suits, context);
    return (struct node_list){.count = *drawn != NODE_NONE, .nodes = drawn};
}

/* ---- clients ------------------------------------------------------------------------------- */

static void spread_clients(const struct actions *actions, const struct item *item,
                           void (*add)(void *context, node_id node, struct client client),
                           void *context)
{
    const struct action *action = item->action;
    const struct node_list *from = &action->as.load.from;
    uint64_t key = node_key(actions, item);
    uint64_t count = (uint64_t)action->as.load.clients * (from->any ? 1 : from->count);
    for (uint64_t i = 0; i < count; i++) {
        node_id node = from->any ? (node_id)random_below(random_draw(key, i), actions->nodes)
                                 : from->nodes[i / action->as.load.clients];
        add(context, node,
            client_closed(action, actions->seed, actions_of(actions, item->index)->key, i));
    }
}

/* Requests that come at random and go to nodes at random are, at each node, requests that come at
 * random at its share of the rate: so each node can make its own. */
static void spread_sources(const struct actions *actions, const struct item *item,
                           void (*add)(void *context, node_id node, struct client client),
                           void *context)
{
    const struct action *action = item->action;
    const struct node_list *from = &action->as.load.from;
    uint32_t count = from->any ? actions->nodes : from->count;
    for (uint32_t i = 0; i < count; i++) {
        node_id node = from->any ? i : from->nodes[i];
        add(context, node,
            client_open(action, actions->seed, actions_of(actions, item->index)->key, node, count));
    }
}

void actions_clients(const struct actions *actions, const struct item *item,
                     void (*add)(void *context, node_id node, struct client client), void *context)
{
    if (item->action->kind == ACTION_CLIENTS)
        spread_clients(actions, item, add, context);
    else
        spread_sources(actions, item, add, context);
}

/* ---- faults -------------------------------------------------------------------------------- */

struct tracked_action_words actions_end_words(const struct item *item)
{
    struct tracked_action_words words;
    const char *verb = item->action->kind == ACTION_CRASH ? "restart" : "thaw";
    if (item->node == NODE_NONE)
        snprintf(words.text, sizeof words.text, "heal: %.200s", item->action->text);
    else
        snprintf(words.text, sizeof words.text, "%s n%u", verb, item->node + 1);
    return words;
}

struct record actions_fault(const struct item *item, const char *words, int64_t t_ns, uint16_t step)
{
    struct record record = record_of(RECORD_FAULT);
    record.t_ns = t_ns;
    record.clock_ns = t_ns;
    record.step = step;
    record.line = item->action->line;
    record.value = text_borrow(words, strlen(words));
    return record;
}

static bool missed_all(const struct tracked_action *tracked_action)
{
    return tracked_action->action && action_is_fault(tracked_action->action) &&
           !tracked_action->action->may_miss &&
           !atomic_load_explicit(&tracked_action->touched, memory_order_relaxed);
}

size_t actions_missed(const struct actions *actions, const struct action **missed, size_t most)
{
    size_t count = 0;
    for (uint32_t i = 0; i < actions->pool.used; i++) {
        const struct tracked_action *tracked_action = actions_of(actions, i);
        if (!missed_all(tracked_action))
            continue;
        if (count < most)
            missed[count] = tracked_action->action;
        count++;
    }
    return count;
}
