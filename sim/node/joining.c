#include "node/joining.h"

#include "base/number.h"
#include "node/handover.h"
#include "node/membership.h"
#include "node/request.h"
#include "node/worker.h"

static void become_member(struct node *node)
{
    bool alone = node->view.count == 1 && node->config.nodes > 1;
    node->phase = PHASE_MEMBER;
    node->trusting_ns = node->now_ns + node->config.suspect_ns;
    node->heartbeat_ns = node->now_ns + node->config.heartbeat_ns;
    member_record_view(node, alone ? node_ran_ns(node) - node->joined_ns : 0);
}

/* What waited for the view goes on. */
static void go_on(struct node *node)
{
    worker_take_held(node);
    request_route_waiting(node);
}

/* Nobody can welcome this node: those that join make their view themselves. They know of each other
 * that they do. */
static void form_view(struct node *node)
{
    view_add(&node->view, node->config.self);
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        struct member *known = &node->members[peer];
        if (peer == node->config.self || !member_takes_part(known))
            continue;
        view_add(&node->view, peer);
        known->hears_us = true;
        known->joining = false;
    }
    become_member(node);
    go_on(node);
}

/* The view of a member that welcomes this node becomes its own. All are told, who take it into
 * theirs. */
void joining_take_welcome(struct node *node, const struct message *welcome)
{
    view_add(&node->view, node->config.self);
    member_add_all(node, welcome);
    if (node->handover)
        handover_welcomed(node, welcome);
    become_member(node);
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self)
            member_send_heartbeat(node, peer);
    go_on(node);
}

void joining_settle(struct node *node, node_id peer)
{
    struct member *known = &node->members[peer];
    if (known->settled)
        return;
    known->settled = true;
    node->unsettled--;
    if (node_is_joining(node) && !node->unsettled)
        form_view(node);
}

void joining_await_welcome(struct node *node, node_id peer)
{
    struct member *known = &node->members[peer];
    node->unsettled += known->settled;
    known->settled = false;
    if (known->asked)
        return;
    known->asked = true;
    member_send(node, peer, MESSAGE_JOIN);
}

void joining_start(struct node *node)
{
    node->phase = PHASE_JOINING;
    node->has_joined = true;
    node->waits = false;
    node->joined_ns = node_ran_ns(node);
    node->heartbeat_ns = node->now_ns + node->config.heartbeat_ns;
    node->unsettled = node->config.nodes - 1;
    view_clear(&node->view);
    member_record_view(node, 0);
    member_suspect_from(node, node->joined_ns);
    member_broadcast(node, MESSAGE_JOIN);
    if (!node->unsettled)
        form_view(node);
}

void joining_settle_silent(struct node *node)
{
    int64_t until_ns = node->joined_ns + node->config.suspect_ns;
    if (node_ran_ns(node) < until_ns) {
        node->suspicion_ns = min_i64(node->suspicion_ns, until_ns);
        return;
    }
    for (node_id peer = 0; peer < node->config.nodes && node_is_joining(node); peer++)
        if (peer != node->config.self && !node->members[peer].heard)
            joining_settle(node, peer);
    if (!node_is_joining(node) || node->waits)
        return;
    node->waits = true; /* for members, which it hears */
    member_record_view(node, node_ran_ns(node) - node->joined_ns);
}
