#include "run/node_actions.h"

#include "base/memory.h"
#include "run/targets.h"

enum connects { CONNECTS_AT_START = 1, CONNECTS_AT_THAW = 2 };

static bool start(struct node_actions *actions, node_id node)
{
    bool joins = actions->connects[node] & CONNECTS_AT_START;
    actions->connects[node] &= (uint8_t)~CONNECTS_AT_THAW;
    return actions->operations->start(actions->cluster, node, joins);
}

static bool thaw(struct node_actions *actions, node_id node)
{
    if (!actions->operations->thaw(actions->cluster, node))
        return false;
    if (actions->connects[node] & CONNECTS_AT_THAW)
        actions->operations->connect(actions->cluster, node);
    actions->connects[node] &= (uint8_t)~CONNECTS_AT_THAW;
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
        actions->connects[node] |= CONNECTS_AT_START;
        return start(actions, node);
    case ACTION_RESTART:
        return start(actions, node);
    case ACTION_FREEZE:
        return operations->freeze(actions->cluster, node);
    case ACTION_THAW:
        return thaw(actions, node);
    case ACTION_LEAVE:
        return operations->leave(actions->cluster, node);
    default:
        must(false && "an action on nodes");
    }
}

void node_actions_connect(struct node_actions *actions, node_id node)
{
    enum liveness liveness = actions->operations->liveness(actions->cluster, node);
    actions->connects[node] |= CONNECTS_AT_START;
    if (liveness == LIVENESS_UP)
        actions->operations->connect(actions->cluster, node);
    if (liveness == LIVENESS_FROZEN)
        actions->connects[node] |= CONNECTS_AT_THAW;
}

enum error node_actions_init(struct node_actions *actions,
                             const struct cluster_operations *operations, void *cluster,
                             uint32_t nodes)
{
    *actions = (struct node_actions){.operations = operations, .cluster = cluster};
    actions->connects = memory_zeroed(nodes * sizeof *actions->connects);
    return actions->connects ? OK : ERROR_MEMORY;
}

void node_actions_close(struct node_actions *actions)
{
    memory_free(actions->connects);
}
