#include "net/process/node_process.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "net/process/node_process_host.h"
#include "net/process/scenario_clients.h"
#include "net/wire/machine.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_NOT_RUN 4

/* The node waits so long for its peers to greet it before it starts; not all need be there. */
#define GREET_NS (250 * NS_PER_MS)

/* So often a node looks whether all others refuse it. */
#define REFUSED_CHECK_NS (50 * NS_PER_MS)

/* A node that is told to end by a signal leaves within this time. */
#define DRAIN_NS (1500 * NS_PER_MS)

/* Arrivals and timers that are taken in one round, before the others get their turn. */
#define ROUND_MOST 512u

/* And no longer than this, where each of them is much work: orders and requests are due meanwhile.
 */
#define ROUND_NS (10 * NS_PER_MS)

/* Orders and signals are looked for so often while the node is too busy to wait. */
#define CHECK_NS NS_PER_MS

/* Room in the ring that is waited for before a step: all but steps with very long values fit. */
#define STEP_ROOM (2u << 20)

/* ---- steps --------------------------------------------------------------------------------- */

/* Every step has a time of its own, so that the trace tells them apart. */
static void set_time(struct node_process *process, int64_t now_ns)
{
    process->now_ns = max_i64(now_ns, process->now_ns + 1);
}

/* That the process stood still from one time to the other, or went on. */
static void record_stall(struct node_process *process, enum record_kind kind, int64_t at_ns)
{
    struct record record = record_of(kind);
    record.node = process->setup.node;
    record.code = FROZEN_STALLED;
    set_time(process, at_ns);
    node_process_record(process, &record);
}

/* Goes on to the present: what open sources had due meanwhile was made meanwhile. A freeze by the
 * parent is recorded by the parent. */
static void advance(struct node_process *process)
{
    int64_t now_ns = monotonic_ns();
    int64_t since_ns = max_i64(atomic_load(&process->ring->thawed_ns), process->awake_ns);
    bool stalled = now_ns - since_ns > NODE_PROCESS_STALL_NS && process->awake_ns;
    if (stalled)
        record_stall(process, RECORD_FROZEN, since_ns);
    scenario_clients_make(process, now_ns);
    if (stalled) {
        record_stall(process, RECORD_THAWED, now_ns);
        process->runs_ns = now_ns;
    }
    set_time(process, now_ns);
    process->awake_ns = process->now_ns;
}

