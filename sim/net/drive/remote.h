/* The driver's end of a connection to the agent of a node on another host.
 *
 * The driver polls and the agent answers with its status and what has been recorded, one poll at a
 * time: so a slow network slows the trace. An agent lets a driver go that falls too far behind.
 *
 * Each exchange also measures how the clocks of the two hosts differ: the agent read its clock
 * between the driver's two readings of its own, so the difference is known to half the time that
 * the exchange took (Cristian, 1989). The best exchange counts, plus what clocks can drift since.
 */
#ifndef NET_DRIVE_REMOTE_H
#define NET_DRIVE_REMOTE_H

#include "base/failure.h"
#include "net/process/agent.h"

/* Clocks of two hosts drift apart by no more: each may be slewed by 500 ppm. */
#define REMOTE_DRIFT_PPM 1000

struct remote;

struct remote_setup {
    void *context; /* of ZeroMQ */
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* the driver's; NULL: the cluster has no keys */
    node_id node;
};

/* Connects, greets, and measures the clocks. NULL: `failure` says why. */
struct remote *remote_open(const struct remote_setup *setup, struct failure *failure);

/* Says good-bye: the agent restores its node. */
void remote_close(struct remote *remote);

/* Sends an order (order.h) or a fault, after those before it; the fault's number is set here.
 * False: the connection takes no more. */
bool remote_send_order(struct remote *remote, const struct order *order);
bool remote_send_fault(struct remote *remote, struct agent_fault fault);

/* Reads an answer, if there is one, and then polls again. Its records go to `take`. False: nothing
 * came. The agent is silent for too long, lets its driver go, or sends what is no answer: `failure`
 * says so. */
bool remote_poll(struct remote *remote, struct agent_status *status,
                 void (*take)(void *context, const struct record *record), void *context,
                 struct failure *failure);

/* Whether by this status the agent has applied all faults that were sent. */
bool remote_is_settled(const struct remote *remote, const struct agent_status *status);

/* This host's clock less the agent's, and how far off that may be. */
int64_t remote_offset_ns(const struct remote *remote, int64_t *error_ns);

#endif
