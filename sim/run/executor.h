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
#include "run/action_list.h"
#include "run/action_queue.h"
#include "run/changes.h"
#include "run/chaos.h"
#include "run/cuts.h"
#include "run/node_actions.h"
#include "run/operations.h"
#include "run/triggers.h"

/* Who wants to know what became of the actions. */
struct executor_observer {
    /* An action is applied at now_ns, or begins to wait for its message, not its end: as it was
     * written, which `repeat` has repeated so often, and with the nodes that it means now. */
    void (*applied)(struct executor_observer *self, const struct action *written,
                    const struct action *meant, uint64_t repeat, int64_t now_ns);

    /* Clients or open sources begin. */
    void (*loaded)(struct executor_observer *self, const struct workload *workload);
};

struct executor {
    struct executor_observer *observer; /* NULL: nobody */
    const struct cluster_operations *operations;
    void *cluster;
    uint32_t nodes;
    int64_t suspect_ns; /* the setting */
    struct action_queue queue;
    struct triggers triggers;
    struct cuts cuts;
    struct changes changes;
    struct chaos chaos;
    struct action_list actions; /* queued_action.index is a place in it */
    uint32_t faults;            /* and changes of settings applied so far, ends not counted */
    int64_t last_effect_ns;     /* when a fault of nodes or a change last had an effect, or ended */
    uint32_t *last_fault; /* of each node: the number of the last one applied to it; 0: none */
    struct node_actions node_actions;
    struct arena *arena; /* actions as they were resolved, which are still to be ended */
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

/* Applies or reverts what was taken from the queue, at now_ns, and queues its repetition and its
 * end. Of ACTION_EXPECT it queues the repetition only. ERROR_MEMORY: the run can't go on. */
enum error executor_apply(struct executor *executor, const struct queued_action *queued,
                          int64_t now_ns);

/* A node has received a message at now_ns: the actions that wait for it are queued, at that time.
 * To be called for each message of executor_awaits, in order. ERROR_MEMORY: the run can't go on. */
enum error executor_saw(struct executor *executor, enum message_kind kind, node_id from, node_id to,
                        int64_t now_ns);

/* Bits: the kinds of message that are waited for. */
static inline uint32_t executor_awaits(const struct executor *executor)
{
    return executor->triggers.kinds;
}

/* Since when no fault and no change of a setting that had an effect goes on: the end of the last
 * one, or when it was applied, if it has no end. 0: there was none. TIME_NEVER: one's end has not
 * come. What had no effect does not count. */
int64_t executor_quiet_ns(const struct executor *executor);

#endif
