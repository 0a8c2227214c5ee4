#include "node/membership.h"

#include "base/bits.h"
#include "base/number.h"
#include "node/request.h"

enum error member_init(struct node *node)
{
    node->heartbeat_ns = TIME_NEVER;
    node->suspicion_ns = TIME_NEVER;
    if (node->config.everyone) {
        node->view = *node->config.everyone;
        return OK;
    }
    if (view_init(&node->view, node->config.nodes))
        return ERROR_MEMORY;
    node->members = memory_zeroed(node->config.nodes * sizeof *node->members);
    if (!node->members) {
        view_close(&node->view);
        return ERROR_MEMORY;
    }
    view_add(&node->view, node->config.self);
    return OK;
}

void member_close(struct node *node)
{
    if (node->members)
        view_close(&node->view);
    memory_free(node->members);
    memory_free(node->unreachable);
}

void member_record_view(struct node *node)
{
    struct record record = record_of(RECORD_VIEW);
    record.epoch = node->view.epoch;
    record.value = text_borrow((const char *)node->view.bits, (node->config.nodes + 7) / 8);
    node_record(node, &record);
}

/* ---- what is sent -------------------------------------------------------------------------- */

static void send_plain(struct node *node, node_id peer, enum message_kind kind)
{
    struct message message = {.kind = (uint8_t)kind};
    message.code = kind == MESSAGE_HEARTBEAT && node->members[peer].heard;
    node_send(node, peer, &message);
}

static void broadcast(struct node *node, enum message_kind kind)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        if (peer != node->config.self)
            send_plain(node, peer, kind);
}

void member_connect(struct node *node)
{
    if (!node->members || node->leaving)
        return;
    node->joined = true;
    node->heartbeat_ns = node->now_ns + node->config.heartbeat_ns;
    broadcast(node, MESSAGE_JOIN);
}

void member_start(struct node *node)
{
    if (!node->members)
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
    node->heartbeat_ns = TIME_NEVER;
    node->suspicion_ns = TIME_NEVER;
    broadcast(node, MESSAGE_LEAVE);
}

/* ---- what comes in ------------------------------------------------------------------------- */

/* Makes the view agree with what is known of the peer. */
static void update_view(struct node *node, node_id peer)
{
    const struct member *known = &node->members[peer];
    if (known->heard && known->hears_us) {
        if (view_add(&node->view, peer))
            member_record_view(node);
    } else if (view_remove(&node->view, peer)) {
        member_record_view(node);
        request_peer_lost(node, peer);
    }
}

static void mark_silent(struct node *node, node_id peer)
{
    node->members[peer].heard = false;
    node->members[peer].hears_us = false;
    update_view(node, peer);
}

/* Notes that the peer lives. A heartbeat answers a JOIN, and the first message after a silence, so
 * that the peer need not wait for the next one to take this node into its view. */
static void note_heard(struct node *node, const struct message *message)
{
    struct member *peer = &node->members[message->from];
    bool was_silent = !peer->heard;
    peer->heard = true;
    peer->heard_ns = node->now_ns;
    if (was_silent)
        node->suspicion_ns = min_i64(node->suspicion_ns, peer->heard_ns + node->config.suspect_ns);
    if (was_silent || message->kind == MESSAGE_JOIN)
        send_plain(node, message->from, MESSAGE_HEARTBEAT);
}

bool member_is_stale(const struct node *node, const struct message *message)
{
    return node->members && message->incarnation < node->members[message->from].incarnation;
}

/* A new incarnation: what the old one said, and was asked, is void. */
static void note_incarnation(struct node *node, const struct message *message)
{
    struct member *peer = &node->members[message->from];
    if (message->incarnation == peer->incarnation)
        return;
    if (peer->incarnation)
        mark_silent(node, message->from);
    peer->incarnation = message->incarnation;
}

void member_hear(struct node *node, const struct message *message)
{
    if (!node->members) {
        member_found(node, message->from);
        return;
    }
    note_incarnation(node, message);
    if (message->kind == MESSAGE_LEAVE)
        mark_silent(node, message->from);
    else if (message->kind == MESSAGE_JOIN && !node->joined)
        member_connect(node);
    if (!node->joined || message->kind == MESSAGE_LEAVE)
        return;
    note_heard(node, message);
    if (message->kind == MESSAGE_HEARTBEAT) {
        node->members[message->from].hears_us = message->code;
        update_view(node, message->from);
    }
}

void member_lost(struct node *node, node_id peer, uint32_t incarnation)
{
    if (node->members) {
        if (node->members[peer].incarnation <= incarnation)
            mark_silent(node, peer);
        return;
    }
    if (!node->unreachable)
        node->unreachable = bits_new(node->config.nodes);
    if (node->unreachable) /* else its requests run into their deadlines, as with a silent peer */
        bits_add(node->unreachable, peer);
    request_peer_lost(node, peer);
}

void member_found(struct node *node, node_id peer)
{
    if (node->unreachable)
        bits_remove(node->unreachable, peer);
}

bool member_reaches(const struct node *node, node_id peer)
{
    return !node->unreachable || !bits_has(node->unreachable, peer);
}

/* ---- what is due --------------------------------------------------------------------------- */

/* A heartbeat that is late by a whole interval shows that this node itself stood still: what it did
 * not hear in that time says nothing of the others (Dadgar, Phillips, Currey, "Lifeguard",
 * arXiv:1707.00788). */
static void discount_pause(struct node *node, int64_t late_ns)
{
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        node->members[peer].heard_ns += late_ns;
    node->suspicion_ns = node->now_ns; /* to be found anew */
}

static void suspect(struct node *node)
{
    node->suspicion_ns = TIME_NEVER;
    for (node_id id = 0; id < node->config.nodes; id++) {
        const struct member *peer = &node->members[id];
        if (!peer->heard)
            continue;
        int64_t until_ns = peer->heard_ns + node->config.suspect_ns;
        if (until_ns <= node->now_ns)
            mark_silent(node, id);
        else
            node->suspicion_ns = min_i64(node->suspicion_ns, until_ns);
    }
}

void member_run_due(struct node *node)
{
    if (node->now_ns >= node->heartbeat_ns) {
        int64_t late_ns = node->now_ns - node->heartbeat_ns;
        if (late_ns >= node->config.heartbeat_ns)
            discount_pause(node, late_ns);
        node->heartbeat_ns = node->now_ns + node->config.heartbeat_ns;
        broadcast(node, MESSAGE_HEARTBEAT);
    }
    if (node->now_ns >= node->suspicion_ns)
        suspect(node);
}
