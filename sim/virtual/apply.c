#include "virtual/apply.h"

struct moment {
    int64_t t_ns;
    uint16_t step;
};

enum error stage_init(struct stage *stage, const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    *stage = (struct stage){.around = {.plan = plan,
                                       .load = settings->load,
                                       .load_fail_ppb = settings->load_fail_ppb,
                                       .work = settings->work}};
    actions_init(&stage->actions, settings->seed, settings->nodes);
    network_init(&stage->around.network, plan);
    if (router_init(&stage->around.router, settings->route, settings->nodes))
        return ERROR_MEMORY;
    if (settings->membership_static) {
        if (view_init(&stage->around.everyone, settings->nodes))
            return ERROR_MEMORY;
        view_fill(&stage->around.everyone);
    }
    for (size_t i = 0; i < plan->actions_count; i++)
        if (actions_add(&stage->actions, &plan->actions[i]))
            return ERROR_MEMORY;
    return OK;
}

void stage_close(struct stage *stage)
{
    actions_close(&stage->actions);
    network_close(&stage->around.network);
    router_close(&stage->around.router);
    view_close(&stage->around.everyone);
}

static void record_fault(struct stage *stage, const struct item *item, struct moment now,
                         const char *words)
{
    struct record record = actions_fault(item, words, now.t_ns, now.step);
    stage->record(stage->context, &record);
}

/* ---- which nodes --------------------------------------------------------------------------- */

/* Whether an action of this kind would do something to the host: a drawn node is one of those. */
static bool suits(void *context, node_id node, enum action_kind kind)
{
    const struct stage *stage = context;
    const struct host *host = &stage->hosts[node];
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

/* The list itself, or one node drawn afresh, put into *drawn. */
static struct node_list resolve(struct stage *stage, const struct item *item,
                                const struct node_list *list, node_id *drawn)
{
    return actions_nodes(&stage->actions, item, list, drawn, suits, stage);
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
        host->struck_by = ++stage->actions.strikes;
        actions_touch(&stage->actions, item);
        if (actions_end_later(&stage->actions, item, now.t_ns, host->id))
            return ERROR_MEMORY;
    }
    return OK;
}

/* ---- links --------------------------------------------------------------------------------- */

static enum error act_cut(struct stage *stage, const struct item *item, struct moment now)
{
    uint32_t nodes = stage->around.plan->settings.nodes;
    enum error error = network_cut(&stage->around.network, item->action, ++stage->actions.strikes,
                                   &actions_of(&stage->actions, item->index)->touched);
    if (error)
        return error;
    record_fault(stage, item, now, item->action->text);
    for (node_id node = 0; node < nodes; node++)
        host_strike(&stage->hosts[node], now.t_ns, now.step);
    return actions_end_later(&stage->actions, item, now.t_ns, NODE_NONE);
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
        actions_touch(&stage->actions, item);
    announce_restarted(stage, now);
    return OK;
}

/* ---- the ends of faults -------------------------------------------------------------------- */

/* What ended by itself or by another action before is left as it is. */
static void end_fault(struct stage *stage, const struct item *item, struct moment now)
{
    struct host *host = item->node == NODE_NONE ? NULL : &stage->hosts[item->node];
    struct tracked_action_words words = actions_end_words(item);
    if (!host) {
        if (network_heal(&stage->around.network, item->strike))
            record_fault(stage, item, now, words.text);
        announce_restarted(stage, now);
        return;
    }
    bool crashed = item->action->kind == ACTION_CRASH;
    if (host->struck_by != item->strike || (crashed ? host->node != NULL : !host->frozen))
        return;
    record_fault(stage, item, now, words.text);
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
    for (uint32_t i = 0; i < from.count; i++)
        for (uint32_t j = 0; j < action->as.request.count; j++)
            host_request(&stage->hosts[from.nodes[i]], now.t_ns, now.step,
                         &action->as.request.ids[j], request_tag(action, i, j));
}

/* Clients begin now. */
struct beginning {
    struct stage *stage;
    struct moment now;
};

static void add_client(void *context, node_id node, struct client client)
{
    struct beginning *beginning = context;
    host_add_client(&beginning->stage->hosts[node], beginning->now.t_ns, beginning->now.step,
                    client);
}

static void act_clients(struct stage *stage, const struct item *item, struct moment now)
{
    struct beginning beginning = {stage, now};
    actions_clients(&stage->actions, item, add_client, &beginning);
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
        stage->around.load = action->as.set.distribution;
        return OK;
    case ACTION_LOAD_FAIL:
        stage->around.load_fail_ppb = action->as.set.ppb;
        return OK;
    case ACTION_WORK:
        stage->around.work = action->as.set.distribution;
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
    case ACTION_REQUESTS:
        act_clients(stage, item, now);
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

enum error act(struct stage *stage, const struct item *item, int64_t t_ns, uint16_t step)
{
    struct moment now = {t_ns, step};
    if (item->ends_fault) {
        end_fault(stage, item, now);
        return OK;
    }
    enum error error = actions_repeat_later(&stage->actions, item);
    if (error || item->action->kind == ACTION_EXPECT)
        return error;
    return begin(stage, item, now);
}
