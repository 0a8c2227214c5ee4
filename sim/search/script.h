/* A scenario as lines that can be taken out, changed and printed one by one.
 *
 * All texts live in the script's arena, or longer than it. */
#ifndef SEARCH_SCRIPT_H
#define SEARCH_SCRIPT_H

#include "base/arena.h"
#include "scenario/plan.h"

#include <stdio.h>

enum script_part {
    SCRIPT_SETTING,    /* holds from the start: printed first */
    SCRIPT_ACTION,     /* at a time */
    SCRIPT_EXPECTATION /* of replies or the whole run: printed last */
};

struct script_line {
    enum script_part part;
    int64_t at_ns; /* of an action */
    const char *text;
};

struct script {
    struct script_line *lines; /* in the order in which they are printed, but for their parts */
    size_t count;
    size_t capacity;
    struct arena *arena;
    bool failed; /* there was no memory for a line: nothing can be made of it */
};

void script_init(struct script *script);
void script_close(struct script *script);

/* Adds a line whose text outlives the script. */
void script_add(struct script *script, struct script_line line);

/* Adds the plan's settings that are not as they are by default, `nodes` and `seed` in any case,
 * then what it sets of single links and clocks before the run. */
void script_add_settings(struct script *script, const struct plan *plan);

/* Adds what is expected of replies and of the whole run. What is expected at a time is an action.
 * What holds from the cursor on says so by the time of its line, as it did, so that its record is
 * the same one; or by words of its own, so that it stays as it is when times change. */
enum script_cursor { CURSOR_OF_LINE, CURSOR_IN_WORDS };
void script_add_expectations(struct script *script, const struct plan *plan,
                             enum script_cursor cursor);

/* Sorts actions by time, stably. ERROR_MEMORY: they are as they were. */
enum error script_sort(struct script *script);

/* The text of the scenario, to be freed with memory_free; NULL: there is no memory. */
char *script_text(const struct script *script);

#endif
