/* The executor's operations on real processes: signals, orders, and what the driver records in a
 * node's stead. */
#include "base/memory.h"
#include "base/number.h"
#include "net/drive/drive_records.h"
#include "net/drive/drive_sources.h"

#include <errno.h>
#include <string.h>

static void send_order(struct drive *drive, node_id node, struct order order)
{
    if (!node_handle_send(&drive->handles[node], &order) &&
        drive->handles[node].state != SUPERVISOR_DOWN)
        drive_fail(drive, "a node takes no more orders: it stands still for too long");
}

/* ---- nodes --------------------------------------------------------------------------------- */

static enum liveness liveness(const void *cluster, node_id node)
{
    const struct drive *drive = cluster;
    switch (drive->handles[node].state) {
    case SUPERVISOR_UP:
        return LIVENESS_UP;
    case SUPERVISOR_FROZEN:
        return LIVENESS_FROZEN;
    default:
        return LIVENESS_DOWN;
    }
}

/* By the records so far. A node that is about to start is none. */
static bool sees(const void *cluster, node_id node, node_id peer)
{
    const struct drive *drive = cluster;
    const struct node_handle *handle = &drive->handles[node];
    const struct replay_node *seen = &drive->repair.replay.nodes[node];
    return handle->state == SUPERVISOR_UP && !handle->starting &&
           seen->incarnation == handle->incarnation && seen->view.count &&
           view_has(&seen->view, peer);
}

static node_id owner(const void *cluster, const struct text *id)
{
    const struct drive *drive = cluster;
    node_id first = 0;
    while (first < drive->cluster_file.nodes && drive->handles[first].state == SUPERVISOR_DOWN)
        first++;
    if (first == drive->cluster_file.nodes || !drive->repair.replay.nodes[first].view.count)
        return NODE_NONE;
    return route_preferred(&drive->router, &drive->repair.replay.nodes[first].view, first, id,
                           cluster_file_slots(&drive->cluster_file));
}

static bool crash(void *cluster, node_id node, bool silently)
{
    struct drive *drive = cluster;
    drive_sources_tend(drive, node, drive_clock_ns(drive));
    bool crashed = node_handle_crash(&drive->handles[node], silently);
    drive_sources_crash(drive, node);
    return crashed;
}

/* So long nodes are waited for that are to forget another one. */
#define FORGET_NS (NS_PER_S / 4)

/* A process that crashed silently is killed when its node starts again. Nobody is to notice: those
 * that run have closed their connections to it before. One that is frozen does so when it goes on.
 */
static void have_forgotten(struct drive *drive, node_id node)
{
    for (node_id peer = 0; peer < drive->cluster_file.nodes; peer++)
        if (peer != node && drive->handles[peer].state != SUPERVISOR_DOWN)
            send_order(drive, peer, (struct order){.kind = ORDER_FORGET, .peer = node});
    drive_await_orders(drive, FORGET_NS);
}

static bool start(void *cluster, node_id node, bool joins)
{
    struct drive *drive = cluster;
    struct node_handle *handle = &drive->handles[node];
    if (handle->silent)
        have_forgotten(drive, node);
    drive_sources_tend(drive, node, drive_clock_ns(drive));
    if (!node_handle_start(handle, joins || handle->was_member)) {
        drive_fail(drive, "n%u can't be started: %s", node + 1, strerror(errno));
        return false;
    }
    /* A sync that the process before did not answer, nobody will. */
    drive->synced[node] = handle->gauges.synced;
    drive_brief(drive, node);
    return true;
}

static bool freeze(void *cluster, node_id node)
{
    struct drive *drive = cluster;
    return node_handle_freeze(&drive->handles[node]);
}

static bool thaw(void *cluster, node_id node)
{
    struct drive *drive = cluster;
    return node_handle_thaw(&drive->handles[node], drive_sources_thaw(drive, node));
}

static bool leave(void *cluster, node_id node)
{
    send_order(cluster, node, (struct order){.kind = ORDER_LEAVE});
    return true;
}

static void connect_node(void *cluster, node_id node)
{
    send_order(cluster, node, (struct order){.kind = ORDER_CONNECT});
}

/* ---- links --------------------------------------------------------------------------------- */

static void send_cut(struct drive *drive, node_id node, node_id peer)
{
    uint32_t nodes = drive->cluster_file.nodes;
    send_order(drive, node,
               (struct order){.kind = ORDER_CUT,
                              .peer = peer,
                              .out = drive->cut_now[node * nodes + peer],
                              .in = drive->cut_now[peer * nodes + node]});
}

/* Both ends of each link that has changed have an order: the one sends no more, the other takes
 * nothing. */
