/* Actions that wait for a message: `on request to n2 nth 3: crash n2`.
 *
 *     executor_apply, when the cursor's time has come -> triggers_add
 *     runner, at each message that a node has received -> executor_saw -> triggers_take
 *         -> the action queue, at the instant of the message: after all else of it
 *
 * It applies nothing. */
#ifndef RUN_TRIGGERS_H
#define RUN_TRIGGERS_H

#include "run/action_queue.h"

struct waiting_action {
    struct queued_action queued;
    uint32_t seen; /* messages that fit, so far */
};

/* Zeros are none. */
struct triggers {
    struct waiting_action *actions; /* in the order in which they began to wait */
    size_t count;
    size_t capacity;
    uint32_t kinds; /* bits: of the messages that are waited for */
};

void triggers_close(struct triggers *triggers);

/* The action waits from now on. ERROR_MEMORY: it does not. */
enum error triggers_add(struct triggers *triggers, const struct queued_action *queued);

/* A message of this kind was received at now_ns: queues the actions that have waited for it, at
 * that time. ERROR_MEMORY: not all of them. */
enum error triggers_take(struct triggers *triggers, enum message_kind kind, node_id from,
                         node_id to, int64_t now_ns, struct action_queue *queue);

/* Whether the action still waits for its message. */
bool triggers_have(const struct triggers *triggers, const struct action *action);

#endif
