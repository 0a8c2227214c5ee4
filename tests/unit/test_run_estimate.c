/* What a run costs, before it runs. */
#include "run/estimate.h"

#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

#define GB (UINT64_C(1) << 30)

static char text[ESTIMATE_TEXT_SIZE];

static bool warns(const char *scenario)
{
    struct plan plan = parsed(scenario);
    bool warned = estimate_warn(&plan, 8 * GB, text);
    plan_close(&plan);
    return warned;
}

static struct estimate estimate_of(const char *scenario)
{
    struct plan plan = parsed(scenario);
    struct estimate estimate = estimate_run(&plan);
    plan_close(&plan);
    return estimate;
}

static void an_ordinary_run_needs_no_warning(void)
{
    CU_ASSERT_FALSE(warns("nodes 3\nconnect\nat 1s clients 100 from each ids 1..99 until 60s\n"));
    CU_ASSERT_FALSE(
        warns("nodes 100\nconnect\nat 1s requests 10000/s from any ids 1..99 until 60s\n"));
    CU_ASSERT_FALSE(warns("nodes 10000\nmembership static\nat 1s request 1 from each\n"));
    CU_ASSERT_FALSE(warns("nodes 10000\nat 1s request 1 from n1\n")); /* nobody connects */
}

static bool is_unconnected(const char *scenario)
{
    struct plan plan = parsed(scenario);
    bool unconnected = estimate_unconnected(&plan);
    plan_close(&plan);
    return unconnected;
}

static void requests_without_a_connect_are_noticed(void)
{
    CU_ASSERT_TRUE(is_unconnected("nodes 2\nrequest 1 from each\n"));
    CU_ASSERT_TRUE(is_unconnected("nodes 2\nclients 1 from n1 ids 1 until 1s\n"));
    CU_ASSERT_FALSE(is_unconnected("nodes 2\nconnect\nrequest 1 from each\n"));
    CU_ASSERT_FALSE(is_unconnected("nodes 2\nabsent n2\nrequest 1\nat 1s join n2\n"));
    CU_ASSERT_FALSE(is_unconnected("nodes 2\nmembership static\nrequest 1 from each\n"));
    CU_ASSERT_FALSE(is_unconnected("nodes 1\nrequest 1\n"));
    CU_ASSERT_FALSE(is_unconnected("nodes 2\ncrash n1\n"));
}

static void heartbeats_grow_with_the_square_of_the_nodes(void)
{
    CU_ASSERT_EQUAL(estimate_of("nodes 100\nconnect\nend 10s\n").heartbeats, 9900 * 52);
    CU_ASSERT_EQUAL(estimate_of("nodes 200\nconnect\nend 10s\n").heartbeats, 39800 * 52);
    CU_ASSERT_TRUE(warns("nodes 3000\nconnect\nend 10s\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "3000 nodes that hear from each other every 200ms"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "467.8 million messages"));
    CU_ASSERT_TRUE(warns("nodes 100000\nconnect\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "GB of memory"));
}

static void a_rate_is_counted_over_its_time(void)
{
    CU_ASSERT_EQUAL(estimate_of("at 1s requests 1000/s from any ids 1..9 until 3s\n").requests,
                    2000);
    CU_ASSERT_EQUAL(
        estimate_of("end 2s\nat 1s requests 1000/s from any ids 1..9 until 3s\n").requests, 1000);
    CU_ASSERT_EQUAL(
        estimate_of("at 1s requests 1000/s..3000/s from any ids 1..9 until 3s\n").requests, 4000);
    CU_ASSERT_EQUAL(estimate_of("at 1s every 1ms request 1 2 until 2s\n").requests, 2002);
    CU_ASSERT_TRUE(warns("at 1s requests 1000000000/s from any ids 1..9 until 2s\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1.0 billion requests"));
}

static void a_life_below_the_load_is_a_worker_that_starts_again_and_again(void)
{
    CU_ASSERT_EQUAL(estimate_of("ttl 1ms\nload 1ms\nat 1s request 1\n").starts, 1000);
    CU_ASSERT_EQUAL(estimate_of("ttl 2ms\nload 1ms\nat 1s request 1\n").starts, 0);
    CU_ASSERT_TRUE(warns("ttl 1ns\nload 1ms\nat 1s request 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "'ttl 1ns' is not above the load"));
}

SUITE(run_estimate, TEST(an_ordinary_run_needs_no_warning),
      TEST(requests_without_a_connect_are_noticed),
      TEST(heartbeats_grow_with_the_square_of_the_nodes), TEST(a_rate_is_counted_over_its_time),
      TEST(a_life_below_the_load_is_a_worker_that_starts_again_and_again));
