/* The records of many nodes in the one order of the trace. */
#include "support/suite.h"
#include "virtual/trace_merge.h"

#include <stdio.h>

/* "t.step/node:number " of each record, and its value if it has one. */
static char given[1024];

static void take(void *context, const struct record *record)
{
    CU_ASSERT_PTR_NULL(context);
    size_t size = strlen(given);
    snprintf(given + size, sizeof given - size, "%d.%d/%u:%d%.*s ", (int)record->t_ns, record->step,
             record->node, (int)record->number, (int)text_size(&record->value),
             text_bytes(&record->value));
}

static void add(struct trace_merge *merge, int64_t t_ns, uint16_t step, node_id node,
                uint64_t number, const char *value)
{
    struct record record = record_of(RECORD_SEND);
    record.t_ns = t_ns;
    record.step = step;
    record.node = node;
    record.number = number;
    record.value = text_borrow(value, strlen(value));
    CU_ASSERT_EQUAL(record_stream_add(&(*trace_merge_streams(merge))[node], &record), OK);
    CU_ASSERT_TRUE(trace_merge_has(merge, node));
}

static const node_id all[] = {0, 1, 2};

static void records_come_by_time_step_and_node_and_within_a_node_as_added(void)
{
    for (int apart = 0; apart < 2; apart++) {
        struct trace_merge *merge = trace_merge_new(3, apart, take, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(merge);
        given[0] = '\0';
        add(merge, 5, 0, 2, 1, "");
        add(merge, 5, 0, 2, 2, "");
        add(merge, 5, 1, 2, 3, "");
        add(merge, 5, 0, 0, 4, "");
        add(merge, 6, 0, 0, 5, "");
        add(merge, 4, 0, 1, 6, "a value of more than 15 bytes");
        CU_ASSERT_EQUAL(trace_merge_gather(merge, all, 3), OK);
        CU_ASSERT_EQUAL(trace_merge_flush(merge), OK);
        CU_ASSERT_STRING_EQUAL(given, "4.0/1:6a value of more than 15 bytes 5.0/0:4 5.0/2:1 "
                                      "5.0/2:2 5.1/2:3 6.0/0:5 ");
        CU_ASSERT_FALSE(trace_merge_has(merge, 2));
        trace_merge_delete(merge);
    }
}

static void what_was_closed_comes_first_whatever_its_time(void)
{
    struct trace_merge *merge = trace_merge_new(3, false, take, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(merge);
    given[0] = '\0';
    add(merge, 5, 0, 2, 1, "");
    CU_ASSERT_EQUAL(trace_merge_gather(merge, all, 3), OK);
    CU_ASSERT_EQUAL(trace_merge_close(merge), OK);
    add(merge, 5, 0, 1, 2, "");
    CU_ASSERT_EQUAL(trace_merge_gather(merge, all, 3), OK);
    CU_ASSERT_EQUAL(trace_merge_flush(merge), OK);
    CU_ASSERT_STRING_EQUAL(given, "5.0/2:1 5.0/1:2 ");
    trace_merge_delete(merge);
}

static void what_was_never_flushed_is_freed(void)
{
    struct trace_merge *merge = trace_merge_new(3, true, take, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(merge);
    given[0] = '\0';
    add(merge, 5, 0, 2, 1, "a value of more than 15 bytes");
    trace_merge_delete(merge);
    CU_ASSERT_STRING_EQUAL(given, "");
}

SUITE(virtual_trace_merge, TEST(records_come_by_time_step_and_node_and_within_a_node_as_added),
      TEST(what_was_closed_comes_first_whatever_its_time), TEST(what_was_never_flushed_is_freed));
