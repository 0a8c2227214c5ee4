/* The plan's actions, and those added while a run goes on, as deeds: what is still to be done, what
 * each of them draws, and what has come of it.
 *
 * Whoever carries a plan through takes the agenda's first item, finds out here which nodes or
 * clients it is about, does it to them, and says here what came of it. Nothing here knows what a
 * node is made of.
 *
 * An action's draws are keyed by its words, its time, and how many of the same came before: what
 * other lines say leaves its draws alone. */
#ifndef SCENARIO_DEEDS_H
#define SCENARIO_DEEDS_H

#include "core/pool.h"
#include "core/record.h"
#include "core/table.h"
#include "scenario/agenda.h"
#include "scenario/load.h"

#include <stdatomic.h>

/* An action that is to be done, or was. */
struct deed {
    uint32_t same;               /* of the first with its words and time: how many there are */
    atomic_bool touched;         /* it took effect */
    uint64_t key;                /* its draws are keyed by it */
    const struct action *action; /* NULL: there was no memory to add it */
};

struct deeds {
    struct agenda agenda;
    struct pool pool;      /* struct deed; an item's index is a slot of it */
    struct table by_words; /* the first deed with its words and time */
    uint32_t strikes;      /* so far: counted by whoever strikes */
    uint64_t seed;
    uint32_t nodes;
};

/* Nothing is to be done yet. */
void deeds_init(struct deeds *deeds, uint64_t seed, uint32_t nodes);
void deeds_close(struct deeds *deeds);

/* Puts an action on the agenda; it outlives the deeds. ERROR_MEMORY: it is not done. */
enum error deeds_add(struct deeds *deeds, const struct action *action);

/* The deed of an item with this index. It never moves. */
struct deed *deeds_of(const struct deeds *deeds, uint32_t index);

/* All actions, in the order of their coming: number `index`, or NULL where there are no more. */
const struct action *deeds_action(const struct deeds *deeds, uint32_t index);

/* The item took effect. */
void deeds_touch(struct deeds *deeds, const struct item *item);

/* Puts the next repetition on the agenda, if there is one. ERROR_MEMORY: there will be none. */
enum error deeds_repeat_later(struct deeds *deeds, const struct item *item);

/* Puts the end of the latest strike on the agenda, if it lasts for a time, which begins at now_ns.
 * It struck `node`, or links (NODE_NONE). ERROR_MEMORY: it will last. */
enum error deeds_end_later(struct deeds *deeds, const struct item *item, int64_t now_ns,
                           node_id node);

/* The nodes of `list`, which is one of the item's; or where it says `any` one node, drawn into
 * *drawn from those that suit an action of this kind, or none. A request finds a node always. */
struct node_list deeds_nodes(const struct deeds *deeds, const struct item *item,
                             const struct node_list *list, node_id *drawn,
                             bool (*suits)(void *context, node_id node, enum action_kind kind),
                             void *context);

/* Gives each client of an item of CLIENTS, or each open source of one of REQUESTS, to its node. */
void deeds_clients(const struct deeds *deeds, const struct item *item,
                   void (*add)(void *context, node_id node, struct client client), void *context);

/* The words for the end of a fault, as they would stand in a scenario: "restart n2", "thaw n2",
 * "heal: cut n1 <-> n2 for 1s". */
struct deed_words {
    char text[256];
};
struct deed_words deeds_end_words(const struct item *item);

/* The FAULT record of an item in these words, or of its end; it borrows them. */
struct record deeds_fault(const struct item *item, const char *words, int64_t t_ns, uint16_t step);

/* Whether the action is a fault or the healing of one: what may be in vain. */
bool action_is_fault(const struct action *action);

/* Actions that are faults and never touched anything, and may not miss: writes the first `most` of
 * them to `missed`; returns how many there are. */
size_t deeds_missed(const struct deeds *deeds, const struct action **missed, size_t most);

#endif
