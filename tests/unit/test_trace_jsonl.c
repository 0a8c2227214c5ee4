#include "trace/jsonl.h"

#include "support/suite.h"
#include "trace/fault.h"

#include <jansson.h>
#include <stdlib.h>

/* What is written for the records, without the head and the end of the trace; `second` may be NULL.
 */
static char *lines_of(const struct record *record, const struct record *second)
{
    static char text[1 << 16];
    static struct jsonl jsonl;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    jsonl_begin(&jsonl, out, 3, 1, "s", "");
    reader_take(&jsonl.reader, record);
    if (second)
        reader_take(&jsonl.reader, second);
    jsonl_end(&jsonl, 0, "", &(struct totals){0}, 0);
    fclose(out);
    const char *start = strchr(bytes, '\n') + 1;
    size_t length = (size_t)(strstr(start, "{\"ev\":\"end\"") - start);
    CU_ASSERT_TRUE_FATAL(length < sizeof text);
    memcpy(text, start, length);
    text[length ? length - 1 : 0] = '\0';
    free(bytes);
    return text;
}

static struct record filled(enum record_kind kind)
{
    struct record record = record_of(kind);
    record.t_ns = 1500;
    record.clock_ns = 1500;
    record.node = 1;
    record.id = text_borrow("7", 1);
    record.worker = 5;
    record.value = text_borrow("282@n2", 6);
    record.request = 17;
    bool of_message = kind == RECORD_SEND || kind == RECORD_RECV || kind == RECORD_DROP;
    record.number = of_message ? 9 : 0;
    record.message = MESSAGE_REQUEST;
    return record;
}

static void check_line(struct record record, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(lines_of(&record, NULL), expected);
}

static void nodes_come_and_go(void)
{
    check_line(filled(RECORD_UP), "{\"ev\":\"up\",\"t\":1500,\"node\":\"n2\"}");
    struct record down = filled(RECORD_DOWN);
    down.code = DOWN_CRASH;
    check_line(down, "{\"ev\":\"down\",\"t\":1500,\"node\":\"n2\",\"how\":\"crash\"}");
    down.code = DOWN_LEAVE;
    check_line(down, "{\"ev\":\"down\",\"t\":1500,\"node\":\"n2\",\"how\":\"leave\"}");
    check_line(filled(RECORD_FROZEN), "{\"ev\":\"frozen\",\"t\":1500,\"node\":\"n2\"}");
    check_line(filled(RECORD_THAWED), "{\"ev\":\"thawed\",\"t\":1500,\"node\":\"n2\"}");
    struct record view = filled(RECORD_VIEW);
    view.epoch = 4;
    view.value = text_borrow("\x05", 1);
    check_line(view, "{\"ev\":\"view\",\"t\":1500,\"node\":\"n2\",\"epoch\":4,"
                     "\"members\":[\"n1\",\"n3\"]}");
    view.amount = 1200;
    check_line(view, "{\"ev\":\"view\",\"t\":1500,\"node\":\"n2\",\"epoch\":4,"
                     "\"members\":[\"n1\",\"n3\"],\"waited\":1200}");
}

static void a_message_is_sent_received_or_dropped(void)
{
    struct record record = filled(RECORD_SEND);
    record.peer = 2;
    check_line(record, "{\"ev\":\"send\",\"t\":1500,\"node\":\"n2\",\"msg\":9,\"to\":\"n3\","
                       "\"kind\":\"request\",\"req\":17}");
    record.request = 0;
    record.message = MESSAGE_JOIN;
    check_line(record, "{\"ev\":\"send\",\"t\":1500,\"node\":\"n2\",\"msg\":9,\"to\":\"n3\","
                       "\"kind\":\"join\"}");
    record = filled(RECORD_RECV);
    record.peer = 0;
    check_line(record, "{\"ev\":\"recv\",\"t\":1500,\"node\":\"n2\",\"msg\":9,\"from\":\"n1\","
                       "\"kind\":\"request\"}");
    record = filled(RECORD_DROP);
    record.peer = 0;
    record.code = DROP_LATE;
    record.clock_ns = 0;
    check_line(record, "{\"ev\":\"drop\",\"t\":1500,\"node\":\"n2\",\"msg\":9,\"to\":\"n1\","
                       "\"kind\":\"request\",\"why\":\"late\"}");
}

