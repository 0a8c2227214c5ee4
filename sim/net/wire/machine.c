#include "net/wire/machine.h"

#include "base/number.h"
#include "net/wire/connection_monitor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zmq.h>

#define EXIT_FAILED 4

/* Descriptors of a context with its two threads, and of one socket with its monitor and its
 * connection. */
#define CONTEXT_DESCRIPTORS 8u
#define SOCKET_DESCRIPTORS  6u

#define MIB ((size_t)1 << 20)

/* Of a program that runs: its output, its errors, its input. */
#define PROGRAM_DESCRIPTORS 3u

/* Where the system does not say how large a thread's stack is. */
#define STACK_USUAL (8 * MIB)

static const char gave_up[] = "a library gave up, as ZeroMQ does without memory or open files "
                              "(see ulimit -v, -n and -u)";

static void (*on_abort)(const char *why);

struct machine_need machine_need_of_node(uint32_t nodes, uint32_t programs)
{
    return (struct machine_need){.descriptors = CONTEXT_DESCRIPTORS + CONNECTIONS_RESERVE +
                                                SOCKET_DESCRIPTORS * nodes +
                                                PROGRAM_DESCRIPTORS * programs,
                                 .bytes = 32 * MIB + nodes * (MIB / 2)};
}

struct machine_need machine_need_of_agent(void)
{
    return (struct machine_need){.descriptors = CONTEXT_DESCRIPTORS + CONNECTIONS_RESERVE,
                                 .bytes = 16 * MIB};
}

struct machine_need machine_need_of_client(void)
{
    return (struct machine_need){.descriptors = CONTEXT_DESCRIPTORS + 2 * SOCKET_DESCRIPTORS,
                                 .bytes = 16 * MIB};
}

struct machine_need machine_need_of_driver(uint32_t nodes)
{
    return (struct machine_need){.descriptors =
                                     CONTEXT_DESCRIPTORS + SOCKET_DESCRIPTORS * (nodes + 1),
                                 .bytes = 32 * MIB + nodes * (MIB / 2)};
}

/* ---- what is left -------------------------------------------------------------------------- */

static uint64_t open_files(void)
{
    uint64_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return errno == EMFILE ? UINT64_MAX : 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count > 3 ? count - 3 : 0; /* itself, and . and .. */
}

static enum error check_files(uint64_t needed, struct failure *failure)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return OK;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    uint64_t most = limit.rlim_cur, open = min_u64(open_files(), most);
    if (most - open >= needed)
        return OK;
    return failure_set(failure, ERROR_IO,
                       "too few open files are allowed: %llu more are needed, and %llu are left of "
                       "the limit (ulimit -n) of %llu",
                       (unsigned long long)needed, (unsigned long long)(most - open),
                       (unsigned long long)most);
}

static uint64_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t stack_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return STACK_USUAL;
    return limit.rlim_cur;
}

static enum error check_memory(uint64_t needed, struct failure *failure)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return OK;
    needed += 2 * stack_size();
    uint64_t used = min_u64(address_space(), limit.rlim_cur), left = limit.rlim_cur - used;
    if (left >= needed)
        return OK;
    return failure_set(failure, ERROR_IO,
                       "too little memory is allowed: %llu MiB more are needed, and %llu are left "
                       "of the limit (ulimit -v) of %llu",
                       (unsigned long long)(needed / MIB), (unsigned long long)(left / MIB),
                       (unsigned long long)(limit.rlim_cur / MIB));
}

/* ---- what happens all the same ------------------------------------------------------------- */

static void write_all(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

/* A bug of this program, and a signal of another hand, end it as they would. */
static void take_abort(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (must_has_failed || info->si_pid != getpid()) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    write_all("dpsim: ");
    write_all(gave_up);
    write_all("\n");
    if (on_abort)
        on_abort(gave_up);
    _exit(EXIT_FAILED);
}

void machine_on_abort(void (*report)(const char *why))
{
    on_abort = report;
}

void *machine_context(const struct machine_need *need, struct failure *failure)
{
    struct sigaction action = {.sa_sigaction = take_abort, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (check_files(need->descriptors, failure) || check_memory(need->bytes, failure))
        return NULL;
    sigaction(SIGABRT, &action, NULL);
    void *context = zmq_ctx_new();
    if (!context)
        failure_set(failure, ERROR_IO, "ZeroMQ: %s", zmq_strerror(errno));
    return context;
}
