#include "net/ask.h"

#include "core/memory.h"
#include "net/guard.h"
#include "net/socket.h"
#include "net/warden.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

/* A node that has not welcomed us by then is passed over. */
#define WELCOME_NS (1500 * NS_PER_MS)

struct asking {
    const struct ask_setup *setup;
    void *socket;
    bool *answered;
    size_t open;
    void (*take)(void *context, const struct guest_answer *answer);
    void *context;
};

static bool connect_to(struct asking *asking, void *context, node_id node)
{
    const struct host_node *host = &asking->setup->hosts->node[node];
    struct greeting greeting = {.node = NODE_NONE};
    struct frame hello = {0};
    char endpoint[96];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port);
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", asking->setup->hosts->name);
    void *socket = asking->socket = zmq_socket(context, ZMQ_DEALER);
    bool connected =
        socket && socket_set(socket, ZMQ_LINGER, 0) && socket_set(socket, ZMQ_SNDHWM, 0) &&
        socket_set(socket, ZMQ_IPV6, host->address[0] == '[') &&
        socket_set_frame_max(socket, WIRE_FRAME_MAX) &&
        (!asking->setup->keys || !guard_arm_client(socket, asking->setup->keys, host->key)) &&
        zmq_connect(socket, endpoint) == 0 && !wire_hello(&hello, FRAME_HELLO, &greeting) &&
        zmq_send(socket, hello.bytes, hello.size, ZMQ_DONTWAIT) >= 0;
    frame_close(&hello);
    return connected;
}

/* The next frame, to be closed, before until_ns. */
static bool await(struct asking *asking, int64_t until_ns, zmq_msg_t *frame)
{
    int64_t left_ns = until_ns - warden_clock_ns();
    zmq_pollitem_t item = {asking->socket, 0, ZMQ_POLLIN, 0};
    zmq_msg_init(frame);
    return left_ns > 0 && zmq_poll(&item, 1, left_ns / NS_PER_MS + 1) > 0 &&
           zmq_msg_recv(frame, asking->socket, ZMQ_DONTWAIT) >= 0;
}

static bool is_welcome(struct asking *asking, node_id node, char why[256])
{
    zmq_msg_t frame;
    uint8_t version = 0;
    bool in_use, came = await(asking, warden_clock_ns() + WELCOME_NS, &frame);
    const void *bytes = zmq_msg_data(&frame);
    size_t size = zmq_msg_size(&frame);
    enum frame_kind kind = came ? wire_kind(bytes, size, &version) : 0;
    if (kind == FRAME_REFUSE && !wire_read_refuse(bytes, size, &in_use, why)) {
        zmq_msg_close(&frame);
        return false;
    }
    const struct host_node *host = &asking->setup->hosts->node[node];
    if (kind != FRAME_WELCOME)
        snprintf(why, 256,
                 "no node answers (the last one tried is n%u, %s:%u): is it up, and is this key in "
                 "its cluster file?",
                 node + 1, host->address, host->port);
    zmq_msg_close(&frame);
    return kind == FRAME_WELCOME;
}

static bool send_asks(struct asking *asking)
{
    struct frame frame = {0};
    bool sent = true;
    for (size_t i = 0; i < asking->setup->count && sent; i++) {
        const char *id = asking->setup->ids[i];
        struct ask ask = {.cookie = i, .id = text_borrow(id, strlen(id))};
        sent = !wire_ask(&frame, &ask) &&
               zmq_send(asking->socket, frame.bytes, frame.size, ZMQ_DONTWAIT) >= 0;
    }
    frame_close(&frame);
    return sent;
}

static void take_answer(struct asking *asking, zmq_msg_t *frame)
{
    struct guest_answer answer;
    uint8_t version;
    const void *bytes = zmq_msg_data(frame);
    size_t size = zmq_msg_size(frame);
    if (wire_kind(bytes, size, &version) != FRAME_ANSWER ||
        wire_read_answer(bytes, size, &answer) || answer.cookie >= asking->setup->count ||
        asking->answered[answer.cookie])
        return;
    asking->answered[answer.cookie] = true;
    asking->open--;
    asking->take(asking->context, &answer);
}

static void await_answers(struct asking *asking)
{
    int64_t until_ns = warden_clock_ns() + asking->setup->hosts->settings.timeout_ns + NS_PER_S;
    bool came = true;
    while (asking->open && came) {
        zmq_msg_t frame;
        came = await(asking, until_ns, &frame);
        if (came)
            take_answer(asking, &frame);
        zmq_msg_close(&frame);
    }
    for (size_t i = 0; i < asking->setup->count; i++) {
        struct guest_answer late = {.cookie = i, .outcome = OUTCOME_TIMEOUT};
        if (!asking->answered[i])
            asking->take(asking->context, &late);
    }
}

enum error ask(const struct ask_setup *setup,
               void (*take)(void *context, const struct guest_answer *answer), void *context,
               char why[256])
{
    struct asking asking = {.setup = setup, .open = setup->count, .take = take, .context = context};
    bool welcome = false;
    void *zmq = zmq_ctx_new();
    snprintf(why, 256, "out of memory");
    asking.answered = memory_zeroed(setup->count * sizeof *asking.answered);
    for (node_id node = 0; zmq && asking.answered && node < setup->hosts->nodes && !welcome;
         node++) {
        welcome = connect_to(&asking, zmq, node) && is_welcome(&asking, node, why);
        if (!welcome && asking.socket)
            zmq_close(asking.socket);
    }
    if (welcome && send_asks(&asking))
        await_answers(&asking);
    if (welcome)
        zmq_close(asking.socket);
    if (zmq)
        zmq_ctx_term(zmq);
    memory_free(asking.answered);
    return welcome ? OK : ERROR_IO;
}
