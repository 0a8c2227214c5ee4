/* What --cluster and --key name, read. */
#ifndef LIVE_CLUSTER_H
#define LIVE_CLUSTER_H

#include "net/hosts.h"
#include "options.h"

struct live_cluster {
    struct hosts hosts;
    struct key_pair pair;
    const struct key_pair *keys; /* &pair; NULL: the cluster is keyless */
};

/* STATUS_HELD: to be closed. Otherwise a message has said why not, the key file's mode and a key
 * that is missing or too much included. */
enum status live_cluster_open(struct live_cluster *cluster, const struct options *options);
void live_cluster_close(struct live_cluster *cluster);

#endif
