#include "net/gate.h"

#include "core/memory.h"
#include "net/backlog.h"
#include "net/door.h"
#include "net/guard.h"
#include "net/monotonic.h"
#include "net/socket.h"

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

struct gate {
    const struct gate_setup *setup;
    struct warden warden;
    void *context;
    void *router;
    struct door door;
    struct guard guard;
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

static void say(const struct gate *gate, const char *what)
{
    fprintf(stderr, "dpsim: n%u: %s\n", gate->setup->node + 1, what);
}

void gate_place(char place[128])
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
    struct gate *gate = context;
    (void)node;
    if (gate->driven && !gate->too_slow && backlog_add(&gate->backlog, record))
        gate->too_slow = true;
}

static uint32_t next_incarnation(const struct gate *gate)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t tenths = (now.tv_sec - INCARNATION_EPOCH_S) * INCARNATIONS_A_S +
                     now.tv_nsec / (NS_PER_S / INCARNATIONS_A_S);
    uint32_t by_clock = tenths > 0 ? (uint32_t)tenths : 1;
    uint32_t last = gate->warden.incarnation;
    return by_clock > last ? by_clock : last + 1;
}

static bool start_node(struct gate *gate, bool joins)
{
    struct warden *warden = &gate->warden;
    char why[160];
    uint32_t incarnation = next_incarnation(gate);
    if (!warden->incarnation) {
        uint64_t base = ((uint64_t)incarnation << NUMBERS_A_LIFE_BITS) * gate->setup->hosts->nodes;
        warden->desk->birth.next_request += base;
        warden->desk->birth.next_worker += base;
        warden->desk->birth.next_message += base;
    }
    if (!warden_start(warden, joins, incarnation))
        return true;
    snprintf(why, sizeof why, "its process can't be started: %s", strerror(errno));
    say(gate, why);
    return false;
}

static void order(struct gate *gate, struct order order)
{
    warden_tell(&gate->warden, &order, NULL);
}

/* The driver has gone: the node is as if it had never been there. */
static void put_right(struct gate *gate)
{
    if (!gate->driven)
        return;
    gate->driven = false;
    backlog_clear(&gate->backlog);
    atomic_store(&gate->warden.desk->level, TRACE_OFF);
    warden_thaw(&gate->warden);
    if (gate->warden.state == WARDEN_DOWN) {
        start_node(gate, true);
        return;
    }
    order(gate, (struct order){.kind = ORDER_LEVEL, .level = TRACE_OFF});
    order(gate, (struct order){.kind = ORDER_LOAD, .law = law_constant(0)});
    order(gate, (struct order){.kind = ORDER_WORK, .law = law_constant(0)});
    order(gate, (struct order){.kind = ORDER_LOAD_FAIL});
    order(gate, (struct order){.kind = ORDER_DISMISS});
    for (node_id peer = 0; peer < gate->setup->hosts->nodes; peer++) {
        if (gate->cut[peer])
            order(gate, (struct order){.kind = ORDER_CUT, .peer = peer});
        gate->cut[peer] = false;
    }
}

/* ---- frames to the driver ------------------------------------------------------------------ */

static struct gate_head head_of(enum gate_kind kind)
{
    return (struct gate_head){
        .kind = (uint8_t)kind, .version = GATE_VERSION, .clock_ns = monotonic_ns()};
}

