#include "virtual/apply.h"

#include "base/resident.h"

/* ---- the executor's operations ------------------------------------------------------------- */

static enum liveness liveness(const void *cluster, node_id node)
{
    const struct target *target = cluster;
    const struct host *host = &target->hosts[node];
    if (!host->node)
        return LIVENESS_DOWN;
    return host->frozen ? LIVENESS_FROZEN : LIVENESS_UP;
}

static bool sees(const void *cluster, node_id node, node_id peer)
{
    const struct target *target = cluster;
    return node_sees(target->hosts[node].node, peer);
}

static node_id owner(const void *cluster, const struct text *id)
{
    const struct target *target = cluster;
    for (node_id node = 0; node < target->around.plan->settings.nodes; node++)
        if (target->hosts[node].node)
            return node_owner(target->hosts[node].node, id);
    return NODE_NONE;
}

static bool crash(void *cluster, node_id node, bool silently)
{
    struct target *target = cluster;
    return host_crash(&target->hosts[node], target->now_ns, target->step, silently);
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
    target->acted(target->context, node);
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

static void request(void *cluster, node_id node, const struct text *id, uint64_t tag,
                    int64_t timeout_ns)
{
    struct target *target = cluster;
    host_request(&target->hosts[node], target->now_ns, target->step,
                 &(struct made_request){.id = id, .tag = tag, .timeout_ns = timeout_ns});
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

static void set_rates(struct target *target)
{
    const struct changes *changes = &target->executor.changes;
    for (node_id node = 0; node < target->around.plan->settings.nodes; node++)
        host_set_rate(&target->hosts[node], target->now_ns, target->step,
                      changes_at_node(changes, ACTION_CLOCK, node, NULL)->rate_ppm);
}

static void set_seed(struct target *target)
{
    target->around.seed = changes_seed(&target->executor.changes);
    for (node_id node = 0; node < target->around.plan->settings.nodes; node++)
        host_set_seed(&target->hosts[node]);
}

static void setting_changed(void *cluster, enum action_kind kind)
{
    struct target *target = cluster;
    if (kind == ACTION_CLOCK)
        set_rates(target);
    else if (kind == ACTION_SEED)
        set_seed(target);
    network_update(&target->around.network);
}

static void jump_clock(void *cluster, node_id node, int64_t by_ns)
{
    struct target *target = cluster;
    host_jump_clock(&target->hosts[node], target->now_ns, target->step, by_ns);
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
    .sees = sees,
    .owner = owner,
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
    .setting_changed = setting_changed,
    .jump_clock = jump_clock,
    .record = record,
};

/* ---- the target ---------------------------------------------------------------------------- */

enum error target_init(struct target *target, const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    struct executor_setup executor = {.nodes = settings->nodes,
                                      .settings = settings,
                                      .operations = &operations,
                                      .cluster = target};
    *target = (struct target){.around = {.plan = plan, .seed = settings->seed}};
    target->around.changes = &target->executor.changes;
    target->around.memory_limit =
        settings->memory_limit ? settings->memory_limit : resident_most() / 2;
    enum error error = executor_init(&target->executor, &executor);
    network_init(&target->around.network, plan, &target->executor.cuts, &target->executor.changes);
    if (error || router_init(&target->around.router, settings->route, settings->nodes))
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
