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
static void set_time(struct node_process *process, int64_t now_ns)
{
    process->now_ns = now_ns > process->now_ns ? now_ns : process->now_ns + 1;
}

static void record_stall(struct node_process *process, int64_t since_ns, int64_t now_ns)
{
    struct record record = record_of(RECORD_FROZEN);
    record.node = process->birth.node;
    record.code = FROZEN_STALLED;
    set_time(process, since_ns);
    node_process_record(process, &record);
    record.kind = RECORD_THAWED;
    set_time(process, now_ns);
    node_process_record(process, &record);
}

/* What the parent froze it has recorded itself. */
static void advance(struct node_process *process)
{
    int64_t now_ns = monotonic_ns(), since_ns = atomic_load(&process->shared_ring->thawed_ns);
    if (process->awake_ns > since_ns)
        since_ns = process->awake_ns;
    if (now_ns - since_ns > NODE_PROCESS_STALL_NS && process->awake_ns)
        record_stall(process, since_ns, now_ns);
    set_time(process, now_ns);
    process->awake_ns = process->now_ns;
}

static void go_down(struct node_process *process)
{
    advance(process);
    node_lose(process->node, process->now_ns);
    struct record record = record_of(RECORD_DOWN);
    record.node = process->birth.node;
    record.code = DOWN_LEAVE;
    node_process_record(process, &record);
    process->left = true;
    process->giveup_ns = 0;
}

/* Before a step the trace of it has room, as a rule, so that it is made visible as a whole. */
static void await_reader(struct node_process *process)
{
    static const struct timespec pause = {.tv_nsec = 200 * NS_PER_US};
    while (shared_ring_is_full(&process->writer, STEP_ROOM)) {
        node_process_commit(process);
        nanosleep(&pause, NULL);
    }
}

void node_process_step(struct node_process *process, struct event *event)
{
    if (process->left) {
        if (event->kind == EVENT_LOADED)
            text_clear(event->as.load.value);
        return;
    }
    if (shared_ring_is_full(&process->writer, STEP_ROOM))
        await_reader(process);
    advance(process);
    event->now_ns = process->now_ns;
    process->gauges.steps++;
    node_step(process->node, event);
    if (process->left)
        go_down(process);
}

void node_process_plain_step(struct node_process *process, enum event_kind kind)
{
    struct event event = {.kind = kind};
    node_process_step(process, &event);
}

void node_process_leave(struct node_process *process)
{
    if (process->giveup_ns)
        return;
    process->giveup_ns = monotonic_ns() + DRAIN_NS;
    node_process_plain_step(process, EVENT_LEAVE);
}

/* ---- what others see ----------------------------------------------------------------------- */

void node_process_commit(struct node_process *process)
{
    struct gauges *gauges = &process->gauges;
    gauges->watermark_ns = process->now_ns;
    gauges->greeted = transport_greeted(process->transport);
    gauges->clients = process->visitors_count - process->visitors_over;
    gauges->joined = node_joined(process->node);
    gauges->workers = process->left ? 0 : node_workers(process->node);
    gauges->requests = process->left ? 0 : node_requests(process->node);
    gauges->worker_bytes = node_worker_bytes(process->node);
    gauges->next_request = node_next_request(process->node);
    gauges->next_worker = node_next_worker(process->node);
    shared_ring_commit(&process->writer, gauges);
}

void node_process_publish(struct node_process *process)
{
    node_process_commit(process);
    transport_flush(process->transport);
}

/* ---- birth --------------------------------------------------------------------------------- */

static bool fail(struct node_process *process, const char *why)
{
    snprintf(process->shared_ring->report.why, sizeof process->shared_ring->report.why, "%s", why);
    atomic_store(&process->shared_ring->report.state, SHARED_RING_FAILED);
    return false;
}