static void a_request_is_made_routed_served_and_ended(void)
{
    struct record record = filled(RECORD_REQUEST);
    record.amount = 1000001500;
    check_line(record, "{\"ev\":\"request\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"id\":\"7\","
                       "\"deadline\":1000001500,\"next\":5}");
    record.gap_ns = TIME_NEVER;
    check_line(record, "{\"ev\":\"request\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"id\":\"7\","
                       "\"deadline\":1000001500}");
    record = filled(RECORD_ROUTE);
    record.peer = 0;
    record.code = 2;
    check_line(record, "{\"ev\":\"route\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"owner\":\"n1\","
                       "\"try\":2}");
    check_line(filled(RECORD_SERVE), "{\"ev\":\"serve\",\"t\":1500,\"node\":\"n2\",\"req\":17,"
                                     "\"worker\":5,\"value\":\"282@n2\"}");
    record = filled(RECORD_REPLY);
    record.amount = 6000000;
    record.peer = 2;
    check_line(record, "{\"ev\":\"reply\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"id\":\"7\","
                       "\"worker\":5,\"value\":\"282@n2\",\"latency\":6000000}");
    record = filled(RECORD_FAIL);
    record.code = OUTCOME_LOAD_FAILED;
    check_line(record, "{\"ev\":\"fail\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"id\":\"7\","
                       "\"error\":\"load-failed\"}");
}

static void a_found_worker_has_its_age(void)
{
    struct record found = filled(RECORD_START);
    found.code = START_FOUND;
    found.amount = 3200000000;
    check_line(found, "{\"ev\":\"start\",\"t\":1500,\"node\":\"n2\",\"id\":\"7\","
                      "\"worker\":5,\"found\":true,\"age\":3200000000}");
}

static void a_further_worker_has_the_other_one_and_the_cause(void)
{
    struct record start = filled(RECORD_START), duplicate = filled(RECORD_DUPLICATE);
    duplicate.number = 3;
    duplicate.value = text_borrow("a retry", 7);
    CU_ASSERT_STRING_EQUAL(lines_of(&start, &duplicate),
                           "{\"ev\":\"start\",\"t\":1500,\"node\":\"n2\",\"id\":\"7\","
                           "\"worker\":5,\"beside\":3,\"why\":\"a retry\"}");
    struct record up = filled(RECORD_UP);
    CU_ASSERT_STRING_EQUAL(
        lines_of(&start, &up),
        "{\"ev\":\"start\",\"t\":1500,\"node\":\"n2\",\"id\":\"7\",\"worker\":5}\n"
        "{\"ev\":\"up\",\"t\":1500,\"node\":\"n2\"}");
    CU_ASSERT_STRING_EQUAL(lines_of(&up, &duplicate), "{\"ev\":\"up\",\"t\":1500,\"node\":\"n2\"}");
}

static void a_worker_starts_loads_and_ends(void)
{
    check_line(filled(RECORD_START),
               "{\"ev\":\"start\",\"t\":1500,\"node\":\"n2\",\"id\":\"7\",\"worker\":5}");
    check_line(filled(RECORD_LOAD), "{\"ev\":\"load\",\"t\":1500,\"node\":\"n2\",\"worker\":5}");
    check_line(filled(RECORD_VALUE),
               "{\"ev\":\"value\",\"t\":1500,\"node\":\"n2\",\"worker\":5,\"value\":\"282@n2\"}");
    check_line(filled(RECORD_LOAD_FAILED),
               "{\"ev\":\"load-failed\",\"t\":1500,\"node\":\"n2\",\"worker\":5}");
    check_line(filled(RECORD_EXPIRE),
               "{\"ev\":\"expire\",\"t\":1500,\"node\":\"n2\",\"id\":\"7\",\"worker\":5}");
    check_line(filled(RECORD_LOST),
               "{\"ev\":\"lost\",\"t\":1500,\"node\":\"n2\",\"id\":\"7\",\"worker\":5}");
}

static void a_turn_has_its_length_and_whether_it_failed(void)
{
    struct record value = filled(RECORD_VALUE), serve = filled(RECORD_SERVE);
    value.code = VALUE_OF_TURNS;
    check_line(value,
               "{\"ev\":\"value\",\"t\":1500,\"node\":\"n2\",\"worker\":5,\"value\":\"282@n2\","
               "\"turns\":true}");
    serve.amount = 7;
    check_line(serve, "{\"ev\":\"serve\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"worker\":5,"
                      "\"value\":\"282@n2\",\"took\":7}");
    serve.why = SERVE_FAILED;
    check_line(serve, "{\"ev\":\"serve\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"worker\":5,"
                      "\"value\":\"282@n2\",\"took\":7,\"failed\":true}");
}

