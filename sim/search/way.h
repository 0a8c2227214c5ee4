/* A run as the list of its seeds: the first draws which trouble there is (see swarm.h) and all that
 * happens, up to the time at which the next one takes over, as `at 2s seed 7` has it in a scenario.
 *
 * Up to that time the run is the same as without it: so a run that got somewhere can be gone on
 * with in many ways. */
#ifndef SEARCH_WAY_H
#define SEARCH_WAY_H

#include "base/base.h"

#define WAY_MOST 12u

struct way_step {
    int64_t at_ns; /* of the first one 0; times grow */
    uint64_t seed;
};

struct way {
    uint32_t count; /* 1..WAY_MOST */
    struct way_step steps[WAY_MOST];
};

#endif
