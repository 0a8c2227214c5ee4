#include "net/wire/transport_internal.h"

#include <stdio.h>
#include <string.h>

/* A name of ROUTER's own making: a zero and four bytes. */
#define ROUTE_SIZE 5

/* ---- what goes back by the router ---------------------------------------------------------- */

static void send_to(struct transport *transport, uint32_t route, const struct wire_frame *frame)
{
    zmq_msg_t body;
    unsigned char name[ROUTE_SIZE] = {0};
    memcpy(name + 1, &route, sizeof route);
    transport->spoke = true;
    if (zmq_msg_init_size(&body, frame->size))
        return;
    memcpy(zmq_msg_data(&body), frame->bytes, frame->size);
    if (zmq_send(transport->router, name, sizeof name, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_msg_send(&body, transport->router, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&body);
}

static void welcome(struct transport *transport, uint32_t route)
{
    struct wire_frame frame = {0};
    if (!wire_write_greeting(&frame, FRAME_WELCOME, &transport->world.greeting))
        send_to(transport, route, &frame);
    wire_frame_close(&frame);
}

static void refuse(struct transport *transport, uint32_t route, bool in_use, const char *why)
{
    struct wire_frame frame = {0};
    if (!wire_write_refusal(&frame, in_use, why))
        send_to(transport, route, &frame);
    wire_frame_close(&frame);
}

static struct wire_client *client_of(struct transport *transport, struct wire_client_ref ref)
{
    struct wire_client *client = &transport->clients[ref.slot];
    return client->here && client->life == ref.life ? client : NULL;
}

void transport_answer(struct transport *transport, struct wire_client_ref ref,
                      const struct wire_answer *answer)
{
    struct wire_client *client = client_of(transport, ref);
    struct wire_frame frame = {0};
    if (!client)
        return;
    if (client->asks)
        client->asks--;
    if (!wire_write_answer(&frame, answer))
        send_to(transport, client->route, &frame);
    wire_frame_close(&frame);
}

/* ---- greetings ----------------------------------------------------------------------------- */

/* Whether the greeting is by whom its key belongs to. */
static bool is_who_it_says(const struct transport *transport, const struct greeting *greeting,
                           zmq_msg_t *frame)
{
    char name[16];
    if (!transport->setup.cluster_file->keyed)
        return true;
    const char *user = zmq_msg_gets(frame, "User-Id");
    snprintf(name, sizeof name, "n%u", greeting->node + 1);
    return user && (greeting->node == NODE_NONE || strcmp(user, name) == 0);
}

/* What an older incarnation says counts for nothing, and nobody would know why. */
static bool is_older(const struct peer_link *peer, const struct greeting *greeting)
{
    return peer->known && greeting->instance != peer->in_instance &&
           greeting->incarnation < peer->in_incarnation;
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
    else if (node && greeting->node >= transport->setup.cluster_file->nodes)
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
                 now_ns - peer->heard_ns < transport->setup.cluster_file->settings.suspect_ns;
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

/* The place of a client: one greets again, or is new where nobody was, or where one was who waits
 * for nothing. NULL: there is none. */
static struct wire_client *place_for(struct transport *transport, uint32_t route)
{
    struct wire_client *place = NULL;
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++) {
        struct wire_client *client = &transport->clients[slot];
        if (client->here && client->route == route)
            return client;
        bool better = !place || (place->here && !client->here) || (place->asks && !client->asks);
        if (better || (!client->asks && place->here && client->since < place->since))
            place = client;
    }
    if (place->here && place->asks)
        return NULL;
    *place = (struct wire_client){
        .route = route, .life = place->life + 1, .since = ++transport->greetings, .here = true};
    return place;
}

static void take_client(struct transport *transport, uint32_t route)
{
    if (!transport->lets_in)
        refuse(transport, route, false, "it is starting");
    else if (!place_for(transport, route))
        refuse(transport, route, false, "too many ask at a time");
    else
        welcome(transport, route);
}

/* Refuses it, and says so once. */
static void turn_away(struct transport *transport, uint32_t route, const struct greeting *greeting,
                      const char *why)
{
    refuse(transport, route, false, why);
    if (greeting->node >= transport->setup.cluster_file->nodes)
        return; /* a client, or a node that this cluster has not */
    struct peer_link *peer = &transport->peers[greeting->node];
    if (strcmp(peer->turned_away, why) != 0)
        log_peer(transport, greeting->node, "was refused", why);
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
    if (!whole) {
        transport->malformed++;
        return false;
    }
    bool node = greeting.node != NODE_NONE;
    if (differs(transport, &greeting, node, why)) {
        turn_away(transport, route, &greeting, why);
        return false;
    }
    if (!node) {
        take_client(transport, route);
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

/* ---- frames ------------------------------------------------------------------------------- */

/* The next message of the frame at hand. */
bool reception_take_message(struct transport *transport, struct arrival *arrival)
{
    while (transport->reading) {
        struct peer_link *peer = &transport->peers[transport->batch.from];
        struct message *message = &arrival->message;
        if (wire_at_end(&transport->cursor)) {
            transport->reading = false;
        } else if (wire_read_message(&transport->cursor, &transport->batch,
                                     transport->setup.cluster_file->nodes, transport->setup.self,
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
        batch->from >= transport->setup.cluster_file->nodes ||
        batch->from == transport->setup.self) {
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
    struct wire_request ask;
    if (wire_read_request(zmq_msg_data(&transport->frame), zmq_msg_size(&transport->frame), &ask)) {
        transport->malformed++;
        return false;
    }
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++) {
        struct wire_client *client = &transport->clients[slot];
        if (!client->here || client->route != route)
            continue;
        if (client->asks >= WIRE_CLIENT_REQUESTS_MAX) {
            struct wire_answer answer = {.cookie = ask.cookie, .outcome = OUTCOME_OVERLOADED};
            struct wire_frame frame = {0};
            if (!wire_write_answer(&frame, &answer))
                send_to(transport, route, &frame);
            wire_frame_close(&frame);
            return false;
        }
        client->asks++;
        arrival->kind = ARRIVAL_REQUEST;
        arrival->client = (struct wire_client_ref){slot, client->life, ask.cookie};
        arrival->id = ask.id;
        return true;
    }
    refuse(transport, route, false,
           "who asks must greet first, and again when others pushed it out");
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
bool reception_take_frame(struct transport *transport, int64_t now_ns, struct arrival *arrival,
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
        return reception_take_message(transport, arrival);
    case FRAME_REQUEST:
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
    transport_give_back(transport, peer, DROP_DOWN);
    peer_renew(peer, &transport->world, now_ns);
    return was_here && transport_lost(arrival, renewed, incarnation);
}