static void a_lease_bears_its_token_and_so_does_what_is_done_under_it(void)
{
    struct record lease = record_of(RECORD_LEASE);
    lease.t_ns = lease.clock_ns = 1500;
    lease.node = 1;
    lease.number = 17;
    lease.epoch = 2;
    lease.worker = 3;
    lease.amount = 2000001500;
    lease.code = LEASE_RENEWED;
    check_line(lease, "{\"ev\":\"lease\",\"t\":1500,\"node\":\"n2\",\"slot\":17,\"token\":[2,3],"
                      "\"until\":2000001500,\"how\":\"renewed\"}");
    struct record serve = filled(RECORD_SERVE), load = filled(RECORD_LOAD),
                  lost = filled(RECORD_LOST);
    serve.epoch = load.epoch = 2;
    serve.number = load.number = 3;
    lost.code = DOWN_LEASE;
    check_line(serve, "{\"ev\":\"serve\",\"t\":1500,\"node\":\"n2\",\"req\":17,\"worker\":5,"
                      "\"value\":\"282@n2\",\"token\":[2,3]}");
    check_line(load, "{\"ev\":\"load\",\"t\":1500,\"node\":\"n2\",\"worker\":5,"
                     "\"token\":[2,3]}");
    check_line(lost, "{\"ev\":\"expire\",\"t\":1500,\"node\":\"n2\",\"id\":\"7\",\"worker\":5,"
                     "\"how\":\"lease\"}");
}

/* A record of a cluster of three, whose data are these bytes. */
static struct record fault_of(enum fault_kind kind, bool begins, const char *data, size_t size)
{
    struct record record = filled(RECORD_FAULT);
    record.node = NODE_NONE;
    record.line = 12;
    record.code = (uint8_t)kind;
    record.number = begins;
    record.id = text_borrow(data, size);
    record.value = text_borrow("words", 5);
    return record;
}

#define FAULT_LINE "{\"ev\":\"fault\",\"t\":1500,\"line\":12,\"what\":\"words\""

static void a_fault_says_which_nodes_or_links_and_whether_it_begins(void)
{
    check_line(fault_of(FAULT_CRASH, true, "\2\0\1\1\1", 5), FAULT_LINE
               ",\"kind\":\"crash\",\"nodes\":[\"n1\",\"n3\"],\"links\":[],\"on\":true}");
    check_line(fault_of(FAULT_CUT, true, "\0\1\1\1\1\0\1\0", 8),
               FAULT_LINE ",\"kind\":\"cut\",\"nodes\":[],\"links\":[\"n2 -> n1\"],\"on\":true}");
    check_line(fault_of(FAULT_CUT, false, "\0\1\0\3\1\0\3\1", 8),
               FAULT_LINE ",\"kind\":\"cut\",\"nodes\":[],"
                          "\"links\":[\"n1,n2,n3 <-> n1,n2,n3\"],\"on\":false}");
    check_line(fault_of(FAULT_PARTITION, true, "\0\3\1\0\1\1\1\1\1\2\1", 11),
               FAULT_LINE ",\"kind\":\"partition\",\"nodes\":[],"
                          "\"links\":[\"n1 <-> n2,n3\",\"n2 <-> n3\"],\"on\":true}");
    check_line(fault_of(FAULT_HEAL, false, "\0", 1),
               FAULT_LINE ",\"kind\":\"heal\",\"nodes\":[],\"links\":[],\"on\":false}");
    check_line(fault_of(FAULT_CRASH, true, "\1\0\4", 3), FAULT_LINE "}"); /* n4 of three */
}

static void what_concerns_the_whole_run_has_no_node(void)
{
    struct record record = filled(RECORD_EXPECT);
    record.node = NODE_NONE;
    record.line = 12;
    check_line(record, "{\"ev\":\"expect\",\"t\":1500,\"line\":12,\"held\":false}");
    record.code = 1;
    check_line(record, "{\"ev\":\"expect\",\"t\":1500,\"line\":12,\"held\":true}");
}

static void a_violation_names_its_rule(void)
{
    struct record record = filled(RECORD_VIOLATION);
    record.code = 5; /* ttl */
    record.value = text_borrow("late", 4);
    check_line(record, "{\"ev\":\"violation\",\"t\":1500,\"node\":\"n2\",\"rule\":\"ttl\","
                       "\"id\":\"7\",\"text\":\"late\"}");
}

static void a_clock_is_written_where_it_differs_from_true_time(void)
{
    struct record record = filled(RECORD_UP);
    record.clock_ns = 1501;
    check_line(record, "{\"ev\":\"up\",\"t\":1500,\"node\":\"n2\",\"clock\":1501}");
}

static void numbers_of_all_sizes_are_exact(void)
{
    struct record record = filled(RECORD_LOAD);
    record.worker = UINT64_MAX;
    record.t_ns = record.clock_ns = INT64_MIN;
    check_line(record, "{\"ev\":\"load\",\"t\":-9223372036854775808,\"node\":\"n2\","
                       "\"worker\":18446744073709551615}");
}

