#include "net/drive/remote.h"

#include "base/memory.h"
#include "base/monotonic.h"
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

/* By so much a measure of the clocks gets worse, by drift, before a better one is sought: then an
 * answer is waited for at once, so long at most. One that lies until the driver looks the next time
 * tells little. */
#define WORSE_NS NS_PER_MS
#define TRIAL_MS 2 /* and what the best exchange before the run took */

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
    bool looking;    /* a LOOK has no answer yet */
    int64_t heard_ns;
    int64_t polled_ns;
    uint64_t strikes;
    struct measure used;
    bool leapt;             /* no offset fits all that was measured */
    int64_t first_error_ns; /* of the best one before the run */
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

bool remote_strike(struct remote *remote, struct agent_fault strike)
{
    strike.number = remote->strikes + 1;
    if (!send_frame(remote, AGENT_FAULT, &strike, sizeof strike))
        return false;
    remote->strikes++;
    return true;
}

static void send_look(struct remote *remote, bool wants_tally)
{
    struct agent_poll look = {.wants_tally = wants_tally};
    remote->looking = send_frame(remote, AGENT_POLL, &look, sizeof look);
    remote->polled_ns = monotonic_ns();
}

/* ---- clocks -------------------------------------------------------------------------------- */

static int64_t error_now_ns(const struct measure *measure, int64_t now_ns)
{
    return measure->error_ns + (now_ns - measure->at_ns) / 1000000 * REMOTE_DRIFT_PPM;
}

/* The agent read its clock between the driver's two readings. */
static void measure(struct remote *remote, int64_t sent_ns, int64_t agent_ns, int64_t now_ns)
{
    struct measure this = {.at_ns = now_ns,
                           .offset_ns = sent_ns + (now_ns - sent_ns) / 2 - agent_ns,
                           .error_ns = (now_ns - sent_ns + 1) / 2};
    int64_t apart_ns = this.offset_ns - remote->used.offset_ns;
    int64_t most_ns = this.error_ns + error_now_ns(&remote->used, now_ns);
    if (remote->used.at_ns && (apart_ns > most_ns || apart_ns < -most_ns))
        remote->leapt = true;
    if (!remote->used.at_ns || this.error_ns < error_now_ns(&remote->used, now_ns))
        remote->used = this;
}

static bool wants_measure(const struct remote *remote)
{
    return !remote->same_clock &&
           error_now_ns(&remote->used, monotonic_ns()) > remote->first_error_ns + WORSE_NS;
}

int64_t remote_offset_ns(const struct remote *remote, int64_t *error_ns)
{
    *error_ns = remote->same_clock ? 0 : error_now_ns(&remote->used, monotonic_ns());
    return remote->same_clock ? 0 : remote->used.offset_ns;
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* What a agent says, checked: its size, and each record. */
static enum error read_records(struct remote *remote, const struct agent_status *seen,
                               const unsigned char *at, size_t size,
                               void (*take)(void *context, const struct record *record),
                               void *context)
{
    for (uint32_t i = 0; i < seen->records; i++) {
        uint64_t flat;
        struct record record;
        if (size < sizeof flat)
            return ERROR_IO;
        memcpy(&flat, at, sizeof flat);
        if (flat > size - sizeof flat ||
            record_bytes_read(at + sizeof flat, flat, &record) != flat ||
            !record_is_sound(&record, remote->nodes, remote->node))
            return ERROR_IO;
        take(context, &record);
        at += sizeof flat + flat;
        size -= sizeof flat + flat;
    }
    return size == 0 ? OK : ERROR_IO;
}

static enum error take_seen(struct remote *remote, const struct agent_head *head,
                            const unsigned char *body, size_t size, struct agent_status *seen,
                            void (*take)(void *context, const struct record *record), void *context)
{
    int64_t now_ns = monotonic_ns();
    if (size < sizeof *seen)
        return ERROR_IO;
    memcpy(seen, body, sizeof *seen);
    if (seen->state > SUPERVISOR_FROZEN || seen->polled_ns > now_ns)
        return ERROR_IO;
    remote->looking = false;
    remote->heard_ns = now_ns;
    measure(remote, seen->polled_ns, head->clock_ns, now_ns);
    if (seen->has_tally)
        return size == sizeof *seen + sizeof(struct tally) ? OK : ERROR_IO;
    return read_records(remote, seen, body + sizeof *seen, size - sizeof *seen, take, context);
}

static void take_none(void *context, const struct record *record)
{
    (void)context, (void)record;
}

/* Takes what came, if anything did. */
static bool take_one(struct remote *remote, struct agent_status *seen,
                     void (*take)(void *context, const struct record *record), void *context,
                     enum error *error, char why[256])
{
    zmq_msg_t frame;
    struct agent_head head;
    bool came = false;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, remote->socket, ZMQ_DONTWAIT) >= (int)sizeof head) {
        memcpy(&head, zmq_msg_data(&frame), sizeof head);
        const unsigned char *body = (const unsigned char *)zmq_msg_data(&frame) + sizeof head;
        came = head.kind == AGENT_STATUS;
        if (came)
            *error = take_seen(remote, &head, body, zmq_msg_size(&frame) - sizeof head, seen, take,
                               context);
        if (*error)
            snprintf(why, 256, "%s: what it says is no trace of a node", remote->name);
        size_t size = zmq_msg_size(&frame) - sizeof head;
        if (head.kind == AGENT_REFUSE) {
            *error = ERROR_IO;
            snprintf(why, 256, "%s lets its driver go: %.*s", remote->name,
                     (int)(size > 120 ? 120 : size), (const char *)body);
        }
    }
    zmq_msg_close(&frame);
    return came;
}

