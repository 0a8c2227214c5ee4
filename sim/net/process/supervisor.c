#include "net/process/supervisor.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "net/process/node_process.h"
#include "net/process/reap.h"
#include "net/process/record_bytes.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* The descriptors by which the child finds its shared ring and its orders. */
#define RING_AT   3
#define ORDERS_AT 4

/* Bytes of orders that may wait for a node that is frozen, or busy. */
#define PENDING_MOST (16u << 20)

/* A process that is to stop by itself has so long: it does as soon as its machine lets it run. One
 * that is stopped where it is may be in the midst of a step, whose records come after all that
 * others do while it stands still. Below AGENT_SILENCE_NS. */
#define STOP_NS (3 * NS_PER_S)

/* ---- records ------------------------------------------------------------------------------- */

static void take(void *context, const struct record *record)
{
    struct supervisor *supervisor = context;
    if (!record_is_sound(record, supervisor->nodes, supervisor->slots, supervisor->node)) {
        supervisor->broken = true;
        return;
    }
    supervisor->last_ns = record->t_ns;
    supervisor->take(supervisor->context, supervisor->node, record);
}

static bool drain(struct supervisor *supervisor, size_t most)
{
    struct gauges gauges = shared_ring_gauges(supervisor->ring);
    uint64_t before = atomic_load_explicit(&supervisor->ring->read_so_far, memory_order_relaxed);
    supervisor->broken |= supervisor->ring->size != supervisor->ring_size;
    if (!supervisor->broken &&
        !shared_ring_read(supervisor->ring, gauges.at, most, take, supervisor))
        supervisor->broken = true;
    uint64_t after = atomic_load_explicit(&supervisor->ring->read_so_far, memory_order_relaxed);
    supervisor->watermark_ns = after == gauges.at ? gauges.watermark_ns : supervisor->last_ns;
    return before != after;
}

/* Records what happened to the process: after all that it recorded itself, and not before at_ns. */
static void record_change(struct supervisor *supervisor, enum record_kind kind, unsigned how,
                          int64_t at_ns)
{
    struct record record = record_of(kind);
    record.node = supervisor->node;
    record.code = (uint8_t)how;
    record.t_ns = record.clock_ns = max_i64(at_ns, supervisor->last_ns + 1);
    take(supervisor, &record);
}

/* A process that its machine gives no time records that when it runs again (node_process.h). One
 * that is killed meanwhile does not live to, or was late before it was frozen: it is recorded here.
 */
static void record_stall(struct supervisor *supervisor, int64_t at_ns)
{
    const struct shared_ring *ring = supervisor->ring;
    int64_t since_ns = shared_ring_gauges(ring).watermark_ns; /* it was seen to run then */
    since_ns =
        max_i64(since_ns, atomic_load_explicit(&ring->report.asleep_ns, memory_order_relaxed));
    since_ns = max_i64(since_ns, atomic_load(&ring->thawed_ns));
    bool runs = atomic_load(&ring->report.state) == SHARED_RING_READY;
    if (runs && at_ns - since_ns > NODE_PROCESS_STALL_NS)
        record_change(supervisor, RECORD_FROZEN, FROZEN_STALLED, since_ns);
}

/* ---- start --------------------------------------------------------------------------------- */

