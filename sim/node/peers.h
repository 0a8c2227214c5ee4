/* Which life of each peer is known, and, where membership is static, which peers are out of reach.
 *
 * Where it is not, membership.c keeps the incarnations in its members, and whoever is out of reach
 * is out of the view. */
#ifndef NODE_PEERS_H
#define NODE_PEERS_H

#include "node/state.h"

void peers_close(struct node *node);

/* Whether the message is of an earlier incarnation of its sender, or meant for one of this node. */
bool peers_is_stale(const struct node *node, const struct message *message);

/* The tag of the peer's incarnation, for what is meant for it; 0 if that is not known. */
uint16_t peers_tag(const struct node *node, node_id peer);

/* This incarnation of the peer can be reached; or a message of it has come, which may have been
 * under way when it was lost: then it stays so. Each returns whether an earlier incarnation was
 * known: what that one was asked is lost. */
bool peers_found(struct node *node, node_id peer, uint32_t incarnation);
bool peers_heard(struct node *node, node_id peer, uint32_t incarnation);

/* This incarnation of the peer can't be reached any more. False if a later one is known: then
 * nothing has changed. */
bool peers_lost(struct node *node, node_id peer, uint32_t incarnation);

/* False if the peer is known to be out of reach. */
bool peers_reach(const struct node *node, node_id peer);

#endif
