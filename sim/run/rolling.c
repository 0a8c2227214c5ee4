#include "run/rolling.h"

/* How often it looks whether a node has gone, or is a member again. */
#define LOOK_NS NS_PER_MS

/* A node that is no member so many times `suspect` after its join may never be one. */
#define JOIN_SUSPECTS 10

/* What the node in turn is waited for: queued_action.stage. */
enum rolling_stage {
    ROLLING_TURN,
    ROLLING_LEAVING,
    ROLLING_GONE,
    ROLLING_JOINING, /* until it is a member, or queued_action.until_ns */
    ROLLING_BACK     /* until all others have it back, or until_ns */
};

/* Whether all others that run and are members have the node back. */
static bool all_have(const struct cluster_operations *operations, const void *cluster,
                     uint32_t nodes, node_id node)
{
    for (node_id peer = 0; peer < nodes; peer++)
        if (operations->liveness(cluster, peer) == LIVENESS_UP &&
            operations->sees(cluster, peer, peer) && !operations->sees(cluster, peer, node))
            return false;
    return true;
}

static struct rolling_step apply(struct queued_action *queued, enum rolling_stage stage,
                                 enum action_kind action, node_id node)
{
    queued->stage = (uint8_t)stage;
    return (struct rolling_step){.kind = ROLLING_APPLY, .action = action, .node = node};
}

static struct rolling_step wait_for(int64_t wait_ns)
{
    return (struct rolling_step){.kind = ROLLING_WAIT, .wait_ns = wait_ns};
}

struct rolling_step rolling_next(const struct cluster_operations *operations, const void *cluster,
                                 uint32_t nodes, int64_t suspect_ns, struct queued_action *queued,
                                 int64_t now_ns)
{
    const struct node_list *list = &queued->action->nodes;
    while (queued->place < list->count) {
        node_id node = list->nodes[queued->place];
        enum liveness liveness = operations->liveness(cluster, node);
        if (queued->stage == ROLLING_TURN && liveness == LIVENESS_UP)
            return apply(queued, ROLLING_LEAVING, ACTION_LEAVE, node);
        if (queued->stage == ROLLING_LEAVING && liveness == LIVENESS_UP)
            return wait_for(LOOK_NS);
        if (queued->stage == ROLLING_LEAVING && liveness == LIVENESS_DOWN) {
            queued->stage = ROLLING_GONE;
            if (queued->action->pause_ns)
                return wait_for(queued->action->pause_ns);
        }
        if (queued->stage == ROLLING_GONE && liveness == LIVENESS_DOWN) {
            queued->until_ns = now_ns + JOIN_SUSPECTS * suspect_ns;
            return apply(queued, ROLLING_JOINING, ACTION_JOIN, node);
        }
        if (queued->stage == ROLLING_JOINING && liveness == LIVENESS_UP) {
            if (!operations->sees(cluster, node, node))
                return now_ns < queued->until_ns
                           ? wait_for(LOOK_NS)
                           : (struct rolling_step){.kind = ROLLING_STALLED, .node = node};
            queued->stage = ROLLING_BACK;
            queued->until_ns = now_ns + suspect_ns;
        }
        if (queued->stage == ROLLING_BACK && liveness == LIVENESS_UP && now_ns < queued->until_ns &&
            !all_have(operations, cluster, nodes, node))
            return wait_for(LOOK_NS);
        queued->stage = ROLLING_TURN;
        queued->place++;
    }
    return (struct rolling_step){.kind = ROLLING_OVER};
}
