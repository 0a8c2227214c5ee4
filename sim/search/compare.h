/* Variants of one scenario, which differ in their settings, over the same seeds: which one to take.
 *
 * A row is a variant, a column a number of a run: its mean, and the 95 % interval of that. The best
 * of a column is marked, and with it every other that cannot be told from it: whose interval
 * overlaps. */
#ifndef SEARCH_COMPARE_H
#define SEARCH_COMPARE_H

#include "search/sweep.h"

#include <stdio.h>

struct variant {
    const char **values; /* of each key of the comparison, in their order */
    struct plan plan;
    struct sweep sweep;
    bool is_swept; /* as far as the sweep came */
};

struct comparison {
    const char *scenario;
    const char **keys; /* settings that vary */
    size_t keys_count;
    struct variant *variants;
    size_t variants_count;
    uint64_t first; /* seeds: first..last */
    uint64_t last;
};

/* Sweeps one variant after the other, as `setup` says but for its plan. It ends early where a sweep
 * does: the variants after that are not swept. ERROR_MEMORY, ERROR_IO: as of sweep_run. */
enum error comparison_run(struct comparison *comparison, const struct sweep_setup *setup);

/* Whether the variant is the best in this number, or can't be told from the best. False also of
 * numbers of which none is better than another, and where all variants are alike. */
bool comparison_is_best(const struct comparison *comparison, size_t variant, enum number_id number);

/* The numbers that say which variant to take: those that people are shown. CSV and JSON have all.
 */
#define COMPARISON_SHOWN 8u
extern const enum number_id comparison_shown[COMPARISON_SHOWN];

/* For people, a table in parts that are no wider than `columns`; as lines of CSV (RFC 4180) with a
 * head; as one JSON object. Errors of `out` are left for the caller to find by ferror. */
void comparison_print(FILE *out, const struct comparison *comparison, size_t columns);
void comparison_print_broken(FILE *out, const struct comparison *comparison); /* without a table */
void comparison_csv(FILE *out, const struct comparison *comparison);
void comparison_json(FILE *out, const struct comparison *comparison);

#endif
