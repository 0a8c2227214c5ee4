/* Scenario text to a plan. All errors of a text are found, each with its place and a way out; the
 * first one of a line ends the parsing of that line.
 *
 * Settings stand before the first action, which is the first line that has a time (at, wait,
 * every), acts, or expects something of a reply or at the cursor. What is expected of the whole run
 * may stand anywhere, above the settings too. A comma parts the ids of a request or a load: no
 * id of theirs has one. */
#ifndef SCENARIO_PARSE_H
#define SCENARIO_PARSE_H

#include "scenario/plan.h"

#define PARSE_ERRORS_MAX  20u         /* printed for one text; more are counted */
#define PARSE_TEXT_MAX    (16u << 20) /* bytes of a scenario */
#define PARSE_LINE_MAX    65536u      /* bytes of one line */
#define PARSE_ACTIONS_MAX 1000000u    /* of one scenario */

/* A setting from the command line, `key` "ttl" and `value` "30s": it overrides the text's own.
 * `option` is how it was given, as "--nodes 0", for messages. */
struct override {
    const char *option;
    const char *key;
    const char *value;
};

/* Makes `plan` from `size` bytes of text, which needn't end in NUL nor be well-formed. `file` names
 * it in messages. Of two overrides of one setting the later one holds. Overrides of links and
 * clocks are set after all that the text sets before its first action.
 *
 * OK: the plan is to be closed with plan_close. ERROR_TEXT: `diagnostics` holds,
 * NUL-ended, for each error
 *
 *     scenarios/demo.txt:12:9: error: 'lattency' is no statement; did you mean 'latency'?
 *        12 |         lattency 5ms
 *           |         ^
 *
 * (or "dpsim: --set tttl=5s: 'tttl' is no setting; …" without a line for an override) and is to be
 * freed with memory_free. Columns are characters, from 1. ERROR_MEMORY: nothing is to be freed. */
enum error parse_scenario(struct plan *plan, const char *file, const char *text, size_t size,
                          const struct override *overrides, size_t overrides_count,
                          char **diagnostics);

/* Whether the first word of the text that is not in a comment names a setting or a statement. */
bool parse_begins_as_scenario(const char *text, size_t size);

#endif
