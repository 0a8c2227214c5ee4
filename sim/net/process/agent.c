#include "net/process/agent.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "net/wire/listener.h"
#include "net/wire/log.h"
#include "net/wire/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_FAILED 4

/* A node that was told to leave may take so long; its own limit is shorter. */
#define DRAIN_NS (1900 * NS_PER_MS)

#define POLL_MS 100

/* After so many frames signals and the node have their turn. */
#define FRAMES_A_ROUND 256

/* Requests that a driver may have made for a node that was down. */
#define TAKEN_MAX (1u << 20)

/* Incarnations count tenths of a second from 2024-01-01 on, so that a node that starts again is
 * newer than it was, also when all memory of it is gone: clocks are right to that much. */
#define INCARNATION_EPOCH_S INT64_C(1704067200)
#define INCARNATIONS_A_S    10
#define NUMBERS_A_LIFE_BITS 16u

struct agent {
    const struct agent_setup *setup;
    struct supervisor supervisor;
    void *context;
    struct listener listener;
    int signals;
    bool driven;
    uint32_t driver; /* the route of its connection */
    int64_t heard_ns;
    uint64_t faults;
    bool *cut;                   /* peers that the driver has cut */
    struct record_queue records; /* for the driver */
    bool too_slow;               /* the driver takes them too slowly */
    int64_t sent_ns;             /* of the record that was sent last */
    uint64_t malformed;          /* frames that were none, or from nobody's driver */
    struct log_count logged;     /* of these, and of keys that were refused */
    int64_t drain_ns;            /* it ends then at the latest; 0: it goes on */
};

static void log_warning(const struct agent *agent, const char *what)
{
    node_log(LOG_WARNING, log_about(agent->setup->node), "%s", what);
}

/* ---- the node ------------------------------------------------------------------------------ */

/* The node does not wait for a driver: one that takes too little is let go. */
static void take(void *context, node_id node, const struct record *record)
{
    struct agent *agent = context;
    (void)node;
    if (agent->driven && !agent->too_slow && record_queue_add(&agent->records, record))
        agent->too_slow = true;
}

static uint32_t next_incarnation(const struct agent *agent)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t tenths = (now.tv_sec - INCARNATION_EPOCH_S) * INCARNATIONS_A_S +
                     now.tv_nsec / (NS_PER_S / INCARNATIONS_A_S);
    uint32_t by_clock = tenths > 0 ? (uint32_t)tenths : 1;
    uint32_t last = agent->supervisor.incarnation;
    return max_u32(by_clock, last + 1);
}

/* A node that was told to leave is not started again. */
static bool start_node(struct agent *agent, bool joins)
{
    struct supervisor *supervisor = &agent->supervisor;
    char why[160];
    if (agent->drain_ns)
        return false;
    uint32_t incarnation = next_incarnation(agent);
    if (!supervisor->incarnation) {
        uint64_t base =
            ((uint64_t)incarnation << NUMBERS_A_LIFE_BITS) * agent->setup->cluster_file->nodes;
        supervisor->setup.next_request += base;
        supervisor->setup.next_worker += base;
        supervisor->setup.next_message += base;
    }
    if (!supervisor_start(supervisor, joins, incarnation))
        return true;
    snprintf(why, sizeof why, "its process can't be started: %s", strerror(errno));
    log_warning(agent, why);
    return false;
}

/* False: the node takes no more, or is down. */
static bool send_order(struct agent *agent, struct order order)
{
    char room[128]; /* for all but clients, of which it has none */
    struct string_builder bytes = string_builder_over(room, sizeof room);
    order_write(&bytes, &order);
    return supervisor_send(&agent->supervisor, bytes.text, bytes.size);
}

/* What a driver has set is set back. False: the node does not take all the orders for that. */
static bool send_defaults(struct agent *agent)
{
    bool sent = send_order(agent, (struct order){.kind = ORDER_LEVEL, .level = TRACE_OFF});
    sent &= send_order(agent, (struct order){.kind = ORDER_LOAD,
                                             .again = true,
                                             .distribution = distribution_constant(0)});
    sent &= send_order(agent, (struct order){.kind = ORDER_WORK,
                                             .again = true,
                                             .distribution = distribution_constant(0)});
    sent &= send_order(agent, (struct order){.kind = ORDER_LOAD_FAIL, .again = true});
    sent &= send_order(agent, (struct order){.kind = ORDER_DISMISS});
    for (node_id peer = 0; peer < agent->setup->cluster_file->nodes; peer++) {
        if (agent->cut[peer])
            sent &= send_order(agent, (struct order){.kind = ORDER_CUT, .peer = peer});
        agent->cut[peer] = false;
    }
    return sent;
}

