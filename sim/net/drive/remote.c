#include "net/drive/remote.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "net/process/record_bytes.h"
#include "net/wire/authentication.h"
#include "net/wire/connection_monitor.h"
#include "net/wire/socket.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define GREET_NS  (5 * NS_PER_S)
#define SILENT_NS (10 * NS_PER_S)

/* Exchanges before the run, of which the best counts. */
#define TRIALS 30u

/* When the measure of the clocks has become worse by so much, by drift, an answer is waited for at
 * once, so long at most: one that lies until the next poll measures little. */
#define WORSE_NS NS_PER_MS
#define TRIAL_MS 2 /* and the time of the best exchange before the run */

/* Bytes of another's reason that are shown. */
#define REASON_MAX 120u

struct measure {
    int64_t at_ns; /* of this host's clock */
    int64_t offset_ns;
    int64_t error_ns;
};

struct remote {
    void *socket;
    void *monitor; /* of the socket: whether its key is refused */
    uint32_t nodes;
    node_id node;
    char name[96];
    bool same_clock; /* it is the same kernel's */
    bool polling;    /* a poll has no answer yet */
    bool wants_tally;
    bool has_tally;
    int64_t heard_ns;
    uint64_t faults; /* sent */
    struct measure best;
    bool leapt;             /* no offset fits all that was measured */
    int64_t first_error_ns; /* of the best one before the run */
    struct tally tally;
};

/* A frame from the agent without its head. */
struct agent_frame {
    zmq_msg_t message;
    struct agent_head head;
    const unsigned char *body;
    size_t size;
};

/* ---- sending ------------------------------------------------------------------------------- */

static bool send_frame(struct remote *remote, enum agent_kind kind, const void *body, size_t size)
{
    struct agent_head head = {
        .kind = (uint8_t)kind, .version = AGENT_VERSION, .clock_ns = monotonic_ns()};
    zmq_msg_t frame;
    if (zmq_msg_init_size(&frame, sizeof head + size))
        return false;
    unsigned char *at = zmq_msg_data(&frame);
    memcpy(at, &head, sizeof head);
    if (size)
        memcpy(at + sizeof head, body, size);
    if (zmq_msg_send(&frame, remote->socket, ZMQ_DONTWAIT) >= 0)
        return true;
    zmq_msg_close(&frame);
    return false;
}

bool remote_send_order(struct remote *remote, const void *bytes, size_t size)
{
    return send_frame(remote, AGENT_ORDER, bytes, size);
}

bool remote_send_fault(struct remote *remote, struct agent_fault fault)
{
    fault.number = remote->faults + 1;
    if (!send_frame(remote, AGENT_FAULT, &fault, sizeof fault))
        return false;
    remote->faults++;
    return true;
}

static void send_poll(struct remote *remote)
{
    struct agent_poll poll = {.wants_tally = remote->wants_tally};
    remote->polling = send_frame(remote, AGENT_POLL, &poll, sizeof poll);
}

/* ---- clocks -------------------------------------------------------------------------------- */

static int64_t error_at_ns(const struct measure *measure, int64_t now_ns)
{
    return measure->error_ns + (now_ns - measure->at_ns) / 1000000 * REMOTE_DRIFT_PPM;
}

/* The agent read its clock between the driver's two readings. */
static void measure(struct remote *remote, int64_t sent_ns, int64_t agent_ns, int64_t now_ns)
{
    struct measure this = {.at_ns = now_ns,
                           .offset_ns = sent_ns + (now_ns - sent_ns) / 2 - agent_ns,
                           .error_ns = (now_ns - sent_ns + 1) / 2};
    int64_t apart_ns = this.offset_ns - remote->best.offset_ns;
    int64_t most_ns = this.error_ns + error_at_ns(&remote->best, now_ns);
    if (remote->best.at_ns && (apart_ns > most_ns || apart_ns < -most_ns))
        remote->leapt = true;
    if (!remote->best.at_ns || this.error_ns < error_at_ns(&remote->best, now_ns))
        remote->best = this;
}

static bool wants_measure(const struct remote *remote)
{
    return !remote->same_clock &&
           error_at_ns(&remote->best, monotonic_ns()) > remote->first_error_ns + WORSE_NS;
}

