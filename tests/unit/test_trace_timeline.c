#include "base/duration.h"
#include "trace/timeline.h"

#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static void exact_durations_lose_no_nanosecond(void)
{
    CU_ASSERT_STRING_EQUAL(duration_exact(0).text, "0ns");
    CU_ASSERT_STRING_EQUAL(duration_exact(999).text, "999ns");
    CU_ASSERT_STRING_EQUAL(duration_exact(1000).text, "1us");
    CU_ASSERT_STRING_EQUAL(duration_exact(1001).text, "1.001us");
    CU_ASSERT_STRING_EQUAL(duration_exact(250000).text, "250us");
    CU_ASSERT_STRING_EQUAL(duration_exact(400000000).text, "400ms");
    CU_ASSERT_STRING_EQUAL(duration_exact(999999999).text, "999.999999ms");
    CU_ASSERT_STRING_EQUAL(duration_exact(5000000000).text, "5s");
    CU_ASSERT_STRING_EQUAL(duration_exact(1234567000).text, "1.234567s");
    CU_ASSERT_STRING_EQUAL(duration_exact(5000000001).text, "5.000000001s");
    CU_ASSERT_STRING_EQUAL(duration_exact(59999999999).text, "59.999999999s");
    CU_ASSERT_STRING_EQUAL(duration_exact(60000000000).text, "1m0s");
    CU_ASSERT_STRING_EQUAL(duration_exact(150000000000).text, "2m30s");
    CU_ASSERT_STRING_EQUAL(duration_exact(60000000001).text, "1m0.000000001s");
    CU_ASSERT_STRING_EQUAL(duration_exact(-1500000).text, "-1.5ms");
    CU_ASSERT_STRING_EQUAL(duration_exact(INT64_MIN).text, "-153722867m16.854775808s");
}

static void short_durations_have_three_digits_at_most(void)
{
    CU_ASSERT_STRING_EQUAL(duration_short(0).text, "0ns");
    CU_ASSERT_STRING_EQUAL(duration_short(999).text, "999ns");
    CU_ASSERT_STRING_EQUAL(duration_short(1000).text, "1.0us");
    CU_ASSERT_STRING_EQUAL(duration_short(6000000).text, "6.0ms");
    CU_ASSERT_STRING_EQUAL(duration_short(5949999).text, "5.9ms");
    CU_ASSERT_STRING_EQUAL(duration_short(5950000).text, "6.0ms");
    CU_ASSERT_STRING_EQUAL(duration_short(99949999).text, "99.9ms");
    CU_ASSERT_STRING_EQUAL(duration_short(99950000).text, "100ms");
    CU_ASSERT_STRING_EQUAL(duration_short(999449999).text, "999ms");
    CU_ASSERT_STRING_EQUAL(duration_short(999950000).text, "1.0s");
    CU_ASSERT_STRING_EQUAL(duration_short(12300000000).text, "12.3s");
    CU_ASSERT_STRING_EQUAL(duration_short(59949999999).text, "59.9s");
    CU_ASSERT_STRING_EQUAL(duration_short(59950000000).text, "1m0s");
    CU_ASSERT_STRING_EQUAL(duration_short(150400000000).text, "2m30s");
    CU_ASSERT_STRING_EQUAL(duration_short(-6000000).text, "-6.0ms");
}

/* ---- the timeline -------------------------------------------------------------------------- */

struct script {
    FILE *out;
    char *bytes;
    size_t size;
    struct timeline *timeline;
};

