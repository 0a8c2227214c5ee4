#include "scenario/deeds.h"

#include "core/id.h"
#include "core/random.h"

#include <stdio.h>

bool action_is_fault(const struct action *action)
{
    return action->kind >= ACTION_CRASH && action->kind <= ACTION_HEAL;
}

void deeds_init(struct deeds *deeds, uint64_t seed, uint32_t nodes)
{
    *deeds = (struct deeds){.seed = seed, .nodes = nodes};
    agenda_init(&deeds->agenda);
    pool_init(&deeds->pool, sizeof(struct deed));
    table_init(&deeds->by_words);
}

void deeds_close(struct deeds *deeds)
{
    agenda_close(&deeds->agenda);
    pool_close(&deeds->pool);
    table_close(&deeds->by_words);
}

struct deed *deeds_of(const struct deeds *deeds, uint32_t index)
{
    return pool_at(&deeds->pool, index);
}

/* The first deed with the same words and time, or NULL. */
static struct deed *find_same(const struct deeds *deeds, uint64_t hash, const struct action *action)
{
    struct probe probe = table_probe(&deeds->by_words, hash);
    for (uint32_t slot; (slot = table_next(&deeds->by_words, &probe)) != TABLE_NONE;) {
        const struct action *other = deeds_of(deeds, slot)->action;
        if (other->at_ns == action->at_ns && strcmp(other->text, action->text) == 0)
            return deeds_of(deeds, slot);
    }
    return NULL;
}

enum error deeds_add(struct deeds *deeds, const struct action *action)
{
    uint32_t index = pool_take(&deeds->pool);
    if (index == POOL_NONE)
        return ERROR_MEMORY;
    struct text words = text_borrow(action->text, strlen(action->text));
    uint64_t hash = random_mix(id_hash(&words) ^ random_mix((uint64_t)action->at_ns));
    struct item item = {.at_ns = action->at_ns, .action = action, .index = index};
    struct deed *deed = deeds_of(deeds, index);
    struct deed *first = find_same(deeds, hash, action);
    deed->action = action;
    deed->key = random_mix(hash ^ random_mix(first ? first->same++ : deed->same++));
    if (!first && table_insert(&deeds->by_words, hash, index))
        goto give_slot;
    if (agenda_add(&deeds->agenda, item))
        goto remove_words;
    return OK;
remove_words:
    if (!first)
        table_remove(&deeds->by_words, hash, index);
give_slot:
    deed->action = NULL;
    pool_give(&deeds->pool, index);
    return ERROR_MEMORY;
}

const struct action *deeds_action(const struct deeds *deeds, uint32_t index)
{
    return index < deeds->pool.used ? deeds_of(deeds, index)->action : NULL;
}

void deeds_touch(struct deeds *deeds, const struct item *item)
{
    atomic_store_explicit(&deeds_of(deeds, item->index)->touched, true, memory_order_relaxed);
}

/* ---- later --------------------------------------------------------------------------------- */

enum error deeds_repeat_later(struct deeds *deeds, const struct item *item)
{
    struct item again = *item;
    again.at_ns += item->action->period_ns;
    again.repeat++;
    if (!item->action->period_ns || again.at_ns >= item->action->until_ns)
        return OK;
    return agenda_add(&deeds->agenda, again);
}

enum error deeds_end_later(struct deeds *deeds, const struct item *item, int64_t now_ns,
                           node_id node)
{
    struct item end = *item;
    if (!item->action->for_ns)
        return OK;
    end.at_ns = now_ns + item->action->for_ns;
    end.ends_fault = true;
    end.node = node;
    end.strike = deeds->strikes;
    return agenda_add(&deeds->agenda, end);
}

/* ---- which nodes --------------------------------------------------------------------------- */

static uint64_t node_key(const struct deeds *deeds, const struct item *item)
{
    return random_key(deeds->seed, PURPOSE_ANY_NODE, deeds_of(deeds, item->index)->key);
}

