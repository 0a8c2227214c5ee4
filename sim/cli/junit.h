/* A JUnit report: the XML that continuous integration reads. It knows suites and test cases, not
 * what they are about.
 *
 *     junit_open(&junit, "report.xml");
 *     junit_add(&junit, &(struct junit_case){.group = "demo.txt", .name = "line 3: expect ok"});
 *     junit_end_suite(&junit, "demo.txt", time_ns);  // after its cases; then the next suite's
 *     status = junit_close(&junit);
 *
 * A suite is written when it ends, since its head has the counts of its cases; until then many
 * cases lie in a temporary file, so memory does not grow with them. Texts may be any bytes: what
 * XML can't hold is written as \xHH. */
#ifndef CLI_JUNIT_H
#define CLI_JUNIT_H

#include "base/string_builder.h"
#include "cli/options.h"

/* FAILED: what was tested does not hold. ERROR: it could not be tested, for a reason of its own.
 * SKIPPED: it was not tested, which is no fault. */
enum junit_result { JUNIT_PASSED, JUNIT_FAILED, JUNIT_ERROR, JUNIT_SKIPPED, JUNIT_RESULTS_COUNT };

struct junit_case {
    const char *group; /* the "class" of the case */
    const char *name;
    enum junit_result result;
    const char *why;  /* NULL or "" where it passed */
    const char *more; /* further lines about a failure or an error; NULL: none */
    int64_t time_ns;
};

struct junit {
    const char *file;
    FILE *out;
    struct string_builder cases; /* of the suite that has not ended: the last ones, … */
    FILE *spool;                 /* … and all before them, in a file without a name; or NULL */
    uint64_t counts[JUNIT_RESULTS_COUNT];
    bool no_memory; /* for some suite, or no room for its cases: it is left out */
};

/* "-" is standard output. STATUS_FAILED: a message says why, and nothing is to be closed. */
enum status junit_open(struct junit *junit, const char *file);

void junit_add(struct junit *junit, const struct junit_case *test);
void junit_end_suite(struct junit *junit, const char *name, int64_t time_ns);

/* Ends the report and closes the file. STATUS_FAILED: it could not be written whole, and a message
 * says why. */
enum status junit_close(struct junit *junit);

#endif
