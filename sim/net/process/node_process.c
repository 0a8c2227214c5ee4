#include "net/process/node_process.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "net/process/node_process_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define EXIT_NOT_RUN 4

/* The node waits so long for its peers to greet it before it starts; not all need be there. */
#define GREET_NS (250 * NS_PER_MS)

/* An orderly end takes no longer: what has no answer by then has none. */
#define DRAIN_NS (1500 * NS_PER_MS)

/* So long what was sent last may take to leave the process. */
#define LINGER_MS 300

/* Arrivals and due things that are taken in one round, before the others get their turn. */
#define ROUND_MOST 512u

/* Orders and signals are looked for so often while the node is too busy to wait. */
#define HEED_NS NS_PER_MS

/* Room in the ring that is waited for before a step: all but steps with very long values fit. */
#define STEP_ROOM (2u << 20)

/* ---- steps --------------------------------------------------------------------------------- */

/* Every step has a time of its own, so that the trace tells them apart. */
static void set_time(struct node_process *node_process, int64_t now_ns)
{
    node_process->now_ns = now_ns > node_process->now_ns ? now_ns : node_process->now_ns + 1;
}

static void record_stall(struct node_process *node_process, int64_t since_ns, int64_t now_ns)
{
    struct record record = record_of(RECORD_FROZEN);
    record.node = node_process->birth.node;
    record.code = FROZEN_STALLED;
    set_time(node_process, since_ns);
    node_process_record(node_process, &record);
    record.kind = RECORD_THAWED;
    set_time(node_process, now_ns);
    node_process_record(node_process, &record);
}

/* What the parent froze it has recorded itself. */
static void advance(struct node_process *node_process)
{
    int64_t now_ns = monotonic_ns(), since_ns = atomic_load(&node_process->shared_ring->thawed_ns);
    if (node_process->awake_ns > since_ns)
        since_ns = node_process->awake_ns;
    if (now_ns - since_ns > NODE_PROCESS_STALL_NS && node_process->awake_ns)
        record_stall(node_process, since_ns, now_ns);
    set_time(node_process, now_ns);
    node_process->awake_ns = node_process->now_ns;
}

static void go_down(struct node_process *node_process)
{
    advance(node_process);
    node_lose(node_process->node, node_process->now_ns);
    struct record record = record_of(RECORD_DOWN);
    record.node = node_process->birth.node;
    record.code = DOWN_LEAVE;
    node_process_record(node_process, &record);
    node_process->left = true;
    node_process->giveup_ns = 0;
}

/* Before a step the trace of it has room, as a rule, so that it is made visible as a whole. */
static void await_reader(struct node_process *node_process)
{
    static const struct timespec pause = {.tv_nsec = 200 * NS_PER_US};
    while (shared_ring_is_full(&node_process->writer, STEP_ROOM)) {
        node_process_commit(node_process);
        nanosleep(&pause, NULL);
    }
}

void node_process_step(struct node_process *node_process, struct event *event)
{
    if (node_process->left) {
        if (event->kind == EVENT_LOADED)
            text_clear(event->as.load.value);
        return;
    }
    if (shared_ring_is_full(&node_process->writer, STEP_ROOM))
        await_reader(node_process);
    advance(node_process);
    event->now_ns = node_process->now_ns;
    node_process->gauges.steps++;
    node_step(node_process->node, event);
    if (node_process->left)
        go_down(node_process);
}

void node_process_plain_step(struct node_process *node_process, enum event_kind kind)
{
    struct event event = {.kind = kind};
    node_process_step(node_process, &event);
}

void node_process_leave(struct node_process *node_process)
{
    if (node_process->giveup_ns)
        return;
    node_process->giveup_ns = monotonic_ns() + DRAIN_NS;
    node_process_plain_step(node_process, EVENT_LEAVE);
}

/* ---- what others see ----------------------------------------------------------------------- */

void node_process_commit(struct node_process *node_process)
{
    struct gauges *gauges = &node_process->gauges;
    gauges->watermark_ns = node_process->now_ns;
    gauges->greeted = transport_greeted(node_process->transport);
    gauges->clients = node_process->visitors_count - node_process->visitors_over;
    gauges->joined = node_joined(node_process->node);
    gauges->workers = node_process->left ? 0 : node_workers(node_process->node);
    gauges->requests = node_process->left ? 0 : node_requests(node_process->node);
    gauges->worker_bytes = node_worker_bytes(node_process->node);
    gauges->next_request = node_next_request(node_process->node);
    gauges->next_worker = node_next_worker(node_process->node);
    shared_ring_commit(&node_process->writer, gauges);
}

