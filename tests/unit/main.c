/* Runs the suites that are linked into it (see tests/support/suites), or those that are named:
 *
 *     build/plain/unit [--junit FILE] [SUITE...]
 *
 * Prints CUnit's summary; exit status 1 if a test failed, 2 if there was nothing to run. */
#include "support/suite.h"

#include <CUnit/Automated.h>
#include <CUnit/Basic.h>

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

/* The automated mode is the only one that writes a file, and it prints no summary of its own. */
static void run(const char *junit)
{
    if (!junit) {
        CU_basic_set_mode(CU_BRM_NORMAL);
        CU_basic_run_tests();
        return;
    }
    CU_automated_enable_junit_xml(CU_TRUE);
    CU_set_output_filename(junit);
    CU_automated_run_tests();
    CU_basic_show_failures(CU_get_failure_list());
    char *summary = CU_get_run_results_string();
    printf("\n%s\n", summary ? summary : "");
    free(summary);
}

int main(int argc, char **argv)
{
    const char *junit = NULL;
    (void)argc;
    argv++;
    if (argv[0] && strcmp(argv[0], "--junit") == 0 && argv[1]) {
        junit = argv[1];
        argv += 2;
    }
    /* What a test prints stands in order with what CUnit prints, even if the test then aborts. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (CU_initialize_registry())
        return EXIT_FAILURE;
    int count = register_suites(argv);
    if (count <= 0) {
        fprintf(stderr, count ? "unit: %s\n" : "unit: no such suite\n", CU_get_error_msg());
        return 2;
    }
    run(junit);
    bool passed = CU_get_number_of_failure_records() == 0;
    CU_cleanup_registry();
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
