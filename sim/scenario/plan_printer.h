/* A plan back to text: what was done, a line each, in order of time. Read again and run, it gives
 * the same trace and hash, whatever of it came from a file, the command line or a person's hand. */
#ifndef SCENARIO_PLAN_PRINTER_H
#define SCENARIO_PLAN_PRINTER_H

#include "scenario/plan.h"

#include <stdio.h>

/* Writes the plan's settings, `actions` (those of the plan and any others, in any order; sorted
 * here by time, stably) and the plan's expectations. Errors of `out` are left for the caller to see
 * by ferror. */
void plan_print(FILE *out, const struct plan *plan, const struct action **actions,
                    size_t count);

#endif
