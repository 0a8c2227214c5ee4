#define XXH_INLINE_ALL
#include "support/net_mesh.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "net/wire/connection_monitor.h"
#include "support/loopback.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#include <zmq.h>

#define FIRST_PORT  7401
#define PATIENCE_NS (100 * NS_PER_S) /* a busy machine takes its time, and valgrind */

/* ---- the cluster --------------------------------------------------------------------------- */

void mesh_hosts(const struct mesh *mesh, const char *name, const char *lines,
                struct cluster_file *cluster_file)
{
    char text[2048], hex[KEY_HEX_SIZE], *diagnostics = NULL;
    int size = snprintf(text, sizeof text, "cluster %s\n%s", name, lines);
    for (uint32_t i = 0; i < MESH_NODES; i++) {
        key_to_hex(mesh->keys[i].public_key, hex);
        size += snprintf(text + size, sizeof text - (size_t)size, "node n%u %s:%u%s%s\n", i + 1,
                         mesh->address, FIRST_PORT + 2 * i, mesh->keyed ? " key " : "",
                         mesh->keyed ? hex : "");
    }
    key_to_hex(mesh->client.public_key, hex);
    if (mesh->keyed)
        size += snprintf(text + size, sizeof text - (size_t)size, "client me key %s\n", hex);
    enum error error = cluster_file_parse(cluster_file, "hosts", text, (size_t)size, &diagnostics);
    if (error)
        printf("%s", diagnostics);
    must(!error);
}

void mesh_begin(struct mesh *mesh, bool keyed)
{
    struct failure failure;
    memset(mesh, 0, sizeof *mesh);
    loopback_draw(mesh->address);
    mesh->keyed = keyed;
    mesh->now_ns = 1000 * NS_PER_S;
    for (uint32_t i = 0; keyed && i < MESH_NODES; i++)
        must(!keys_generate(&mesh->keys[i], &failure));
    must(!keyed || !keys_generate(&mesh->client, &failure));
    mesh_hosts(mesh, "shop", "", &mesh->cluster_file);
    /* However slowly the machine drains its sockets, and steps go by meanwhile: only a test that
     * skips time meets a deadline. */
    mesh->cluster_file.settings.timeout_ns = 3600 * NS_PER_S;
}

void mesh_end(struct mesh *mesh)
{
    for (node_id node = 0; node < MESH_NODES; node++)
        mesh_close(mesh, node);
    cluster_file_close(&mesh->cluster_file);
}

void mesh_open(struct mesh *mesh, node_id node, const struct cluster_file *cluster_file)
{
    static uint64_t instances = 1000;
    struct failure failure;
    struct transport_setup setup = {.cluster_file = cluster_file,
                                    .keys = &mesh->keys[node],
                                    .self = node,
                                    .incarnation = ++mesh->incarnation[node],
                                    .instance = ++instances};
    memset(&mesh->heard[node], 0, sizeof mesh->heard[node]);
    mesh->at[node] = transport_open(&setup, &failure);
    if (!mesh->at[node])
        printf("\n    n%u: %s\n", node + 1, failure.text);
    must(mesh->at[node] != NULL);
}

void mesh_close(struct mesh *mesh, node_id node)
{
    if (mesh->at[node])
        transport_close(mesh->at[node], 0);
    mesh->at[node] = NULL;
}

/* ---- stepping ------------------------------------------------------------------------------ */

static void hear_message(struct heard *heard, const struct message *message)
{
    heard->disordered += message->number <= heard->last_number;
    heard->last_number = message->number;
    heard->last = *message;
    heard->text_size = text_size(&message->as.ask.id);
    heard->text_hash = XXH3_64bits(text_bytes(&message->as.ask.id), heard->text_size);
    memset(&heard->last.as, 0, sizeof heard->last.as);
}

