#include "net/wire/reception.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

#define REASON_IN_USE "its name is used by another process, which lives"

enum error reception_open(struct reception *reception, const struct listener_setup *setup,
                          struct peer_shared *shared, struct peer_link *peers,
                          struct failure *failure)
{
    clients_init(&reception->clients, &reception->listener, &shared->wake,
                 shared->cluster_file->settings.timeout_ns);
    reception->shared = shared;
    reception->peers = peers;
    zmq_msg_init(&reception->frame);
    return listener_open(&reception->listener, setup, failure);
}

void reception_close(struct reception *reception, int linger_ms)
{
    clients_close(&reception->clients);
    text_clear(&reception->value);
    zmq_msg_close(&reception->frame);
    listener_close(&reception->listener, linger_ms);
}

/* ---- frames that go back ------------------------------------------------------------------- */

static void send_frame(struct reception *reception, uint32_t route, struct wire_frame *frame)
{
    struct iovec part = {frame->bytes.text, frame->bytes.size};
    if (frame->bytes.size)
        listener_send(&reception->listener, route, &part, 1);
    wire_frame_close(frame);
}

static void welcome(struct reception *reception, uint32_t route)
{
    struct wire_frame frame = {0};
    (void)wire_write_greeting(&frame, FRAME_WELCOME, &reception->shared->greeting);
    send_frame(reception, route, &frame);
}

static void refuse(struct reception *reception, uint32_t route, enum refusal refusal,
                   const char *reason)
{
    struct wire_frame frame = {0};
    (void)wire_write_refusal(&frame, refusal, reason);
    send_frame(reception, route, &frame);
}

/* Of another cluster or version, and no node that is known. */
static void refuse_stranger(struct reception *reception, uint32_t route, const char *reason)
{
    reception->shared->counts.refused++;
    refuse(reception, route, REFUSAL_LASTING, reason);
}

static enum reception_event malformed(struct reception *reception)
{
    reception->shared->counts.malformed++;
    return RECEPTION_HANDLED;
}

/* ---- clients ------------------------------------------------------------------------------- */

static void greet_client(struct reception *reception, uint32_t route)
{
    if (!reception->admits_clients)
        refuse(reception, route, REFUSAL_STARTING, "it is starting");
    else if (!clients_admit(&reception->clients, route))
        refuse(reception, route, REFUSAL_LASTING, "too many ask at a time");
    else
        welcome(reception, route);
}

static enum reception_event take_request(struct reception *reception, uint32_t route,
                                         int64_t now_ns, struct arrival *arrival)
{
    struct wire_request request;
    if (wire_read_request(zmq_msg_data(&reception->frame), zmq_msg_size(&reception->frame),
                          &request))
        return malformed(reception);
    struct wire_client *client = clients_find(&reception->clients, route);
    if (!client) {
        refuse(reception, route, REFUSAL_LASTING,
               "who asks must greet first, and again when others pushed it out");
        return RECEPTION_HANDLED;
    }
    if (!clients_take_request(&reception->clients, client, request.cookie, now_ns))
        return RECEPTION_HANDLED;
    arrival->kind = ARRIVAL_REQUEST;
    arrival->client = clients_ref(&reception->clients, client, request.cookie);
    arrival->id = request.id;
    arrival->payload = request.payload;
    return RECEPTION_ARRIVAL;
}

/* ---- greetings ----------------------------------------------------------------------------- */

/* Whether the connection's key belongs to the node that the greeting names. */
static bool is_of_its_key(const struct reception *reception, const struct greeting *greeting)
{
    char name[16];
    if (!reception->shared->cluster_file->keyed)
        return true;
    const char *user = zmq_msg_gets(&reception->frame, "User-Id");
    snprintf(name, sizeof name, "n%u", greeting->node + 1);
    return user && (greeting->node == NODE_NONE || strcmp(user, name) == 0);
}

