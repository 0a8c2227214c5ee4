/* What is done to one node: crash, restart, freeze, thaw, leave, join, connect. Where it is not
 * possible nothing happens: see node_suits in targets.h.
 *
 * A node that `connect` or `join` has named joins whenever it starts; one that was frozen then
 * joins when it goes on. */
#ifndef RUN_NODE_ACTIONS_H
#define RUN_NODE_ACTIONS_H

#include "run/operations.h"

struct node_actions {
    const struct cluster_operations *operations;
    void *cluster;
    uint8_t *flags; /* of each node: when it joins, whether it leaves */
};

/* ERROR_MEMORY: it is to be closed all the same. */
enum error node_actions_init(struct node_actions *actions,
                             const struct cluster_operations *operations, void *cluster,
                             uint32_t nodes);
void node_actions_close(struct node_actions *actions);

/* ACTION_CRASH, RESTART, FREEZE, THAW, LEAVE or JOIN. Returns whether it had an effect. */
bool node_actions_apply(struct node_actions *actions, enum action_kind kind, node_id node,
                        bool silently);

/* Whether the node was told to leave, and has not started again since. */
bool node_actions_is_leaving(const struct node_actions *actions, node_id node);

void node_actions_connect(struct node_actions *actions, node_id node);

#endif
