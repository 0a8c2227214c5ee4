#include "net/wire/reception.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

#define REASON_IN_USE "its name is used by another process, which lives"

/* A client to which nothing has moved for so long is no reason for others to wait. */
#define STUCK_NS NS_PER_S

/* Shorter answers go at once, whatever there is for other clients. */
#define ANSWER_LONG 4096u

/* An answer that waits for room. */
struct client_answer {
    struct list_link link;
    struct wire_answer answer; /* its value is its own */
    int64_t until_ns;
    size_t bytes; /* that it counts for */
};

enum error reception_open(struct reception *reception, const struct listener_setup *setup,
                          struct peer_shared *shared, struct peer_link *peers,
                          struct failure *failure)
{
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++)
        reception->clients[slot].flow.wake = &shared->wake;
    reception->shared = shared;
    reception->peers = peers;
    zmq_msg_init(&reception->frame);
    return listener_open(&reception->listener, setup, failure);
}

static void delete_answer(struct reception *reception, struct client_answer *waiting)
{
    list_remove(&waiting->link);
    reception->waiting--;
    reception->waiting_bytes -= waiting->bytes;
    text_clear(&waiting->answer.value);
    memory_free(waiting);
}

static struct client_answer *first_answer(const struct wire_client *client)
{
    struct list_link *link = list_first(&client->waiting);
    return link ? container_of(link, struct client_answer, link) : NULL;
}

void reception_close(struct reception *reception, int linger_ms)
{
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++)
        for (struct client_answer *one; (one = first_answer(&reception->clients[slot]));)
            delete_answer(reception, one);
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

static void refuse(struct reception *reception, uint32_t route, bool in_use, const char *reason)
{
    struct wire_frame frame = {0};
    (void)wire_write_refusal(&frame, in_use, reason);
    send_frame(reception, route, &frame);
}

/* Of another cluster or version, and no node that is known. */
static void refuse_stranger(struct reception *reception, uint32_t route, const char *reason)
{
    reception->shared->counts.refused++;
    refuse(reception, route, false, reason);
}

static enum reception_event malformed(struct reception *reception)
{
    reception->shared->counts.malformed++;
    return RECEPTION_HANDLED;
}

/* ---- clients ------------------------------------------------------------------------------- */

static struct wire_client *client_at(struct reception *reception, uint32_t route)
{
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++) {
        struct wire_client *client = &reception->clients[slot];
        if (client->here && client->route == route)
            return client;
    }
    return NULL;
}

/* Whether it waits for answers, or has not yet taken those that were sent. */
static bool is_busy(const struct wire_client *client)
{
    return client->here && (client->requests || flow_bytes(&client->flow));
}

/* Whether a new client may rather take the place of `a` than of `b`: an unused one, or of the
 * client that waits for no answer and has greeted least recently. */
static bool is_freer(const struct wire_client *a, const struct wire_client *b)
{
    if (a->here != b->here)
        return b->here;
    if (is_busy(a) != is_busy(b))
        return is_busy(b);
    return a->here && a->since < b->since;
}

/* Gives the client a place, unless it has one. False: all clients wait for answers. */
static bool admit_client(struct reception *reception, uint32_t route)
{
    if (client_at(reception, route))
        return true;
    struct wire_client *place = &reception->clients[0];
    for (uint32_t slot = 1; slot < WIRE_CLIENTS_MAX; slot++)
        if (is_freer(&reception->clients[slot], place))
            place = &reception->clients[slot];
    if (is_busy(place))
        return false;
    place->route = route;
    place->life++;
    place->requests = 0;
    place->since = ++reception->greetings;
    place->here = true;
    return true;
}

/* Whether ZeroMQ holds less than all clients may be owed who take what they are sent. */
static bool have_room_together(const struct reception *reception, size_t size, int64_t now_ns)
{
    size_t bytes = 0;
    for (uint32_t slot = 0; slot < WIRE_CLIENTS_MAX; slot++) {
        const struct wire_client *client = &reception->clients[slot];
        if (client->here && now_ns - client->sent_ns < STUCK_NS)
            bytes += flow_bytes(&client->flow);
    }
    return bytes + size <= WIRE_ANSWERS_SENT_MAX;
}

static bool has_room(const struct reception *reception, const struct wire_client *client,
                     const struct wire_answer *answer, int64_t now_ns)
{
    size_t held = flow_bytes(&client->flow), size = text_size(&answer->value);
    if (held && held + size > WIRE_CLIENT_SENT_MAX)
        return false;
    return size < ANSWER_LONG || have_room_together(reception, size, now_ns);
}

