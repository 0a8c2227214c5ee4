#include "trace/summary.h"

#include "support/suite.h"

#include <jansson.h>
#include <stdlib.h>

static void take(struct findings *reader, enum record_kind kind, uint8_t code, uint32_t line,
                 const char *text, const char *id)
{
    struct record record = record_of(kind);
    record.t_ns = 6 * NS_PER_S;
    record.node = kind == RECORD_EXPECT ? NODE_NONE : 1;
    record.code = code;
    record.line = line;
    record.value = text_borrow(text, strlen(text));
    record.id = text_borrow(id, strlen(id));
    reader_take(&reader->reader, &record);
}

static struct summary summary_of(const struct findings *found)
{
    struct summary summary = {.scenario = "scenarios/demo.txt",
                              .seed = 7,
                              .nodes = 3,
                              .threads = 3,
                              .virtual_ns = 24 * NS_PER_S,
                              .wall_ns = 2 * NS_PER_MS,
                              .events = 970,
                              .found = found,
                              .verdict = "PASS",
                              .reason = "",
                              .hash = "00112233445566778899aabbccddeeff"};
    summary.totals = (struct totals){.requests = 16,
                                     .outcomes = {[OUTCOME_VALUE] = 16},
                                     .messages = 426,
                                     .loads = 12,
                                     .workers_started = 12,
                                     .workers_expired = 8,
                                     .latency_known = true,
                                     .latency_p50_ns = 2 * NS_PER_MS,
                                     .latency_p90_ns = 6 * NS_PER_MS,
                                     .latency_p99_ns = 7 * NS_PER_MS,
                                     .latency_max_ns = 8 * NS_PER_MS};
    for (int rule = 0; rule < RULES_COUNT; rule++)
        summary.judged[rule] = true;
    return summary;
}

static char *printed(const struct summary *summary, bool as_json)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    if (as_json)
        summary_json(out, summary);
    else
        summary_print(out, summary, false);
    fclose(out);
    return bytes;
}

static void check_print(const struct summary *summary, const char *expected)
{
    char *text = printed(summary, false);
    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected) != 0)
        printf("\n---- got\n%s---- want\n%s", text, expected);
    free(text);
}

static void a_run_that_held_is_told_in_a_few_lines(void)
{
    struct findings found;
    findings_init(&found);
    take(&found, RECORD_EXPECT, 1, 9, "expect a = b", "");
    struct summary summary = summary_of(&found);
    check_print(&summary, "scenario:     scenarios/demo.txt, 3 nodes\n"
                          "requests:     16: 16 ok\n"
                          "latency:      p50 2.0ms, p90 6.0ms, p99 7.0ms, max 8.0ms\n"
                          "workers:      12 started, 8 expired, 0 lost, 4 alive; 12 loads\n"
                          "duplicates:   0\n"
                          "messages:     426 delivered, 0 dropped\n"
                          "expectations: 1 held, 0 failed\n"
                          "              held     line 9: expect a = b\n"
                          "violations:   none\n"
                          "seed:         7\n"
                          "hash:         00112233445566778899aabbccddeeff\n"
                          "speed:        24.0s in 2.0ms, 485000 events a second, 3 threads\n"
                          "PASS\n");
    findings_close(&found);
}

static void a_run_that_failed_tells_what_where_and_how_to_repeat_it(void)
{
    struct findings found;
    findings_init(&found);
    take(&found, RECORD_EXPECT, 0, 12, "expect a ok", "it failed with timeout");
    take(&found, RECORD_EXPECT, 0, 12, "expect a ok", "it failed with timeout");
    take(&found, RECORD_EXPECT, VERDICT_MISSED, 14, "sometimes duplicate", "");
    take(&found, RECORD_EXPECT, VERDICT_VACUOUS, 3, "expect b ok", "b was not in by the end");
    findings_add_missed(&found, 15, "crash n9", "touched nothing");
    findings_sort(&found);
    take(&found, RECORD_VIOLATION, RULE_TTL, 0, "worker 5 served late", "1");
    take(&found, RECORD_DUPLICATE, 0, 0, "self-first: n2 puts itself first", "1");
    struct summary summary = summary_of(&found);
    summary.totals.outcomes[OUTCOME_VALUE] = 14;
    summary.totals.outcomes[OUTCOME_TIMEOUT] = 1;
    summary.totals.fallbacks = 2;
    summary.totals.duplicates = 4;
    summary.totals.duplicate_ns = 2100 * NS_PER_MS;
    summary.totals.double_p50_ns = 500 * NS_PER_MS;
    summary.totals.double_max_ns = 900 * NS_PER_MS;
    summary.left_out[RULE_IN_ORDER] = 3;
    summary.verdict = "FAIL";
    summary.reason = "expect a ok: it failed with timeout; 30 violations of ttl";
    summary.causes[CAUSE_RETRY] = 1;
    summary.causes[CAUSE_ROUTE] = 2;
    summary.causes[CAUSE_BEFORE] = 1;
    summary.broken[RULE_TTL] = 30;
    summary.judged[RULE_SERIAL] = false;
    summary.command = "dpsim --seed 7 scenarios/demo.txt";
    check_print(&summary,
                "scenario:     scenarios/demo.txt, 3 nodes\n"
                "requests:     16: 14 ok, 1 timeout, 1 open at the end; 2 tried again\n"
                "latency:      p50 2.0ms, p90 6.0ms, p99 7.0ms, max 8.0ms\n"
                "workers:      12 started, 8 expired, 0 lost, 4 alive; 12 loads\n"
                "duplicates:   4: 1 by a retry, 2 by the route, 1 had begun before the trace; for "
                "2.1s in all, an id for 500ms (p50), 900ms (max)\n"
                "              6s n2, worker 1: self-first: n2 puts itself first\n"
                "              and 3 more\n"
                "messages:     426 delivered, 0 dropped\n"
                "no effect:    line 15: crash n9: it touched nothing\n"
                "expectations: 0 held, 2 failed, 1 vacuous, 1 missed\n"
                "              VACUOUS  line 3: expect b ok: b was not in by the end\n"
                "              FAILED   line 12: expect a ok (2 times): it failed with timeout\n"
                "              missed   line 14: sometimes duplicate\n"
                "violations:   30 ttl\n"
                "              6s n2, ttl: worker 5 served late\n"
                "not judged:   serial: the trace does not keep what is judged by it\n"
                "              3 messages by in-order: their links did not keep the order\n"
                "seed:         7\n"
                "hash:         00112233445566778899aabbccddeeff\n"
                "speed:        24.0s in 2.0ms, 485000 events a second, 3 threads\n"
                "repeat:       dpsim --seed 7 scenarios/demo.txt\n"
                "FAIL: expect a ok: it failed with timeout; 30 violations of ttl\n");
    findings_close(&found);
}

