#include "node/membership.h"

#include "node/handover.h"
#include "node/joining.h"
#include "node/peers.h"
#include "node/request.h"

enum error member_init(struct node *node)
{
    node->heartbeat_ns = node->suspicion_ns = node->leave_ns = TIME_NEVER;
    node->trusting_ns = INT64_MIN;
    if (node->config.everyone) {
        node->view = *node->config.everyone;
        node->phase = PHASE_MEMBER;
        return OK;
    }
    if (view_init(&node->view, node->config.nodes))
        return ERROR_MEMORY;
    node->members = memory_zeroed(node->config.nodes * sizeof *node->members);
    if (!node->members) {
        view_close(&node->view);
        return ERROR_MEMORY;
    }
    return OK;
}

void member_close(struct node *node)
{
    if (node->members)
        view_close(&node->view);
    memory_free(node->members);
    peers_close(node);
}

void member_record_view(struct node *node, int64_t for_ns)
{
    struct record record = record_of(RECORD_VIEW);
    record.epoch = node->view.epoch;
    record.amount = for_ns;
    record.value = text_borrow((const char *)node->view.bits, (node->config.nodes + 7) / 8);
    node_record(node, &record);
}

/* ---- the view ------------------------------------------------------------------------------ */

/* A leaving node is in its own view only as long as nobody else is. */
static void leave_own_view(struct node *node)
{
    if (node->phase == PHASE_LEAVING && node->view.count > 1)
        view_remove(&node->view, node->config.self);
}

/* Makes the view agree with what is known of the peer. `lost`: what it was asked is lost, if this
 * takes it out of the view. */
static void update_view(struct node *node, node_id peer, bool lost)
{
    const struct member *known = &node->members[peer];
    bool trusted = node->phase == PHASE_LEAVING || node->now_ns < node->trusting_ns;
    bool belongs = known->rejoins || (known->hears_us && !known->joining);
    if (node->phase != PHASE_MEMBER && node->phase != PHASE_LEAVING)
        return;
    if (known->heard && !known->left && belongs) {
        if (!view_add(&node->view, peer))
            return;
        leave_own_view(node);
        member_record_view(node, 0);
    } else if (!known->heard || known->left || !trusted) {
        if (!view_remove(&node->view, peer))
            return;
        if (!node->view.count) /* of a leaving node */
            view_add(&node->view, node->config.self);
        member_record_view(node, 0);
        if (lost)
            request_peer_lost(node, peer, WHY_LOST);
    }
}

static void no_longer_awaited(struct node *node, node_id peer)
{
    node->awaited -= node->members[peer].awaited;
    node->members[peer].awaited = false;
}

/* The peer is silent, its connection broke, or it has restarted: the requests that it held are
 * lost. */
static void lose_peer(struct node *node, node_id peer)
{
    struct member *known = &node->members[peer];
    known->heard = known->hears_us = known->joining = known->asked = known->rejoins = false;
    no_longer_awaited(node, peer);
    update_view(node, peer, true);
    if (node->handover)
        handover_lost(node, peer);
    if (known->left)
        request_peer_lost(node, peer, WHY_LEFT);
}

/* The peer is leaving: it takes no more requests, and will answer those that it holds. */
static void part_from(struct node *node, node_id peer)
{
    node->members[peer].left = true;
    no_longer_awaited(node, peer);
    update_view(node, peer, false);
}

/* ---- views of others ----------------------------------------------------------------------- */

void member_suspect_from(struct node *node, int64_t ran_ns)
{
    node->suspicion_ns = min_i64(node->suspicion_ns, ran_ns + node->config.suspect_ns);
}

void member_add_all(struct node *node, const struct message *welcome)
{
    const struct text *bits = &welcome->as.members;
    struct member *members = node->members;
    for (node_id peer = 0; peer < node->config.nodes; peer++)
        members[peer].new = !view_has(&node->view, peer);
    view_add_bits(&node->view, text_bytes(bits), text_size(bits));
    view_add(&node->view, welcome->from);
    for (node_id peer = 0; peer < node->config.nodes; peer++) {
        struct member *known = &members[peer];
        if (peer == node->config.self || !known->new || !view_has(&node->view, peer))
            continue;
        if (known->left) {
            view_remove(&node->view, peer);
            continue;
        }
        known->heard = known->hears_us = known->hearsay = true;
        known->joining = false;
        known->heard_ns = node_ran_ns(node);
    }
    member_suspect_from(node, node_ran_ns(node));
}

/* A member takes another one back with its whole view: were two sides of a partition to take each
 * other back one by one, ids would have owners meanwhile that they have on neither side. */
static void unite_views(struct node *node, const struct message *welcome)
{
    node_id peer = welcome->from;
    if (view_has(&node->view, peer) || node->members[peer].left)
        return;
    member_add_all(node, welcome);
    node->trusting_ns = node->now_ns + node->config.suspect_ns;
    leave_own_view(node);
    member_record_view(node, 0);
}

