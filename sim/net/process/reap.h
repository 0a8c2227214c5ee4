/* The end of children. */
#ifndef NET_PROCESS_REAP_H
#define NET_PROCESS_REAP_H

#include "base/base.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>

/* Waits until the child has ended, and frees its number. Its status, as of waitpid; 0 if there is
 * no such child. Signals don't break it off: a driver's handlers interrupt its calls, and a bare
 * waitpid returns while the child still runs: a zombie, with a status that nobody ever set. */
int reap(pid_t pid);

/* Kills all children of this process's first thread that are not spared (NULL: none is), those that
 * have ended and are to be reaped included. True: there was one, or it can't be seen now, as no
 * descriptor is free. Takes no memory. What it can't kill: another user's process, as of a
 * set-user-ID program, and any where the kernel doesn't list children (CONFIG_PROC_CHILDREN). */
bool kill_children(bool (*spares)(const void *context, pid_t child), const void *context);

/* Reaps the children that have ended, up to the first that is spared. True: there was one. */
bool reap_ended(bool (*spares)(const void *context, pid_t child), const void *context);

/* Kills and reaps all children, and theirs, which come to this process if it takes orphans
 * (PR_SET_CHILD_SUBREAPER). Returns when there are none left that it can kill, or when those that
 * are left have not ended for all that in so long: a disk may hold one up for seconds. */
#define END_PATIENCE_NS (20 * NS_PER_S)
void end_children(int64_t patience_ns);

#endif