/* The node goes with its parent, and the terminal's Ctrl-C is the parent's to answer. */
static bool take_signals(struct node_process *process)
{
    sigset_t term;
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != process->birth.parent)
        return fail(process, "its parent has gone");
    sigprocmask(SIG_BLOCK, &term, NULL);
    process->signals = signalfd(-1, &term, SFD_NONBLOCK | SFD_CLOEXEC);
    return process->signals >= 0 || fail(process, strerror(errno));
}

static bool read_birth(struct node_process *process)
{
    char *diagnostics = NULL;
    process->birth = process->shared_ring->birth;
    explicit_bzero(&process->birth.keys, sizeof process->birth.keys); /* see take_keys */
    if (process->birth.cluster_file_size > SHARED_RING_CLUSTER_FILE_MAX ||
        cluster_file_parse(&process->cluster_file, "cluster", process->birth.cluster_file,
                           process->birth.cluster_file_size, &diagnostics)) {
        memory_free(diagnostics);
        return fail(process, "its cluster file can't be read");
    }
    process->load = distribution_constant(0);
    process->work = distribution_constant(0);
    process->level = (enum trace_level)atomic_load(&process->shared_ring->level);
    process->gauges = shared_ring_gauges(process->shared_ring); /* counts go on from life to life */
    process->gauges.next_message = process->birth.next_message;
    pool_init(&process->asked, sizeof(struct wire_client_ref));
    if (getrandom(&process->seed, sizeof process->seed, 0) != (ssize_t)sizeof process->seed)
        return fail(process, "there is no randomness");
    return true;
}

static bool make_loader(struct node_process *process)
{
    char why[256], name[16];
    if (!process->cluster_file.load_command)
        return true;
    snprintf(name, sizeof name, "n%u", process->birth.node + 1);
    struct loader_setup setup = {.command = process->cluster_file.load_command,
                                 .node = name,
                                 .at_once = process->cluster_file.load_at_once,
                                 .limit_ns = process->cluster_file.load_limit_ns,
                                 .size_max = WIRE_VALUE_MAX};
    process->loader = loader_new(&setup, why, sizeof why);
    return process->loader || fail(process, why);
}

/* After the spawner was forked, which is not to have them; and no core file is. */
static void take_keys(struct node_process *process)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    process->birth.keys = process->shared_ring->birth.keys;
    explicit_bzero(&process->shared_ring->birth.keys, sizeof process->shared_ring->birth.keys);
}

static bool make_transport(struct node_process *process)
{
    char why[256];
    struct transport_setup setup = {.cluster_file = &process->cluster_file,
                                    .keys = &process->birth.keys,
                                    .self = process->birth.node,
                                    .incarnation = process->birth.incarnation,
                                    .instance = process->birth.instance};
    process->transport = transport_open(&setup, why);
    return process->transport || fail(process, why);
}

static bool make_node(struct node_process *process)
{
    const struct settings *settings = &process->cluster_file.settings;
    struct node_config config = plan_node_config(settings);
    config.self = process->birth.node;
    config.router = &process->router;
    config.everyone = process->birth.membership_static ? &process->everyone : NULL;
    config.joined = process->birth.joins;
    config.incarnation = process->birth.incarnation;
    config.next_request = process->birth.next_request;
    config.next_worker = process->birth.next_worker;
    if (router_init(&process->router, settings->route, process->cluster_file.nodes) ||
        view_init(&process->everyone, process->cluster_file.nodes))
        return fail(process, "out of memory");
    view_fill(&process->everyone);
    process->node = node_new(&config, &node_process_effects, process);
    return process->node || fail(process, "out of memory");
}

/* The loader first: it forks, and there must be no thread yet. */
static bool make(struct node_process *process)
{
    if (!read_birth(process) || !take_signals(process) || !make_loader(process))
        return false;
    take_keys(process);
    return make_transport(process) && make_node(process);
}

