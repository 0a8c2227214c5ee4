/* What became of a scenario, for all who report it. */
#ifndef CLI_RUN_RESULT_H
#define CLI_RUN_RESULT_H

#include "check/conclusion.h"
#include "cli/options.h"

#define RUN_RESULT_ERROR                                                                           \
    "ERROR" /* the verdict of what was wrong, or could not be carried through */

struct run_result {
    enum status status;
    const char *verdict; /* PASS, FAIL, EMPTY, INTERRUPTED, ERROR */
    char reason[1024];   /* "" for PASS */
    uint64_t seed;
    int64_t wall_ns;
    bool is_printed;  /* standard output has what became of it, … */
    bool is_in_junit; /* … and so has the JUnit report; else it is an error that both still need */
};

/* The exit status of what a run came to. */
enum status run_result_status(enum conclusion_kind kind);

/* Where the verdict or the reason of what was wrong is not there yet: takes it from what was
 * reported. */
void run_result_settle(struct run_result *result);

#endif
