/* What became of a scenario, for all who report it. */
#ifndef CLI_RUN_RESULT_H
#define CLI_RUN_RESULT_H

#include "cli/options.h"

#define RUN_RESULT_ERROR                                                                           \
    "ERROR" /* the verdict of what was wrong, or could not be carried through */

struct run_result {
    enum status status;
    const char *verdict; /* PASS, FAIL, EMPTY, INTERRUPTED, ERROR */
    char reason[1024];   /* "" for PASS */
    uint64_t seed;
    int64_t wall_ns;
};

#endif
