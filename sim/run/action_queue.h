/* What is still to be done to the cluster as a whole, in order: the plan's actions, their
 * repetitions, the ends of faults that last for a time, and what is added while the run goes on.
 *
 * At one instant the ends of faults come first, then actions in the plan's order. */
#ifndef RUN_ACTION_QUEUE_H
#define RUN_ACTION_QUEUE_H

#include "scenario/plan.h"

struct item {
    int64_t at_ns;
    uint64_t order; /* among items of one instant */
    const struct action *action;
    uint32_t index;  /* of the action, in the order of their coming */
    bool ends_fault; /* this ends what the action did */
    uint64_t repeat; /* how often `every` has repeated it */
    node_id node;    /* ends_fault: the node struck, or NODE_NONE */
    uint32_t strike; /* ends_fault: which of all strikes it ends */
};

struct action_queue {
    struct item *heap;
    size_t count;
    size_t capacity;
    uint64_t ends; /* ends of faults put in so far */
};

void action_queue_init(struct action_queue *action_queue);
void action_queue_close(struct action_queue *action_queue);

/* ERROR_MEMORY: nothing has changed. */
enum error action_queue_add(struct action_queue *action_queue, struct item item);

/* The first item, or NULL. */
const struct item *action_queue_first(const struct action_queue *action_queue);
struct item action_queue_pop(struct action_queue *action_queue);

/* Up to where all else that happens comes before the first item: an action comes first at its
 * instant, an expectation sees all that happens there. TIME_NEVER if there is no item. */
int64_t action_queue_bound_ns(const struct action_queue *action_queue);

#endif
