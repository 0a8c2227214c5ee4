/* Leases: `ownership lease`. A node has workers of an id only while it holds the lease of the id's
 * slot, which a majority of all nodes of the cluster has granted until a time on its own clock.
 *
 * The protocol is PaxosLease (Trencseni, Gazso, Reinhardt, arXiv:1209.4187) with what its
 * pseudocode of 2012 left open said: what a deadline counts from, what counts as free, whose
 * answers count, what a release names. There is one instance per slot. Each node is a proposer,
 * proposer.h, and an acceptor, acceptor.h; here is when a node wants a lease, and when one ends.
 *
 * Who holds what.
 *   acceptor   per slot the ballot that it promised, and the lease that it accepted, which excludes
 *              others for D_A on its clock. Forgotten in a crash; so after a restart it is silent
 *              for Q. It outlives a crash in the highest epoch of a token alone
 *   proposer   per slot the lease that it holds, as (ballot, until), and an attempt to get or renew
 *              one, as (ballot, deadline, who has answered)
 *   worker     requests that wait for a lease, in the slot's list
 *
 * Messages, all of them entries (entries.h) of MESSAGE_LEASE. A step's asks go to all others in one
 * message, its answers to the one who asked: idle leases cost four messages per pair of nodes and
 * renewal, whatever the number of slots. What differs in the slot alone is one group of entries and
 * is done once (lease_state.h), and renewed leases of one token and end are one record.
 *
 *     deadline = now + D_P      PREPARE ->
 *                               <- PROMISE, of distinct acceptors a majority: free, or exactly the
 *                                  lease that is renewed. A stale one of its own is not free
 *     if now < deadline         ACCEPT ->
 *                               <- ACCEPTED, of distinct acceptors a majority
 *     if now < deadline         it is the owner until the deadline
 *
 * Times. With rates that differ from true time by `drift` = r at most, D_P = `lease` on the owner's
 * clock is over before D_A >= D_P * (1 + r) / (1 - r) is on an acceptor's, which began later; and
 * Q = D_A. A step knows one time, and compares before it subtracts.
 *   renewal    a third of D_P after the PREPARE before it; those that are due soon go along
 *   poll       D_P / 40, 50 ms at the most, but of many slots no more often than a node can answer
 *              them, and up to half more, drawn: an attempt without answers is sent again as it is
 *              (the same ballot and deadline), one that can't win is begun anew. That is all there
 *              is for losses, restarts and leases of others
 *
 * A slot's preferred owner is the route over the node's view. It gets the lease when it is free and
 * keeps it; a node that is asked for an id of another slot gets that lease for so long as requests
 * wait, if it is free. A holder that is not preferred, or leaves, serves what it has, ends its
 * workers or, under `hand-over on`, gives them away (handover.h), and releases. An attempt is given
 * up with a RELEASE of its ballot, but never while a lease is held that it was to renew: an
 * acceptor may have put the one in the other's place.
 *
 * Within a step: leases that are over end first, with their workers, before anything else is due;
 * what the step has brought about (a view, an empty mailbox) is seen to at its end. */
#ifndef NODE_LEASE_H
#define NODE_LEASE_H

#include "node/ballot.h"
#include "node/state.h"

/* A slot of ids, for those whose requests and workers wait in it. */
struct lease_slot {
    struct list waiting; /* of struct pending: requests that wait for the lease */
    uint32_t waiting_count;
    uint32_t in_mailboxes; /* requests in mailboxes of the slot's workers here */
    uint32_t moving;       /* of these workers, those that are to move: see handover.h */
    struct list newcomers; /* workers that came before the lease: see newcomer.h */
    node_id preferred;     /* owner, in the view that lease.c went by last */
    uint8_t ending;        /* 0, or the enum lease_how of the lease that ends in this step */
};

/* D_A of this D_P and drift, rounded up. */
int64_t lease_excludes_ns(int64_t lease_ns, uint32_t drift_ppm);

/* node->lease is made if config.slots, else NULL. ERROR_MEMORY: nothing to close. */
enum error lease_init(struct node *node);
void lease_close(struct node *node);

/* The node's first step. */
void lease_start(struct node *node);

/* The functions below are for a node with leases. */

/* Whether the id's slot is leased to this node now, and by which token. */
bool lease_holds(const struct node *node, const struct text *id);
struct token lease_token(const struct node *node, const struct text *id);

/* The slot of this number, below config.slots; and the id's. */
struct lease_slot *lease_slot_at(const struct node *node, uint32_t number);
struct lease_slot *lease_slot(const struct node *node, const struct text *id);

/* The preferred owner of the id in the node's view, which is not empty; and in this view. */
node_id lease_preferred(const struct node *node, const struct text *id);
node_id lease_preferred_by(const struct node *node, const struct view *view, const struct text *id);

/* Whether this node is the slot's preferred owner. */
bool lease_is_own(const struct node *node, const struct lease_slot *slot);

/* Whether, as far as this node knows, a majority of the cluster can be reached. */
bool lease_reaches_majority(const struct node *node);

/* The highest epoch of a token that this node's acceptor accepted, in this life or before. */
uint32_t lease_epoch(const struct node *node);

/* When a lease is over, or an attempt is due; TIME_NEVER: nothing is. */
int64_t lease_wake_ns(const struct node *node);

/* Records all leases that this node holds; see node_describe. */
void lease_describe_all(struct node *node);

/* A request waits for the slot's lease; or one has left the mailbox of the id's worker; or that
 * worker is to move, or is not any more. */
void lease_wanted(struct node *node, struct lease_slot *slot);
void lease_left_mailbox(struct node *node, const struct text *id);
void lease_moves(struct node *node, const struct text *id);
void lease_moves_no_more(struct node *node, const struct text *id);

/* The node leaves: what waits for a lease is refused. */
void lease_leave(struct node *node);

/* A MESSAGE_LEASE came. Leases may be won, and requests served, by this. */
void lease_take(struct node *node, const struct message *message);

/* Ends the leases that are over, with their workers. */
void lease_end_due(struct node *node);

/* The end of a step: attempts that are due begin or go on, what has changed in the step is seen to,
 * and what there is to ask is sent. */
void lease_end_step(struct node *node);

#endif
