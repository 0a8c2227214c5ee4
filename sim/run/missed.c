#include "run/missed.h"

const char *why_missed(const struct executor *executor, const struct plan *plan,
                       const struct action *action)
{
    bool idle = MESSAGES_IDLE >> action->trigger.kind & 1;
    if (action->kind == ACTION_CHAOS && !action_list_has_stand_in(&executor->actions, action))
        return "drew no fault, at its rate, until its end";
    if (!triggers_have(&executor->triggers, action))
        return "touched nothing";
    return idle && plan->settings.end_ns == TIME_NEVER
               ? "saw no such message before the run was over; with an 'end' it goes on until then"
               : "saw no such message";
}
