/* What membership.c and joining.c send. */
#include "node/membership.h"

#include "node/handover.h"
#include "node/request.h"

void member_send_heartbeat(struct node *node, node_id peer)
{
    struct message message = {.kind = MESSAGE_HEARTBEAT};
    message.code = (uint8_t)((node->members[peer].heard ? HEARTBEAT_HEARS : 0) |
                             (node_is_joining(node) ? HEARTBEAT_JOINING : 0));
    message.as.floor = request_floor(node);
    if (node->handover)
        message.part = handover_view_tag(node);
    node_send(node, peer, &message);
}

/* Whether another one said that the peer is there, and it has been silent for two heartbeats since:
 * that is not passed on, else the dead would be handed from joiner to joiner. */
static bool is_doubtful(const struct node *node, node_id peer)
{
    const struct member *known = &node->members[peer];
    return known->hearsay && view_has(&node->view, peer) &&
           node_ran_ns(node) - known->heard_ns >= 2 * node->config.heartbeat_ns;
}

void member_send_welcome(struct node *node, node_id peer, uint8_t asks)
{
    struct message message = {.kind = MESSAGE_WELCOME, .code = asks};
    if (node->handover && handover_has_changed(node))
        message.code |= WELCOME_CHANGED;
    size_t size = (node->config.nodes + 7) / 8;
    char *members = memory_resize(NULL, size);
    if (!members)
        return;
    memcpy(members, node->view.bits, size);
    for (node_id other = 0; other < node->config.nodes; other++)
        if (is_doubtful(node, other))
            members[other / 8] &= (char)~(1u << other % 8);
    if (!text_set(&message.as.members, members, size))
        node_send(node, peer, &message);
    memory_free(members);
}

void member_send(struct node *node, node_id peer, enum message_kind kind)
{
    struct message message = {.kind = (uint8_t)kind};
    message.code = kind == MESSAGE_JOIN && !node_is_joining(node);
    node_send(node, peer, &message);
}

void member_broadcast(struct node *node, enum message_kind kind)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self)
            member_send(node, peer, kind);
}

/* A joining node sends JOIN to those not known to be joining: they are members, or may have been
 * down until now. A leaving node repeats LEAVE to those that have not acknowledged it. */
void member_beat(struct node *node)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        if (peer == node->config.self)
            continue;
        if (node_is_joining(node) && !node->members[peer].joining)
            member_send(node, peer, MESSAGE_JOIN);
        else
            member_send_heartbeat(node, peer);
        if (node->members[peer].awaited)
            member_send(node, peer, MESSAGE_LEAVE);
    }
}
