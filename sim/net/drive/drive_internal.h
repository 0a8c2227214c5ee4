/* What the files of a driver share: drive.c (the run), drive_records.c (what the nodes record),
 * cluster_operations.c (the executor's operations on nodes and links), drive_startup.c (the start
 * of all nodes). For them alone. */
#ifndef NET_DRIVE_DRIVE_INTERNAL_H
#define NET_DRIVE_DRIVE_INTERNAL_H

#include "net/drive/causal_merge.h"
#include "net/drive/drive.h"
#include "net/drive/node_handle.h"
#include "net/process/sources.h"

/* See drive_sources.h. */
struct node_sources {
    struct open_sources all;
    uint64_t made;    /* for the frozen node, since it is frozen */
    int64_t made_ns;  /* what was due up to then */
    int64_t taken_ns; /* the process takes over, or has, what was made up to then */
    bool unmade;      /* the frozen node has been sent a request that it makes itself */
};

struct drive {
    struct runner runner;
    const struct plan *plan;
    struct cluster_file cluster_file;
    bool attached; /* the cluster ran before, maybe on other hosts; else it is this run's own */
    void *context; /* of ZeroMQ, if attached */
    struct executor executor;
    struct trace_repair repair;
    bool repair_made;
    struct causal_merge merge; /* a feed a node, and one more for FAULT records */
    struct node_handle *handles;
    uint32_t handles_count;     /* open */
    int64_t *base_ns;           /* of each node: what its clock showed at the run's time 0 */
    struct router router;       /* for `owner` as a node */
    struct quantiles latencies; /* of the records that came: all of them with `trace all` */
    struct tally tally;
    struct tally sum;
    int64_t t0_ns; /* of the clock */
    int64_t now_ns;
    int64_t poll_ns;        /* until the records are read again; see drive.c */
    int64_t vague_ns;       /* since when a clock is not known to the stated error; 0: all are */
    uint64_t events_before; /* the run */
    struct gauges *before;  /* of each node, of a cluster that ran before: what it had counted */
    uint64_t syncs;
    uint64_t settled; /* the run can be over when all nodes have carried out this sync */
    uint64_t *synced; /* of each node: the number of the sync that was asked for last */

    uint8_t *cut_now;             /* [from * nodes + to] */
    struct node_sources *sources; /* of each node */
    struct workload *workloads;   /* that began: sent again to a node that starts again */
    size_t workloads_count;
    size_t workloads_capacity;

    drive_watch *watch; /* the start, or NULL */
    void *watch_context;
    enum run_state state;
    struct failure failure; /* RUN_FAILED */
};

/* The run's time. */
int64_t drive_clock_ns(const struct drive *drive);

/* Steps of all nodes during the run. */
uint64_t drive_events(const struct runner *runner);

/* Ends the run as failed, for this reason; the first one counts. */
__attribute__((format(printf, 2, 3))) void drive_fail(struct drive *drive, const char *format, ...);

/* ---- drive_startup.c ----------------------------------------------------------------------- */

/* Starts a cluster of the run's own on loopback and waits until all nodes have greeted each other.
 * Not OK: drive->failure says why, unless it is ERROR_MEMORY; so for the next. */
enum error startup_own(struct drive *drive);

/* Greets the agents of a cluster that runs, and has its nodes record. */
enum error startup_attach(struct drive *drive, const struct key_pair *keys);

/* ---- cluster_operations.c ------------------------------------------------------------------ */

extern const struct cluster_operations drive_operations;

/* Whether all of the plan can be done on real processes, but for what is passed over with a
 * warning. ERROR_TEXT: drive->failure says what can't. */
enum error drive_check_plan(struct drive *drive);

/* What the nodes record: the plan's level, or, where the driver has to know their views, more. */
enum trace_level drive_level(const struct drive *drive);

/* Sends a node that has just been started all that it has to know. */
void drive_brief(struct drive *drive, node_id node);

#endif
