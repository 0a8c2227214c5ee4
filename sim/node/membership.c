#include "node/membership.h"

#include "base/memory.h"
#include "node/request.h"

enum error member_init(struct node *node)
{
    node->tick_ns = TIME_NEVER;
    node->suspicion_ns = TIME_NEVER;
    if (node->config.everyone) {
        node->view = *node->config.everyone;
        return OK;
    }
    if (view_init(&node->view, node->config.nodes))
        return ERROR_MEMORY;
    node->peers = memory_zeroed(node->config.nodes * sizeof *node->peers);
    if (!node->peers) {
        view_close(&node->view);
        return ERROR_MEMORY;
    }
    view_add(&node->view, node->config.self);
    return OK;
}

void member_close(struct node *node)
{
    if (node->peers)
        view_close(&node->view);
    memory_free(node->peers);
    memory_free(node->unreachable);
}

void member_record_view(struct node *node)
{
    struct record record = record_of(RECORD_VIEW);
    record.epoch = node->view.epoch;
    record.value = text_borrow((const char *)node->view.bits, (node->config.nodes + 7) / 8);
    node_record(node, &record);
}

/* ---- what is told -------------------------------------------------------------------------- */

static void tell(struct node *node, node_id peer, enum message_kind kind)
{
    struct message message = {.kind = (uint8_t)kind};
    message.code = kind == MESSAGE_HEARTBEAT && node->peers[peer].heard;
    node_send(node, peer, &message);
}

static void tell_all(struct node *node, enum message_kind kind)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self)
            tell(node, peer, kind);
}

void member_connect(struct node *node)
{
    if (!node->peers || node->leaving)
        return;
    node->joined = true;
    node->tick_ns = node->now_ns + node->config.heartbeat_ns;
    tell_all(node, MESSAGE_JOIN);
}

void member_start(struct node *node)
{
    if (!node->peers)
        return;
    member_record_view(node);
    if (node->config.joined)
        member_connect(node);
}

void member_leave(struct node *node)
{
    if (!node->joined)
        return;
    node->joined = false;
    node->tick_ns = TIME_NEVER;
    node->suspicion_ns = TIME_NEVER;
    tell_all(node, MESSAGE_LEAVE);
}

/* ---- what is heard ------------------------------------------------------------------------- */

/* Makes the view agree with what is known of the peer. */
static void judge(struct node *node, node_id peer)
{
    const struct peer *known = &node->peers[peer];
    if (known->heard && known->hears_us) {
        if (view_add(&node->view, peer))
            member_record_view(node);
    } else if (view_remove(&node->view, peer)) {
        member_record_view(node);
        request_peer_lost(node, peer);
    }
}

static void silence(struct node *node, node_id peer)
{
    node->peers[peer].heard = false;
    node->peers[peer].hears_us = false;
    judge(node, peer);
}

/* Notes that the peer lives; tells it at once when that is news, so that it need not wait for the
 * next heartbeat to take this node into its view. */
static void note_heard(struct node *node, node_id from, bool tell_it)
{
    struct peer *peer = &node->peers[from];
    bool news = !peer->heard;
    peer->heard = true;
    peer->heard_ns = node->now_ns;
    if (news && peer->heard_ns + node->config.suspect_ns < node->suspicion_ns)
        node->suspicion_ns = peer->heard_ns + node->config.suspect_ns;
    if (news || tell_it)
        tell(node, from, MESSAGE_HEARTBEAT);
}

bool member_is_stale(const struct node *node, const struct message *message)
{
    return node->peers && message->incarnation < node->peers[message->from].incarnation;
}

/* A new incarnation: whatever the old one was asked or said is void. */
static void note_incarnation(struct node *node, const struct message *message)
{
    struct peer *peer = &node->peers[message->from];
    if (message->incarnation == peer->incarnation)
        return;
    if (peer->incarnation)
        silence(node, message->from);
    peer->incarnation = message->incarnation;
}

void member_hear(struct node *node, const struct message *message)
{
    if (!node->peers) {
        member_found(node, message->from);
        return;
    }
    note_incarnation(node, message);
    if (message->kind == MESSAGE_LEAVE)
        silence(node, message->from);
    else if (message->kind == MESSAGE_JOIN && !node->joined)
        member_connect(node);
    if (!node->joined || message->kind == MESSAGE_LEAVE)
        return;
    note_heard(node, message->from, message->kind == MESSAGE_JOIN);
    if (message->kind == MESSAGE_HEARTBEAT) {
        node->peers[message->from].hears_us = message->code;
        judge(node, message->from);
    }
}

void member_lost(struct node *node, node_id peer, uint32_t incarnation)
{
    if (node->peers) {
        if (node->peers[peer].incarnation <= incarnation)
            silence(node, peer);
        return;
    }
    if (!node->unreachable)
        node->unreachable = memory_zeroed((node->config.nodes + 63) / 64 * sizeof(uint64_t));
    if (node->unreachable) /* else its requests run into their deadlines, as with a silent peer */
        node->unreachable[peer / 64] |= UINT64_C(1) << (peer % 64);
    request_peer_lost(node, peer);
}

void member_found(struct node *node, node_id peer)
{
    if (node->unreachable)
        node->unreachable[peer / 64] &= ~(UINT64_C(1) << (peer % 64));
}

bool member_reaches(const struct node *node, node_id peer)
{
    return !node->unreachable || !(node->unreachable[peer / 64] >> (peer % 64) & 1);
}

/* ---- what falls due ------------------------------------------------------------------------ */

/* A tick that comes late by a heartbeat or more tells that this node itself stood still: what it
 * did not hear in that time says nothing of the others. */
static void forgive(struct node *node, int64_t late_ns)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        node->peers[peer].heard_ns += late_ns;
    node->suspicion_ns = node->now_ns; /* to be found anew */
}

static void suspect(struct node *node)
{
    node->suspicion_ns = TIME_NEVER;
    for (node_id id = 0; id < node->config.nodes; id++) {
        const struct peer *peer = &node->peers[id];
        if (!peer->heard)
            continue;
        int64_t until_ns = peer->heard_ns + node->config.suspect_ns;
        if (until_ns <= node->now_ns)
            silence(node, id);
        else if (until_ns < node->suspicion_ns)
            node->suspicion_ns = until_ns;
    }
}

void member_run_due(struct node *node)
{
    if (node->now_ns >= node->tick_ns) {
        int64_t late_ns = node->now_ns - node->tick_ns;
        if (late_ns >= node->config.heartbeat_ns)
            forgive(node, late_ns);
        node->tick_ns = node->now_ns + node->config.heartbeat_ns;
        tell_all(node, MESSAGE_HEARTBEAT);
    }
    if (node->now_ns >= node->suspicion_ns)
        suspect(node);
}
