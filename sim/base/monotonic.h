/* The machine's clock of real processes: never set, never back, the same for all processes of the
 * host. The node does not read it: its host gives it the time. */
#ifndef BASE_MONOTONIC_H
#define BASE_MONOTONIC_H

#include "base/base.h"

#include <time.h>

/* Nanoseconds since some time before this process (CLOCK_MONOTONIC). */
static inline int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

#endif