static void send_parts(struct gate *gate, const void *name, size_t name_size, enum gate_kind kind,
                       const void *body, size_t body_size, const void *more, size_t more_size)
{
    zmq_msg_t frame;
    struct gate_head head = head_of(kind);
    if (zmq_msg_init_size(&frame, sizeof head + body_size + more_size))
        return;
    unsigned char *at = zmq_msg_data(&frame);
    memcpy(at, &head, sizeof head);
    if (body_size)
        memcpy(at + sizeof head, body, body_size);
    if (more_size)
        memcpy(at + sizeof head + body_size, more, more_size);
    if (zmq_send(gate->router, name, name_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_msg_send(&frame, gate->router, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&frame);
}

static void answer_look(struct gate *gate, const struct gate_head *head,
                        const struct gate_look *look)
{
    struct warden *warden = &gate->warden;
    if (backlog_size(&gate->backlog) < GATE_BATCH)
        warden_look(warden, GATE_BATCH);
    bool ready = atomic_load(&warden->desk->report.state) == DESK_READY;
    struct gate_seen seen = {.looked_ns = head->clock_ns,
                             .strikes = gate->strikes,
                             .state = warden->state,
                             .starting = !ready,
                             .incarnation = warden->incarnation,
                             .has_tally = look->wants_tally,
                             .was_member = warden->was_member,
                             .gauges = desk_gauges(warden->desk)};
    if (look->wants_tally) {
        send_parts(gate, gate->driver, gate->driver_size, GATE_SEEN, &seen, sizeof seen,
                   &warden->desk->report.tally, sizeof warden->desk->report.tally);
        return;
    }
    struct backlog_piece piece = {.last_ns = gate->sent_ns};
    backlog_take(&gate->backlog, GATE_BATCH, &piece);
    bool all = backlog_size(&gate->backlog) == 0;
    gate->sent_ns = piece.last_ns;
    seen.records = piece.records;
    seen.watermark_ns = all ? warden_watermark_ns(warden) : piece.last_ns;
    send_parts(gate, gate->driver, gate->driver_size, GATE_SEEN, &seen, sizeof seen, piece.bytes,
               piece.size);
}

/* ---- frames from the driver ---------------------------------------------------------------- */

static void refuse(struct gate *gate, const void *name, size_t size, const char *why)
{
    send_parts(gate, name, size, GATE_REFUSE, why, strlen(why), NULL, 0);
}

static void greet(struct gate *gate, const void *name, size_t size,
                  const struct gate_greeting *greeting)
{
    struct gate_greeting own = {.settings = hosts_hash(gate->setup->hosts), .layout = GATE_LAYOUT};
    snprintf(own.cluster, sizeof own.cluster, "%s", gate->setup->hosts->name);
    gate_place(own.place);
    if (strncmp(greeting->cluster, own.cluster, sizeof own.cluster) != 0)
        refuse(gate, name, size, "it is of another cluster");
    else if (greeting->settings != own.settings)
        refuse(gate, name, size, "its cluster file says something else than the driver's");
    else if (greeting->layout != own.layout)
        refuse(gate, name, size, "it is another build: records are laid out otherwise");
    else if (gate->driven)
        refuse(gate, name, size, "another driver drives it");
    else {
        gate->driven = true;
        gate->too_slow = false;
        gate->strikes = 0;
        memcpy(gate->driver, name, size);
        gate->driver_size = size;
        send_parts(gate, name, size, GATE_WELCOME, &own, sizeof own, NULL, 0);
    }
}

static void strike(struct gate *gate, const struct gate_strike *strike)
{
    switch (strike->kind) {
    case STRIKE_CRASH:
        warden_crash(&gate->warden);
        break;
    case STRIKE_FREEZE:
        warden_freeze(&gate->warden);
        break;
    case STRIKE_THAW:
        warden_thaw(&gate->warden);
        break;
    case STRIKE_START:
        if (gate->warden.state != WARDEN_DOWN)
            break;
        for (uint64_t i = 0; i < strike->taken && i < TAKEN_MAX; i++)
            warden_take_number(&gate->warden, gate->setup->hosts->nodes);
        start_node(gate, strike->joins);
        break;
    default:
        break;
    }
    gate->strikes = strike->number;
}

static void pass_order(struct gate *gate, const unsigned char *bytes, size_t size)
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
    if (order.kind == ORDER_CUT && order.peer < gate->setup->hosts->nodes)
        gate->cut[order.peer] = order.out || order.in;
    if (order.kind == ORDER_LEVEL)
        atomic_store(&gate->warden.desk->level, (int)order.level);
    warden_tell(&gate->warden, &order, text);
}

static void take_frame(struct gate *gate, const void *name, size_t name_size,
                       const unsigned char *bytes, size_t size)
{
    struct gate_head head;
    if (size < sizeof head || name_size > sizeof gate->driver)
        return;
    memcpy(&head, bytes, sizeof head);
    const unsigned char *body = bytes + sizeof head;
    size -= sizeof head;
    if (head.version != GATE_VERSION) {
        refuse(gate, name, name_size, "it speaks another version of the drivers' protocol");
        return;
    }
    if (head.kind == GATE_HELLO && size == sizeof(struct gate_greeting)) {
        struct gate_greeting greeting;
        memcpy(&greeting, body, sizeof greeting);
        greet(gate, name, name_size, &greeting);
    }
    if (!gate->driven || name_size != gate->driver_size ||
        memcmp(name, gate->driver, name_size) != 0) {
        if (head.kind == GATE_LOOK)
            refuse(gate, name, name_size, "it is not driven by this one any more");
        return;
    }
    gate->heard_ns = monotonic_ns();
    if (head.kind == GATE_ORDER) {
        pass_order(gate, body, size);
    } else if (head.kind == GATE_STRIKE && size == sizeof(struct gate_strike)) {
        struct gate_strike told;
        memcpy(&told, body, sizeof told);
        strike(gate, &told);
    } else if (head.kind == GATE_LOOK && size == sizeof(struct gate_look)) {
        struct gate_look look;
        memcpy(&look, body, sizeof look);
        answer_look(gate, &head, &look);
    } else if (head.kind == GATE_BYE) {
        put_right(gate);
    }
}

static void receive(struct gate *gate)
{
    for (int count = 0; count < FRAMES_A_ROUND; count++) {
        zmq_msg_t name, frame;
        zmq_msg_init(&name);
        zmq_msg_init(&frame);
        bool came = zmq_msg_recv(&name, gate->router, ZMQ_DONTWAIT) >= 0;
        bool more = came && zmq_msg_more(&name);
        int frames = 0;
        for (; more; frames++) {
            zmq_msg_recv(&frame, gate->router, ZMQ_DONTWAIT);
            more = zmq_msg_more(&frame);
        }
        if (frames == 1)
            take_frame(gate, zmq_msg_data(&name), zmq_msg_size(&name), zmq_msg_data(&frame),
                       zmq_msg_size(&frame));
        zmq_msg_close(&name);
        zmq_msg_close(&frame);
        if (!came)
            return;
    }
}

/* ---- making -------------------------------------------------------------------------------- */

static bool bind_router(struct gate *gate, char why[KEYS_WHY_SIZE])
{
    const struct host_node *host = &gate->setup->hosts->node[gate->setup->node];
    char endpoint[96];
    snprintf(endpoint, sizeof endpoint, "tcp://%s:%u", host->address, host->port + 1u);
    void *router = gate->router = zmq_socket(gate->context, ZMQ_ROUTER);
    bool set = router && socket_set(router, ZMQ_LINGER, 0) && socket_set(router, ZMQ_SNDHWM, 64) &&
               socket_set(router, ZMQ_RCVHWM, 4096) &&
               socket_set(router, ZMQ_HANDSHAKE_IVL, 2000) &&
               socket_set(router, ZMQ_IPV6, host->address[0] == '[') &&
               socket_set_frame_max(router, ORDER_TEXT_MAX + 4096) &&
               (!gate->setup->keys || !guard_arm_server(router, gate->setup->keys));
    if (!set || door_open(&gate->door, gate->context, router) || zmq_bind(router, endpoint)) {
        snprintf(why, KEYS_WHY_SIZE, "%s: %s%s", endpoint, zmq_strerror(errno),
                 errno == EADDRINUSE ? " (is this node running already?)" : "");
        return false;
    }
    return !gate->setup->keys || !guard_try(&gate->guard, endpoint, gate->setup->keys, why);
}

static bool open_signals(struct gate *gate)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    gate->signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
    return gate->signals >= 0;
}