/* The driver has gone: the node becomes as if the driver had never been there. */
static void restore(struct agent *agent)
{
    if (!agent->driven)
        return;
    agent->driven = false;
    record_queue_clear(&agent->records);
    atomic_store(&agent->supervisor.ring->level, TRACE_OFF);
    supervisor_thaw(&agent->supervisor, 0);
    if (agent->supervisor.state != SUPERVISOR_DOWN) {
        if (send_defaults(agent))
            return;
        log_warning(agent, agent->drain_ns ? "it takes no orders: it is ended"
                                           : "it takes no orders: it is started again");
        supervisor_crash(&agent->supervisor, false);
    }
    memset(agent->cut, 0, agent->setup->cluster_file->nodes * sizeof *agent->cut);
    start_node(agent, true);
}

/* ---- frames to the driver ------------------------------------------------------------------ */

/* Sends the frame, and what follows it. */
static void send_frame(struct agent *agent, uint32_t route, struct string_builder *frame,
                       struct iovec more)
{
    struct iovec parts[] = {{frame->text, frame->size}, more};
    if (frame->failed)
        log_warning(agent, "there is no memory for a frame to its driver");
    else
        listener_send(&agent->listener, route, parts, 2);
    string_builder_close(frame);
}

static void refuse(struct agent *agent, uint32_t route, const char *reason)
{
    struct string_builder frame = {0};
    agent_begin_frame(&frame, AGENT_REFUSE, monotonic_ns());
    codec_put_words(&frame, reason);
    send_frame(agent, route, &frame, (struct iovec){0});
}

static void answer_poll(struct agent *agent, int64_t polled_ns)
{
    struct supervisor *supervisor = &agent->supervisor;
    struct string_builder frame = {0};
    if (record_queue_size(&agent->records) < AGENT_BATCH)
        supervisor_poll(supervisor, AGENT_BATCH);
    struct record_piece piece = {.last_ns = agent->sent_ns};
    record_queue_take(&agent->records, AGENT_BATCH, &piece);
    agent->sent_ns = piece.last_ns;
    bool all = record_queue_size(&agent->records) == 0;
    struct agent_status status = {
        .polled_ns = polled_ns,
        .faults = agent->faults,
        .state = supervisor->state,
        .starting = atomic_load(&supervisor->ring->report.state) != SHARED_RING_READY,
        .was_member = supervisor->was_member,
        .halted = supervisor->halted,
        .incarnation = supervisor->incarnation,
        .records = piece.records,
        .watermark_ns = all ? supervisor_watermark_ns(supervisor) : piece.last_ns,
        .gauges = shared_ring_gauges(supervisor->ring)};
    agent_begin_frame(&frame, AGENT_STATUS, monotonic_ns());
    agent_status_write(&frame, &status);
    send_frame(agent, agent->driver, &frame, (struct iovec){(void *)piece.bytes, piece.size});
}

static void welcome(struct agent *agent, uint32_t route, const struct agent_greeting *own)
{
    struct string_builder frame = {0};
    agent->driven = true;
    agent->too_slow = false;
    agent->faults = 0;
    agent->driver = route;
    agent->heard_ns = monotonic_ns();
    agent_begin_frame(&frame, AGENT_WELCOME, monotonic_ns());
    agent_greeting_write(&frame, own);
    send_frame(agent, route, &frame, (struct iovec){0});
}

/* ---- frames from the driver ---------------------------------------------------------------- */

static void greet(struct agent *agent, uint32_t route, const struct agent_greeting *greeting)
{
    const struct cluster_file *file = agent->setup->cluster_file;
    struct agent_greeting own = {.settings = cluster_file_hash(file)};
    snprintf(own.cluster, sizeof own.cluster, "%s", file->name);
    agent_clock_id(own.clock_id);
    if (strcmp(greeting->cluster, own.cluster) != 0)
        refuse(agent, route, "it is of another cluster");
    else if (greeting->settings != own.settings)
        refuse(agent, route, "its cluster file says something else than the driver's");
    else if (agent->driven)
        refuse(agent, route, "another driver drives it");
    else
        welcome(agent, route, &own);
}

static void apply_fault(struct agent *agent, const struct agent_fault *fault)
{
    switch (fault->kind) {
    case AGENT_FAULT_CRASH:
        supervisor_crash(&agent->supervisor, fault->flag);
        break;
    case AGENT_FAULT_FREEZE:
        supervisor_freeze(&agent->supervisor);
        break;
    case AGENT_FAULT_THAW:
        supervisor_thaw(&agent->supervisor, fault->until_ns);
        break;
    case AGENT_FAULT_START:
        if (agent->supervisor.state != SUPERVISOR_DOWN)
            break;
        for (uint64_t i = 0; i < fault->taken && i < TAKEN_MAX; i++)
            supervisor_take_number(&agent->supervisor, agent->setup->cluster_file->nodes);
        agent->supervisor.setup.awaits_brief = true;
        start_node(agent, fault->flag);
        break;
    case AGENT_FAULT_KINDS:
        break;
    }
    agent->faults = fault->number;
}