static void script_begin(struct script *script, uint32_t nodes, bool colour)
{
    script->bytes = NULL;
    script->out = open_memstream(&script->bytes, &script->size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(script->out);
    script->timeline = timeline_new(script->out, nodes, colour);
    CU_ASSERT_PTR_NOT_NULL_FATAL(script->timeline);
}

static void script_take(struct script *script, struct record record, int64_t t_ns, node_id node)
{
    record.t_ns = t_ns;
    record.clock_ns = t_ns;
    record.node = node;
    reader_take((struct reader *)script->timeline, &record);
}

static void script_end(struct script *script, const char *expected)
{
    timeline_delete(script->timeline);
    fclose(script->out);
    CU_ASSERT_STRING_EQUAL(script->bytes, expected);
    if (strcmp(script->bytes, expected) != 0)
        printf("\n---- got\n%s---- want\n%s", script->bytes, expected);
    free(script->bytes);
}

static struct record of_id(enum record_kind kind, const char *id)
{
    struct record record = record_of(kind);
    record.id = text_borrow(id, strlen(id));
    record.request = 17;
    record.worker = 5;
    return record;
}

static struct record with(struct record record, node_id peer, uint8_t code, const char *value)
{
    record.peer = peer;
    record.code = code;
    record.value = text_borrow(value, strlen(value));
    return record;
}

static struct record message(enum record_kind kind, enum message_kind what, node_id peer,
                             uint8_t code)
{
    struct record record = record_of(kind);
    record.message = (uint8_t)what;
    record.peer = peer;
    record.code = code;
    record.request = what == MESSAGE_HEARTBEAT ? 0 : 17;
    return record;
}

static void a_request_is_told_from_its_route_to_its_workers_end(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, of_id(RECORD_REQUEST, "1"), 1000000000, 0);
    script_take(&script, with(of_id(RECORD_ROUTE, "1"), 1, 1, ""), 1000000000, 0);
    script_take(&script, message(RECORD_SEND, MESSAGE_REQUEST, 1, 0), 1000000000, 0);
    script_take(&script, message(RECORD_RECV, MESSAGE_REQUEST, 0, 0), 1003000000, 1);
    script_take(&script, of_id(RECORD_START, "1"), 1003000000, 1);
    script_take(&script, of_id(RECORD_LOAD, "1"), 1003000000, 1);
    script_take(&script, with(of_id(RECORD_VALUE, "1"), NODE_NONE, 0, "282"), 1003000000, 1);
    script_take(&script, with(of_id(RECORD_SERVE, "1"), NODE_NONE, 0, "282"), 1003000000, 1);
    struct record reply = with(of_id(RECORD_REPLY, "1"), 1, 0, "282 from n2");
    reply.amount = 6000000;
    script_take(&script, reply, 1006000000, 0);
    script_take(&script, of_id(RECORD_EXPIRE, "1"), 6003000000, 1);
    script_end(&script, "  1.000s  n1  request 1 -> n2\n"
                        "  1.003s  n2  worker 1 starts\n"
                        "  1.006s  n1  reply 1 = 282 from n2, 6.0ms\n"
                        "  6.003s  n2  worker 1 expires after 5s\n");
}

static void a_worker_that_was_found_is_told_with_its_age(void)
{
    struct script script;
    script_begin(&script, 3, false);
    struct record found = with(of_id(RECORD_START, "1"), NODE_NONE, START_FOUND, "");
    found.amount = 3200000000;
    script_take(&script, found, 0, 1);
    script_take(&script, with(of_id(RECORD_VALUE, "1"), NODE_NONE, 0, "9"), 0, 1);
    script_take(&script, of_id(RECORD_EXPIRE, "1"), 1800000000, 1);
    script_end(&script, "  0.000s  n2  worker 1 lives, 3.2s old\n"
                        "  1.800s  n2  worker 1 expires after 5s\n");
}

static void a_load_that_takes_time_is_told(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, of_id(RECORD_START, "1"), 0, 1);
    script_take(&script, of_id(RECORD_LOAD, "1"), 0, 1);
    script_take(&script, with(of_id(RECORD_VALUE, "1"), NODE_NONE, 0, "9"), 50000000, 1);
    script_take(&script, of_id(RECORD_LOST, "1"), 60000000, 1);
    script_take(&script, of_id(RECORD_START, "2"), 60000000, 1);
    script_take(&script, of_id(RECORD_LOAD, "2"), 60000000, 1);
    script_take(&script, of_id(RECORD_LOAD_FAILED, "2"), 61000000, 1);
    script_end(&script, "  0.000s  n2  worker 1 starts\n"
                        "  0.050s  n2  worker 1 = 9, loaded in 50.0ms\n"
                        "  0.060s  n2  worker 1 is lost\n"
                        "  0.060s  n2  worker 2 starts\n"
                        "  0.061s  n2  worker 2 could not load, tried for 1.0ms\n");
}

