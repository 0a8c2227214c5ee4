/* Carries out the plan's actions on the hosts and the network, between windows. */
#ifndef VIRTUAL_APPLY_H
#define VIRTUAL_APPLY_H

#include "run/actions.h"
#include "virtual/host.h"

/* What actions act on. */
struct stage {
    struct host *hosts;
    struct surroundings around;
    struct actions actions;
    void (*record)(void *context, const struct record *record); /* for FAULT records */
    void *context;
};

/* As the plan has it at the start, with all that is to be done on the action queue. The hosts,
 * their trace merge, and where records go are the caller's to set. ERROR_MEMORY: it is to be closed
 * all the same. */
enum error stage_init(struct stage *stage, const struct plan *plan);
void stage_close(struct stage *stage);

/* Does what the item says at (t_ns, step). Expectations are not done here. ERROR_MEMORY: no memory.
 */
enum error act(struct stage *stage, const struct item *item, int64_t t_ns, uint16_t step);

#endif