static void pass_order(struct agent *agent, const unsigned char *bytes, size_t size)
{
    struct order order;
    if (!order_read(&order, bytes, size, agent->setup->cluster_file->nodes)) {
        log_warning(agent, "its driver sends an order that can't be read");
        refuse(agent, agent->driver, "an order can't be read");
        restore(agent);
        return;
    }
    if (order.kind == ORDER_CUT)
        agent->cut[order.peer] = order.out || order.in;
    if (order.kind == ORDER_LEVEL)
        atomic_store(&agent->supervisor.ring->level, (int)order.level);
    if (supervisor_send(&agent->supervisor, bytes, size) ||
        agent->supervisor.state == SUPERVISOR_DOWN)
        return;
    log_warning(agent, "it takes no more orders: its driver is let go");
    refuse(agent, agent->driver, "its node takes no more orders: it stands still for too long");
    restore(agent);
}

/* False: it is no sound frame. */
static bool take_driver_frame(struct agent *agent, enum agent_kind kind, int64_t clock_ns,
                              struct byte_reader *reader)
{
    struct agent_fault fault;
    agent->heard_ns = monotonic_ns();
    switch (kind) {
    case AGENT_ORDER:
        pass_order(agent, reader->at, (size_t)(reader->end - reader->at));
        return true;
    case AGENT_FAULT:
        agent_fault_get(reader, &fault);
        if (byte_reader_done(reader))
            apply_fault(agent, &fault);
        break;
    case AGENT_POLL:
        answer_poll(agent, clock_ns);
        break;
    case AGENT_BYE:
        restore(agent);
        break;
    default:
        return false;
    }
    return byte_reader_done(reader);
}

/* False: it is no sound frame, or from somebody who has not greeted. */
static bool take_frame(struct agent *agent, uint32_t route, struct byte_reader *reader)
{
    struct agent_greeting greeting;
    char reason[AGENT_REASON_SIZE];
    unsigned version;
    int64_t clock_ns;
    enum agent_kind kind = agent_frame_kind(reader, &version, &clock_ns);
    if (kind == AGENT_KINDS) {
        codec_version_reason(reason, sizeof reason, CODEC_VERSION, version);
        refuse(agent, route, reason);
        return false;
    }
    if (kind == AGENT_HELLO) {
        agent_greeting_read(reader, &greeting);
        if (byte_reader_done(reader))
            greet(agent, route, &greeting);
        return byte_reader_done(reader);
    }
    if (agent->driven && route == agent->driver)
        return take_driver_frame(agent, kind, clock_ns, reader);
    if (kind == AGENT_POLL)
        refuse(agent, route, "it is not driven by this one any more");
    return false;
}

static void receive(struct agent *agent)
{
    zmq_msg_t frame;
    uint32_t route;
    zmq_msg_init(&frame);
    for (int count = 0;
         count < FRAMES_A_ROUND && listener_receive(&agent->listener, &route, &frame); count++) {
        struct byte_reader reader = byte_reader_over(zmq_msg_data(&frame), zmq_msg_size(&frame));
        agent->malformed += !take_frame(agent, route, &reader);
    }
    zmq_msg_close(&frame);
}

/* ---- opening ------------------------------------------------------------------------------- */

static enum error open_listener(struct agent *agent, struct failure *failure)
{
    struct listener_setup setup = {.kind = LISTENER_AGENT,
                                   .context = agent->context,
                                   .cluster_file = agent->setup->cluster_file,
                                   .keys = agent->setup->keys,
                                   .node = agent->setup->node,
                                   .send_most = 64,
                                   .receive_most = 4096,
                                   .frame_max = ORDER_SIZE_MAX + 4096};
    return listener_open(&agent->listener, &setup, failure);
}

static bool open_signals(struct agent *agent)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    agent->signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
    return agent->signals >= 0;
}

static enum error open_node(struct agent *agent, struct failure *failure)
{
    struct supervisor_setup supervisor = {.node = agent->setup->node,
                                          .cluster_file = agent->setup->cluster_file,
                                          .keys = agent->setup->keys,
                                          .ring_size = 32u << 20,
                                          .level = TRACE_OFF,
                                          .fail_ttl_ns =
                                              agent->setup->cluster_file->settings.fail_ttl_ns,
                                          .load_at_once = agent->setup->cluster_file->at_once,
                                          .take = take,
                                          .context = agent};
    if (!open_signals(agent) || supervisor_init(&agent->supervisor, &supervisor))
        return failure_set(failure, ERROR_IO, "it can't be set up: %s", strerror(errno));
    return start_node(agent, true) ? OK : ERROR_IO;
}

