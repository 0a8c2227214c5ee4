#include "cluster/actions.h"

#include "core/id.h"
#include "core/random.h"

#include <stdio.h>

struct moment {
    int64_t t_ns;
    uint16_t step;
};

bool action_is_fault(const struct action *action)
{
    return action->kind >= ACTION_CRASH && action->kind <= ACTION_HEAL;
}

void stage_init(struct stage *stage)
{
    agenda_init(&stage->agenda);
    pool_init(&stage->deeds, sizeof(struct deed));
    table_init(&stage->by_words);
}

void stage_close(struct stage *stage)
{
    agenda_close(&stage->agenda);
    pool_close(&stage->deeds);
    table_close(&stage->by_words);
}

static struct deed *deed_of(const struct stage *stage, uint32_t index)
{
    return pool_at(&stage->deeds, index);
}

/* The first deed with the same words and time, or NULL. */
static struct deed *find_same(const struct stage *stage, uint64_t hash, const struct action *action)
{
    struct probe probe = table_probe(&stage->by_words, hash);
    for (uint32_t slot; (slot = table_next(&stage->by_words, &probe)) != TABLE_NONE;) {
        const struct action *other = deed_of(stage, slot)->action;
        if (other->at_ns == action->at_ns && strcmp(other->text, action->text) == 0)
            return deed_of(stage, slot);
    }
    return NULL;
}

enum error stage_add(struct stage *stage, const struct action *action)
{
    uint32_t index = pool_take(&stage->deeds);
    if (index == POOL_NONE)
        return ERROR_MEMORY;
    struct text words = text_borrow(action->text, strlen(action->text));
    uint64_t hash = random_mix(id_hash(&words) ^ random_mix((uint64_t)action->at_ns));
    struct item item = {.at_ns = action->at_ns, .action = action, .index = index};
    struct deed *deed = deed_of(stage, index);
    struct deed *first = find_same(stage, hash, action);
    deed->action = action;
    deed->key = random_mix(hash ^ random_mix(first ? first->same++ : deed->same++));
    if (!first && table_insert(&stage->by_words, hash, index))
        goto give_slot;
    if (agenda_add(&stage->agenda, item))
        goto remove_words;
    return OK;
remove_words:
    if (!first)
        table_remove(&stage->by_words, hash, index);
give_slot:
    deed->action = NULL;
    pool_give(&stage->deeds, index);
    return ERROR_MEMORY;
}

static void touch(struct stage *stage, const struct item *item)
{
    atomic_store_explicit(&deed_of(stage, item->index)->touched, true, memory_order_relaxed);
}

static void record_fault(struct stage *stage, const struct item *item, struct moment now,
                         const char *text)
{
    struct record record = record_of(RECORD_FAULT);
    record.t_ns = now.t_ns;
    record.clock_ns = now.t_ns;
    record.step = now.step;
    record.line = item->action->line;
    record.value = text_borrow(text, strlen(text));
    stage->record(stage->context, &record);
}

/* ---- which nodes --------------------------------------------------------------------------- */

/* Whether an action of this kind would do something to the host: a drawn node is one of those. */
static bool suits(const struct host *host, enum action_kind kind)
{
    bool up = host->node != NULL;
    if (kind == ACTION_CLOCK)
        return true;
    if (kind == ACTION_RESTART || kind == ACTION_JOIN)
        return !up;
    if (kind == ACTION_THAW)
        return up && host->frozen;
    if (kind == ACTION_FREEZE || kind == ACTION_LEAVE)
        return up && !host->frozen;
    return up;
}

static node_id draw_node(const struct stage *stage, const struct item *item)
{
    const struct action *action = item->action;
    uint32_t nodes = stage->around.plan->settings.nodes, suitable = 0;
    for (node_id node = 0; node < nodes; node++)
        suitable += suits(&stage->hosts[node], action->kind);
    if (!suitable && action->kind == ACTION_REQUEST)
        return 0; /* nobody is there: it ends with `caller-lost` */
    if (!suitable)
        return NODE_NONE;
    uint64_t key = random_key(stage->around.plan->settings.seed, PURPOSE_ANY_NODE,
                              deed_of(stage, item->index)->key);
    uint64_t rank = random_below(random_draw(key, item->repeat), suitable);
    for (node_id node = 0;; node++)
        if (suits(&stage->hosts[node], action->kind) && rank-- == 0)
            return node;
}

/* The list itself, or one node drawn afresh, put into *drawn. */
static struct node_list resolve(const struct stage *stage, const struct item *item,
                                const struct node_list *list, node_id *drawn)
{
    if (!list->any)
        return *list;
    *drawn = draw_node(stage, item);
    return (struct node_list){.count = *drawn != NODE_NONE, .nodes = drawn};
}

