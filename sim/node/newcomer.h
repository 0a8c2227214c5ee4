/* A worker that has come to a node. It goes on there at once if the id is the node's own: by its
 * view or, under leases, by the lease of the id's slot. Else it is no worker meanwhile, and waits:
 *
 *     by views        until this node's view makes the id its own, or the owner by this view takes
 *                     it: at once if that has the same view, after a heartbeat whatever its view is
 *     under leases    until the slot's lease is this node's, or another's to be; that one takes it
 *
 * So a worker that is on its way, by however many views, lives nowhere, and comes too late where
 * the id has another one by now: then it goes no further.
 *
 * Under leases it waits to the end of its life at the most. Should a third node have had the lease
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
    int64_t rested_ns;  /* from then on it goes to its owner by this view, whatever that one's is */
    uint32_t in_pool;
    bool failed;
};

/* Its texts stay the caller's. What came too late, or is here already, is dropped, and so is what
 * there is no room for: it has ended where it was. */
void newcomer_take(struct node *node, const struct newcomer *newcomer);

/* The slot's lease is this node's. */
void newcomers_let_in(struct node *node, struct lease_slot *slot);

/* Without leases: the view has changed. */
void newcomers_follow_view(struct node *node);

/* The functions below are for those that wait: they are in so many lists, by slots or, without
 * leases, in one. */
uint32_t newcomers_lists(const struct node *node);
struct list *newcomers_list(struct node *node, uint32_t which);

/* The newcomer whose link this is, if it is the peer's by this node's view. NULL: it is not, or its
 * life is over, and it is dropped. */
struct newcomer *newcomer_for(struct node *node, struct list_link *link, node_id peer);

/* It goes no further. */
void newcomer_drop(struct node *node, struct newcomer *newcomer);

/* All go no further. */
void newcomers_drop_all(struct node *node);

#endif
