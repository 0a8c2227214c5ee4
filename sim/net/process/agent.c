#include "net/process/agent.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "net/process/backlog.h"
#include "net/wire/authentication.h"
#include "net/wire/connection_monitor.h"
#include "net/wire/socket.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define EXIT_FAILED 4

/* From the word to its end a node may take so long; its own patience is shorter. */
#define DRAIN_NS (1900 * NS_PER_MS)

#define LOOK_MS 100

/* Then signals and the node are seen to. */
#define FRAMES_A_ROUND 256

/* Requests that a driver may have made in the stead of a node that was down. */
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
    void *router;
    struct connection_limit connections;
    struct authentication authentication;
    int signals;
    bool driven;
    uint8_t driver[256]; /* ROUTER's name of its connection */
    size_t driver_size;
    int64_t heard_ns;
    uint64_t strikes;
    bool *cut;              /* peers that the driver has cut */
    struct backlog backlog; /* for the driver */
    bool too_slow;          /* the driver takes them too slowly */
    int64_t sent_ns;        /* of the record that was sent last */
    int64_t drain_ns;       /* it ends then at the latest; 0: it goes on */
};

static void say(const struct agent *agent, const char *what)
{
    fprintf(stderr, "dpsim: n%u: %s\n", agent->setup->node + 1, what);
}

void agent_clock_id(char place[128])
{
    char boot[64] = "", space[48] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file) {
        if (!fgets(boot, sizeof boot, file))
            boot[0] = '\0';
        fclose(file);
    }
    boot[strcspn(boot, "\n")] = '\0';
    ssize_t size = readlink("/proc/self/ns/time", space, sizeof space - 1);
    space[size > 0 ? size : 0] = '\0';
    memset(place, 0, 128);
    snprintf(place, 128, "%s %s", boot, space);
}

/* ---- the node ------------------------------------------------------------------------------ */

/* The node does not wait for a driver: one that takes too little is let go. */
static void take(void *context, node_id node, const struct record *record)
{
    struct agent *agent = context;
    (void)node;
    if (agent->driven && !agent->too_slow && backlog_add(&agent->backlog, record))
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
    return by_clock > last ? by_clock : last + 1;
}

static bool start_node(struct agent *agent, bool joins)
{
    struct supervisor *supervisor = &agent->supervisor;
    char why[160];
    uint32_t incarnation = next_incarnation(agent);
    if (!supervisor->incarnation) {
        uint64_t base =
            ((uint64_t)incarnation << NUMBERS_A_LIFE_BITS) * agent->setup->cluster_file->nodes;
        supervisor->shared_ring->birth.next_request += base;
        supervisor->shared_ring->birth.next_worker += base;
        supervisor->shared_ring->birth.next_message += base;
    }
    if (!supervisor_start(supervisor, joins, incarnation))
        return true;
    snprintf(why, sizeof why, "its process can't be started: %s", strerror(errno));
    say(agent, why);
    return false;
}

static void order(struct agent *agent, struct order order)
{
    supervisor_send(&agent->supervisor, &order, NULL);
}

/* The driver has gone: the node is as if it had never been there. */
static void put_right(struct agent *agent)
{
    if (!agent->driven)
        return;
    agent->driven = false;
    backlog_clear(&agent->backlog);
    atomic_store(&agent->supervisor.shared_ring->level, TRACE_OFF);
    supervisor_thaw(&agent->supervisor);
    if (agent->supervisor.state == SUPERVISOR_DOWN) {
        start_node(agent, true);
        return;
    }
    order(agent, (struct order){.kind = ORDER_LEVEL, .level = TRACE_OFF});
    order(agent, (struct order){.kind = ORDER_LOAD, .distribution = distribution_constant(0)});
    order(agent, (struct order){.kind = ORDER_WORK, .distribution = distribution_constant(0)});
    order(agent, (struct order){.kind = ORDER_LOAD_FAIL});
    order(agent, (struct order){.kind = ORDER_DISMISS});
    for (node_id peer = 0; peer < agent->setup->cluster_file->nodes; peer++) {
        if (agent->cut[peer])
            order(agent, (struct order){.kind = ORDER_CUT, .peer = peer});
        agent->cut[peer] = false;
    }
}

/* ---- frames to the driver ------------------------------------------------------------------ */

static struct agent_head head_of(enum agent_kind kind)
{
    return (struct agent_head){
        .kind = (uint8_t)kind, .version = AGENT_VERSION, .clock_ns = monotonic_ns()};
}

