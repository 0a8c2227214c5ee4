/* Gathers what a summary shows one by one: violations, the first duplicates, judged expectations.
 * It keeps the first of each kind; the numbers come from the tally and the checker, so a finding
 * for which there is no room or no memory is counted all the same. */
#ifndef TRACE_FINDINGS_H
#define TRACE_FINDINGS_H

#include "base/hash_map.h"
#include "trace/reader.h"

/* A violation, a duplicate, or a judged expectation. */
struct finding {
    int64_t t_ns;
    node_id node;     /* NODE_NONE for what concerns the whole run */
    uint32_t line;    /* of the scenario; 0: none */
    uint8_t code;     /* enum rule, or enum verdict_kind */
    uint32_t times;   /* expectations: this line was judged so this often */
    struct text id;   /* violations, duplicates */
    struct text text; /* what is wrong; the cause; the expectation as written */
    struct text why;  /* why an expectation failed or is vacuous, which may be empty; what became of
                       * a fault instead: it "touched nothing" */
};

#define FINDINGS_MAX     200u /* of a kind */
#define DUPLICATES_MAX   10u
#define EXPECTATIONS_MAX 100000u

struct finding_list {
    struct finding *items;
    size_t count;
    size_t capacity;
};

struct findings {
    struct reader reader;
    struct finding_list violations;
    struct finding_list duplicates;
    struct finding_list expectations; /* each line once for each way in which it was judged */
    struct hash_map by_line;          /* of those */
    struct finding_list missed;       /* faults that had no effect */
    uint64_t verdicts[VERDICTS_COUNT];
};

void findings_init(struct findings *findings);
void findings_close(struct findings *findings);

/* A fault that had no effect; `why` follows "it ", as "touched nothing". */
void findings_add_missed(struct findings *findings, uint32_t line, const char *text,
                         const char *why);

/* No more records will come: puts expectations into the order of their lines. */
void findings_sort(struct findings *findings);

#endif
