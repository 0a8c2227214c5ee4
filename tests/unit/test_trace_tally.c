#include "trace/tally.h"

#include "support/suite.h"

#include <stdlib.h>

static struct tally *new_tally(void)
{
    struct tally *tally = calloc(1, sizeof *tally);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tally);
    return tally;
}

static void take_reply(struct tally *tally, int64_t latency_ns)
{
    struct record record = record_of(RECORD_REPLY);
    record.amount = latency_ns;
    tally_take(tally, &record);
}

static void take_kind(struct tally *tally, enum record_kind kind, uint8_t code)
{
    struct record record = record_of(kind);
    record.code = code;
    tally_take(tally, &record);
}

static void each_kind_counts_where_it_belongs(void)
{
    struct tally *tally = new_tally();
    for (int kind = 0; kind < RECORD_KINDS; kind++)
        take_kind(tally, (enum record_kind)kind, 2);
    take_kind(tally, RECORD_ROUTE, 1);
    struct totals totals = tally_totals(tally);
    CU_ASSERT_EQUAL(totals.requests, 1);
    CU_ASSERT_EQUAL(totals.fallbacks, 1);
    CU_ASSERT_EQUAL(totals.messages, 1);
    CU_ASSERT_EQUAL(totals.dropped, 1);
    CU_ASSERT_EQUAL(totals.workers_started, 1);
    CU_ASSERT_EQUAL(totals.loads, 1);
    CU_ASSERT_EQUAL(totals.workers_expired, 1);
    CU_ASSERT_EQUAL(totals.workers_lost, 1);
    CU_ASSERT_EQUAL(totals.outcomes[OUTCOME_VALUE], 1);
    CU_ASSERT_EQUAL(totals.outcomes[OUTCOME_OWNER_LOST], 1);
    CU_ASSERT_EQUAL(totals.outcomes[OUTCOME_TIMEOUT], 0);
    free(tally);
}

static void no_answer_has_no_latency(void)
{
    struct tally *tally = new_tally();
    take_kind(tally, RECORD_FAIL, OUTCOME_TIMEOUT);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 500000), 0);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 1000000), 0);
    free(tally);
}

static void a_quantile_is_the_latency_of_its_rank(void)
{
    struct tally *tally = new_tally();
    for (int64_t ns = 1; ns <= 100; ns++)
        take_reply(tally, ns);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 0), 1);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 10000), 1);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 10001), 2);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 500000), 50);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 990000), 99);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 990001), 100);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 1000000), 100);
    free(tally);
}

/* What is given out for one latency of `ns`, with a far higher maximum beside it. */
static int64_t read_back(int64_t ns)
{
    struct tally *tally = new_tally();
    take_reply(tally, ns);
    take_reply(tally, INT64_MAX);
    int64_t read = tally_latency_ns(tally, 500000);
    free(tally);
    return read;
}

static void a_quantile_is_never_too_low_and_at_most_a_128th_too_high(void)
{
    CU_ASSERT_EQUAL(read_back(0), 0);
    for (int64_t power = 1; power < INT64_C(1) << 40; power *= 2) {
        const int64_t near[] = {power - 1, power, power + 1, power + power / 3, 2 * power - 1};
        for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
            int64_t read = read_back(near[i]);
            CU_ASSERT_TRUE(read >= near[i]);
            CU_ASSERT_TRUE(read - near[i] <= near[i] / 128);
        }
    }
}

static void beyond_the_last_bucket_the_maximum_is_told(void)
{
    CU_ASSERT_EQUAL(read_back((INT64_C(1) << 40) - 1), (INT64_C(1) << 40) - 1);
    CU_ASSERT_EQUAL(read_back(INT64_C(1) << 40), INT64_MAX);
}

static void no_quantile_is_above_the_maximum(void)
{
    struct tally *tally = new_tally();
    take_reply(tally, 1000001);
    CU_ASSERT_EQUAL(tally_latency_ns(tally, 500000), 1000001);
    struct totals totals = tally_totals(tally);
    CU_ASSERT_EQUAL(totals.latency_p50_ns, 1000001);
    CU_ASSERT_EQUAL(totals.latency_max_ns, 1000001);
    free(tally);
}

static void tallies_added_up_are_as_one_that_took_all(void)
{
    struct tally *one = new_tally(), *a = new_tally(), *b = new_tally();
    for (int i = 0; i < 200; i++) {
        struct record record = record_of((enum record_kind)(i % RECORD_KINDS));
        record.code = (uint8_t)(i % 3);
        record.amount = i * 1000;
        tally_take(one, &record);
        tally_take(i % 3 ? a : b, &record);
    }
    tally_add(a, b);
    CU_ASSERT_EQUAL(memcmp(a, one, sizeof *one), 0);
    free(one);
    free(a);
    free(b);
}

SUITE(trace_tally, TEST(each_kind_counts_where_it_belongs), TEST(no_answer_has_no_latency),
      TEST(a_quantile_is_the_latency_of_its_rank),
      TEST(a_quantile_is_never_too_low_and_at_most_a_128th_too_high),
      TEST(beyond_the_last_bucket_the_maximum_is_told), TEST(no_quantile_is_above_the_maximum),
      TEST(tallies_added_up_are_as_one_that_took_all));
