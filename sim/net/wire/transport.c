#include "net/wire/transport.h"

#include "base/memory.h"
#include "base/number.h"
#include "net/wire/machine.h"
#include "net/wire/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Peers that are greeted at a time. With many nodes that start together more handshakes would share
 * the processors than can end in time, and all would begin anew. */
#define GREETINGS_MOST 4u

/* Frames that concern nobody are passed over; after so many the node has its turn. */
#define FRAMES_A_ROUND 64

/* The peers' connections are looked at so often while messages keep the node busy. */
#define LOOK_NS NS_PER_MS

struct transport {
    struct peer_shared shared;
    struct reception reception;
    struct peer_link *peers; /* of each node; that of the node itself is unused */
    bool returning;          /* a peer may have messages that could not leave */
    node_id looked_at;       /* peers before are looked at in this round */
    int64_t look_ns;         /* when a new round begins */
    bool more;               /* the listener may have frames still: no waiting */
    int64_t now_ns;          /* of the last transport_take */
    uint64_t waits;          /* so often it had nothing to do */
    bool has_first;          /* see transport_has_first */
    int sockets[3];          /* descriptors of the listener's */
    uint32_t greeted;        /* as of the last look */
};

/* Descriptors that transport_wait waits for besides those of its caller. */
#define EXTRA_MAX   8u
#define OWN_SOCKETS 5u

static uint32_t nodes_of(const struct transport *transport)
{
    return transport->shared.cluster_file->nodes;
}

static node_id self_of(const struct transport *transport)
{
    return transport->shared.greeting.node;
}

/* ---- opening ------------------------------------------------------------------------------- */

static enum error open_all(struct transport *transport, struct failure *failure)
{
    struct peer_shared *shared = &transport->shared;
    uint32_t nodes = nodes_of(transport);
    transport->peers = memory_zeroed(nodes * sizeof *transport->peers);
    if (!transport->peers)
        return failure_memory(failure);
    struct machine_need need = machine_need_of_node(
        nodes, shared->cluster_file->command ? shared->cluster_file->at_once : 0);
    shared->context = machine_context(&need, failure);
    if (!shared->context)
        return failure->error;
    shared->watch = epoll_create1(EPOLL_CLOEXEC);
    if (shared->watch < 0 || flow_wake_open(&shared->wake))
        return failure_set(failure, ERROR_IO, "%s", strerror(errno));
    zmq_ctx_set(shared->context, ZMQ_MAX_SOCKETS, (int)(4u * nodes + 64u));
    for (node_id id = 0; id < nodes; id++)
        peer_init(&transport->peers[id], id, shared);
    struct listener_setup setup = {.kind = LISTENER_NODE,
                                   .context = shared->context,
                                   .cluster_file = shared->cluster_file,
                                   .keys = shared->keys,
                                   .node = shared->greeting.node,
                                   .send_most = 2 * WIRE_CLIENT_REQUESTS_MAX,
                                   .receive_most = PEER_FRAMES_MAX,
                                   .frame_max = WIRE_FRAME_MAX};
    if (reception_open(&transport->reception, &setup, shared, transport->peers, failure))
        return failure->error;
    const struct listener *listener = &transport->reception.listener;
    transport->sockets[0] = socket_descriptor(listener->router);
    transport->sockets[1] = socket_descriptor(listener->connections.monitor);
    transport->sockets[2] = socket_descriptor(listener->authentication.socket);
    return OK;
}

struct transport *transport_open(const struct transport_setup *setup, struct failure *failure)
{
    struct transport *transport = memory_zeroed(sizeof *transport);
    if (!transport) {
        failure_memory(failure);
        return NULL;
    }
    transport->shared =
        (struct peer_shared){.cluster_file = setup->cluster_file,
                             .keys = setup->keys,
                             .wake = {.descriptor = -1},
                             .watch = -1,
                             .counts = setup->counts,
                             .greeting = {.settings = cluster_file_hash(setup->cluster_file),
                                          .instance = setup->instance,
                                          .incarnation = setup->incarnation,
                                          .node = setup->self}};
    snprintf(transport->shared.greeting.cluster, sizeof transport->shared.greeting.cluster, "%s",
             setup->cluster_file->name);
    if (open_all(transport, failure) == OK)
        return transport;
    transport_close(transport, 0);
    return NULL;
}