static void send_parts(struct agent *agent, const void *name, size_t name_size,
                       enum agent_kind kind, const void *body, size_t body_size, const void *more,
                       size_t more_size)
{
    zmq_msg_t frame;
    struct agent_head head = head_of(kind);
    if (zmq_msg_init_size(&frame, sizeof head + body_size + more_size))
        return;
    unsigned char *at = zmq_msg_data(&frame);
    memcpy(at, &head, sizeof head);
    if (body_size)
        memcpy(at + sizeof head, body, body_size);
    if (more_size)
        memcpy(at + sizeof head + body_size, more, more_size);
    if (zmq_send(agent->router, name, name_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_msg_send(&frame, agent->router, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&frame);
}

static void answer_look(struct agent *agent, const struct agent_head *head,
                        const struct agent_poll *look)
{
    struct supervisor *supervisor = &agent->supervisor;
    if (backlog_size(&agent->backlog) < AGENT_BATCH)
        supervisor_poll(supervisor, AGENT_BATCH);
    bool ready = atomic_load(&supervisor->shared_ring->report.state) == SHARED_RING_READY;
    struct agent_status seen = {.looked_ns = head->clock_ns,
                                .strikes = agent->strikes,
                                .state = supervisor->state,
                                .starting = !ready,
                                .incarnation = supervisor->incarnation,
                                .has_tally = look->wants_tally,
                                .was_member = supervisor->was_member,
                                .gauges = shared_ring_gauges(supervisor->shared_ring)};
    if (look->wants_tally) {
        send_parts(agent, agent->driver, agent->driver_size, AGENT_STATUS, &seen, sizeof seen,
                   &supervisor->shared_ring->report.tally,
                   sizeof supervisor->shared_ring->report.tally);
        return;
    }
    struct backlog_piece piece = {.last_ns = agent->sent_ns};
    backlog_take(&agent->backlog, AGENT_BATCH, &piece);
    bool all = backlog_size(&agent->backlog) == 0;
    agent->sent_ns = piece.last_ns;
    seen.records = piece.records;
    seen.watermark_ns = all ? supervisor_watermark_ns(supervisor) : piece.last_ns;
    send_parts(agent, agent->driver, agent->driver_size, AGENT_STATUS, &seen, sizeof seen,
               piece.bytes, piece.size);
}

/* ---- frames from the driver ---------------------------------------------------------------- */

static void refuse(struct agent *agent, const void *name, size_t size, const char *why)
{
    send_parts(agent, name, size, AGENT_REFUSE, why, strlen(why), NULL, 0);
}

static void greet(struct agent *agent, const void *name, size_t size,
                  const struct agent_greeting *greeting)
{
    struct agent_greeting own = {.settings = cluster_file_hash(agent->setup->cluster_file),
                                 .layout = AGENT_LAYOUT};
    snprintf(own.cluster, sizeof own.cluster, "%s", agent->setup->cluster_file->name);
    agent_clock_id(own.place);
    if (strncmp(greeting->cluster, own.cluster, sizeof own.cluster) != 0)
        refuse(agent, name, size, "it is of another cluster");
    else if (greeting->settings != own.settings)
        refuse(agent, name, size, "its cluster file says something else than the driver's");
    else if (greeting->layout != own.layout)
        refuse(agent, name, size, "it is another build: records are laid out otherwise");
    else if (agent->driven)
        refuse(agent, name, size, "another driver drives it");
    else {
        agent->driven = true;
        agent->too_slow = false;
        agent->strikes = 0;
        memcpy(agent->driver, name, size);
        agent->driver_size = size;
        send_parts(agent, name, size, AGENT_WELCOME, &own, sizeof own, NULL, 0);
    }
}

static void strike(struct agent *agent, const struct agent_fault *strike)
{
    switch (strike->kind) {
    case AGENT_FAULT_CRASH:
        supervisor_crash(&agent->supervisor);
        break;
    case AGENT_FAULT_FREEZE:
        supervisor_freeze(&agent->supervisor);
        break;
    case AGENT_FAULT_THAW:
        supervisor_thaw(&agent->supervisor);
        break;
    case AGENT_FAULT_START:
        if (agent->supervisor.state != SUPERVISOR_DOWN)
            break;
        for (uint64_t i = 0; i < strike->taken && i < TAKEN_MAX; i++)
            supervisor_take_number(&agent->supervisor, agent->setup->cluster_file->nodes);
        start_node(agent, strike->joins);
        break;
    default:
        break;
    }
    agent->strikes = strike->number;
}

static void pass_order(struct agent *agent, const unsigned char *bytes, size_t size)
{
    struct order order;
    static char text[ORDER_TEXT_MAX + 1];
    if (size < sizeof order)
        return;
    memcpy(&order, bytes, sizeof order);
    if (order.text_size != size - sizeof order || order.text_size > ORDER_TEXT_MAX)
        return;
    memcpy(text, bytes + sizeof order, order.text_size);
    text[order.text_size] = '\0';
    if (order.kind == ORDER_CUT && order.peer < agent->setup->cluster_file->nodes)
        agent->cut[order.peer] = order.out || order.in;
    if (order.kind == ORDER_LEVEL)
        atomic_store(&agent->supervisor.shared_ring->level, (int)order.level);
    supervisor_send(&agent->supervisor, &order, text);
}

static void take_frame(struct agent *agent, const void *name, size_t name_size,
                       const unsigned char *bytes, size_t size)
{
    struct agent_head head;
    if (size < sizeof head || name_size > sizeof agent->driver)
        return;
    memcpy(&head, bytes, sizeof head);
    const unsigned char *body = bytes + sizeof head;
    size -= sizeof head;
    if (head.version != AGENT_VERSION) {
        refuse(agent, name, name_size, "it speaks another version of the drivers' protocol");
        return;
    }
    if (head.kind == AGENT_HELLO && size == sizeof(struct agent_greeting)) {
        struct agent_greeting greeting;
        memcpy(&greeting, body, sizeof greeting);
        greet(agent, name, name_size, &greeting);
    }
    if (!agent->driven || name_size != agent->driver_size ||
        memcmp(name, agent->driver, name_size) != 0) {
        if (head.kind == AGENT_POLL)
            refuse(agent, name, name_size, "it is not driven by this one any more");
        return;
    }
    agent->heard_ns = monotonic_ns();
    if (head.kind == AGENT_ORDER) {
        pass_order(agent, body, size);
    } else if (head.kind == AGENT_FAULT && size == sizeof(struct agent_fault)) {
        struct agent_fault told;
        memcpy(&told, body, sizeof told);
        strike(agent, &told);
    } else if (head.kind == AGENT_POLL && size == sizeof(struct agent_poll)) {
        struct agent_poll look;
        memcpy(&look, body, sizeof look);
        answer_look(agent, &head, &look);
    } else if (head.kind == AGENT_BYE) {
        put_right(agent);
    }
}

static void receive(struct agent *agent)
{
    for (int count = 0; count < FRAMES_A_ROUND; count++) {
        zmq_msg_t name, frame;
        zmq_msg_init(&name);
        zmq_msg_init(&frame);
        bool came = zmq_msg_recv(&name, agent->router, ZMQ_DONTWAIT) >= 0;
        bool more = came && zmq_msg_more(&name);
        int frames = 0;
        for (; more; frames++) {
            zmq_msg_recv(&frame, agent->router, ZMQ_DONTWAIT);
            more = zmq_msg_more(&frame);
        }
        if (frames == 1)
            take_frame(agent, zmq_msg_data(&name), zmq_msg_size(&name), zmq_msg_data(&frame),
                       zmq_msg_size(&frame));
        zmq_msg_close(&name);
        zmq_msg_close(&frame);
        if (!came)
            return;
    }
}

/* ---- making -------------------------------------------------------------------------------- */

static bool bind_router(struct agent *agent, char why[KEYS_WHY_SIZE])
{
    const struct cluster_file_node *host = &agent->setup->cluster_file->node[agent->setup->node];
    char endpoint[96];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port + 1u);
    void *router = agent->router = zmq_socket(agent->context, ZMQ_ROUTER);
    bool set =
        router && socket_set(router, ZMQ_LINGER, 0) && socket_set(router, ZMQ_SNDHWM, 64) &&
        socket_set(router, ZMQ_RCVHWM, 4096) && socket_set(router, ZMQ_HANDSHAKE_IVL, 2000) &&
        socket_set(router, ZMQ_IPV6, host->address[0] == '[') &&
        socket_set_frame_max(router, ORDER_TEXT_MAX + 4096) &&
        (!agent->setup->keys || !authentication_configure_server(router, agent->setup->keys));
    if (!set || connection_limit_open(&agent->connections, agent->context, router) ||
        zmq_bind(router, endpoint)) {
        snprintf(why, KEYS_WHY_SIZE, "%s: %s%s", endpoint, zmq_strerror(errno),
                 errno == EADDRINUSE ? " (is this node running already?)" : "");
        return false;
    }
    return !agent->setup->keys ||
           !authentication_check(&agent->authentication, endpoint, agent->setup->keys, why);
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

static bool make(struct agent *agent)
{
    char why[KEYS_WHY_SIZE] = "it can't be set up: out of memory, or of descriptors";
    struct supervisor_setup supervisor = {.node = agent->setup->node,
                                          .cluster_file = agent->setup->cluster_file,
                                          .keys = agent->setup->keys,
                                          .ring_size = 32u << 20,
                                          .level = TRACE_OFF,
                                          .take = take,
                                          .context = agent};
    agent->cut = memory_zeroed(agent->setup->cluster_file->nodes * sizeof *agent->cut);
    bool made =
        agent->cut && open_signals(agent) && !supervisor_init(&agent->supervisor, &supervisor);
    if (made)
        made = start_node(agent, true);
    agent->context = made ? zmq_ctx_new() : NULL;
    if (made)
        made = agent->context &&
               !authentication_open(&agent->authentication, agent->context,
                                    agent->setup->cluster_file, true) &&
               bind_router(agent, why);
    if (!made)
        say(agent, why);
    return made;
}

static void close_gate(struct agent *agent)
{
    if (agent->supervisor.shared_ring)
        supervisor_close(&agent->supervisor);
    if (agent->router) {
        connection_limit_close(&agent->connections);
        zmq_close(agent->router);
    }
    authentication_close(&agent->authentication);
    if (agent->context)
        zmq_ctx_term(agent->context);
    if (agent->signals >= 0)
        close(agent->signals);
    memory_free(agent->cut);
    backlog_close(&agent->backlog);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void heed_signals(struct agent *agent)
{
    struct signalfd_siginfo info;
    while (read(agent->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (agent->drain_ns)
            continue;
        agent->drain_ns = monotonic_ns() + DRAIN_NS;
        supervisor_thaw(&agent->supervisor);
        order(agent, (struct order){.kind = ORDER_LEAVE});
    }
}

/* The exit status, or -1: it goes on. */
static int look(struct agent *agent)
{
    struct supervisor *supervisor = &agent->supervisor;
    const char *failed = supervisor_failure(supervisor);
    supervisor_poll(supervisor, SIZE_MAX);
    if (agent->driven && agent->too_slow) {
        say(agent,
            "its driver takes the records too slowly: it is let go, and the node is put right");
        put_right(agent);
    }
    if (agent->driven && monotonic_ns() - agent->heard_ns > AGENT_SILENCE_NS) {
        say(agent, "its driver has fallen silent: the node is put right");
        put_right(agent);
    }
    if (agent->drain_ns)
        return supervisor->state == SUPERVISOR_DOWN || monotonic_ns() > agent->drain_ns ? 0 : -1;
    if (failed) {
        say(agent, failed);
        return EXIT_FAILED;
    }
    if (supervisor->state == SUPERVISOR_DOWN && !agent->driven) {
        say(agent, "its process has died");
        return EXIT_FAILED;
    }
    return -1;
}

int agent_run(const struct agent_setup *setup)
{
    struct agent *agent = memory_zeroed(sizeof *agent);
    int status = EXIT_FAILED;
    if (!agent)
        return status;
    agent->setup = setup;
    agent->signals = -1;
    bool told = false;
    if (make(agent)) {
        while ((status = look(agent)) < 0) {
            zmq_pollitem_t items[] = {{agent->router, 0, ZMQ_POLLIN, 0},
                                      {agent->authentication.socket, 0, ZMQ_POLLIN, 0},
                                      {agent->connections.monitor, 0, ZMQ_POLLIN, 0},
                                      {NULL, agent->signals, ZMQ_POLLIN, 0}};
            zmq_poll(items, 4, agent->drain_ns ? 10 : LOOK_MS);
            authentication_answer(&agent->authentication);
            connection_limit_enforce(&agent->connections);
            heed_signals(agent);
            receive(agent);
            if (!told &&
                atomic_load(&agent->supervisor.shared_ring->report.state) == SHARED_RING_READY) {
                told = true;
                say(agent, "is up");
            }
        }
    }
    close_gate(agent);
    memory_free(agent);
    return status;
}