void node_process_publish(struct node_process *node_process)
{
    node_process_commit(node_process);
    transport_flush(node_process->transport);
}

/* ---- birth --------------------------------------------------------------------------------- */

static bool fail(struct node_process *node_process, const char *why)
{
    snprintf(node_process->shared_ring->report.why, sizeof node_process->shared_ring->report.why,
             "%s", why);
    atomic_store(&node_process->shared_ring->report.state, SHARED_RING_FAILED);
    return false;
}

/* The node goes with its parent, and the terminal's Ctrl-C is the parent's to answer. */
static bool take_signals(struct node_process *node_process)
{
    sigset_t term;
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != node_process->birth.parent)
        return fail(node_process, "its parent has gone");
    sigprocmask(SIG_BLOCK, &term, NULL);
    node_process->signals = signalfd(-1, &term, SFD_NONBLOCK | SFD_CLOEXEC);
    return node_process->signals >= 0 || fail(node_process, strerror(errno));
}

static bool read_birth(struct node_process *node_process)
{
    char *diagnostics = NULL;
    node_process->birth = node_process->shared_ring->birth;
    explicit_bzero(&node_process->birth.keys, sizeof node_process->birth.keys); /* see take_keys */
    if (node_process->birth.cluster_file_size > SHARED_RING_HOSTS_MAX ||
        cluster_file_parse(&node_process->cluster_file, "cluster", node_process->birth.cluster_file,
                           node_process->birth.cluster_file_size, &diagnostics)) {
        memory_free(diagnostics);
        return fail(node_process, "its cluster file can't be read");
    }
    node_process->load = distribution_constant(0);
    node_process->work = distribution_constant(0);
    node_process->level = (enum trace_level)atomic_load(&node_process->shared_ring->level);
    node_process->gauges =
        shared_ring_gauges(node_process->shared_ring); /* counts go on from life to life */
    node_process->gauges.next_message = node_process->birth.next_message;
    pool_init(&node_process->asked, sizeof(struct guest_ref));
    if (getrandom(&node_process->seed, sizeof node_process->seed, 0) !=
        (ssize_t)sizeof node_process->seed)
        return fail(node_process, "there is no randomness");
    return true;
}

static bool make_loader(struct node_process *node_process)
{
    char why[256], name[16];
    if (!node_process->cluster_file.load_command)
        return true;
    snprintf(name, sizeof name, "n%u", node_process->birth.node + 1);
    struct loader_setup setup = {.command = node_process->cluster_file.load_command,
                                 .node = name,
                                 .at_once = node_process->cluster_file.load_at_once,
                                 .limit_ns = node_process->cluster_file.load_limit_ns,
                                 .size_max = WIRE_VALUE_MAX};
    node_process->loader = loader_new(&setup, why, sizeof why);
    return node_process->loader || fail(node_process, why);
}

/* After the spawner was forked, which is not to have them; and no core file is. */
static void take_keys(struct node_process *node_process)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    node_process->birth.keys = node_process->shared_ring->birth.keys;
    explicit_bzero(&node_process->shared_ring->birth.keys,
                   sizeof node_process->shared_ring->birth.keys);
}

static bool make_transport(struct node_process *node_process)
{
    char why[256];
    struct transport_setup setup = {.cluster_file = &node_process->cluster_file,
                                    .keys = &node_process->birth.keys,
                                    .self = node_process->birth.node,
                                    .incarnation = node_process->birth.incarnation,
                                    .instance = node_process->birth.instance};
    node_process->transport = transport_open(&setup, why);
    return node_process->transport || fail(node_process, why);
}

static bool make_node(struct node_process *node_process)
{
    const struct settings *settings = &node_process->cluster_file.settings;
    struct node_config config = plan_node_config(settings);
    config.self = node_process->birth.node;
    config.router = &node_process->router;
    config.everyone = node_process->birth.membership_static ? &node_process->everyone : NULL;
    config.joined = node_process->birth.joins;
    config.incarnation = node_process->birth.incarnation;
    config.next_request = node_process->birth.next_request;
    config.next_worker = node_process->birth.next_worker;
    if (router_init(&node_process->router, settings->route, node_process->cluster_file.nodes) ||
        view_init(&node_process->everyone, node_process->cluster_file.nodes))
        return fail(node_process, "out of memory");
    view_fill(&node_process->everyone);
    node_process->node = node_new(&config, &node_process_effects, node_process);
    return node_process->node || fail(node_process, "out of memory");
}

