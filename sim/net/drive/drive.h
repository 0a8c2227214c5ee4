/* Carries a plan through on real processes, in real time.
 *
 *     action queue -> orders, signals -> processes -> records -> causal merge -> trace repair ->
 * judge
 *
 * One thread: it does what is due, reads what the nodes have recorded, and waits. The run's time 0
 * is when all nodes are up and have greeted each other. An expectation at the cursor is judged when
 * the records of all nodes up to its time are in. */
#ifndef NET_DRIVE_DRIVE_H
#define NET_DRIVE_DRIVE_H

#include "check/judge.h"
#include "net/config/cluster_file.h"
#include "run/actions.h"

/* How late a timer of a node may be before the checker calls it a breach. A process that gets no
 * processor for longer than SERVE_STALL_NS tells so itself, and that counts as a freeze. */
#define DRIVE_LATE_NS (250 * NS_PER_MS)

struct drive_setup {
    const struct plan *plan;
    /* A cluster that runs already, and the driver's key (NULL: the cluster is keyless); both
     * outlive the drive. NULL: a cluster of this run's own is started. */
    const struct cluster_file *cluster_file;
    const struct key_pair *keys;
    struct reader **readers;
    size_t readers_count;
};

struct drive;

/* Starts a process a node on this host's loopback, with fresh keys, and waits until all are there;
 * or greets the agents of a cluster that runs. NULL: `why` says why. */
struct drive *drive_new(const struct drive_setup *setup, char why[256]);

/* Ends all processes; a cluster that ran before is put right and runs on. */
void drive_delete(struct drive *drive);

/* Goes on until it is until_ns of the run, or until the run is over. RUN_FAILED: drive_why says
 * why. */
enum run_state drive_run(struct drive *drive, int64_t until_ns);
const char *drive_why(const struct drive *drive);

/* Times of two nodes are told apart no better than this; 0: they have one clock. */
int64_t drive_error_ns(const struct drive *drive);

/* Ends the run from a signal's handler: drive_run comes to its end soon. */
void drive_interrupt(void);

/* As in the simulator's cluster. */
enum error drive_add(struct drive *drive, const struct action *action);
const struct actions *drive_deeds(const struct drive *drive);
const struct judge *drive_judge(const struct drive *drive);
int64_t drive_now_ns(const struct drive *drive);
struct totals drive_totals(struct drive *drive);
uint64_t drive_events(const struct drive *drive);

#endif