/* ---- nodes --------------------------------------------------------------------------------- */

static bool strike_node(const struct action *action, struct host *host, struct moment now)
{
    switch (action->kind) {
    case ACTION_CRASH:
        return host_crash(host, now.t_ns, now.step);
    case ACTION_RESTART:
        return host_start(host, now.t_ns, now.step, false);
    case ACTION_FREEZE:
        return host_freeze(host, now.t_ns, now.step);
    case ACTION_THAW:
        return host_thaw(host, now.t_ns, now.step);
    case ACTION_LEAVE:
        return host_leave(host, now.t_ns, now.step);
    case ACTION_JOIN:
        return host_start(host, now.t_ns, now.step, true);
    default:
        must(false && "an action on nodes");
    }
}

static enum error end_later(struct stage *stage, const struct item *item, struct moment now,
                            const struct host *host)
{
    if (!item->action->for_ns)
        return OK;
    struct item end = *item;
    end.at_ns = now.t_ns + item->action->for_ns;
    end.ends_fault = true;
    end.node = host ? host->id : NODE_NONE;
    end.strike = stage->strikes;
    return agenda_add(&stage->agenda, end);
}

static enum error act_on_nodes(struct stage *stage, const struct item *item, struct moment now)
{
    const struct action *action = item->action;
    node_id drawn;
    struct node_list nodes = resolve(stage, item, &action->nodes, &drawn);
    record_fault(stage, item, now, action->text);
    for (uint32_t i = 0; i < nodes.count; i++) {
        struct host *host = &stage->hosts[nodes.nodes[i]];
        if (!strike_node(action, host, now))
            continue;
        host->struck_by = ++stage->strikes;
        touch(stage, item);
        if (end_later(stage, item, now, host))
            return ERROR_MEMORY;
    }
    return OK;
}

/* ---- links --------------------------------------------------------------------------------- */

static enum error act_cut(struct stage *stage, const struct item *item, struct moment now)
{
    uint32_t nodes = stage->around.plan->settings.nodes;
    enum error error = network_cut(&stage->around.network, item->action, ++stage->strikes,
                                   &deed_of(stage, item->index)->touched);
    if (error)
        return error;
    record_fault(stage, item, now, item->action->text);
    for (node_id node = 0; node < nodes; node++)
        host_strike(&stage->hosts[node], now.t_ns, now.step);
    return end_later(stage, item, now, NULL);
}

/* Where membership is static a node that restarted tells that it can be reached: again now, since a
 * cut may have stopped it. */
static void announce_restarted(struct stage *stage, struct moment now)
{
    if (!stage->around.plan->settings.membership_static)
        return;
    for (node_id node = 0; node < stage->around.plan->settings.nodes; node++)
        if (stage->hosts[node].incarnation > 1)
            host_announce(&stage->hosts[node], now.t_ns, now.step);
}

static enum error act_heal(struct stage *stage, const struct item *item, struct moment now)
{
    record_fault(stage, item, now, item->action->text);
    if (network_heal_all(&stage->around.network))
        touch(stage, item);
    announce_restarted(stage, now);
    return OK;
}

/* ---- the ends of faults -------------------------------------------------------------------- */

/* What ended by itself or by another action before is left as it is. */
static void end_fault(struct stage *stage, const struct item *item, struct moment now)
{
    struct host *host = item->node == NODE_NONE ? NULL : &stage->hosts[item->node];
    char text[256];
    if (!host) {
        snprintf(text, sizeof text, "heal: %.200s", item->action->text);
        if (network_heal(&stage->around.network, item->strike))
            record_fault(stage, item, now, text);
        announce_restarted(stage, now);
        return;
    }
    bool crashed = item->action->kind == ACTION_CRASH;
    if (host->struck_by != item->strike || (crashed ? host->node != NULL : !host->frozen))
        return;
    snprintf(text, sizeof text, "%s n%u", crashed ? "restart" : "thaw", item->node + 1);
    record_fault(stage, item, now, text);
    if (crashed)
        host_start(host, now.t_ns, now.step, false);
    else
        host_thaw(host, now.t_ns, now.step);
}

/* ---- clients ------------------------------------------------------------------------------- */

static void act_request(struct stage *stage, const struct item *item, struct moment now)
{
    const struct action *action = item->action;
    node_id drawn;
    struct node_list from = resolve(stage, item, &action->as.request.from, &drawn);
    uint64_t tag = action->as.request.reply;
    bool named = action->as.request.reply != UINT32_MAX;
    for (uint32_t i = 0; i < from.count; i++)
        for (uint32_t j = 0; j < action->as.request.count; j++)
            host_request(&stage->hosts[from.nodes[i]], now.t_ns, now.step,
                         &action->as.request.ids[j], named ? tag++ : TAG_NONE);
}

