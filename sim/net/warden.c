#include "net/warden.h"

#include "core/memory.h"
#include "net/monotonic.h"
#include "net/reap.h"
#include "net/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Where the child finds its desk and its orders. */
#define DESK_AT   3
#define ORDERS_AT 4

/* Bytes of orders that may wait for a node that is frozen, or busy. */
#define WAITING_MOST (16u << 20)

extern char **environ;

/* ---- records ------------------------------------------------------------------------------- */

static void take(void *context, const struct record *record)
{
    struct warden *warden = context;
    if (!record_is_sound(record, warden->nodes, warden->node)) {
        warden->broken = true;
        return;
    }
    warden->last_ns = record->t_ns;
    warden->take(warden->context, warden->node, record);
}

static bool drain(struct warden *warden, size_t most)
{
    struct gauges gauges = desk_gauges(warden->desk);
    uint64_t before = atomic_load_explicit(&warden->desk->read_so_far, memory_order_relaxed);
    warden->broken |= warden->desk->size != warden->ring_size;
    if (!warden->broken && !desk_read(warden->desk, gauges.at, most, take, warden))
        warden->broken = true;
    uint64_t after = atomic_load_explicit(&warden->desk->read_so_far, memory_order_relaxed);
    warden->watermark_ns = after == gauges.at ? gauges.watermark_ns : warden->last_ns;
    return before != after;
}

/* A record of what happened to the process: after all that it made, and not before at_ns. */
static void record_fate(struct warden *warden, enum record_kind kind, unsigned how, int64_t at_ns)
{
    struct record record = record_of(kind);
    record.node = warden->node;
    record.code = (uint8_t)how;
    if (at_ns <= warden->last_ns)
        at_ns = warden->last_ns + 1;
    record.t_ns = record.clock_ns = at_ns;
    take(warden, &record);
}

/* A process that its machine gives no time tells so when it runs again (serve.h). One that is
 * struck meanwhile does not live to, or has been late before it was frozen: it is told here. */
static void record_stall(struct warden *warden, int64_t at_ns)
{
    struct desk *desk = warden->desk;
    int64_t since_ns = desk_gauges(desk).watermark_ns; /* it was seen to run then */
    int64_t asleep_ns = atomic_load_explicit(&desk->report.asleep_ns, memory_order_relaxed);
    int64_t thawed_ns = atomic_load(&desk->thawed_ns);
    if (since_ns < asleep_ns)
        since_ns = asleep_ns;
    if (since_ns < thawed_ns)
        since_ns = thawed_ns;
    bool runs = atomic_load(&desk->report.state) == DESK_READY;
    if (runs && at_ns - since_ns > SERVE_STALL_NS)
        record_fate(warden, RECORD_FROZEN, FROZEN_STALLED, since_ns);
}

/* ---- start --------------------------------------------------------------------------------- */

enum error warden_init(struct warden *warden, const struct warden_setup *setup)
{
    *warden = (struct warden){.node = setup->node,
                              .orders = -1,
                              .nodes = setup->hosts->nodes,
                              .take = setup->take,
                              .context = setup->context};
    if (setup->keys)
        warden->keys = *setup->keys;
    if (desk_make(&warden->desk, &warden->descriptor, setup->ring_size))
        return ERROR_IO;
    struct desk *desk = warden->desk;
    warden->ring_size = desk->size;
    desk->birth = (struct birth){.node = setup->node,
                                 .membership_static = setup->membership_static,
                                 .next_request = setup->node + 1,
                                 .next_worker = setup->node + 1,
                                 .next_message = setup->node + 1};
    atomic_store(&desk->level, setup->level);
    FILE *out = fmemopen(desk->birth.hosts, DESK_HOSTS_MAX, "w");
    if (!out) {
        warden_close(warden);
        return ERROR_IO;
    }
    hosts_write(out, setup->hosts);
    bool written = !ferror(out) && fflush(out) == 0;
    long size = ftell(out);
    fclose(out);
    desk->birth.hosts_size = (uint32_t)size;
    if (written && size > 0)
        return OK;
    warden_close(warden);
    errno = EFBIG;
    return ERROR_IO;
}

void warden_close(struct warden *warden)
{
    if (warden->state == WARDEN_FROZEN || warden->state == WARDEN_UP) {
        kill(warden->pid, SIGKILL);
        reap(warden->pid);
        warden->state = WARDEN_DOWN;
    }
    if (warden->orders >= 0)
        close(warden->orders);
    if (warden->desk) {
        warden->desk->size = warden->ring_size;
        desk_close(warden->desk);
        close(warden->descriptor);
    }
    memory_free(warden->waiting);
    keys_wipe(&warden->keys);
    warden->waiting = NULL;
    warden->desk = NULL;
    warden->orders = -1;
}

