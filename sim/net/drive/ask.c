#include "net/drive/ask.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "net/wire/authentication.h"
#include "net/wire/connection_monitor.h"
#include "net/wire/socket.h"
#include "net/wire/transport.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

/* A node that has not welcomed us by then is passed over. One that nobody listens for is passed
 * over at once, and tried again until then, in case it is just coming up. */
#define WELCOME_NS (1500 * NS_PER_MS)

/* A connection has come to nothing. */
#define EVENTS                                                                                     \
    (ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_CLOSED |    \
     ZMQ_EVENT_DISCONNECTED)

struct asking {
    const struct ask_setup *setup;
    void *socket;
    void *monitor;
    uint32_t makings; /* so many connections were made */
    bool refused;     /* by one node at least, and `why` says why */
    bool *answered;
    size_t sent;
    size_t waiting; /* for their answers */
    void (*take)(void *context, const struct wire_answer *answer);
    void *context;
};

static bool connect_to(struct asking *asking, void *context, node_id node)
{
    const struct cluster_file_node *host = &asking->setup->cluster_file->node[node];
    struct greeting greeting = {.node = NODE_NONE};
    struct wire_frame hello = {0};
    char endpoint[96], name[32];
    snprintf(name, sizeof name, "inproc://ask-%u", ++asking->makings);
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port);
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", asking->setup->cluster_file->name);
    void *socket = asking->socket = zmq_socket(context, ZMQ_DEALER);
    asking->monitor = socket ? connection_monitor_open(context, socket, name, EVENTS) : NULL;
    bool connected = asking->monitor && socket_set(socket, ZMQ_LINGER, 0) &&
                     socket_set(socket, ZMQ_SNDHWM, 0) &&
                     socket_set(socket, ZMQ_IPV6, host->address[0] == '[') &&
                     socket_set_frame_max(socket, WIRE_FRAME_MAX) &&
                     (!asking->setup->keys ||
                      !authentication_configure_client(socket, asking->setup->keys, host->key)) &&
                     zmq_connect(socket, endpoint) == 0 &&
                     !wire_write_greeting(&hello, FRAME_HELLO, &greeting) &&
                     zmq_send(socket, hello.bytes, hello.size, ZMQ_DONTWAIT) >= 0;
    wire_frame_close(&hello);
    return connected;
}

/* The next frame, to be closed, before until_ns. */
static bool await(struct asking *asking, int64_t until_ns, zmq_msg_t *frame)
{
    int64_t left_ns = until_ns - monotonic_ns();
    zmq_pollitem_t item = {asking->socket, 0, ZMQ_POLLIN, 0};
    zmq_msg_init(frame);
    return left_ns > 0 && zmq_poll(&item, 1, left_ns / NS_PER_MS + 1) > 0 &&
           zmq_msg_recv(frame, asking->socket, ZMQ_DONTWAIT) >= 0;
}

static void close_sockets(struct asking *asking)
{
    connection_monitor_close(asking->monitor, asking->socket);
    if (asking->socket)
        zmq_close(asking->socket);
    asking->monitor = NULL;
    asking->socket = NULL;
}

/* Until a frame or the connection's end comes, or until until_ns: ZMQ_EVENT_… or 0. */
static int await_word(struct asking *asking, int64_t until_ns)
{
    zmq_pollitem_t items[] = {{asking->socket, 0, ZMQ_POLLIN, 0},
                              {asking->monitor, 0, ZMQ_POLLIN, 0}};
    int64_t left_ns = until_ns - monotonic_ns();
    if (left_ns <= 0 || zmq_poll(items, 2, left_ns / NS_PER_MS + 1) <= 0 || items[0].revents)
        return 0;
    return connection_monitor_next(asking->monitor, NULL);
}