static void of_a_turn_it_is_told_if_it_fails_and_why(void)
{
    struct script script;
    script_begin(&script, 3, false);
    struct record value = with(of_id(RECORD_VALUE, "1"), NODE_NONE, VALUE_OF_TURNS, "");
    struct record serve =
        with(of_id(RECORD_SERVE, "1"), NODE_NONE, 1, "exit status 3\nno such one\n");
    serve.amount = 20000000;
    script_take(&script, of_id(RECORD_START, "1"), 0, 1);
    script_take(&script, of_id(RECORD_LOAD, "1"), 0, 1);
    script_take(&script, value, 1000000, 1);
    script_take(&script, serve, 21000000, 1);
    serve.why = SERVE_FAILED;
    script_take(&script, serve, 41000000, 1);
    script_end(&script, "  0.000s  n2  worker 1 starts\n"
                        "  0.041s  n2  worker 1 failed in a turn: exit status 3, after 20.0ms\n");
}

static struct record again(enum route_why why)
{
    struct record record = with(of_id(RECORD_ROUTE, "1"), 0, 2, "");
    record.why = (uint8_t)why;
    return record;
}

static void a_further_try_tells_why(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, of_id(RECORD_REQUEST, "1"), 0, 0);
    script_take(&script, with(of_id(RECORD_ROUTE, "1"), 1, 1, ""), 0, 0);
    script_take(&script, again(WHY_LOST), 0, 0);
    script_take(&script, again(WHY_RETRY), 400000000, 0);
    script_take(&script, again(WHY_LEFT), 500000000, 0);
    script_take(&script, again(WHY_REFUSED), 600000000, 0);
    script_take(&script, with(of_id(RECORD_FAIL, "1"), NODE_NONE, OUTCOME_TIMEOUT, ""), 1000000000,
                0);
    script_end(&script, "  0.000s  n1  request 1 -> n2\n"
                        "  0.000s  n1  request 1 again -> n1: n2 is lost\n"
                        "  0.400s  n1  request 1 again -> n1: n2 has not answered\n"
                        "  0.500s  n1  request 1 again -> n1: n2 has left\n"
                        "  0.600s  n1  request 1 again -> n1: n2 is leaving\n"
                        "  1.000s  n1  request 1 fails: timeout after 1.0s\n");
}

static struct record lease(enum lease_how how, uint64_t slot)
{
    struct record record = record_of(RECORD_LEASE);
    record.code = (uint8_t)how;
    record.number = slot;
    return record;
}

static void leases_of_one_instant_have_one_line_and_renewals_none(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, lease(LEASE_WON, 1), 0, 0);
    script_take(&script, lease(LEASE_WON, 4), 0, 0);
    script_take(&script, lease(LEASE_WON, 2), 0, 1);
    script_take(&script, lease(LEASE_RENEWED, 1), 500000000, 0);
    script_take(&script, lease(LEASE_RELEASED, 1), 1000000000, 0);
    script_take(&script, lease(LEASE_LOST, 4), 1000000000, 0);
    script_end(&script, "  0.000s  n1  wins the leases of 2 slots\n"
                        "  0.000s  n2  wins the lease of slot 2\n"
                        "  1.000s  n1  releases the lease of slot 1\n"
                        "  1.000s  n1  loses the lease of slot 4\n");
}

static void a_request_refused_unrouted_has_its_line(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, of_id(RECORD_REQUEST, "1"), 0, 0);
    script_take(&script, with(of_id(RECORD_FAIL, "1"), NODE_NONE, OUTCOME_STOPPING, ""), 0, 0);
    struct record last = of_id(RECORD_REQUEST, "2");
    last.request = 18;
    script_take(&script, last, 0, 0);
    script_end(&script, "  0.000s  n1  request 1\n"
                        "  0.000s  n1  request 1 fails: stopping\n"
                        "  0.000s  n1  request 2\n");
}

