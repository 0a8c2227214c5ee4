/* Carries out the plan's actions on the hosts and the network, between windows. */
#ifndef CLUSTER_ACTIONS_H
#define CLUSTER_ACTIONS_H

#include "cluster/host.h"
#include "scenario/agenda.h"

/* An action that is to be done: of the plan, or added while the run goes on. */
struct deed {
    uint32_t same;               /* of the first with its words and time: how many there are */
    atomic_bool touched;         /* it took effect */
    uint64_t key;                /* its draws are keyed by it, see stage_add */
    const struct action *action; /* NULL: there was no memory to add it */
};

/* What actions act on. */
struct stage {
    struct host *hosts;
    struct surroundings around;
    struct agenda agenda;
    struct pool deeds;     /* struct deed; an item's index is a slot of it */
    struct table by_words; /* the first deed with its words and time */
    uint32_t strikes;      /* so far */
    void (*record)(void *context, const struct record *record); /* for FAULT records */
    void *context;
};

void stage_init(struct stage *stage);
void stage_close(struct stage *stage);

/* Puts an action on the agenda; it outlives the stage. Its draws are keyed by its words, its time,
 * and how many of the same came before: what other lines say leaves its draws alone. ERROR_MEMORY:
 * it is not done. */
enum error stage_add(struct stage *stage, const struct action *action);

/* Does what the item says at (t_ns, step). Expectations are not done here. ERROR_MEMORY: no memory.
 */
enum error act(struct stage *stage, const struct item *item, int64_t t_ns, uint16_t step);

/* Whether the action is a fault or the healing of one: what may be in vain. */
bool action_is_fault(const struct action *action);

#endif