static void go_down(struct node_process *process)
{
    advance(process);
    node_lose(process->node, process->now_ns);
    struct record record = record_of(RECORD_DOWN);
    record.node = process->setup.node;
    record.code = DOWN_LEAVE;
    node_process_record(process, &record);
    process->left = true;
    process->leave_ns = 0;
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

/* Takes the event's text where the node does not. */
static void discard(struct event *event)
{
    if (event->kind == EVENT_LOADED)
        text_clear(event->as.load.value);
}

/* The node learns things in the order in which they happened: requests that were made by now come
 * before the event. Else they would wait for the next round, which may be past their deadlines. */
void node_process_step(struct node_process *process, struct event *event)
{
    if (!process->left) {
        await_reader(process);
        advance(process);
        if (event->kind != EVENT_REQUEST || !event->as.request.number)
            scenario_clients_flush(process);
    }
    if (process->left) {
        discard(event);
        return;
    }
    event->now_ns = process->now_ns;
    process->gauges.steps++;
    node_step(process->node, event);
    if (process->left)
        go_down(process);
    if (transport_has_first(process->transport))
        node_process_publish(process);
}

void node_process_plain_step(struct node_process *process, enum event_kind kind)
{
    struct event event = {.kind = kind};
    node_process_step(process, &event);
}

void node_process_leave(struct node_process *process, int64_t within_ns)
{
    int64_t until_ns = monotonic_ns() + within_ns;
    if (process->leave_ns) {
        process->leave_ns = min_i64(process->leave_ns, until_ns);
        return;
    }
    process->leave_ns = until_ns;
    node_process_plain_step(process, EVENT_LEAVE);
}

/* ---- what others see ----------------------------------------------------------------------- */

bool node_process_keep(struct node_process *process)
{
    uint32_t epoch = node_lease_epoch(process->node);
    if (process->failure.error)
        return false;
    return epoch <= process->epoch_file.epoch ||
           epoch_file_keep(&process->epoch_file, epoch, &process->failure) == OK;
}

void node_process_commit(struct node_process *process)
{
    struct gauges *gauges = &process->gauges;
    node_process_record_latencies(process);
    gauges->watermark_ns = process->now_ns;
    gauges->greeted = transport_greeted(process->transport);
    struct wire_counts counts = transport_counts(process->transport);
    gauges->malformed = counts.malformed;
    gauges->refused = counts.refused;
    gauges->counts = process->level != TRACE_ALL;
    gauges->clients = process->clients_count - process->clients_over + process->sources.heap.count;
    gauges->joined = node_joined(process->node);
    gauges->workers = process->left ? 0 : node_workers(process->node);
    gauges->requests = process->left ? 0 : node_requests(process->node) + process->made.count;
    gauges->worker_bytes = node_worker_bytes(process->node);
    gauges->next_request = node_next_request(process->node);
    gauges->next_worker = node_next_worker(process->node);
    shared_ring_commit(&process->writer, gauges);
}

void node_process_publish(struct node_process *process)
{
    bool kept = node_process_keep(process);
    node_process_commit(process);
    if (kept)
        transport_flush(process->transport);
}

/* ---- the loop ------------------------------------------------------------------------------ */

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
        event.as.peer.incarnation = arrival->incarnation;
        break;
    case ARRIVAL_LOST:
        event.kind = EVENT_PEER_LOST;
        event.as.peer.id = arrival->peer;
        event.as.peer.incarnation = arrival->incarnation;
        break;
    case ARRIVAL_REQUEST:
        node_process_request(process, arrival);
        return;
    case ARRIVAL_IN_USE:
        failure_set(&process->failure, ERROR_IO,
                    "its name is used by another process, which lives");
        return;
    }
    node_process_step(process, &event);
}

/* A node that is refused by all, as one with another cluster file, gives up after a while. */
static bool is_refused(struct node_process *process, int64_t now_ns)
{
    const char *reason = transport_refused_for(process->transport);
    if (!reason)
        process->refused_ns = 0;
    else if (!process->refused_ns)
        process->refused_ns = now_ns;
    else if (now_ns - process->refused_ns >= process->refused_most_ns)
        failure_set(&process->failure, ERROR_IO, "every node that answers refuses it: %.160s",
                    reason);
    return reason != NULL;
}

/* Before the node has started, only events of peers are taken. */
static void try_to_start(struct node_process *process)
{
    struct arrival arrival;
    int64_t now_ns = monotonic_ns();
    while (transport_take(process->transport, now_ns, &arrival))
        if (arrival.kind == ARRIVAL_IN_USE)
            take_arrival(process, &arrival);
    uint32_t greeted = transport_greeted(process->transport);
    node_process_commit(process);
    bool refused = is_refused(process, now_ns);
    if (greeted + 1 < process->cluster_file.nodes && now_ns < process->start_ns)
        return;
    if (refused) { /* it owns nothing while those who may do not let it in */
        process->start_ns = now_ns + REFUSED_CHECK_NS;
        return;
    }
    struct record record = record_of(RECORD_UP);
    record.node = process->setup.node;
    record.epoch = process->setup.incarnation;
    transport_admit_clients(process->transport);
    advance(process);
    node_process_record(process, &record);
    node_process_plain_step(process, EVENT_START);
    process->started = true; /* what its sources had due meanwhile comes after that */
    node_process_publish(process);
    atomic_store(&process->ring->report.state, SHARED_RING_READY);
}

static void end_load(struct node_process *process, struct loaded *loaded)
{
    struct event event = {.kind = EVENT_LOADED};
    event.as.load.worker = loaded->worker;
    event.as.load.loaded = loaded->failure.error == OK;
    event.as.load.value = &loaded->value;
    node_process_step(process, &event);
}