static void send_answer(struct reception *reception, struct wire_client *client,
                        const struct wire_answer *answer, int64_t now_ns)
{
    struct wire_frame frame = {0};
    zmq_msg_t out;
    if (!wire_write_answer(&frame, answer) &&
        !flow_frame(&client->flow, &out, frame.bytes.text, frame.bytes.size))
        listener_send_frame(&reception->listener, client->route, &out);
    wire_frame_close(&frame);
    client->sent_ns = now_ns;
}

static size_t bytes_of(const struct reception *reception, const struct text *value)
{
    size_t bytes = sizeof(struct client_answer);
    return text_is_large(value) && text_bytes(value) != reception->last_long
               ? bytes + text_size(value)
               : bytes;
}

/* False: there is no memory. */
static bool add_answer(struct reception *reception, struct wire_client *client,
                       const struct wire_answer *answer, int64_t now_ns)
{
    struct client_answer *waiting = memory_zeroed(sizeof *waiting);
    if (!waiting)
        return false;
    waiting->answer = *answer;
    waiting->bytes = bytes_of(reception, &answer->value);
    if (reception->waiting_bytes + waiting->bytes > WIRE_ANSWERS_WAITING_MAX ||
        text_copy(&waiting->answer.value, &answer->value)) {
        waiting->answer = (struct wire_answer){
            .cookie = answer->cookie, .outcome = OUTCOME_OVERLOADED, .from = answer->from};
        waiting->bytes = sizeof *waiting;
    } else if (text_is_large(&answer->value)) {
        reception->last_long = text_bytes(&waiting->answer.value);
    }
    waiting->until_ns = now_ns + reception->shared->cluster_file->settings.timeout_ns;
    reception->waiting++;
    reception->waiting_bytes += waiting->bytes;
    list_add_last(&client->waiting, &waiting->link);
    return true;
}

void reception_answer(struct reception *reception, struct wire_client_ref ref,
                      const struct wire_answer *answer, int64_t now_ns)
{
    struct wire_client *client = &reception->clients[ref.slot];
    if (!client->here || client->life != ref.life)
        return;
    if ((!list_empty(&client->waiting) || !has_room(reception, client, answer, now_ns)) &&
        add_answer(reception, client, answer, now_ns))
        return;
    client->requests -= client->requests > 0;
    send_answer(reception, client, answer, now_ns);
}

/* Sends what waits for one client. */
static bool flush_client(struct reception *reception, struct wire_client *client, int64_t now_ns)
{
    bool any = false;
    for (struct client_answer *first; (first = first_answer(client)); any = true) {
        bool late = first->until_ns <= now_ns;
        if (!late && !has_room(reception, client, &first->answer, now_ns))
            break;
        if (!late)
            send_answer(reception, client, &first->answer, now_ns);
        client->requests -= client->requests > 0;
        delete_answer(reception, first);
    }
    return any;
}

bool reception_flush(struct reception *reception, int64_t now_ns)
{
    bool any = false;
    uint32_t first = reception->next_client;
    for (uint32_t i = 0; i < WIRE_CLIENTS_MAX && reception->waiting; i++) {
        uint32_t slot = (first + i) % WIRE_CLIENTS_MAX;
        if (!flush_client(reception, &reception->clients[slot], now_ns))
            continue;
        reception->next_client = slot + 1;
        any = true;
    }
    return any;
}

static void greet_client(struct reception *reception, uint32_t route)
{
    if (!reception->admits_clients)
        refuse(reception, route, false, WIRE_REASON_STARTING);
    else if (!admit_client(reception, route))
        refuse(reception, route, false, "too many ask at a time");
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
    struct wire_client *client = client_at(reception, route);
    if (!client) {
        refuse(reception, route, false,
               "who asks must greet first, and again when others pushed it out");
        return RECEPTION_HANDLED;
    }
    if (client->requests >= WIRE_CLIENT_REQUESTS_MAX) {
        send_answer(reception, client,
                    &(struct wire_answer){.cookie = request.cookie, .outcome = OUTCOME_OVERLOADED},
                    now_ns);
        return RECEPTION_HANDLED;
    }
    client->requests++;
    arrival->kind = ARRIVAL_REQUEST;
    arrival->client = (struct wire_client_ref){(uint32_t)(client - reception->clients),
                                               client->life, request.cookie};
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
    refuse(reception, route, false, reason);
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
        refuse(reception, route, true, REASON_IN_USE);
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
