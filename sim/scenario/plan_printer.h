/* A plan back to text. The text, parsed and run again, gives the same trace and hash, whether its
 * actions came from a file, the command line or a person's hand. */
#ifndef SCENARIO_PLAN_PRINTER_H
#define SCENARIO_PLAN_PRINTER_H

#include "base/string_builder.h"
#include "scenario/settings.h"

#include <stdio.h>

/* Holds the line of any setting but `absent`, with its NUL: a name, and at most three durations or
 * the name of a file. */
#define SETTING_LINE_SIZE 256u

/* Prints the plan's settings, then `actions`, a line each (those of the plan and any others, in any
 * order; sorted here by time, stably), then the plan's expectations. Errors of `out` are left for
 * the caller to find by ferror. ERROR_MEMORY: nothing is printed. */
enum error plan_print(FILE *out, const struct plan *plan, const struct action **actions,
                      size_t count);

/* Adds the settings as JSON members without the braces, `"nodes":3,"ttl":"5s",…`, for the head of a
 * trace. What setting_is_written leaves out is not among them. */
void plan_settings_json(struct string_builder *out, const struct settings *settings);

/* Adds the line of one setting, "ttl 5s", without a newline. Only for what has a value. */
void plan_setting_line(struct string_builder *out, const struct settings *settings,
                       enum setting_id id);

#endif
