/* What a person who wrote a word may have meant. */
#ifndef SCENARIO_SUGGEST_H
#define SCENARIO_SUGGEST_H

#include <stddef.h>

/* The word of `words` (ended by NULL) that is nearest to `word`, at a distance of at most 2 edits
 * and less than half its length; NULL if there is none. The first one of equally near ones. The
 * distance is the restricted Damerau-Levenshtein distance; case does not count. */
const char *suggest(const char *word, size_t size, const char *const *words);

#endif