enum error supervisor_init(struct supervisor *supervisor, const struct supervisor_setup *setup)
{
    *supervisor = (struct supervisor){.node = setup->node,
                                      .orders = -1,
                                      .nodes = setup->cluster_file->nodes,
                                      .slots = cluster_file_slots(setup->cluster_file),
                                      .take = setup->take,
                                      .context = setup->context};
    if (setup->keys)
        supervisor->keys = *setup->keys;
    if (shared_ring_make(&supervisor->ring, &supervisor->descriptor, setup->ring_size))
        return ERROR_IO;
    struct shared_ring *ring = supervisor->ring;
    supervisor->ring_size = ring->size;
    supervisor->setup = (struct process_setup){.node = setup->node,
                                               .waits = setup->waits,
                                               .membership_static = setup->membership_static,
                                               .fail_ttl_ns = setup->fail_ttl_ns,
                                               .load_at_once = setup->load_at_once,
                                               .next_request = setup->node + 1,
                                               .next_worker = setup->node + 1,
                                               .next_message = setup->node + 1,
                                               .parent = getpid()};
    atomic_store(&ring->level, setup->level);
    FILE *out = fmemopen(ring->cluster_file, SHARED_RING_CLUSTER_FILE_MAX, "w");
    if (!out) {
        supervisor_close(supervisor);
        return ERROR_IO;
    }
    cluster_file_write(out, setup->cluster_file);
    bool written = !ferror(out) && fflush(out) == 0;
    long size = ftell(out);
    fclose(out);
    ring->cluster_file_size = (uint32_t)size;
    if (written && size > 0)
        return OK;
    supervisor_close(supervisor);
    errno = EFBIG;
    return ERROR_IO;
}

/* The process of a node that has crashed silently, if there is one. */
static void kill_silent(struct supervisor *supervisor)
{
    if (!supervisor->silent)
        return;
    kill(supervisor->silent, SIGKILL);
    reap(supervisor->silent);
    supervisor->silent = 0;
}

void supervisor_close(struct supervisor *supervisor)
{
    kill_silent(supervisor);
    if (supervisor->state == SUPERVISOR_FROZEN || supervisor->state == SUPERVISOR_UP) {
        kill(supervisor->pid, SIGKILL);
        reap(supervisor->pid);
        supervisor->state = SUPERVISOR_DOWN;
    }
    if (supervisor->orders >= 0)
        close(supervisor->orders);
    if (supervisor->ring) {
        supervisor->ring->size = supervisor->ring_size;
        shared_ring_close(supervisor->ring);
        close(supervisor->descriptor);
    }
    memory_free(supervisor->pending);
    keys_wipe(&supervisor->keys);
    supervisor->pending = NULL;
    supervisor->ring = NULL;
    supervisor->orders = -1;
}

static void write_setup(struct supervisor *supervisor, bool joins)
{
    struct process_setup *setup = &supervisor->setup;
    struct gauges gauges = shared_ring_gauges(supervisor->ring);
    setup->incarnation = supervisor->incarnation;
    setup->joins = joins;
    if (gauges.next_request) {
        setup->next_request = gauges.next_request;
        setup->next_worker = gauges.next_worker;
        setup->next_message = gauges.next_message;
    }
    if (getrandom(&setup->instance, sizeof setup->instance, 0) < 0)
        setup->instance = (uint64_t)monotonic_ns();
    shared_ring_set_up(supervisor->ring, setup);
    setup->waits = setup->awaits_brief = false;
    supervisor->ring->keys = supervisor->keys;
    atomic_store(&supervisor->ring->report.asleep_ns, 0);
    atomic_store(&supervisor->ring->report.state, SHARED_RING_STARTING);
}

/* 0, or an errno. */
static int spawn(pid_t *pid, int ring, int orders)
{
    char *argv[] = {"dpsim", "--net", "--process-fd", "3", NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    /* Out of the way of 3 and 4 first: the one may be the other's number. */
    int high_ring = fcntl(ring, F_DUPFD_CLOEXEC, ORDERS_AT + 1);
    int high_orders = fcntl(orders, F_DUPFD_CLOEXEC, ORDERS_AT + 1);
    bool failed =
        (error = high_ring < 0 || high_orders < 0 ? errno : 0) ||
        (error = posix_spawn_file_actions_adddup2(&actions, high_ring, RING_AT)) ||
        (error = posix_spawn_file_actions_adddup2(&actions, high_orders, ORDERS_AT)) ||
        (error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) ||
        (error = posix_spawn_file_actions_adddup2(&actions, 2, 1)) ||
        (error = posix_spawn_file_actions_addclosefrom_np(&actions, ORDERS_AT + 1)) ||
        (error = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ));
    posix_spawn_file_actions_destroy(&actions);
    if (high_ring >= 0)
        close(high_ring);
    if (high_orders >= 0)
        close(high_orders);
    return failed ? error : 0;
}