static void write_birth(struct warden *warden, bool joins)
{
    struct birth *birth = &warden->desk->birth;
    struct gauges gauges = desk_gauges(warden->desk);
    birth->incarnation = warden->incarnation;
    birth->joins = joins;
    birth->keys = warden->keys;
    birth->parent = getpid();
    if (gauges.next_request) {
        birth->next_request = gauges.next_request;
        birth->next_worker = gauges.next_worker;
        birth->next_message = gauges.next_message;
    }
    if (getrandom(&birth->instance, sizeof birth->instance, 0) < 0)
        birth->instance = (uint64_t)monotonic_ns();
    atomic_store(&warden->desk->report.asleep_ns, 0);
    atomic_store(&warden->desk->report.state, DESK_STARTING);
}

static int spawn(pid_t *pid, int desk, int orders)
{
    char *argv[] = {"dpsim", "--net", "--serve-fd", "3", NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    /* Out of the way of 3 and 4 first: the one may be the other's number. */
    int high_desk = fcntl(desk, F_DUPFD_CLOEXEC, 64),
        high_orders = fcntl(orders, F_DUPFD_CLOEXEC, 64);
    error = high_desk < 0 || high_orders < 0 ? errno : 0;
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, high_desk, DESK_AT);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, high_orders, ORDERS_AT);
    if (!error)
        error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, 2, 1);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(&actions, ORDERS_AT + 1);
    if (!error)
        error = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (high_desk >= 0)
        close(high_desk);
    if (high_orders >= 0)
        close(high_orders);
    return error;
}

enum error warden_start(struct warden *warden, bool joins, uint32_t incarnation)
{
    int pair[2];
    must(warden->state == WARDEN_DOWN);
    if (warden->orders >= 0)
        close(warden->orders);
    warden->orders = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return ERROR_IO;
    warden->incarnation = incarnation ? incarnation : warden->incarnation + 1;
    write_birth(warden, joins);
    errno = spawn(&warden->pid, warden->descriptor, pair[1]);
    close(pair[1]);
    if (errno) {
        int why = errno;
        close(pair[0]);
        errno = why;
        return ERROR_IO;
    }
    warden->orders = pair[0];
    warden->state = WARDEN_UP;
    return OK;
}

/* ---- fate ---------------------------------------------------------------------------------- */

/* The process has gone: what it left is read to the end. */
static void bury(struct warden *warden, int64_t at_ns)
{
    bool left = atomic_load(&warden->desk->report.state) == DESK_ENDED;
    drain(warden, SIZE_MAX);
    struct gauges gauges = desk_gauges(warden->desk);
    warden->was_member = gauges.joined && !left;
    if (warden->state == WARDEN_UP)
        record_stall(warden, at_ns);
    warden->state = WARDEN_DOWN;
    close(warden->orders);
    warden->orders = -1;
    warden->waiting_size = 0;
    if (left)
        return; /* it has recorded its end itself */
    if (atomic_load(&warden->desk->level) != TRACE_ALL)
        warden->desk->report.tally.totals.outcomes[OUTCOME_CALLER_LOST] += gauges.requests;
    record_fate(warden, RECORD_DOWN, DOWN_CRASH, at_ns);
}

/* SIGKILL is what strikes a node, the driver's or another hand's; whatever else ended it but itself
 * is its own bug, and no crash that a run goes on after. */
static void inquire(struct warden *warden, int status)
{
    struct report *report = &warden->desk->report;
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (killed || well || atomic_load(&report->state) == DESK_FAILED)
        return;
    if (WIFSIGNALED(status))
        snprintf(report->why, sizeof report->why, "its process was ended by signal %d, %s",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(report->why, sizeof report->why, "its process has ended with status %d",
                 WEXITSTATUS(status));
    atomic_store(&report->state, DESK_FAILED);
}

bool warden_crash(struct warden *warden)
{
    if (warden->state == WARDEN_DOWN)
        return false;
    int64_t at_ns = monotonic_ns(); /* what follows from the death is later */
    kill(warden->pid, SIGKILL);
    inquire(warden, reap(warden->pid));
    bury(warden, at_ns);
    return true;
}

/* The process was told to stop: waits until it stands still. False: it has died. */
static bool await_stop(const struct warden *warden)
{
    siginfo_t info = {0};
    long changed =
        TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)warden->pid, &info, WSTOPPED | WEXITED | WNOWAIT));
    return changed == 0 && info.si_code == CLD_STOPPED;
}

