/* The old owner's side of a hand-over: it offers the workers that are another node's now, gives
 * those that are idle when that one asks, and names those that are busy yet. See handover.h.
 *
 * A busy worker is named once, and its id once more if it ends and does not move: what a leave
 * costs is in proportion to the workers. A GIVE that names any is kept until it has come, as one
 * with workers is, so that both sides know of the same names; by another view, or where a GIVE may
 * have got lost for good, all are named anew. */
#ifndef NODE_GIVER_H
#define NODE_GIVER_H

#include "node/handover_state.h"
#include "node/lease.h"

/* Marks the workers that are another node's from now on; `before`: the view until now. What waits
 * for their turns is passed on. */
void giver_mark_workers(struct node *node, const struct view *before);

/* A worker that may be one that moves has nothing to do: offers it if so. */
void giver_idle(struct node *node, const struct worker *worker);

/* There is a worker of the peer's, which may be none, or one that came here and is: offers it. What
 * came was not named as busy to the peer before. */
void giver_has(struct node *node, node_id peer);
void giver_carries(struct node *node, node_id peer);

/* What came for the slot's lease is another node's now, if there is any: offers it. */
void giver_has_newcomers(struct node *node, const struct lease_slot *slot);

/* A worker that was named as busy ends, and does not move: its new owner is to be told. */
void giver_withdraw(struct node *node, struct worker *worker);

/* What was named, by a view that is another by now, counts no more. The peer is lost, or the node
 * is closed: likewise, and nothing is on its way. */
void giver_forget_names(struct neighbour *neighbour);
void giver_forget_peer(struct neighbour *neighbour);

/* A TAKE came: sends the GIVE that it asks for, or again the one that it has not got. */
void giver_asked(struct node *node, const struct message *message);

/* Nothing is on its way any longer, perhaps: those whose TAKEs could not be answered in whole are
 * told to ask again. node->handover->neighbours is set. */
void giver_answer_askers(struct node *node);

/* Sends again, or gives up, what is due. */
void giver_run_due(struct node *node, node_id peer, struct neighbour *neighbour);

/* The node has left, in order: tells all to whom it gave its workers. */
void giver_goes(struct node *node);

/* Whether a node that leaves has yet to hand over. */
bool giver_keeps(const struct node *node);

#endif
