/* Counts what needs no order: one tally a thread, added up at the end. So the numbers of a run are
 * known even when the trace keeps no records of single messages and requests. */
#ifndef TRACE_TALLY_H
#define TRACE_TALLY_H

#include "node/record.h"
#include "trace/totals.h"

/* Latencies by magnitude: 128 steps for each doubling, so that a quantile is at most 1/128 too high
 * and never too low. 0 is exact; above 2^40 ns all are one. */
#define TALLY_STEPS   128u
#define TALLY_BUCKETS ((41u - 7u + 1u) * TALLY_STEPS)

struct tally {
    struct totals totals; /* without latencies, duplicates and duplicate_ns */
    uint64_t latencies[TALLY_BUCKETS];
    int64_t latency_max_ns;
};

void tally_take(struct tally *tally, const struct record *record);

/* Adds what `from` counted to `to`. */
void tally_add(struct tally *to, const struct tally *from);

/* The latency that `ppm` millionths of the answers did not exceed: 500000 the median, 1000000 the
 * maximum. 0 if nothing was answered. */
int64_t tally_latency_ns(const struct tally *tally, uint32_t ppm);

/* The counts with latencies; duplicates are the checker's to add. */
struct totals tally_totals(const struct tally *tally);

#endif
