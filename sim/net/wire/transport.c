#include "net/wire/transport_internal.h"

#include "base/memory.h"
#include "net/wire/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define HANDSHAKE_MS 2000

/* Peers that are greeted at a time. With many nodes that start together more handshakes would share
 * the processors than each is done with in its time, and all would begin anew. */
#define GREETINGS_MOST 4u

/* Frames that concern nobody are passed over; then the node has its turn. */
#define FRAMES_A_ROUND 64

/* Monitors are looked at so often while messages keep the node busy. */
#define LOOK_NS NS_PER_MS

void log_peer(const struct transport *transport, node_id peer, const char *what, const char *why)
{
    char room[96];
    fprintf(stderr, "dpsim: n%u: %s %s: %s\n", transport->setup.self + 1,
            peer_format(&transport->peers[peer], transport->setup.cluster_file, room), what, why);
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool make_router(struct transport *transport)
{
    const struct cluster_file_node *host =
        &transport->setup.cluster_file->node[transport->setup.self];
    transport->router = zmq_socket(transport->context, ZMQ_ROUTER);
    void *router = transport->router;
    bool set = router && socket_set(router, ZMQ_LINGER, 0) &&
               socket_set(router, ZMQ_ROUTER_MANDATORY, 1) &&
               socket_set(router, ZMQ_SNDHWM, 2 * WIRE_CLIENT_REQUESTS_MAX) &&
               socket_set(router, ZMQ_RCVHWM, PEER_FRAMES_MAX) &&
               socket_set(router, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
               socket_set(router, ZMQ_BACKLOG, 512) &&
               socket_set(router, ZMQ_IPV6, host->address[0] == '[') &&
               socket_set_frame_max(router, WIRE_FRAME_MAX);
    if (set && transport->setup.cluster_file->keyed)
        set = !authentication_configure_server(router, transport->setup.keys);
    if (!set)
        return false;
    return !connection_limit_open(&transport->connections, transport->context, router);
}

static bool bind_and_try(struct transport *transport, char why[256])
{
    const struct cluster_file_node *host =
        &transport->setup.cluster_file->node[transport->setup.self];
    char endpoint[96];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port);
    if (zmq_bind(transport->router, endpoint)) {
        snprintf(why, 256, "%s: %s%s", endpoint, zmq_strerror(errno),
                 errno == EADDRINUSE ? " (is this node running already?)" : "");
        return false;
    }
    return !transport->setup.cluster_file->keyed ||
           !authentication_check(&transport->authentication, endpoint, transport->setup.keys, why);
}

static bool make(struct transport *transport, char why[256])
{
    const struct cluster_file *cluster_file = transport->setup.cluster_file;
    transport->peers = memory_zeroed(cluster_file->nodes * sizeof *transport->peers);
    transport->items = memory_zeroed((2u * cluster_file->nodes + 16u) * sizeof *transport->items);
    transport->context = zmq_ctx_new();
    snprintf(why, 256, "out of memory");
    if (!transport->peers || !transport->items || !transport->context)
        return false;
    zmq_ctx_set(transport->context, ZMQ_MAX_SOCKETS, (int)(4u * cluster_file->nodes + 64u));
    for (node_id id = 0; id < cluster_file->nodes; id++)
        peer_init(&transport->peers[id], id);
    if (authentication_open(&transport->authentication, transport->context, cluster_file, false) ||
        !make_router(transport)) {
        snprintf(why, 256, "ZeroMQ: %s", zmq_strerror(errno));
        return false;
    }
    return bind_and_try(transport, why);
}

struct transport *transport_open(const struct transport_setup *setup, char why[256])
{
    struct transport *transport = memory_zeroed(sizeof *transport);
    snprintf(why, 256, "out of memory");
    if (!transport)
        return NULL;
    memcpy((void *)&transport->setup, setup, sizeof *setup);
    transport->dropping = NODE_NONE;
    zmq_msg_init(&transport->frame);
    struct greeting greeting = {.settings = cluster_file_hash(setup->cluster_file),
                                .instance = setup->instance,
                                .incarnation = setup->incarnation,
                                .node = setup->self};
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", setup->cluster_file->name);
    bool made = make(transport, why);
    transport->world = (struct peer_shared){.context = transport->context,
                                            .cluster_file = setup->cluster_file,
                                            .keys = setup->keys,
                                            .greeting = greeting};
    if (made)
        return transport;
    transport_close(transport, 0);
    return NULL;
}

void transport_close(struct transport *transport, int linger_ms)
{
    for (node_id id = 0; transport->peers && id < transport->setup.cluster_file->nodes; id++)
        peer_close(&transport->peers[id], linger_ms);
    zmq_msg_close(&transport->frame);
    connection_limit_close(&transport->connections);
    if (transport->router) {
        socket_set(transport->router, ZMQ_LINGER, linger_ms);
        zmq_close(transport->router);
    }
    authentication_close(&transport->authentication);
    if (transport->context)
        zmq_ctx_term(transport->context);
    memory_free(transport->peers);
    memory_free(transport->items);
    memory_free(transport);
}

/* ---- out ----------------------------------------------------------------------------------- */

/* It takes no more until all its messages have come back. */
void transport_give_back(struct transport *transport, struct peer_link *peer, enum drop_why why)
{
    if (peer->given_back || !peer->frame_messages)
        return;
    peer->given_back = true;
    peer->back_why = why;
    transport->given_back++;
}

bool transport_is_ripe(const struct transport *transport, node_id to)
{
    return transport->peers[to].frame.size >= WIRE_BATCH;
}

static void flush(struct transport *transport, struct peer_link *peer)
{
    if (peer->given_back)
        return;
    if (peer->state != PEER_HERE)
        transport_give_back(transport, peer, DROP_DOWN);
    else if (peer_flush(peer) && transport_is_ripe(transport, peer->id))
        transport_give_back(transport, peer, DROP_FULL); /* a smaller one grows, and tries again */
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
    return !peer->given_back && peer->frame.size < WIRE_BATCH &&
           !peer_add(peer, &transport->world, message);
}

void transport_flush(struct transport *transport)
{
    for (node_id id = 0; id < transport->setup.cluster_file->nodes; id++)
        if (transport->peers[id].frame_messages)
            flush(transport, &transport->peers[id]);
}

void transport_admit_clients(struct transport *transport)
{
    transport->lets_in = true;
}

void transport_cut(struct transport *transport, node_id peer, bool out, bool in)
{
    transport->peers[peer].cut_out = out;
    transport->peers[peer].cut_in = in;
}

/* ---- in ------------------------------------------------------------------------------------ */

bool transport_lost(struct arrival *arrival, node_id peer, uint32_t incarnation)
{
    arrival->kind = ARRIVAL_LOST;
    arrival->peer = peer;
    arrival->incarnation = incarnation;
    return true;
}

/* Begins to take the next frame apart that could not leave. */
static void begin_dropping(struct transport *transport)
{
    node_id id = 0;
    while (!transport->peers[id].given_back)
        id++;
    const struct wire_frame *frame = &transport->peers[id].frame;
    transport->dropping = id;
    must(!wire_read_batch(frame->bytes, frame->size, &transport->drop_batch,
                          &transport->drop_cursor));
}

/* The next message that could not leave. */
static bool take_dropped(struct transport *transport, struct arrival *arrival)
{
    while (transport->given_back) {
        if (transport->dropping == NODE_NONE)
            begin_dropping(transport);
        struct peer_link *peer = &transport->peers[transport->dropping];
        if (!wire_at_end(&transport->drop_cursor)) {
            must(!wire_read_message(&transport->drop_cursor, &transport->drop_batch,
                                    transport->setup.cluster_file->nodes, peer->id,
                                    &arrival->message));
            arrival->kind = ARRIVAL_DROPPED;
            arrival->to = peer->id;
            arrival->why = peer->back_why;
            return true;
        }
        transport->dropping = NODE_NONE;
        transport->given_back--;
        peer->given_back = false;
        peer_drop_frame(peer);
    }
    return false;
}

static bool greets_enough(const struct transport *transport)
{
    uint32_t count = 0;
    for (node_id id = 0; id < transport->setup.cluster_file->nodes; id++)
        count += transport->peers[id].state == PEER_GREETING;
    return count >= GREETINGS_MOST;
}

static bool take_news(struct transport *transport, struct peer_link *peer, int64_t now_ns,
                      struct arrival *arrival)
{
    uint32_t incarnation = peer->incarnation;
    switch (peer_receive(peer, &transport->world, now_ns)) {
    case PEER_GREETED:
        arrival->kind = ARRIVAL_FOUND;
        arrival->peer = peer->id;
        return true;
    case PEER_BROKE:
        transport_give_back(transport, peer, DROP_DOWN);
        return transport_lost(arrival, peer->id, incarnation);
    case PEER_IN_USE:
        arrival->kind = ARRIVAL_IN_USE;
        arrival->peer = peer->id;
        return true;
    case PEER_REFUSED:
        log_peer(transport, peer->id, "refuses this node", transport->world.why);
        return false;
    case PEER_NO_EVENT:
        break;
    }
    if (peer->state == PEER_GREETING || !greets_enough(transport))
        peer_retry(peer, &transport->world, now_ns);
    return false;
}

/* Looks at every connection once a round, and begins a round every LOOK_NS. */
static bool look(struct transport *transport, int64_t now_ns, struct arrival *arrival)
{
    uint32_t nodes = transport->setup.cluster_file->nodes;
    if (transport->looked_at == nodes) {
        if (now_ns < transport->look_ns)
            return false;
        transport->looked_at = 0;
    }
    if (transport->looked_at == 0) {
        authentication_answer(&transport->authentication);
        connection_limit_enforce(&transport->connections);
        transport->look_ns = now_ns + LOOK_NS;
    }
    while (transport->looked_at < nodes) {
        struct peer_link *peer = &transport->peers[transport->looked_at];
        if (peer->id != transport->setup.self && take_news(transport, peer, now_ns, arrival))
            return true;
        transport->looked_at++;
    }
    return false;
}

bool transport_take(struct transport *transport, int64_t now_ns, struct arrival *arrival)
{
    bool any = true;
    if (take_dropped(transport, arrival) || reception_take_message(transport, arrival) ||
        look(transport, now_ns, arrival))
        return true;
    for (int count = 0; any && count < FRAMES_A_ROUND; count++)
        if (reception_take_frame(transport, now_ns, arrival, &any))
            return true;
    transport->spoke |= any; /* there may be more: no waiting */
    return false;
}

/* ---- waiting ------------------------------------------------------------------------------- */

static int64_t next_retry_ns(const struct transport *transport)
{
    int64_t next_ns = TIME_NEVER;
    bool enough = greets_enough(transport);
    for (node_id id = 0; id < transport->setup.cluster_file->nodes; id++) {
        const struct peer_link *peer = &transport->peers[id];
        bool waits = peer->state == PEER_GREETING || (peer->state == PEER_AWAY && !enough);
        if (id != transport->setup.self && waits && peer->retry_ns < next_ns)
            next_ns = peer->retry_ns;
    }
    return next_ns;
}

static void add_item(struct transport *transport, nfds_t *count, int descriptor)
{
    transport->items[(*count)++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
}

/* The descriptor that is readable once something has happened to the socket that it was not asked
 * for since. */
static void add_socket(struct transport *transport, nfds_t *count, void *socket)
{
    int descriptor = -1;
    size_t size = sizeof descriptor;
    zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size);
    add_item(transport, count, descriptor);
}

static nfds_t gather_items(struct transport *transport, const int *descriptors, uint32_t extra)
{
    nfds_t count = 0;
    for (uint32_t i = 0; i < extra; i++)
        add_item(transport, &count, descriptors[i]);
    add_socket(transport, &count, transport->router);
    add_socket(transport, &count, transport->connections.monitor);
    if (transport->authentication.socket)
        add_socket(transport, &count, transport->authentication.socket);
    for (node_id id = 0; id < transport->setup.cluster_file->nodes; id++) {
        const struct peer_link *peer = &transport->peers[id];
        if (!peer->socket)
            continue;
        add_socket(transport, &count, peer->monitor);
        add_socket(transport, &count, peer->socket);
    }
    return count;
}

static bool any_ready(const struct pollfd *items, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (items[i].revents)
            return true;
    return false;
}

static void wait(struct transport *transport, nfds_t count, int64_t for_ns)
{
    struct timespec patience = {.tv_sec = for_ns / NS_PER_S, .tv_nsec = for_ns % NS_PER_S};
    if (ppoll(transport->items, count, for_ns < TIME_NEVER ? &patience : NULL, NULL) > 0)
        return;
    for (nfds_t i = 0; i < count; i++)
        transport->items[i].revents = 0;
}

/* Not zmq_poll: it asks every socket by itself, three system calls each, before and after. What
 * has come to a socket since it was last found empty makes its descriptor readable, and all are
 * found empty by now; but for the router, which may have taken note while it sent. */
bool transport_wait(struct transport *transport, int64_t now_ns, int64_t until_ns,
                    const int *descriptors, uint32_t extra)
{
    int64_t retry_ns = next_retry_ns(transport);
    if (retry_ns < until_ns)
        until_ns = retry_ns;
    if (transport->given_back || transport->reading || transport->spoke || until_ns <= now_ns)
        return false;
    nfds_t count = gather_items(transport, descriptors, extra);
    wait(transport, count, until_ns < TIME_NEVER ? until_ns - now_ns : TIME_NEVER);
    if (retry_ns <= until_ns || any_ready(transport->items + extra + 1, count - extra - 1))
        transport->looked_at = 0; /* a round begins */
    return any_ready(transport->items, extra);
}

uint32_t transport_greeted(const struct transport *transport)
{
    uint32_t greeted = 0;
    for (node_id id = 0; id < transport->setup.cluster_file->nodes; id++) {
        const struct peer_link *peer = &transport->peers[id];
        greeted += peer->state == PEER_HERE && peer->known && peer->in_instance == peer->instance;
    }
    return greeted;
}
