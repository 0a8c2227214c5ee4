#include "net/process/program_pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A pipe whose end `ends[own]` is used by us without waiting. 0, or an errno. */
static int open_pipe(int ends[2], int own)
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno == EAGAIN ? EMFILE : errno;
    if (fcntl(ends[own], F_SETFL, O_NONBLOCK) == 0)
        return 0;
    int why = errno;
    close(ends[0]);
    close(ends[1]);
    return why;
}

void program_pipes_close(const int *descriptors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(descriptors[i]);
}

int program_pipes_open(struct program_pipes *pipes, size_t count)
{
    pipes->count = 0;
    for (size_t i = 0; i < count; i++) {
        int ends[2], own = i == 2;
        int why = open_pipe(ends, own);
        if (why) {
            program_pipes_close(pipes->ours, i);
            program_pipes_close(pipes->its, i);
            return why;
        }
        pipes->ours[i] = ends[own];
        pipes->its[i] = ends[!own];
        pipes->count++;
    }
    return 0;
}
