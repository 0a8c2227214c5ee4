/* Which node is next: a tournament over the nodes' next times, so that a run of ten thousand nodes
 * of which three are awake costs three. */
#ifndef CLUSTER_SCHEDULE_H
#define CLUSTER_SCHEDULE_H

#include "core/base.h"

struct schedule {
    uint32_t leaves;   /* a power of two */
    int64_t *first_ns; /* [1]: of all; [2i], [2i+1]: of the two halves of [i]; [leaves + node] */
};

/* All nodes at TIME_NEVER. ERROR_MEMORY: nothing to close. */
enum error schedule_init(struct schedule *schedule, uint32_t nodes);
void schedule_close(struct schedule *schedule);

void schedule_set(struct schedule *schedule, node_id node, int64_t at_ns);

static inline int64_t schedule_first_ns(const struct schedule *schedule)
{
    return schedule->first_ns[1];
}

/* Writes the nodes whose time is below end_ns to `nodes`, in the cluster's order; returns how many.
 */
uint32_t schedule_before(const struct schedule *schedule, int64_t end_ns, node_id *nodes);

#endif
