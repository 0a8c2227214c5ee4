/* What records can't be made by those whom they concern is added where it belongs. */
#include "net/drive/trace_repair.h"

#include "support/net_told.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

enum { N1, N2, N3, NODES };

static struct told told;
static struct trace_repair trace_repair;

static void begin(void)
{
    told_forget(&told);
    CU_ASSERT_EQUAL_FATAL(trace_repair_init(&trace_repair, NODES, told_put, &told), OK);
}

static void end(void)
{
    CU_ASSERT_FALSE(trace_repair.failed);
    trace_repair_close(&trace_repair);
}

static void take(struct record record)
{
    trace_repair_take(&trace_repair, &record);
}

static bool has_sent(uint64_t number)
{
    struct record recv = told_recv(0, N1, N2, number);
    return trace_repair_has_sent(&trace_repair, &recv);
}

static void what_nodes_tell_goes_on_as_it_is(void)
{
    begin();
    take(told_up(1, N1, 1));
    take(told_worker(2, RECORD_START, N1, 1, "a"));
    take(told_request(3, RECORD_REQUEST, N1, 4, "a-long-id-that-is-not-held-in-itself"));
    take(told_send(4, N1, N2, 7));
    take(told_recv(5, N1, N2, 7));
    take(told_request(6, RECORD_FAIL, N1, 4, "a-long-id-that-is-not-held-in-itself"));
    take(told_worker(7, RECORD_EXPIRE, N1, 1, "a"));
    told_expect(&told, "1 n1 up\n"
                       "2 n1 start w1 a\n"
                       "3 n1 request r4 a-long-id-that-is-not-held-in-itself\n"
                       "4 n1 send 7 n2\n"
                       "5 n2 recv 7 n1\n"
                       "6 n1 fail r4 a-long-id-that-is-not-held-in-itself ok\n"
                       "7 n1 expire w1 a\n");
    end();
}

static void a_crash_loses_workers_then_requests_then_it_is_down_and_drops(void)
{
    begin();
    take(told_send(1, N1, N2, 1));
    take(told_request(2, RECORD_REQUEST, N2, 5, "a"));
    take(told_worker(3, RECORD_START, N2, 2, "an-id-of-more-than-fifteen-bytes"));
    take(told_send(4, N3, N2, 3));
    take(told_worker(5, RECORD_START, N2, 8, "b"));
    take(told_request(6, RECORD_REQUEST, N2, 11, "another-id-of-more-than-fifteen-bytes"));
    told_expect(&told, "1 n1 send 1 n2\n"
                       "2 n2 request r5 a\n"
                       "3 n2 start w2 an-id-of-more-than-fifteen-bytes\n"
                       "4 n3 send 3 n2\n"
                       "5 n2 start w8 b\n"
                       "6 n2 request r11 another-id-of-more-than-fifteen-bytes\n");
    take(told_plain(9, RECORD_DOWN, N2));
    told_expect(&told, "9 n2 lost w2 an-id-of-more-than-fifteen-bytes\n"
                       "9 n2 lost w8 b\n"
                       "9 n2 fail r5 a caller-lost\n"
                       "9 n2 fail r11 another-id-of-more-than-fifteen-bytes caller-lost\n"
                       "9 n2 down\n"
                       "9 n1 drop 1 n2 down\n"
                       "9 n3 drop 3 n2 down\n");
    end();
}

static void what_has_ended_is_not_lost_again(void)
{
    begin();
    take(told_worker(1, RECORD_START, N2, 2, "a"));
    take(told_worker(1, RECORD_START, N2, 5, "b"));
    take(told_worker(1, RECORD_START, N2, 8, "c"));
    take(told_request(1, RECORD_REQUEST, N2, 2, "a"));
    take(told_request(1, RECORD_REQUEST, N2, 5, "b"));
    take(told_send(1, N1, N2, 1));
    take(told_send(1, N1, N2, 4));
    take(told_worker(2, RECORD_EXPIRE, N2, 5, "b"));
    take(told_worker(2, RECORD_LOST, N2, 2, "a"));
    take(told_request(2, RECORD_REPLY, N2, 2, "a"));
    take(told_request(2, RECORD_FAIL, N2, 5, "b"));
    take(told_recv(2, N1, N2, 1));
    take(told_drop(2, N1, N2, 4, DROP_FULL));
    told_forget(&told);
    take(told_plain(3, RECORD_DOWN, N2));
    told_expect(&told, "3 n2 lost w8 c\n3 n2 down\n");
    end();
}

static void a_crash_concerns_nobody_else(void)
{
    begin();
    take(told_worker(1, RECORD_START, N1, 1, "a"));
    take(told_request(1, RECORD_REQUEST, N3, 3, "a"));
    take(told_send(1, N2, N1, 2)); /* what it sent is still under way */
    told_forget(&told);
    take(told_plain(2, RECORD_DOWN, N2));
    take(told_recv(3, N2, N1, 2));
    told_expect(&told, "2 n2 down\n3 n1 recv 2 n2\n");
    end();
}