void transport_close(struct transport *transport, int linger_ms)
{
    for (node_id id = 0; transport->peers && id < nodes_of(transport); id++)
        peer_close(&transport->peers[id], &transport->shared, linger_ms);
    reception_close(&transport->reception, linger_ms);
    if (transport->shared.context)
        zmq_ctx_term(transport->shared.context);
    flow_wake_close(&transport->shared.wake);
    if (transport->shared.watch >= 0)
        close(transport->shared.watch);
    memory_free(transport->peers);
    memory_free(transport);
}

/* ---- out ----------------------------------------------------------------------------------- */

static void return_all(struct transport *transport, struct peer_link *peer)
{
    peer_return(peer);
    transport->returning = true;
}

bool transport_is_ripe(const struct transport *transport, node_id to, const struct message *message)
{
    const struct peer_link *peer = &transport->peers[to];
    return peer_is_ripe(peer, message) && flow_bytes(&peer->flow) < PEER_SENT_MAX;
}

/* One of WIRE_BATCH or more waits: others may bear the same long value, see peer_is_ripe. */
static bool is_first(const struct transport *transport, const struct peer_link *peer)
{
    return peer->flushed != transport->waits && peer->frame.bytes.size >= WIRE_BATCH_FIRST &&
           peer->frame.bytes.size < WIRE_BATCH && !flow_bytes(&peer->flow);
}

bool transport_has_first(const struct transport *transport)
{
    return transport->has_first;
}

bool transport_send(struct transport *transport, node_id to, const struct message *message,
                    enum drop_why *why)
{
    struct peer_link *peer = &transport->peers[to];
    *why = DROP_CUT;
    if (peer->cut_out)
        return false;
    *why = DROP_DOWN;
    if (peer->state != PEER_HERE)
        return false;
    *why = DROP_FULL;
    if (peer->returning || peer_add(peer, &transport->shared, message, transport->now_ns))
        return false;
    transport->has_first |= is_first(transport, peer);
    return true;
}

void transport_flush(struct transport *transport)
{
    transport->has_first = false;
    for (node_id id = 0; id < nodes_of(transport); id++) {
        struct peer_link *peer = &transport->peers[id];
        peer->flushed = transport->waits;
        if ((peer->frame_messages || !list_empty(&peer->waiting)) && !peer->returning) {
            if (peer->state == PEER_HERE)
                peer_flush(peer, &transport->shared, transport->now_ns);
            else
                peer_return(peer);
        }
        transport->returning |= peer_has_returned(peer);
    }
    if (clients_wait(&transport->reception.clients))
        clients_flush(&transport->reception.clients, transport->now_ns);
}

void transport_answer(struct transport *transport, struct wire_client_ref client,
                      const struct wire_answer *answer)
{
    clients_answer(&transport->reception.clients, client, answer, transport->now_ns);
}

void transport_admit_clients(struct transport *transport)
{
    transport->reception.admits_clients = true;
}

void transport_cut(struct transport *transport, node_id peer, bool out, bool in)
{
    transport->peers[peer].cut_out = out;
    transport->peers[peer].cut_in = in;
}

void transport_forget(struct transport *transport, node_id peer, int64_t now_ns)
{
    return_all(transport, &transport->peers[peer]);
    peer_forget(&transport->peers[peer], &transport->shared, now_ns);
}

/* ---- in ------------------------------------------------------------------------------------ */

static bool lost(struct arrival *arrival, node_id peer, uint32_t incarnation)
{
    arrival->kind = ARRIVAL_LOST;
    arrival->peer = peer;
    arrival->incarnation = incarnation;
    return true;
}

/* The next message that could not leave. */
static bool take_returned(struct transport *transport, struct arrival *arrival)
{
    for (node_id id = 0; id < nodes_of(transport) && transport->returning; id++) {
        struct peer_link *peer = &transport->peers[id];
        if (peer_has_returned(peer) &&
            peer_take_returned(peer, &transport->shared, &arrival->message, &arrival->why)) {
            arrival->kind = ARRIVAL_DROPPED;
            arrival->to = id;
            return true;
        }
    }
    transport->returning = false;
    return false;
}

static bool greets_enough(const struct transport *transport)
{
    return transport->shared.peers_in[PEER_GREETING] >= GREETINGS_MOST;
}

