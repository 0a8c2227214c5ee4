#include "base/memory.h"
#include "base/random.h"
#include "net/drive/drive_internal.h"

#include <errno.h>
#include <stdio.h>

static void tell(struct drive *drive, node_id node, struct order order, const char *text)
{
    if (!node_handle_tell(&drive->node_handles[node], &order, text) &&
        drive->node_handles[node].state != SUPERVISOR_DOWN)
        drive_fail(drive, "a node takes no more orders: it stands still for too long");
}

/* What is done to the cluster stands in the trace in a feed of its own. */
static void record_fault(struct drive *drive, const struct item *item, const char *words)
{
    struct record record = actions_fault(item, words, drive_clock_ns(drive), 0);
    causal_merge_put(&drive->causal_merge, drive->cluster_file.nodes, &record);
}

/* ---- nodes --------------------------------------------------------------------------------- */

/* Whether an action of this kind would do something to the node. */
static bool suits(void *context, node_id node, enum action_kind kind)
{
    const struct drive *drive = context;
    enum supervisor_state state = drive->node_handles[node].state;
    if (kind == ACTION_CLOCK)
        return true;
    if (kind == ACTION_RESTART || kind == ACTION_JOIN)
        return state == SUPERVISOR_DOWN;
    if (kind == ACTION_THAW)
        return state == SUPERVISOR_FROZEN;
    if (kind == ACTION_FREEZE || kind == ACTION_LEAVE)
        return state == SUPERVISOR_UP;
    return state != SUPERVISOR_DOWN;
}

static bool start(struct drive *drive, node_id node, bool joins)
{
    struct node_handle *node_handle = &drive->node_handles[node];
    char why[256];
    if (node_handle->state != SUPERVISOR_DOWN)
        return false;
    if (!node_handle_start(node_handle, joins || node_handle->was_member)) {
        snprintf(why, sizeof why, "n%u can't be started: %s", node + 1, strerror(errno));
        drive_fail(drive, why);
        return false;
    }
    /* What the process before was asked and did not answer, nobody will. */
    drive->synced[node] = node_handle->gauges.synced;
    strike_brief(drive, node);
    return true;
}

static bool strike_node(struct drive *drive, enum action_kind kind, node_id node)
{
    struct node_handle *node_handle = &drive->node_handles[node];
    switch (kind) {
    case ACTION_CRASH:
        return node_handle_crash(node_handle);
    case ACTION_RESTART:
        return start(drive, node, false);
    case ACTION_FREEZE:
        return node_handle_freeze(node_handle);
    case ACTION_THAW:
        return node_handle_thaw(node_handle);
    case ACTION_LEAVE:
        if (node_handle->state != SUPERVISOR_UP)
            return false;
        tell(drive, node, (struct order){.kind = ORDER_LEAVE}, NULL);
        return true;
    case ACTION_JOIN:
        return start(drive, node, true);
    default:
        must(false && "an action on nodes");
    }
}

static struct node_list nodes_of(struct drive *drive, const struct item *item,
                                 const struct node_list *list, node_id *drawn)
{
    return actions_nodes(&drive->actions, item, list, drawn, suits, drive);
}

static enum error strike_nodes(struct drive *drive, const struct item *item)
{
    node_id drawn;
    struct node_list nodes = nodes_of(drive, item, &item->action->nodes, &drawn);
    record_fault(drive, item, item->action->text);
    for (uint32_t i = 0; i < nodes.count; i++) {
        if (!strike_node(drive, item->action->kind, nodes.nodes[i]))
            continue;
        drive->node_handles[nodes.nodes[i]].struck_by = ++drive->actions.strikes;
        actions_touch(&drive->actions, item);
        if (actions_end_later(&drive->actions, item, drive->now_ns, nodes.nodes[i]))
            return ERROR_MEMORY;
    }
    return OK;
}

