/* A cluster from inside; for cluster.c (the run) and cluster_make.c (its beginning and end) alone.
 */
#ifndef VIRTUAL_CLUSTER_STATE_H
#define VIRTUAL_CLUSTER_STATE_H

#include "run/runner.h"
#include "virtual/apply.h"
#include "virtual/host.h"
#include "virtual/thread_pool.h"
#include "virtual/tournament.h"

struct thread_tally {
    struct tally tally;
    struct quantiles latencies;
    char apart[APART];
};

struct cluster {
    struct runner runner;
    struct runner_setup setup;
    const struct plan *plan;
    struct target target;
    struct host *hosts;
    uint32_t hosts_count; /* initialised */
    struct tournament tournament;
    struct thread_pool *thread_pool;
    struct thread_tally *tallies; /* one a thread */
    struct tally sum;             /* of all, as last asked for */
    uint32_t threads;
    uint32_t jobs;        /* that share the limit of memory */
    uint32_t outbox_kept; /* what an outbox keeps room for */
    node_id *active;      /* the nodes of the window at hand */
    bool *busy;           /* of each node: something but heartbeats is to happen there */
    uint32_t busy_count;
    int64_t now_ns;
    uint16_t step;
    int64_t window_end_ns; /* for host_run */
    int64_t whole_end_ns;  /* of the window at hand; the caller's pause may have cut it in two */
    uint16_t window_step;
    uint64_t events_unchecked; /* queued for windows since the last look at the memory limit */
    struct screen *screen;     /* the judge's; NULL: the judge gets all records */
    bool suspect;              /* by the screen: the run is made again without it */
    enum run_state state;
    char why[256]; /* RUN_FAILED */
};

/* ---- cluster.c ------------------------------------------------------------------------------- */

/* The context is the cluster: a record goes to the judge, at once or after all that hosts have made
 * so far; and a host has done its part of an action. */
void cluster_put(void *context, const struct record *record);
void cluster_put_next(void *context, const struct record *record);
void cluster_relieve(void *context, node_id node);

/* Takes and applies the first action of the queue. */
void cluster_run_action(struct cluster *cluster);

/* Collects from all hosts that have sent or recorded something. */
void cluster_collect_all(struct cluster *cluster);

/* ---- cluster_make.c -------------------------------------------------------------------------- */

/* Makes all parts by cluster->setup; cluster_close_parts frees them, also on ERROR_MEMORY. */
enum error cluster_make(struct cluster *cluster);
void cluster_close_parts(struct cluster *cluster);

/* All nodes but the absent ones are up at the start, before anything else, with clocks as the
 * plan's head sets them. */
void cluster_start_nodes(struct cluster *cluster);

/* The run is made from its beginning, and comes to the same: but now the judge gets all records. No
 * reader has seen any. */
void cluster_repeat(struct cluster *cluster);

#endif
