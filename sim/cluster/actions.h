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
    uint64_t *keys;       /* of each action: what its draws are keyed by, see action_keys */
    void (*record)(void *context, const struct record *record); /* for FAULT records */
    void *context;
};

/* Does what the item says at (t_ns, step). Expectations are not done here. ERROR_MEMORY: no memory.
 */
enum error act(struct stage *stage, const struct item *item, int64_t t_ns, uint16_t step);

/* Keys for the draws of each action of the plan: made of the action's words and how many of the
 * same words stand before it. So what other lines say, and where this one stands, leaves its draws
 * alone. ERROR_MEMORY: keys are as they were. */
enum error action_keys(const struct plan *plan, uint64_t *keys);

/* Whether the action is a fault or the healing of one: what may be in vain. */
bool action_is_fault(const struct action *action);

#endif
