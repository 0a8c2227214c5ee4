/* Hand-over of workers: `hand-over on`. When a view gives an id another owner while the old one is
 * alive, its worker moves there, and lives on for the rest of its life.
 *
 * The new owner asks, so that there is one timer for each thing that may not come, and so that it
 * knows an upper bound of the time on the way without a clock in common:
 *
 *     old owner's view changes    it admits nothing more for what is another's, passes on what
 *                                 waits (PASS), and lets each such worker finish its load or turn
 *                                 OFFER ->           at once, and when one is idle; repeated
 *                                                    until taken
 *                                 <- TAKE            the new owner's clock, its view's hash
 *     the idle ones end (MOVED)   GIVE ->            each with its value and the rest of its life,
 *                                                    and the ids of those that are busy yet: each
 *                                                    once, in as many GIVEs as it takes
 *     they go on (START)          <- TAKE            which says that it has them
 *     one that leaves, at last    GONE ->            to all: to whom it gave
 *
 * A worker that the GIVE says had R to live ends at R after the clock of the TAKE that it answers:
 * never later than it would have, and earlier by a round trip at the most.
 *
 * The new owner holds the requests for an id that was another member's in a view of its own within
 * the last `suspect` (a joiner: in the view that its welcome brought) until it is known whether a
 * worker comes: it sends a TAKE, and the GIVE of an old owner with the same view is whole. While it
 * asks anybody, the views of within the last `suspect` go on to count as such. It asks the former
 * owner alone; or all whom it hears, where its view changed more than once lately, or a GIVE says
 * that others are to be asked (`mixed`). It then holds only those for ids named as busy. It gives
 * up, and starts afresh, when the old owner is lost, when its views do not get equal within
 * `suspect`, or when nothing comes for so long: no answer by its view, and no worker by another
 * one. A change of its view begins that time anew.
 *
 * Who asks a node for an id that is another's
 *   the node had it itself      by its own past views: the caller's view is old. It is refused with
 *                               the name of the owner, no turn has run, and asks there at once; a
 *                               request that was tried twice, or passed on, is passed on instead
 *   its owner by this view      as a request that it has passed on: one view of the two is older.
 * It is held until this one's owner is another, for a heartbeat at the most, and is passed on again
 *   it never had it             the caller's view is newer: it is held until this node's follows,
 * for a heartbeat at the most. Then its caller is told whom to ask by this one's; if it insists,
 * by a request that comes a heartbeat later or more, the two views differ for good, and it is
 * served here. A further try before that is passed on instead
 *
 * What a node keeps of its GIVEs is bounded: one to each other node, of GIVE_MOST bytes or one
 * worker, and NAMES_MOST of names. It is kept until the next TAKE says that it came, and sent again
 * if that says it did not.
 *
 * Under leases the owner is that of the id's slot. The old one keeps the slot's lease until its
 * workers have gone, or for `suspect` from the last offer of theirs, and releases it then, in the
 * step in which the last one goes. The new one keeps what comes before it has the lease, and holds
 * the requests: see newcomer.h. So a worker comes late or not at all, and then starts afresh; but
 * it is the lease alone that says where it may live.
 *
 * The old owner's side is giver.c, the new one's taker.c; handover.c follows the view, says where a
 * request belongs, and passes requests on.
 *
 * Not moved: a worker that a fallback or a wrong view has put on a node which is not its owner. */
#ifndef NODE_HANDOVER_H
#define NODE_HANDOVER_H

#include "node/registry.h"

/* node->handover is made if config.hand_over, else NULL. ERROR_MEMORY: nothing to close. */
enum error handover_init(struct node *node);
void handover_close(struct node *node);

/* The functions below are for a node with hand-over. */

/* Acts on a change of the view before the end of the step: requests that wait for workers which
 * move are passed on, and workers whose load is queued end. A request that waits nowhere at this
 * node goes on. */
void handover_follow_view(struct node *node);

enum place {
    PLACE_HERE,
    PLACE_HELD,     /* it may be here soon */
    PLACE_ELSEWHERE /* its owner is another node, and this one knows it */
};

/* Where a request of this caller for the id is to be served; `owner` is set for ELSEWHERE. */
enum place handover_place(struct node *node, const struct caller *caller, const struct text *id,
                          node_id *owner);

/* So often a request is passed on at the most: it goes from owner to owner of real changes, and
 * to and fro between two views once in a heartbeat. Views that change faster are given up. */
#define HANDOVER_HOPS  16u
#define HANDOVER_QUICK 3u /* of them without a wait: more may be a circle of three views */

/* Sends the request to the id's owner; a message that is lost is not sent again. */
void handover_pass(struct node *node, const struct caller *caller, const struct asked *asked,
                   node_id owner);

/* The node, which joins, is welcome: its first view is one of members that may have its workers.
 * Where theirs has changed lately, any of them may. */
void handover_welcomed(struct node *node, const struct message *welcome);

/* Whether the view has changed within the last `suspect`. */
bool handover_has_changed(const struct node *node);

/* The same for equal views on all nodes, and for different ones by chance alone; 0: it has none. */
uint16_t handover_view_tag(struct node *node);

/* A HEARTBEAT came. If its sender has the same view now, what was noted of another one of its is
 * forgotten. */
void handover_hear(struct node *node, const struct message *heartbeat);

/* Requests that waited for a lease were let in: a worker may be there for which others are held. */
void handover_let_in(struct node *node);

/* The peer is lost. */
void handover_lost(struct node *node, node_id peer);

/* A MESSAGE_HAND_OVER came. */
void handover_take(struct node *node, const struct message *message);

/* What is due; when that is, on the node's clock. */
void handover_run_due(struct node *node);
int64_t handover_wake_ns(const struct node *node);

/* The end of a step: the view may have changed in it. And whether there is more to be seen to. */
bool handover_has_more(const struct node *node);
void handover_end_step(struct node *node);

/* The node leaves: what it holds is passed on. It finishes the loads of workers that move, for
 * config.timeout_ns at the most: no request that it passes on waits for longer. */
void handover_leave(struct node *node);

#endif