static void hear(struct heard *heard, const struct arrival *arrival, node_id self)
{
    heard->count[arrival->kind]++;
    switch (arrival->kind) {
    case ARRIVAL_MESSAGE:
        hear_message(heard, &arrival->message);
        break;
    case ARRIVAL_DROPPED:
        if (arrival->to == self)
            heard->cut += arrival->why == DROP_CUT;
        else
            heard->dropped[arrival->why]++;
        break;
    case ARRIVAL_FOUND:
    case ARRIVAL_LOST:
    case ARRIVAL_IN_USE:
        heard->peer = arrival->peer;
        heard->incarnation = arrival->incarnation;
        break;
    case ARRIVAL_REQUEST:
        heard->client = arrival->client;
        snprintf(heard->id, sizeof heard->id, "%.*s", (int)text_size(&arrival->id),
                 text_bytes(&arrival->id));
        break;
    }
}

bool mesh_step(struct mesh *mesh)
{
    bool any = false;
    mesh->now_ns += MESH_STEP_NS;
    for (node_id node = 0; node < MESH_NODES; node++) {
        struct arrival arrival;
        if (!mesh->at[node])
            continue;
        while (transport_take(mesh->at[node], mesh->now_ns, &arrival)) {
            hear(&mesh->heard[node], &arrival, node);
            any = true;
        }
        transport_flush(mesh->at[node]);
    }
    return any;
}

int64_t mesh_patience_ns(void)
{
    return monotonic_ns() + PATIENCE_NS;
}

bool mesh_has_patience(int64_t end_ns)
{
    return monotonic_ns() < end_ns;
}

static void pause_briefly(void)
{
    static const struct timespec pause = {.tv_nsec = 200 * NS_PER_US};
    nanosleep(&pause, NULL);
}

bool mesh_rest(struct mesh *mesh, int64_t end_ns)
{
    if (!mesh_step(mesh))
        pause_briefly();
    return mesh_has_patience(end_ns);
}

bool mesh_take(struct mesh *mesh, node_id node, struct arrival *arrival)
{
    mesh->now_ns += MESH_STEP_NS;
    bool any = transport_take(mesh->at[node], mesh->now_ns, arrival);
    if (!any)
        pause_briefly();
    return any;
}

static bool all_greeted(const struct mesh *mesh, uint32_t nodes)
{
    for (uint32_t i = 0; i < nodes; i++)
        if (transport_greeted(mesh->at[i]) != nodes - 1)
            return false;
    return true;
}

void mesh_open_all(struct mesh *mesh, uint32_t nodes)
{
    for (uint32_t i = 0; i < nodes; i++)
        mesh_open(mesh, i, &mesh->cluster_file);
    MESH_UNTIL(mesh, all_greeted(mesh, nodes));
}

/* ---- strays -------------------------------------------------------------------------------- */

static void make(struct stray *stray, int type)
{
    int none = 0;
    stray->context = zmq_ctx_new();
    stray->socket = zmq_socket(stray->context, type);
    must(stray->socket && !zmq_setsockopt(stray->socket, ZMQ_LINGER, &none, sizeof none));
    stray->monitor = connection_monitor_open(stray->context, stray->socket, ZMQ_EVENT_ALL);
    must(stray->monitor != NULL);
}

static void endpoint_of(const struct mesh *mesh, node_id node, char endpoint[64])
{
    snprintf(endpoint, 64, "tcp://%s:%u", mesh->address, FIRST_PORT + 2 * node);
}

void stray_open(struct stray *stray, const struct mesh *mesh, node_id to,
                const struct key_pair *keys)
{
    char endpoint[64];
    make(stray, ZMQ_DEALER);
    endpoint_of(mesh, to, endpoint);
    must(!mesh->keyed ||
         !authentication_configure_client(stray->socket, keys, mesh->keys[to].public_key));
    must(!zmq_connect(stray->socket, endpoint));
}

void stray_listen(struct stray *stray, const struct mesh *mesh, node_id as)
{
    char endpoint[64];
    int yes = 1;
    make(stray, ZMQ_ROUTER);
    endpoint_of(mesh, as, endpoint);
    if (mesh->keyed)
        must(!zmq_setsockopt(stray->socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) &&
             !zmq_setsockopt(stray->socket, ZMQ_CURVE_SECRETKEY, mesh->keys[as].secret_key,
                             KEY_SIZE));
    must(!zmq_bind(stray->socket, endpoint));
}

