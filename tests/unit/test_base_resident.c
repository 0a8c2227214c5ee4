/* How much memory the process takes. */
#include "base/resident.h"

#include "base/memory.h"
#include "support/suite.h"

#include <string.h>

static void memory_that_is_used_shows(void)
{
    const size_t size = 64u << 20;
    uint64_t before = resident_bytes();
    char *block = memory_resize(NULL, size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(block);
    memset(block, 1, size);
    CU_ASSERT_TRUE(resident_bytes() >= before + size / 2);
    memory_free(block);
}

static void the_machine_has_more_than_this_process_takes(void)
{
    CU_ASSERT_TRUE(resident_bytes() > 0);
    CU_ASSERT_TRUE(resident_most() > resident_bytes());
}

SUITE(base_resident, TEST(memory_that_is_used_shows),
      TEST(the_machine_has_more_than_this_process_takes));
