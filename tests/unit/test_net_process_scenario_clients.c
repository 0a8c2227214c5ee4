#include "net/process/scenario_clients.h"

#include "base/memory.h"
#include "base/monotonic.h"
#include "support/suite.h"

/* A process that is started again is up before it has read what it is to do. Were it killed then,
 * all that was due while there was none would be made by nobody. */
static void a_process_without_its_brief_does_not_report_what_was_due_as_made(void)
{
    struct node_process *process = memory_zeroed(sizeof *process);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    int64_t now_ns = monotonic_ns();
    process->started = true;
    scenario_clients_make(process, now_ns);
    CU_ASSERT_EQUAL(process->gauges.sources_ns, 0);
    process->briefed = true;
    scenario_clients_make(process, now_ns);
    CU_ASSERT_EQUAL(process->gauges.sources_ns, now_ns);
    memory_free(process);
}

SUITE(net_scenario_clients, TEST(a_process_without_its_brief_does_not_report_what_was_due_as_made));