/* Why it is of another cluster, or of one that is configured otherwise; "": it is not. */
static void compare(const struct reception *reception, const struct greeting *greeting,
                    char reason[WIRE_REASON_SIZE])
{
    const struct greeting *own = &reception->shared->greeting;
    bool node = greeting->node != NODE_NONE;
    reason[0] = '\0';
    if (strcmp(greeting->cluster, own->cluster) != 0)
        snprintf(reason, WIRE_REASON_SIZE, "this is cluster '%s', not '%s'", own->cluster,
                 greeting->cluster);
    else if (node && greeting->settings != own->settings)
        snprintf(reason, WIRE_REASON_SIZE,
                 "its cluster file says something else (%016llx) than this one (%016llx): nodes, "
                 "keys or settings differ",
                 (unsigned long long)greeting->settings, (unsigned long long)own->settings);
    else if (node && greeting->node >= reception->shared->cluster_file->nodes)
        snprintf(reason, WIRE_REASON_SIZE, "this cluster has no n%u", greeting->node + 1);
}

/* Whether another process with the peer's name is known to be alive. */
static bool is_in_use(const struct reception *reception, const struct peer_link *peer,
                      const struct greeting *greeting, int64_t now_ns)
{
    const struct peer_shared *shared = reception->shared;
    if (greeting->node == shared->greeting.node)
        return greeting->instance != shared->greeting.instance;
    bool alive = peer->state == PEER_HERE &&
                 now_ns - peer->heard_ns < shared->cluster_file->settings.suspect_ns;
    return peer->known && peer->in_instance != greeting->instance && alive &&
           peer->instance == peer->in_instance;
}

/* Refuses a node, and logs it unless this was the last reason that was logged of it. */
static void refuse_node(struct reception *reception, uint32_t route, struct peer_link *peer,
                        const char *reason)
{
    reception->shared->counts.refused++;
    refuse(reception, route, REFUSAL_LASTING, reason);
    if (strcmp(peer->refused_for, reason) != 0)
        peer_log(peer, reception->shared, "was refused", reason);
    snprintf(peer->refused_for, sizeof peer->refused_for, "%s", reason);
}

/* ZeroMQ gives what came by several connections in any order: of a process that gave up one and
 * made another, the greeting by the first may come last. */
static bool is_of_an_older_connection(const struct peer_link *peer, const struct greeting *greeting)
{
    return peer->known && peer->in_instance == greeting->instance &&
           greeting->connection < peer->in_connection;
}

static enum reception_event greet_node(struct reception *reception, uint32_t route,
                                       const struct greeting *greeting, int64_t now_ns,
                                       struct arrival *arrival)
{
    struct peer_link *peer = &reception->peers[greeting->node];
    if (is_in_use(reception, peer, greeting, now_ns)) {
        refuse(reception, route, REFUSAL_IN_USE, REASON_IN_USE);
        return RECEPTION_HANDLED;
    }
    if (greeting->node == reception->shared->greeting.node ||
        is_of_an_older_connection(peer, greeting))
        return RECEPTION_HANDLED;
    if (peer->known && greeting->instance != peer->in_instance &&
        greeting->incarnation < peer->in_incarnation) {
        refuse_node(reception, route, peer,
                    "it was here in a later life already: is its host's clock set back?");
        return RECEPTION_HANDLED;
    }
    peer_greeted(peer, reception->shared, route, greeting, now_ns);
    welcome(reception, route);
    arrival->peer = greeting->node;
    return peer->state != PEER_GREETING && peer->instance != greeting->instance ? RECEPTION_INSTANCE
                                                                                : RECEPTION_HANDLED;
}

static enum reception_event take_greeting(struct reception *reception, uint32_t route,
                                          int64_t now_ns, struct arrival *arrival)
{
    struct greeting greeting;
    char reason[WIRE_REASON_SIZE];
    if (wire_read_greeting(zmq_msg_data(&reception->frame), zmq_msg_size(&reception->frame),
                           &greeting) ||
        !is_of_its_key(reception, &greeting))
        return malformed(reception);
    compare(reception, &greeting, reason);
    if (!*reason && greeting.node != NODE_NONE)
        return greet_node(reception, route, &greeting, now_ns, arrival);
    if (!*reason)
        greet_client(reception, route);
    else if (greeting.node < reception->shared->cluster_file->nodes)
        refuse_node(reception, route, &reception->peers[greeting.node], reason);
    else
        refuse_stranger(reception, route, reason);
    return RECEPTION_HANDLED;
}

