/* Actions to come, in order: the plan's, their repetitions, the ends of faults that last for a
 * time, and actions that are added while the run goes on.
 *
 * At one instant the ends of faults come first, then actions in the order in which they were added.
 */
#ifndef RUN_ACTION_QUEUE_H
#define RUN_ACTION_QUEUE_H

#include "base/heap.h"
#include "scenario/plan.h"

struct queued_action {
    int64_t at_ns;
    uint64_t order; /* within one instant; the queue fills it in */
    const struct action *action;
    uint32_t index;    /* the executor's, of the action */
    bool is_triggered; /* the message that its action waits for has come */
    bool reverts;      /* it ends the action's fault or change */
    uint8_t stage;     /* of ROLLING, and … */
    uint32_t place;    /* … the place in its list of the node that is in turn, … */
    int64_t until_ns;  /* … and when its peers are waited for no longer; 0: not known yet */
    uint64_t repeat;   /* how often `every` has repeated the action */
    node_id node;      /* reverts: the node to restart or thaw; NODE_NONE: none */
    uint32_t fault;    /* reverts: the number of the fault or change that ends */
};

struct action_queue {
    struct heap heap; /* struct queued_action */
    uint64_t ends;    /* ends of faults added so far */
};

void action_queue_init(struct action_queue *queue);
void action_queue_close(struct action_queue *queue);

/* ERROR_MEMORY: nothing has changed. */
enum error action_queue_add(struct action_queue *queue, struct queued_action queued);

/* The first one, or NULL. */
const struct queued_action *action_queue_first(const struct action_queue *queue);

/* Takes the first one out; there must be one. */
struct queued_action action_queue_pop(struct action_queue *queue);

/* What happens before this time comes before the first action: an action precedes all else of its
 * instant, an expectation follows it. TIME_NEVER if the queue is empty. */
int64_t action_queue_bound_ns(const struct action_queue *queue);

#endif
