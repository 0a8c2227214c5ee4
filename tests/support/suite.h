/* How a test file tells the runner of its tests: SUITE(folder_module, TEST(function), …) at its
 * end. */
#ifndef SUPPORT_SUITE_H
#define SUPPORT_SUITE_H

#include <CUnit/CUnit.h>

#define TEST(function)                                                                             \
    {                                                                                              \
#function, function                                                                        \
    }
#define SUITE(name, ...)                                                                           \
    CU_TestInfo suite_##name[] = {__VA_ARGS__, CU_TEST_INFO_NULL};                                 \
    extern CU_TestInfo suite_##name[]

#endif
