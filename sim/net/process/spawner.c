#include "net/process/spawner.h"

#include "base/monotonic.h"
#include "base/number.h"
#include "net/process/reap.h"
#include "net/wire/codec.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a shell gives a program that it can't execute. */
#define STATUS_REFUSED 127

/* How often what is left behind is looked at, besides when a child ends. */
#define SWEEP_MS 100

/* Room for the descriptors beside a message. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(SPAWN_DESCRIPTORS * sizeof(int))];
};

/* What the spawner process knows. */
struct spawner {
    struct spawner_setup setup;
    int end;     /* its end of the socket */
    int signals; /* a signalfd for SIGCHLD */
    pid_t self;
    uint32_t ended; /* programs whose end is not reported yet */
};

/* ---- frames -------------------------------------------------------------------------------- */

#define SPAWN_ORDER_FIELDS(X)                                                                      \
    X(slot, UINT32_MAX)                                                                            \
    X(try, 2)
CODEC(spawn_order, SPAWN_ORDER_FIELDS)

#define SPAWN_REPORT_FIELDS(X)                                                                     \
    X(slot, UINT32_MAX)                                                                            \
    X(value, INT32_MAX)
CODEC(spawn_report, SPAWN_REPORT_FIELDS)

void spawn_order_write(struct string_builder *bytes, const struct spawn_order *order)
{
    codec_begin_frame(bytes, order->kind);
    spawn_order_put(bytes, order);
    if (order->kind != SPAWN_START)
        return;
    codec_put_words(bytes, order->id);
    codec_put_words(bytes, order->token);
}

bool spawn_order_read(struct spawn_order *order, const void *bytes, size_t size, uint32_t slots)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    unsigned version;
    *order = (struct spawn_order){.kind = codec_frame_kind(&reader, SPAWN_ORDERS, &version)};
    spawn_order_get(&reader, order);
    if (order->kind == SPAWN_START) {
        codec_get_words(&reader, order->id, sizeof order->id);
        codec_get_words(&reader, order->token, sizeof order->token);
        if (!id_valid(order->id, strlen(order->id)))
            return false;
    }
    return order->kind != 0 && order->kind != SPAWN_ORDERS && byte_reader_done(&reader) &&
           order->slot < slots;
}

void spawn_report_write(struct string_builder *bytes, const struct spawn_report *report)
{
    codec_begin_frame(bytes, report->kind);
    spawn_report_put(bytes, report);
}

bool spawn_report_read(struct spawn_report *report, const void *bytes, size_t size, uint32_t slots)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    unsigned version;
    report->kind = codec_frame_kind(&reader, SPAWN_REPORTS, &version);
    spawn_report_get(&reader, report);
    return report->kind != 0 && report->kind != SPAWN_REPORTS && byte_reader_done(&reader) &&
           report->slot < slots;
}

/* ---- the node's side ----------------------------------------------------------------------- */

enum error spawner_order(int end, const struct spawn_order *order, const int *descriptors,
                         size_t count)
{
    char frame[SPAWN_FRAME_SIZE];
    struct string_builder bytes = string_builder_over(frame, sizeof frame);
    spawn_order_write(&bytes, order);
    must(!bytes.failed);
    struct iovec part = {.iov_base = frame, .iov_len = bytes.size};
    union control control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    memset(&control, 0, sizeof control);
    if (count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof *descriptors);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(count * sizeof *descriptors);
        memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof *descriptors);
    }
    return sendmsg(end, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? ERROR_IO : OK;
}

enum error spawner_receive(int end, struct spawn_report *report, uint32_t slots)
{
    char frame[SPAWN_FRAME_SIZE];
    ssize_t size = recv(end, frame, sizeof frame, MSG_DONTWAIT);
    if (size > 0 && spawn_report_read(report, frame, (size_t)size, slots))
        return OK;
    if (size >= 0)
        errno = size ? EPROTO : ECONNRESET;
    return ERROR_IO;
}

/* ---- the spawner process ------------------------------------------------------------------- */

/* Nothing here takes memory but setenv. */

