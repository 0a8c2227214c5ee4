/* Carries out the plan's actions on the hosts and the network, between windows. */
#ifndef CLUSTER_ACTIONS_H
#define CLUSTER_ACTIONS_H

#include "cluster/agenda.h"
#include "cluster/host.h"

/* What actions act on. */
struct stage {
    struct host *hosts;
    struct surroundings around;
    struct agenda agenda;
    atomic_bool *touched; /* of each action of the plan: it took effect */
    void (*record)(void *context, const struct record *record); /* for FAULT records */
    void *context;
};

/* Does what the item says at (t_ns, step). Expectations are not done here. ERROR_MEMORY: no memory.
 */
enum error act(struct stage *stage, const struct item *item, int64_t t_ns, uint16_t step);

/* Whether the action is a fault or the healing of one: what may be in vain. */
bool action_is_fault(const struct action *action);

#endif