/* The reason is followed by what the program said on its standard error. */
static void put_why(struct text *why, const struct loaded *loaded)
{
    char room[WIRE_WHY_MAX];
    struct string_builder text = string_builder_over(room, sizeof room);
    string_builder_add(&text, loaded->failure.text);
    string_builder_add(&text, "\n");
    string_builder_add_bytes(&text, text_bytes(&loaded->errors), text_size(&loaded->errors));
    if (text_set(why, room, text.size))
        *why = (struct text){0};
}

static void end_turn(struct node_process *process, struct loaded *loaded)
{
    struct event event = {.kind = EVENT_ANSWERED};
    event.as.turn.worker = loaded->worker;
    event.as.turn.value = &loaded->value;
    if (!loaded->failure.error) {
        event.as.turn.outcome = OUTCOME_VALUE;
    } else if (!loaded->began) {
        event.as.turn.outcome = OUTCOME_OVERLOADED;
    } else {
        event.as.turn.outcome = OUTCOME_WORK_FAILED;
        put_why(&loaded->value, loaded);
    }
    node_process_step(process, &event);
}

static bool run_loader(struct node_process *process)
{
    struct loaded loaded;
    bool any = false;
    while (process->loader && loader_take(process->loader, monotonic_ns(), &loaded)) {
        if (loaded.failure.error)
            node_process_log_failed(process, &loaded);
        if (process->cluster_file.use == PROGRAM_LOADS)
            end_load(process, &loaded);
        else
            end_turn(process, &loaded);
        text_clear(&loaded.id);
        text_clear(&loaded.errors);
        any = true;
    }
    return any;
}

static void run_timers(struct node_process *process)
{
    struct timer_queue *queue = &process->timer_queue;
    for (uint32_t i = 0; i < ROUND_MOST && timer_queue_next_ns(queue) <= monotonic_ns(); i++) {
        struct timer timer = timer_queue_pop(queue);
        node_process_run_timer(process, &timer);
    }
}

/* True: there may be more. */
static bool run_arrivals(struct node_process *process)
{
    struct arrival arrival;
    uint32_t taken = 0;
    int64_t now_ns = monotonic_ns();
    while (transport_take(process->transport, now_ns, &arrival)) {
        take_arrival(process, &arrival);
        if (++taken == ROUND_MOST || process->now_ns - now_ns > ROUND_NS)
            return true;
    }
    return false;
}

/* Orders and signals. False: the driver has gone. */
static bool check_control(struct node_process *process)
{
    struct signalfd_siginfo info;
    int64_t now_ns = monotonic_ns();
    if (!process->signalled && now_ns < process->checked_ns + CHECK_NS)
        return true;
    process->signalled = false;
    process->checked_ns = now_ns;
    bool driven = node_process_take_orders(process);
    while (read(process->signals, &info, sizeof info) == (ssize_t)sizeof info)
        node_process_leave(process, DRAIN_NS);
    return driven;
}

static void wait_for_more(struct node_process *process)
{
    int descriptors[] = {process->orders, process->signals,
                         process->loader ? loader_fd(process->loader) : 0};
    int64_t until_ns =
        min_i64(node_wake_ns(process->node), timer_queue_next_ns(&process->timer_queue));
    until_ns = min_i64(until_ns, sources_due_ns(&process->sources));
    if (process->loader)
        until_ns = min_i64(until_ns, loader_wake_ns(process->loader));
    if (process->leave_ns)
        until_ns = min_i64(until_ns, process->leave_ns);
    if (!process->started)
        until_ns = process->start_ns;
    process->awake_ns = max_i64(process->awake_ns, until_ns);
    atomic_store_explicit(&process->ring->report.asleep_ns, process->awake_ns,
                          memory_order_relaxed);
    process->signalled |= transport_wait(process->transport, monotonic_ns(), until_ns, descriptors,
                                         process->loader ? 3 : 2);
}

