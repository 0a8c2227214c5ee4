/* The commands that need real processes and sockets: run a scenario on them, be a node, ask a
 * cluster, make keys.
 *
 * The net_*.c files do it with ZeroMQ; net_absent.c is linked in their place where dpsim is built
 * without. There each function that can fail says so and returns STATUS_FAILED. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "cli/options.h"
#include "run/runner.h"

struct net_cluster; /* see net_cluster.h */

/* Whether this dpsim can do any of it; if not, the reason. */
bool net_is_built(void);
#define NET_ABSENT "built without ZeroMQ (NET=0): there is no --net"

/* Reads the running cluster of --cluster and puts its settings into `plan`; `*cluster` is NULL
 * where the option is not given. STATUS_WRONG: the plan does not fit the cluster, and a message
 * says why. Whatever is returned, `*cluster` is to be freed with net_cluster_delete. */
enum status net_adopt_cluster(const struct options *options, struct plan *plan,
                              struct net_cluster **cluster);
void net_cluster_delete(struct net_cluster *cluster); /* NULL: nothing to do */

/* Begins a run on real processes: on `cluster`, which outlives the run, or on fresh ones where it
 * is NULL. Else a message says why not, and `*runner` is NULL; STATUS_INTERRUPTED: a signal came
 * meanwhile. */
enum status net_open_runner(struct runner **runner, const struct runner_setup *setup,
                            const struct net_cluster *cluster);

/* Is the node process that its parent describes by the descriptor of --process-fd. */
enum status net_node_process(const struct options *options);

/* Is the node that the options name, until SIGTERM. */
enum status net_node(const struct options *options);

/* Asks a running cluster for the ids of --request and prints their values, or errors. */
enum status net_request(const struct options *options);

/* Makes the key file of --keygen in the current directory and prints its line for the cluster
 * file. */
enum status net_make_key(const struct options *options);

#endif