static void what_was_sent_while_it_was_down_is_dropped_when_a_later_one_has_come(void)
{
    begin();
    take(told_up(0, N2, 1));
    take(told_plain(1, RECORD_DOWN, N2));
    take(told_send(2, N1, N2, 1));
    told_forget(&told);
    take(told_up(3, N2, 2));
    take(told_send(4, N1, N2, 4));
    take(told_recv(5, N1, N2, 4));
    told_expect(&told, "3 n2 up\n"
                       "4 n1 send 4 n2\n"
                       "5 n1 drop 1 n2 down\n"
                       "5 n2 recv 4 n1\n");
    end();
}

static void an_up_of_the_same_life_drops_nothing(void)
{
    begin();
    take(told_up(0, N2, 1));
    take(told_send(2, N1, N2, 1));
    told_forget(&told);
    take(told_up(3, N2, 1));
    told_expect(&told, "3 n2 up\n");
    CU_ASSERT_TRUE(has_sent(1));
    end();
}

static void a_drop_says_what_the_send_said(void)
{
    begin();
    struct record send = told_send(1, N1, N2, 1);
    send.message = MESSAGE_REQUEST;
    send.request = 10;
    take(send);
    told_forget(&told);
    take(told_plain(2, RECORD_DOWN, N2));
    told_expect(&told, "2 n2 down\n2 n1 drop 1 n2 r10 down\n");
    end();
}

static void its_own_drop_of_what_was_written_off_is_swallowed_once(void)
{
    begin();
    take(told_send(1, N1, N2, 1));
    take(told_plain(2, RECORD_DOWN, N2));
    told_forget(&told);
    CU_ASSERT_TRUE(has_sent(1));
    take(told_drop(3, N1, N2, 1, DROP_DOWN));
    told_expect(&told, "");
    CU_ASSERT_FALSE(has_sent(1));
    take(told_drop(4, N1, N2, 1, DROP_DOWN));
    told_expect(&told, "4 n1 drop 1 n2 down\n");
    end();
}

static void a_receipt_of_what_was_written_off_is_told(void)
{
    begin();
    take(told_send(1, N1, N2, 1));
    take(told_plain(2, RECORD_DOWN, N2));
    told_forget(&told);
    take(told_recv(3, N1, N2, 1));
    told_expect(&told, "3 n2 recv 1 n1\n");
    end();
}

static void it_knows_what_is_under_way(void)
{
    begin();
    CU_ASSERT_FALSE(has_sent(1));
    take(told_send(1, N1, N2, 1));
    CU_ASSERT_TRUE(has_sent(1));
    CU_ASSERT_FALSE(has_sent(4));
    take(told_recv(2, N1, N2, 1));
    CU_ASSERT_FALSE(has_sent(1));
    end();
}

static void thousands_are_lost_in_the_order_of_their_beginning(void)
{
    begin();
    for (uint64_t i = 0; i < 2000; i++) {
        take(told_worker(1, RECORD_START, N2, 2 + 3 * i, "w"));
        take(told_send(1, N1, N2, 1 + 3 * i));
        if (i % 2) {
            take(told_worker(1, RECORD_EXPIRE, N2, 2 + 3 * (i - 1), "w"));
            take(told_recv(1, N1, N2, 1 + 3 * (i - 1)));
        }
        told_forget(&told);
    }
    take(told_plain(2, RECORD_DOWN, N2));
    CU_ASSERT_EQUAL(told.count, 2001);
    const char *at = told.log;
    for (uint64_t i = 1; i < 2000; i += 2) {
        char line[64];
        int size =
            snprintf(line, sizeof line, "2 n2 lost w%llu w\n", (unsigned long long)(2 + 3 * i));
        CU_ASSERT_EQUAL_FATAL(strncmp(at, line, (size_t)size), 0);
        at += size;
    }
    end();
}

SUITE(net_drive_trace_repair, TEST(what_nodes_tell_goes_on_as_it_is),
      TEST(a_crash_loses_workers_then_requests_then_it_is_down_and_drops),
      TEST(what_has_ended_is_not_lost_again), TEST(a_crash_concerns_nobody_else),
      TEST(what_was_sent_while_it_was_down_is_dropped_when_a_later_one_has_come),
      TEST(an_up_of_the_same_life_drops_nothing), TEST(a_drop_says_what_the_send_said),
      TEST(its_own_drop_of_what_was_written_off_is_swallowed_once),
      TEST(a_receipt_of_what_was_written_off_is_told), TEST(it_knows_what_is_under_way),
      TEST(thousands_are_lost_in_the_order_of_their_beginning));