static void lost_requests_and_replies_are_told_and_heartbeats_are_not(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, of_id(RECORD_REQUEST, "1"), 0, 0);
    script_take(&script, with(of_id(RECORD_ROUTE, "1"), 1, 1, ""), 0, 0);
    script_take(&script, message(RECORD_SEND, MESSAGE_REQUEST, 1, 0), 0, 0);
    script_take(&script, message(RECORD_SEND, MESSAGE_REPLY, 0, 0), 0, 1);
    script_take(&script, message(RECORD_DROP, MESSAGE_REQUEST, 1, DROP_LOSS), 0, 0);
    script_take(&script, message(RECORD_DROP, MESSAGE_HEARTBEAT, 1, DROP_CUT), 0, 0);
    script_take(&script, with(of_id(RECORD_FAIL, "1"), NODE_NONE, OUTCOME_TIMEOUT, ""), 1000000000,
                0);
    script_take(&script, message(RECORD_DROP, MESSAGE_REPLY, 0, DROP_LATE), 1000000000, 1);
    script_end(&script, "  0.000s  n1  request 1 -> n2\n"
                        "  0.000s  n1  request 1 to n2 is lost on its way\n"
                        "  1.000s  n1  request 1 fails: timeout after 1.0s\n"
                        "  1.000s  n2  reply 1 to n1 comes too late\n");
}

static void nodes_tell_what_becomes_of_them(void)
{
    struct script script;
    script_begin(&script, 12, false);
    struct record view = with(record_of(RECORD_VIEW), NODE_NONE, 0, "\x01");
    script_take(&script, record_of(RECORD_UP), 0, 0);
    script_take(&script, view, 0, 0);
    script_take(&script, with(record_of(RECORD_FAULT), NODE_NONE, 0, "crash n1"), 2000000,
                NODE_NONE);
    view = with(record_of(RECORD_VIEW), NODE_NONE, 0, "\x03\x08");
    script_take(&script, view, 2000000, 0);
    script_take(&script, view, 2000000, 0);
    script_take(&script, record_of(RECORD_DOWN), 2000000, 0);
    script_take(&script, record_of(RECORD_UP), 3000000, 0);
    view = with(record_of(RECORD_VIEW), NODE_NONE, 0, "");
    script_take(&script, view, 3000000, 0);
    view.amount = NS_PER_S;
    script_take(&script, view, 3500000, 0);
    view = with(record_of(RECORD_VIEW), NODE_NONE, 0, "\x01");
    view.amount = NS_PER_S;
    script_take(&script, view, 3600000, 0);
    script_take(&script, record_of(RECORD_FROZEN), 4000000, 10);
    script_take(&script, record_of(RECORD_THAWED), 5000000, 10);
    script_take(&script, with(record_of(RECORD_DOWN), NODE_NONE, DOWN_LEAVE, ""), 6000000, 10);
    script_end(&script, "  0.002s  --   crash n1\n"
                        "  0.002s  n1   view n1,n2,n12\n"
                        "  0.002s  n1   crashes\n"
                        "  0.003s  n1   starts again\n"
                        "  0.003s  n1   joins\n"
                        "  0.003500s  n1   still joins: no member has let it in for 1.0s\n"
                        "  0.003600s  n1   is alone: nobody answered for 1.0s\n"
                        "  0.004s     n11  freezes\n"
                        "  0.005s     n11  thaws\n"
                        "  0.006s     n11  has left\n");
}

static void judgements_are_told(void)
{
    struct script script;
    script_begin(&script, 3, false);
    struct record record = with(record_of(RECORD_EXPECT), NODE_NONE, 1, "expect a = b");
    record.line = 9;
    script_take(&script, record, 0, NODE_NONE);
    record.code = 0;
    script_take(&script, record, 0, NODE_NONE);
    record = with(of_id(RECORD_VIOLATION, "1"), NODE_NONE, 5, "worker 5 served late");
    script_take(&script, record, 0, 1);
    script_take(&script, with(of_id(RECORD_DUPLICATE, "1"), 2, 0, "n2 tried again"), 0, 1);
    script_end(&script, "  0.000s  --  held: expect a = b (line 9)\n"
                        "  0.000s  --  FAILED: expect a = b (line 9)\n"
                        "  0.000s  n2  VIOLATION ttl: worker 5 served late\n"
                        "  0.000s  n2  worker 1 is not the only one, n3 has one too: "
                        "n2 tried again\n");
}

