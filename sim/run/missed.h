/* What became of an action that had no effect, in words for people. */
#ifndef RUN_MISSED_H
#define RUN_MISSED_H

#include "run/executor.h"

/* Of one that action_list_missed names, when the run is over: "touched nothing", say, which follows
 * the action's text, or "it". */
const char *why_missed(const struct executor *executor, const struct plan *plan,
                       const struct action *action);

#endif