static void change_links(void *cluster)
{
    struct drive *drive = cluster;
    uint32_t nodes = drive->cluster_file.nodes;
    for (node_id from = 0; from < nodes; from++)
        for (node_id to = 0; to < nodes; to++) {
            uint8_t *now = &drive->cut_now[from * nodes + to];
            uint8_t is = from != to && cuts_find(&drive->executor.cuts, from, to);
            if (*now == is)
                continue;
            *now = is;
            send_cut(drive, from, to);
            send_cut(drive, to, from);
        }
}

/* ---- requests ------------------------------------------------------------------------------ */

static void request(void *cluster, node_id node, const struct text *id, uint64_t tag,
                    int64_t timeout_ns)
{
    struct drive *drive = cluster;
    struct order order = {.kind = ORDER_REQUEST, .tag = tag, .id = *id, .timeout_ns = timeout_ns};
    if (!drive_make_request(drive, node, &order))
        send_order(drive, node, order);
}

/* A node takes from the workload the clients, or the source, that are at it. */
static void send_workload(struct drive *drive, node_id node, size_t number)
{
    const struct workload *workload = &drive->workloads[number];
    int64_t until_ns = min_i64(workload->action->as.load.until_ns, drive->plan->settings.end_ns);
    struct workload at_node = *workload;
    struct order order = {
        .kind = ORDER_CLIENTS, .workload = &at_node, .until_ns = TIME_NEVER, .tag = number};
    bool open = workload->action->kind == ACTION_REQUESTS;
    if (until_ns <= drive->now_ns || !workload_may_be_at(workload, node) ||
        (open && !drive_source_at(drive, node, number, &order)))
        return;
    if (until_ns < TIME_NEVER)
        order.until_ns = until_ns + drive->base_ns[node];
    at_node.from_ns += drive->base_ns[node];
    send_order(drive, node, order);
}

static enum error add_clients(void *cluster, const struct workload *workload)
{
    struct drive *drive = cluster;
    if (memory_reserve((void **)&drive->workloads, &drive->workloads_capacity,
                       drive->workloads_count + 1, sizeof *drive->workloads))
        return ERROR_MEMORY;
    size_t number = drive->workloads_count++;
    drive->workloads[number] = *workload;
    if (workload->action->kind == ACTION_REQUESTS && drive_sources_add(drive, number))
        return ERROR_MEMORY;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        if (drive->handles[node].state != SUPERVISOR_DOWN)
            send_workload(drive, node, number);
    return OK;
}

/* ---- settings ------------------------------------------------------------------------------ */

/* The node's order for a setting of loads or turns: one line for all ids, and those for some. */
struct setting_sender {
    struct drive *drive;
    node_id node;
    struct order order;
};

static void send_setting(void *context, const struct id_set *ids, const struct setting_value *value)
{
    struct setting_sender *sender = context;
    sender->order.set_ids = *ids;
    sender->order.distribution = value->distribution;
    sender->order.ppb = value->ppb;
    send_order(sender->drive, sender->node, sender->order);
    sender->order.again = false;
}

/* What a program does takes what it takes. */
static void send_settings(struct drive *drive, node_id node, enum order_kind kind,
                          enum action_kind action)
{
    struct setting_sender sender = {
        .drive = drive, .node = node, .order = {.kind = kind, .again = true}};
    if (!drive->cluster_file.command)
        changes_each_at_node(&drive->executor.changes, action, node, send_setting, &sender);
}

/* Latency, loss, doubles, order and clocks are the real network's and hosts' own: they are passed
 * over, with a warning before the run. The seed is the executor's. */
static void setting_changed(void *cluster, enum action_kind kind)
{
    struct drive *drive = cluster;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        if (drive->handles[node].state == SUPERVISOR_DOWN)
            continue;
        if (kind == ACTION_LOAD)
            send_settings(drive, node, ORDER_LOAD, kind);
        else if (kind == ACTION_WORK)
            send_settings(drive, node, ORDER_WORK, kind);
        else if (kind == ACTION_LOAD_FAIL)
            send_settings(drive, node, ORDER_LOAD_FAIL, kind);
    }
}

static void jump_clock(void *cluster, node_id node, int64_t by_ns)
{
    (void)cluster, (void)node, (void)by_ns;
}

