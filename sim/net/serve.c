#include "net/serve.h"

#include "core/memory.h"
#include "net/monotonic.h"
#include "net/serve_inner.h"

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
static void set_time(struct serve *serve, int64_t now_ns)
{
    serve->now_ns = now_ns > serve->now_ns ? now_ns : serve->now_ns + 1;
}

static void record_stall(struct serve *serve, int64_t since_ns, int64_t now_ns)
{
    struct record record = record_of(RECORD_FROZEN);
    record.node = serve->birth.node;
    record.code = FROZEN_STALLED;
    set_time(serve, since_ns);
    serve_record(serve, &record);
    record.kind = RECORD_THAWED;
    set_time(serve, now_ns);
    serve_record(serve, &record);
}

/* What the parent froze it has recorded itself. */
static void advance(struct serve *serve)
{
    int64_t now_ns = monotonic_ns(), since_ns = atomic_load(&serve->desk->thawed_ns);
    if (serve->awake_ns > since_ns)
        since_ns = serve->awake_ns;
    if (now_ns - since_ns > SERVE_STALL_NS && serve->awake_ns)
        record_stall(serve, since_ns, now_ns);
    set_time(serve, now_ns);
    serve->awake_ns = serve->now_ns;
}

static void go_down(struct serve *serve)
{
    advance(serve);
    node_lose(serve->node, serve->now_ns);
    struct record record = record_of(RECORD_DOWN);
    record.node = serve->birth.node;
    record.code = DOWN_LEAVE;
    serve_record(serve, &record);
    serve->left = true;
    serve->giveup_ns = 0;
}

/* Before a step the trace of it has room, as a rule, so that it is made visible as a whole. */
static void await_reader(struct serve *serve)
{
    static const struct timespec pause = {.tv_nsec = 200 * NS_PER_US};
    while (desk_is_full(&serve->writer, STEP_ROOM)) {
        serve_commit(serve);
        nanosleep(&pause, NULL);
    }
}

void serve_step(struct serve *serve, struct event *event)
{
    if (serve->left) {
        if (event->kind == EVENT_LOADED)
            text_clear(event->as.load.value);
        return;
    }
    if (desk_is_full(&serve->writer, STEP_ROOM))
        await_reader(serve);
    advance(serve);
    event->now_ns = serve->now_ns;
    serve->gauges.steps++;
    node_step(serve->node, event);
    if (serve->left)
        go_down(serve);
}

void serve_plain_step(struct serve *serve, enum event_kind kind)
{
    struct event event = {.kind = kind};
    serve_step(serve, &event);
}

void serve_leave(struct serve *serve)
{
    if (serve->giveup_ns)
        return;
    serve->giveup_ns = monotonic_ns() + DRAIN_NS;
    serve_plain_step(serve, EVENT_LEAVE);
}

/* ---- what others see ----------------------------------------------------------------------- */

void serve_commit(struct serve *serve)
{
    struct gauges *gauges = &serve->gauges;
    gauges->watermark_ns = serve->now_ns;
    gauges->greeted = transport_greeted(serve->transport);
    gauges->clients = serve->visitors_count - serve->visitors_over;
    gauges->joined = node_joined(serve->node);
    gauges->workers = serve->left ? 0 : node_workers(serve->node);
    gauges->requests = serve->left ? 0 : node_requests(serve->node);
    gauges->worker_bytes = node_worker_bytes(serve->node);
    gauges->next_request = node_next_request(serve->node);
    gauges->next_worker = node_next_worker(serve->node);
    desk_commit(&serve->writer, gauges);
}

void serve_publish(struct serve *serve)
{
    serve_commit(serve);
    transport_flush(serve->transport);
}

/* ---- birth --------------------------------------------------------------------------------- */

static bool fail(struct serve *serve, const char *why)
{
    snprintf(serve->desk->report.why, sizeof serve->desk->report.why, "%s", why);
    atomic_store(&serve->desk->report.state, DESK_FAILED);
    return false;
}

