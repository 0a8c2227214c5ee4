/* The trace for ShiViz, which draws what happened before what: events with vector clocks, as the
 * log format of ShiViz has them (https://bestchai.bitbucket.io/shiviz). The first line of the file
 * is the regular expression by which it is parsed, the second one, which would part several runs,
 * is empty, and each event has two lines:
 *
 *     1.004635s worker 1 starts
 *     n2 {"n1":3,"n2":7}
 *
 * Each node is a host, and so are the faults. A host's own number counts its events; another's is
 * the last event there which came before, by messages: also by heartbeats and by what is said of
 * leases, though these are no events here, nor are renewals, since there would be little else. What
 * is dropped has no event: it is sent and does not come. */
#ifndef TRACE_SHIVIZ_H
#define TRACE_SHIVIZ_H

#include "base/pool_map.h"
#include "trace/reader.h"
#include "trace/writer.h"

/* Each message under way has a clock of as many numbers. */
#define SHIVIZ_NODES_MAX 256u

struct shiviz {
    struct reader reader;
    struct writer writer;
    uint32_t nodes;
    uint32_t *clocks;         /* of each node: a number of each node */
    uint32_t faults;          /* so far */
    struct pool_map messages; /* under way, with the sender's clock */
    bool no_memory;           /* for some message: clocks lack it from then on */
};

/* Errors of `out` are left for the caller to see by ferror; nodes <= SHIVIZ_NODES_MAX.
 * ERROR_MEMORY: nothing is written, and nothing to be ended. */
enum error shiviz_begin(struct shiviz *shiviz, FILE *out, uint32_t nodes);

/* Writes what is left. ERROR_MEMORY: the clocks are not whole. */
enum error shiviz_end(struct shiviz *shiviz);

#endif
