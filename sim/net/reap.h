/* The end of a child, whatever signals come meanwhile. A driver's handlers interrupt its calls, so
 * a bare waitpid returns while the child still runs: a zombie, with a status that nobody ever set.
 */
#ifndef NET_REAP_H
#define NET_REAP_H

#include <errno.h>
#include <sys/types.h>
#include <sys/wait.h>

/* Waits until the child has ended, and frees its number. Its status, as of waitpid; 0 if there is
 * no such child. */
static inline int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

#endif
