/* What a run asks of its nodes: the operations that the simulator's cluster and the driver of real
 * processes supply, and that the executor of actions calls. */
#ifndef RUN_OPERATIONS_H
#define RUN_OPERATIONS_H

#include "node/record.h"
#include "run/workload.h"

/* What a fault meets at a node. */
enum liveness { LIVENESS_DOWN, LIVENESS_UP, LIVENESS_FROZEN };

/* What a cluster can do to its nodes and links, now. Each takes the cluster first. Those that
 * return bool return whether they did it; the executor calls them only where the node's liveness
 * allows it. */
struct cluster_operations {
    enum liveness (*liveness)(const void *cluster, node_id node);

    /* Whether a node that is up has the peer in its view; itself once it has joined. */
    bool (*sees)(const void *cluster, node_id node, node_id peer);

    /* The owner of the id in the view of the first node that is not down, or NODE_NONE. */
    node_id (*owner)(const void *cluster, const struct text *id);

    /* `silently`: no peer sees a broken connection. */
    bool (*crash)(void *cluster, node_id node, bool silently);
    bool (*start)(void *cluster, node_id node, bool joins);
    bool (*freeze)(void *cluster, node_id node);
    bool (*thaw)(void *cluster, node_id node);
    bool (*leave)(void *cluster, node_id node);
    void (*connect)(void *cluster, node_id node);

    /* Links were cut, or healed: the executor's cuts have what holds from now on. */
    void (*links_cut)(void *cluster);
    void (*links_healed)(void *cluster);

    /* A request at a node, whatever its liveness, now; timeout_ns 0: the setting's. */
    void (*request)(void *cluster, node_id node, const struct text *id, uint64_t tag,
                    int64_t timeout_ns);

    /* Clients or open sources begin, each at its node. ERROR_MEMORY: not all of them do. */
    enum error (*add_clients)(void *cluster, const struct workload *workload);

    /* A setting that an action of this kind changes has changed: the executor's changes have what
     * holds from now on. */
    void (*setting_changed)(void *cluster, enum action_kind kind);

    /* The node's clock jumps forward. */
    void (*jump_clock)(void *cluster, node_id node, int64_t by_ns);

    /* A FAULT or SET record for the trace, see trace/fault.h; the cluster fills in its time. Its
     * texts are borrowed. */
    void (*record)(void *cluster, struct record *record);
};

#endif
