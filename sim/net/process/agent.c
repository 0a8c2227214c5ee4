#include "net/process/agent_state.h"

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

/* Incarnations count tenths of a second from 2024-01-01 on, so that a node that starts again is
 * newer than it was, also when all memory of it is gone: clocks are right to that much. */
#define INCARNATION_EPOCH_S INT64_C(1704067200)
#define INCARNATIONS_A_S    10
#define NUMBERS_A_LIFE_BITS 16u

void agent_log_warning(const struct agent *agent, const char *what)
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

bool agent_start_node(struct agent *agent, bool joins)
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
    agent_log_warning(agent, why);
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

void agent_restore(struct agent *agent)
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
        agent_log_warning(agent, agent->drain_ns ? "it takes no orders: it is ended"
                                                 : "it takes no orders: it is started again");
        supervisor_crash(&agent->supervisor, false);
    }
    memset(agent->cut, 0, agent->setup->cluster_file->nodes * sizeof *agent->cut);
    agent_start_node(agent, true);
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
    return agent_start_node(agent, true) ? OK : ERROR_IO;
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
        agent_log_warning(agent,
                          "its driver takes the records too slowly: it is let go, and the node is "
                          "put right");
        agent_let_driver_go(agent, "it takes the records of the node too slowly");
    }
    if (agent->driven && supervisor->stood_still) {
        agent_log_warning(agent, "its process was stopped by another hand: its driver is let go");
        agent_let_driver_go(agent,
                            "its process was stopped by another hand (SIGSTOP): what it did can't "
                            "be judged");
    }
    supervisor->stood_still = false;
    if (agent->driven && monotonic_ns() - agent->heard_ns > AGENT_SILENCE_NS) {
        agent_log_warning(agent, "its driver has fallen silent: the node is put right");
        agent_restore(agent);
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
        agent_receive(agent);
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
