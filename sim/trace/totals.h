/* A run in numbers: what its summary says, and what expectations of the whole run are held against.
 */
#ifndef TRACE_TOTALS_H
#define TRACE_TOTALS_H

#include "node/message.h"

struct totals {
    uint64_t requests;
    uint64_t outcomes[OUTCOMES_COUNT]; /* outcomes[OUTCOME_VALUE]: answered */
    uint64_t fallbacks;                /* second tries */
    uint64_t messages;                 /* delivered to a node */
    uint64_t dropped;
    uint64_t loads;
    uint64_t workers_started;
    uint64_t workers_expired; /* or ended with a node that left */
    uint64_t workers_lost;    /* with a node that crashed */
    uint64_t workers_moved;
    uint64_t malformed;    /* frames, on a real network: they could not be read */
    uint64_t refused;      /* keys, clusters and versions, likewise */
    uint64_t duplicates;   /* times an id gained a further live worker */
    int64_t duplicate_ns;  /* how long ids had more than one, summed over ids */
    int64_t double_p50_ns; /* the same of each id that ever had; 0 if none had */
    int64_t double_p99_ns;
    int64_t double_max_ns;
    bool latency_known;     /* else the latencies are 0 */
    int64_t latency_p50_ns; /* of the answered; 0 if none was */
    int64_t latency_p90_ns;
    int64_t latency_p99_ns;
    int64_t latency_max_ns;
};

/* Workers that live at the end. */
static inline uint64_t totals_alive(const struct totals *totals)
{
    return totals->workers_started - totals->workers_expired - totals->workers_lost -
           totals->workers_moved;
}

#endif
