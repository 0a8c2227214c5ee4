#include "trace/tally.h"

#include "base/varint.h"
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
        take_kind(tally, (enum record_kind)kind, kind == RECORD_LOST ? DOWN_CRASH : 2);
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
    int64_t latency_ns = -1;
    take_kind(tally, RECORD_FAIL, OUTCOME_TIMEOUT);
    CU_ASSERT_TRUE(tally_latency(tally, QUANTILE_MEDIAN, &latency_ns));
    CU_ASSERT_EQUAL(latency_ns, 0);
    CU_ASSERT_TRUE(tally_totals(tally).latency_known);
    free(tally);
}

static void latencies_are_those_of_the_answers(void)
{
    struct tally *tally = new_tally();
    struct quantiles latencies = {0};
    tally->latencies = &latencies;
    for (int64_t ns = 1; ns <= 100; ns++)
        take_reply(tally, ns);
    struct totals totals = tally_totals(tally);
    CU_ASSERT_TRUE(totals.latency_known);
    CU_ASSERT_EQUAL(totals.latency_p50_ns, 50);
    CU_ASSERT_EQUAL(totals.latency_p90_ns, 90);
    CU_ASSERT_EQUAL(totals.latency_p99_ns, 99);
    CU_ASSERT_EQUAL(totals.latency_max_ns, 100);
    quantiles_close(&latencies);
    free(tally);
}

static void with_one_answer_that_was_only_counted_no_latency_is_known(void)
{
    struct tally *tally = new_tally(), *blind = new_tally();
    struct quantiles latencies = {0};
    tally->latencies = &latencies;
    take_reply(tally, 5);
    CU_ASSERT_TRUE(tally_totals(tally).latency_known);
    take_reply(blind, 5);
    tally_add(tally, blind);
    CU_ASSERT_FALSE(tally_totals(tally).latency_known);
    CU_ASSERT_EQUAL(tally_totals(tally).latency_max_ns, 0);
    quantiles_close(&latencies);
    free(tally);
    free(blind);
}

static void latencies_that_come_later_make_those_of_all_known(void)
{
    struct tally *tally = new_tally(), *blind = new_tally();
    struct quantiles latencies = {0};
    struct string_builder bytes = {0};
    tally->latencies = &latencies;
    for (int64_t ns = 1; ns <= 100; ns++) {
        take_reply(blind, ns * 1000);
        varint_put(&bytes, (uint64_t)ns * 1000);
    }
    tally_add(tally, blind);
    struct text text = text_borrow(bytes.text, (uint32_t)bytes.size);
    tally_take_latencies(tally, &text);
    struct totals totals = tally_totals(tally);
    CU_ASSERT_TRUE(totals.latency_known);
    CU_ASSERT_EQUAL(totals.latency_p50_ns, 50000);
    CU_ASSERT_EQUAL(totals.latency_max_ns, 100000);
    string_builder_close(&bytes);
    quantiles_close(&latencies);
    free(tally);
    free(blind);
}

static void bytes_that_are_no_latencies_add_none(void)
{
    struct tally *tally = new_tally();
    struct quantiles latencies = {0};
    struct text text = text_borrow("\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x05", 12);
    tally->latencies = &latencies;
    tally_take_latencies(tally, &text);
    CU_ASSERT_EQUAL(quantiles_count(&latencies), 1);
    quantiles_close(&latencies);
    free(tally);
}

static void a_worker_that_ends_with_an_orderly_leave_has_expired(void)
{
    struct tally *tally = new_tally();
    take_kind(tally, RECORD_LOST, DOWN_CRASH);
    take_kind(tally, RECORD_LOST, DOWN_LEAVE);
    CU_ASSERT_EQUAL(tally->totals.workers_lost, 1);
    CU_ASSERT_EQUAL(tally->totals.workers_expired, 1);
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
      TEST(latencies_are_those_of_the_answers),
      TEST(with_one_answer_that_was_only_counted_no_latency_is_known),
      TEST(latencies_that_come_later_make_those_of_all_known),
      TEST(bytes_that_are_no_latencies_add_none),
      TEST(a_worker_that_ends_with_an_orderly_leave_has_expired),
      TEST(tallies_added_up_are_as_one_that_took_all));
