/* The hosts' next times, as a tournament tree: finds those with a time below a bound without a look
 * at the others, so that a window of a run of ten thousand nodes in which three have events costs
 * three. */
#ifndef VIRTUAL_TOURNAMENT_H
#define VIRTUAL_TOURNAMENT_H

#include "base/base.h"

struct tournament {
    uint32_t leaves;   /* a power of two */
    int64_t *first_ns; /* [1]: of all; [2i], [2i+1]: of the two halves of [i]; [leaves + node] */
};

/* All nodes at TIME_NEVER. ERROR_MEMORY: nothing to close. */
enum error tournament_init(struct tournament *tournament, uint32_t nodes);
void tournament_close(struct tournament *tournament);

/* The node's next time from now on. */
void tournament_set(struct tournament *tournament, node_id node, int64_t at_ns);

/* The node's next time is this one, if it was later until now. */
static inline void tournament_hurry(struct tournament *tournament, node_id node, int64_t at_ns)
{
    if (at_ns < tournament->first_ns[tournament->leaves + node])
        tournament_set(tournament, node, at_ns);
}

/* The least of all times. */
static inline int64_t tournament_first_ns(const struct tournament *tournament)
{
    return tournament->first_ns[1];
}

/* Writes the nodes whose time is below end_ns to `nodes`, in the cluster's order; returns how many.
 */
uint32_t tournament_before(const struct tournament *tournament, int64_t end_ns, node_id *nodes);

#endif
