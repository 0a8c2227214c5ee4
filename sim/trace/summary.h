/* What a run came to: for people, and as one JSON object. A reader gathers what is to be told one
 * by one; the numbers come from the tally and the checker. */
#ifndef TRACE_SUMMARY_H
#define TRACE_SUMMARY_H

#include "check/checker.h"
#include "trace/reader.h"
#include "trace/totals.h"

#include <stdio.h>

/* ---- what is told one by one --------------------------------------------------------------- */

/* A violation, a duplicate, or a judged expectation. */
struct finding {
    int64_t t_ns;
    node_id node;     /* NODE_NONE for what concerns the whole run */
    uint32_t line;    /* of the scenario; 0: none */
    uint8_t code;     /* enum rule, or enum verdict_kind */
    uint32_t times;   /* expectations: judged so with this line so often */
    struct text id;   /* violations, duplicates */
    struct text text; /* what is wrong; the cause; the expectation as written */
    struct text why;  /* why an expectation failed or is vacuous; may be empty */
};

#define FINDINGS_MAX   200u /* of a kind; what is beyond is counted */
#define DUPLICATES_MAX 10u
#define HELD_TOLD_MAX  20u /* expectations told by line when all held; more are only counted */

struct findings {
    struct finding *items;
    size_t count;
    size_t capacity;
};

/* Keeps the run's VIOLATIONs, EXPECTs and first DUPLICATEs. */
struct summary_reader {
    struct reader reader;
    struct findings violations;
    struct findings duplicates;
    struct findings expectations;
    uint64_t held;
    uint64_t failed;
    uint64_t vacuous;
    bool no_memory; /* some are missing */
};

void summary_reader_init(struct summary_reader *reader);
void summary_reader_close(struct summary_reader *reader);

/* A line of the scenario that never took effect: a fault that touched nothing. */
void summary_add_vacuous(struct summary_reader *reader, uint32_t line, const char *text,
                         const char *why);

/* ---- the whole ----------------------------------------------------------------------------- */

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
    const struct summary_reader *found;
    uint64_t broken[RULES_COUNT]; /* breaches of each rule, beyond those found too */
    bool judged[RULES_COUNT];
    uint64_t causes[CAUSES_COUNT]; /* of duplicates */
    const char *hash;
    const char *command; /* that repeats the run; NULL if all held */
};

/* Fills in what the checker knows: broken, judged, causes. */
void summary_take_check(struct summary *summary, const struct checker *check);

/* Ends in a newline. Errors of `out` are left for the caller to see by ferror. */
void summary_print(FILE *out, const struct summary *summary, bool colour);
void summary_json(FILE *out, const struct summary *summary);

#endif
