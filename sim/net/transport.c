#include "net/transport.h"

#include "core/memory.h"
#include "net/monitor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#define HANDSHAKE_MS 2000

/* Peers that are greeted at a time. With many nodes that start together more handshakes would share
 * the processors than each is done with in its time, and all would begin anew. */
#define GREETINGS_MOST 4u

/* Monitors are looked at so often while messages keep the node busy. */
#define LOOK_NS NS_PER_MS

/* A name of ROUTER's own making: a zero and four bytes. */
#define ROUTE_SIZE 5

#define ACCEPT_EVENTS (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED)

struct guest {
    uint32_t route;
    uint32_t life;
    uint32_t asks; /* without an answer yet */
    bool here;
};

struct transport {
    const struct transport_setup setup;
    struct peer_world world;
    void *context;
    struct guard guard;
    void *router;
    void *monitor; /* of the router */
    int connections;
    bool spoke;              /* by the router since it was last found empty */
    struct peer_link *peers; /* of each node; that of the node itself is unused */
    node_id looked_at;       /* peers before are looked at in this round */
    int64_t look_ns;         /* when a new round begins */
    struct pollfd *items;

    struct guest guests[GUESTS_MAX];
    uint32_t next_guest;

    zmq_msg_t frame; /* the one being read */
    bool reading;
    struct batch batch;
    struct wire_cursor cursor;

    node_id dropping; /* whose frame could not leave; NODE_NONE */
    struct batch drop_batch;
    struct wire_cursor drop_cursor;
    enum drop_why drop_why;
    uint64_t malformed; /* frames */
};