static void close_serve(struct node_process *process)
{
    client_group_close(process);
    if (process->transport)
        transport_close(process->transport, process->left ? LINGER_MS : 0);
    loader_delete(process->loader);
    if (process->node)
        node_delete(process->node);
    timer_queue_close(&process->timer_queue);
    pool_close(&process->asked);
    router_close(&process->router);
    view_close(&process->everyone);
    cluster_file_close(&process->cluster_file);
    keys_wipe(&process->birth.keys);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void ask_for_client(struct node_process *process, const struct arrival *arrival)
{
    uint32_t slot = process->asked.count < ASKED_MAX ? pool_take(&process->asked) : POOL_NONE;
    struct event event = {.kind = EVENT_REQUEST};
    if (slot == POOL_NONE) {
        struct wire_answer answer = {.cookie = arrival->client.cookie,
                                     .outcome = OUTCOME_OVERLOADED};
        transport_answer(process->transport, arrival->client, &answer);
        return;
    }
    *(struct wire_client_ref *)pool_at(&process->asked, slot) = arrival->client;
    event.as.request.id = &arrival->id;
    event.as.request.cookie = COOKIE_WIRE_CLIENT | slot;
    node_process_step(process, &event);
}

static void take_arrival(struct node_process *process, const struct arrival *arrival)
{
    struct event event = {.kind = EVENT_MESSAGE};
    switch (arrival->kind) {
    case ARRIVAL_MESSAGE:
        event.as.message = &arrival->message;
        break;
    case ARRIVAL_DROPPED:
        advance(process); /* it was sent after the last step, maybe */
        node_process_dropped(process, &arrival->message, arrival->to, arrival->why);
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
    case ARRIVAL_REQUEST:
        ask_for_client(process, arrival);
        return;
    case ARRIVAL_IN_USE:
        process->failed = true;
        process->why = "its name is used by another process, which lives";
        return;
    }
    node_process_step(process, &event);
}

/* Before the node has started nothing is taken but news of peers. */
static void try_to_start(struct node_process *process)
{
    struct arrival arrival;
    int64_t now_ns = monotonic_ns();
    while (transport_take(process->transport, now_ns, &arrival))
        if (arrival.kind == ARRIVAL_IN_USE)
            take_arrival(process, &arrival);
    uint32_t greeted = transport_greeted(process->transport);
    node_process_commit(process);
    if (greeted + 1 < process->cluster_file.nodes && now_ns < process->start_ns)
        return;
    struct record record = record_of(RECORD_UP);
    record.node = process->birth.node;
    record.epoch = process->birth.incarnation;
    process->started = true;
    transport_admit_clients(process->transport);
    advance(process);
    node_process_record(process, &record);
    node_process_plain_step(process, EVENT_START);
    node_process_publish(process);
    atomic_store(&process->shared_ring->report.state, SHARED_RING_READY);
}

/* A line a second at the most. */
static void tell_failure(struct node_process *process, const char *why)
{
    int64_t now_ns = monotonic_ns();
    process->failures++;
    if (now_ns < process->failure_ns)
        return;
    fprintf(stderr, "dpsim: n%u: a load failed: %s", process->birth.node + 1, why);
    if (process->failures > 1)
        fprintf(stderr, " (%llu since the last such line)", (unsigned long long)process->failures);
    fputc('\n', stderr);
    process->failures = 0;
    process->failure_ns = now_ns + NS_PER_S;
}

static bool run_loader(struct node_process *process)
{
    struct loaded loaded;
    bool any = false;
    while (process->loader && loader_take(process->loader, monotonic_ns(), &loaded)) {
        struct event event = {.kind = EVENT_LOADED};
        event.as.load.worker = loaded.worker;
        event.as.load.loaded = loaded.loaded;
        event.as.load.value = &loaded.value;
        if (!loaded.loaded)
            tell_failure(process, loaded.why);
        node_process_step(process, &event);
        any = true;
    }
    return any;
}

static void run_laters(struct node_process *process)
{
    for (uint32_t i = 0;
         i < ROUND_MOST && timer_queue_next_ns(&process->timer_queue) <= monotonic_ns(); i++) {
        struct timer later = timer_queue_pop(&process->timer_queue);
        node_process_run_timer(process, &later);
    }
}

/* True: there may be more. */
static bool run_arrivals(struct node_process *process)
{
    struct arrival arrival;
    uint32_t taken = 0;
    int64_t now_ns = monotonic_ns();
    while (taken < ROUND_MOST && transport_take(process->transport, now_ns, &arrival)) {
        take_arrival(process, &arrival);
        taken++;
    }
    return taken == ROUND_MOST;
}

/* Orders and signals. False: whoever gives the orders has gone. */
static bool heed(struct node_process *process)
{
    struct signalfd_siginfo info;
    int64_t now_ns = monotonic_ns();
    if (!process->called && now_ns < process->heeded_ns + HEED_NS)
        return true;
    process->called = false;
    process->heeded_ns = now_ns;
    bool obeyed = node_process_take_orders(process);
    while (read(process->signals, &info, sizeof info) == (ssize_t)sizeof info)
        node_process_leave(process);
    return obeyed;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_for_more(struct node_process *process)
{
    int descriptors[] = {process->orders, process->signals,
                         process->loader ? loader_fd(process->loader) : 0};
    int64_t until_ns =
        sooner(node_wake_ns(process->node), timer_queue_next_ns(&process->timer_queue));
    if (process->loader)
        until_ns = sooner(until_ns, loader_wake_ns(process->loader));
    if (process->giveup_ns)
        until_ns = sooner(until_ns, process->giveup_ns);
    if (!process->started)
        until_ns = process->start_ns;
    if (until_ns > process->awake_ns)
        process->awake_ns = until_ns;
    atomic_store_explicit(&process->shared_ring->report.asleep_ns, process->awake_ns,
                          memory_order_relaxed);
    process->called |= transport_wait(process->transport, monotonic_ns(), until_ns, descriptors,
                                      process->loader ? 3 : 2);
}

/* One round: what came, what is due, then all of it is told. False: it is over. */
static bool run_round(struct node_process *process)
{
    bool orders = heed(process);
    bool more = run_arrivals(process);
    run_laters(process);
    bool loaded = run_loader(process);
    int64_t now_ns = monotonic_ns();
    if (process->giveup_ns && now_ns >= process->giveup_ns && !process->left)
        go_down(process);
    if (!process->left && node_wake_ns(process->node) <= now_ns)
        node_process_plain_step(process, EVENT_TIMER);
    if (!process->left)
        advance(process); /* how far the records are, also where there are none */
    node_process_publish(process);
    if (process->left || process->failed || !orders)
        return false;
    if (!more && !loaded)
        wait_for_more(process);
    return true;
}

static int run(struct node_process *process)
{
    process->start_ns = monotonic_ns() + GREET_NS;
    while (!process->started && !process->failed) {
        try_to_start(process);
        if (!process->started && !process->failed)
            wait_for_more(process);
    }
    while (!process->failed && run_round(process))
        continue;
    if (process->failed) {
        fail(process, process->why);
        return EXIT_NOT_RUN;
    }
    atomic_store(&process->shared_ring->report.state, SHARED_RING_ENDED);
    return 0;
}

int node_process_run(int shared_ring_descriptor, int order_descriptor)
{
    struct node_process *process = memory_zeroed(sizeof *process);
    int status = EXIT_NOT_RUN;
    if (!process)
        return status;
    process->orders = order_descriptor;
    if (!shared_ring_open(&process->shared_ring, shared_ring_descriptor)) {
        close(shared_ring_descriptor);
        process->writer = (struct shared_ring_writer){
            .shared_ring = process->shared_ring, .at = shared_ring_gauges(process->shared_ring).at};
        if (make(process))
            status = run(process);
        close_serve(process);
        shared_ring_close(process->shared_ring);
    }
    memory_free(process);
    return status;
}