/* ---- starting ------------------------------------------------------------------------------ */

void member_connect(struct node *node)
{
    if (!node->members)
        return;
    if (node->phase == PHASE_ALONE) {
        joining_start(node);
        return;
    }
    for (node_id peer = 0; peer < node->config.nodes && node->phase == PHASE_MEMBER; peer++)
        if (peer != node->config.self && !node->members[peer].heard)
            member_send(node, peer, MESSAGE_JOIN);
}

void member_start(struct node *node)
{
    if (!node->members)
        return;
    if (node->config.joined) {
        joining_start(node);
        return;
    }
    view_add(&node->view, node->config.self);
    member_record_view(node, 0);
}

/* ---- leaving ------------------------------------------------------------------------------- */

void member_leave(struct node *node)
{
    bool tells = node->members && node->phase != PHASE_ALONE;
    node->phase = PHASE_LEAVING;
    for (node_id peer = 0; tells && peer < node->config.nodes; peer++) {
        struct member *known = &node->members[peer];
        known->awaited = peer != node->config.self && member_takes_part(known);
        node->awaited += known->awaited;
    }
    if (!tells)
        return;
    node->leave_ns = node->now_ns + node->config.suspect_ns;
    member_broadcast(node, MESSAGE_LEAVE);
    if (node->view.count < 2)
        return;
    leave_own_view(node);
    member_record_view(node, 0);
}

bool member_may_go(const struct node *node)
{
    return !node->awaited || node->now_ns >= node->leave_ns;
}

/* ---- what comes in ------------------------------------------------------------------------- */

/* Notes that the peer lives. Whether it was silent until now. */
static bool note_heard(struct node *node, node_id from)
{
    struct member *peer = &node->members[from];
    bool was_silent = !peer->heard;
    peer->heard = true;
    peer->hearsay = false;
    if (!peer->rejoins)
        peer->heard_ns = node_ran_ns(node);
    if (was_silent)
        member_suspect_from(node, peer->heard_ns);
    return was_silent;
}

/* Whether a new incarnation that says this need not leave the view in which the old one was: it
 * joins, or it has a view by now. */
static bool comes_back(const struct message *message)
{
    return message->kind == MESSAGE_JOIN || message->kind == MESSAGE_WELCOME ||
           (message->kind == MESSAGE_HEARTBEAT && message->code == HEARTBEAT_HEARS);
}

/* The peer, which is in the view, has none itself: it stays for `suspect` from the first time that
 * this is known, whatever it says meanwhile. */
static void let_rejoin(struct node *node, struct member *known)
{
    if (!known->rejoins)
        known->heard_ns = node_ran_ns(node);
    known->rejoins = true;
    member_suspect_from(node, known->heard_ns);
}

static void has_rejoined(struct node *node, struct member *known)
{
    known->rejoins = false;
    known->heard_ns = node_ran_ns(node);
}

/* The peer has restarted before it was missed: what it was asked is lost, and what it will be asked
 * waits there until it has a view. Its ids need no other owner meanwhile. */
static void keep_in_view(struct node *node, node_id peer)
{
    struct member *known = &node->members[peer];
    known->hears_us = true;
    known->joining = known->asked = false;
    no_longer_awaited(node, peer);
    let_rejoin(node, known);
    request_peer_lost(node, peer, WHY_LOST);
}

/* A new incarnation: what the old one said, and was asked, is void. */
static void note_incarnation(struct node *node, const struct message *message)
{
    node_id from = message->from;
    struct member *peer = &node->members[from];
    bool restarted = peer->incarnation && message->incarnation != peer->incarnation;
    bool stays = restarted && view_has(&node->view, from) && comes_back(message);
    if (restarted && !stays)
        lose_peer(node, from);
    if (message->incarnation != peer->incarnation)
        peer->left = false;
    peer->incarnation = message->incarnation;
    if (stays)
        keep_in_view(node, from);
}

static void take_join(struct node *node, const struct message *join)
{
    node_id peer = join->from;
    bool member = join->code;
    node->members[peer].joining = !member;
    if (!member && node->phase == PHASE_MEMBER && view_has(&node->view, peer))
        let_rejoin(node, &node->members[peer]);
    if (node->phase == PHASE_LEAVING)
        member_send(node, peer, MESSAGE_LEAVE);
    else if (node->phase == PHASE_MEMBER)
        member_send_welcome(node, peer, member ? WELCOME_ASKS : 0);
    else if (node_is_joining(node) && member)
        joining_await_welcome(node, peer);
    else
        member_send_heartbeat(node, peer);
    if (node_is_joining(node) && !member)
        joining_settle(node, peer);
}

/* The two may have parted. Who is there, and was not seen joining, is taken into the view with its
 * whole view alone. */