/* The string that a reader of JSON gets for these bytes. */
static void check_string(const char *bytes, size_t size, const char *expected)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    struct writer writer;
    writer_init(&writer, out);
    writer_json(&writer, bytes, size);
    writer_flush(&writer);
    fclose(out);
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    CU_ASSERT_EQUAL(json_string_length(json), strlen(expected));
    CU_ASSERT_STRING_EQUAL(json_string_value(json), expected);
    for (size_t i = 0; i < length; i++)
        CU_ASSERT_TRUE((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
    json_decref(json);
    free(text);
}

static void any_bytes_make_a_valid_string(void)
{
    check_string("plain", 5, "plain");
    check_string("a\"b\\c/\n\t\x1b\x7f", 10, "a\"b\\c/\n\t\x1b\x7f");
    check_string("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", 15,
                 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
    check_string("\xff", 1, "\xef\xbf\xbd");
    check_string("a\xc3", 2, "a\xef\xbf\xbd");
    check_string("\xc0\x80", 2, "\xef\xbf\xbd\xef\xbf\xbd");
    check_string("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_string("\xf4\x90\x80\x80", 4, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_string("\xe2\x82\xac", 2, "\xef\xbf\xbd\xef\xbf\xbd");
}

static void a_value_longer_than_the_buffer_comes_whole(void)
{
    static struct jsonl jsonl;
    static char value[1 << 20];
    char *bytes = NULL;
    size_t size = 0;
    memset(value, 'v', sizeof value);
    FILE *out = open_memstream(&bytes, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    jsonl_begin(&jsonl, out, 3, 1, "s", "");
    struct record record = filled(RECORD_VALUE);
    record.value = text_borrow(value, sizeof value);
    reader_take(&jsonl.reader, &record);
    writer_flush(&jsonl.writer);
    fclose(out);
    json_t *json = json_loads(strchr(bytes, '\n'), 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    CU_ASSERT_EQUAL(json_string_length(json_object_get(json, "value")), sizeof value);
    json_decref(json);
    free(bytes);
}

static void a_trace_has_a_head_and_an_end(void)
{
    static struct jsonl jsonl;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    struct totals totals = {.requests = 8,
                            .outcomes = {[OUTCOME_VALUE] = 6, [OUTCOME_TIMEOUT] = 2},
                            .messages = 30,
                            .dropped = 1,
                            .workers_started = 4,
                            .workers_expired = 1,
                            .workers_lost = 1,
                            .latency_known = true,
                            .latency_max_ns = 99};
    jsonl_begin(&jsonl, out, 3, 7, "a \"b\".txt", "\"ttl\":\"5s\"");
    jsonl_end(&jsonl, 12, "00ff", &totals, 3);
    fclose(out);
    CU_ASSERT_STRING_EQUAL(
        bytes,
        "{\"ev\":\"run\",\"v\":2,\"seed\":7,\"nodes\":3,\"scenario\":\"a \\\"b\\\".txt\","
        "\"settings\":{\"ttl\":\"5s\"}}\n"
        "{\"ev\":\"end\",\"t\":12,\"hash\":\"00ff\",\"messages\":30,\"dropped\":1,\"requests\":8,"
        "\"ok\":6,\"errors\":{\"timeout\":2,\"owner-lost\":0,\"caller-lost\":0,\"unreachable\":0,"
        "\"overloaded\":0,"
        "\"load-failed\":0,\"stopping\":0,\"unavailable\":0,\"work-failed\":0},\"fallbacks\":0,"
        "\"loads\":0,\"workers_"
        "started\":4,"
        "\"workers_expired\":1,\"workers_lost\":1,\"workers_moved\":0,\"workers_alive\":2,"
        "\"duplicates\":0,"
        "\"duplicate_ns\":0,\"duplicate_of_an_id_ns\":{\"p50\":0,\"p99\":0,\"max\":0},\"latency_"
        "ns\":{\"p50\":0,\"p90\":0,\"p99\":0,\"max\":99},"
        "\"violations_total\":3}\n");
    free(bytes);
}

SUITE(trace_jsonl, TEST(nodes_come_and_go), TEST(a_message_is_sent_received_or_dropped),
      TEST(a_request_is_made_routed_served_and_ended), TEST(a_worker_starts_loads_and_ends),
      TEST(a_turn_has_its_length_and_whether_it_failed),
      TEST(a_lease_bears_its_token_and_so_does_what_is_done_under_it),
      TEST(a_found_worker_has_its_age),
      TEST(a_fault_says_which_nodes_or_links_and_whether_it_begins),
      TEST(what_concerns_the_whole_run_has_no_node), TEST(a_violation_names_its_rule),
      TEST(a_further_worker_has_the_other_one_and_the_cause),
      TEST(a_clock_is_written_where_it_differs_from_true_time),
      TEST(numbers_of_all_sizes_are_exact), TEST(any_bytes_make_a_valid_string),
      TEST(a_value_longer_than_the_buffer_comes_whole), TEST(a_trace_has_a_head_and_an_end));
