/* The test cases of one run in a JUnit report: each expectation, each rule, and the scenario. */
#ifndef CLI_JUNIT_RUN_H
#define CLI_JUNIT_RUN_H

#include "cli/junit.h"
#include "cli/run_result.h"
#include "trace/summary.h"

struct junit_run {
    const char *scenario;
    const struct run_result *result;
    const struct plan *plan;       /* NULL: the scenario could not be read */
    const struct summary *summary; /* NULL: the run was not carried through */
};

/* One suite. */
void junit_add_run(struct junit *junit, const struct junit_run *run);

#endif
