/* The proposer of one node: its attempts to get and to renew leases.
 *
 * An attempt has a ballot, which no other attempt for its slot has, and a deadline, which counts
 * from the first PREPARE. It counts distinct acceptors, first their promises, then what they
 * accepted; lease.h says when, and whom this concerns. What is asked in a step waits until
 * proposer_send. */
#ifndef NODE_PROPOSER_H
#define NODE_PROPOSER_H

#include "node/lease_state.h"

/* A walk over the slots begins: all attempts that it begins have ballots of one round. */
void proposer_begin_walk(struct node *node);

/* The slot is due: asks again what its attempt asks, or begins one, which renews what is held. Once
 * a slot and walk. */
void proposer_go_on(struct node *node, uint32_t slot);

/* Nobody will count what comes for the slot's attempt, unless that is to renew a held lease; and
 * nothing is due. */
void proposer_give_up(struct node *node, uint32_t slot);

/* The slot's lease is not held any more, and nobody is to wait for its end: all acceptors are told.
 * So is its attempt given up. */
void proposer_release(struct node *node, uint32_t slot);

/* An acceptor's answer, of another node, of a group that began with lease_changes_begin. The lease
 * may be won or renewed by it. */
void proposer_take(struct node *node, node_id from, const struct entry *answer);

/* Sends the entries, if there are any, to this node, or to all others for NODE_NONE, and empties
 * them. Without memory it is as if they were lost. */
void proposer_send_entries(struct node *node, node_id to, uint8_t code, struct entries *entries);

/* Sends what there is to ask. */
void proposer_send(struct node *node);

#endif