static void the_json_object_has_the_keys_of_the_interface_in_its_order(void)
{
    static const char *const keys[] = {"verdict",
                                       "reason",
                                       "repeat",
                                       "scenario",
                                       "seed",
                                       "nodes",
                                       "threads",
                                       "virtual_ns",
                                       "wall_s",
                                       "events",
                                       "messages",
                                       "dropped",
                                       "requests",
                                       "ok",
                                       "errors",
                                       "fallbacks",
                                       "loads",
                                       "workers_started",
                                       "workers_expired",
                                       "workers_lost",
                                       "workers_moved",
                                       "workers_alive",
                                       "duplicates",
                                       "duplicate_ns",
                                       "duplicate_of_an_id_ns",
                                       "latency_ns",
                                       "violations_total",
                                       "violations",
                                       "expectations",
                                       "expectations_held",
                                       "expectations_failed",
                                       "expectations_vacuous",
                                       "faults_missed",
                                       "not_judged",
                                       "hash"};
    struct findings found;
    findings_init(&found);
    take(&found, RECORD_VIOLATION, RULE_TTL, 0, "worker \"5\"", "1");
    take(&found, RECORD_EXPECT, VERDICT_FAILED, 12, "expect a ok", "a failed");
    findings_add_missed(&found, 15, "crash n9", "touched nothing");
    struct summary summary = summary_of(&found);
    summary.judged[RULE_SERIAL] = false;
    summary.left_out[RULE_IN_ORDER] = 3;
    char *text = printed(&summary, true);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    size_t at = 0;
    for (void *i = json_object_iter(json); i; i = json_object_iter_next(json, i), at++)
        if (at < sizeof keys / sizeof *keys)
            CU_ASSERT_STRING_EQUAL(json_object_iter_key(i), keys[at]);
    CU_ASSERT_EQUAL(at, sizeof keys / sizeof *keys);
    json_t *violation = json_array_get(json_object_get(json, "violations"), 0);
    CU_ASSERT_EQUAL(json_object_size(violation), 5);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(violation, "text")), "worker \"5\"");
    CU_ASSERT_EQUAL(json_real_value(json_object_get(json, "wall_s")), 0.002);
    json_t *expectation = json_array_get(json_object_get(json, "expectations"), 0);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(expectation, "line")), 12);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(expectation, "why")), "a failed");
    CU_ASSERT_TRUE(json_is_false(json_object_get(expectation, "held")));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(json, "faults_missed")), 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(json, "not_judged")), 2);
    json_decref(json);
    free(text);
    findings_close(&found);
}

static void a_line_is_kept_once_for_each_way_in_which_it_was_judged(void)
{
    struct findings found;
    findings_init(&found);
    for (uint32_t i = 0; i < 2 * FINDINGS_MAX; i++) {
        take(&found, RECORD_DUPLICATE, 0, 0, "self-first: n2 puts itself first", "1");
        take(&found, RECORD_EXPECT, 1, 9, "expect a = b", "");
        take(&found, RECORD_EXPECT, 1, 100 + i, "expect a = b", "");
    }
    take(&found, RECORD_EXPECT, 0, 5, "expect c = d", "why");
    take(&found, RECORD_EXPECT, 0, 9, "expect a = b", "why");
    findings_sort(&found);
    CU_ASSERT_EQUAL(found.duplicates.count, DUPLICATES_MAX);
    CU_ASSERT_EQUAL(found.expectations.count, 2 * FINDINGS_MAX + 3);
    CU_ASSERT_EQUAL(found.expectations.items[0].line, 5);
    CU_ASSERT_EQUAL(found.expectations.items[1].code, VERDICT_FAILED);
    CU_ASSERT_EQUAL(found.expectations.items[2].times, 2 * FINDINGS_MAX);
    CU_ASSERT_EQUAL(found.verdicts[VERDICT_HELD], 4 * FINDINGS_MAX);
    findings_close(&found);
}

static void latencies_that_are_not_known_are_said_not_to_be(void)
{
    struct findings found;
    findings_init(&found);
    struct summary summary = summary_of(&found);
    summary.totals.latency_known = false;
    char *text = printed(&summary, false), *json = printed(&summary, true);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "latency:      not known: the trace keeps no answers\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"latency_ns\":null"));
    free(text);
    free(json);
    findings_close(&found);
}

SUITE(trace_summary, TEST(a_run_that_held_is_told_in_a_few_lines),
      TEST(a_run_that_failed_tells_what_where_and_how_to_repeat_it),
      TEST(the_json_object_has_the_keys_of_the_interface_in_its_order),
      TEST(a_line_is_kept_once_for_each_way_in_which_it_was_judged),
      TEST(latencies_that_are_not_known_are_said_not_to_be));
