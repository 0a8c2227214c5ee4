/* What --cluster and --key name, read. */
#ifndef CLI_NET_CLUSTER_H
#define CLI_NET_CLUSTER_H

#include "cli/options.h"
#include "net/config/cluster_file.h"
#include "net/wire/keys.h"

struct net_cluster {
    struct cluster_file cluster_file;
    struct key_pair pair;
    const struct key_pair *keys; /* &pair; NULL: the cluster is keyless */
};

/* STATUS_HELD: to be closed. Otherwise a message has said why not, the key file's mode and a key
 * that is missing or too much included. */
enum status net_cluster_open(struct net_cluster *cluster, const struct options *options);
void net_cluster_close(struct net_cluster *cluster);

#endif
