/* Results of sweeps, as sweep_json writes them, read again and added up: the sum of parts that
 * split a range of seeds is the sweep over that range, whatever machines they were made on.
 *
 * What it has is what the JSON has: of the plan it knows the name, the nodes, the expectations and
 * the faults, as text, and can run nothing. */
#ifndef SEARCH_SWEEP_MERGE_H
#define SEARCH_SWEEP_MERGE_H

#include "base/json.h"
#include "base/string_builder.h"
#include "search/sweep.h"

struct sweep_part {
    struct plan plan;
    struct sweep sweep;    /* of that plan */
    const char **commands; /* of each breach: what repeats its first seed; NULL: none is known */
};

/* Reads the object. ERROR_TEXT: it is no result of a sweep, or of one that did not end, and `why`
 * says so. On an error there is nothing to close. */
enum error sweep_part_read(struct sweep_part *part, const struct json *json,
                           struct string_builder *why);
void sweep_part_close(struct sweep_part *part);

/* Adds the part whose seeds follow those of `sum`. ERROR_TEXT: it does not fit, and `why` says how,
 * as what is to be said of `part`; the sum is unchanged. */
enum error sweep_part_add(struct sweep_part *sum, struct sweep_part *part,
                          struct string_builder *why);

/* The command of the seed, if it is the first of some breach; else NULL. */
const char *sweep_part_command(const struct sweep_part *part, uint64_t seed);

#endif