enum error supervisor_start(struct supervisor *supervisor, bool joins, uint32_t incarnation)
{
    int pair[2];
    must(supervisor->state == SUPERVISOR_DOWN);
    kill_silent(supervisor);
    if (supervisor->orders >= 0)
        close(supervisor->orders);
    supervisor->orders = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return ERROR_IO;
    supervisor->incarnation = incarnation ? incarnation : supervisor->incarnation + 1;
    write_setup(supervisor, joins);
    int error = spawn(&supervisor->pid, supervisor->descriptor, pair[1]);
    close(pair[1]);
    if (error) {
        close(pair[0]);
        errno = error;
        return ERROR_IO;
    }
    supervisor->orders = pair[0];
    supervisor->state = SUPERVISOR_UP;
    return OK;
}

/* ---- the end of a process ------------------------------------------------------------------ */

/* The process has ended: what it left is read to the end. */
static void finish(struct supervisor *supervisor, int64_t at_ns)
{
    bool left = atomic_load(&supervisor->ring->report.state) == SHARED_RING_ENDED;
    drain(supervisor, SIZE_MAX);
    struct gauges gauges = shared_ring_gauges(supervisor->ring);
    supervisor->was_member = gauges.joined;
    if (supervisor->state == SUPERVISOR_UP)
        record_stall(supervisor, at_ns);
    supervisor->state = SUPERVISOR_DOWN;
    supervisor->stopped_ns = 0;
    close(supervisor->orders);
    supervisor->orders = -1;
    supervisor->pending_size = 0;
    if (left)
        return; /* it has recorded its end itself */
    struct shared_ring_writer writer = {.ring = supervisor->ring, .at = gauges.at};
    if (atomic_load(&supervisor->ring->level) != TRACE_ALL) {
        gauges.counts = true;
        gauges.tally.totals.outcomes[OUTCOME_CALLER_LOST] += gauges.requests;
    }
    gauges.workers = gauges.requests = gauges.clients = 0; /* also while the next one starts */
    shared_ring_commit(&writer, &gauges);
    record_change(supervisor, RECORD_DOWN, DOWN_CRASH, at_ns);
}

/* SIGKILL is how a node crashes, by the driver or another hand. Whatever else ended the process but
 * itself is its own bug, and no crash that a run goes on after. */
static void check_status(struct supervisor *supervisor, int status)
{
    struct failure failure;
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (killed || well || atomic_load(&supervisor->ring->report.state) == SHARED_RING_FAILED)
        return;
    if (WIFSIGNALED(status))
        failure_set(&failure, ERROR_IO, "its process was ended by signal %d, %s", WTERMSIG(status),
                    strsignal(WTERMSIG(status)));
    else
        failure_set(&failure, ERROR_IO, "its process has ended with status %d",
                    WEXITSTATUS(status));
    shared_ring_fail(supervisor->ring, failure.text);
}

uint64_t supervisor_take_number(struct supervisor *supervisor, uint32_t nodes)
{
    struct gauges gauges = shared_ring_gauges(supervisor->ring);
    struct shared_ring_writer writer = {.ring = supervisor->ring, .at = gauges.at};
    must(supervisor->state == SUPERVISOR_DOWN);
    if (!gauges.next_request) { /* it has not run yet */
        gauges.next_request = supervisor->setup.next_request;
        gauges.next_worker = supervisor->setup.next_worker;
        gauges.next_message = supervisor->setup.next_message;
    }
    uint64_t number = gauges.next_request;
    gauges.next_request += nodes;
    shared_ring_commit(&writer, &gauges);
    return number;
}

