/* The trace for Perfetto and chrome://tracing: the Trace Event Format, as one JSON object.
 *
 * Each node is a process: its workers, requests, and the times in which it is down or frozen are
 * asynchronous slices, messages are flow arrows between slices of a nanosecond, live workers and
 * open requests are counters; faults are instants of the whole trace. Heartbeats are left out:
 * there would be little else. */
#ifndef TRACE_PERFETTO_H
#define TRACE_PERFETTO_H

#include "trace/reader.h"
#include "trace/writer.h"

struct perfetto_node {
    uint32_t workers;  /* live */
    uint32_t requests; /* open */
    bool down;         /* all are before their first UP */
    bool frozen;
};

struct perfetto {
    struct reader reader;
    struct writer writer;
    uint32_t nodes;
    struct perfetto_node *state; /* of each node */
    bool begun;                  /* some event is written */
    bool under_way;              /* time has gone on since the start */
};

/* Errors of `out` are left for the caller to see by ferror. ERROR_MEMORY: nothing is written, and
 * nothing to be ended. */
enum error perfetto_begin(struct perfetto *perfetto, FILE *out, uint32_t nodes);

/* Closes the object. */
void perfetto_end(struct perfetto *perfetto);

#endif
