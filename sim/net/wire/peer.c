#include "net/wire/peer.h"

#include "net/wire/connection_monitor.h"
#include "net/wire/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

/* A connection that is not greeted by then is given up. */
#define GREETING_NS (2 * NS_PER_S)

#define BACKOFF_LEAST_NS   (50 * NS_PER_MS)
#define BACKOFF_MOST_NS    NS_PER_S
#define BACKOFF_REFUSED_NS (5 * NS_PER_S)

/* A name that is said to be another's for longer than `suspect` and this is. A process of that name
 * that has just died may be believed alive for so long. */
#define IN_USE_NS NS_PER_S

/* What the kernel sent and nobody acknowledged breaks a connection after so long: a cut cable heals
 * faster by a new connection than by TCP's own patience. */
#define UNACKNOWLEDGED_MS 5000

#define EVENTS                                                                                     \
    (ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |            \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

void peer_init(struct peer_link *peer, node_id id)
{
    *peer = (struct peer_link){.id = id, .backoff_ns = BACKOFF_LEAST_NS};
}

static void close_sockets(struct peer_link *peer, int linger_ms)
{
    if (!peer->socket)
        return;
    connection_monitor_close(peer->monitor, peer->socket);
    zmq_setsockopt(peer->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_close(peer->socket);
    peer->socket = NULL;
    peer->monitor = NULL;
}

void peer_close(struct peer_link *peer, int linger_ms)
{
    close_sockets(peer, linger_ms);
    wire_frame_close(&peer->frame);
}

const char *peer_format(const struct peer_link *peer, const struct cluster_file *cluster_file,
                        char room[96])
{
    const struct cluster_file_node *host = &cluster_file->node[peer->id];
    snprintf(room, 96, "n%u (%s:%u)", peer->id + 1, host->address, host->port);
    return room;
}

/* ---- making -------------------------------------------------------------------------------- */

static bool say_hello(struct peer_link *peer, const struct peer_shared *world)
{
    struct wire_frame hello = {0};
    bool said = !wire_write_greeting(&hello, FRAME_HELLO, &world->greeting) &&
                zmq_send(peer->socket, hello.bytes, hello.size, ZMQ_DONTWAIT) >= 0;
    wire_frame_close(&hello);
    return said;
}

static bool connect_to(struct peer_link *peer, struct peer_shared *world)
{
    const struct cluster_file_node *host = &world->cluster_file->node[peer->id];
    char endpoint[96], name[64];
    snprintf(name, sizeof name, "inproc://peer-%u-%u", peer->id, ++peer->makings);
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port);
    peer->socket = zmq_socket(world->context, ZMQ_DEALER);
    if (!peer->socket)
        return false;
    peer->monitor = connection_monitor_open(world->context, peer->socket, name, EVENTS);
    if (!peer->monitor)
        return false;
    bool set = socket_set(peer->socket, ZMQ_LINGER, 0) &&
               socket_set(peer->socket, ZMQ_SNDHWM, PEER_FRAMES_MAX) &&
               socket_set(peer->socket, ZMQ_RCVHWM, 4) &&
               socket_set(peer->socket, ZMQ_RECONNECT_IVL, -1) &&
               socket_set(peer->socket, ZMQ_HANDSHAKE_IVL, (int)(GREETING_NS / NS_PER_MS)) &&
               socket_set(peer->socket, ZMQ_TCP_MAXRT, UNACKNOWLEDGED_MS) &&
               socket_set(peer->socket, ZMQ_IPV6, host->address[0] == '[');
    set = set && socket_set_frame_max(peer->socket, WIRE_FRAME_MAX);
    if (set && world->cluster_file->keyed)
        set = !authentication_configure_client(peer->socket, world->keys, host->key);
    return set && zmq_connect(peer->socket, endpoint) == 0 && say_hello(peer, world);
}

static void go_away(struct peer_link *peer, int64_t now_ns, int64_t most_ns)
{
    close_sockets(peer, 0);
    peer->state = PEER_AWAY;
    peer->retry_ns = now_ns + peer->backoff_ns;
    peer->backoff_ns *= 2;
    if (peer->backoff_ns > most_ns)
        peer->backoff_ns = most_ns;
}

static void make(struct peer_link *peer, struct peer_shared *world, int64_t now_ns)
{
    if (connect_to(peer, world)) {
        peer->state = PEER_GREETING;
        peer->retry_ns = now_ns + GREETING_NS;
    } else {
        go_away(peer, now_ns, BACKOFF_MOST_NS);
    }
}

void peer_retry(struct peer_link *peer, struct peer_shared *world, int64_t now_ns)
{
    if (peer->state == PEER_HERE || now_ns < peer->retry_ns)
        return;
    if (peer->state == PEER_GREETING)
        go_away(peer, now_ns, BACKOFF_MOST_NS);
    else
        make(peer, world, now_ns);
}

void peer_renew(struct peer_link *peer, struct peer_shared *world, int64_t now_ns)
{
    close_sockets(peer, 0);
    peer->backoff_ns = BACKOFF_LEAST_NS;
    make(peer, world, now_ns);
}

/* ---- what comes of it ---------------------------------------------------------------------- */

static enum peer_event refused(struct peer_link *peer, struct peer_shared *world, bool in_use,
                               int64_t now_ns)
{
    if (in_use && !peer->refused_since_ns)
        peer->refused_since_ns = now_ns;
    go_away(peer, now_ns, in_use ? BACKOFF_MOST_NS / 4 : BACKOFF_REFUSED_NS);
    if (in_use)
        return now_ns - peer->refused_since_ns >=
                       world->cluster_file->settings.suspect_ns + IN_USE_NS
                   ? PEER_IN_USE
                   : PEER_NO_EVENT;
    if (strcmp(peer->told, world->why) == 0)
        return PEER_NO_EVENT;
    memcpy(peer->told, world->why, sizeof peer->told);
    return PEER_REFUSED;
}

static enum peer_event welcomed(struct peer_link *peer, const struct greeting *greeting)
{
    peer->state = PEER_HERE;
    peer->incarnation = greeting->incarnation;
    peer->instance = greeting->instance;
    peer->backoff_ns = BACKOFF_LEAST_NS;
    peer->refused_since_ns = 0;
    peer->told[0] = '\0';
    return PEER_GREETED;
}

static enum peer_event read_frame(struct peer_link *peer, struct peer_shared *world,
                                  zmq_msg_t *frame, int64_t now_ns)
{
    const void *bytes = zmq_msg_data(frame);
    size_t size = zmq_msg_size(frame);
    uint8_t version = 0;
    bool in_use;
    struct greeting greeting;
    enum wire_frame_kind kind = wire_kind(bytes, size, &version);
    if (kind == FRAME_WELCOME && !wire_read_greeting(bytes, size, &greeting) &&
        greeting.node == peer->id)
        return peer->state == PEER_GREETING ? welcomed(peer, &greeting) : PEER_NO_EVENT;
    if (kind == FRAME_REFUSAL && !wire_read_refusal(bytes, size, &in_use, world->why))
        return refused(peer, world, in_use, now_ns);
    snprintf(world->why, sizeof world->why, "it speaks another protocol (version %u, not %u)",
             version, WIRE_VERSION);
    return refused(peer, world, false, now_ns);
}

static enum peer_event broke(struct peer_link *peer, struct peer_shared *world, int event,
                             int64_t now_ns)
{
    bool was_here = peer->state == PEER_HERE;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        snprintf(world->why, sizeof world->why, "this node's key is not in its cluster file");
        return refused(peer, world, false, now_ns);
    }
    go_away(peer, now_ns, BACKOFF_MOST_NS);
    return was_here ? PEER_BROKE : PEER_NO_EVENT;
}