bool warden_freeze(struct warden *warden)
{
    siginfo_t info = {0};
    if (warden->state != WARDEN_UP || kill(warden->pid, SIGSTOP))
        return false;
    if (!await_stop(warden))
        return false; /* it has died: warden_look finds it */
    TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)warden->pid, &info, WSTOPPED));
    drain(warden, SIZE_MAX);
    record_stall(warden, monotonic_ns());
    warden->state = WARDEN_FROZEN;
    record_fate(warden, RECORD_FROZEN, FROZEN_STRUCK, monotonic_ns());
    return true;
}

bool warden_thaw(struct warden *warden)
{
    if (warden->state != WARDEN_FROZEN)
        return false;
    record_fate(warden, RECORD_THAWED, FROZEN_STRUCK, monotonic_ns());
    atomic_store(&warden->desk->thawed_ns, warden->last_ns);
    warden->state = WARDEN_UP;
    kill(warden->pid, SIGCONT);
    return true;
}

void warden_halt(struct warden *warden)
{
    if (warden->state == WARDEN_UP && kill(warden->pid, SIGSTOP) == 0 && !await_stop(warden))
        warden_look(warden, 0); /* it has died */
    drain(warden, SIZE_MAX);
}

uint64_t warden_take_number(struct warden *warden, uint32_t nodes)
{
    struct gauges gauges = desk_gauges(warden->desk);
    struct desk_writer writer = {.desk = warden->desk, .at = gauges.at};
    must(warden->state == WARDEN_DOWN);
    uint64_t number = gauges.next_request;
    gauges.next_request += nodes;
    desk_commit(&writer, &gauges);
    return number;
}

/* ERROR_FULL: the socket has no room. What is told to a node that has just died is lost with it. */
static enum error send_order(const struct warden *warden, const struct order *order,
                             const char *text)
{
    struct iovec parts[] = {{(void *)order, sizeof *order}, {(void *)text, order->text_size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    bool sent = sendmsg(warden->orders, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    return sent || (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) ? OK : ERROR_FULL;
}

static enum error keep_order(struct warden *warden, const struct order *order, const char *text)
{
    size_t size = sizeof *order + order->text_size, needed = warden->waiting_size + size;
    if (needed > WAITING_MOST ||
        memory_reserve((void **)&warden->waiting, &warden->waiting_capacity, needed, 1))
        return ERROR_FULL;
    unsigned char *to = warden->waiting + warden->waiting_size;
    memcpy(to, order, sizeof *order);
    if (order->text_size)
        memcpy(to + sizeof *order, text, order->text_size);
    warden->waiting_size = needed;
    return OK;
}

static void send_waiting(struct warden *warden)
{
    size_t at = 0;
    while (at < warden->waiting_size) {
        struct order order;
        memcpy(&order, warden->waiting + at, sizeof order);
        if (send_order(warden, &order, (const char *)warden->waiting + at + sizeof order))
            break;
        at += sizeof order + order.text_size;
    }
    warden->waiting_size -= at;
    if (at && warden->waiting_size)
        memmove(warden->waiting, warden->waiting + at, warden->waiting_size);
}

bool warden_tell(struct warden *warden, const struct order *order, const char *text)
{
    struct order head = *order;
    size_t text_size = text ? strlen(text) : 0;
    if (warden->state == WARDEN_DOWN || text_size > ORDER_TEXT_MAX)
        return false;
    head.text_size = (uint32_t)text_size;
    if (warden->waiting_size == 0 && !send_order(warden, &head, text))
        return true;
    return !keep_order(warden, &head, text);
}

bool warden_look(struct warden *warden, size_t most)
{
    int status;
    bool any = drain(warden, most);
    if (warden->state != WARDEN_DOWN)
        send_waiting(warden);
    if (warden->state == WARDEN_DOWN || waitpid(warden->pid, &status, WNOHANG) != warden->pid)
        return any;
    inquire(warden, status);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        fprintf(stderr,
                "dpsim: n%u: its process was killed by another hand: it is taken as a crash\n",
                warden->node + 1);
    bury(warden, 0);
    return true;
}

int64_t warden_watermark_ns(const struct warden *warden)
{
    if (warden->state == WARDEN_UP)
        return warden->watermark_ns;
    return monotonic_ns(); /* what comes next is recorded by the warden, later than this */
}

const char *warden_has_failed(const struct warden *warden)
{
    bool failed = atomic_load(&warden->desk->report.state) == DESK_FAILED;
    return failed ? warden->desk->report.why : NULL;
}