static bool make(struct gate *gate)
{
    char why[KEYS_WHY_SIZE] = "it can't be set up: out of memory, or of descriptors";
    struct warden_setup warden = {.node = gate->setup->node,
                                  .hosts = gate->setup->hosts,
                                  .keys = gate->setup->keys,
                                  .ring_size = 32u << 20,
                                  .level = TRACE_OFF,
                                  .take = take,
                                  .context = gate};
    gate->cut = memory_zeroed(gate->setup->hosts->nodes * sizeof *gate->cut);
    bool made = gate->cut && open_signals(gate) && !warden_init(&gate->warden, &warden);
    if (made)
        made = start_node(gate, true);
    gate->context = made ? zmq_ctx_new() : NULL;
    if (made)
        made = gate->context &&
               !guard_open(&gate->guard, gate->context, gate->setup->hosts, true) &&
               bind_router(gate, why);
    if (!made)
        say(gate, why);
    return made;
}

static void close_gate(struct gate *gate)
{
    if (gate->warden.desk)
        warden_close(&gate->warden);
    if (gate->router) {
        door_close(&gate->door);
        zmq_close(gate->router);
    }
    guard_close(&gate->guard);
    if (gate->context)
        zmq_ctx_term(gate->context);
    if (gate->signals >= 0)
        close(gate->signals);
    memory_free(gate->cut);
    backlog_close(&gate->backlog);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void heed_signals(struct gate *gate)
{
    struct signalfd_siginfo info;
    while (read(gate->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (gate->drain_ns)
            continue;
        gate->drain_ns = monotonic_ns() + DRAIN_NS;
        warden_thaw(&gate->warden);
        order(gate, (struct order){.kind = ORDER_LEAVE});
    }
}

/* The exit status, or -1: it goes on. */
static int look(struct gate *gate)
{
    struct warden *warden = &gate->warden;
    const char *failed = warden_has_failed(warden);
    warden_look(warden, SIZE_MAX);
    if (gate->driven && gate->too_slow) {
        say(gate,
            "its driver takes the records too slowly: it is let go, and the node is put right");
        put_right(gate);
    }
    if (gate->driven && monotonic_ns() - gate->heard_ns > GATE_SILENCE_NS) {
        say(gate, "its driver has fallen silent: the node is put right");
        put_right(gate);
    }
    if (gate->drain_ns)
        return warden->state == WARDEN_DOWN || monotonic_ns() > gate->drain_ns ? 0 : -1;
    if (failed) {
        say(gate, failed);
        return EXIT_FAILED;
    }
    if (warden->state == WARDEN_DOWN && !gate->driven) {
        say(gate, "its process has died");
        return EXIT_FAILED;
    }
    return -1;
}

int gate_run(const struct gate_setup *setup)
{
    struct gate *gate = memory_zeroed(sizeof *gate);
    int status = EXIT_FAILED;
    if (!gate)
        return status;
    gate->setup = setup;
    gate->signals = -1;
    bool told = false;
    if (make(gate)) {
        while ((status = look(gate)) < 0) {
            zmq_pollitem_t items[] = {{gate->router, 0, ZMQ_POLLIN, 0},
                                      {gate->guard.socket, 0, ZMQ_POLLIN, 0},
                                      {gate->door.monitor, 0, ZMQ_POLLIN, 0},
                                      {NULL, gate->signals, ZMQ_POLLIN, 0}};
            zmq_poll(items, 4, gate->drain_ns ? 10 : LOOK_MS);
            guard_answer(&gate->guard);
            door_look(&gate->door);
            heed_signals(gate);
            receive(gate);
            if (!told && atomic_load(&gate->warden.desk->report.state) == DESK_READY) {
                told = true;
                say(gate, "is up");
            }
        }
    }
    close_gate(gate);
    memory_free(gate);
    return status;
}
