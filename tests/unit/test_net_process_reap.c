#include "net/process/reap.h"

#include "support/scripts.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SIGNALS 5

static int ends[2];

/* The pipe may be full by then, if the child gets no time to read. */
static void pass_on(int number)
{
    int error = errno;
    if (write(ends[1], "", 1) != 1 && errno != EAGAIN)
        _exit(number);
    errno = error;
}

/* A timer's signals, one a millisecond, each of which interrupts what is called. */
static void start_signals(void)
{
    struct sigaction action = {.sa_handler = pass_on};
    struct itimerval each = {{0, 1000}, {0, 1000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &each, NULL);
}

static void stop_signals(void)
{
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_IGN); /* one may still be on its way */
}

static _Noreturn void end_after_signals(void)
{
    char byte;
    close(ends[1]);
    for (int i = 0; i < SIGNALS; i++)
        if (read(ends[0], &byte, 1) != 1)
            _exit(1);
    _exit(7);
}

/* The child ends after some signals came, most of them while it is waited for. */
static void a_child_is_waited_for_whatever_signals_come(void)
{
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    CU_ASSERT_EQUAL_FATAL(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    pid_t child = fork();
    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0)
        end_after_signals();
    start_signals();
    int status = reap(child);
    stop_signals();
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CU_ASSERT_EQUAL(waitpid(child, NULL, WNOHANG), -1);
    close(ends[0]);
    close(ends[1]);
}

static void one_that_is_no_child_is_not_waited_for(void)
{
    CU_ASSERT_EQUAL(reap(getppid()), 0);
}

static bool is_the_one(const void *context, pid_t child)
{
    return child == *(const pid_t *)context;
}

/* More than are read at once. */
static void all_children_are_killed_but_one(void)
{
    enum { MANY = 150 };
    pid_t children[MANY];
    for (int i = 0; i < MANY; i++) {
        children[i] = fork();
        CU_ASSERT_TRUE_FATAL(children[i] >= 0);
        if (children[i] == 0) {
            pause();
            _exit(0);
        }
    }
    pid_t *one = &children[MANY / 2];
    CU_ASSERT_TRUE(kill_children(is_the_one, one));
    for (int i = 0; i < MANY; i++)
        if (&children[i] != one)
            CU_ASSERT_EQUAL(WTERMSIG(reap(children[i])), SIGKILL);
    CU_ASSERT_FALSE(kill_children(is_the_one, one));
    CU_ASSERT_EQUAL(waitpid(*one, NULL, WNOHANG), 0);
    kill(*one, SIGKILL);
    reap(*one);
}

static void children_that_cannot_be_listed_now_may_be_there(void)
{
    struct rlimit before;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    bool found = kill_children(NULL, NULL);
    setrlimit(RLIMIT_NOFILE, &before);
    CU_ASSERT_TRUE(found);
    CU_ASSERT_FALSE(kill_children(NULL, NULL));
}

/* Has a child, tells who it is, and ends it when the other end says so. */
static _Noreturn void end_a_child(int end)
{
    char go;
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    if (write(end, &child, sizeof child) != sizeof child || read(end, &go, 1) != 1)
        _exit(1);
    end_children(50 * NS_PER_MS);
    _exit(0);
}

/* One that is traced is not its parent's to reap before the tracer has: here that is never. */
static void a_child_that_does_not_end_is_not_waited_for_long(void)
{
    int link[2], status = -1;
    pid_t child = 0;
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, link), 0);
    pid_t parent = fork();
    CU_ASSERT_TRUE_FATAL(parent >= 0);
    if (parent == 0)
        end_a_child(link[1]);
    CU_ASSERT_EQUAL_FATAL(read(link[0], &child, sizeof child), sizeof child);
    bool traced = ptrace(PTRACE_SEIZE, child, NULL, NULL) == 0; /* it may be forbidden */
    CU_ASSERT_EQUAL(write(link[0], "", 1), 1);
    CU_ASSERT_TRUE(process_ends(parent));
    kill(parent, SIGKILL);
    CU_ASSERT_TRUE(waitpid(parent, &status, 0) == parent && status == 0);
    if (traced)
        CU_ASSERT_EQUAL(waitpid(child, NULL, __WALL), child);
    close(link[0]);
    close(link[1]);
}

SUITE(net_reap, TEST(a_child_is_waited_for_whatever_signals_come),
      TEST(one_that_is_no_child_is_not_waited_for), TEST(all_children_are_killed_but_one),
      TEST(children_that_cannot_be_listed_now_may_be_there),
      TEST(a_child_that_does_not_end_is_not_waited_for_long));