/* ERROR_FULL: the socket has no room. An order to a node that has just died is lost with it. */
static enum error send_order(const struct supervisor *supervisor, const void *bytes, size_t size)
{
    bool sent = send(supervisor->orders, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    return sent || (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) ? OK : ERROR_FULL;
}

/* Each is kept behind its size. */
static enum error keep_order(struct supervisor *supervisor, const void *bytes, size_t size)
{
    size_t needed = supervisor->pending_size + sizeof size + size;
    if (needed > PENDING_MOST ||
        memory_reserve((void **)&supervisor->pending, &supervisor->pending_capacity, needed, 1))
        return ERROR_FULL;
    unsigned char *to = supervisor->pending + supervisor->pending_size;
    memcpy(to, &size, sizeof size);
    memcpy(to + sizeof size, bytes, size);
    supervisor->pending_size = needed;
    return OK;
}

static void send_pending(struct supervisor *supervisor)
{
    size_t at = 0, size;
    for (; at < supervisor->pending_size; at += sizeof size + size) {
        memcpy(&size, supervisor->pending + at, sizeof size);
        if (send_order(supervisor, supervisor->pending + at + sizeof size, size))
            break;
    }
    supervisor->pending_size -= at;
    if (at && supervisor->pending_size)
        memmove(supervisor->pending, supervisor->pending + at, supervisor->pending_size);
}

bool supervisor_send(struct supervisor *supervisor, const void *bytes, size_t size)
{
    if (supervisor->state == SUPERVISOR_DOWN || size > ORDER_SIZE_MAX)
        return false;
    if (supervisor->pending_size == 0 && !send_order(supervisor, bytes, size))
        return true;
    return !keep_order(supervisor, bytes, size);
}

/* ---- crash and freeze ---------------------------------------------------------------------- */

/* The process was told to stop: waits until it stands still, and reads what it records meanwhile.
 * False: it has died. */
static bool await_stop(struct supervisor *supervisor)
{
    static const struct timespec pause = {.tv_nsec = 100 * NS_PER_US};
    siginfo_t info = {0};
    while (TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)supervisor->pid, &info,
                                     WSTOPPED | WEXITED | WNOWAIT | WNOHANG)) == 0 &&
           info.si_pid == 0) {
        drain(supervisor, SIZE_MAX);
        nanosleep(&pause, NULL);
    }
    if (info.si_code != CLD_STOPPED)
        return false;
    TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)supervisor->pid, &info, WSTOPPED));
    return true;
}

bool supervisor_crash(struct supervisor *supervisor, bool silently)
{
    if (supervisor->state == SUPERVISOR_DOWN)
        return false;
    int64_t at_ns = monotonic_ns(); /* what follows from the crash is later */
    bool stopped = supervisor->state == SUPERVISOR_FROZEN;
    if (silently && !stopped)
        stopped = kill(supervisor->pid, SIGSTOP) == 0 && await_stop(supervisor);
    if (silently && stopped) {
        supervisor->silent = supervisor->pid;
    } else {
        kill(supervisor->pid, SIGKILL);
        check_status(supervisor, reap(supervisor->pid));
    }
    finish(supervisor, at_ns);
    return true;
}

/* Whether the process has said that it stops by itself, at once. */
static bool ask_to_stop(struct supervisor *supervisor)
{
    static const struct timespec pause = {.tv_nsec = 100 * NS_PER_US};
    atomic_int *stop = &supervisor->ring->stop;
    int64_t until_ns = monotonic_ns() + STOP_NS;
    int wanted = STOP_WANTED;
    char room[16];
    struct string_builder bytes = string_builder_over(room, sizeof room);
    if (atomic_load(&supervisor->ring->report.state) != SHARED_RING_READY)
        return false;
    atomic_store(stop, STOP_WANTED);
    order_write(&bytes, &(struct order){.kind = ORDER_FREEZE});
    if (supervisor_send(supervisor, bytes.text, bytes.size))
        while (atomic_load(stop) == STOP_WANTED && monotonic_ns() < until_ns) {
            drain(supervisor, SIZE_MAX);
            send_pending(supervisor);
            nanosleep(&pause, NULL);
        }
    return !atomic_compare_exchange_strong(stop, &wanted, STOP_NONE);
}

