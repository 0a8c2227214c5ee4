/* The running cluster that --cluster and --key name: what the two files say. */
#ifndef CLI_NET_CLUSTER_H
#define CLI_NET_CLUSTER_H

#include "cli/options.h"
#include "net/config/cluster_file.h"
#include "net/wire/keys.h"

struct net_cluster {
    struct cluster_file file;
    struct key_pair pair;
    const struct key_pair *keys; /* &pair; NULL: the cluster has no keys */
};

/* Reads both files. STATUS_HELD: `*cluster` is to be freed with net_cluster_delete. Otherwise a
 * message has said why not (also where a key is missing or there is one too many), and `*cluster`
 * is NULL. */
enum status net_cluster_read(struct net_cluster **cluster, const struct options *options);

#endif
