#include "net/drive/remote.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "net/wire/connection.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define GREET_NS  (5 * NS_PER_S)
#define SILENT_NS (10 * NS_PER_S)

/* Frames that wait to be sent; then the connection takes no more. */
#define SEND_MOST 65536

/* The good-bye may take so long to leave. */
#define BYE_MS 500

/* Exchanges before the run, of which the best counts. */
#define TRIALS 30u

/* When the measure of the clocks has become worse by so much, by drift, an answer is waited for at
 * once, so long at most: one that lies until the next poll measures little. */
#define WORSE_NS NS_PER_MS
#define TRIAL_MS 2 /* and the time of the best exchange before the run */

struct measure {
    int64_t at_ns; /* of this host's clock */
    int64_t offset_ns;
    int64_t error_ns;
};

struct remote {
    struct connection connection; /* its monitor says whether its key is refused */
    uint32_t nodes;
    uint32_t slots;
    node_id node;
    char name[96];
    bool same_clock; /* it is the same kernel's */
    bool polling;    /* a poll has no answer yet */
    int64_t heard_ns;
    uint64_t faults; /* sent */
    struct measure best;
    bool leapt;             /* no offset fits all that was measured */
    int64_t first_error_ns; /* of the best one before the run */
};

struct agent_frame {
    zmq_msg_t message;
    enum agent_kind kind; /* 0: it is none */
    unsigned version;
    int64_t clock_ns;
    struct byte_reader body;
};

/* ---- sending ------------------------------------------------------------------------------- */

/* The frame is sent, or not, and closed. */
static bool send_frame(struct remote *remote, struct string_builder *frame)
{
    bool sent = !frame->failed &&
                zmq_send(remote->connection.socket, frame->text, frame->size, ZMQ_DONTWAIT) >= 0;
    string_builder_close(frame);
    return sent;
}

static struct string_builder begin_frame(enum agent_kind kind)
{
    struct string_builder frame = {0};
    agent_begin_frame(&frame, kind, monotonic_ns());
    return frame;
}

bool remote_send_order(struct remote *remote, const struct order *order)
{
    struct string_builder frame = begin_frame(AGENT_ORDER);
    order_write(&frame, order);
    return send_frame(remote, &frame);
}

bool remote_send_fault(struct remote *remote, struct agent_fault fault)
{
    struct string_builder frame = begin_frame(AGENT_FAULT);
    fault.number = remote->faults + 1;
    agent_fault_put(&frame, &fault);
    if (!send_frame(remote, &frame))
        return false;
    remote->faults++;
    return true;
}

static void send_poll(struct remote *remote)
{
    struct string_builder frame = begin_frame(AGENT_POLL);
    remote->polling = send_frame(remote, &frame);
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
    if (zmq_msg_recv(&frame->message, remote->connection.socket, ZMQ_DONTWAIT) < 0)
        return false;
    frame->body = byte_reader_over(zmq_msg_data(&frame->message), zmq_msg_size(&frame->message));
    frame->kind = agent_frame_kind(&frame->body, &frame->version, &frame->clock_ns);
    return true;
}

static bool read_records(struct remote *remote, uint32_t records, struct byte_reader *reader,
                         void (*take)(void *context, const struct record *record), void *context)
{
    for (uint32_t i = 0; i < records; i++) {
        struct record record;
        record_bytes_get(reader, &record);
        if (reader->failed || !record_is_sound(&record, remote->nodes, remote->slots, remote->node))
            return false;
        take(context, &record);
    }
    return byte_reader_done(reader);
}

/* Reads an AGENT_STATUS. False: it is none. */
static bool read_status(struct remote *remote, struct agent_frame *frame,
                        struct agent_status *status,
                        void (*take)(void *context, const struct record *record), void *context)
{
    int64_t now_ns = monotonic_ns();
    agent_status_read(&frame->body, status);
    if (frame->kind != AGENT_STATUS || frame->body.failed || status->polled_ns > now_ns)
        return false;
    remote->polling = false;
    remote->heard_ns = now_ns;
    measure(remote, status->polled_ns, frame->clock_ns, now_ns);
    return read_records(remote, status->records, &frame->body, take, context);
}

/* Why the agent refuses, if it does. */
static bool is_refusal(struct agent_frame *frame, char reason[AGENT_REASON_SIZE])
{
    if (frame->kind == AGENT_KINDS)
        codec_version_reason(reason, AGENT_REASON_SIZE, frame->version, CODEC_VERSION);
    else if (frame->kind == AGENT_REFUSE)
        codec_get_reason(&frame->body, reason, AGENT_REASON_SIZE);
    return frame->kind == AGENT_KINDS || (frame->kind == AGENT_REFUSE && !frame->body.failed);
}