static void connect_nodes(struct drive *drive, const struct item *item)
{
    node_id drawn;
    struct node_list nodes = nodes_of(drive, item, &item->action->nodes, &drawn);
    for (uint32_t i = 0; i < nodes.count; i++)
        if (drive->node_handles[nodes.nodes[i]].state == SUPERVISOR_UP)
            tell(drive, nodes.nodes[i], (struct order){.kind = ORDER_CONNECT}, NULL);
}

/* ---- links --------------------------------------------------------------------------------- */

static bool lists(const struct node_list *list, node_id node)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->nodes[i] == node)
            return true;
    return false;
}

static uint32_t group_of(const struct action *partition, node_id node)
{
    for (uint32_t i = 0; i < partition->as.partition.count; i++)
        if (lists(&partition->as.partition.groups[i], node))
            return i + 1;
    return 0;
}

/* Whether the cut or partition stops what goes from the one to the other. */
static bool covers(const struct action *action, node_id from, node_id to)
{
    const struct link_set *link = &action->as.link;
    if (action->kind == ACTION_PARTITION) {
        uint32_t a = group_of(action, from), b = group_of(action, to);
        return a && b && a != b;
    }
    return (lists(&link->from, from) && lists(&link->to, to)) ||
           (link->both && lists(&link->from, to) && lists(&link->to, from));
}

static bool is_cut(const struct drive *drive, node_id from, node_id to)
{
    for (size_t i = 0; i < drive->cuts_count; i++)
        if (drive->cuts[i].until_ns == TIME_NEVER && covers(drive->cuts[i].action, from, to))
            return true;
    return false;
}

static void tell_cut(struct drive *drive, node_id node, node_id peer)
{
    uint32_t nodes = drive->cluster_file.nodes;
    tell(drive, node,
         (struct order){.kind = ORDER_CUT,
                        .peer = peer,
                        .out = drive->cut_now[node * nodes + peer],
                        .in = drive->cut_now[peer * nodes + node]},
         NULL);
}

/* Both ends of each link that has changed are told: the one sends no more, the other takes none. */
static void apply_cuts(struct drive *drive)
{
    uint32_t nodes = drive->cluster_file.nodes;
    for (node_id from = 0; from < nodes; from++)
        for (node_id to = 0; to < nodes; to++) {
            uint8_t *now = &drive->cut_now[from * nodes + to];
            uint8_t is = from != to && is_cut(drive, from, to);
            if (*now == is)
                continue;
            *now = is;
            tell_cut(drive, from, to);
            tell_cut(drive, to, from);
        }
}

static enum error cut_links(struct drive *drive, const struct item *item)
{
    if (memory_reserve((void **)&drive->cuts, &drive->cuts_capacity, drive->cuts_count + 1,
                       sizeof *drive->cuts))
        return ERROR_MEMORY;
    record_fault(drive, item, item->action->text);
    drive->cuts[drive->cuts_count++] = (struct cut){.action = item->action,
                                                    .index = item->index,
                                                    .strike = ++drive->actions.strikes,
                                                    .from_ns = drive_clock_ns(drive),
                                                    .until_ns = TIME_NEVER};
    apply_cuts(drive);
    return actions_end_later(&drive->actions, item, drive->now_ns, NODE_NONE);
}

/* Heals the cut of this strike, or all (0). Returns whether there was any. */
static bool heal(struct drive *drive, uint32_t strike_number)
{
    bool any = false;
    for (size_t i = 0; i < drive->cuts_count; i++) {
        struct cut *cut = &drive->cuts[i];
        if (cut->until_ns < TIME_NEVER || (strike_number && cut->strike != strike_number))
            continue;
        cut->until_ns = drive_clock_ns(drive);
        any = true;
    }
    apply_cuts(drive);
    return any;
}

