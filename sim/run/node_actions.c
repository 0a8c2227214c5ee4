#include "run/node_actions.h"

#include "base/memory.h"
#include "run/targets.h"

enum node_flag { CONNECTS_AT_START = 1, CONNECTS_AT_THAW = 2, IS_LEAVING = 4 };

static bool start(struct node_actions *actions, node_id node)
{
    bool joins = actions->flags[node] & CONNECTS_AT_START;
    actions->flags[node] &= (uint8_t) ~(CONNECTS_AT_THAW | IS_LEAVING);
    return actions->operations->start(actions->cluster, node, joins);
}

static bool thaw(struct node_actions *actions, node_id node)
{
    if (!actions->operations->thaw(actions->cluster, node))
        return false;
    if (actions->flags[node] & CONNECTS_AT_THAW)
        actions->operations->connect(actions->cluster, node);
    actions->flags[node] &= (uint8_t)~CONNECTS_AT_THAW;
    return true;
}

bool node_actions_is_leaving(const struct node_actions *actions, node_id node)
{
    return actions->flags[node] & IS_LEAVING;
}

/* A node that is leaving goes on to do so. */
static bool leave(struct node_actions *actions, node_id node)
{
    if (node_actions_is_leaving(actions, node) ||
        !actions->operations->leave(actions->cluster, node))
        return false;
    actions->flags[node] |= IS_LEAVING;
    return true;
}

bool node_actions_apply(struct node_actions *actions, enum action_kind kind, node_id node,
                        bool silently)
{
    const struct cluster_operations *operations = actions->operations;
    if (!node_suits(operations, actions->cluster, node, kind))
        return false;
    switch (kind) {
    case ACTION_CRASH:
        return operations->crash(actions->cluster, node, silently);
    case ACTION_JOIN:
        actions->flags[node] |= CONNECTS_AT_START;
        return start(actions, node);
    case ACTION_RESTART:
        return start(actions, node);
    case ACTION_FREEZE:
        return operations->freeze(actions->cluster, node);
    case ACTION_THAW:
        return thaw(actions, node);
    case ACTION_LEAVE:
        return leave(actions, node);
    default:
        must(false && "an action on nodes");
    }
}

void node_actions_connect(struct node_actions *actions, node_id node)
{
    enum liveness liveness = actions->operations->liveness(actions->cluster, node);
    actions->flags[node] |= CONNECTS_AT_START;
    if (liveness == LIVENESS_UP)
        actions->operations->connect(actions->cluster, node);
    if (liveness == LIVENESS_FROZEN)
        actions->flags[node] |= CONNECTS_AT_THAW;
}

enum error node_actions_init(struct node_actions *actions,
                             const struct cluster_operations *operations, void *cluster,
                             uint32_t nodes)
{
    *actions = (struct node_actions){.operations = operations, .cluster = cluster};
    actions->flags = memory_zeroed(nodes * sizeof *actions->flags);
    return actions->flags ? OK : ERROR_MEMORY;
}

void node_actions_close(struct node_actions *actions)
{
    memory_free(actions->flags);
}
