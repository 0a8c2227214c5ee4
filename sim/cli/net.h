/* Real processes and sockets: a node, a request to a running cluster, and the keys for both.
 *
 * live.c does it with ZeroMQ; live_absent.c is linked in its place where dpsim is built without. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "cli/options.h"
#include "run/runner.h"

/* Whether this dpsim can do any of it; if not, what to say. */
bool net_is_built(void);
#define NET_ABSENT "built without ZeroMQ (NET=0): there is no --net"

/* Fits a plan to the running cluster of --cluster, if it is given: what nodes must agree on is the
 * cluster's, and a scenario that says otherwise does not fit. A message says why not. */
enum status net_adopt_cluster(const struct options *options, struct plan *plan);

/* Begins a run on real processes. STATUS_FAILED: a message says why not. */
enum status net_open_runner(struct runner **runner, const struct runner_setup *setup,
                            const struct options *options);

/* Is the node process that its parent describes by the descriptor of --serve-fd. */
enum status net_node_process(const struct options *options);

/* Is the node that the options name until it is told to end. */
enum status net_node(const struct options *options);

/* Asks a running cluster for the ids of --request and prints their values, or errors. */
enum status net_request(const struct options *options);

/* Makes the key file of --keygen in the current directory and prints its line for the cluster
 * file. */
enum status net_keygen(const struct options *options);

#endif
