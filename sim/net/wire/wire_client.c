#include "net/wire/wire_client.h"

#include "base/monotonic.h"
#include "base/number.h"
#include "net/wire/connection.h"
#include "net/wire/machine.h"
#include "net/wire/transport.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A node that has not welcomed the client by then is passed over. One that does not listen is
 * passed over at once, and tried again until then, in case it is just starting; one that says so
 * is tried for `suspect` more, since it may have to wait so long for the others. */
#define WELCOME_NS (1500 * NS_PER_MS)

/* A connection has come to nothing. */
#define EVENTS                                                                                     \
    (ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_CLOSED |    \
     ZMQ_EVENT_DISCONNECTED)

#define POLL_MOST_NS (60 * NS_PER_S) /* a round without an end may be that long */

struct client_connection {
    const struct wire_client_setup *setup;
    struct connection connection;
    node_id node;                            /* at its other end */
    bool refused;                            /* by one node at least: `failure` is its reason */
    bool starting;                           /* one node at least */
    enum wire_client_next next;              /* what `next` said last */
    uint64_t asked;                          /* ids so far: the next one's cookie */
    uint64_t open[WIRE_CLIENT_REQUESTS_MAX]; /* cookies of those without an answer, in order */
    size_t open_count;
};

static bool connect_to(struct client_connection *client, void *context, node_id node)
{
    const struct cluster_file *file = client->setup->cluster_file;
    struct connection_setup setup = {.context = context,
                                     .cluster_file = file,
                                     .keys = client->setup->keys,
                                     .kind = LISTENER_NODE,
                                     .node = node,
                                     .events = EVENTS,
                                     .receive_most = WIRE_CLIENT_REQUESTS_MAX,
                                     .lasting = true,
                                     .frame_max = WIRE_FRAME_MAX};
    struct greeting greeting = {.node = NODE_NONE};
    struct wire_frame hello = {0};
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", file->name);
    bool sent =
        !connection_open(&client->connection, &setup) &&
        !wire_write_greeting(&hello, FRAME_HELLO, &greeting) &&
        zmq_send(client->connection.socket, hello.bytes.text, hello.bytes.size, ZMQ_DONTWAIT) >= 0;
    wire_frame_close(&hello);
    return sent;
}

/* The next frame, to be closed, if it is there. */
static bool receive(struct client_connection *client, zmq_msg_t *frame)
{
    zmq_msg_init(frame);
    return zmq_msg_recv(frame, client->connection.socket, ZMQ_DONTWAIT) >= 0;
}

/* The next frame, to be closed, before until_ns. */
static bool await(struct client_connection *client, int64_t until_ns, zmq_msg_t *frame)
{
    int64_t left_ns = until_ns - monotonic_ns();
    zmq_pollitem_t item = {client->connection.socket, 0, ZMQ_POLLIN, 0};
    if (left_ns > 0)
        zmq_poll(&item, 1, left_ns / NS_PER_MS + 1);
    return receive(client, frame);
}

/* Waits for a frame, an event of the connection, or more ids: ZMQ_EVENT_…, or 0: a frame, ids, or
 * until_ns. */
static int await_reaction(struct client_connection *client, int64_t until_ns)
{
    zmq_pollitem_t items[] = {{client->connection.socket, 0, ZMQ_POLLIN, 0},
                              {client->connection.monitor, 0, ZMQ_POLLIN, 0},
                              {NULL, client->setup->input, ZMQ_POLLIN, 0}};
    int count = client->next == WIRE_CLIENT_LATER ? 3 : 2;
    int64_t left_ns = min_i64(until_ns - monotonic_ns(), POLL_MOST_NS);
    if (left_ns <= 0 || zmq_poll(items, count, left_ns / NS_PER_MS + 1) <= 0 || !items[1].revents ||
        items[0].revents)
        return 0;
    return connection_monitor_next(client->connection.monitor, NULL);
}