void stray_close(struct stray *stray)
{
    connection_monitor_close(stray->monitor, stray->socket);
    zmq_close(stray->socket);
    zmq_ctx_term(stray->context);
}

void stray_send(struct stray *stray, const struct wire_frame *frame)
{
    must(zmq_send(stray->socket, frame->bytes.text, frame->bytes.size, 0) >= 0);
}

struct greeting stray_greeting(const struct mesh *mesh, node_id node)
{
    struct greeting greeting = {.settings = cluster_file_hash(&mesh->cluster_file),
                                .instance = 1,
                                .incarnation = node != NODE_NONE,
                                .node = node};
    memcpy(greeting.cluster, mesh->cluster_file.name, sizeof greeting.cluster);
    return greeting;
}

void stray_hello(struct stray *stray, const struct greeting *greeting)
{
    struct wire_frame frame = {0};
    must(!wire_write_greeting(&frame, FRAME_HELLO, greeting));
    stray_send(stray, &frame);
    wire_frame_close(&frame);
}

void stray_heartbeats(struct stray *stray, const struct batch *batch, const uint64_t *numbers,
                      size_t count)
{
    struct wire_frame frame = {0};
    must(!wire_write_batch(&frame, batch));
    for (size_t i = 0; i < count; i++) {
        struct message message = {.kind = MESSAGE_HEARTBEAT, .number = numbers[i]};
        must(!wire_write_message(&frame, &message));
    }
    stray_send(stray, &frame);
    wire_frame_close(&frame);
}

static bool receive(struct stray *stray, struct wire_frame *frame)
{
    zmq_msg_t got;
    zmq_msg_init(&got);
    bool came = zmq_msg_recv(&got, stray->socket, ZMQ_DONTWAIT) >= 0;
    if (came) {
        size_t size = zmq_msg_size(&got);
        wire_frame_clear(frame);
        string_builder_add_bytes(&frame->bytes, zmq_msg_data(&got), size);
        must(!frame->bytes.failed);
    }
    zmq_msg_close(&got);
    return came;
}

enum wire_frame_kind stray_take(struct stray *stray, struct mesh *mesh, struct wire_frame *frame)
{
    unsigned version = 0;
    bool came = false;
    wire_frame_clear(frame);
    MESH_UNTIL(mesh, came = came || receive(stray, frame));
    return wire_kind(frame->bytes.text, frame->bytes.size, &version);
}

void stray_is_refused(struct stray *stray, struct mesh *mesh, enum refusal refusal,
                      const char *words)
{
    struct wire_frame frame = {0};
    char why[256];
    enum refusal told;
    CU_ASSERT_EQUAL_FATAL((int)stray_take(stray, mesh, &frame), FRAME_REFUSAL);
    CU_ASSERT_EQUAL_FATAL(wire_read_refusal(frame.bytes.text, frame.bytes.size, &told, why), OK);
    CU_ASSERT_EQUAL(told, refusal);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, words));
    wire_frame_close(&frame);
}

/* ---- the terminal -------------------------------------------------------------------------- */

static int terminal = -1, kept = -1;

void mesh_listen(void)
{
    fflush(stderr);
    terminal = dup(STDERR_FILENO);
    kept = memfd_create("stderr", 0);
    must(terminal >= 0 && kept >= 0 && dup2(kept, STDERR_FILENO) >= 0);
}

unsigned mesh_said(const char *words)
{
    static char text[1 << 14];
    unsigned count = 0;
    fflush(stderr);
    ssize_t size = pread(kept, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    for (const char *at = text; (at = strstr(at, words)); at++)
        count++;
    return count;
}

void mesh_unlisten(void)
{
    fflush(stderr);
    dup2(terminal, STDERR_FILENO);
    close(terminal);
    close(kept);
}