bool remote_look(struct remote *remote, struct agent_status *seen,
                 void (*take)(void *context, const struct record *record), void *context,
                 enum error *error, char why[256])
{
    zmq_pollitem_t item = {remote->socket, 0, ZMQ_POLLIN, 0};
    *error = OK;
    bool came = take_one(remote, seen, take, context, error, why);
    if (!remote->looking && !*error) {
        send_look(remote, false);
        if (wants_measure(remote) &&
            zmq_poll(&item, 1, TRIAL_MS + 2 * remote->first_error_ns / NS_PER_MS) > 0)
            came |= take_one(remote, seen, take, context, error, why);
    }
    if (!*error && remote->leapt && !remote->same_clock) {
        *error = ERROR_IO;
        snprintf(why, 256, "%s: its clock has leapt, or this host's", remote->name);
    }
    if (!*error && monotonic_ns() - remote->heard_ns > SILENT_NS) {
        *error = ERROR_IO;
        snprintf(why, 256, "%s: it has said nothing for 10 s", remote->name);
    }
    return came;
}

bool remote_is_settled(const struct remote *remote, const struct agent_status *seen)
{
    return seen->faults == remote->strikes;
}

/* ---- waiting ------------------------------------------------------------------------------- */

/* The next frame within the time; its body is put into *frame. ERROR_FULL: none came; ERROR_IO:
 * none will, the key is refused. */
static enum error await(struct remote *remote, int64_t until_ns, zmq_msg_t *frame,
                        struct agent_head *head)
{
    zmq_pollitem_t items[] = {{remote->socket, 0, ZMQ_POLLIN, 0},
                              {remote->monitor, 0, ZMQ_POLLIN, 0}};
    int64_t left_ns = until_ns - monotonic_ns();
    if (left_ns <= 0 || zmq_poll(items, 2, left_ns / NS_PER_MS + 1) <= 0)
        return ERROR_FULL;
    if (zmq_msg_recv(frame, remote->socket, ZMQ_DONTWAIT) < (int)sizeof *head)
        return ERROR_IO;
    memcpy(head, zmq_msg_data(frame), sizeof *head);
    return OK;
}

static enum error greet(struct remote *remote, const struct cluster_file *cluster_file,
                        char why[256])
{
    struct agent_greeting greeting = {.settings = cluster_file_hash(cluster_file),
                                      .layout = AGENT_LAYOUT},
                          answer;
    struct agent_head head;
    zmq_msg_t frame;
    char clock_id[AGENT_CLOCK_ID_SIZE];
    agent_clock_id(clock_id);
    snprintf(greeting.cluster, sizeof greeting.cluster, "%s", cluster_file->name);
    send_frame(remote, AGENT_HELLO, &greeting, sizeof greeting);
    zmq_msg_init(&frame);
    enum error error = await(remote, monotonic_ns() + GREET_NS, &frame, &head);
    size_t size = zmq_msg_size(&frame) - (error ? 0 : sizeof head);
    const char *body = (const char *)zmq_msg_data(&frame) + sizeof head;
    if (!error && head.kind == AGENT_WELCOME && size == sizeof answer) {
        memcpy(&answer, body, sizeof answer);
        remote->same_clock =
            *clock_id != ' ' && memcmp(answer.clock_id, clock_id, sizeof clock_id) == 0;
    } else if (!error && head.kind == AGENT_REFUSE) {
        snprintf(why, 256, "%s refuses: %.*s", remote->name, (int)(size > 120 ? 120 : size), body);
        error = ERROR_IO;
    } else {
        snprintf(why, 256, "%s %s", remote->name,
                 error == ERROR_IO
                     ? "refuses: this key is no driver's in its cluster file"
                     : "does not answer: is it up, and is its key the one in this cluster file?");
        error = ERROR_IO;
    }
    zmq_msg_close(&frame);
    return error;
}

