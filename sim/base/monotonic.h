/* The clock of a real process: of the machine, never set, never back. */
#ifndef BASE_MONOTONIC_H
#define BASE_MONOTONIC_H

#include "base/base.h"

#include <time.h>

static inline int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

#endif
