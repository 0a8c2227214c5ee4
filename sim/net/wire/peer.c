#include "net/wire/peer.h"

#include "base/memory.h"
#include "base/number.h"
#include "net/wire/log.h"
#include "net/wire/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

/* A connection that is not greeted by then is given up. */
#define GREETING_NS (HANDSHAKE_MS * NS_PER_MS)

#define BACKOFF_LEAST_NS (50 * NS_PER_MS)
#define BACKOFF_MOST_NS  NS_PER_S

/* After a refusal, which lasts until somebody changes a file. */
#define BACKOFF_REFUSED_LEAST_NS (NS_PER_S / 2)
#define BACKOFF_REFUSED_NS       (5 * NS_PER_S)

/* A name that is said to be another's for longer than `suspect` and this is. A process of that name
 * that has just died may be believed alive for so long. */
#define IN_USE_NS NS_PER_S

#define EVENTS                                                                                     \
    (ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |            \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

/* A message that waits for room, or is to be taken back. */
struct peer_message {
    struct list_link link;
    struct message message;
    int64_t until_ns;
    size_t bytes; /* that it counts for */
    enum drop_why why;
};

void peer_init(struct peer_link *peer, node_id id, struct peer_shared *shared)
{
    *peer = (struct peer_link){.id = id,
                               .backoff_ns = BACKOFF_LEAST_NS,
                               .patience_ns = shared->cluster_file->settings.timeout_ns,
                               .flow.wake = &shared->wake};
    shared->peers_in[PEER_AWAY]++;
}

static bool watch(struct peer_link *peer, const struct peer_shared *shared, void *socket)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = peer->id};
    return epoll_ctl(shared->watch, EPOLL_CTL_ADD, socket_descriptor(socket), &event) == 0;
}

static void watch_no_more(const struct peer_shared *shared, void *socket)
{
    if (socket)
        epoll_ctl(shared->watch, EPOLL_CTL_DEL, socket_descriptor(socket), NULL);
}

static void close_connection(struct peer_link *peer, const struct peer_shared *shared,
                             int linger_ms)
{
    watch_no_more(shared, peer->connection.socket);
    watch_no_more(shared, peer->connection.monitor);
    connection_close(&peer->connection, linger_ms);
}

static void delete_all(struct list *messages)
{
    for (struct list_link *link; (link = list_first(messages));) {
        struct peer_message *message = container_of(link, struct peer_message, link);
        list_remove(link);
        message_clear(&message->message);
        memory_free(message);
    }
}

void peer_close(struct peer_link *peer, const struct peer_shared *shared, int linger_ms)
{
    close_connection(peer, shared, linger_ms);
    delete_all(&peer->waiting);
    delete_all(&peer->returned);
    text_clear(&peer->returned_text);
    wire_frame_close(&peer->frame);
}

void peer_log(const struct peer_link *peer, const struct peer_shared *shared, const char *event,
              const char *reason)
{
    const struct cluster_file_node *node = &shared->cluster_file->node[peer->id];
    struct log_about about = {.node = shared->greeting.node, .peer = peer->id};
    node_log(LOG_WARNING, about, "%s:%u %s: %s", node->address, node->port, event, reason);
}

/* ---- connecting ---------------------------------------------------------------------------- */

static bool send_hello(struct peer_link *peer, const struct peer_shared *shared)
{
    struct wire_frame hello = {0};
    struct greeting greeting = shared->greeting;
    greeting.connection = peer->connections++;
    bool sent =
        !wire_write_greeting(&hello, FRAME_HELLO, &greeting) &&
        zmq_send(peer->connection.socket, hello.bytes.text, hello.bytes.size, ZMQ_DONTWAIT) >= 0;
    wire_frame_close(&hello);
    return sent;
}

static bool connect_to(struct peer_link *peer, struct peer_shared *shared)
{
    bool keyed = shared->cluster_file->keyed;
    struct connection_setup setup = {.context = shared->context,
                                     .cluster_file = shared->cluster_file,
                                     .keys = keyed ? shared->keys : NULL,
                                     .kind = LISTENER_NODE,
                                     .node = peer->id,
                                     .events = EVENTS,
                                     .receive_most = 4,
                                     .frame_max = WIRE_FRAME_MAX};
    peer->noticed = true; /* its descriptors may be silent by now */
    return !connection_open(&peer->connection, &setup) && send_hello(peer, shared) &&
           watch(peer, shared, peer->connection.socket) &&
           watch(peer, shared, peer->connection.monitor);
}

