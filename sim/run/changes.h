/* What the settings that can change during a run are now: for every node, id and link.
 *
 *     load 5ms                      the head of the scenario: every node, every id
 *     at 1s load 20ms on n2         n2 has 20 ms from now on
 *     at 2s load 1s id 7 for 3s     and id 7 has 1 s everywhere until 5 s, then what it had before
 *
 * A change lasts for good or for a time. The latest one in force that fits decides; when it ends,
 * the one before it decides again, in whatever order they end. A change that no look-up can reach
 * any more is forgotten, so a change that is made a million times takes the room of one.
 *
 * Nothing changes while it is asked: the simulator changes settings between windows only. */
#ifndef RUN_CHANGES_H
#define RUN_CHANGES_H

#include "run/cuts.h"
#include "scenario/plan.h"

/* The value of one setting; which member it is follows from the kind of action that changes it. */
struct setting_value {
    struct distribution distribution; /* LOAD, WORK, LATENCY */
    uint32_t ppb;                     /* LOAD_FAIL, LOSS, DUPLICATE */
    bool on;                          /* REORDER */
    int32_t rate_ppm;                 /* CLOCK */
    uint64_t seed;                    /* SEED */
};

struct change;

struct changes {
    uint32_t nodes;
    struct setting_value everywhere[ACTIONS_COUNT]; /* where no change fits */
    struct change *in_force[ACTIONS_COUNT];         /* the latest first */
};

/* As the settings have it. */
void changes_init(struct changes *changes, const struct settings *settings, uint32_t nodes);
void changes_close(struct changes *changes);

/* Puts a change in force, as number `number`, until until_ns, or TIME_NEVER for good. `action` is
 * one of ACTS_ON_SETTING with its nodes and links resolved, and no jump of a clock; its ids and its
 * distribution outlive `changes`. ERROR_MEMORY: nothing has changed. */
enum error changes_add(struct changes *changes, const struct action *action, uint32_t number,
                       int64_t until_ns);

/* Ends it. False: it was forgotten before. */
bool changes_end(struct changes *changes, enum action_kind kind, uint32_t number);

/* Whether it is in force. */
bool changes_have(const struct changes *changes, enum action_kind kind, uint32_t number);

/* What holds for LATENCY, LOSS, DUPLICATE, REORDER on a link; for LOAD, LOAD_FAIL, WORK of an id at
 * a node, where `id` NULL passes over changes of single ids; for CLOCK and SEED of a node. */
const struct setting_value *changes_on_link(const struct changes *changes, enum action_kind kind,
                                            node_id from, node_id to);
const struct setting_value *changes_at_node(const struct changes *changes, enum action_kind kind,
                                            node_id node, const struct text *id);

/* Gives to `take` what holds for LOAD, LOAD_FAIL or WORK at a node: the value of an id is the first
 * whose ids have it. The last one is of every id. */
void changes_each_at_node(const struct changes *changes, enum action_kind kind, node_id node,
                          void (*take)(void *context, const struct id_set *ids,
                                       const struct setting_value *value),
                          void *context);

/* What holds now where the action's change does, if that is one number; see trace/fault.h. */
int64_t changes_amount(const struct changes *changes, const struct action *action);

/* What all draws are made of now. */
static inline uint64_t changes_seed(const struct changes *changes)
{
    return changes_at_node(changes, ACTION_SEED, 0, NULL)->seed;
}

/* Whether one value holds everywhere. */
static inline bool changes_are_even(const struct changes *changes, enum action_kind kind)
{
    return !changes->in_force[kind];
}

/* The least latency of any link. */
int64_t changes_least_latency_ns(const struct changes *changes);

#endif