/* What a node says to our hello. A refusal's reason is kept, whatever the others say. */
static bool is_welcome(struct asking *asking, node_id node, char why[256])
{
    const struct cluster_file_node *host = &asking->setup->cluster_file->node[node];
    int64_t until_ns = monotonic_ns() + WELCOME_NS;
    char said[256];
    zmq_msg_t frame;
    uint8_t version = 0;
    int event = await_word(asking, until_ns);
    bool in_use, came = await(asking, event ? 0 : until_ns, &frame);
    const void *bytes = zmq_msg_data(&frame);
    size_t size = zmq_msg_size(&frame);
    enum wire_frame_kind kind = came ? wire_kind(bytes, size, &version) : 0;
    bool refuses = kind == FRAME_REFUSAL && !wire_read_refusal(bytes, size, &in_use, said);
    zmq_msg_close(&frame);
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        snprintf(said, sizeof said, "this key is not in its cluster file");
    if (refuses || event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        asking->refused = true;
        snprintf(why, 256, "n%u (%s:%u) refuses: %.160s", node + 1, host->address, host->port,
                 said);
    } else if (kind != FRAME_WELCOME && !asking->refused) {
        snprintf(why, 256,
                 "no node answers (the last one tried is n%u, %s:%u): is it up, and is its key the "
                 "one in this cluster file?",
                 node + 1, host->address, host->port);
    }
    return kind == FRAME_WELCOME;
}

/* Connects to the first node that answers. */
static bool find_node(struct asking *asking, void *context, char why[256])
{
    static const struct timespec pause = {.tv_nsec = 50 * NS_PER_MS};
    int64_t until_ns = monotonic_ns() + WELCOME_NS;
    do {
        for (node_id node = 0; node < asking->setup->cluster_file->nodes; node++) {
            if (connect_to(asking, context, node) && is_welcome(asking, node, why))
                return true;
            close_sockets(asking);
        }
        nanosleep(&pause, NULL);
    } while (!asking->refused && monotonic_ns() < until_ns);
    return false;
}

/* Sends what a node takes at a time, and no more. */
static bool send_asks(struct asking *asking)
{
    struct wire_frame frame = {0};
    bool sent = true;
    for (;
         asking->sent < asking->setup->count && asking->waiting < WIRE_CLIENT_REQUESTS_MAX && sent;
         asking->sent++) {
        const char *id = asking->setup->ids[asking->sent];
        struct wire_request ask = {.cookie = asking->sent, .id = text_borrow(id, strlen(id))};
        sent = !wire_write_request(&frame, &ask) &&
               zmq_send(asking->socket, frame.bytes, frame.size, ZMQ_DONTWAIT) >= 0;
        asking->waiting += sent;
    }
    wire_frame_close(&frame);
    return sent;
}

static void take_answer(struct asking *asking, zmq_msg_t *frame)
{
    struct wire_answer answer;
    uint8_t version;
    const void *bytes = zmq_msg_data(frame);
    size_t size = zmq_msg_size(frame);
    if (wire_kind(bytes, size, &version) != FRAME_ANSWER ||
        wire_read_answer(bytes, size, &answer) || answer.cookie >= asking->setup->count ||
        asking->answered[answer.cookie])
        return;
    asking->answered[answer.cookie] = true;
    asking->waiting--;
    asking->take(asking->context, &answer);
}

static void await_answers(struct asking *asking)
{
    int64_t patience_ns = asking->setup->cluster_file->settings.timeout_ns + NS_PER_S;
    bool came = send_asks(asking);
    while (asking->waiting && came) {
        zmq_msg_t frame;
        came = await(asking, monotonic_ns() + patience_ns, &frame);
        if (came)
            take_answer(asking, &frame);
        zmq_msg_close(&frame);
        came = came && send_asks(asking);
    }
    for (size_t i = 0; i < asking->setup->count; i++) {
        struct wire_answer late = {.cookie = i, .outcome = OUTCOME_TIMEOUT};
        if (!asking->answered[i])
            asking->take(asking->context, &late);
    }
}

enum error ask(const struct ask_setup *setup,
               void (*take)(void *context, const struct wire_answer *answer), void *context,
               char why[256])
{
    struct asking asking = {.setup = setup, .take = take, .context = context};
    bool welcome = false;
    void *zmq = zmq_ctx_new();
    snprintf(why, 256, "out of memory");
    asking.answered = memory_zeroed(setup->count * sizeof *asking.answered);
    if (zmq && asking.answered)
        welcome = find_node(&asking, zmq, why);
    if (welcome)
        await_answers(&asking);
    close_sockets(&asking);
    if (zmq)
        zmq_ctx_term(zmq);
    memory_free(asking.answered);
    return welcome ? OK : ERROR_IO;
}