void strike_note_cut(struct drive *drive, const struct record *drop)
{
    static const int64_t slack_ns = NS_PER_S; /* an order reaches a node that late at most */
    for (size_t i = 0; i < drive->cuts_count; i++) {
        const struct cut *cut = &drive->cuts[i];
        if (cut->from_ns <= drop->t_ns && drop->t_ns - slack_ns < cut->until_ns &&
            covers(cut->action, drop->node, drop->peer))
            atomic_store(&actions_of(&drive->actions, cut->index)->touched, true);
    }
}

/* ---- the ends of faults -------------------------------------------------------------------- */

/* What ended by itself or by another action before is left as it is. */
static void end_fault(struct drive *drive, const struct item *item)
{
    struct tracked_action_words words = actions_end_words(item);
    if (item->node == NODE_NONE) {
        if (heal(drive, item->strike))
            record_fault(drive, item, words.text);
        return;
    }
    struct node_handle *node_handle = &drive->node_handles[item->node];
    bool crashed = item->action->kind == ACTION_CRASH;
    enum supervisor_state struck = crashed ? SUPERVISOR_DOWN : SUPERVISOR_FROZEN;
    if (node_handle->struck_by != item->strike || node_handle->state != struck)
        return;
    record_fault(drive, item, words.text);
    if (crashed)
        start(drive, item->node, false);
    else
        node_handle_thaw(node_handle);
}

/* ---- requests ------------------------------------------------------------------------------ */

/* Nobody is there to make it: it is on record as made and ended. */
static void request_on_nobody(struct drive *drive, node_id node, const struct text *id,
                              uint64_t tag)
{
    struct record record = record_of(RECORD_REQUEST);
    record.t_ns = record.clock_ns = drive_clock_ns(drive);
    record.node = node;
    record.request = node_handle_take_number(&drive->node_handles[node], drive->cluster_file.nodes);
    record.id = *id;
    record.number = tag;
    record.amount = record.clock_ns + drive->cluster_file.settings.timeout_ns;
    causal_merge_put(&drive->causal_merge, node, &record);
    record.kind = RECORD_FAIL;
    record.code = OUTCOME_CALLER_LOST;
    record.number = 0;
    record.amount = 0;
    causal_merge_put(&drive->causal_merge, node, &record);
}

static void request_at(struct drive *drive, node_id node, const struct text *id, uint64_t tag)
{
    char text[64] = {0};
    if (drive->node_handles[node].state == SUPERVISOR_DOWN) {
        request_on_nobody(drive, node, id, tag);
        return;
    }
    memcpy(text, text_bytes(id), text_size(id));
    tell(drive, node, (struct order){.kind = ORDER_REQUEST, .tag = tag}, text);
}

static void request(struct drive *drive, const struct item *item)
{
    const struct action *action = item->action;
    node_id drawn;
    struct node_list from = nodes_of(drive, item, &action->as.request.from, &drawn);
    for (uint32_t i = 0; i < from.count; i++)
        for (uint32_t j = 0; j < action->as.request.count; j++)
            request_at(drive, from.nodes[i], &action->as.request.ids[j], request_tag(action, i, j));
}

/* ---- clients ------------------------------------------------------------------------------- */

static void send_crowd(struct drive *drive, const struct client_group *client_group)
{
    int64_t until_ns = client_group->action->as.load.until_ns;
    struct order order = {
        .kind = ORDER_CLIENTS,
        .nodes = client_group->spread,
        .key = random_mix(client_group->key ^ drive->node_handles[client_group->node].incarnation),
        .first = client_group->node,
        .count = client_group->count,
        .until_ns =
            until_ns < TIME_NEVER ? until_ns + drive->base_ns[client_group->node] : TIME_NEVER,
    };
    if (until_ns > drive->now_ns)
        tell(drive, client_group->node, order, client_group->action->text);
}

struct gathering {
    struct drive *drive;
    size_t first; /* of the client groups of this item */
    enum error error;
};