static void refused_by(const struct client_connection *client, const char *reason,
                       struct failure *failure)
{
    const struct cluster_file_node *host = &client->setup->cluster_file->node[client->node];
    failure_set(failure, ERROR_IO, "n%u (%s:%u) refuses: %.160s", client->node + 1, host->address,
                host->port, reason);
}

/* Whether the node welcomes the client. A refusal's reason is kept, whatever other nodes say: that
 * of one for good before that of one that is starting. */
static bool is_welcome(struct client_connection *client, node_id node, struct failure *failure)
{
    const struct cluster_file_node *host = &client->setup->cluster_file->node[node];
    int64_t until_ns = monotonic_ns() + WELCOME_NS;
    char reason[256];
    zmq_msg_t frame;
    unsigned version = 0;
    int event = await_reaction(client, until_ns);
    bool came = await(client, event ? 0 : until_ns, &frame);
    enum refusal refusal = REFUSAL_LASTING;
    const void *bytes = zmq_msg_data(&frame);
    size_t size = zmq_msg_size(&frame);
    enum wire_frame_kind kind = came ? wire_kind(bytes, size, &version) : 0;
    bool refuses = kind == FRAME_REFUSAL && !wire_read_refusal(bytes, size, &refusal, reason);
    if (kind == FRAME_KINDS) {
        codec_version_reason(reason, sizeof reason, version, CODEC_VERSION);
        refuses = true;
    }
    zmq_msg_close(&frame);
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        snprintf(reason, sizeof reason, "this key is not in its cluster file");
    bool starting = refuses && refusal == REFUSAL_STARTING;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || (refuses && !starting)) {
        client->refused = true;
        refused_by(client, reason, failure);
    } else if (starting && !client->refused) {
        client->starting = true;
        refused_by(client, reason, failure);
    } else if (kind != FRAME_WELCOME && !client->refused && !client->starting) {
        failure_set(failure, ERROR_IO,
                    "no node answers (the last one tried is n%u, %s:%u): is it up, and is its key "
                    "the one in this cluster file?",
                    node + 1, host->address, host->port);
    }
    return kind == FRAME_WELCOME;
}

/* Connects to the first node that answers. */
static bool find_node(struct client_connection *client, void *context, struct failure *failure)
{
    static const struct timespec pause = {.tv_nsec = 50 * NS_PER_MS};
    int64_t until_ns = monotonic_ns() + WELCOME_NS;
    int64_t more_ns = client->setup->cluster_file->settings.suspect_ns;
    do {
        for (node_id node = 0; node < client->setup->cluster_file->nodes; node++) {
            client->node = node;
            if (connect_to(client, context, node) && is_welcome(client, node, failure))
                return true;
            connection_close(&client->connection, 0);
        }
        nanosleep(&pause, NULL);
    } while (!client->refused && monotonic_ns() < until_ns + (client->starting ? more_ns : 0));
    return false;
}

static bool has_room(const struct client_connection *client)
{
    return client->open_count < WIRE_CLIENT_REQUESTS_MAX &&
           (!client->open_count || client->asked - client->open[0] < WIRE_CLIENT_AHEAD);
}

static bool take_id(struct client_connection *client, char id[ID_SIZE_MAX + 1])
{
    client->next = client->setup->next(client->setup->context, id);
    return client->next == WIRE_CLIENT_ID;
}

/* Sends as many requests as a node takes at a time. False: the connection takes no more. */
static bool send_requests(struct client_connection *client)
{
    struct wire_frame frame = {0};
    char id[ID_SIZE_MAX + 1];
    bool sent = true;
    while (sent && has_room(client) && take_id(client, id)) {
        struct wire_request request = {.cookie = client->asked, .id = text_borrow(id, strlen(id))};
        if (client->setup->payload)
            request.payload = *client->setup->payload;
        client->open[client->open_count++] = client->asked++;
        sent = !wire_write_request(&frame, &request) &&
               zmq_send(client->connection.socket, frame.bytes.text, frame.bytes.size,
                        ZMQ_DONTWAIT) >= 0;
    }
    wire_frame_close(&frame);
    return sent;
}

