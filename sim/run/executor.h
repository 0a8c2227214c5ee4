/* The executor of a plan's actions: for the simulator and for real processes alike it decides which
 * nodes and links an action means, whether it can be applied to them, what its FAULT or SET record
 * says, whether it had an effect, when it ends, and which links are cut and which settings are in
 * force meanwhile.
 *
 *     plan, session -> executor_add -> action queue -> executor_apply -> cluster_operations
 *
 * It knows nothing of what a node is made of: that is behind the operations, which the simulator's
 * cluster and the driver of real processes supply. It judges no expectation.
 *
 * Draws are keyed by an action's words, its time, and how many of the same came before: what other
 * lines of the scenario say leaves them as they are. */
#ifndef RUN_EXECUTOR_H
#define RUN_EXECUTOR_H

#include "base/arena.h"
#include "base/hash_map.h"
#include "base/pool.h"
#include "node/record.h"
#include "run/action_queue.h"
#include "run/changes.h"
#include "run/cuts.h"
#include "run/workload.h"

/* What a fault meets at a node. */
enum liveness { LIVENESS_DOWN, LIVENESS_UP, LIVENESS_FROZEN };

/* What a cluster can do to its nodes and links, now. Each takes the executor's `cluster` first.
 * Those that return bool return whether they did it; the executor calls them only where the node's
 * liveness allows it. */
struct cluster_operations {
    enum liveness (*liveness)(const void *cluster, node_id node);

    /* Whether a node that is up has a view with which it owns ids: it does not join any more. */
    bool (*is_member)(const void *cluster, node_id node);

    /* The owner of the id in the view of the first node that is not down, or NODE_NONE. */
    node_id (*owner)(const void *cluster, const struct text *id);

    /* `silently`: no peer sees a broken connection. */
    bool (*crash)(void *cluster, node_id node, bool silently);
    bool (*start)(void *cluster, node_id node, bool joins);
    bool (*freeze)(void *cluster, node_id node);
    bool (*thaw)(void *cluster, node_id node);
    bool (*leave)(void *cluster, node_id node);
    void (*connect)(void *cluster, node_id node);

    /* Links were cut, or healed: executor.cuts has what holds from now on. */
    void (*links_cut)(void *cluster);
    void (*links_healed)(void *cluster);

    /* A request at a node, whatever its liveness, now; timeout_ns 0: the setting's. */
    void (*request)(void *cluster, node_id node, const struct text *id, uint64_t tag,
                    int64_t timeout_ns);

    /* Clients or open sources begin, each at its node. ERROR_MEMORY: not all of them do. */
    enum error (*add_clients)(void *cluster, const struct workload *workload);

    /* A setting that an action of this kind changes has changed: executor.changes has what holds
     * from now on. */
    void (*setting_changed)(void *cluster, enum action_kind kind);

    /* The node's clock jumps forward. */
    void (*jump_clock)(void *cluster, node_id node, int64_t by_ns);

    /* A FAULT or SET record for the trace, see trace/fault.h; the cluster fills in its time. Its
     * texts are borrowed. */
    void (*record)(void *cluster, struct record *record);
};

struct executor {
    const struct cluster_operations *operations;
    void *cluster;
    uint32_t nodes;
    struct action_queue queue;
    struct cuts cuts;
    struct changes changes;
    struct pool added;        /* struct added_action; queued_action.index is a slot of it */
    struct hash_map by_words; /* the first added action with its words and time */
    uint32_t faults;          /* and changes of settings applied so far, ends not counted */
    int64_t last_effect_ns;   /* when a fault of nodes or a change last had an effect, or ended */
    uint32_t *last_fault;     /* of each node: the number of the last one applied to it; 0: none */
    struct arena *arena;      /* actions as they were resolved, which are still to be ended */
};

struct executor_setup {
    uint32_t nodes;
    const struct settings *settings; /* of the plan; read by executor_init alone */
    const struct cluster_operations *operations;
    void *cluster;
    bool drops_come_late; /* see cuts.h */
};

/* Nothing is to be done yet. ERROR_MEMORY: it is to be closed all the same. */
enum error executor_init(struct executor *executor, const struct executor_setup *setup);
void executor_close(struct executor *executor);

/* Adds an action, which must outlive the executor. ERROR_MEMORY: it will not be done. */
enum error executor_add(struct executor *executor, const struct action *action);

/* All actions of the plan. ERROR_MEMORY: not all were added. */
enum error executor_add_plan(struct executor *executor, const struct plan *plan);

/* All actions in the order in which they were added: number `index`, or NULL where there are no
 * more. */
const struct action *executor_action(const struct executor *executor, uint32_t index);

/* Applies or reverts what was taken from the queue, at now_ns, and queues its repetition and its
 * end. Of ACTION_EXPECT it queues the repetition only. ERROR_MEMORY: the run can't go on. */
enum error executor_apply(struct executor *executor, const struct queued_action *queued,
                          int64_t now_ns);

/* Faults that had no effect and may not miss: writes the first `most` of them to `missed`; returns
 * how many there are. */
size_t executor_missed(const struct executor *executor, const struct action **missed, size_t most);

/* Since when no fault and no change of a setting that had an effect goes on: the end of the last
 * one, or when it was applied, if it has no end. 0: there was none. TIME_NEVER: one's end has not
 * come. What had no effect does not count. */
int64_t executor_quiet_ns(const struct executor *executor);

#endif
