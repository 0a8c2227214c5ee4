/* The smallest scenario that still fails by the same rule as a run does.
 *
 * The run is flattened to single faults and requests. Then whatever can be taken out is, in halves,
 * quarters and so on down to single lines (as delta debugging does: Zeller, Hildebrandt,
 * "Simplifying and isolating failure-inducing input", 2002); then nodes, settings and words; then
 * times and numbers become shorter and rounder. Each step is kept only if the rule still breaks.
 * The same input gives the same result, unless the time limit is reached. */
#ifndef SEARCH_SHRINK_H
#define SEARCH_SHRINK_H

#include "base/failure.h"
#include "search/script.h"
#include "search/trial.h"

#define SHRINK_RUNS_MOST 30000u

/* How the search stands. */
struct shrink_progress {
    size_t lines;
    uint64_t runs;
};

struct shrink_setup {
    const struct plan *plan;
    uint64_t seed;
    int64_t limit_ns; /* of real time */
    bool (*is_stopped)(void);
    void (*progress)(void *context, const struct shrink_progress *progress); /* NULL: nobody */
    void *context;
};

/* What had to stay: a rule, or an expectation by its words. */
struct shrink_target {
    bool is_rule;
    enum rule rule;
    char text[256]; /* the rule's name, or the expectation */
    bool is_vacuous;
};

struct shrink_result {
    struct script script; /* the smallest found */
    struct shrink_target target;
    size_t lines; /* at first, when it was flat */
    uint64_t runs;
    bool is_limited; /* by time, SHRINK_RUNS_MOST or an interrupt: more might be possible */
};

/* ERROR_TEXT: the run does not fail, or was not carried through, as `failure` says. `result` is to
 * be closed with shrink_close in any case. */
enum error shrink(struct shrink_result *result, const struct shrink_setup *setup,
                  struct failure *failure);
void shrink_close(struct shrink_result *result);

#endif