/* The loader first: it forks, and there must be no thread yet. */
static bool make(struct node_process *node_process)
{
    if (!read_birth(node_process) || !take_signals(node_process) || !make_loader(node_process))
        return false;
    take_keys(node_process);
    return make_transport(node_process) && make_node(node_process);
}

static void close_serve(struct node_process *node_process)
{
    client_group_close(node_process);
    if (node_process->transport)
        transport_close(node_process->transport, node_process->left ? LINGER_MS : 0);
    loader_delete(node_process->loader);
    if (node_process->node)
        node_delete(node_process->node);
    timer_queue_close(&node_process->timer_queue);
    pool_close(&node_process->asked);
    router_close(&node_process->router);
    view_close(&node_process->everyone);
    cluster_file_close(&node_process->cluster_file);
    keys_wipe(&node_process->birth.keys);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void ask_for_guest(struct node_process *node_process, const struct arrival *arrival)
{
    uint32_t slot =
        node_process->asked.count < ASKED_MAX ? pool_take(&node_process->asked) : POOL_NONE;
    struct event event = {.kind = EVENT_REQUEST};
    if (slot == POOL_NONE) {
        struct guest_answer answer = {.cookie = arrival->guest.cookie,
                                      .outcome = OUTCOME_OVERLOADED};
        transport_answer(node_process->transport, arrival->guest, &answer);
        return;
    }
    *(struct guest_ref *)pool_at(&node_process->asked, slot) = arrival->guest;
    event.as.request.id = &arrival->id;
    event.as.request.cookie = COOKIE_GUEST | slot;
    node_process_step(node_process, &event);
}

static void take_arrival(struct node_process *node_process, const struct arrival *arrival)
{
    struct event event = {.kind = EVENT_MESSAGE};
    switch (arrival->kind) {
    case ARRIVAL_MESSAGE:
        event.as.message = &arrival->message;
        break;
    case ARRIVAL_DROPPED:
        advance(node_process); /* it was sent after the last step, maybe */
        node_process_dropped(node_process, &arrival->message, arrival->to, arrival->why);
        return;
    case ARRIVAL_FOUND:
        event.kind = EVENT_PEER_FOUND;
        event.as.peer.id = arrival->peer;
        break;
    case ARRIVAL_LOST:
        event.kind = EVENT_PEER_LOST;
        event.as.peer.id = arrival->peer;
        event.as.peer.incarnation = arrival->incarnation;
        break;
    case ARRIVAL_ASKED:
        ask_for_guest(node_process, arrival);
        return;
    case ARRIVAL_IN_USE:
        node_process->failed = true;
        node_process->why = "its name is used by another process, which lives";
        return;
    }
    node_process_step(node_process, &event);
}

/* Before the node has started nothing is taken but news of peers. */
static void try_to_start(struct node_process *node_process)
{
    struct arrival arrival;
    int64_t now_ns = monotonic_ns();
    while (transport_take(node_process->transport, now_ns, &arrival))
        if (arrival.kind == ARRIVAL_IN_USE)
            take_arrival(node_process, &arrival);
    uint32_t greeted = transport_greeted(node_process->transport);
    node_process_commit(node_process);
    if (greeted + 1 < node_process->cluster_file.nodes && now_ns < node_process->start_ns)
        return;
    struct record record = record_of(RECORD_UP);
    record.node = node_process->birth.node;
    record.epoch = node_process->birth.incarnation;
    node_process->started = true;
    transport_let_in(node_process->transport);
    advance(node_process);
    node_process_record(node_process, &record);
    node_process_plain_step(node_process, EVENT_START);
    node_process_publish(node_process);
    atomic_store(&node_process->shared_ring->report.state, SHARED_RING_READY);
}

/* A line a second at the most. */
static void tell_failure(struct node_process *node_process, const char *why)
{
    int64_t now_ns = monotonic_ns();
    node_process->failures++;
    if (now_ns < node_process->failure_ns)
        return;
    fprintf(stderr, "dpsim: n%u: a load failed: %s", node_process->birth.node + 1, why);
    if (node_process->failures > 1)
        fprintf(stderr, " (%llu since the last such line)",
                (unsigned long long)node_process->failures);
    fputc('\n', stderr);
    node_process->failures = 0;
    node_process->failure_ns = now_ns + NS_PER_S;
}

static bool run_loader(struct node_process *node_process)
{
    struct loaded loaded;
    bool any = false;
    while (node_process->loader && loader_take(node_process->loader, monotonic_ns(), &loaded)) {
        struct event event = {.kind = EVENT_LOADED};
        event.as.load.worker = loaded.worker;
        event.as.load.loaded = loaded.loaded;
        event.as.load.value = &loaded.value;
        if (!loaded.loaded)
            tell_failure(node_process, loaded.why);
        node_process_step(node_process, &event);
        any = true;
    }
    return any;
}

static void run_laters(struct node_process *node_process)
{
    for (uint32_t i = 0;
         i < ROUND_MOST && timer_queue_next_ns(&node_process->timer_queue) <= monotonic_ns(); i++) {
        struct timer later = timer_queue_pop(&node_process->timer_queue);
        node_process_run_later(node_process, &later);
    }
}

/* True: there may be more. */
static bool run_arrivals(struct node_process *node_process)
{
    struct arrival arrival;
    uint32_t taken = 0;
    int64_t now_ns = monotonic_ns();
    while (taken < ROUND_MOST && transport_take(node_process->transport, now_ns, &arrival)) {
        take_arrival(node_process, &arrival);
        taken++;
    }
    return taken == ROUND_MOST;
}

/* Orders and signals. False: whoever gives the orders has gone. */
static bool heed(struct node_process *node_process)
{
    struct signalfd_siginfo info;
    int64_t now_ns = monotonic_ns();
    if (!node_process->called && now_ns < node_process->heeded_ns + HEED_NS)
        return true;
    node_process->called = false;
    node_process->heeded_ns = now_ns;
    bool obeyed = node_process_obey(node_process);
    while (read(node_process->signals, &info, sizeof info) == (ssize_t)sizeof info)
        node_process_leave(node_process);
    return obeyed;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_for_more(struct node_process *node_process)
{
    int descriptors[] = {node_process->orders, node_process->signals,
                         node_process->loader ? loader_fd(node_process->loader) : 0};
    int64_t until_ns =
        sooner(node_wake_ns(node_process->node), timer_queue_next_ns(&node_process->timer_queue));
    if (node_process->loader)
        until_ns = sooner(until_ns, loader_wake_ns(node_process->loader));
    if (node_process->giveup_ns)
        until_ns = sooner(until_ns, node_process->giveup_ns);
    if (!node_process->started)
        until_ns = node_process->start_ns;
    if (until_ns > node_process->awake_ns)
        node_process->awake_ns = until_ns;
    atomic_store_explicit(&node_process->shared_ring->report.asleep_ns, node_process->awake_ns,
                          memory_order_relaxed);
    node_process->called |= transport_wait(node_process->transport, monotonic_ns(), until_ns,
                                           descriptors, node_process->loader ? 3 : 2);
}

/* One round: what came, what is due, then all of it is told. False: it is over. */
static bool run_round(struct node_process *node_process)
{
    bool orders = heed(node_process);
    bool more = run_arrivals(node_process);
    run_laters(node_process);
    bool loaded = run_loader(node_process);
    int64_t now_ns = monotonic_ns();
    if (node_process->giveup_ns && now_ns >= node_process->giveup_ns && !node_process->left)
        go_down(node_process);
    if (!node_process->left && node_wake_ns(node_process->node) <= now_ns)
        node_process_plain_step(node_process, EVENT_TIMER);
    if (!node_process->left)
        advance(node_process); /* how far the records are, also where there are none */
    node_process_publish(node_process);
    if (node_process->left || node_process->failed || !orders)
        return false;
    if (!more && !loaded)
        wait_for_more(node_process);
    return true;
}

static int run(struct node_process *node_process)
{
    node_process->start_ns = monotonic_ns() + GREET_NS;
    while (!node_process->started && !node_process->failed) {
        try_to_start(node_process);
        if (!node_process->started && !node_process->failed)
            wait_for_more(node_process);
    }
    while (!node_process->failed && run_round(node_process))
        continue;
    if (node_process->failed) {
        fail(node_process, node_process->why);
        return EXIT_NOT_RUN;
    }
    atomic_store(&node_process->shared_ring->report.state, SHARED_RING_ENDED);
    return 0;
}

int node_process_run(int shared_ring_descriptor, int order_descriptor)
{
    struct node_process *node_process = memory_zeroed(sizeof *node_process);
    int status = EXIT_NOT_RUN;
    if (!node_process)
        return status;
    node_process->orders = order_descriptor;
    if (!shared_ring_open(&node_process->shared_ring, shared_ring_descriptor)) {
        close(shared_ring_descriptor);
        node_process->writer =
            (struct shared_ring_writer){.shared_ring = node_process->shared_ring,
                                        .at = shared_ring_gauges(node_process->shared_ring).at};
        if (make(node_process))
            status = run(node_process);
        close_serve(node_process);
        shared_ring_close(node_process->shared_ring);
    }
    memory_free(node_process);
    return status;
}