static void meet_member(struct node *node, node_id peer, bool was_joining, bool was_silent)
{
    struct member *known = &node->members[peer];
    bool out = !known->left && !view_has(&node->view, peer);
    if (known->rejoins && !known->joining)
        has_rejoined(node, known);
    if (out && !known->joining && !was_joining && (was_silent || known->hears_us))
        member_send_welcome(node, peer, WELCOME_ASKS);
    else if (was_silent)
        member_send_heartbeat(node, peer);
    if (!out || was_joining)
        update_view(node, peer, true);
}

static void take_heartbeat(struct node *node, const struct message *heartbeat, bool was_silent)
{
    node_id peer = heartbeat->from;
    struct member *known = &node->members[peer];
    bool was_joining = known->joining;
    known->hears_us = heartbeat->code & HEARTBEAT_HEARS;
    known->joining = heartbeat->code & HEARTBEAT_JOINING;
    if (node->phase == PHASE_MEMBER) {
        meet_member(node, peer, was_joining, was_silent);
        return;
    }
    if (was_silent)
        member_send_heartbeat(node, peer);
    if (node_is_joining(node) && !known->left && !known->joining)
        joining_await_welcome(node, peer);
    else if (node_is_joining(node))
        joining_settle(node, peer);
    update_view(node, peer, true);
}

static void take_welcome_of(struct node *node, const struct message *welcome)
{
    struct member *known = &node->members[welcome->from];
    known->hears_us = true;
    known->joining = false;
    has_rejoined(node, known);
    if (node_is_joining(node)) {
        joining_take_welcome(node, welcome);
        return;
    }
    unite_views(node, welcome);
    bool asks = welcome->code & WELCOME_ASKS;
    if (asks && node->phase == PHASE_LEAVING)
        member_send(node, welcome->from, MESSAGE_LEAVE);
    else if (asks)
        member_send_welcome(node, welcome->from, 0);
}

static void take_leave(struct node *node, node_id peer)
{
    part_from(node, peer);
    member_send(node, peer, MESSAGE_LEAVE_ACK);
    if (node_is_joining(node))
        joining_settle(node, peer);
}

/* The first message after a silence is answered, so that the peer need not wait for the next
 * heartbeat. */
static void take_message(struct node *node, const struct message *message, bool was_silent)
{
    switch (message->kind) {
    case MESSAGE_JOIN:
        take_join(node, message);
        break;
    case MESSAGE_WELCOME:
        take_welcome_of(node, message);
        break;
    case MESSAGE_HEARTBEAT:
        take_heartbeat(node, message, was_silent);
        break;
    case MESSAGE_LEAVE:
        take_leave(node, message->from);
        break;
    case MESSAGE_LEAVE_ACK:
        no_longer_awaited(node, message->from);
        break;
    default:
        if (was_silent)
            member_send_heartbeat(node, message->from);
        break;
    }
}

void member_hear(struct node *node, const struct message *message)
{
    if (!node->members) {
        if (peers_heard(node, message->from, message->incarnation))
            request_peer_lost(node, message->from, WHY_LOST);
        return;
    }
    note_incarnation(node, message);
    if (node->phase == PHASE_ALONE && message->kind == MESSAGE_JOIN)
        joining_start(node);
    if (node->phase == PHASE_ALONE) {
        if (message->kind == MESSAGE_LEAVE)
            take_leave(node, message->from);
        return;
    }
    take_message(node, message, note_heard(node, message->from));
}

void member_refused(struct node *node, node_id peer)
{
    if (node->members && !node->members[peer].left)
        part_from(node, peer);
}

void member_lost(struct node *node, node_id peer, uint32_t incarnation)
{
    if (!node->members && peers_lost(node, peer, incarnation))
        request_peer_lost(node, peer, WHY_LOST);
    else if (node->members && node->members[peer].incarnation <= incarnation)
        lose_peer(node, peer);
}

void member_found(struct node *node, node_id peer, uint32_t incarnation)
{
    if (!node->members && peers_found(node, peer, incarnation))
        request_peer_lost(node, peer, WHY_LOST);
}

/* ---- what is due --------------------------------------------------------------------------- */

void member_paused(struct node *node)
{
    if (node->phase == PHASE_MEMBER)
        node->trusting_ns = node->now_ns + node->config.suspect_ns;
}

static void suspect(struct node *node)
{
    int64_t ran_ns = node_ran_ns(node);
    node->suspicion_ns = TIME_NEVER;
    for (node_id id = 0; id < node->config.nodes; id++) {
        const struct member *peer = &node->members[id];
        if (peer->heard && peer->heard_ns + node->config.suspect_ns <= ran_ns)
            lose_peer(node, id);
        else if (peer->heard)
            member_suspect_from(node, peer->heard_ns);
    }
    if (node_is_joining(node))
        joining_settle_silent(node);
}

void member_run_due(struct node *node)
{
    if (node->now_ns >= node->heartbeat_ns) {
        node->heartbeat_ns = node->now_ns + node->config.heartbeat_ns;
        member_beat(node);
    }
    if (node_ran_ns(node) >= node->suspicion_ns)
        suspect(node);
}
