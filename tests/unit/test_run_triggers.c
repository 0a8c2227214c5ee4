/* Actions that wait for a message: read, waited for, applied at its instant, and missed. */
#include "base/memory.h"
#include "search/trial.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "virtual/cluster.h"

#include <string.h>

static bool never(void)
{
    return false;
}

static void an_action_can_wait_for_a_message(void)
{
    struct plan plan = parsed("connect\nat 1s on request from n1,n3 to n2 nth 3: crash n2 for 2s\n"
                              "on reply : request 7 may miss\non leave-ack: latency 5ms for 1s\n");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 4);
    const struct action *a = plan.actions + 1;
    CU_ASSERT_EQUAL(a[0].kind, ACTION_CRASH);
    CU_ASSERT_EQUAL(a[0].at_ns, NS_PER_S);
    CU_ASSERT_EQUAL(a[0].for_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(a[0].trigger.nth, 3);
    CU_ASSERT_EQUAL(a[0].trigger.kind, MESSAGE_REQUEST);
    CU_ASSERT_EQUAL(a[0].trigger.from.count, 2);
    CU_ASSERT_EQUAL(a[0].trigger.to.nodes[0], 1);
    CU_ASSERT_STRING_EQUAL(a[0].text, "on request from n1,n3 to n2 nth 3: crash n2 for 2s");
    CU_ASSERT_FALSE(a[0].may_miss);
    CU_ASSERT_EQUAL(a[1].trigger.nth, 1);
    CU_ASSERT_TRUE(a[1].may_miss);
    CU_ASSERT_STRING_EQUAL(a[1].text, "on reply : request 7 may miss");
    CU_ASSERT_EQUAL(a[2].trigger.kind, MESSAGE_LEAVE_ACK);
    CU_ASSERT_FALSE(a[2].initial);
    plan_close(&plan);
}

static void what_is_wrong_with_a_wait_is_said(void)
{
    static const struct {
        const char *line, *says;
    } wrong[] = {
        {"on request to n2 crash n2", "want a colon before the action"},
        {"on requst: crash n2", "did you mean 'request'?"},
        {"on request to n9: crash n2", "n9"},
        {"on request nth 0: crash n2", "nth"},
        {"on request when: crash n2", "'when' makes no sense here"},
        {"on request:", "want an action"},
        {"on request: expect workers 1", "'expect' can't stand under 'on'"},
        {"on request: at 1s crash n2", "'at' can't stand under 'on'"},
        {"on request: on reply: crash n2", "'on' can't stand under 'on'"},
        {"on request: clients 1 from n1 ids 1 until 2s", "'clients' can't stand under 'on'"},
        {"every 1s on request: crash n2 until 9s", "'on' can't stand under 'every'"},
        {"on request: nodes 4", "nodes"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct plan plan;
        char *diagnostics = NULL;
        CU_ASSERT_EQUAL(parse_scenario(&plan, "test", wrong[i].line, strlen(wrong[i].line), NULL, 0,
                                       &diagnostics),
                        ERROR_TEXT);
        CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics);
        if (!strstr(diagnostics, wrong[i].says)) {
            CU_FAIL("the message is another one");
            puts(diagnostics);
        }
        memory_free(diagnostics);
    }
}

/* ---- runs ---------------------------------------------------------------------------------- */

/* When requests reached n2, and when it went down. */
struct seen {
    struct reader reader;
    struct hash_value hash;
    int64_t recv_ns[8];
    uint32_t recvs;
    int64_t down_ns;
};

static void listen(struct reader *reader, const struct record *record)
{
    struct seen *seen = container_of(reader, struct seen, reader);
    if (record->node != 1)
        return;
    if (record->kind == RECORD_RECV && record->message == MESSAGE_REQUEST && seen->recvs < 8)
        seen->recv_ns[seen->recvs++] = record->t_ns;
    else if (record->kind == RECORD_DOWN)
        seen->down_ns = record->t_ns;
}

#define THIRD                                                                                      \
    "nodes 3\nlatency 1ms..9ms\nconnect\nat 1s on request to n2 nth 3: crash n2 for 500ms\n"       \
    "at 1s clients 3 from n1,n3 ids 1..9 until 3s think 20ms\n"