static bool take_peer_event(struct transport *transport, struct peer_link *peer, int64_t now_ns,
                            struct arrival *arrival)
{
    uint32_t incarnation = peer->incarnation;
    switch (peer_receive(peer, &transport->shared, now_ns)) {
    case PEER_GREETED:
        arrival->kind = ARRIVAL_FOUND;
        arrival->peer = peer->id;
        arrival->incarnation = peer->incarnation;
        return true;
    case PEER_BROKE:
        return_all(transport, peer);
        return lost(arrival, peer->id, incarnation);
    case PEER_IN_USE:
        arrival->kind = ARRIVAL_IN_USE;
        arrival->peer = peer->id;
        return true;
    case PEER_REFUSED:
        peer_log(peer, &transport->shared, "refuses this node", transport->shared.reason);
        return false;
    case PEER_NO_EVENT:
        break;
    }
    if (peer->state == PEER_GREETING || !greets_enough(transport))
        peer_retry(peer, &transport->shared, now_ns);
    return false;
}

/* Finds out to which connections something may have happened. */
static void notice(struct transport *transport)
{
    struct epoll_event events[64];
    int count = 0, most = sizeof events / sizeof *events;
    for (uint32_t seen = 0; seen < 2 * nodes_of(transport); seen += (uint32_t)count) {
        count = epoll_wait(transport->shared.watch, events, most, 0);
        for (int i = 0; i < count; i++)
            transport->peers[events[i].data.u32].noticed = true;
        if (count < most)
            return;
    }
}

/* Looks at the connections where there is a reason once a round, and begins a round every LOOK_NS.
 * Each node begins with the one after it, so that not all greet the same one. */
static bool look(struct transport *transport, int64_t now_ns, struct arrival *arrival)
{
    uint32_t nodes = nodes_of(transport);
    if (transport->looked_at == nodes) {
        if (now_ns < transport->look_ns)
            return false;
        transport->looked_at = 0;
    }
    if (transport->looked_at == 0) {
        listener_tend_connections(&transport->reception.listener);
        notice(transport);
        transport->look_ns = now_ns + LOOK_NS;
    }
    for (; transport->looked_at < nodes; transport->looked_at++) {
        node_id id = (self_of(transport) + 1 + transport->looked_at) % nodes;
        struct peer_link *peer = &transport->peers[id];
        bool due = peer->state != PEER_HERE && peer->retry_ns <= now_ns;
        if (id == self_of(transport) || (!peer->noticed && !due))
            continue;
        peer->noticed = false;
        if (take_peer_event(transport, peer, now_ns, arrival)) {
            peer->noticed = true; /* there may be more */
            return true;
        }
    }
    return false;
}

/* Connects anew to a peer that has another instance now. Whether the one before was here. */
static bool renew_peer(struct transport *transport, int64_t now_ns, struct arrival *arrival)
{
    struct peer_link *peer = &transport->peers[arrival->peer];
    bool was_here = peer->state == PEER_HERE;
    uint32_t incarnation = peer->incarnation;
    return_all(transport, peer);
    peer_renew(peer, &transport->shared, now_ns);
    return was_here && lost(arrival, peer->id, incarnation);
}

bool transport_take(struct transport *transport, int64_t now_ns, struct arrival *arrival)
{
    transport->more = false;
    transport->now_ns = now_ns;
    if (take_returned(transport, arrival) ||
        reception_take_message(&transport->reception, arrival) || look(transport, now_ns, arrival))
        return true;
    for (int count = 0; count < FRAMES_A_ROUND; count++)
        switch (reception_take_frame(&transport->reception, now_ns, arrival)) {
        case RECEPTION_ARRIVAL:
            return true;
        case RECEPTION_INSTANCE:
            if (renew_peer(transport, now_ns, arrival))
                return true;
            break;
        case RECEPTION_HANDLED:
            break;
        case RECEPTION_EMPTY:
            return false;
        }
    transport->more = true;
    return false;
}

/* ---- waiting ------------------------------------------------------------------------------- */

