/* N nodes in this process, carried through a plan in virtual time: a runner, see run/runner.h.
 *
 *     action queue (what is done to the cluster) --+
 *     tournament (which node is next) -------------+-> window: nodes run, in parallel
 *                                                      -> messages change hands
 *                                                      -> records, in order -> readers
 *
 * L is the least latency of any link. Within [t, t + L) no node can influence another, so all nodes
 * with events there run at once and nothing they send arrives before its end; whatever is done to
 * the whole cluster ends a window. With L = 0 a window is one causal step of one instant. The
 * result is the same for any number of threads, and however the run is cut by `run`. */
#ifndef VIRTUAL_CLUSTER_H
#define VIRTUAL_CLUSTER_H

#include "run/runner.h"

/* Starts all nodes at time 0. ERROR_MEMORY: `*runner` is NULL. */
enum error cluster_new(struct runner **runner, const struct runner_setup *setup);

#endif
