/* Counts what needs no order: one tally a thread, added up at the end. So the numbers of a run are
 * known even when the trace keeps no records of single messages and requests. */
#ifndef TRACE_TALLY_H
#define TRACE_TALLY_H

#include "node/record.h"
#include "trace/quantiles.h"
#include "trace/totals.h"

struct tally {
    struct totals totals;        /* without latencies, duplicates and duplicate_ns */
    struct quantiles *latencies; /* of answers; NULL: they are not kept, as in shared memory */
};

/* Counts the record. */
void tally_take(struct tally *tally, const struct record *record);

/* Adds latencies of answers that were counted without: numbers by base/varint.h, ns. The tally
 * keeps latencies. From bytes that are no number on, nothing is added. */
void tally_take_latencies(struct tally *tally, const struct text *latencies);

/* Adds what `from` counted, without its latencies, to `to`. */
void tally_add(struct tally *to, const struct tally *from);

/* The latency that `ppm` millionths of the answers did not exceed, 0 if nothing was answered.
 * False: it is not known. */
bool tally_latency(const struct tally *tally, uint32_t ppm, int64_t *latency_ns);

/* The counts with latencies; duplicates are the checker's to add. */
struct totals tally_totals(const struct tally *tally);

#endif