/* One exchange, before the run: records are passed over, there should be none. */
static enum error exchange(struct remote *remote, char why[256])
{
    struct agent_head head;
    struct agent_status seen;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    send_look(remote, false);
    enum error error = await(remote, monotonic_ns() + GREET_NS, &frame, &head);
    if (!error)
        error = take_seen(remote, &head, (unsigned char *)zmq_msg_data(&frame) + sizeof head,
                          zmq_msg_size(&frame) - sizeof head, &seen, take_none, NULL);
    zmq_msg_close(&frame);
    if (error)
        snprintf(why, 256, "%s does not answer any more", remote->name);
    return error ? ERROR_IO : OK;
}

enum error remote_tally(struct remote *remote, struct tally *tally, char why[256])
{
    int64_t until_ns = monotonic_ns() + GREET_NS;
    enum error error = OK;
    send_look(remote, true);
    while (!error) {
        struct agent_head head;
        struct agent_status seen;
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        error = await(remote, until_ns, &frame, &head);
        size_t size = error ? 0 : zmq_msg_size(&frame) - sizeof head;
        bool fits = !error && head.kind == AGENT_STATUS && size == sizeof seen + sizeof *tally;
        if (fits)
            memcpy(tally, (char *)zmq_msg_data(&frame) + sizeof head + sizeof seen, sizeof *tally);
        zmq_msg_close(&frame);
        if (fits)
            return OK;
    }
    snprintf(why, 256, "%s does not tell what it counted", remote->name);
    return ERROR_IO;
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool connect_to(struct remote *remote, const struct remote_setup *setup)
{
    const struct cluster_file_node *host = &setup->cluster_file->node[setup->node];
    char endpoint[96], name[32];
    snprintf(name, sizeof name, "inproc://remote-%u", setup->node);
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port + 1u);
    snprintf(remote->name, sizeof remote->name, "n%u (%s:%u)", setup->node + 1, host->address,
             host->port + 1u);
    void *socket = remote->socket = zmq_socket(setup->context, ZMQ_DEALER);
    if (!socket)
        return false;
    remote->monitor =
        connection_monitor_open(setup->context, socket, name, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    return remote->monitor && socket_set(socket, ZMQ_LINGER, 500) &&
           socket_set(socket, ZMQ_SNDHWM, 65536) &&
           socket_set(socket, ZMQ_IPV6, host->address[0] == '[') &&
           socket_set_frame_max(socket, AGENT_FRAME_MAX) &&
           (!setup->keys || !authentication_configure_client(socket, setup->keys, host->key)) &&
           zmq_connect(socket, endpoint) == 0;
}

struct remote *remote_open(const struct remote_setup *setup, char why[256])
{
    struct remote *remote = memory_zeroed(sizeof *remote);
    snprintf(why, 256, "out of memory");
    if (!remote)
        return NULL;
    remote->nodes = setup->cluster_file->nodes;
    remote->node = setup->node;
    bool open = connect_to(remote, setup);
    if (!open)
        snprintf(why, 256, "%s: %s", remote->name, zmq_strerror(zmq_errno()));
    enum error error = open ? greet(remote, setup->cluster_file, why) : ERROR_IO;
    for (uint32_t i = 0; i < TRIALS && !error; i++)
        error = exchange(remote, why);
    remote->heard_ns = monotonic_ns();
    remote->first_error_ns = remote->used.error_ns;
    if (!error)
        return remote;
    if (remote->socket) {
        socket_set(remote->socket, ZMQ_LINGER, 0);
        connection_monitor_close(remote->monitor, remote->socket);
        zmq_close(remote->socket);
    }
    memory_free(remote);
    return NULL;
}

void remote_close(struct remote *remote)
{
    send_frame(remote, AGENT_BYE, NULL, 0);
    connection_monitor_close(remote->monitor, remote->socket);
    zmq_close(remote->socket);
    memory_free(remote);
}