static node_id draw_node(const struct deeds *deeds, const struct item *item,
                         bool (*suits)(void *context, node_id node, enum action_kind kind),
                         void *context)
{
    enum action_kind kind = item->action->kind;
    uint32_t suitable = 0;
    for (node_id node = 0; node < deeds->nodes; node++)
        suitable += suits(context, node, kind);
    if (!suitable && kind == ACTION_REQUEST)
        return 0; /* nobody is there: it ends with `caller-lost` */
    if (!suitable)
        return NODE_NONE;
    uint64_t rank = random_below(random_draw(node_key(deeds, item), item->repeat), suitable);
    for (node_id node = 0;; node++)
        if (suits(context, node, kind) && rank-- == 0)
            return node;
}

struct node_list deeds_nodes(const struct deeds *deeds, const struct item *item,
                             const struct node_list *list, node_id *drawn,
                             bool (*suits)(void *context, node_id node, enum action_kind kind),
                             void *context)
{
    if (!list->any)
        return *list;
    *drawn = draw_node(deeds, item, suits, context);
    return (struct node_list){.count = *drawn != NODE_NONE, .nodes = drawn};
}

/* ---- clients ------------------------------------------------------------------------------- */

static void spread_clients(const struct deeds *deeds, const struct item *item,
                           void (*add)(void *context, node_id node, struct client client),
                           void *context)
{
    const struct action *action = item->action;
    const struct node_list *from = &action->as.load.from;
    uint64_t key = node_key(deeds, item);
    uint64_t count = (uint64_t)action->as.load.clients * (from->any ? 1 : from->count);
    for (uint64_t i = 0; i < count; i++) {
        node_id node = from->any ? (node_id)random_below(random_draw(key, i), deeds->nodes)
                                 : from->nodes[i / action->as.load.clients];
        add(context, node,
            client_closed(action, deeds->seed, deeds_of(deeds, item->index)->key, i));
    }
}

/* Requests that come at random and go to nodes at random are, at each node, requests that come at
 * random at its share of the rate: so each node can make its own. */
static void spread_sources(const struct deeds *deeds, const struct item *item,
                           void (*add)(void *context, node_id node, struct client client),
                           void *context)
{
    const struct action *action = item->action;
    const struct node_list *from = &action->as.load.from;
    uint32_t count = from->any ? deeds->nodes : from->count;
    for (uint32_t i = 0; i < count; i++) {
        node_id node = from->any ? i : from->nodes[i];
        add(context, node,
            client_open(action, deeds->seed, deeds_of(deeds, item->index)->key, node, count));
    }
}

void deeds_clients(const struct deeds *deeds, const struct item *item,
                   void (*add)(void *context, node_id node, struct client client), void *context)
{
    if (item->action->kind == ACTION_CLIENTS)
        spread_clients(deeds, item, add, context);
    else
        spread_sources(deeds, item, add, context);
}

/* ---- faults -------------------------------------------------------------------------------- */

struct deed_words deeds_end_words(const struct item *item)
{
    struct deed_words words;
    const char *verb = item->action->kind == ACTION_CRASH ? "restart" : "thaw";
    if (item->node == NODE_NONE)
        snprintf(words.text, sizeof words.text, "heal: %.200s", item->action->text);
    else
        snprintf(words.text, sizeof words.text, "%s n%u", verb, item->node + 1);
    return words;
}

struct record deeds_fault(const struct item *item, const char *words, int64_t t_ns, uint16_t step)
{
    struct record record = record_of(RECORD_FAULT);
    record.t_ns = t_ns;
    record.clock_ns = t_ns;
    record.step = step;
    record.line = item->action->line;
    record.value = text_borrow(words, strlen(words));
    return record;
}

static bool missed_all(const struct deed *deed)
{
    return deed->action && action_is_fault(deed->action) && !deed->action->may_miss &&
           !atomic_load_explicit(&deed->touched, memory_order_relaxed);
}

size_t deeds_missed(const struct deeds *deeds, const struct action **missed, size_t most)
{
    size_t count = 0;
    for (uint32_t i = 0; i < deeds->pool.used; i++) {
        const struct deed *deed = deeds_of(deeds, i);
        if (!missed_all(deed))
            continue;
        if (count < most)
            missed[count] = deed->action;
        count++;
    }
    return count;
}
