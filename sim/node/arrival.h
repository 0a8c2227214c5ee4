/* A worker that has come to its id's new owner, which lets it go on: at once or, under leases, as
 * soon as the slot's lease is its own.
 *
 * If that is to be another node's by then, it is given to that one instead.
 *
 * Whether it may go on is for the lease's token to say: it must be the next one after the token
 * under which the worker lived before. Then nobody had the slot in between, and what comes late is
 * not taken for what has just ended. */
#ifndef NODE_ARRIVAL_H
#define NODE_ARRIVAL_H

#include "node/lease.h"
#include "node/registry.h"

struct arrival {
    struct list_link of_slot;
    struct text id;
    struct text value; /* none of one that failed */
    struct moved_from from;
    struct token token; /* zeros without leases */
    int64_t end_ns;     /* of its life */
    bool failed;
};

/* Its texts stay the caller's. What came too late, or is here already, is dropped, and so is what
 * there is no room for: it has ended where it was. */
void arrival_take(struct node *node, const struct arrival *arrival);

/* The slot's lease is this node's. */
void arrivals_let_in(struct node *node, struct lease_slot *slot);

/* The functions below are for those that wait: the first of a slot whose preferred owner the peer
 * is, or NULL. One goes no further. All of a slot are forgotten. */
struct arrival *arrival_for(struct node *node, node_id peer);
void arrival_drop(struct node *node, struct arrival *arrival);
void arrivals_drop(struct node *node, struct lease_slot *slot);

#endif