bool supervisor_freeze(struct supervisor *supervisor)
{
    if (supervisor->state != SUPERVISOR_UP)
        return false;
    bool asked = ask_to_stop(supervisor);
    if (!asked && kill(supervisor->pid, SIGSTOP))
        return false;
    if (!await_stop(supervisor))
        return false; /* it has died: supervisor_poll finds that */
    drain(supervisor, SIZE_MAX);
    record_stall(supervisor, monotonic_ns());
    supervisor->halted = asked;
    supervisor->state = SUPERVISOR_FROZEN;
    record_change(supervisor, RECORD_FROZEN, FROZEN_BY_FAULT, monotonic_ns());
    return true;
}

bool supervisor_thaw(struct supervisor *supervisor, int64_t until_ns)
{
    char room[32];
    struct string_builder bytes = string_builder_over(room, sizeof room);
    if (supervisor->state != SUPERVISOR_FROZEN)
        return false;
    record_change(supervisor, RECORD_THAWED, FROZEN_BY_FAULT, monotonic_ns());
    atomic_store(&supervisor->ring->thawed_ns, supervisor->last_ns);
    atomic_store(&supervisor->ring->stop, STOP_NONE);
    supervisor->state = SUPERVISOR_UP;
    order_write(&bytes, &(struct order){.kind = ORDER_THAW, .until_ns = until_ns});
    if (supervisor->halted && !supervisor_send(supervisor, bytes.text, bytes.size))
        shared_ring_fail(supervisor->ring, "it takes no more orders");
    supervisor->halted = false;
    kill(supervisor->pid, SIGCONT);
    return true;
}

/* ---- looking after it ------------------------------------------------------------------------ */

/* Whether the process has ended, with this status; notes that another hand stops it or lets it go
 * on. */
static bool has_ended(struct supervisor *supervisor, int *status)
{
    int options = WNOHANG | (supervisor->state == SUPERVISOR_UP ? WUNTRACED | WCONTINUED : 0);
    while (waitpid(supervisor->pid, status, options) == supervisor->pid) {
        if (!WIFSTOPPED(*status) && !WIFCONTINUED(*status))
            return true;
        supervisor->stopped_ns = WIFSTOPPED(*status) ? monotonic_ns() : 0;
    }
    if (supervisor->stopped_ns && monotonic_ns() - supervisor->stopped_ns > NODE_PROCESS_STALL_NS)
        supervisor->stood_still = true;
    return false;
}

bool supervisor_poll(struct supervisor *supervisor, size_t most)
{
    int status;
    bool any = drain(supervisor, most);
    if (supervisor->state != SUPERVISOR_DOWN)
        send_pending(supervisor);
    if (supervisor->state == SUPERVISOR_DOWN || !has_ended(supervisor, &status))
        return any;
    check_status(supervisor, status);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        node_log(LOG_WARNING, log_about(supervisor->node),
                 "its process was killed by another hand: it is taken as a crash");
    finish(supervisor, 0);
    return true;
}

void supervisor_halt(struct supervisor *supervisor)
{
    if (supervisor->state == SUPERVISOR_UP && kill(supervisor->pid, SIGSTOP) == 0 &&
        !await_stop(supervisor))
        supervisor_poll(supervisor, 0); /* it has died */
    drain(supervisor, SIZE_MAX);
}

int64_t supervisor_watermark_ns(const struct supervisor *supervisor)
{
    if (supervisor->state == SUPERVISOR_UP)
        return supervisor->watermark_ns;
    return monotonic_ns(); /* what comes next is recorded by the supervisor, later than this */
}

const char *supervisor_failure(const struct supervisor *supervisor)
{
    struct node_report *report = &supervisor->ring->report;
    report->failure[sizeof report->failure - 1] = '\0'; /* the node's to break */
    return atomic_load(&report->state) == SHARED_RING_FAILED ? report->failure : NULL;
}
