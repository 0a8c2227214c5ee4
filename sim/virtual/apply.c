#include "virtual/apply.h"

/* ---- the executor's operations ------------------------------------------------------------- */

static enum liveness liveness(const void *cluster, node_id node)
{
    const struct target *target = cluster;
    const struct host *host = &target->hosts[node];
    if (!host->node)
        return LIVENESS_DOWN;
    return host->frozen ? LIVENESS_FROZEN : LIVENESS_UP;
}

static bool crash(void *cluster, node_id node)
{
    struct target *target = cluster;
    return host_crash(&target->hosts[node], target->now_ns, target->step);
}

static bool start(void *cluster, node_id node, bool joins)
{
    struct target *target = cluster;
    return host_start(&target->hosts[node], target->now_ns, target->step, joins);
}

static bool freeze(void *cluster, node_id node)
{
    struct target *target = cluster;
    return host_freeze(&target->hosts[node], target->now_ns, target->step);
}

static bool thaw(void *cluster, node_id node)
{
    struct target *target = cluster;
    return host_thaw(&target->hosts[node], target->now_ns, target->step);
}

static bool leave(void *cluster, node_id node)
{
    struct target *target = cluster;
    return host_leave(&target->hosts[node], target->now_ns, target->step);
}

static void connect(void *cluster, node_id node)
{
    struct target *target = cluster;
    host_connect(&target->hosts[node], target->now_ns, target->step);
}

/* What is under way on links that are cut now is lost. */
static void links_cut(void *cluster)
{
    struct target *target = cluster;
    for (node_id node = 0; node < target->around.plan->settings.nodes; node++)
        host_drop_cut(&target->hosts[node], target->now_ns, target->step);
}

/* Where membership is static, a node that restarted announces that it can be reached: again now,
 * since a cut may have stopped it. */
static void links_healed(void *cluster)
{
    struct target *target = cluster;
    const struct settings *settings = &target->around.plan->settings;
    for (node_id node = 0; settings->membership_static && node < settings->nodes; node++)
        if (target->hosts[node].incarnation > 1)
            host_announce(&target->hosts[node], target->now_ns, target->step);
}

static void request(void *cluster, node_id node, const struct text *id, uint64_t tag)
{
    struct target *target = cluster;
    host_request(&target->hosts[node], target->now_ns, target->step, id, tag);
}

static void add_client(void *context, node_id node, struct client client)
{
    struct target *target = context;
    host_add_client(&target->hosts[node], target->now_ns, target->step, client);
}

static enum error add_clients(void *cluster, const struct workload *workload)
{
    workload_spread(workload, add_client, cluster);
    return OK; /* a host notes by itself that there was no memory */
}

static enum error change_setting(void *cluster, const struct action *action,
                                 const struct node_list *nodes)
{
    struct target *target = cluster;
    switch (action->kind) {
    case ACTION_LOAD:
        target->around.load = action->as.set.distribution;
        return OK;
    case ACTION_LOAD_FAIL:
        target->around.load_fail_ppb = action->as.set.ppb;
        return OK;
    case ACTION_WORK:
        target->around.work = action->as.set.distribution;
        return OK;
    case ACTION_CLOCK:
        for (uint32_t i = 0; i < nodes->count; i++)
            host_set_clock(&target->hosts[nodes->nodes[i]], target->now_ns, target->step, action);
        return OK;
    default:
        return network_set(&target->around.network, action);
    }
}

static void record(void *cluster, struct record *record)
{
    struct target *target = cluster;
    record->t_ns = record->clock_ns = target->now_ns;
    record->step = target->step;
    target->record(target->context, record);
}

static const struct cluster_operations operations = {
    .liveness = liveness,
    .crash = crash,
    .start = start,
    .freeze = freeze,
    .thaw = thaw,
    .leave = leave,
    .connect = connect,
    .links_cut = links_cut,
    .links_healed = links_healed,
    .request = request,
    .add_clients = add_clients,
    .change_setting = change_setting,
    .record = record,
};

/* ---- the target ---------------------------------------------------------------------------- */

enum error target_init(struct target *target, const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    struct executor_setup executor = {.nodes = settings->nodes,
                                      .seed = settings->seed,
                                      .operations = &operations,
                                      .cluster = target};
    *target = (struct target){.around = {.plan = plan,
                                         .load = settings->load,
                                         .load_fail_ppb = settings->load_fail_ppb,
                                         .work = settings->work}};
    network_init(&target->around.network, plan, &target->executor.cuts);
    if (executor_init(&target->executor, &executor) ||
        router_init(&target->around.router, settings->route, settings->nodes))
        return ERROR_MEMORY;
    if (settings->membership_static) {
        if (view_init(&target->around.everyone, settings->nodes))
            return ERROR_MEMORY;
        view_fill(&target->around.everyone);
    }
    return executor_add_plan(&target->executor, plan);
}

void target_close(struct target *target)
{
    executor_close(&target->executor);
    network_close(&target->around.network);
    router_close(&target->around.router);
    view_close(&target->around.everyone);
}

enum error target_apply(struct target *target, const struct queued_action *queued, int64_t t_ns,
                        uint16_t step)
{
    target->now_ns = t_ns;
    target->step = step;
    return executor_apply(&target->executor, queued, t_ns);
}
