/* The proposer of one node: its attempts to get and to renew leases.
 *
 * An attempt has a ballot, which no other attempt for its slot has, and a deadline, which counts
 * from the first PREPARE. It counts distinct acceptors, first their promises, then what they
 * accepted; lease.h says when, and whom this concerns. What is asked in a step waits until
 * proposer_send. */
#ifndef NODE_PROPOSER_H
#define NODE_PROPOSER_H

#include "node/lease_slots.h"

/* A walk over the slots begins: all attempts that it begins have ballots of one round. Or the
 * entries of a group, for proposer_take: until then it is given those of the same group. */
void proposer_begin_walk(struct node *node);
void proposer_begin_group(struct node *node);

/* The slot is due: asks again what its attempt asks, or begins one, which renews what is held. Once
 * a slot and walk. */
void proposer_go_on(struct node *node, struct lease_slot *slot);

/* Nobody will count what comes for the slot's attempt. Not to be called for one that is to renew a
 * held lease. */
void proposer_give_up(struct node *node, struct lease_slot *slot);

/* Tells all acceptors that the slot's lease, which was this ballot's, is free. */
void proposer_release(struct node *node, struct lease_slot *slot, const struct ballot *held);

/* An acceptor's answer, of another node. The lease may be won or renewed by it. */
void proposer_take(struct node *node, node_id from, const struct entry *answer);

/* Sends the entries, if there are any, to this node, or to all others for NODE_NONE, and empties
 * them. Without memory it is as if they were lost. */
void proposer_send_entries(struct node *node, node_id to, uint8_t code, struct entries *entries);

/* Sends what there is to ask. */
void proposer_send(struct node *node);

#endif