static int64_t next_retry_ns(const struct transport *transport)
{
    int64_t next_ns = TIME_NEVER;
    bool enough = greets_enough(transport);
    if (transport->shared.peers_in[PEER_HERE] + 1 == nodes_of(transport))
        return next_ns;
    for (node_id id = 0; id < nodes_of(transport); id++) {
        const struct peer_link *peer = &transport->peers[id];
        bool waits = peer->state == PEER_GREETING || (peer->state == PEER_AWAY && !enough);
        if (id != self_of(transport) && waits)
            next_ns = min_i64(next_ns, peer->retry_ns);
    }
    return next_ns;
}

/* A signal ends the wait early, and nothing is ready then. */
static void wait_for_items(struct pollfd *items, nfds_t count, int64_t for_ns)
{
    struct timespec timeout = {.tv_sec = for_ns / NS_PER_S, .tv_nsec = for_ns % NS_PER_S};
    if (ppoll(items, count, for_ns < TIME_NEVER ? &timeout : NULL, NULL) > 0)
        return;
    for (nfds_t i = 0; i < count; i++)
        items[i].revents = 0;
}

static bool any_ready(const struct pollfd *items, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (items[i].revents)
            return true;
    return false;
}

/* Whether what waits for room has some by now; if not, the wait ends when it has. */
static bool wants_room(struct transport *transport)
{
    bool waits = clients_wait(&transport->reception.clients);
    for (node_id id = 0; id < nodes_of(transport) && !waits; id++)
        waits = transport->peers[id].blocked;
    if (!waits)
        return false;
    flow_want(&transport->shared.wake);
    for (node_id id = 0; id < nodes_of(transport); id++) {
        const struct peer_link *peer = &transport->peers[id];
        if (peer->blocked && flow_bytes(&peer->flow) < PEER_SENT_MAX)
            return true;
    }
    return clients_flush(&transport->reception.clients, transport->now_ns);
}

/* Not zmq_poll: it asks every socket by itself, three system calls each, before and after. What
 * has come to a socket since it was last found empty makes its descriptor readable, and all are
 * found empty by now; but for the listener's, which may have taken note while it sent. */
bool transport_wait(struct transport *transport, int64_t now_ns, int64_t until_ns,
                    const int *descriptors, uint32_t extra)
{
    const struct reception *reception = &transport->reception;
    int64_t retry_ns = next_retry_ns(transport);
    until_ns = min_i64(until_ns, retry_ns);
    if (transport->returning || reception->reading || reception->listener.sent || transport->more ||
        until_ns <= now_ns)
        return false;
    if (wants_room(transport))
        return false;
    const int own[OWN_SOCKETS] = {transport->shared.wake.descriptor, transport->sockets[0],
                                  transport->sockets[1], transport->sockets[2],
                                  transport->shared.watch};
    struct pollfd items[EXTRA_MAX + OWN_SOCKETS];
    must(extra <= EXTRA_MAX);
    for (uint32_t i = 0; i < extra + OWN_SOCKETS; i++)
        items[i] =
            (struct pollfd){.fd = i < extra ? descriptors[i] : own[i - extra], .events = POLLIN};
    transport->waits++;
    wait_for_items(items, extra + OWN_SOCKETS,
                   until_ns < TIME_NEVER ? until_ns - now_ns : TIME_NEVER);
    if (items[extra].revents)
        flow_woken(&transport->shared.wake);
    if (retry_ns <= until_ns || any_ready(items + extra + 2, OWN_SOCKETS - 2))
        transport->looked_at = 0; /* a round begins */
    return any_ready(items, extra);
}

const char *transport_refused_for(const struct transport *transport)
{
    const char *reason = NULL;
    for (node_id id = 0; id < nodes_of(transport); id++) {
        const struct peer_link *peer = &transport->peers[id];
        if (peer->state == PEER_HERE)
            return NULL;
        if (peer->refuses)
            reason = peer->refuses_for;
    }
    return reason;
}

struct wire_counts transport_counts(const struct transport *transport)
{
    struct wire_counts counts = transport->shared.counts;
    counts.refused += transport->reception.listener.authentication.refused;
    return counts;
}

uint32_t transport_greeted(struct transport *transport)
{
    if (!transport->shared.greeted_changed)
        return transport->greeted;
    transport->shared.greeted_changed = false;
    transport->greeted = 0;
    for (node_id id = 0; id < nodes_of(transport); id++) {
        const struct peer_link *peer = &transport->peers[id];
        transport->greeted +=
            peer->state == PEER_HERE && peer->known && peer->in_instance == peer->instance;
    }
    return transport->greeted;
}
