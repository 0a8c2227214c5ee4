/* What the files of the shrinking search share. */
#ifndef SEARCH_SHRINK_INTERNAL_H
#define SEARCH_SHRINK_INTERNAL_H

#include "search/shrink.h"

struct shrinking {
    const struct shrink_setup *setup;
    struct shrink_result *result;
    uint64_t events_most; /* of a run that is tried */
    int64_t started_ns;
    int64_t told_ns; /* when progress was last told */
    bool forwards;   /* lines are taken out from the first ones on */
    bool failed;     /* there is no memory */
};

/* Whether the search is to end. */
bool shrink_is_over(struct shrinking *shrinking);

/* Nodes that nobody connects break what is expected of a cluster, and nobody asks why. How many
 * there are is for the reader. */
bool shrink_must_stay(const struct script_line *line);

/* Tries the lines in place of the script's: if the target still breaks they are the script's own
 * from now on, and it returns true. Their texts live in the script's arena. */
bool shrink_try(struct shrinking *shrinking, const struct script_line *lines, size_t count);

/* Tries the script with another line in place of line `index`. */
bool shrink_try_line(struct shrinking *shrinking, size_t index, struct script_line line);

/* Tries lines whose requests are all for one id with each other id up to `most` in its place. */
bool shrink_try_ids(struct shrinking *shrinking, const struct script_line *lines, size_t count,
                    uint64_t most);

/* Each makes the script smaller in one respect, and returns whether it did. */
bool shrink_nodes(struct shrinking *shrinking);
bool shrink_ids(struct shrinking *shrinking);
bool shrink_words(struct shrinking *shrinking);
bool shrink_times(struct shrinking *shrinking);
bool shrink_pairs(struct shrinking *shrinking);

#endif
