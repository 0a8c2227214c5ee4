/* The new owner's side of a hand-over: it holds the requests for a worker that may come, asks the
 * old owner for it, and lets the worker that comes go on. See handover.h. */
#ifndef NODE_TAKER_H
#define NODE_TAKER_H

#include "node/handover_state.h"

/* Holds the request, whose `id` is set, until it is known where it is to be served; node_may_hold.
 * False: there are too many for the id. */
bool taker_hold(struct node *node, struct pending *pending);

/* It is held no more, by its own deadline. */
void taker_let_go(struct node *node, struct pending *pending);

/* Whether requests for the id are held, or its worker was said to come. */
bool taker_awaits(const struct node *node, const struct text *id);

/* The view changes: those that were said to have something to come are to say so again. */
void taker_keep_to_come(struct node *node);

/* The id's worker has come, or was said to come and does not. */
void taker_waits_no_more(struct node *node, const struct text *id);

/* Ends the wait of those requests that it is over for: they are served here, or passed on. Of the
 * fresh: of those alone for whose id a request or the worker came since the last look. */
void taker_look_at_fresh(struct node *node);
void taker_look_at_all(struct node *node);

/* The node leaves: what it holds is passed on, or refused if there is nobody else. */
void taker_give_up_all(struct node *node);

/* Sends a TAKE. */
void taker_ask(struct node *node, node_id peer, struct neighbour *neighbour);

/* Likewise, and waits for the answer for `suspect` from now: it is another question. */
void taker_ask_anew(struct node *node, node_id peer, struct neighbour *neighbour);

/* A GIVE came, or an OFFER. */
void taker_given(struct node *node, const struct message *message);
void taker_offered(struct node *node, node_id peer, const struct text *offer);

/* A READY came: what was asked for in vain may be asked for again. */
void taker_ready(struct node *node, node_id peer);

/* Asks again, or gives up, what is due. */
void taker_run_due(struct node *node, node_id peer, struct neighbour *neighbour);

#endif
