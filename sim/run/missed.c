#include "run/missed.h"

/* Nodes send these by themselves, so that a run does not go on for them. */
static bool is_sent_for_ever(enum message_kind kind)
{
    return kind == MESSAGE_HEARTBEAT || kind == MESSAGE_LEASE;
}

const char *why_missed(const struct executor *executor, const struct action *action)
{
    if (action->kind == ACTION_CHAOS && !action_list_has_stand_in(&executor->actions, action))
        return "drew no fault, at its rate, until its end";
    if (!triggers_have(&executor->triggers, action))
        return "touched nothing";
    return is_sent_for_ever(action->trigger.kind)
               ? "saw no such message before the run was over; with an 'end' it goes on until then"
               : "saw no such message";
}
