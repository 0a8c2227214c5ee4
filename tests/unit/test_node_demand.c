/* A demand is an id and a payload as one text, and both come back. */
#include "node/demand.h"

#include "support/suite.h"

#include <string.h>

static struct text text_of(const char *bytes)
{
    return text_borrow(bytes, strlen(bytes));
}

static void check_parts(const char *id, const char *bytes, size_t size)
{
    struct text demand, asked = text_of(id), payload = text_borrow(bytes, size);
    CU_ASSERT_EQUAL_FATAL(demand_make(&demand, &asked, &payload), OK);
    CU_ASSERT_TRUE(demand_valid(&demand));
    struct text of = demand_id(&demand), more = demand_payload(&demand);
    CU_ASSERT_TRUE(text_equal(&of, &asked));
    CU_ASSERT_TRUE(text_equal(&more, &payload));
    text_clear(&demand);
}

static void the_parts_come_back(void)
{
    static char long_id[ID_SIZE_MAX + 1];
    memset(long_id, 'x', ID_SIZE_MAX);
    check_parts("7", "a", 1);
    check_parts("1234567", "abcdefg", 7); /* both are short, and short together */
    check_parts("12345678", "abcdefg", 7);
    check_parts(long_id, "a payload\0 with a NUL\n", 23);
    check_parts("7", long_id, ID_SIZE_MAX);
}

static void a_copy_is_the_same_block(void)
{
    struct text demand, copy, id = text_of("7"), payload = text_of("a payload of some length");
    CU_ASSERT_EQUAL_FATAL(demand_make(&demand, &id, &payload), OK);
    CU_ASSERT_EQUAL_FATAL(text_copy(&copy, &demand), OK);
    CU_ASSERT_TRUE(text_is_same_block(&copy, &demand));
    text_clear(&demand);
    payload = demand_payload(&copy);
    CU_ASSERT_EQUAL(memcmp(text_bytes(&payload), "a payload of some length", 24), 0);
    text_clear(&copy);
}

static void what_lacks_a_part_is_none(void)
{
    struct text none = {0}, id = text_of("7"), no_payload = text_borrow("7", 2),
                no_id = text_borrow("\0abc", 4), bad_id = text_borrow("a\tb\0abc", 7);
    CU_ASSERT_FALSE(demand_valid(&none));
    CU_ASSERT_FALSE(demand_valid(&id));
    CU_ASSERT_FALSE(demand_valid(&no_payload));
    CU_ASSERT_FALSE(demand_valid(&no_id));
    CU_ASSERT_FALSE(demand_valid(&bad_id));
    struct text payload = demand_payload(&none);
    CU_ASSERT_EQUAL(text_size(&payload), 0);
}

SUITE(node_demand, TEST(the_parts_come_back), TEST(a_copy_is_the_same_block),
      TEST(what_lacks_a_part_is_none));