enum peer_event peer_receive(struct peer_link *peer, struct peer_shared *world, int64_t now_ns)
{
    enum peer_event news = PEER_NO_EVENT;
    while (peer->socket && news == PEER_NO_EVENT) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        bool came = zmq_msg_recv(&frame, peer->socket, ZMQ_DONTWAIT) >= 0;
        int event = came ? 0 : connection_monitor_next(peer->monitor, NULL);
        if (came)
            news = read_frame(peer, world, &frame, now_ns);
        else if (event)
            news = broke(peer, world, event, now_ns);
        zmq_msg_close(&frame);
        if (!came && !event)
            break;
    }
    return news;
}

/* ---- messages ------------------------------------------------------------------------------ */

enum error peer_add(struct peer_link *peer, const struct peer_shared *world,
                    const struct message *message)
{
    struct batch batch = {.from = world->greeting.node,
                          .incarnation = world->greeting.incarnation,
                          .to = peer->incarnation};
    if (!peer->frame_messages && wire_write_batch(&peer->frame, &batch))
        return ERROR_MEMORY;
    enum error error = wire_write_message(&peer->frame, message);
    if (!error)
        peer->frame_messages++;
    return error;
}

void peer_drop_frame(struct peer_link *peer)
{
    peer->frame.size = 0;
    peer->frame_messages = 0;
}

enum error peer_flush(struct peer_link *peer)
{
    if (!peer->frame_messages)
        return OK;
    if (zmq_send(peer->socket, peer->frame.bytes, peer->frame.size, ZMQ_DONTWAIT) < 0)
        return ERROR_FULL;
    peer_drop_frame(peer);
    return OK;
}
