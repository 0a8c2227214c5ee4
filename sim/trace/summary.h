/* What a run came to: for people, and as one JSON object. It prints what others counted and
 * gathered, and judges nothing. */
#ifndef TRACE_SUMMARY_H
#define TRACE_SUMMARY_H

#include "trace/findings.h"
#include "trace/rules.h"
#include "trace/totals.h"

#include <stdio.h>

struct summary {
    const char *scenario;
    uint64_t seed;
    uint32_t nodes;
    uint32_t threads;
    bool live; /* real processes: `threads` of them */
    int64_t virtual_ns;
    int64_t wall_ns;
    uint64_t events;
    struct totals totals; /* with duplicates and latencies */
    const struct findings *found;
    uint64_t broken[RULES_COUNT]; /* breaches of each rule, beyond those found too */
    bool judged[RULES_COUNT];     /* whether the trace had what the rule is judged by */
    uint64_t
        left_out[RULES_COUNT]; /* what could not be judged by a rule that was judged otherwise */
    uint64_t causes[CAUSES_COUNT]; /* of duplicates */
    const char *hash;
    const char *verdict; /* PASS, FAIL or EMPTY, … */
    const char *reason;  /* … and why; "" for PASS */
    const char *command; /* that repeats the run; NULL if all held */
};

/* Why a rule was not judged, or not of all. */
#define SUMMARY_NOT_KEPT "the trace does not keep what is judged by it"
#define SUMMARY_LEFT_OUT "their links did not keep the order"

/* Of all rules. */
static inline uint64_t summary_breaches(const struct summary *summary)
{
    uint64_t sum = 0;
    for (enum rule rule = 0; rule < RULES_COUNT; rule++)
        sum += summary->broken[rule];
    return sum;
}

/* Ends in a newline. Errors of `out` are left for the caller to see by ferror. */
void summary_print(FILE *out, const struct summary *summary, bool colour);
void summary_json(FILE *out, const struct summary *summary);

#endif