/* A node that refuses has forgotten the client, as one does that was started again meanwhile. */
static void take_answer(struct client_connection *client, zmq_msg_t *frame, struct failure *failure)
{
    struct wire_answer answer;
    char reason[WIRE_REASON_SIZE];
    unsigned version;
    enum refusal refusal;
    const void *bytes = zmq_msg_data(frame);
    size_t size = zmq_msg_size(frame);
    enum wire_frame_kind kind = wire_kind(bytes, size, &version);
    if (kind == FRAME_REFUSAL && !wire_read_refusal(bytes, size, &refusal, reason))
        refused_by(client, reason, failure);
    if (kind != FRAME_ANSWER || wire_read_answer(bytes, size, &answer))
        return;
    for (size_t i = 0; i < client->open_count; i++)
        if (client->open[i] == answer.cookie) {
            client->open_count--;
            memmove(&client->open[i], &client->open[i + 1],
                    (client->open_count - i) * sizeof *client->open);
            client->setup->take(client->setup->context, &answer);
            return;
        }
}

static void end_id(struct client_connection *client, uint64_t cookie, enum outcome outcome)
{
    struct wire_answer answer = {.cookie = cookie, .outcome = (uint8_t)outcome};
    client->setup->take(client->setup->context, &answer);
}

/* All that were sent and have no answer end so. */
static void end_open(struct client_connection *client, enum outcome outcome)
{
    for (size_t i = 0; i < client->open_count; i++)
        end_id(client, client->open[i], outcome);
    client->open_count = 0;
}

/* All others that are there end so, too. */
static void end_all(struct client_connection *client, enum outcome outcome)
{
    char id[ID_SIZE_MAX + 1];
    end_open(client, outcome);
    while (take_id(client, id))
        end_id(client, client->asked++, outcome);
    client->next = WIRE_CLIENT_NONE;
}

/* Waits for the answers of this node. False: it has gone, and what it was asked with it. */
static bool await_answers(struct client_connection *client, struct failure *failure)
{
    int64_t patience_ns = client->setup->cluster_file->settings.timeout_ns + NS_PER_S;
    bool sends = send_requests(client), broke = false;
    while (sends && !failure->error && (client->open_count || client->next == WIRE_CLIENT_LATER)) {
        zmq_msg_t frame;
        int64_t until_ns = client->open_count ? monotonic_ns() + patience_ns : TIME_NEVER;
        broke = broke || await_reaction(client, until_ns) != 0;
        bool came = receive(client, &frame);
        if (came)
            take_answer(client, &frame, failure);
        zmq_msg_close(&frame);
        if (broke && !came) {
            end_open(client, OUTCOME_CALLER_LOST);
            return false;
        }
        sends = (came || monotonic_ns() < until_ns) && send_requests(client);
    }
    end_all(client, OUTCOME_TIMEOUT);
    return true;
}

/* Asks one node after the other, if the one that is asked goes away. */
static void ask_all(struct client_connection *client, void *context, struct failure *failure)
{
    *failure = (struct failure){0};
    while (!await_answers(client, failure) && client->next != WIRE_CLIENT_NONE) {
        connection_close(&client->connection, 0);
        client->next = WIRE_CLIENT_ID; /* until that is asked again */
        if (find_node(client, context, failure)) {
            *failure = (struct failure){0};
            continue;
        }
        end_all(client, OUTCOME_UNREACHABLE);
        return;
    }
}

enum error wire_client_ask(const struct wire_client_setup *setup, struct failure *failure)
{
    struct client_connection client = {.setup = setup};
    struct machine_need need = machine_need_of_client();
    void *context = machine_context(&need, failure);
    if (!context)
        return failure->error;
    failure_memory(failure);
    if (find_node(&client, context, failure))
        ask_all(&client, context, failure);
    connection_close(&client.connection, 0);
    zmq_ctx_term(context);
    return failure->error;
}
