/* Which nodes and links an action means at the moment in which it happens: `any`, `owner ID` and
 * `others` become lists of nodes. It applies nothing. */
#ifndef RUN_TARGETS_H
#define RUN_TARGETS_H

#include "base/arena.h"
#include "run/operations.h"

/* Whether an action of this kind would do something to the node now: `any` is one of those. */
bool node_suits(const struct cluster_operations *operations, const void *cluster, node_id node,
                enum action_kind kind);

/* Where targets are looked for, and what draws of `any` depend on. */
struct target_search {
    const struct cluster_operations *operations;
    const struct node_actions *node_actions; /* of the run: who leaves already; for ACTION_LEAVE */
    const void *cluster;
    uint32_t nodes;
    uint64_t seed;
    uint64_t key;    /* the action's */
    uint64_t repeat; /* how often `every` has repeated it */
};

/* Whether all lists of the action are known as they stand. `any` of load means all nodes, each for
 * itself. */
bool targets_are_known(const struct action *action);

/* A copy of the action with the nodes that it means now, which lives as long as the arena. A
 * request finds node 0 where all are down; other actions, nobody. NULL: there is no memory. */
const struct action *targets_resolve(struct target_search search, const struct action *action,
                                     struct arena *arena);

#endif
