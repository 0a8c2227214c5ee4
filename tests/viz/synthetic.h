/* Runs made up for looking at the window's pictures and for measuring them: no simulator, but
 * records such as one would write, in order. */
#ifndef VIZ_SYNTHETIC_H
#define VIZ_SYNTHETIC_H

#include "trace/reader.h"

struct synthetic {
    uint32_t nodes;
    uint64_t seed;
    uint64_t records; /* about so many */
    int64_t span_ns;  /* of the whole run */
    uint64_t ids;
    int64_t ttl_ns;
    int64_t heartbeat_ns; /* 0: none */
    uint32_t loss_ppm;
    bool faults; /* a crash, a freeze and a partition */
};

/* Returns how many records there were. */
uint64_t synthetic_run(const struct synthetic *how, struct reader *reader);

#endif
