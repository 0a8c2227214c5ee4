/* N nodes in this process, carried through a plan in virtual time.
 *
 *     action queue (what is done to the cluster) --+
 *     tournament (which node is next) ---------+-> window: nodes run, in parallel
 *                                                  -> messages change hands
 *                                                  -> records, in order -> readers
 *
 * L is the least latency of any link. Within [t, t + L) no node can influence another, so all nodes
 * with events there run at once and nothing they send arrives before its end; whatever is done to
 * the whole cluster ends a window. With L = 0 a window is one causal step of one instant. The
 * result is the same for any number of threads, and however the run is cut by cluster_run. */
#ifndef VIRTUAL_CLUSTER_H
#define VIRTUAL_CLUSTER_H

#include "check/judge.h"
#include "run/executor.h"

struct cluster_setup {
    const struct plan *plan;
    uint32_t threads;        /* 1..1024 */
    struct reader **readers; /* who follows the run, besides the checker and the expectations */
    size_t readers_count;
};

struct cluster;

/* NULL when there is no memory or no thread is to be had; errno says why. */
struct cluster *cluster_new(const struct cluster_setup *setup);
void cluster_delete(struct cluster *cluster);

/* Runs on until virtual time until_ns is done or the run is over, whichever comes first. When it is
 * over, all that is to be judged has been. */
enum run_state cluster_run(struct cluster *cluster, int64_t until_ns);

/* Adds an action to a run that is not over; its time is later than what has been run, and it
 * outlives the cluster. It is none that changes a setting. ERROR_MEMORY: it is not done. */
enum error cluster_add(struct cluster *cluster, const struct action *action);

/* What is to be done and was: of the plan, and added. */
const struct executor *cluster_executor(const struct cluster *cluster);

/* When something happens next; TIME_NEVER if nothing does. */
int64_t cluster_next_ns(const struct cluster *cluster);

/* Virtual time: of the last thing that happened. */
int64_t cluster_now_ns(const struct cluster *cluster);

/* Adds up what was counted, with duplicates and latencies. */
struct totals cluster_totals(struct cluster *cluster);
uint64_t cluster_events(const struct cluster *cluster);
const struct judge *cluster_judge(const struct cluster *cluster);

#endif