/* The node goes with its parent, and the terminal's Ctrl-C is the parent's to answer. */
static bool take_signals(struct serve *serve)
{
    sigset_t term;
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != serve->birth.parent)
        return fail(serve, "its parent has gone");
    sigprocmask(SIG_BLOCK, &term, NULL);
    serve->signals = signalfd(-1, &term, SFD_NONBLOCK | SFD_CLOEXEC);
    return serve->signals >= 0 || fail(serve, strerror(errno));
}

static bool read_birth(struct serve *serve)
{
    char *complaints = NULL;
    serve->birth = serve->desk->birth;
    explicit_bzero(&serve->birth.keys, sizeof serve->birth.keys); /* see take_keys */
    if (serve->birth.hosts_size > DESK_HOSTS_MAX ||
        hosts_parse(&serve->hosts, "cluster", serve->birth.hosts, serve->birth.hosts_size,
                    &complaints)) {
        memory_free(complaints);
        return fail(serve, "its cluster file can't be read");
    }
    serve->load = law_constant(0);
    serve->work = law_constant(0);
    serve->level = (enum trace_level)atomic_load(&serve->desk->level);
    serve->gauges = desk_gauges(serve->desk); /* counts go on from life to life */
    serve->gauges.next_message = serve->birth.next_message;
    pool_init(&serve->asked, sizeof(struct guest_ref));
    if (getrandom(&serve->seed, sizeof serve->seed, 0) != (ssize_t)sizeof serve->seed)
        return fail(serve, "there is no randomness");
    return true;
}

static bool make_loader(struct serve *serve)
{
    char why[256], name[16];
    if (!serve->hosts.load_command)
        return true;
    snprintf(name, sizeof name, "n%u", serve->birth.node + 1);
    struct loader_setup setup = {.command = serve->hosts.load_command,
                                 .node = name,
                                 .at_once = serve->hosts.load_at_once,
                                 .limit_ns = serve->hosts.load_limit_ns,
                                 .size_max = WIRE_VALUE_MAX};
    serve->loader = loader_new(&setup, why, sizeof why);
    return serve->loader || fail(serve, why);
}

/* After the spawner was forked, which is not to have them; and no core file is. */
static void take_keys(struct serve *serve)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    serve->birth.keys = serve->desk->birth.keys;
    explicit_bzero(&serve->desk->birth.keys, sizeof serve->desk->birth.keys);
}

static bool make_transport(struct serve *serve)
{
    char why[256];
    struct transport_setup setup = {.hosts = &serve->hosts,
                                    .keys = &serve->birth.keys,
                                    .self = serve->birth.node,
                                    .incarnation = serve->birth.incarnation,
                                    .instance = serve->birth.instance};
    serve->transport = transport_open(&setup, why);
    return serve->transport || fail(serve, why);
}

static bool make_node(struct serve *serve)
{
    const struct settings *settings = &serve->hosts.settings;
    struct node_config config = plan_node_config(settings);
    config.self = serve->birth.node;
    config.router = &serve->router;
    config.everyone = serve->birth.membership_static ? &serve->everyone : NULL;
    config.joined = serve->birth.joins;
    config.incarnation = serve->birth.incarnation;
    config.next_request = serve->birth.next_request;
    config.next_worker = serve->birth.next_worker;
    if (router_init(&serve->router, settings->route, serve->hosts.nodes) ||
        view_init(&serve->everyone, serve->hosts.nodes))
        return fail(serve, "out of memory");
    view_fill(&serve->everyone);
    serve->node = node_new(&config, &serve_effects, serve);
    return serve->node || fail(serve, "out of memory");
}

/* The loader first: it forks, and there must be no thread yet. */
static bool make(struct serve *serve)
{
    if (!read_birth(serve) || !take_signals(serve) || !make_loader(serve))
        return false;
    take_keys(serve);
    return make_transport(serve) && make_node(serve);
}