static bool open_all(struct agent *agent)
{
    struct failure failure = {0};
    struct machine_need need = machine_need_of_agent();
    agent->cut = memory_zeroed(agent->setup->cluster_file->nodes * sizeof *agent->cut);
    if (!agent->cut)
        failure_memory(&failure);
    else if (!open_node(agent, &failure) && (agent->context = machine_context(&need, &failure)) &&
             !open_listener(agent, &failure))
        return true;
    if (failure.error)
        node_log(LOG_ERROR, log_about(agent->setup->node), "%s", failure.text);
    return false;
}

static void close_all(struct agent *agent)
{
    if (agent->supervisor.ring)
        supervisor_close(&agent->supervisor);
    listener_close(&agent->listener, 0);
    if (agent->context)
        zmq_ctx_term(agent->context);
    if (agent->signals >= 0)
        close(agent->signals);
    memory_free(agent->cut);
    record_queue_close(&agent->records);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void take_signals(struct agent *agent)
{
    struct signalfd_siginfo info;
    while (read(agent->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (agent->drain_ns)
            continue;
        agent->drain_ns = monotonic_ns() + DRAIN_NS;
        supervisor_thaw(&agent->supervisor, 0);
        if (agent->supervisor.state == SUPERVISOR_UP)
            kill(agent->supervisor.pid, SIGTERM); /* it knows how soon that is to be */
    }
}

static void let_driver_go(struct agent *agent, const char *why)
{
    refuse(agent, agent->driver, why);
    restore(agent);
}

static void log_counts(struct agent *agent, int64_t now_ns)
{
    uint64_t refused = agent->listener.authentication.refused;
    if (log_count_is_doubled(&agent->logged, agent->malformed + refused, now_ns))
        node_log(LOG_WARNING, log_about(agent->setup->node),
                 "at the drivers' port %" PRIu64 " frames were malformed, %" PRIu64
                 " connections were refused",
                 agent->malformed, refused);
}

/* The exit status, or -1: it goes on. */
static int check(struct agent *agent)
{
    struct supervisor *supervisor = &agent->supervisor;
    const char *failure = supervisor_failure(supervisor);
    supervisor_poll(supervisor, SIZE_MAX);
    if (agent->driven && agent->too_slow) {
        log_warning(agent, "its driver takes the records too slowly: it is let go, and the node is "
                           "put right");
        let_driver_go(agent, "it takes the records of the node too slowly");
    }
    if (agent->driven && supervisor->stood_still) {
        log_warning(agent, "its process was stopped by another hand: its driver is let go");
        let_driver_go(agent, "its process was stopped by another hand (SIGSTOP): what it did can't "
                             "be judged");
    }
    supervisor->stood_still = false;
    if (agent->driven && monotonic_ns() - agent->heard_ns > AGENT_SILENCE_NS) {
        log_warning(agent, "its driver has fallen silent: the node is put right");
        restore(agent);
    }
    if (agent->drain_ns)
        return supervisor->state == SUPERVISOR_DOWN || monotonic_ns() > agent->drain_ns ? 0 : -1;
    if (!failure && supervisor->state == SUPERVISOR_DOWN && !agent->driven)
        failure = "its process has died";
    if (!failure)
        return -1;
    node_log(LOG_ERROR, log_about(agent->setup->node), "%s", failure);
    return EXIT_FAILED;
}

static void wait_for_more(const struct agent *agent)
{
    zmq_pollitem_t items[] = {{agent->listener.router, 0, ZMQ_POLLIN, 0},
                              {agent->listener.authentication.socket, 0, ZMQ_POLLIN, 0},
                              {agent->listener.connections.monitor, 0, ZMQ_POLLIN, 0},
                              {NULL, agent->signals, ZMQ_POLLIN, 0}};
    zmq_poll(items, 4, agent->drain_ns ? 10 : POLL_MS);
}

static int run(struct agent *agent)
{
    const struct node_report *report = &agent->supervisor.ring->report;
    bool logged = false;
    int status;
    while ((status = check(agent)) < 0) {
        wait_for_more(agent);
        listener_tend_connections(&agent->listener);
        take_signals(agent);
        receive(agent);
        log_counts(agent, monotonic_ns());
        if (!logged && atomic_load(&report->state) == SHARED_RING_READY) {
            logged = true;
            node_log(LOG_INFO, log_about(agent->setup->node), "is up");
        }
    }
    return status;
}

int agent_run(const struct agent_setup *setup)
{
    struct agent *agent = memory_zeroed(sizeof *agent);
    int status = EXIT_FAILED;
    if (!agent)
        return status;
    agent->setup = setup;
    agent->signals = -1;
    if (open_all(agent)) {
        status = run(agent);
        log_counts(agent, TIME_NEVER);
    }
    close_all(agent);
    memory_free(agent);
    return status;
}
