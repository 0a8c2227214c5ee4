/* The executor's operations on real processes: signals, orders, and what the driver records in a
 * node's stead. */
#include "base/memory.h"
#include "net/drive/drive_internal.h"

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

/* As far as its records have come. */
static bool is_member(const void *cluster, node_id node)
{
    const struct drive *drive = cluster;
    return view_has(&drive->repair.replay.nodes[node].view, node);
}

static node_id owner(const void *cluster, const struct text *id)
{
    const struct drive *drive = cluster;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        const struct view *view = &drive->repair.replay.nodes[node].view;
        if (liveness(cluster, node) != LIVENESS_DOWN)
            return view_has(view, node) ? route_owner(&drive->router, view, node, id) : NODE_NONE;
    }
    return NODE_NONE;
}

static bool crash(void *cluster, node_id node, bool silently)
{
    struct drive *drive = cluster;
    (void)silently; /* a killed process's connections break, whatever the scenario says */
    return node_handle_crash(&drive->handles[node]);
}

static bool start(void *cluster, node_id node, bool joins)
{
    struct drive *drive = cluster;
    struct node_handle *handle = &drive->handles[node];
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
    return node_handle_thaw(&drive->handles[node]);
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

/* No process is there to record it: the driver records that it was made and has failed. */
static void record_lost_request(struct drive *drive, node_id node, const struct text *id,
                                uint64_t tag, int64_t timeout_ns)
{
    struct record record = record_of(RECORD_REQUEST);
    record.t_ns = record.clock_ns = drive_clock_ns(drive);
    record.node = node;
    record.request = node_handle_take_number(&drive->handles[node], drive->cluster_file.nodes);
    record.id = *id;
    record.number = tag;
    record.amount =
        record.clock_ns + (timeout_ns ? timeout_ns : drive->cluster_file.settings.timeout_ns);
    causal_merge_put(&drive->merge, node, &record);
    record.kind = RECORD_FAIL;
    record.code = OUTCOME_CALLER_LOST;
    record.number = 0;
    record.amount = 0;
    causal_merge_put(&drive->merge, node, &record);
}

static void request(void *cluster, node_id node, const struct text *id, uint64_t tag,
                    int64_t timeout_ns)
{
    struct drive *drive = cluster;
    if (drive->handles[node].state == SUPERVISOR_DOWN) {
        record_lost_request(drive, node, id, tag, timeout_ns);
        return;
    }
    send_order(
        drive, node,
        (struct order){.kind = ORDER_REQUEST, .tag = tag, .timeout_ns = timeout_ns, .id = *id});
}

/* A node takes from the workload the clients that are at it. */
static void send_workload(struct drive *drive, node_id node, const struct workload *workload)
{
    int64_t until_ns = workload->action->as.load.until_ns;
    struct order order = {.kind = ORDER_CLIENTS, .workload = workload, .until_ns = TIME_NEVER};
    if (until_ns <= drive->now_ns || !workload_may_be_at(workload, node))
        return;
    if (until_ns < TIME_NEVER)
        order.until_ns = until_ns + drive->base_ns[node];
    send_order(drive, node, order);
}

/* Whether the clients' order is as short as a node takes it; else the run fails. */
static bool fits(struct drive *drive, const struct workload *workload)
{
    struct string_builder bytes = {0};
    order_write(&bytes, &(struct order){
                            .kind = ORDER_CLIENTS, .workload = workload, .until_ns = TIME_NEVER});
    bool fits = bytes.size <= ORDER_SIZE_MAX;
    string_builder_close(&bytes);
    if (!fits)
        drive_fail(drive, "line %u: its ids are too many for an order to a real node",
                   workload->action->line);
    return fits;
}

static enum error add_clients(void *cluster, const struct workload *workload)
{
    struct drive *drive = cluster;
    if (memory_reserve((void **)&drive->workloads, &drive->workloads_capacity,
                       drive->workloads_count + 1, sizeof *drive->workloads))
        return ERROR_MEMORY;
    drive->workloads[drive->workloads_count++] = *workload;
    if (!fits(drive, workload))
        return OK;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        if (drive->handles[node].state != SUPERVISOR_DOWN)
            send_workload(drive, node, workload);
    return OK;
}

/* ---- settings ------------------------------------------------------------------------------ */

static void send_load(struct drive *drive, node_id node)
{
    const struct changes *changes = &drive->executor.changes;
    if (drive->cluster_file.load_command)
        return; /* loads take what they take */
    const struct setting_value *load = changes_at_node(changes, ACTION_LOAD, node, NULL);
    const struct setting_value *work = changes_at_node(changes, ACTION_WORK, node, NULL);
    const struct setting_value *load_fail = changes_at_node(changes, ACTION_LOAD_FAIL, node, NULL);
    send_order(drive, node, (struct order){.kind = ORDER_LOAD, .distribution = load->distribution});
    send_order(drive, node, (struct order){.kind = ORDER_WORK, .distribution = work->distribution});
    send_order(drive, node, (struct order){.kind = ORDER_LOAD_FAIL, .ppb = load_fail->ppb});
}

/* Latency, loss and clocks are the real network's own: they are passed over. */
static void setting_changed(void *cluster, enum action_kind kind)
{
    struct drive *drive = cluster;
    if (kind != ACTION_LOAD && kind != ACTION_WORK && kind != ACTION_LOAD_FAIL)
        return;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        if (drive->handles[node].state != SUPERVISOR_DOWN)
            send_load(drive, node);
}

static void jump_clock(void *cluster, node_id node, int64_t by_ns)
{
    (void)cluster, (void)node, (void)by_ns;
}

void drive_brief(struct drive *drive, node_id node)
{
    uint32_t nodes = drive->cluster_file.nodes;
    send_load(drive, node);
    for (node_id peer = 0; peer < nodes; peer++)
        if (drive->cut_now[node * nodes + peer] || drive->cut_now[peer * nodes + node])
            send_cut(drive, node, peer);
    for (size_t i = 0; i < drive->workloads_count; i++)
        send_workload(drive, node, &drive->workloads[i]);
}

/* FAULT records have a feed of their own. */
static void record(void *cluster, struct record *record)
{
    struct drive *drive = cluster;
    record->t_ns = record->clock_ns = drive_clock_ns(drive);
    causal_merge_put(&drive->merge, drive->cluster_file.nodes, record);
}

const struct cluster_operations drive_operations = {
    .liveness = liveness,
    .is_member = is_member,
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
