/* Real processes and sockets: a node, a request to a running cluster, and the keys for both.
 *
 * live.c does it with ZeroMQ; live_absent.c is linked in its place where dpsim is built without. */
#ifndef LIVE_H
#define LIVE_H

#include "carrier.h"
#include "options.h"

/* Whether this dpsim can do any of it; if not, what to say. */
bool live_is_built(void);
#define LIVE_ABSENT "built without ZeroMQ (NET=0): there is no --net"

/* Fits a plan to the running cluster of --cluster, if it is given: what nodes must agree on is the
 * cluster's, and a scenario that says otherwise does not fit. A message says why not. */
enum status live_adopt(const struct options *options, struct plan *plan);

/* Begins a run on real processes. STATUS_FAILED: a message says why not. */
enum status live_carry(struct carrier *carrier, const struct carrier_setup *setup,
                       const struct options *options);

/* Is the node process that its parent describes by the descriptor of --serve-fd. */
enum status live_serve(const struct options *options);

/* Is the node that the options name until it is told to end. */
enum status live_node(const struct options *options);

/* Asks a running cluster for the ids of --request and prints their values, or errors. */
enum status live_request(const struct options *options);

/* Makes the key file of --keygen in the current directory and prints its line for the cluster
 * file. */
enum status live_keygen(const struct options *options);

#endif
