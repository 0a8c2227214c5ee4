#include "scenario/suggest.h"

#include "base/number.h"

#include <string.h>

/* A longer word is no misspelt keyword. */
#define SUGGEST_MAX 31u
#define EDITS_MAX   2u

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Edits (a letter more, less, another, or two swapped) from `a` to `b`, letters of both cases
 * alike: the restricted Damerau-Levenshtein distance. Both are of SUGGEST_MAX bytes at most. */
static uint32_t edits(const char *a, size_t a_size, const char *b, size_t b_size)
{
    uint32_t rows[3][SUGGEST_MAX + 1]; /* the last three rows of the matrix, in turn */
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = (uint32_t)j;
    for (size_t i = 1; i <= a_size; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= b_size; j++) {
            uint32_t differ = lower(a[i - 1]) != lower(b[j - 1]);
            row[j] = min_u32(min_u32(above[j], row[j - 1]) + 1, above[j - 1] + differ);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = min_u32(row[j], second[j - 2] + 1);
        }
    }
    return rows[a_size % 3][b_size];
}

const char *suggest(const char *word, size_t size, const char *const *words)
{
    const char *best = NULL;
    uint32_t best_edits = EDITS_MAX + 1;
    if (size > SUGGEST_MAX)
        return NULL;
    for (; *words; words++) {
        size_t other = strlen(*words);
        if (other > SUGGEST_MAX || (other == size && memcmp(word, *words, size) == 0))
            continue;
        uint32_t distance = edits(word, size, *words, other);
        if (distance < best_edits && 2 * distance < size) {
            best = *words;
            best_edits = distance;
        }
    }
    return best;
}