void drive_brief(struct drive *drive, node_id node)
{
    uint32_t nodes = drive->cluster_file.nodes;
    send_settings(drive, node, ORDER_LOAD, ACTION_LOAD);
    send_settings(drive, node, ORDER_WORK, ACTION_WORK);
    send_settings(drive, node, ORDER_LOAD_FAIL, ACTION_LOAD_FAIL);
    for (node_id peer = 0; peer < nodes; peer++)
        if (drive->cut_now[node * nodes + peer] || drive->cut_now[peer * nodes + node])
            send_cut(drive, node, peer);
    for (size_t i = 0; i < drive->workloads_count; i++)
        send_workload(drive, node, i);
    send_order(drive, node, (struct order){.kind = ORDER_BRIEFED});
}

/* ---- what the plan needs ------------------------------------------------------------------- */

static bool any_owner(const struct action *action)
{
    switch (action->kind) {
    case ACTION_REQUEST:
        return action->as.request.from.owner;
    case ACTION_CLIENTS:
    case ACTION_REQUESTS:
        return action->as.load.from.owner;
    case ACTION_CUT:
        return action->as.link.from.owner || action->as.link.to.owner;
    case ACTION_PARTITION:
        for (uint32_t i = 0; i < action->as.partition.count; i++)
            if (action->as.partition.groups[i].owner)
                return true;
        return false;
    default:
        return action->nodes.owner || action->kind == ACTION_ROLLING;
    }
}

enum trace_level drive_level(const struct drive *drive)
{
    const struct plan *plan = drive->plan;
    enum trace_level level = plan->settings.trace;
    for (size_t i = 0; i < plan->actions_count; i++) {
        if (plan->actions[i].trigger.nth)
            return TRACE_ALL; /* its messages */
        if (level == TRACE_OFF && any_owner(&plan->actions[i]))
            level = TRACE_WORKERS;
    }
    return level;
}

/* ---- what can't be done -------------------------------------------------------------------- */

static bool is_short(const struct order *order)
{
    struct string_builder bytes = {0};
    order_write(&bytes, order);
    bool is_short = bytes.size <= ORDER_SIZE_MAX;
    string_builder_close(&bytes);
    return is_short;
}

static bool fits(const struct action *action)
{
    struct workload workload = {.action = action, .from = action->as.load.from};
    struct order order = {.kind = ORDER_CLIENTS, .workload = &workload};
    switch (action->kind) {
    case ACTION_CLIENTS:
    case ACTION_REQUESTS:
        order.until_ns = order.due_ns = TIME_NEVER;
        break;
    case ACTION_LOAD:
    case ACTION_WORK:
    case ACTION_LOAD_FAIL:
        order.kind = action->kind == ACTION_LOAD_FAIL ? ORDER_LOAD_FAIL : ORDER_LOAD;
        order.set_ids = action->as.set.ids;
        order.distribution = action->as.set.distribution;
        order.ppb = action->as.set.ppb;
        break;
    default:
        return true;
    }
    return is_short(&order);
}

static bool distribution_fits(const struct distribution *distribution)
{
    return is_short(&(struct order){.kind = ORDER_LOAD, .distribution = *distribution});
}

enum error drive_check_plan(struct drive *drive)
{
    const struct plan *plan = drive->plan;
    static const char words[] = "has more ids, or durations, than an order to a real node holds: "
                                "96 KiB; run it simulated, or make it shorter";
    if (!distribution_fits(&plan->settings.load) || !distribution_fits(&plan->settings.work))
        return failure_set(&drive->failure, ERROR_TEXT, "the setting load or work %s", words);
    for (size_t i = 0; i < plan->actions_count; i++)
        if (!fits(&plan->actions[i]))
            return failure_set(&drive->failure, ERROR_TEXT, "line %u %s", plan->actions[i].line,
                               words);
    if (plan->settings.ties)
        return failure_set(&drive->failure, ERROR_TEXT,
                           "'ties on': what happens at one instant at a real node is the machine's "
                           "to order; take it out, or run it simulated");
    if (drive->attached && plan->settings.absent.count)
        return failure_set(&drive->failure, ERROR_TEXT,
                           "'absent' is for a cluster of the run's own");
    return OK;
}

/* FAULT and SET records have a feed of their own. */
static void record(void *cluster, struct record *record)
{
    struct drive *drive = cluster;
    record->t_ns = record->clock_ns = drive_clock_ns(drive);
    causal_merge_put(&drive->merge, drive->cluster_file.nodes, record);
}

const struct cluster_operations drive_operations = {
    .liveness = liveness,
    .sees = sees,
    .owner = owner,
    .crash = crash,
    .start = start,
    .freeze = freeze,
    .thaw = thaw,
    .leave = leave,
    .connect = connect_node,
    .links_cut = change_links,
    .links_healed = change_links,
    .request = request,
    .add_clients = add_clients,
    .setting_changed = setting_changed,
    .jump_clock = jump_clock,
    .record = record,
};
