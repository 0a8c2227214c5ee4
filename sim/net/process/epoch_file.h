/* Where a node keeps the highest epoch of a token that it has accepted (acceptor.h), for its next
 * life: the file nN.lease of its state directory, one line of text.
 *
 *     dpsim-lease 1 cluster shop node n2 epoch 7 hash 0f1e2d3c4b5a6978
 *
 * Whoever writes it anew, where it was lost, ends it with `by hand` in the place of the hash.
 *
 * What is kept is on the disk, whatever happens to the machine then: the line is written to another
 * file, which takes the place of the first when it is there as a whole. A file that can't be read,
 * that is of another node or cluster, or whose hash is not that of the line before it, is an error,
 * and never an epoch of 0; only where there is none does a node begin.
 *
 * Two processes that kept their epochs in one file would give out each other's tokens. So the file
 * nN.lock is locked as long as the process lives that has opened this, and no other one can. */
#ifndef NET_PROCESS_EPOCH_FILE_H
#define NET_PROCESS_EPOCH_FILE_H

#include "base/failure.h"
#include "net/config/cluster_file.h"

struct epoch_file {
    int directory; /* -1: closed */
    int lock;
    node_id node;
    char cluster[CLUSTER_FILE_NAME_SIZE];
    uint32_t epoch; /* on the disk */
    bool is_new;    /* there was none */
};

/* Takes the lock, reads what is there and writes it again, so that a directory in which nothing can
 * be kept is found before the node starts. A process opens one of a node's at a time. Not OK:
 * `failure` says why, with the way out; nothing is to be closed. */
enum error epoch_file_open(struct epoch_file *file, const struct cluster_file *cluster,
                           node_id node, struct failure *failure);
void epoch_file_close(struct epoch_file *file);

/* Removes what nodes of the cluster have kept, and its state directory, if that is all there is. */
void epoch_file_remove_all(const struct cluster_file *cluster);

/* Keeps this epoch: it is on the disk when this returns OK. Waits for the disk. */
enum error epoch_file_keep(struct epoch_file *file, uint32_t epoch, struct failure *failure);

#endif