static void run_sliced(struct seen *seen, const char *text, uint32_t threads, int64_t slice_ns)
{
    struct plan plan = parsed(text);
    struct runner *runner;
    *seen = (struct seen){.reader = {.take = listen}, .down_ns = TIME_NEVER};
    struct reader *readers[] = {&seen->reader};
    struct runner_setup setup = {
        .plan = &plan, .threads = threads, .readers = readers, .readers_count = 1};
    CU_ASSERT_EQUAL_FATAL(cluster_new(&runner, &setup), OK);
    for (int64_t t_ns = slice_ns; t_ns < 3 * NS_PER_S; t_ns += slice_ns)
        runner->operations->run(runner, t_ns);
    CU_ASSERT_EQUAL(runner->operations->run(runner, TIME_NEVER), RUN_OVER);
    seen->hash = runner->operations->hash(runner);
    runner->operations->delete (runner);
    plan_close(&plan);
}

static void the_action_comes_at_the_instant_of_its_message(void)
{
    struct seen seen;
    run_sliced(&seen, THIRD, 1, NS_PER_S);
    CU_ASSERT_TRUE(seen.recvs > 3);
    CU_ASSERT_EQUAL(seen.down_ns, seen.recv_ns[2]);
}

static void the_run_is_the_same_however_it_is_carried_and_cut(void)
{
    struct seen one, other;
    run_sliced(&one, THIRD, 1, NS_PER_S);
    for (uint32_t threads = 1; threads <= 3; threads++) {
        run_sliced(&other, THIRD, threads, 1700000);
        CU_ASSERT_STRING_EQUAL(other.hash.hex, one.hash.hex);
    }
}

static void it_waits_for_messages_that_arrive_without_latency_too(void)
{
    struct seen seen;
    run_sliced(&seen,
               "latency 0ms\nconnect\non request to n2 nth 2: crash n2\n"
               "at 1s request 1 from n1\nat 2s request 1 from n3\n",
               1, NS_PER_S);
    CU_ASSERT_EQUAL(seen.down_ns, 2 * NS_PER_S);
}

static void a_message_that_a_frozen_node_finds_when_it_thaws_counts_then(void)
{
    struct seen seen;
    run_sliced(&seen,
               "retry 3s\ntimeout 3s\nsuspect 9s\nconnect\non request to n2: crash n2\n"
               "at 1s freeze n2 for 500ms\nat 1200ms request 1 from n1\n",
               1, NS_PER_S);
    CU_ASSERT_EQUAL(seen.down_ns, 1500 * NS_PER_MS);
}

static void messages_are_waited_for_whatever_is_recorded(void)
{
    struct trial trial;
    struct trial_result result;
    struct plan plan = parsed("trace off\n" THIRD "expect lost > 0\n");
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, &plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, &plan), OK);
    trial_run(&trial, 1, &result);
    CU_ASSERT_TRUE(bits_has(result.held, 0));
    trial_result_close(&result);
    trial_close(&trial);
    plan_close(&plan);
}

/* Whether the second action was missed. */
static bool is_missed(const char *text)
{
    struct trial trial;
    struct trial_result result;
    struct plan plan = parsed(text);
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, &plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, &plan), OK);
    trial_run(&trial, 1, &result);
    bool missed = bits_has(result.missed, 1);
    trial_result_close(&result);
    trial_close(&trial);
    plan_close(&plan);
    return missed;
}

static void an_action_whose_message_never_came_was_missed(void)
{
    CU_ASSERT_TRUE(is_missed("connect\non request to n2 nth 2: crash n2\nat 1s request 1\n"));
    CU_ASSERT_TRUE(is_missed("connect\non leave: request 7\nat 1s request 1\n"));
    CU_ASSERT_TRUE(is_missed("connect\non leave: latency 5ms\nat 1s request 1\n"));
    CU_ASSERT_FALSE(is_missed("connect\non leave: request 7 may miss\nat 1s request 1\n"));
    CU_ASSERT_FALSE(is_missed("connect\non request to n2: request 7\nat 1s request 1\n"));
    CU_ASSERT_FALSE(is_missed("connect\non request to n2: crash n2\nat 1s request 1\n"));
    CU_ASSERT_TRUE(is_missed("connect\non request to n2: thaw n2\nat 1s request 1\n"));
}

SUITE(run_triggers, TEST(an_action_can_wait_for_a_message), TEST(what_is_wrong_with_a_wait_is_said),
      TEST(the_action_comes_at_the_instant_of_its_message),
      TEST(the_run_is_the_same_however_it_is_carried_and_cut),
      TEST(it_waits_for_messages_that_arrive_without_latency_too),
      TEST(a_message_that_a_frozen_node_finds_when_it_thaws_counts_then),
      TEST(messages_are_waited_for_whatever_is_recorded),
      TEST(an_action_whose_message_never_came_was_missed));
