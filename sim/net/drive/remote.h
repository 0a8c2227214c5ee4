/* The driver's end of a connection to a agent.
 *
 * The driver asks for what there is (a LOOK) and the agent answers (SEEN), one at a time; so a slow
 * network slows the trace; a agent lets a driver go that falls too far behind. Each such exchange
 * also tells how the clocks of the two hosts stand: the agent read its clock between the driver's
 * two readings of its own, so the difference is known to half of what the exchange took (Cristian,
 * 1989). The best exchange counts, plus what clocks can drift since. */
#ifndef NET_DRIVE_REMOTE_H
#define NET_DRIVE_REMOTE_H

#include "net/process/agent.h"

/* Clocks of two hosts drift apart by no more: each may be slewed by 500 ppm. */
#define REMOTE_DRIFT_PPM 1000

struct remote;

struct remote_setup {
    void *context; /* of ZeroMQ */
    const struct cluster_file *cluster_file;
    const struct key_pair *keys; /* the driver's; NULL: keyless */
    node_id node;
};

/* Connects, greets, and measures the clocks. NULL: `why` says why. */
struct remote *remote_open(const struct remote_setup *setup, char why[256]);

/* Says good-bye: the node is put right. */
void remote_close(struct remote *remote);

/* Sends an order, or a strike, in order. False: the connection takes no more. */
bool remote_send_order(struct remote *remote, const void *bytes, size_t size);
bool remote_strike(struct remote *remote, struct agent_fault strike);

/* What came since the last time: an answer to a LOOK, if there is one, and then the next LOOK goes
 * out. Records, in `seen->records`, go to `take`. False: nothing came. ERROR_IO in *error: the
 * agent is silent for too long or sends what is none; `why` says so. */
bool remote_look(struct remote *remote, struct agent_status *seen,
                 void (*take)(void *context, const struct record *record), void *context,
                 enum error *error, char why[256]);

/* Whether all strikes so far are done, by what the agent said last. */
bool remote_is_settled(const struct remote *remote, const struct agent_status *seen);

/* This host's clock less the agent's, and how far off that may be. */
int64_t remote_offset_ns(const struct remote *remote, int64_t *error_ns);

/* Asks for the node's tally and waits for it. */
enum error remote_tally(struct remote *remote, struct tally *tally, char why[256]);

#endif