static void act_clients(struct stage *stage, const struct item *item, struct moment now)
{
    const struct action *action = item->action;
    const struct settings *settings = &stage->around.plan->settings;
    const struct node_list *from = &action->as.load.from;
    uint64_t key = random_key(settings->seed, PURPOSE_ANY_NODE, deed_of(stage, item->index)->key);
    uint64_t count = (uint64_t)action->as.load.clients * (from->any ? 1 : from->count);
    for (uint64_t i = 0; i < count; i++) {
        node_id node = from->any ? (node_id)random_below(random_draw(key, i), settings->nodes)
                                 : from->nodes[i / action->as.load.clients];
        host_add_client(&stage->hosts[node], now.t_ns, now.step,
                        client_closed(action, settings->seed, deed_of(stage, item->index)->key, i));
    }
}

/* Requests that come at random and go to nodes at random are, at each node, requests that come at
 * random at its share of the rate: so each node can make its own. */
static void act_requests(struct stage *stage, const struct item *item, struct moment now)
{
    const struct action *action = item->action;
    const struct settings *settings = &stage->around.plan->settings;
    const struct node_list *from = &action->as.load.from;
    uint32_t count = from->any ? settings->nodes : from->count;
    for (uint32_t i = 0; i < count; i++) {
        node_id node = from->any ? i : from->nodes[i];
        host_add_client(
            &stage->hosts[node], now.t_ns, now.step,
            client_open(action, settings->seed, deed_of(stage, item->index)->key, node, count));
    }
}

/* ---- settings ------------------------------------------------------------------------------ */

static void act_connect(struct stage *stage, const struct item *item, struct moment now)
{
    node_id drawn;
    struct node_list nodes = resolve(stage, item, &item->action->nodes, &drawn);
    for (uint32_t i = 0; i < nodes.count; i++)
        host_connect(&stage->hosts[nodes.nodes[i]], now.t_ns, now.step);
}

static void act_clock(struct stage *stage, const struct item *item, struct moment now)
{
    node_id drawn;
    struct node_list nodes = resolve(stage, item, &item->action->nodes, &drawn);
    for (uint32_t i = 0; i < nodes.count; i++)
        host_set_clock(&stage->hosts[nodes.nodes[i]], now.t_ns, now.step, item->action);
}

static enum error act_setting(struct stage *stage, const struct item *item, struct moment now)
{
    const struct action *action = item->action;
    switch (action->kind) {
    case ACTION_LOAD:
        stage->around.load = action->as.set.law;
        return OK;
    case ACTION_LOAD_FAIL:
        stage->around.load_fail_ppb = action->as.set.ppb;
        return OK;
    case ACTION_WORK:
        stage->around.work = action->as.set.law;
        return OK;
    case ACTION_CLOCK:
        act_clock(stage, item, now);
        return OK;
    default:
        return network_set(&stage->around.network, action);
    }
}

static enum error begin(struct stage *stage, const struct item *item, struct moment now)
{
    const struct action *action = item->action;
    switch (action->kind) {
    case ACTION_CONNECT:
        act_connect(stage, item, now);
        return OK;
    case ACTION_REQUEST:
        act_request(stage, item, now);
        return OK;
    case ACTION_CLIENTS:
        act_clients(stage, item, now);
        return OK;
    case ACTION_REQUESTS:
        act_requests(stage, item, now);
        return OK;
    case ACTION_CRASH:
    case ACTION_RESTART:
    case ACTION_FREEZE:
    case ACTION_THAW:
    case ACTION_LEAVE:
    case ACTION_JOIN:
        return act_on_nodes(stage, item, now);
    case ACTION_CUT:
    case ACTION_PARTITION:
        return act_cut(stage, item, now);
    case ACTION_HEAL:
        return act_heal(stage, item, now);
    default:
        return act_setting(stage, item, now);
    }
}

static enum error repeat_later(struct stage *stage, const struct item *item)
{
    struct item again = *item;
    again.at_ns += item->action->period_ns;
    again.repeat++;
    if (!item->action->period_ns || again.at_ns >= item->action->until_ns)
        return OK;
    return agenda_add(&stage->agenda, again);
}

enum error act(struct stage *stage, const struct item *item, int64_t t_ns, uint16_t step)
{
    struct moment now = {t_ns, step};
    if (item->ends_fault) {
        end_fault(stage, item, now);
        return OK;
    }
    enum error error = repeat_later(stage, item);
    if (error || item->action->kind == ACTION_EXPECT)
        return error;
    return begin(stage, item, now);
}