/* Reads the next frame. Returns whether it is a status. */
static bool read_frame(struct remote *remote, struct agent_status *status,
                       void (*take)(void *context, const struct record *record), void *context,
                       struct failure *failure)
{
    struct agent_frame frame;
    char reason[AGENT_REASON_SIZE];
    bool came = receive(remote, &frame);
    bool is_status = came && frame.kind == AGENT_STATUS;
    if (is_status && !read_status(remote, &frame, status, take, context))
        failure_set(failure, ERROR_IO, "%s: what it sends is no trace of a node", remote->name);
    if (came && is_refusal(&frame, reason))
        failure_set(failure, ERROR_IO, "%s lets its driver go: %s", remote->name, reason);
    zmq_msg_close(&frame.message);
    return is_status;
}

bool remote_poll(struct remote *remote, struct agent_status *status,
                 void (*take)(void *context, const struct record *record), void *context,
                 struct failure *failure)
{
    zmq_pollitem_t item = {remote->connection.socket, 0, ZMQ_POLLIN, 0};
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

/* ---- opening ------------------------------------------------------------------------------- */

/* The next frame within GREET_NS, to be closed in any case. ERROR_FULL: none came; ERROR_IO: none
 * will, the key is refused. */
static enum error await(struct remote *remote, struct agent_frame *frame)
{
    zmq_pollitem_t items[] = {{remote->connection.socket, 0, ZMQ_POLLIN, 0},
                              {remote->connection.monitor, 0, ZMQ_POLLIN, 0}};
    bool any = zmq_poll(items, 2, GREET_NS / NS_PER_MS) > 0;
    if (receive(remote, frame))
        return OK;
    return any ? ERROR_IO : ERROR_FULL;
}

static enum error greet(struct remote *remote, const struct cluster_file *cluster_file,
                        struct failure *failure)
{
    struct agent_greeting greeting = {.settings = cluster_file_hash(cluster_file)}, answer;
    struct agent_frame frame;
    struct string_builder hello = begin_frame(AGENT_HELLO);
    char reason[AGENT_REASON_SIZE];
    agent_clock_id(greeting.clock_id);
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", cluster_file->name);
    agent_greeting_write(&hello, &greeting);
    send_frame(remote, &hello);
    enum error error = await(remote, &frame);
    if (!error && frame.kind == AGENT_WELCOME)
        agent_greeting_read(&frame.body, &answer);
    if (!error && frame.kind == AGENT_WELCOME && byte_reader_done(&frame.body)) {
        remote->same_clock =
            *greeting.clock_id != ' ' && strcmp(answer.clock_id, greeting.clock_id) == 0;
    } else if (!error && is_refusal(&frame, reason)) {
        error = failure_set(failure, ERROR_IO, "%s refuses: %s", remote->name, reason);
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
    struct connection_setup connection = {.context = setup->context,
                                          .cluster_file = setup->cluster_file,
                                          .keys = setup->keys,
                                          .kind = LISTENER_AGENT,
                                          .node = setup->node,
                                          .events = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
                                          .send_most = SEND_MOST,
                                          .receive_most = 16,
                                          .lasting = true,
                                          .frame_max = AGENT_FRAME_MAX};
    snprintf(remote->name, sizeof remote->name, "n%u (%s:%u)", setup->node + 1, host->address,
             host->port + 1u);
    if (!connection_open(&remote->connection, &connection))
        return OK;
    return failure_set(failure, ERROR_IO, "%s: %s", remote->name, zmq_strerror(zmq_errno()));
}

struct remote *remote_open(const struct remote_setup *setup, struct failure *failure)
{
    struct remote *remote = memory_zeroed(sizeof *remote);
    if (!remote) {
        failure_memory(failure);
        return NULL;
    }
    remote->nodes = setup->cluster_file->nodes;
    remote->slots = cluster_file_slots(setup->cluster_file);
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
    connection_close(&remote->connection, 0);
    memory_free(remote);
    return NULL;
}

void remote_close(struct remote *remote)
{
    struct string_builder bye = begin_frame(AGENT_BYE);
    send_frame(remote, &bye);
    connection_close(&remote->connection, BYE_MS);
    memory_free(remote);
}
