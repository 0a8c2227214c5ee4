#include "net/process/reap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* How often those that are to end are looked at. */
#define REST_NS (2 * NS_PER_MS)

int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Reads the next number of those that blanks end. 0: there is none. */
static pid_t next_number(int file, char *bytes, size_t room, size_t *size, size_t *at)
{
    pid_t number = 0;
    for (;;) {
        if (*at == *size) {
            ssize_t more = read(file, bytes, room);
            if (more <= 0)
                return number;
            *size = (size_t)more;
            *at = 0;
        }
        char byte = bytes[(*at)++];
        if (byte >= '0' && byte <= '9')
            number = number * 10 + (byte - '0');
        else if (number)
            return number;
    }
}

bool kill_children(bool (*spares)(const void *context, pid_t child), const void *context)
{
    char bytes[512];
    size_t size = 0, at = 0;
    bool found = false;
    snprintf(bytes, sizeof bytes, "/proc/self/task/%d/children", (int)getpid());
    int file = open(bytes, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    for (pid_t child; (child = next_number(file, bytes, sizeof bytes, &size, &at));)
        found |= !(spares && spares(context, child)) && kill(child, SIGKILL) == 0;
    close(file);
    return found;
}

bool reap_ended(bool (*spares)(const void *context, pid_t child), const void *context)
{
    for (bool found = false;; found = true) {
        siginfo_t child = {.si_pid = 0};
        if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) < 0 || child.si_pid == 0 ||
            (spares && spares(context, child.si_pid)))
            return found;
        reap(child.si_pid);
    }
}

/* Counts its rests, not the time: while nothing runs, nothing can end. */
void end_children(int64_t patience_ns)
{
    static const struct timespec rest = {.tv_nsec = REST_NS};
    for (int64_t left = patience_ns / REST_NS; kill_children(NULL, NULL) && left > 0;) {
        if (reap_ended(NULL, NULL))
            continue; /* what it left behind is ours now */
        nanosleep(&rest, NULL);
        left--;
    }
}
