/* The order of a run's records, and what is added to them, when there is no memory: it is said, and
 * nothing is left behind. */
#include "net/drive/causal_merge.h"

#include "support/memory_fail.h"
#include "support/net_told.h"
#include "support/suite.h"

enum { N1, N2, NODES };

static char long_id[] = "an-id-of-more-than-fifteen-bytes";

static void put(struct causal_merge *causal_merge, node_id node, struct record record)
{
    causal_merge_put(causal_merge, node, &record);
}

/* A bit of everything that is kept; then n2 crashes, and n1 tells of a message too. */
static void tell(struct causal_merge *causal_merge)
{
    struct record value = told_worker(4, RECORD_VALUE, N2, 2, long_id);
    value.value = value.id;
    put(causal_merge, N2, told_up(1, N2, 1));
    put(causal_merge, N2, told_request(2, RECORD_REQUEST, N2, 2, long_id));
    put(causal_merge, N2, told_worker(3, RECORD_START, N2, 2, long_id));
    put(causal_merge, N2, value);
    for (int64_t i = 0; i < 20; i++)
        put(causal_merge, N1, told_send(5, N1, N2, (uint64_t)(1 + 2 * i)));
    put(causal_merge, N2, told_plain(6, RECORD_DOWN, N2));
    put(causal_merge, N1, told_drop(7, N1, N2, 1, DROP_DOWN));
    for (node_id node = 0; node < NODES; node++)
        causal_merge_watermark(causal_merge, node, TIME_NEVER);
    causal_merge_run(causal_merge);
}

static bool causal_merge_survives(long nth, bool for_good)
{
    static struct told told;
    struct trace_repair trace_repair;
    struct causal_merge causal_merge;
    bool failed = true;
    told_forget(&told);
    memory_fail_at(nth, for_good);
    if (trace_repair_init(&trace_repair, NODES, told_put, &told) == OK) {
        if (causal_merge_init(&causal_merge, NODES, 0, &trace_repair) == OK) {
            tell(&causal_merge);
            failed = causal_merge.failed || trace_repair.failed;
            causal_merge_close(&causal_merge);
        }
        trace_repair_close(&trace_repair);
    }
    bool over = memory_fail_calls() < nth;
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(failed, !over);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
    if (over)
        CU_ASSERT_EQUAL(told.count, 4 + 20 + 3 + 20);
    return over;
}

static void that_memory_ran_out_is_said_and_nothing_is_left(void)
{
    for (long nth = 1; !causal_merge_survives(nth, false); nth++)
        CU_ASSERT_TRUE_FATAL(nth < 1000);
    for (long nth = 1; !causal_merge_survives(nth, true); nth++)
        CU_ASSERT_TRUE_FATAL(nth < 1000);
}

/* n1's feed has always something that waits for n2, which is a step behind. */
static void what_has_come_out_takes_no_memory(void)
{
    static struct told told;
    struct trace_repair trace_repair;
    struct causal_merge causal_merge;
    must(!trace_repair_init(&trace_repair, NODES, told_put, &told) &&
         !causal_merge_init(&causal_merge, NODES, 0, &trace_repair));
    for (int64_t t_ns = 1; t_ns < 20000; t_ns++) {
        put(&causal_merge, N1, told_plain(t_ns, RECORD_FROZEN, N1));
        causal_merge_watermark(&causal_merge, N1, t_ns);
        causal_merge_watermark(&causal_merge, N2, t_ns - 3);
        causal_merge_run(&causal_merge);
        CU_ASSERT_TRUE(causal_merge.waiting > 0 && causal_merge.waiting <= 4);
        told_forget(&told);
        if (t_ns == 100)
            memory_fail_at(1, true);
    }
    CU_ASSERT_EQUAL(memory_fail_calls(), 0);
    memory_fail_at(0, false);
    causal_merge_close(&causal_merge);
    trace_repair_close(&trace_repair);
}

SUITE(net_causal_merge_memory, TEST(that_memory_ran_out_is_said_and_nothing_is_left),
      TEST(what_has_come_out_takes_no_memory));
