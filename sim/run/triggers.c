#include "run/triggers.h"

#include "base/memory.h"

void triggers_close(struct triggers *triggers)
{
    memory_free(triggers->actions);
    *triggers = (struct triggers){0};
}

enum error triggers_add(struct triggers *triggers, const struct queued_action *queued)
{
    if (memory_reserve((void **)&triggers->actions, &triggers->capacity, triggers->count + 1,
                       sizeof *triggers->actions))
        return ERROR_MEMORY;
    triggers->actions[triggers->count++] = (struct waiting_action){.queued = *queued};
    triggers->kinds |= 1u << queued->action->trigger.kind;
    return OK;
}

static bool has(const struct node_list *list, node_id node)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->nodes[i] == node)
            return true;
    return !list->count;
}

static bool fits(const struct message_trigger *trigger, enum message_kind kind, node_id from,
                 node_id to)
{
    return trigger->kind == kind && has(&trigger->from, from) && has(&trigger->to, to);
}

enum error triggers_take(struct triggers *triggers, enum message_kind kind, node_id from,
                         node_id to, int64_t now_ns, struct action_queue *queue)
{
    size_t kept = 0;
    enum error error = OK;
    if (!(triggers->kinds >> kind & 1))
        return OK;
    triggers->kinds = 0;
    for (size_t i = 0; i < triggers->count; i++) {
        struct waiting_action *waiting = &triggers->actions[i];
        const struct message_trigger *trigger = &waiting->queued.action->trigger;
        if (fits(trigger, kind, from, to) && ++waiting->seen == trigger->nth) {
            waiting->queued.at_ns = now_ns;
            waiting->queued.is_triggered = true;
            if (action_queue_add(queue, waiting->queued))
                error = ERROR_MEMORY;
            continue;
        }
        triggers->kinds |= 1u << trigger->kind;
        triggers->actions[kept++] = *waiting;
    }
    triggers->count = kept;
    return error;
}

bool triggers_have(const struct triggers *triggers, const struct action *action)
{
    for (size_t i = 0; i < triggers->count; i++)
        if (triggers->actions[i].queued.action == action)
            return true;
    return false;
}
