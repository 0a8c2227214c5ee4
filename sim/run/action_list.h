/* The actions of a run in the order in which they were added: what the draws of each are keyed by,
 * and whether it has had an effect. When one happens is the action queue's. */
#ifndef RUN_ACTION_LIST_H
#define RUN_ACTION_LIST_H

#include "base/hash_map.h"
#include "base/pool.h"
#include "scenario/plan.h"

#include <stdatomic.h>

struct action_list {
    struct pool actions;      /* struct added_action */
    struct hash_map by_words; /* the first one with its words and time */
};

void action_list_init(struct action_list *list);
void action_list_close(struct action_list *list);

/* *index is its place. The action must outlive the list. ERROR_MEMORY: nothing has changed. */
enum error action_list_add(struct action_list *list, const struct action *action, uint32_t *index);

/* Takes out the action that was added last. */
void action_list_drop(struct action_list *list, uint32_t index);

/* Number `index`, or NULL where there are no more. */
const struct action *action_list_at(const struct action_list *list, uint32_t index);

/* What its draws are keyed by: its words, its time, and how many of the same came before. */
uint64_t action_list_key(const struct action_list *list, uint32_t index);

/* What action `index` has an effect on counts for action `of` from now on. */
void action_list_stand_for(struct action_list *list, uint32_t index, uint32_t of);

/* Of a fault or a change, or of what waits for a message: whether it had an effect. Any thread may
 * set it. */
atomic_bool *action_list_effect(const struct action_list *list, uint32_t index);

/* Faults, and actions that wait for a message, that had no effect and may not miss: writes the
 * first `most` of them to `missed`; returns how many there are. */
size_t action_list_missed(const struct action_list *list, const struct action **missed,
                          size_t most);

/* Whether another action stands for this one: whether chaos has drawn a fault. */
bool action_list_has_stand_in(const struct action_list *list, const struct action *action);

#endif
