/* Runs the suites that are linked into it (see tests/support/suites), or those that are named:
 *
 *     build/plain/unit [SUITE...]
 *
 * Prints a line before each test and one after it, and CUnit's summary; exit status 1 if a test
 * failed, 2 if there was nothing to run. */
#include "support/suite.h"

#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern CU_SuiteInfo suites[];

static bool wanted(const char *suite, char **names)
{
    if (!*names)
        return true;
    for (; *names; names++)
        if (strcmp(*names, suite) == 0)
            return true;
    return false;
}

/* How many suites were registered; -1 on an error. */
static int register_suites(char **names)
{
    int count = 0;
    for (CU_SuiteInfo *suite = suites; suite->pName; suite++) {
        if (!wanted(suite->pName, names))
            continue;
        CU_SuiteInfo one[] = {*suite, CU_SUITE_INFO_NULL};
        if (CU_register_suites(one))
            return -1;
        count++;
    }
    return count;
}

/* ---- running ------------------------------------------------------------------------------- */

/* The names of a test come before it runs, so that of one which never ends they are the last line.
 */
static void say_which(const CU_pTest test, const CU_pSuite suite)
{
    printf("%s: %s\n", suite->pName, test->pName);
}

static void say_how_it_ended(const CU_pTest test, const CU_pSuite suite,
                             const CU_pFailureRecord failures)
{
    printf("%s %s: %s\n", failures ? "not ok" : "ok", suite->pName, test->pName);
    for (CU_pFailureRecord failure = failures; failure; failure = failure->pNext)
        printf("    %s:%u: %s\n", failure->strFileName, failure->uiLineNumber,
               failure->strCondition);
}

static void run(void)
{
    CU_set_test_start_handler(say_which);
    CU_set_test_complete_handler(say_how_it_ended);
    CU_run_all_tests();
    char *summary = CU_get_run_results_string();
    printf("\n%s\n", summary ? summary : "");
    free(summary);
}

int main(int argc, char **argv)
{
    (void)argc;
    /* What a test prints stands in order with what CUnit prints, even if the test then aborts. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (CU_initialize_registry())
        return EXIT_FAILURE;
    int count = register_suites(argv + 1);
    if (count <= 0) {
        fprintf(stderr, count ? "unit: %s\n" : "unit: no such suite\n", CU_get_error_msg());
        return 2;
    }
    run();
    bool passed = CU_get_number_of_failure_records() == 0;
    CU_cleanup_registry();
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