/* Clients of one node go together. */
static void gather(void *context, node_id node, struct client client)
{
    struct gathering *gathering = context;
    struct drive *drive = gathering->drive;
    const struct node_list *from = &client.action->as.load.from;
    for (size_t i = gathering->first; i < drive->client_groups_count; i++)
        if (drive->client_groups[i].node == node) {
            drive->client_groups[i].count++;
            return;
        }
    if (memory_reserve((void **)&drive->client_groups, &drive->client_groups_capacity,
                       drive->client_groups_count + 1, sizeof *drive->client_groups)) {
        gathering->error = ERROR_MEMORY;
        return;
    }
    drive->client_groups[drive->client_groups_count++] =
        (struct client_group){.action = client.action,
                              .node = node,
                              .count = 1,
                              .key = client.id_key,
                              .spread = from->any ? drive->cluster_file.nodes : from->count};
}

static enum error gather_clients(struct drive *drive, const struct item *item)
{
    struct gathering gathering = {drive, drive->client_groups_count, OK};
    actions_clients(&drive->actions, item, gather, &gathering);
    for (size_t i = gathering.first; i < drive->client_groups_count; i++)
        if (drive->node_handles[drive->client_groups[i].node].state != SUPERVISOR_DOWN)
            send_crowd(drive, &drive->client_groups[i]);
    return gathering.error;
}

/* ---- settings ------------------------------------------------------------------------------ */

static void tell_laws(struct drive *drive, node_id node)
{
    if (drive->cluster_file.load_command)
        return; /* loads take what they take */
    tell(drive, node, (struct order){.kind = ORDER_LOAD, .distribution = drive->load}, NULL);
    tell(drive, node, (struct order){.kind = ORDER_WORK, .distribution = drive->work}, NULL);
    tell(drive, node, (struct order){.kind = ORDER_LOAD_FAIL, .ppb = drive->load_fail_ppb}, NULL);
}

void strike_brief(struct drive *drive, node_id node)
{
    uint32_t nodes = drive->cluster_file.nodes;
    tell_laws(drive, node);
    for (node_id peer = 0; peer < nodes; peer++)
        if (drive->cut_now[node * nodes + peer] || drive->cut_now[peer * nodes + node])
            tell_cut(drive, node, peer);
    for (size_t i = 0; i < drive->client_groups_count; i++)
        if (drive->client_groups[i].node == node)
            send_crowd(drive, &drive->client_groups[i]);
}

/* Latency, loss and clocks are the real network's own: they are passed over. */
static void set(struct drive *drive, const struct action *action)
{
    if (action->kind == ACTION_LOAD)
        drive->load = action->as.set.distribution;
    else if (action->kind == ACTION_WORK)
        drive->work = action->as.set.distribution;
    else if (action->kind == ACTION_LOAD_FAIL)
        drive->load_fail_ppb = action->as.set.ppb;
    else
        return;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        if (drive->node_handles[node].state != SUPERVISOR_DOWN)
            tell_laws(drive, node);
}

enum error strike(struct drive *drive, const struct item *item)
{
    const struct action *action = item->action;
    if (item->ends_fault) {
        end_fault(drive, item);
        return OK;
    }
    if (actions_repeat_later(&drive->actions, item))
        return ERROR_MEMORY;
    switch (action->kind) {
    case ACTION_CONNECT:
        connect_nodes(drive, item);
        return OK;
    case ACTION_REQUEST:
        request(drive, item);
        return OK;
    case ACTION_CLIENTS:
    case ACTION_REQUESTS:
        return gather_clients(drive, item);
    case ACTION_CUT:
    case ACTION_PARTITION:
        return cut_links(drive, item);
    case ACTION_HEAL:
        record_fault(drive, item, action->text);
        if (heal(drive, 0))
            actions_touch(&drive->actions, item);
        return OK;
    default:
        if (action->kind >= ACTION_CRASH && action->kind <= ACTION_JOIN)
            return strike_nodes(drive, item);
        set(drive, action);
        return OK;
    }
}
