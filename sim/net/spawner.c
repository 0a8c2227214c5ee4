#include "net/spawner.h"

#include "net/reap.h"

#include <errno.h>
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
#include <sys/wait.h>
#include <unistd.h>

/* What a shell gives a program that it can't execute. */
#define STATUS_REFUSED 127

/* Room for one descriptor beside a message. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* What the spawner process knows. */
struct spawner {
    struct spawner_setup setup;
    int end;     /* its end of the socket */
    int signals; /* a signalfd for SIGCHLD */
    pid_t self;
};

/* The node's side. */

enum error spawner_order(int end, const struct order *order, int descriptor)
{
    struct order copy = *order;
    struct iovec part = {.iov_base = &copy, .iov_len = sizeof copy};
    union control control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    memset(&control, 0, sizeof control);
    if (descriptor >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.bytes;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    }
    return sendmsg(end, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof copy ? OK : ERROR_IO;
}

enum error spawner_hear(int end, struct report *report)
{
    ssize_t size = recv(end, report, sizeof *report, MSG_DONTWAIT);
    if (size == sizeof *report)
        return OK;
    if (size >= 0)
        errno = ECONNRESET;
    return ERROR_IO;
}

/* The spawner process. Nothing here allocates but setenv. */

/* Waits until there is room. It fails only if the node is gone, which is then seen by all. */
static void report(const struct spawner *spawner, enum report_kind kind, uint32_t place, int value)
{
    struct report words = {.kind = kind, .place = place, .value = value};
    while (send(spawner->end, &words, sizeof words, MSG_NOSIGNAL) < 0 && errno == EINTR)
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

/* In the child: becomes the program. */
static _Noreturn void become(const struct spawner *spawner, struct order *order, int output)
{
    struct command *command = spawner->setup.command;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != spawner->self)
        _exit(STATUS_REFUSED);
    command->words[command->count] = order->id;
    if (setenv("DPSIM_ID", order->id, 1) == 0 && dup2(output, STDOUT_FILENO) >= 0) {
        forget_signals();
        execvp(command->path, command->words);
    }
    report(spawner, REPORT_REFUSED, order->place, errno);
    _exit(STATUS_REFUSED);
}

static void start(struct spawner *spawner, struct order *order, int output)
{
    pid_t pid = output < 0 ? -1 : fork();
    if (pid == 0)
        become(spawner, order, output);
    if (pid > 0) {
        setpgid(pid, pid); /* here too, so that it has its group when it is to be killed */
        spawner->setup.programs[order->place] = pid;
        return;
    }
    report(spawner, REPORT_REFUSED, order->place, output < 0 ? EMFILE : errno);
    report(spawner, REPORT_ENDED, order->place, 0);
}

/* Whether the node is there: EAGAIN aside, a message that is none is its end. `*output` is the
 * descriptor that came along, or -1. */
static bool receive(const struct spawner *spawner, struct order *order, int *output)
{
    struct iovec part = {.iov_base = order, .iov_len = sizeof *order};
    union control control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    *output = -1;
    ssize_t size;
    do
        size = recvmsg(spawner->end, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    const struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(output, CMSG_DATA(header), sizeof *output);
    return size == sizeof *order;
}

static bool obey(struct spawner *spawner)
{
    struct order order;
    int output;
    if (!receive(spawner, &order, &output))
        return false;
    must(order.place < spawner->setup.places);
    pid_t running = spawner->setup.programs[order.place];
    if (order.kind == ORDER_START)
        start(spawner, &order, output);
    else if (running)
        kill(-running, SIGKILL);
    if (output >= 0)
        close(output);
    return true;
}

/* Ends the account of a child that has ended: of a program, or of one that a program left behind.
 * The group is killed while the child, not waited for yet, keeps its number from being used anew.
 */
static void bury(struct spawner *spawner, pid_t pid)
{
    uint32_t place = 0;
    while (place < spawner->setup.places && spawner->setup.programs[place] != pid)
        place++;
    bool known = place < spawner->setup.places;
    if (known)
        kill(-pid, SIGKILL);
    int status = reap(pid);
    if (!known)
        return;
    spawner->setup.programs[place] = 0;
    report(spawner, REPORT_ENDED, place, status);
}

static void bury_the_dead(struct spawner *spawner)
{
    struct signalfd_siginfo signals;
    while (read(spawner->signals, &signals, sizeof signals) > 0)
        ;
    for (;;) {
        siginfo_t child = {.si_pid = 0};
        if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) < 0 || child.si_pid == 0)
            return;
        bury(spawner, child.si_pid);
    }
}

static _Noreturn void finish(const struct spawner *spawner)
{
    const pid_t *programs = spawner->setup.programs;
    for (uint32_t place = 0; place < spawner->setup.places; place++)
        if (programs[place])
            kill(-programs[place], SIGKILL);
    for (uint32_t place = 0; place < spawner->setup.places; place++)
        if (programs[place])
            reap(programs[place]);
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
static bool let_go(struct spawner *spawner)
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

/* The life of the spawner process. */
static _Noreturn void serve(struct spawner *spawner)
{
    spawner->self = getpid();
    setpgid(0, 0);
    prctl(PR_SET_NAME, "dpsim-spawner");
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* where process 1 waits for no one, it must */
    if (!let_go(spawner) || !listen_to_signals(spawner) ||
        setenv("DPSIM_NODE", spawner->setup.node, 1) < 0)
        _exit(EXIT_FAILURE);
    struct pollfd watched[] = {{.fd = spawner->end, .events = POLLIN},
                               {.fd = spawner->signals, .events = POLLIN}};
    for (;;) {
        if (poll(watched, 2, -1) < 0)
            continue;
        if (watched[1].revents)
            bury_the_dead(spawner);
        if (watched[0].revents && !obey(spawner))
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
        serve(&self);
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