/* Waits until there is room. It fails only if the node has gone, which the loop finds. */
static void report(const struct spawner *spawner, enum spawn_report_kind kind, uint32_t slot,
                   int value)
{
    char frame[SPAWN_FRAME_SIZE];
    struct string_builder bytes = string_builder_over(frame, sizeof frame);
    spawn_report_write(&bytes, &(struct spawn_report){.kind = kind, .slot = slot, .value = value});
    while (send(spawner->end, frame, bytes.size, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
}

/* Signals as a program finds them that a shell starts. */
static void forget_signals(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int number = 1; number <= SIGRTMAX; number++)
        if (number != SIGKILL && number != SIGSTOP)
            sigaction(number, &plain, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What the program finds in its environment and behind its own words. The id, which anybody may
 * have chosen, is no option of it. */
static bool set_arguments(struct program_command *command, struct spawn_order *order)
{
    static char end_of_options[] = "--";
    char try[2] = {(char)('0' + order->try), '\0'};
    command->words[command->count] = end_of_options;
    command->words[command->count + 1] = order->id;
    if (setenv("DPSIM_ID", order->id, 1) || setenv("DPSIM_TOKEN", order->token, 1))
        return false;
    if (!order->try)
        return true;
    command->words[command->count + 2] = order->token;
    return setenv("DPSIM_TRY", try, 1) == 0;
}

/* In the child: becomes the program. */
static _Noreturn void become(const struct spawner *spawner, struct spawn_order *order,
                             const int *descriptors)
{
    struct program_command *command = spawner->setup.command;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (getppid() != spawner->self)
        _exit(STATUS_REFUSED);
    report(spawner, SPAWN_STARTED, order->slot, getpid());
    if (set_arguments(command, order) && dup2(descriptors[0], STDOUT_FILENO) >= 0 &&
        dup2(descriptors[1], STDERR_FILENO) >= 0 &&
        (descriptors[2] < 0 || dup2(descriptors[2], STDIN_FILENO) >= 0)) {
        forget_signals();
        execvp(command->path, command->words);
    }
    report(spawner, SPAWN_REFUSED, order->slot, errno);
    _exit(STATUS_REFUSED);
}

static void start(struct spawner *spawner, struct spawn_order *order, const int *descriptors)
{
    bool whole = descriptors[0] >= 0 && descriptors[1] >= 0;
    pid_t pid = whole ? fork() : -1;
    if (pid == 0)
        become(spawner, order, descriptors);
    if (pid > 0) {
        setpgid(pid, pid); /* here too, so that it has its group when it is to be killed */
        spawner->setup.programs[order->slot] = (struct spawned){.pid = pid};
        return;
    }
    report(spawner, SPAWN_REFUSED, order->slot, whole ? errno : EMFILE);
    report(spawner, SPAWN_ENDED, order->slot, 0);
}

/* Waits for an order. False: the node has gone, or what came is none. `descriptors` are those that
 * came along, or -1. */
static bool receive(const struct spawner *spawner, struct spawn_order *order,
                    int descriptors[SPAWN_DESCRIPTORS])
{
    char frame[SPAWN_FRAME_SIZE];
    struct iovec part = {.iov_base = frame, .iov_len = sizeof frame};
    union control control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    for (size_t i = 0; i < SPAWN_DESCRIPTORS; i++)
        descriptors[i] = -1;
    ssize_t size;
    do
        size = recvmsg(spawner->end, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    const struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(descriptors, CMSG_DATA(header),
               min_size(header->cmsg_len - CMSG_LEN(0), SPAWN_DESCRIPTORS * sizeof *descriptors));
    return size > 0 && spawn_order_read(order, frame, (size_t)size, spawner->setup.slots);
}

/* False: the node has gone, or speaks another language. */
static bool take_order(struct spawner *spawner)
{
    struct spawn_order order;
    int descriptors[SPAWN_DESCRIPTORS];
    if (!receive(spawner, &order, descriptors))
        return false;
    pid_t running = spawner->setup.programs[order.slot].pid;
    if (order.kind == SPAWN_START)
        start(spawner, &order, descriptors);
    else if (running)
        kill(-running, SIGKILL);
    for (size_t i = 0; i < SPAWN_DESCRIPTORS; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
    return true;
}

static bool is_program(const void *context, pid_t pid)
{
    const struct spawner *spawner = context;
    const struct spawned *programs = spawner->setup.programs;
    for (uint32_t slot = 0; slot < spawner->setup.slots; slot++)
        if (programs[slot].pid == pid)
            return true;
    return false;
}

/* Reaps a child that has ended: a program, or a process that a program left behind. The group is
 * killed before the child is waited for, which keeps its number from being used anew. */
static void reap_child(struct spawner *spawner, pid_t pid)
{
    struct spawned *programs = spawner->setup.programs;
    if (!is_program(spawner, pid)) {
        reap(pid);
        return;
    }
    kill(-pid, SIGKILL);
    while (programs->pid != pid)
        programs++;
    *programs = (struct spawned){.ended = true, .status = reap(pid), .ended_ns = monotonic_ns()};
    spawner->ended++;
}

static void reap_children(struct spawner *spawner)
{
    for (;;) {
        siginfo_t child = {.si_pid = 0};
        if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) < 0 || child.si_pid == 0)
            return;
        reap_child(spawner, child.si_pid);
    }
}

/* After each end of a child: its own children are ours then. */
static void end_programs(struct spawner *spawner)
{
    bool left = kill_children(is_program, spawner);
    int64_t before_ns = monotonic_ns() - (left ? SPAWN_LEFT_NS : 0);
    for (uint32_t slot = 0; spawner->ended && slot < spawner->setup.slots; slot++) {
        struct spawned *program = &spawner->setup.programs[slot];
        if (!program->ended || program->ended_ns > before_ns)
            continue;
        program->ended = false;
        spawner->ended--;
        report(spawner, SPAWN_ENDED, slot, program->status);
    }
}

/* Kills all that there is. */
static _Noreturn void finish(struct spawner *spawner)
{
    const struct spawned *programs = spawner->setup.programs;
    for (uint32_t slot = 0; slot < spawner->setup.slots; slot++)
        if (programs[slot].pid)
            kill(-programs[slot].pid, SIGKILL);
    end_children(END_PATIENCE_NS);
    _exit(EXIT_SUCCESS);
}

static void close_range_of(unsigned from, unsigned to)
{
#ifdef SYS_close_range
    if (from > to || syscall(SYS_close_range, from, to, 0u) == 0)
        return;
#endif
    struct rlimit limit = {.rlim_cur = 1024};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned one = from; one <= to && one < limit.rlim_cur; one++)
        close((int)one);
}

/* Keeps nothing of the node's but its standard error and one end of the socket. */
static bool close_inherited(struct spawner *spawner)
{
    spawner->end = fcntl(spawner->end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (spawner->end < 0)
        return false;
    close_range_of(STDERR_FILENO + 1, (unsigned)spawner->end - 1);
    close_range_of((unsigned)spawner->end + 1, ~0u);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return false;
    if (null > STDERR_FILENO)
        close(null);
    return true;
}

static void take_signals(const struct spawner *spawner)
{
    struct signalfd_siginfo signals;
    while (read(spawner->signals, &signals, sizeof signals) > 0)
        ;
}

static bool listen_to_signals(struct spawner *spawner)
{
    static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP};
    forget_signals();
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    spawner->signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    return spawner->signals >= 0;
}

static _Noreturn void run(struct spawner *spawner)
{
    spawner->self = getpid();
    setpgid(0, 0);
    prctl(PR_SET_NAME, "dpsim-spawner");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!close_inherited(spawner) || !listen_to_signals(spawner) ||
        setenv("DPSIM_NODE", spawner->setup.node, 1) < 0)
        _exit(EXIT_FAILURE);
    struct pollfd watched[] = {{.fd = spawner->end, .events = POLLIN},
                               {.fd = spawner->signals, .events = POLLIN}};
    for (;;) {
        if (poll(watched, 2, spawner->ended ? SWEEP_MS : -1) < 0)
            continue;
        if (watched[1].revents)
            take_signals(spawner);
        if (watched[1].revents || spawner->ended) {
            reap_children(spawner);
            end_programs(spawner);
        }
        if (watched[0].revents && !take_order(spawner))
            finish(spawner);
    }
}

enum error spawner_fork(const struct spawner_setup *setup, pid_t *spawner, int *end)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return ERROR_IO;
    *spawner = fork();
    if (*spawner == 0) {
        struct spawner self = {.setup = *setup, .end = ends[1]};
        run(&self);
    }
    int why = errno;
    close(ends[1]);
    *end = ends[0];
    if (*spawner > 0)
        return OK;
    close(ends[0]);
    errno = why;
    return ERROR_IO;
}
