/* The machine's clock of real processes: never set, never back, the same for all processes of the
 * host; it goes on while the machine is suspended, as the leases do that others hold. It is the one
 * clock of a node's process, for leases and all else. The node does not read it: its host does,
 * once for a step, and gives it the time. */
#ifndef BASE_MONOTONIC_H
#define BASE_MONOTONIC_H

#include "base/base.h"

#include <time.h>

/* Nanoseconds since some time before this process (CLOCK_BOOTTIME). */
static inline int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

#endif
