/* Swarm testing: each seed also draws which kinds of trouble there are, and how much of each. A run
 * with a few of them alone reaches what a run with all of them at once hides (Groce et al., "Swarm
 * testing", ISSTA 2012). */
#ifndef SEARCH_SWARM_H
#define SEARCH_SWARM_H

#include "scenario/plan.h"

/* Leaves of the plan's trouble what its seed draws: each line of chaos is on or off, one at least
 * is on, and its rate is a quarter to four times as high; `loss`, `duplicate`, `reorder` and
 * `load-fail` of the settings are on or off. The plan's actions and settings are its own. */
void swarm_apply(struct plan *plan);

#endif