static void close_serve(struct serve *serve)
{
    crowd_close(serve);
    if (serve->transport)
        transport_close(serve->transport, serve->left ? LINGER_MS : 0);
    loader_delete(serve->loader);
    if (serve->node)
        node_delete(serve->node);
    later_close(&serve->laters);
    pool_close(&serve->asked);
    router_close(&serve->router);
    view_close(&serve->everyone);
    hosts_close(&serve->hosts);
    keys_wipe(&serve->birth.keys);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void ask_for_guest(struct serve *serve, const struct arrival *arrival)
{
    uint32_t slot = serve->asked.count < ASKED_MAX ? pool_take(&serve->asked) : POOL_NONE;
    struct event event = {.kind = EVENT_REQUEST};
    if (slot == POOL_NONE) {
        struct guest_answer answer = {.cookie = arrival->guest.cookie,
                                      .outcome = OUTCOME_OVERLOADED};
        transport_answer(serve->transport, arrival->guest, &answer);
        return;
    }
    *(struct guest_ref *)pool_at(&serve->asked, slot) = arrival->guest;
    event.as.request.id = &arrival->id;
    event.as.request.cookie = COOKIE_GUEST | slot;
    serve_step(serve, &event);
}

static void take_arrival(struct serve *serve, const struct arrival *arrival)
{
    struct event event = {.kind = EVENT_MESSAGE};
    switch (arrival->kind) {
    case ARRIVAL_MESSAGE:
        event.as.message = &arrival->message;
        break;
    case ARRIVAL_DROPPED:
        advance(serve); /* it was sent after the last step, maybe */
        serve_dropped(serve, &arrival->message, arrival->to, arrival->why);
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
        ask_for_guest(serve, arrival);
        return;
    case ARRIVAL_IN_USE:
        serve->failed = true;
        serve->why = "its name is used by another process, which lives";
        return;
    }
    serve_step(serve, &event);
}

/* Before the node has started nothing is taken but news of peers. */
static void try_to_start(struct serve *serve)
{
    struct arrival arrival;
    int64_t now_ns = monotonic_ns();
    while (transport_take(serve->transport, now_ns, &arrival))
        if (arrival.kind == ARRIVAL_IN_USE)
            take_arrival(serve, &arrival);
    uint32_t greeted = transport_greeted(serve->transport);
    serve_commit(serve);
    if (greeted + 1 < serve->hosts.nodes && now_ns < serve->start_ns)
        return;
    struct record record = record_of(RECORD_UP);
    record.node = serve->birth.node;
    record.epoch = serve->birth.incarnation;
    serve->started = true;
    transport_let_in(serve->transport);
    advance(serve);
    serve_record(serve, &record);
    serve_plain_step(serve, EVENT_START);
    serve_publish(serve);
    atomic_store(&serve->desk->report.state, DESK_READY);
}

/* A line a second at the most. */
static void tell_failure(struct serve *serve, const char *why)
{
    int64_t now_ns = monotonic_ns();
    serve->failures++;
    if (now_ns < serve->failure_ns)
        return;
    fprintf(stderr, "dpsim: n%u: a load failed: %s", serve->birth.node + 1, why);
    if (serve->failures > 1)
        fprintf(stderr, " (%llu since the last such line)", (unsigned long long)serve->failures);
    fputc('\n', stderr);
    serve->failures = 0;
    serve->failure_ns = now_ns + NS_PER_S;
}

static bool run_loader(struct serve *serve)
{
    struct loaded loaded;
    bool any = false;
    while (serve->loader && loader_take(serve->loader, monotonic_ns(), &loaded)) {
        struct event event = {.kind = EVENT_LOADED};
        event.as.load.worker = loaded.worker;
        event.as.load.loaded = loaded.loaded;
        event.as.load.value = &loaded.value;
        if (!loaded.loaded)
            tell_failure(serve, loaded.why);
        serve_step(serve, &event);
        any = true;
    }
    return any;
}

static void run_laters(struct serve *serve)
{
    for (uint32_t i = 0; i < ROUND_MOST && later_next_ns(&serve->laters) <= monotonic_ns(); i++) {
        struct later later = later_pop(&serve->laters);
        serve_run_later(serve, &later);
    }
}

/* True: there may be more. */
static bool run_arrivals(struct serve *serve)
{
    struct arrival arrival;
    uint32_t taken = 0;
    int64_t now_ns = monotonic_ns();
    while (taken < ROUND_MOST && transport_take(serve->transport, now_ns, &arrival)) {
        take_arrival(serve, &arrival);
        taken++;
    }
    return taken == ROUND_MOST;
}

/* Orders and signals. False: whoever gives the orders has gone. */
static bool heed(struct serve *serve)
{
    struct signalfd_siginfo info;
    int64_t now_ns = monotonic_ns();
    if (!serve->called && now_ns < serve->heeded_ns + HEED_NS)
        return true;
    serve->called = false;
    serve->heeded_ns = now_ns;
    bool obeyed = serve_obey(serve);
    while (read(serve->signals, &info, sizeof info) == (ssize_t)sizeof info)
        serve_leave(serve);
    return obeyed;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_for_more(struct serve *serve)
{
    int descriptors[] = {serve->orders, serve->signals,
                         serve->loader ? loader_fd(serve->loader) : 0};
    int64_t until_ns = sooner(node_wake_ns(serve->node), later_next_ns(&serve->laters));
    if (serve->loader)
        until_ns = sooner(until_ns, loader_wake_ns(serve->loader));
    if (serve->giveup_ns)
        until_ns = sooner(until_ns, serve->giveup_ns);
    if (!serve->started)
        until_ns = serve->start_ns;
    if (until_ns > serve->awake_ns)
        serve->awake_ns = until_ns;
    atomic_store_explicit(&serve->desk->report.asleep_ns, serve->awake_ns, memory_order_relaxed);
    serve->called |= transport_wait(serve->transport, monotonic_ns(), until_ns, descriptors,
                                    serve->loader ? 3 : 2);
}

/* One round: what came, what is due, then all of it is told. False: it is over. */
static bool run_round(struct serve *serve)
{
    bool orders = heed(serve);
    bool more = run_arrivals(serve);
    run_laters(serve);
    bool loaded = run_loader(serve);
    int64_t now_ns = monotonic_ns();
    if (serve->giveup_ns && now_ns >= serve->giveup_ns && !serve->left)
        go_down(serve);
    if (!serve->left && node_wake_ns(serve->node) <= now_ns)
        serve_plain_step(serve, EVENT_TIMER);
    if (!serve->left)
        advance(serve); /* how far the records are, also where there are none */
    serve_publish(serve);
    if (serve->left || serve->failed || !orders)
        return false;
    if (!more && !loaded)
        wait_for_more(serve);
    return true;
}

static int run(struct serve *serve)
{
    serve->start_ns = monotonic_ns() + GREET_NS;
    while (!serve->started && !serve->failed) {
        try_to_start(serve);
        if (!serve->started && !serve->failed)
            wait_for_more(serve);
    }
    while (!serve->failed && run_round(serve))
        continue;
    if (serve->failed) {
        fail(serve, serve->why);
        return EXIT_NOT_RUN;
    }
    atomic_store(&serve->desk->report.state, DESK_ENDED);
    return 0;
}

int serve_node(int desk_descriptor, int order_descriptor)
{
    struct serve *serve = memory_zeroed(sizeof *serve);
    int status = EXIT_NOT_RUN;
    if (!serve)
        return status;
    serve->orders = order_descriptor;
    if (!desk_open(&serve->desk, desk_descriptor)) {
        close(desk_descriptor);
        serve->writer =
            (struct desk_writer){.desk = serve->desk, .at = desk_gauges(serve->desk).at};
        if (make(serve))
            status = run(serve);
        close_serve(serve);
        desk_close(serve->desk);
    }
    memory_free(serve);
    return status;
}