static void tell(const struct transport *transport, node_id peer, const char *what, const char *why)
{
    char room[96];
    fprintf(stderr, "dpsim: n%u: %s %s: %s\n", transport->setup.self + 1,
            peer_words(&transport->peers[peer], transport->setup.hosts, room), what, why);
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool make_router(struct transport *transport)
{
    const struct host_node *host = &transport->setup.hosts->node[transport->setup.self];
    int64_t most = WIRE_FRAME_MAX;
    transport->router = zmq_socket(transport->context, ZMQ_ROUTER);
    void *router = transport->router;
    bool set =
        router && set_int(router, ZMQ_LINGER, 0) && set_int(router, ZMQ_ROUTER_MANDATORY, 1) &&
        set_int(router, ZMQ_SNDHWM, 1024) && set_int(router, ZMQ_RCVHWM, PEER_FRAMES_MAX) &&
        set_int(router, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) && set_int(router, ZMQ_BACKLOG, 512) &&
        set_int(router, ZMQ_IPV6, host->address[0] == '[') &&
        zmq_setsockopt(router, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0;
    if (set && transport->setup.hosts->keyed)
        set = !guard_arm_server(router, transport->setup.keys);
    if (!set)
        return false;
    transport->monitor =
        monitor_open(transport->context, router, "inproc://accepted", ACCEPT_EVENTS);
    return transport->monitor != NULL;
}

static bool bind_and_try(struct transport *transport, char why[256])
{
    const struct host_node *host = &transport->setup.hosts->node[transport->setup.self];
    char endpoint[96];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port);
    if (zmq_bind(transport->router, endpoint)) {
        snprintf(why, 256, "%s: %s%s", endpoint, zmq_strerror(errno),
                 errno == EADDRINUSE ? " (is this node running already?)" : "");
        return false;
    }
    return !transport->setup.hosts->keyed ||
           !guard_try(&transport->guard, endpoint, transport->setup.keys, why);
}

static bool make(struct transport *transport, char why[256])
{
    const struct hosts *hosts = transport->setup.hosts;
    transport->peers = memory_zeroed(hosts->nodes * sizeof *transport->peers);
    transport->items = memory_zeroed((2u * hosts->nodes + 16u) * sizeof *transport->items);
    transport->context = zmq_ctx_new();
    snprintf(why, 256, "out of memory");
    if (!transport->peers || !transport->items || !transport->context)
        return false;
    zmq_ctx_set(transport->context, ZMQ_MAX_SOCKETS, (int)(4u * hosts->nodes + 64u));
    for (node_id id = 0; id < hosts->nodes; id++)
        peer_init(&transport->peers[id], id);
    if (guard_open(&transport->guard, transport->context, hosts, false) ||
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
    struct greeting greeting = {.settings = hosts_hash(setup->hosts),
                                .instance = setup->instance,
                                .incarnation = setup->incarnation,
                                .node = setup->self};
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", setup->hosts->name);
    bool made = make(transport, why);
    transport->world = (struct peer_world){.context = transport->context,
                                           .hosts = setup->hosts,
                                           .keys = setup->keys,
                                           .greeting = greeting};
    if (made)
        return transport;
    transport_close(transport, 0);
    return NULL;
}

void transport_close(struct transport *transport, int linger_ms)
{
    for (node_id id = 0; transport->peers && id < transport->setup.hosts->nodes; id++)
        peer_close(&transport->peers[id], linger_ms);
    zmq_msg_close(&transport->frame);
    monitor_close(transport->monitor, transport->router);
    if (transport->router) {
        set_int(transport->router, ZMQ_LINGER, linger_ms);
        zmq_close(transport->router);
    }
    guard_close(&transport->guard);
    if (transport->context)
        zmq_ctx_term(transport->context);
    memory_free(transport->peers);
    memory_free(transport->items);
    memory_free(transport);
}

/* ---- out ----------------------------------------------------------------------------------- */

/* The frame for a peer can't leave: its messages come back by transport_take. Another frame's come
 * first, and this one waits for that. */
static void give_back(struct transport *transport, struct peer_link *peer, enum drop_why why)
{
    if (transport->dropping != NODE_NONE || !peer->frame_messages)
        return;
    transport->dropping = peer->id;
    transport->drop_why = why;
    must(!wire_read_batch(peer->frame.bytes, peer->frame.size, &transport->drop_batch,
                          &transport->drop_cursor));
}

bool transport_is_ripe(const struct transport *transport, node_id to)
{
    return transport->peers[to].frame.size >= WIRE_BATCH;
}

static void flush(struct transport *transport, struct peer_link *peer)
{
    if (transport->dropping == peer->id)
        return;
    if (peer->state != PEER_HERE)
        give_back(transport, peer, DROP_DOWN);
    else if (peer_flush(peer) && transport_is_ripe(transport, peer->id))
        give_back(transport, peer, DROP_FULL); /* a smaller one grows, and tries again */
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
    return transport->dropping != to && peer->frame.size < WIRE_BATCH &&
           !peer_add(peer, &transport->world, message);
}

void transport_flush(struct transport *transport)
{
    for (node_id id = 0; id < transport->setup.hosts->nodes; id++)
        if (transport->peers[id].frame_messages)
            flush(transport, &transport->peers[id]);
}

void transport_cut(struct transport *transport, node_id peer, bool out, bool in)
{
    transport->peers[peer].cut_out = out;
    transport->peers[peer].cut_in = in;
}

/* ---- what goes back by the router ---------------------------------------------------------- */

static void send_to(struct transport *transport, uint32_t route, const struct frame *frame)
{
    unsigned char name[ROUTE_SIZE] = {0};
    memcpy(name + 1, &route, sizeof route);
    transport->spoke = true;
    if (zmq_send(transport->router, name, sizeof name, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        zmq_send(transport->router, frame->bytes, frame->size, ZMQ_DONTWAIT);
}

static void welcome(struct transport *transport, uint32_t route)
{
    struct frame frame = {0};
    if (!wire_hello(&frame, FRAME_WELCOME, &transport->world.greeting))
        send_to(transport, route, &frame);
    frame_close(&frame);
}

static void refuse(struct transport *transport, uint32_t route, bool in_use, const char *why)
{
    struct frame frame = {0};
    if (!wire_refuse(&frame, in_use, why))
        send_to(transport, route, &frame);
    frame_close(&frame);
}

static struct guest *guest_of(struct transport *transport, struct guest_ref ref)
{
    struct guest *guest = &transport->guests[ref.slot];
    return guest->here && guest->life == ref.life ? guest : NULL;
}

void transport_answer(struct transport *transport, struct guest_ref ref,
                      const struct guest_answer *answer)
{
    struct guest *guest = guest_of(transport, ref);
    struct frame frame = {0};
    if (!guest)
        return;
    if (guest->asks)
        guest->asks--;
    if (!wire_answer(&frame, answer))
        send_to(transport, guest->route, &frame);
    frame_close(&frame);
}

/* ---- greetings ----------------------------------------------------------------------------- */

/* Whether the greeting is by whom its key belongs to. */
static bool is_who_it_says(const struct transport *transport, const struct greeting *greeting,
                           zmq_msg_t *frame)
{
    char name[16];
    if (!transport->setup.hosts->keyed)
        return true;
    const char *user = zmq_msg_gets(frame, "User-Id");
    snprintf(name, sizeof name, "n%u", greeting->node + 1);
    return user && (greeting->node == NODE_NONE || strcmp(user, name) == 0);
}

/* What an older incarnation says counts for nothing, and nobody would know why. */
static bool is_older(const struct peer_link *peer, const struct greeting *greeting)
{
    return peer->known && greeting->instance != peer->in_instance &&
           greeting->incarnation <= peer->in_incarnation;
}

static bool differs(const struct transport *transport, const struct greeting *greeting, bool node,
                    char why[256])
{
    const struct greeting *own = &transport->world.greeting;
    if (strcmp(greeting->cluster, own->cluster) != 0)
        snprintf(why, 256, "this is cluster '%s', not '%s'", own->cluster, greeting->cluster);
    else if (node && greeting->settings != own->settings)
        snprintf(why, 256,
                 "its cluster file says something else (%016llx) than this one (%016llx): nodes, "
                 "keys or settings differ",
                 (unsigned long long)greeting->settings, (unsigned long long)own->settings);
    else if (node && greeting->node >= transport->setup.hosts->nodes)
        snprintf(why, 256, "this cluster has no n%u", greeting->node + 1);
    else
        return false;
    return true;
}

/* Whether another process of that name is known to be alive. */
static bool is_in_use(const struct transport *transport, const struct greeting *greeting,
                      int64_t now_ns)
{
    const struct peer_link *peer = &transport->peers[greeting->node];
    if (greeting->node == transport->setup.self)
        return greeting->instance != transport->setup.instance;
    bool alive = peer->state == PEER_HERE &&
                 now_ns - peer->heard_ns < transport->setup.hosts->settings.suspect_ns;
    return peer->known && peer->in_instance != greeting->instance && alive &&
           peer->instance == peer->in_instance;
}

static void take_node(struct transport *transport, uint32_t route, const struct greeting *greeting,
                      int64_t now_ns)
{
    struct peer_link *peer = &transport->peers[greeting->node];
    peer->known = true;
    peer->turned_away[0] = '\0';
    peer->route = route;
    peer->in_incarnation = greeting->incarnation;
    peer->in_instance = greeting->instance;
    peer->last_number = 0;
    peer->heard_ns = now_ns;
    welcome(transport, route);
}

static void take_guest(struct transport *transport, uint32_t route)
{
    struct guest *guest = &transport->guests[transport->next_guest++ % GUESTS_MAX];
    *guest = (struct guest){.route = route, .life = guest->life + 1, .here = true};
    welcome(transport, route);
}

/* Refuses it, and says so once. */
static void turn_away(struct transport *transport, uint32_t route, const struct greeting *greeting,
                      const char *why)
{
    refuse(transport, route, false, why);
    if (greeting->node >= transport->setup.hosts->nodes)
        return; /* a guest, or a node that this cluster has not */
    struct peer_link *peer = &transport->peers[greeting->node];
    if (strcmp(peer->turned_away, why) != 0)
        tell(transport, greeting->node, "was refused", why);
    snprintf(peer->turned_away, sizeof peer->turned_away, "%s", why);
}

/* True: the peer has another instance now, and the connection to it is to be made anew. */
static bool take_hello(struct transport *transport, uint32_t route, zmq_msg_t *frame,
                       int64_t now_ns, node_id *renewed)
{
    struct greeting greeting;
    char why[256];
    bool whole = !wire_read_greeting(zmq_msg_data(frame), zmq_msg_size(frame), &greeting) &&
                 is_who_it_says(transport, &greeting, frame);
    bool node = greeting.node != NODE_NONE;
    if (!whole) {
        transport->malformed++;
        return false;
    }
    if (differs(transport, &greeting, node, why)) {
        turn_away(transport, route, &greeting, why);
        return false;
    }
    if (!node) {
        take_guest(transport, route);
        return false;
    }
    if (is_in_use(transport, &greeting, now_ns)) {
        refuse(transport, route, true, "its name is used by another process, which lives");
        return false;
    }
    if (greeting.node == transport->setup.self)
        return false;
    if (is_older(&transport->peers[greeting.node], &greeting)) {
        turn_away(transport, route, &greeting,
                  "it was here in a later life already: is its host's clock set back?");
        return false;
    }
    take_node(transport, route, &greeting, now_ns);
    const struct peer_link *peer = &transport->peers[greeting.node];
    *renewed = greeting.node;
    return peer->state != PEER_GREETING && peer->instance != greeting.instance;
}

/* ---- in ------------------------------------------------------------------------------------ */

static bool lost(struct arrival *arrival, node_id peer, uint32_t incarnation)
{
    arrival->kind = ARRIVAL_LOST;
    arrival->peer = peer;
    arrival->incarnation = incarnation;
    return true;
}

/* The next message of the frame at hand. */
static bool take_message(struct transport *transport, struct arrival *arrival)
{
    while (transport->reading) {
        struct peer_link *peer = &transport->peers[transport->batch.from];
        struct message *message = &arrival->message;
        if (wire_at_end(&transport->cursor)) {
            transport->reading = false;
        } else if (wire_read_message(&transport->cursor, &transport->batch,
                                     transport->setup.hosts->nodes, transport->setup.self,
                                     message)) {
            transport->malformed++;
            transport->reading = false;
        } else if (message->number > peer->last_number) {
            peer->last_number = message->number; /* what was there before is a repetition */
            arrival->kind = peer->cut_in ? ARRIVAL_DROPPED : ARRIVAL_MESSAGE;
            arrival->why = DROP_CUT;
            arrival->to = transport->setup.self;
            return true;
        }
    }
    return false;
}

/* Messages count only over the connection of the process that greeted last by that name. */
static void begin_batch(struct transport *transport, uint32_t route, int64_t now_ns)
{
    struct batch *batch = &transport->batch;
    if (wire_read_batch(zmq_msg_data(&transport->frame), zmq_msg_size(&transport->frame), batch,
                        &transport->cursor) ||
        batch->from >= transport->setup.hosts->nodes || batch->from == transport->setup.self) {
        transport->malformed++;
        return;
    }
    struct peer_link *peer = &transport->peers[batch->from];
    if (!peer->known || peer->route != route || peer->in_incarnation != batch->incarnation ||
        batch->to != transport->setup.incarnation)
        return;
    peer->heard_ns = now_ns;
    transport->reading = true;
}

static bool take_ask(struct transport *transport, uint32_t route, struct arrival *arrival)
{
    struct ask ask;
    if (wire_read_ask(zmq_msg_data(&transport->frame), zmq_msg_size(&transport->frame), &ask)) {
        transport->malformed++;
        return false;
    }
    for (uint32_t slot = 0; slot < GUESTS_MAX; slot++) {
        struct guest *guest = &transport->guests[slot];
        if (!guest->here || guest->route != route)
            continue;
        if (guest->asks >= GUEST_ASKS_MAX) {
            struct guest_answer answer = {.cookie = ask.cookie, .outcome = OUTCOME_OVERLOADED};
            struct frame frame = {0};
            if (!wire_answer(&frame, &answer))
                send_to(transport, route, &frame);
            frame_close(&frame);
            return false;
        }
        guest->asks++;
        arrival->kind = ARRIVAL_ASKED;
        arrival->guest = (struct guest_ref){slot, guest->life, ask.cookie};
        arrival->id = ask.id;
        return true;
    }
    return false;
}

/* Takes the next frame off the router into transport->frame: a name and one frame of ours, or
 * something that is none of ours, which is passed over. */
static bool receive(struct transport *transport, uint32_t *route)
{
    zmq_msg_t name;
    zmq_msg_init(&name);
    if (zmq_msg_recv(&name, transport->router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&name);
        transport->spoke = false;
        return false;
    }
    const unsigned char *bytes = zmq_msg_data(&name);
    bool good = zmq_msg_size(&name) == ROUTE_SIZE && bytes[0] == 0;
    bool more = zmq_msg_more(&name);
    if (good)
        memcpy(route, bytes + 1, sizeof *route);
    zmq_msg_close(&name);
    for (int count = 0; more; count++) {
        zmq_msg_recv(&transport->frame, transport->router, ZMQ_DONTWAIT);
        more = zmq_msg_more(&transport->frame);
        good = good && count == 0;
    }
    if (good && !more)
        return true;
    transport->malformed++;
    *route = 0;
    zmq_msg_close(&transport->frame);
    zmq_msg_init(&transport->frame);
    return true;
}

/* One frame of the router. False: there is none, or nothing came of it that concerns the node. */
static bool take_frame(struct transport *transport, int64_t now_ns, struct arrival *arrival,
                       bool *any)
{
    uint32_t route = 0;
    uint8_t version = 0;
    node_id renewed = NODE_NONE;
    *any = receive(transport, &route);
    if (!*any)
        return false;
    switch (wire_kind(zmq_msg_data(&transport->frame), zmq_msg_size(&transport->frame), &version)) {
    case FRAME_MESSAGES:
        begin_batch(transport, route, now_ns);
        return take_message(transport, arrival);
    case FRAME_ASK:
        return take_ask(transport, route, arrival);
    case FRAME_HELLO:
        if (!take_hello(transport, route, &transport->frame, now_ns, &renewed))
            return false;
        break;
    case FRAME_KINDS:
        refuse(transport, route, false, "this node speaks another version of the protocol");
        return false;
    default:
        transport->malformed++;
        return false;
    }
    struct peer_link *peer = &transport->peers[renewed];
    bool was_here = peer->state == PEER_HERE;
    uint32_t incarnation = peer->incarnation;
    if (was_here) {
        flush(transport, peer);
        give_back(transport, peer, DROP_DOWN);
    }
    if (transport->dropping != renewed)
        peer_drop_frame(peer);
    peer_renew(peer, &transport->world, now_ns);
    return was_here && lost(arrival, renewed, incarnation);
}

/* The next message that could not leave. */
static bool take_dropped(struct transport *transport, struct arrival *arrival)
{
    if (transport->dropping == NODE_NONE)
        return false;
    node_id to = transport->dropping;
    if (wire_at_end(&transport->drop_cursor)) {
        transport->dropping = NODE_NONE;
        peer_drop_frame(&transport->peers[to]);
        return false;
    }
    must(!wire_read_message(&transport->drop_cursor, &transport->drop_batch,
                            transport->setup.hosts->nodes, to, &arrival->message));
    arrival->kind = ARRIVAL_DROPPED;
    arrival->to = to;
    arrival->why = transport->drop_why;
    return true;
}

static bool greets_enough(const struct transport *transport)
{
    uint32_t count = 0;
    for (node_id id = 0; id < transport->setup.hosts->nodes; id++)
        count += transport->peers[id].state == PEER_GREETING;
    return count >= GREETINGS_MOST;
}

static bool take_news(struct transport *transport, struct peer_link *peer, int64_t now_ns,
                      struct arrival *arrival)
{
    uint32_t incarnation = peer->incarnation;
    switch (peer_hear(peer, &transport->world, now_ns)) {
    case PEER_GREETED:
        arrival->kind = ARRIVAL_FOUND;
        arrival->peer = peer->id;
        return true;
    case PEER_BROKE:
        give_back(transport, peer, DROP_DOWN);
        return lost(arrival, peer->id, incarnation);
    case PEER_IN_USE:
        arrival->kind = ARRIVAL_IN_USE;
        arrival->peer = peer->id;
        return true;
    case PEER_REFUSED:
        tell(transport, peer->id, "refuses this node", transport->world.why);
        return false;
    case PEER_NO_NEWS:
        break;
    }
    if (peer->state == PEER_GREETING || !greets_enough(transport))
        peer_tend(peer, &transport->world, now_ns);
    return false;
}

/* Too many connections: the one that came last goes. */
static void count_connections(struct transport *transport)
{
    int32_t descriptor;
    for (int event; (event = monitor_next(transport->monitor, &descriptor));) {
        transport->connections += event == ZMQ_EVENT_ACCEPTED ? 1 : -1;
        if (event == ZMQ_EVENT_ACCEPTED && transport->connections > CONNECTIONS_MAX)
            shutdown(descriptor, SHUT_RDWR);
    }
}

/* Looks at every connection once a round, and begins a round every LOOK_NS. */
static bool look(struct transport *transport, int64_t now_ns, struct arrival *arrival)
{
    uint32_t nodes = transport->setup.hosts->nodes;
    if (transport->looked_at == nodes) {
        if (now_ns < transport->look_ns)
            return false;
        transport->looked_at = 0;
    }
    if (transport->looked_at == 0) {
        guard_answer(&transport->guard);
        count_connections(transport);
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
    if (take_dropped(transport, arrival) || take_message(transport, arrival) ||
        look(transport, now_ns, arrival))
        return true;
    while (any)
        if (take_frame(transport, now_ns, arrival, &any))
            return true;
    return false;
}

/* ---- waiting ------------------------------------------------------------------------------- */

static int64_t next_retry_ns(const struct transport *transport)
{
    int64_t next_ns = TIME_NEVER;
    bool enough = greets_enough(transport);
    for (node_id id = 0; id < transport->setup.hosts->nodes; id++) {
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
    add_socket(transport, &count, transport->monitor);
    if (transport->guard.socket)
        add_socket(transport, &count, transport->guard.socket);
    for (node_id id = 0; id < transport->setup.hosts->nodes; id++) {
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
    if (transport->dropping != NODE_NONE || transport->reading || transport->spoke ||
        until_ns <= now_ns)
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
    for (node_id id = 0; id < transport->setup.hosts->nodes; id++) {
        const struct peer_link *peer = &transport->peers[id];
        greeted += peer->state == PEER_HERE && peer->known && peer->in_instance == peer->instance;
    }
    return greeted;
}