static void set_state(struct peer_link *peer, struct peer_shared *shared, enum peer_state state)
{
    shared->peers_in[peer->state]--;
    shared->peers_in[state]++;
    shared->greeted_changed = true;
    peer->state = state;
}

/* The pause doubles up to most_ns. It never shrinks: a peer that refuses and then cannot be reached
 * is not asked more often than before. */
static void go_away(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns,
                    int64_t most_ns)
{
    close_connection(peer, shared, 0);
    set_state(peer, shared, PEER_AWAY);
    peer->retry_ns = now_ns + peer->backoff_ns;
    peer->backoff_ns = max_i64(peer->backoff_ns, min_i64(peer->backoff_ns * 2, most_ns));
}

static void connect_anew(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns)
{
    if (connect_to(peer, shared)) {
        set_state(peer, shared, PEER_GREETING);
        peer->retry_ns = now_ns + GREETING_NS;
    } else {
        go_away(peer, shared, now_ns, BACKOFF_MOST_NS);
    }
}

void peer_retry(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns)
{
    if (peer->state == PEER_HERE || now_ns < peer->retry_ns)
        return;
    if (peer->state == PEER_GREETING)
        go_away(peer, shared, now_ns, BACKOFF_MOST_NS);
    else
        connect_anew(peer, shared, now_ns);
}

void peer_renew(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns)
{
    close_connection(peer, shared, 0);
    peer->backoff_ns = BACKOFF_LEAST_NS;
    connect_anew(peer, shared, now_ns);
}

void peer_forget(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns)
{
    peer->backoff_ns = BACKOFF_LEAST_NS;
    if (peer->state != PEER_AWAY)
        go_away(peer, shared, now_ns, BACKOFF_LEAST_NS);
}

/* ---- events -------------------------------------------------------------------------------- */

static enum peer_event refused(struct peer_link *peer, struct peer_shared *shared,
                               enum refusal refusal, int64_t now_ns)
{
    bool in_use = refusal == REFUSAL_IN_USE;
    if (in_use && !peer->refused_since_ns)
        peer->refused_since_ns = now_ns;
    if (!in_use)
        peer->backoff_ns = max_i64(peer->backoff_ns, BACKOFF_REFUSED_LEAST_NS);
    int64_t before_ns = peer->backoff_ns;
    go_away(peer, shared, now_ns, in_use ? BACKOFF_MOST_NS / 4 : BACKOFF_REFUSED_NS);
    if (in_use)
        return now_ns - peer->refused_since_ns >=
                       shared->cluster_file->settings.suspect_ns + IN_USE_NS
                   ? PEER_IN_USE
                   : PEER_NO_EVENT;
    peer->refuses = true;
    if (strcmp(peer->refuses_for, shared->reason) == 0 && peer->backoff_ns == before_ns)
        return PEER_NO_EVENT;
    memcpy(peer->refuses_for, shared->reason, sizeof peer->refuses_for);
    return PEER_REFUSED;
}

static enum peer_event welcomed(struct peer_link *peer, struct peer_shared *shared,
                                const struct greeting *greeting)
{
    set_state(peer, shared, PEER_HERE);
    peer->incarnation = greeting->incarnation;
    peer->instance = greeting->instance;
    peer->backoff_ns = BACKOFF_LEAST_NS;
    peer->refused_since_ns = 0;
    peer->refuses = false;
    peer->refuses_for[0] = '\0';
    return PEER_GREETED;
}

static enum peer_event read_frame(struct peer_link *peer, struct peer_shared *shared,
                                  zmq_msg_t *frame, int64_t now_ns)
{
    const void *bytes = zmq_msg_data(frame);
    size_t size = zmq_msg_size(frame);
    unsigned version = 0;
    enum refusal refusal;
    struct greeting greeting;
    enum wire_frame_kind kind = wire_kind(bytes, size, &version);
    if (kind == FRAME_WELCOME && !wire_read_greeting(bytes, size, &greeting) &&
        greeting.node == peer->id)
        return peer->state == PEER_GREETING ? welcomed(peer, shared, &greeting) : PEER_NO_EVENT;
    if (kind == FRAME_REFUSAL && !wire_read_refusal(bytes, size, &refusal, shared->reason))
        return refused(peer, shared, refusal, now_ns);
    if (kind != FRAME_KINDS) {
        shared->counts.malformed++;
        return PEER_NO_EVENT;
    }
    codec_version_reason(shared->reason, sizeof shared->reason, version, CODEC_VERSION);
    return refused(peer, shared, REFUSAL_LASTING, now_ns);
}

