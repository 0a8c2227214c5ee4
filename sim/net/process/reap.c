#include "net/process/reap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

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
        return false;
    for (pid_t child; (child = next_number(file, bytes, sizeof bytes, &size, &at));)
        found |= !spares(context, child) && kill(child, SIGKILL) == 0;
    close(file);
    return found;
}
