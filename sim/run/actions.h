/* The plan's actions, and those added while a run goes on, as actions: what is still to be done,
 * what each of them draws, and what has come of it.
 *
 * Whoever carries a plan through takes the action queue's first item, finds out here which nodes or
 * clients it is about, does it to them, and says here what came of it. Nothing here knows what a
 * node is made of.
 *
 * An action's draws are keyed by its words, its time, and how many of the same came before: what
 * other lines say leaves its draws alone. */
#ifndef RUN_ACTIONS_H
#define RUN_ACTIONS_H

#include "base/pool.h"
#include "base/table.h"
#include "node/record.h"
#include "run/action_queue.h"
#include "run/workload.h"

#include <stdatomic.h>

/* An action that is to be done, or was. */
struct tracked_action {
    uint32_t same;               /* of the first with its words and time: how many there are */
    atomic_bool touched;         /* it took effect */
    uint64_t key;                /* its draws are keyed by it */
    const struct action *action; /* NULL: there was no memory to add it */
};

struct actions {
    struct action_queue action_queue;
    struct pool pool;      /* struct tracked action; an item's index is a slot of it */
    struct table by_words; /* the first tracked action with its words and time */
    uint32_t strikes;      /* so far: counted by whoever strikes */
    uint64_t seed;
    uint32_t nodes;
};

/* Nothing is to be done yet. */
void actions_init(struct actions *actions, uint64_t seed, uint32_t nodes);
void actions_close(struct actions *actions);

/* Puts an action on the action queue; it outlives the actions. ERROR_MEMORY: it is not done. */
enum error actions_add(struct actions *actions, const struct action *action);

/* The tracked action of an item with this index. It never moves. */
struct tracked_action *actions_of(const struct actions *actions, uint32_t index);

/* All actions, in the order of their coming: number `index`, or NULL where there are no more. */
const struct action *actions_action(const struct actions *actions, uint32_t index);

/* The item took effect. */
void actions_touch(struct actions *actions, const struct item *item);

/* Puts the next repetition on the action queue, if there is one. ERROR_MEMORY: there will be none.
 */
enum error actions_repeat_later(struct actions *actions, const struct item *item);

/* Puts the end of the latest strike on the action queue, if it lasts for a time, which begins at
 * now_ns. It struck `node`, or links (NODE_NONE). ERROR_MEMORY: it will last. */
enum error actions_end_later(struct actions *actions, const struct item *item, int64_t now_ns,
                             node_id node);

/* The nodes of `list`, which is one of the item's; or where it says `any` one node, drawn into
 * *drawn from those that suit an action of this kind, or none. A request finds a node always. */
struct node_list actions_nodes(const struct actions *actions, const struct item *item,
                               const struct node_list *list, node_id *drawn,
                               bool (*suits)(void *context, node_id node, enum action_kind kind),
                               void *context);

/* Gives each client of an item of CLIENTS, or each open source of one of REQUESTS, to its node. */
void actions_clients(const struct actions *actions, const struct item *item,
                     void (*add)(void *context, node_id node, struct client client), void *context);

/* The words for the end of a fault, as they would stand in a scenario: "restart n2", "thaw n2",
 * "heal: cut n1 <-> n2 for 1s". */
struct tracked_action_words {
    char text[256];
};
struct tracked_action_words actions_end_words(const struct item *item);

/* The FAULT record of an item in these words, or of its end; it borrows them. */
struct record actions_fault(const struct item *item, const char *words, int64_t t_ns,
                            uint16_t step);

/* Whether the action is a fault or the healing of one: what may be in vain. */
bool action_is_fault(const struct action *action);

/* Actions that are faults and never touched anything, and may not miss: writes the first `most` of
 * them to `missed`; returns how many there are. */
size_t actions_missed(const struct actions *actions, const struct action **missed, size_t most);

#endif