/* One round: what came, what is due, then all of it is published. False: it is over. */
static bool run_round(struct node_process *process)
{
    bool driven = check_control(process);
    if (!process->left)
        advance(process); /* that it stood still is recorded before what was due meanwhile */
    bool more = scenario_clients_run_sources(process);
    more |= run_arrivals(process);
    run_timers(process);
    bool loaded = run_loader(process);
    int64_t now_ns = monotonic_ns();
    if (process->leave_ns && now_ns >= process->leave_ns && !process->left)
        go_down(process);
    if (!process->left && node_wake_ns(process->node) <= now_ns)
        node_process_plain_step(process, EVENT_TIMER);
    if (!process->left)
        advance(process); /* how far the records are, also where there are none */
    node_process_publish(process);
    node_process_log_counts(process, now_ns);
    is_refused(process, now_ns);
    if (process->left || process->failure.error || !driven)
        return false;
    if (!more && !loaded)
        wait_for_more(process);
    return true;
}

/* So long a process waits for its driver's brief: one that is later has gone, or stands still. */
#define BRIEF_NS (3 * NS_PER_S)

bool node_process_awaits_brief(const struct node_process *process)
{
    return process->setup.awaits_brief && !process->briefed;
}

/* False: the driver has gone. */
static bool await_brief(struct node_process *process)
{
    int64_t until_ns = process->runs_ns + BRIEF_NS;
    while (node_process_awaits_brief(process) && !process->failure.error) {
        struct pollfd orders = {.fd = process->orders, .events = POLLIN};
        int64_t left_ns = until_ns - monotonic_ns();
        if (left_ns <= 0)
            return true;
        poll(&orders, 1, (int)(left_ns / NS_PER_MS) + 1);
        if (!node_process_take_orders(process))
            return false;
    }
    return true;
}

/* A node that its driver starts does not begin before it knows what holds for it: how long a turn
 * takes, which links are cut, whose requests it makes. */
static void run(struct node_process *process)
{
    static const struct timespec pause = {.tv_nsec = 10 * NS_PER_MS};
    process->runs_ns = process->now_ns = monotonic_ns();
    if (!await_brief(process))
        return;
    process->start_ns = monotonic_ns() + GREET_NS;
    while (!process->started && !process->failure.error) {
        try_to_start(process);
        if (!process->started && !process->failure.error)
            wait_for_more(process);
        if (!process->started && process->signalled)
            nanosleep(&pause, NULL); /* an order or a signal waits until it has started */
    }
    while (!process->failure.error && run_round(process))
        continue;
}

static int run_in_ring(struct node_process *process)
{
    process->writer = (struct shared_ring_writer){.ring = process->ring,
                                                  .at = shared_ring_gauges(process->ring).at};
    if (node_process_open(process) == OK) {
        atomic_store(&process->ring->report.state, SHARED_RING_LISTENS);
        if (!process->setup.waits || node_process_await_greet(process))
            run(process);
        node_process_log_counts(process, TIME_NEVER);
    }
    if (process->failure.error)
        shared_ring_fail(process->ring, process->failure.text);
    else
        atomic_store(&process->ring->report.state, SHARED_RING_ENDED);
    node_process_close(process);
    return process->failure.error ? EXIT_NOT_RUN : 0;
}

/* The ring of this process, for its parent to read why it ended. */
static struct shared_ring *own_ring;

static void report_abort(const char *why)
{
    shared_ring_fail(own_ring, why);
}

int node_process_run(int ring_descriptor, int order_descriptor)
{
    struct node_process *process = memory_zeroed(sizeof *process);
    int status = EXIT_NOT_RUN;
    if (!process)
        return status;
    process->orders = order_descriptor;
    process->epoch_file.lock = process->epoch_file.directory = -1;
    if (shared_ring_open(&process->ring, ring_descriptor) == OK) {
        close(ring_descriptor);
        own_ring = process->ring;
        machine_on_abort(report_abort);
        status = run_in_ring(process);
        machine_on_abort(NULL);
        shared_ring_close(process->ring);
    } else {
        fprintf(stderr, "dpsim: a node's process can't map what it shares with its parent: %s\n",
                strerror(errno));
    }
    memory_free(process);
    return status;
}