/* ---- messages ------------------------------------------------------------------------------ */

/* Messages come in the order of their numbers, but that some kinds pass others by (peer.h). What
 * was there before is a repetition. */
static bool is_new(struct peer_link *peer, const struct message *message)
{
    uint64_t *last = &peer->last_numbers[!wire_may_wait(message->kind)];
    if (message->number <= *last)
        return false;
    *last = message->number;
    return true;
}

/* A long value gets a block, which all who are answered with it share. Without memory each copies
 * it from the frame. */
static void share_value(struct reception *reception, struct message *message)
{
    struct text *value = &message->as.answer.value, copy;
    if (message->code != OUTCOME_VALUE || !text_is_large(value))
        return;
    if (text_is_same_block(value, &reception->value))
        return; /* it is the one before, by the cursor */
    if (text_copy(&copy, value))
        return;
    text_clear(&reception->value);
    reception->value = copy;
    reception->cursor.value = copy;
    *value = copy;
}

static void note_message(struct reception *reception, struct peer_link *peer,
                         struct message *message)
{
    if (message->kind == MESSAGE_REQUEST)
        peer->patience_ns = max_i64(peer->patience_ns, message->as.ask.budget_ns);
    if (message->kind == MESSAGE_REPLY)
        share_value(reception, message);
}

bool reception_take_message(struct reception *reception, struct arrival *arrival)
{
    const struct peer_shared *shared = reception->shared;
    while (reception->reading) {
        struct peer_link *peer = &reception->peers[reception->batch.from];
        struct message *message = &arrival->message;
        if (wire_at_end(&reception->cursor)) {
            reception->reading = false;
        } else if (wire_read_message(
                       &reception->cursor, &reception->batch, shared->cluster_file->nodes,
                       cluster_file_slots(shared->cluster_file), shared->greeting.node, message)) {
            malformed(reception);
            reception->reading = false; /* what follows a malformed message is not believed */
        } else if (is_new(peer, message)) {
            note_message(reception, peer, message);
            arrival->kind = peer->cut_in ? ARRIVAL_DROPPED : ARRIVAL_MESSAGE;
            arrival->why = DROP_CUT;
            arrival->to = shared->greeting.node;
            return true;
        }
    }
    return false;
}

/* Messages count only over the connection of the process that greeted last by that name. */
static void begin_batch(struct reception *reception, uint32_t route, int64_t now_ns)
{
    const struct greeting *own = &reception->shared->greeting;
    struct batch *batch = &reception->batch;
    if (wire_read_batch(zmq_msg_data(&reception->frame), zmq_msg_size(&reception->frame), batch,
                        &reception->cursor) ||
        batch->from >= reception->shared->cluster_file->nodes || batch->from == own->node) {
        malformed(reception);
        return;
    }
    struct peer_link *peer = &reception->peers[batch->from];
    if (!peer->known || peer->route != route || peer->in_incarnation != batch->incarnation ||
        batch->to != own->incarnation)
        return;
    peer->heard_ns = now_ns;
    reception->reading = true;
}

enum reception_event reception_take_frame(struct reception *reception, int64_t now_ns,
                                          struct arrival *arrival)
{
    uint32_t route;
    unsigned version;
    if (!listener_receive(&reception->listener, &route, &reception->frame))
        return RECEPTION_EMPTY;
    char reason[WIRE_REASON_SIZE];
    switch (wire_kind(zmq_msg_data(&reception->frame), zmq_msg_size(&reception->frame), &version)) {
    case FRAME_MESSAGES:
        begin_batch(reception, route, now_ns);
        return reception_take_message(reception, arrival) ? RECEPTION_ARRIVAL : RECEPTION_HANDLED;
    case FRAME_REQUEST:
        return take_request(reception, route, now_ns, arrival);
    case FRAME_HELLO:
        return take_greeting(reception, route, now_ns, arrival);
    case FRAME_KINDS:
        snprintf(reason, sizeof reason, "this node speaks version %u of the protocol, not %u",
                 CODEC_VERSION, version);
        refuse_stranger(reception, route, reason);
        break;
    default:
        return malformed(reception);
    }
    return RECEPTION_HANDLED;
}