int64_t remote_offset_ns(const struct remote *remote, int64_t *error_ns)
{
    *error_ns = remote->same_clock ? 0 : error_at_ns(&remote->best, monotonic_ns());
    return remote->same_clock ? 0 : remote->best.offset_ns;
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* Takes a frame that is there, to be closed in any case. False: there is none. */
static bool receive(struct remote *remote, struct agent_frame *frame)
{
    zmq_msg_init(&frame->message);
    if (zmq_msg_recv(&frame->message, remote->socket, ZMQ_DONTWAIT) < (int)sizeof frame->head)
        return false;
    const unsigned char *bytes = zmq_msg_data(&frame->message);
    memcpy(&frame->head, bytes, sizeof frame->head);
    frame->body = bytes + sizeof frame->head;
    frame->size = zmq_msg_size(&frame->message) - sizeof frame->head;
    return true;
}

static bool read_records(struct remote *remote, uint32_t records, const unsigned char *at,
                         size_t size, void (*take)(void *context, const struct record *record),
                         void *context)
{
    for (uint32_t i = 0; i < records; i++) {
        uint64_t record_size;
        struct record record;
        if (size < sizeof record_size)
            return false;
        memcpy(&record_size, at, sizeof record_size);
        at += sizeof record_size;
        size -= sizeof record_size;
        if (record_size > size || record_bytes_read(at, record_size, &record) != record_size ||
            !record_is_sound(&record, remote->nodes, remote->node))
            return false;
        take(context, &record);
        at += record_size;
        size -= record_size;
    }
    return size == 0;
}

/* Reads an AGENT_STATUS. False: it is none. */
static bool read_status(struct remote *remote, const struct agent_frame *frame,
                        struct agent_status *status,
                        void (*take)(void *context, const struct record *record), void *context)
{
    int64_t now_ns = monotonic_ns();
    if (frame->size < sizeof *status)
        return false;
    memcpy(status, frame->body, sizeof *status);
    if (status->state > SUPERVISOR_FROZEN || status->polled_ns > now_ns)
        return false;
    remote->polling = false;
    remote->heard_ns = now_ns;
    measure(remote, status->polled_ns, frame->head.clock_ns, now_ns);
    const unsigned char *rest = frame->body + sizeof *status;
    size_t size = frame->size - sizeof *status;
    if (!status->has_tally)
        return read_records(remote, status->records, rest, size, take, context);
    if (size != sizeof remote->tally)
        return false;
    memcpy(&remote->tally, rest, sizeof remote->tally);
    remote->has_tally = true;
    remote->wants_tally = false;
    return true;
}

/* Reads the next frame. Returns whether it is a status. */
static bool read_frame(struct remote *remote, struct agent_status *status,
                       void (*take)(void *context, const struct record *record), void *context,
                       struct failure *failure)
{
    struct agent_frame frame;
    bool came = receive(remote, &frame);
    bool is_status = came && frame.head.kind == AGENT_STATUS;
    if (is_status && !read_status(remote, &frame, status, take, context))
        failure_set(failure, ERROR_IO, "%s: what it sends is no trace of a node", remote->name);
    if (came && frame.head.kind == AGENT_REFUSE)
        failure_set(failure, ERROR_IO, "%s lets its driver go: %.*s", remote->name,
                    (int)min_size(frame.size, REASON_MAX), (const char *)frame.body);
    zmq_msg_close(&frame.message);
    return is_status;
}

bool remote_poll(struct remote *remote, struct agent_status *status,
                 void (*take)(void *context, const struct record *record), void *context,
                 struct failure *failure)
{
    zmq_pollitem_t item = {remote->socket, 0, ZMQ_POLLIN, 0};
    bool came = read_frame(remote, status, take, context, failure);
    if (!remote->polling && !failure->error) {
        send_poll(remote);
        if (wants_measure(remote) &&
            zmq_poll(&item, 1, TRIAL_MS + 2 * remote->first_error_ns / NS_PER_MS) > 0)
            came |= read_frame(remote, status, take, context, failure);
    }
    if (!failure->error && remote->leapt && !remote->same_clock)
        failure_set(failure, ERROR_IO, "%s: its clock has leapt, or this host's", remote->name);
    if (!failure->error && monotonic_ns() - remote->heard_ns > SILENT_NS)
        failure_set(failure, ERROR_IO, "%s: it has been silent for 10 s", remote->name);
    return came;
}

bool remote_is_settled(const struct remote *remote, const struct agent_status *status)
{
    return status->faults == remote->faults;
}

void remote_want_tally(struct remote *remote)
{
    remote->wants_tally = true;
    remote->has_tally = false;
}

const struct tally *remote_tally(const struct remote *remote)
{
    return remote->has_tally ? &remote->tally : NULL;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* The next frame within GREET_NS, to be closed in any case. ERROR_FULL: none came; ERROR_IO: none
 * will, the key is refused. */
static enum error await(struct remote *remote, struct agent_frame *frame)
{
    zmq_pollitem_t items[] = {{remote->socket, 0, ZMQ_POLLIN, 0},
                              {remote->monitor, 0, ZMQ_POLLIN, 0}};
    bool any = zmq_poll(items, 2, GREET_NS / NS_PER_MS) > 0;
    if (receive(remote, frame))
        return OK;
    return any ? ERROR_IO : ERROR_FULL;
}

static enum error greet(struct remote *remote, const struct cluster_file *cluster_file,
                        struct failure *failure)
{
    struct agent_greeting greeting = {.settings = cluster_file_hash(cluster_file),
                                      .layout = AGENT_LAYOUT},
                          answer;
    struct agent_frame frame;
    agent_clock_id(greeting.clock_id);
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", cluster_file->name);
    send_frame(remote, AGENT_HELLO, &greeting, sizeof greeting);
    enum error error = await(remote, &frame);
    if (!error && frame.head.kind == AGENT_WELCOME && frame.size == sizeof answer) {
        memcpy(&answer, frame.body, sizeof answer);
        remote->same_clock = *greeting.clock_id != ' ' && memcmp(answer.clock_id, greeting.clock_id,
                                                                 sizeof answer.clock_id) == 0;
    } else if (!error && frame.head.kind == AGENT_REFUSE) {
        error = failure_set(failure, ERROR_IO, "%s refuses: %.*s", remote->name,
                            (int)min_size(frame.size, REASON_MAX), (const char *)frame.body);
    } else if (error == ERROR_IO) {
        failure_set(failure, error, "%s refuses: this key is no driver's in its cluster file",
                    remote->name);
    } else {
        error = failure_set(
            failure, ERROR_IO,
            "%s does not answer: is it up, and is its key the one in this cluster file?",
            remote->name);
    }
    zmq_msg_close(&frame.message);
    return error;
}

static void take_none(void *context, const struct record *record)
{
    (void)context, (void)record;
}

/* One exchange before the run: there should be no records. */
static enum error exchange(struct remote *remote, struct failure *failure)
{
    struct agent_frame frame;
    struct agent_status status;
    send_poll(remote);
    enum error error = await(remote, &frame);
    if (error || !read_status(remote, &frame, &status, take_none, NULL))
        error = failure_set(failure, ERROR_IO, "%s does not answer any more", remote->name);
    zmq_msg_close(&frame.message);
    return error;
}

static enum error connect_to(struct remote *remote, const struct remote_setup *setup,
                             struct failure *failure)
{
    const struct cluster_file_node *host = &setup->cluster_file->node[setup->node];
    char endpoint[96], name[32];
    snprintf(name, sizeof name, "inproc://remote-%u", setup->node);
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port + 1u);
    snprintf(remote->name, sizeof remote->name, "n%u (%s:%u)", setup->node + 1, host->address,
             host->port + 1u);
    void *socket = remote->socket = zmq_socket(setup->context, ZMQ_DEALER);
    if (socket)
        remote->monitor =
            connection_monitor_open(setup->context, socket, name, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    if (remote->monitor && socket_set(socket, ZMQ_LINGER, 500) &&
        socket_set(socket, ZMQ_SNDHWM, 65536) &&
        socket_set(socket, ZMQ_IPV6, host->address[0] == '[') &&
        socket_set_frame_max(socket, AGENT_FRAME_MAX) &&
        (!setup->keys || !authentication_configure_client(socket, setup->keys, host->key)) &&
        zmq_connect(socket, endpoint) == 0)
        return OK;
    return failure_set(failure, ERROR_IO, "%s: %s", remote->name, zmq_strerror(zmq_errno()));
}

static void close_sockets(struct remote *remote)
{
    connection_monitor_close(remote->monitor, remote->socket);
    if (remote->socket)
        zmq_close(remote->socket);
    memory_free(remote);
}

struct remote *remote_open(const struct remote_setup *setup, struct failure *failure)
{
    struct remote *remote = memory_zeroed(sizeof *remote);
    if (!remote) {
        failure_memory(failure);
        return NULL;
    }
    remote->nodes = setup->cluster_file->nodes;
    remote->node = setup->node;
    enum error error = connect_to(remote, setup, failure);
    if (!error)
        error = greet(remote, setup->cluster_file, failure);
    for (uint32_t i = 0; i < TRIALS && !error; i++)
        error = exchange(remote, failure);
    remote->heard_ns = monotonic_ns();
    remote->first_error_ns = remote->best.error_ns;
    if (!error)
        return remote;
    if (remote->socket)
        socket_set(remote->socket, ZMQ_LINGER, 0);
    close_sockets(remote);
    return NULL;
}

void remote_close(struct remote *remote)
{
    send_frame(remote, AGENT_BYE, NULL, 0);
    close_sockets(remote);
}