static enum peer_event broke(struct peer_link *peer, struct peer_shared *shared, int event,
                             int64_t now_ns)
{
    bool was_here = peer->state == PEER_HERE;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        snprintf(shared->reason, sizeof shared->reason,
                 "this node's key is not in its cluster file");
        return refused(peer, shared, REFUSAL_LASTING, now_ns);
    }
    peer->refuses = false; /* it is down, as far as is known */
    go_away(peer, shared, now_ns, BACKOFF_MOST_NS);
    return was_here ? PEER_BROKE : PEER_NO_EVENT;
}

enum peer_event peer_receive(struct peer_link *peer, struct peer_shared *shared, int64_t now_ns)
{
    enum peer_event event = PEER_NO_EVENT;
    while (peer->connection.socket && event == PEER_NO_EVENT) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        bool came = zmq_msg_recv(&frame, peer->connection.socket, ZMQ_DONTWAIT) >= 0;
        int change = came ? 0 : connection_monitor_next(peer->connection.monitor, NULL);
        if (came)
            event = read_frame(peer, shared, &frame, now_ns);
        else if (change)
            event = broke(peer, shared, change, now_ns);
        zmq_msg_close(&frame);
        if (!came && !change)
            break;
    }
    return event;
}

void peer_greeted(struct peer_link *peer, struct peer_shared *shared, uint32_t route,
                  const struct greeting *greeting, int64_t now_ns)
{
    shared->greeted_changed = true;
    peer->known = true;
    peer->refused_for[0] = '\0';
    peer->route = route;
    peer->in_incarnation = greeting->incarnation;
    peer->in_instance = greeting->instance;
    peer->in_connection = greeting->connection;
    memset(peer->last_numbers, 0, sizeof peer->last_numbers);
    peer->heard_ns = now_ns;
}

/* ---- messages ------------------------------------------------------------------------------ */

/* A ripe frame still takes what is short: replies with the value that it has last, and messages
 * that do not wait. It must not become longer than a peer accepts. */
#define FRAME_SAME_MAX  (WIRE_BATCH + WIRE_BATCH / 4 + WIRE_VALUE_MAX)
#define FRAME_SHORT_MAX (WIRE_BATCH + WIRE_BATCH / 2 + WIRE_VALUE_MAX)

bool peer_is_ripe(const struct peer_link *peer, const struct message *message)
{
    if (!wire_may_wait(message->kind))
        return peer->frame.bytes.size >= FRAME_SHORT_MAX;
    return peer->frame.bytes.size >= WIRE_BATCH &&
           (peer->frame.bytes.size >= FRAME_SAME_MAX || !wire_has_value(&peer->frame, message));
}

static bool has_room(const struct peer_link *peer, const struct message *message)
{
    return !peer_is_ripe(peer, message) &&
           (!wire_may_wait(message->kind) || list_empty(&peer->waiting));
}

static enum error add_to_frame(struct peer_link *peer, const struct peer_shared *shared,
                               const struct message *message)
{
    struct batch batch = {.from = shared->greeting.node,
                          .incarnation = shared->greeting.incarnation,
                          .to = peer->incarnation};
    if (!peer->frame_messages && wire_write_batch(&peer->frame, &batch))
        return ERROR_MEMORY;
    enum error error = wire_write_message(&peer->frame, message);
    if (!error)
        peer->frame_messages++;
    return error;
}

/* A text that the message before carries too is the same block, and counts there. */
static size_t bytes_of(const struct peer_link *peer, struct message message)
{
    struct list_link *link = list_last(&peer->waiting);
    const struct text *text = message_text(&message);
    const struct text *before =
        link ? message_text(&container_of(link, struct peer_message, link)->message) : NULL;
    size_t bytes = sizeof(struct peer_message);
    bool shared = text && before && text_is_same_block(text, before);
    return text && text_is_large(text) && !shared ? bytes + text_size(text) : bytes;
}

static enum error add_to_waiting(struct peer_link *peer, const struct message *message,
                                 int64_t now_ns)
{
    size_t bytes = bytes_of(peer, *message);
    if (peer->waiting_bytes + bytes > PEER_WAITING_MAX)
        return ERROR_FULL;
    struct peer_message *waiting = memory_zeroed(sizeof *waiting);
    if (!waiting)
        return ERROR_MEMORY;
    if (message_copy(&waiting->message, message)) {
        memory_free(waiting);
        return ERROR_MEMORY;
    }
    int64_t for_ns =
        message->kind == MESSAGE_REQUEST ? message->as.ask.budget_ns : peer->patience_ns;
    waiting->until_ns = for_ns < TIME_NEVER - now_ns ? now_ns + for_ns : TIME_NEVER;
    waiting->bytes = bytes;
    peer->waiting_bytes += bytes;
    list_add_last(&peer->waiting, &waiting->link);
    return OK;
}

