/* How a node that joins comes by its first view; for membership.c alone.
 *
 * It asks all others, and waits until each is settled: by its JOIN, which says that it has no view
 * either, by its leave, or by its silence for `suspect`. Then those that join make a view among
 * themselves. But if one is a member, its welcome is waited for, and its view taken:
 *
 *     n1 joins    JOIN to n2 and n3
 *     n2 joins    its JOIN settles it
 *     n3 is a member, and hears n1    its WELCOME is n1's view
 *     n3 does not hear it             n1 hears n3's heartbeats, asks again with each beat, and says
 *                                     after `suspect` that it joins still */
#ifndef NODE_JOINING_H
#define NODE_JOINING_H

#include "node/state.h"

/* The node joins from now on: its view is empty. It may be a member, alone, when this returns. */
void joining_start(struct node *node);

/* The peer can't welcome the node. If that holds of all, it is a member when this returns. */
void joining_settle(struct node *node, node_id peer);

/* The peer is a member: it is to welcome this node. It is asked at once, and again by each beat. */
void joining_await_welcome(struct node *node, node_id peer);

/* The node is a member, and has the sender's view. */
void joining_take_welcome(struct node *node, const struct message *welcome);

/* Settles those that have been silent for `suspect`, if the node has joined for so long; else it
 * wakes the node then. If it joins still, that is put on record, once. */
void joining_settle_silent(struct node *node);

#endif
