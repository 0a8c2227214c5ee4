/* Carries a plan through on real processes, in real time: a runner, see run/runner.h.
 *
 *     executor -> orders, signals -> processes -> records -> causal merge -> trace repair -> judge
 *
 * One thread: it does what is due, reads what the nodes have recorded, and waits. The run's time 0
 * is when all nodes are up and have greeted each other. An expectation at the cursor is judged when
 * the records of all nodes up to its time are in. */
#ifndef NET_DRIVE_DRIVE_H
#define NET_DRIVE_DRIVE_H

#include "base/failure.h"
#include "net/config/cluster_file.h"
#include "run/runner.h"

/* How late a timer of a node may be before the checker calls it a breach. A process that gets no
 * processor for longer than NODE_PROCESS_STALL_NS records that itself, and it counts as a freeze.
 */
#define DRIVE_LATE_NS (250 * NS_PER_MS)

/* While nodes start: so many of all have come as far as `what` says, as "are up". */
typedef void drive_watch(void *context, uint32_t nodes, uint32_t all, const char *what);

struct drive_setup {
    const struct plan *plan;
    /* A cluster that runs already, and the driver's key (NULL: the cluster has no keys); both
     * outlive the runner. NULL: a cluster of this run's own is started. */
    const struct cluster_file *cluster_file;
    const struct key_pair *keys;
    struct reader **readers;
    size_t readers_count;
    drive_watch *watch; /* is called often; NULL: nobody is told */
    void *watch_context;
};

/* An interrupt (base/interrupt.h) ends the start, which then fails, or the run, in an orderly way.
 *
 * Starts a process a node on this host's loopback, with fresh keys, and waits until all are there;
 * or greets the agents of a cluster that runs, which is put right when the runner is deleted, and
 * runs on. NULL: `failure` says why. */
struct runner *drive_new(const struct drive_setup *setup, struct failure *failure);

/* Times of two nodes are told apart no better than this; 0: they have one clock. */
int64_t drive_error_ns(const struct runner *runner);

#endif
