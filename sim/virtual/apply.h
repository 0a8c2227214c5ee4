/* What actions are applied to in the simulator: the hosts and what they share; and the executor's
 * operations on them. For the cluster, between windows, when no host runs. */
#ifndef VIRTUAL_APPLY_H
#define VIRTUAL_APPLY_H

#include "run/executor.h"
#include "virtual/host.h"

struct target {
    struct host *hosts;
    struct surroundings around;
    struct executor executor;
    int64_t now_ns; /* of the action */
    uint16_t step;
    void (*record)(void *context, const struct record *record); /* FAULT and SET records */
    void (*acted)(void *context, node_id node); /* a host has done its part of an action that many
                                                   have a part in, each in its turn */
    void *context;
};

/* As the plan has it at the start, with all its actions queued. The hosts, their trace merge, and
 * where records go are the caller's to set. ERROR_MEMORY: it is to be closed all the same. */
enum error target_init(struct target *target, const struct plan *plan);
void target_close(struct target *target);

/* Applies or reverts the action at (t_ns, step); see executor_apply. */
enum error target_apply(struct target *target, const struct queued_action *queued, int64_t t_ns,
                        uint16_t step);

#endif
