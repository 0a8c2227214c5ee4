/* A worker that has come to its id's new owner, which lets it go on: at once or, under leases, as
 * soon as the slot's lease is its own.
 *
 * If that is to be another node's by then, it is given to that one instead.
 *
 * It waits for the lease to the end of its life at the most. Should a third node have had the lease
 * in between, which takes a third view, the worker goes on all the same: it is the only one then,
 * too. Never does it go on under a token below that of the lease that it lived under. */
#ifndef NODE_NEWCOMER_H
#define NODE_NEWCOMER_H

#include "node/lease.h"
#include "node/registry.h"

struct newcomer {
    struct list_link of_slot;
    struct text id;
    struct text value; /* none of one that failed */
    struct moved_from from;
    struct token token; /* of the lease that it lived under; zeros without leases */
    int64_t end_ns;     /* of its life */
    bool failed;
};

/* Its texts stay the caller's. What came too late, or is here already, is dropped, and so is what
 * there is no room for: it has ended where it was. */
void newcomer_take(struct node *node, const struct newcomer *newcomer);

/* The slot's lease is this node's. */
void newcomers_let_in(struct node *node, struct lease_slot *slot);

/* The functions below are for those that wait: the first of a slot whose preferred owner the peer
 * is, or NULL. One goes no further. All of a slot are forgotten. */
struct newcomer *newcomer_for(struct node *node, node_id peer);
void newcomer_drop(struct node *node, struct newcomer *newcomer);
void newcomers_drop(struct node *node, struct lease_slot *slot);

#endif