static void times_are_told_to_the_microsecond(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, of_id(RECORD_START, "1"), 1003000000, 0);
    script_take(&script, of_id(RECORD_START, "2"), 1003250000, 0);
    script_take(&script, of_id(RECORD_START, "3"), 1004000000, 0);
    script_take(&script, of_id(RECORD_START, "4"), 1004000999, 0);
    script_take(&script, of_id(RECORD_START, "5"), 1234000000000, 0);
    script_end(&script, "  1.003s  n1  worker 1 starts\n"
                        "  1.003250s  n1  worker 2 starts\n"
                        "  1.004s     n1  worker 3 starts\n"
                        "  1.004s     n1  worker 4 starts\n"
                        "1234.000s     n1  worker 5 starts\n");
}

static void hostile_bytes_cannot_act_on_a_terminal(void)
{
    struct script script;
    script_begin(&script, 3, false);
    script_take(&script, of_id(RECORD_START, "1"), 0, 0);
    script_take(
        &script,
        with(of_id(RECORD_VALUE, "1"), NODE_NONE, 0, "\x1b[2J\xff\xc2\x9b\xe2\x80\xae g\xc3\xbc"),
        1000000, 0);
    script_end(&script, "  0.000s  n1  worker 1 starts\n"
                        "  0.001s  n1  worker 1 = \\x1b[2J\\xff\\xc2\\x9b\\xe2\\x80\\xae g\xc3\xbc"
                        ", loaded in 1.0ms\n");
}

static void a_long_value_is_cut(void)
{
    struct script script;
    char value[1000], expected[200];
    memset(value, 'v', sizeof value);
    value[999] = '\0';
    script_begin(&script, 3, false);
    struct record reply = with(of_id(RECORD_REPLY, "1"), 1, 0, value);
    script_take(&script, reply, 0, 0);
    snprintf(expected, sizeof expected, "  0.000s  n1  reply 1 = %.60s…, 0ns\n", value);
    script_end(&script, expected);
}

static void colour_is_by_node_and_red_for_failures(void)
{
    struct script script;
    script_begin(&script, 3, true);
    script_take(&script, of_id(RECORD_START, "1"), 0, 0);
    script_take(&script, of_id(RECORD_START, "1"), 0, 1);
    script_take(&script, with(of_id(RECORD_FAIL, "1"), NODE_NONE, OUTCOME_TIMEOUT, ""), 0, 0);
    script_end(&script, "  0.000s  \033[38;5;33mn1  worker 1 starts\033[0m\n"
                        "  0.000s  \033[38;5;35mn2  worker 1 starts\033[0m\n"
                        "  0.000s  \033[31mn1  request 1 fails: timeout\033[0m\n");
}

SUITE(trace_timeline, TEST(exact_durations_lose_no_nanosecond),
      TEST(short_durations_have_three_digits_at_most),
      TEST(a_request_is_told_from_its_route_to_its_workers_end),
      TEST(a_load_that_takes_time_is_told), TEST(of_a_turn_it_is_told_if_it_fails_and_why),
      TEST(a_worker_that_was_found_is_told_with_its_age), TEST(a_further_try_tells_why),
      TEST(leases_of_one_instant_have_one_line_and_renewals_none),
      TEST(a_request_refused_unrouted_has_its_line),
      TEST(lost_requests_and_replies_are_told_and_heartbeats_are_not),
      TEST(nodes_tell_what_becomes_of_them), TEST(judgements_are_told),
      TEST(times_are_told_to_the_microsecond), TEST(hostile_bytes_cannot_act_on_a_terminal),
      TEST(a_long_value_is_cut), TEST(colour_is_by_node_and_red_for_failures));
