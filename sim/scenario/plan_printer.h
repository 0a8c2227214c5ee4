/* A plan back to text: what was done, a line each, in order of time. Read again and run, it gives
 * the same trace and hash, whatever of it came from a file, the command line or a person's hand. */
#ifndef SCENARIO_PLAN_PRINTER_H
#define SCENARIO_PLAN_PRINTER_H

#include "scenario/plan.h"

#include <stdio.h>

/* Writes the plan's settings, `actions` (those of the plan and any others, in any order; sorted
 * here by time, stably) and the plan's expectations. Errors of `out` are left for the caller to see
 * by ferror. */
void plan_print(FILE *out, const struct plan *plan, const struct action **actions, size_t count);

/* The settings as JSON members without the braces, `"nodes":3,"ttl":"5s",…`, for the head of a
 * trace: written to `text` and NUL-ended; returns what snprintf would. */
size_t plan_settings_json(const struct plan *plan, char *text, size_t size);

/* Likewise as lines of a scenario: "nodes 3", "ttl 5s", … */
size_t plan_settings_lines(const struct plan *plan, char *text, size_t size);

/* The line of one of them, by its place in settings_table; `clock` and no `end` have none. */
size_t plan_setting_line(const struct settings *settings, size_t setting, char *text, size_t size);

#endif
