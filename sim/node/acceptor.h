/* The acceptor of one node: its voice in who holds the leases.
 *
 * It keeps, per slot, the highest ballot that it promised and the lease that it accepted last, and
 * excludes all others until that lease is surely over. Nothing is done when that time comes: the
 * clock is compared when somebody asks.
 *
 *     PREPARE b       below what was promised: REFUSED. While a lease is live that b does not
 *                     renew: REFUSED, with nothing promised, so that one who wants another one's
 *                     lease disturbs no renewal; or, if it is the asker's own, PROMISE that names
 *                     it. Else PROMISE, and b is promised
 *     ACCEPT b        likewise; else b has the lease for D_A from now on
 *     RELEASE b       if it is exactly b that is accepted here, the slot is free; b is refused then
 *
 * All that is forgotten in a restart, so for so long as a lease can last that was accepted before
 * the acceptor says nothing. The one thing that it does not forget is the highest epoch of a token
 * that it accepted: its host keeps that. */
#ifndef NODE_ACCEPTOR_H
#define NODE_ACCEPTOR_H

#include "node/entries.h"

/* Of one slot. */
struct acceptance {
    struct ballot promised;
    struct ballot accepted; /* none: free */
    int64_t until_ns;       /* accepted is live before */
    struct token token;     /* the highest one accepted */
};

struct acceptor {
    int64_t silent_until_ns; /* on the node's clock */
    int64_t excludes_ns;     /* D_A */
    uint32_t epoch;          /* of the tokens that it gives after a restart */
    uint32_t epoch_kept;     /* the highest that it accepted, in this life or before */
};

/* Answers a PREPARE, ACCEPT or RELEASE for this slot. False: it says nothing to it. `answer` may be
 * `asked`. */
bool acceptor_take(struct acceptor *acceptor, struct acceptance *slot, const struct entry *asked,
                   int64_t now_ns, struct entry *answer);

#endif