enum error peer_add(struct peer_link *peer, const struct peer_shared *shared,
                    const struct message *message, int64_t now_ns)
{
    if (has_room(peer, message))
        return add_to_frame(peer, shared, message);
    return wire_may_wait(message->kind) ? add_to_waiting(peer, message, now_ns) : ERROR_FULL;
}

static void clear_frame(struct peer_link *peer)
{
    wire_frame_clear(&peer->frame);
    peer->frame_messages = 0;
    if (peer->frame.bytes.capacity > 2 * WIRE_BATCH)
        wire_frame_close(&peer->frame); /* it had a long value */
}

static void return_waiting(struct peer_link *peer, struct peer_message *waiting, enum drop_why why)
{
    list_remove(&waiting->link);
    peer->waiting_bytes -= waiting->bytes;
    waiting->why = why;
    list_add_last(&peer->returned, &waiting->link);
}

/* False: there is none, or no room, or no memory. */
static bool move_to_frame(struct peer_link *peer, const struct peer_shared *shared, int64_t now_ns)
{
    struct list_link *link = list_first(&peer->waiting);
    if (!link)
        return false;
    struct peer_message *waiting = container_of(link, struct peer_message, link);
    if (waiting->until_ns <= now_ns) {
        return_waiting(peer, waiting, DROP_FULL);
        return true;
    }
    if (peer_is_ripe(peer, &waiting->message))
        return false;
    if (waiting->message.kind == MESSAGE_REQUEST)
        waiting->message.as.ask.budget_ns = waiting->until_ns - now_ns;
    if (add_to_frame(peer, shared, &waiting->message))
        return false;
    list_remove(link);
    peer->waiting_bytes -= waiting->bytes;
    message_clear(&waiting->message);
    memory_free(waiting);
    return true;
}

/* False: there is no room, or nothing to send. */
static bool send_frame(struct peer_link *peer)
{
    zmq_msg_t frame;
    peer->blocked = peer->frame_messages && flow_bytes(&peer->flow) >= PEER_SENT_MAX;
    if (!peer->frame_messages || peer->blocked ||
        flow_frame(&peer->flow, &frame, peer->frame.bytes.text, peer->frame.bytes.size))
        return false;
    if (zmq_msg_send(&frame, peer->connection.socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&frame);
        return false;
    }
    clear_frame(peer);
    peer->noticed = true; /* to send is to take note, so its descriptor may be silent */
    return true;
}

void peer_flush(struct peer_link *peer, const struct peer_shared *shared, int64_t now_ns)
{
    if (peer->returning)
        return;
    do
        while (move_to_frame(peer, shared, now_ns))
            ;
    while (send_frame(peer));
}

void peer_return(struct peer_link *peer)
{
    peer->blocked = false;
    for (struct list_link *link; (link = list_first(&peer->waiting));)
        return_waiting(peer, container_of(link, struct peer_message, link), DROP_DOWN);
    if (peer->returning || !peer->frame_messages)
        return;
    peer->returning = true;
    must(!wire_read_batch(peer->frame.bytes.text, peer->frame.bytes.size, &peer->return_batch,
                          &peer->return_cursor));
}

static bool take_from_frame(struct peer_link *peer, const struct peer_shared *shared,
                            struct message *message)
{
    if (peer->returning && !wire_at_end(&peer->return_cursor)) {
        must(!wire_read_message(&peer->return_cursor, &peer->return_batch,
                                shared->cluster_file->nodes,
                                cluster_file_slots(shared->cluster_file), peer->id, message));
        return true;
    }
    if (peer->returning)
        clear_frame(peer);
    peer->returning = false;
    return false;
}

bool peer_take_returned(struct peer_link *peer, const struct peer_shared *shared,
                        struct message *message, enum drop_why *why)
{
    text_clear(&peer->returned_text);
    *why = DROP_DOWN;
    if (take_from_frame(peer, shared, message))
        return true;
    struct list_link *link = list_first(&peer->returned);
    if (!link)
        return false;
    struct peer_message *returned = container_of(link, struct peer_message, link);
    list_remove(link);
    *message = returned->message;
    *why = returned->why;
    peer->returned_text = *message_text(message);
    memory_free(returned);
    return true;
}
