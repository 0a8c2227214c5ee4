/* Requests in scenario text: ids, callers, names of replies, load. */
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

static bool id_is(const struct text *id, const char *text)
{
    return text_size(id) == strlen(text) && memcmp(text_bytes(id), text, strlen(text)) == 0;
}

static void a_request_has_its_ids_and_is_made_at_n1(void)
{
    struct plan plan = parsed("request 1 b,c 8..10 an-id-of-more-than-15-bytes");
    const struct action *a = plan.actions;
    static const char *const ids[] = {"1", "b", "c", "8", "9", "10", "an-id-of-more-than-15-bytes"};
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 1);
    CU_ASSERT_EQUAL_FATAL(a->as.request.count, 7);
    for (int i = 0; i < 7; i++)
        CU_ASSERT_TRUE(id_is(&a->as.request.ids[i], ids[i]));
    CU_ASSERT_EQUAL(a->as.request.from.count, 1);
    CU_ASSERT_EQUAL(a->as.request.from.nodes[0], 0);
    CU_ASSERT_EQUAL(a->as.request.reply, UINT32_MAX);
    CU_ASSERT_EQUAL(plan.replies_count, 0);
    plan_close(&plan);
}

static void any_printable_word_is_an_id(void)
{
    struct plan plan =
        parsed("request é #1 comment\nrequest a#b 007 18446744073709551616 a..b \"until\"");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 2);
    CU_ASSERT_EQUAL(plan.actions[0].as.request.count, 1);
    CU_ASSERT_EQUAL(plan.actions[1].as.request.count, 5);
    CU_ASSERT_TRUE(id_is(&plan.actions[1].as.request.ids[1], "007"));
    CU_ASSERT_TRUE(id_is(&plan.actions[1].as.request.ids[3], "a..b"));
    plan_close(&plan);
}

static void a_request_is_made_at_each_node_of_from(void)
{
    struct plan plan = parsed("request 1 from n3,n2\nrequest 1 from all\nrequest 1 from each\n"
                              "request 1 from any as a");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 4);
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL(a[0].as.request.from.count, 2);
    CU_ASSERT_EQUAL(a[0].as.request.from.nodes[0], 1);
    CU_ASSERT_EQUAL(a[1].as.request.from.count, 3);
    CU_ASSERT_EQUAL(a[2].as.request.from.count, 3);
    CU_ASSERT_TRUE(a[3].as.request.from.any);
    CU_ASSERT_EQUAL(plan.replies_count, 1);
    plan_close(&plan);
}

static void replies_are_named_by_node_and_then_by_id(void)
{
    struct plan plan = parsed("request 1 as one\nrequest 5 6 as b from n1,n2\nrequest 7 as _c-9");
    static const char *const names[] = {"one", "b.1", "b.2", "b.3", "b.4", "_c-9"};
    CU_ASSERT_EQUAL_FATAL(plan.replies_count, 6);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_STRING_EQUAL(plan.replies[i].name, names[i]);
    CU_ASSERT_EQUAL(plan.actions[0].as.request.reply, 0);
    CU_ASSERT_EQUAL(plan.actions[1].as.request.reply, 1);
    CU_ASSERT_EQUAL(plan.actions[2].as.request.reply, 5);
    plan_close(&plan);
}

static void clients_take_their_options_in_any_order(void)
{
    struct plan plan = parsed("clients 16 from each ids 1..10000 zipf 1.1 until 20s think 5ms\n"
                              "clients 16 think 5ms until 20s zipf 1.1 ids 1..10000 from any");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 2);
    for (int i = 0; i < 2; i++) {
        const struct action *a = &plan.actions[i];
        CU_ASSERT_EQUAL(a->kind, ACTION_CLIENTS);
        CU_ASSERT_EQUAL(a->as.load.clients, 16);
        CU_ASSERT_EQUAL(a->as.load.ids.first, 1);
        CU_ASSERT_EQUAL(a->as.load.ids.count, 10000);
        CU_ASSERT_PTR_NULL(a->as.load.ids.texts);
        CU_ASSERT_EQUAL(a->as.load.ids.zipf_ppm, 1100000);
        CU_ASSERT_EQUAL(a->as.load.until_ns, 20 * NS_PER_S);
        CU_ASSERT_EQUAL(a->as.load.think_ns, 5 * NS_PER_MS);
    }
    CU_ASSERT_EQUAL(plan.actions[0].as.load.from.count, 3);
    CU_ASSERT_TRUE(plan.actions[1].as.load.from.any);
    plan_close(&plan);
}

static void ids_to_draw_from_are_a_list_that_can_have_ranges(void)
{
    struct plan plan = parsed("clients 1 from n1 ids a,5..7,9 until 20s\n"
                              "load 5ms id 1..3,\"on\"");
    static const char *const ids[] = {"a", "5", "6", "7", "9"}, *const loaded[] = {"1", "2", "3"};
    const struct id_range *drawn = &plan.actions[0].as.load.ids;
    const struct id_set *set = &plan.actions[1].as.set.ids;
    CU_ASSERT_EQUAL_FATAL(drawn->count, 5);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_TRUE(id_is(&drawn->texts[i], ids[i]));
    CU_ASSERT_EQUAL_FATAL(set->count, 4);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(id_is(&set->texts[i], loaded[i]));
    plan_close(&plan);
    diagnostic_is("clients 1 from n1 ids 1..99999,0,a until 20s", 1, 34,
                  "a line can name 100000 ids at most");
    diagnostic_is("clients 1 from n1 ids 3..1,5 until 20s", 1, 23,
                  "'3..1': the first end is above the second one");
}

static void requests_have_an_exact_rate(void)
{
    struct plan plan =
        parsed("requests 500/s from any ids a,b,7 until 20s\n"
               "requests 0.001/s from n1 ids 7 until 20s\n"
               "requests 1000000000/s from all ids 0..18446744073709551614 until 1ns");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 3);
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL(a[0].as.load.per_1000_s, 500000);
    CU_ASSERT_EQUAL(a[0].as.load.ids.count, 3);
    CU_ASSERT_TRUE(id_is(&a[0].as.load.ids.texts[1], "b"));
    CU_ASSERT_EQUAL(a[0].as.load.ids.zipf_ppm, 0);
    CU_ASSERT_PTR_NULL(a[0].as.load.ids.zipf);
    CU_ASSERT_EQUAL(a[1].as.load.per_1000_s, 1);
    CU_ASSERT_EQUAL(a[1].as.load.ids.count, 1);
    CU_ASSERT_EQUAL(a[2].as.load.per_1000_s, UINT64_C(1000000000000));
    CU_ASSERT_EQUAL(a[2].as.load.ids.count, UINT64_MAX);
    plan_close(&plan);
}

static void loads_with_the_same_law_share_its_weights(void)
{
    struct plan plan =
        parsed("end 9s\nclients 1 from n1 ids 1..100 zipf 1\n"
               "requests 5/s from n1 ids 5..104 zipf 1.0\n"
               "clients 1 from n1 ids 1..100 zipf 1.1\nclients 1 from n1 ids a,b zipf 1");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 4);
    struct zipf *zipf[4];
    for (int i = 0; i < 4; i++) {
        zipf[i] = plan.actions[i].as.load.ids.zipf;
        CU_ASSERT_PTR_NOT_NULL(zipf[i]);
    }
    CU_ASSERT_PTR_EQUAL(zipf[0], zipf[1]);
    CU_ASSERT_PTR_NOT_EQUAL(zipf[0], zipf[2]);
    CU_ASSERT_PTR_NOT_EQUAL(zipf[0], zipf[3]);
    CU_ASSERT_EQUAL(plan.zipfs_count, 3);
    plan_close(&plan);
}

static void a_line_names_a_hundred_thousand_ids_and_no_more(void)
{
    struct plan plan = parsed("request 1..100000");
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 1);
    CU_ASSERT_EQUAL(plan.actions[0].as.request.count, 100000);
    CU_ASSERT_TRUE(id_is(&plan.actions[0].as.request.ids[99999], "100000"));
    plan_close(&plan);
    diagnostic_is("request 1..99999 a b", 1, 20, "a line can name 100000 ids at most");
}

static void wrong_requests_get_a_diagnostic(void)
{
    static const struct wrong wrong[] = {
        {"request", 1, 8, "request: want an id, such as 7"},
        {"request from n1", 1, 9, "request: want an id, such as 7"},
        {"request 1 from", 1, 15, "from: want a node, such as n1"},
        {"request 1 from n1 from n2", 1, 19, "'from' stands here twice"},
        {"request 1 as", 1, 13, "as: want a name of letters a-z, digits, '_' and '-', such as a"},
        {"request 1 as a as b", 1, 16, "'as' stands here twice"},
        {"request 1 as A", 1, 14,
         "as 'A': want a name of letters a-z, digits, '_' and '-', such as a"},
        {"request 1 as a.1", 1, 14,
         "as 'a.1': want a name of letters a-z, digits, '_' and '-', such as a"},
        {"request 1 as ok", 1, 14,
         "as 'ok': that word has a meaning after 'expect'; take another one"},
        {"request 1 as timeout", 1, 14,
         "as 'timeout': that word has a meaning after 'expect'; take another one"},
        {"request 1 as a\nconnect\nrequest 2 as a", 3, 14,
         "as 'a': the name is given in line 1 already"},
        {"request 1 from n1 2", 1, 19,
         "'2' makes no sense here; the form is: request 1 2 3 [from n1] [as a] [timeout 100ms]"},
        {"request 5..1", 1, 9, "'5..1': the first end is above the second one"},
        {"request 1..x", 1, 9,
         "'1..x': a range is of whole numbers of 0..2^64-1 without leading zeros, such as 1..100"},
        {"request 01..05", 1, 9,
         "'01..05': a range is of whole numbers of 0..2^64-1 without leading zeros, such as "
         "1..100"},
        {"request 1..100000000000000000000000000000", 1, 9,
         "'1..10000000000000000000000000000…': a range is of whole numbers of 0..2^64-1 without "
         "leading zeros, such as 1..100"},
        {"request 1..100001", 1, 9, "a line can name 100000 ids at most"},
        {"request 1,,2", 1, 9, "'1,,2': a list is written without blanks, such as 1,2"},
        {"request xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1, 9,
         "id 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…': an id has 1..63 bytes"},
        {"nodes 101\nrequest 1..100000 from all", 2, 9,
         "a line can make 10000000 requests at most"},
        {"clients", 1, 8, "clients: want a whole number of 1..10000000"},
        {"clients 0 from n1 ids 1 until 5s", 1, 9,
         "clients '0': want a whole number of 1..10000000"},
        {"clients 16 until 5s", 1, 20, "clients: want 'from', such as 'from any'"},
        {"clients 16 from each until 5s", 1, 30, "clients: want 'ids', such as 'ids 1..100'"},
        {"clients 16 from each ids 1..9", 1, 30,
         "clients: want 'until TIME', or an 'end' setting: else the run never ends"},
        {"clients 16 from each ids 1..9 until 0s", 1, 37,
         "until '0s': want a time after the one at which this begins"},
        {"clients 16 from each from n1", 1, 22, "'from' stands here twice"},
        {"clients 16 from each ids", 1, 25, "id: want an id, such as 7"},
        {"clients 16 from each ids 0..18446744073709551615", 1, 26,
         "'0..18446744073709551615': at most 2^64-1 ids"},
        {"clients 16 from each ids 1..9 zipf", 1, 35, "zipf: want a number of 0..10, such as 1.1"},
        {"clients 16 from each ids 1..9 zipf 11", 1, 36,
         "zipf '11': want a number of 0..10, such as 1.1"},
        {"end 9s\nclients 1 from n1 ids 1..9999999 zipf 1\nclients 1 from n1 ids 1..2 zipf 1", 3,
         23, "zipf: the distributions of a scenario can have 10000000 ids at most, all together"},
        {"clients 16 from each ids 1..10000001 zipf 1 until 5s", 1, 26,
         "zipf: the distributions of a scenario can have 10000000 ids at most, all together"},
        {"clients 16 from each ids 1..9 unitl 5s", 1, 31,
         "'unitl' makes no sense here; did you mean 'until'?"},
        {"clients 16 from each ids 1..9 until 5s think", 1, 45,
         "think: want a duration, such as 5s"},
        {"clients 10000000 from each ids 1 until 5s", 1, 9,
         "a line can have 10000000 clients at most"},
        {"requests 500 from any ids 1 until 5s", 1, 10,
         "requests '500': want a rate above zero, such as 200/s"},
        {"requests 0/s from any ids 1 until 5s", 1, 10,
         "requests '0/s': want a rate above zero, such as 200/s"},
        {"requests 0.0001/s from any ids 1 until 5s", 1, 10,
         "requests '0.0001/s': finer than 0.001/s"},
        {"requests 1000000001/s from any ids 1 until 5s", 1, 10,
         "requests '1000000001/s': more than 10^9/s"},
        {"requests 5/s from any ids 1 think 5ms until 5s", 1, 29,
         "'think' makes no sense here; the form is: requests 500/s from any ids 1..100 [zipf 1.1] "
         "[until 20s] [timeout 1s]"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void an_id_with_blanks_or_of_the_language_is_quoted(void)
{
    struct plan plan =
        parsed("request \"hello world\" \"on\",7,\"a,b\" \"n2\" \"x\\\"y\\\\\" from n2");
    const struct action *a = plan.actions;
    static const char *const ids[] = {"hello world", "on", "7", "a,b", "n2", "x\"y\\"};
    CU_ASSERT_EQUAL_FATAL(a->as.request.count, 6);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_TRUE(id_is(&a->as.request.ids[i], ids[i]));
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"request 1 on n2", 1, 11,
         "'on' makes no sense here; did you mean 'from'? An id of that name is written \"on\""},
        {"request 5 frm n2", 1, 11,
         "'frm' makes no sense here; did you mean 'from'? An id of that name is written \"frm\""},
        {"request 5 tiemout 5ms", 1, 11,
         "'tiemout' makes no sense here; did you mean 'timeout'? An id of that name is written "
         "\"tiemout\""},
        {"request 9 within 10ms", 1, 11,
         "'within' makes no sense here; the form is: request 1 2 3 [from n1] [as a] [timeout "
         "100ms]. "
         "An id of that name is written \"within\""},
        {"request 1 to n2", 1, 11,
         "'to' makes no sense here; the form is: request 1 2 3 [from n1] [as a] [timeout 100ms]. "
         "An id of that name is written \"to\""},
        {"request n7", 1, 9,
         "'n7' makes no sense here; the form is: request 1 2 3 [from n1] [as a] [timeout 100ms]. "
         "An "
         "id of that name is written \"n7\""},
        {"request 1,crash", 1, 11,
         "id: 'crash' is a word of the language; as an id it is written \"crash\""},
        {"clients 1 from n1 ids a,ttl until 1s", 1, 25,
         "id: 'ttl' is a word of the language; as an id it is written \"ttl\""},
        {"expect worker n1", 1, 15, "worker: 'n1' is a node's name; as an id it is written \"n1\""},
        {"expect worker a,b", 1, 15, "worker: want one id; an id with a comma is written \"a,b\""},
        {"request \"hello world", 1, 9, "the quote that begins here is not closed"},
        {"request \"a\"b", 1, 12, "want a blank or a comma after a closing quote"},
        {"request \"\"", 1, 9, "there is nothing between the quotes"},
    };
    DIAGNOSTICS_ARE(wrong);
    plan = parsed("request 1 frog 7 form tiemout"); /* no keyword: nothing of theirs follows */
    CU_ASSERT_EQUAL(plan.actions[0].as.request.count, 5);
    plan_close(&plan);
}

static void requests_and_clients_have_a_timeout_of_their_own(void)
{
    struct plan plan = parsed("request 1 timeout 100ms as a from n2\nrequest 1\n"
                              "clients 2 from n1 ids 1 until 9s timeout 2s\n"
                              "requests 5/s from n1 ids 1 until 9s timeout 3s\n");
    CU_ASSERT_EQUAL(plan.actions[0].as.request.timeout_ns, 100 * NS_PER_MS);
    CU_ASSERT_EQUAL(plan.actions[0].as.request.replies, 1);
    CU_ASSERT_EQUAL(plan.actions[1].as.request.timeout_ns, 0);
    CU_ASSERT_EQUAL(plan.actions[2].as.load.timeout_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(plan.actions[3].as.load.timeout_ns, 3 * NS_PER_S);
    plan_close(&plan);
}

static void clients_can_retry_and_requests_can_ramp(void)
{
    struct plan plan = parsed("clients 2 from n1 ids 1 until 9s retry 3 backoff 50ms..2s\n"
                              "clients 2 from n1 ids 1 until 9s backoff 1s retry 1\n"
                              "requests 100/s..0.5/s from n1 ids 1 until 9s\nend 12s\n"
                              "requests 1/s..5/s from n1 ids 1\nrequests 5/s from n1 ids 1\n");
    const struct action *a = plan.actions;
    CU_ASSERT_EQUAL(a[0].as.load.retries, 3);
    CU_ASSERT_EQUAL(a[0].as.load.backoff_least_ns, 50 * NS_PER_MS);
    CU_ASSERT_EQUAL(a[0].as.load.backoff_most_ns, 2 * NS_PER_S);
    CU_ASSERT_EQUAL(a[1].as.load.backoff_least_ns, NS_PER_S);
    CU_ASSERT_EQUAL(a[1].as.load.backoff_most_ns, NS_PER_S);
    CU_ASSERT_EQUAL(a[2].as.load.per_1000_s, 100000);
    CU_ASSERT_EQUAL(a[2].as.load.to_per_1000_s, 500);
    CU_ASSERT_EQUAL(a[3].as.load.until_ns, 12 * NS_PER_S);
    CU_ASSERT_EQUAL(a[4].as.load.to_per_1000_s, 0);
    CU_ASSERT_EQUAL(a[4].as.load.until_ns, TIME_NEVER);
    plan_close(&plan);
    static const struct wrong wrong[] = {
        {"clients 1 from n1 ids 1 until 9s backoff 5ms", 1, 45,
         "clients: 'backoff' goes with 'retry', such as 'retry 3 backoff 50ms..2s'"},
        {"clients 1 from n1 ids 1 until 9s retry 0", 1, 40,
         "retry '0': want a whole number of 1..1000"},
        {"clients 1 from n1 ids 1 until 9s retry 1 backoff 2s..1s", 1, 50,
         "backoff '2s..1s': the first end is above the second one"},
        {"requests 1/s..0/s from n1 ids 1 until 9s", 1, 10,
         "requests '1/s..0/s': want a rate above zero, such as 200/s"},
        {"requests 1/s from n1 ids 1 until 9s retry 3", 1, 37,
         "'retry' makes no sense here; the form is: requests 500/s from any ids 1..100 [zipf 1.1] "
         "[until 20s] [timeout 1s]"},
    };
    DIAGNOSTICS_ARE(wrong);
}

static void replies_under_every_are_numbered_from_time_to_time(void)
{
    struct plan plan = parsed("at 1s every 1s request 7 8 from n1 as a until 4s\n"
                              "every 1s request 7 as b until 2.000000001s\nexpect a.6 ok\n"
                              "expect b.1 != b.2\n");
    CU_ASSERT_EQUAL_FATAL(plan.replies_count, 8); /* at 1, 2 and 3 s; at 1 and 2 s */
    CU_ASSERT_EQUAL(plan.actions[0].as.request.replies, 2);
    CU_ASSERT_EQUAL(plan.actions[1].as.request.reply, 6);
    CU_ASSERT_EQUAL(plan.actions[1].as.request.replies, 1);
    CU_ASSERT_STRING_EQUAL(plan.replies[5].name, "a.6");
    CU_ASSERT_EQUAL(plan.expectations[0].reply, 5);
    plan_close(&plan);
    plan = parsed("end 3s\nevery 1s request 7 as a\nevery 1s request 7 as b until 9s\n");
    CU_ASSERT_EQUAL(plan.replies_count, 8); /* at 0, 1, 2 and 3 s */
    plan_close(&plan);
    diagnostic_is("every 1ns request 7 as a until 1s", 1, 24,
                  "a scenario can name 1000000 replies at most");
}

SUITE(scenario_parse_requests, TEST(a_request_has_its_ids_and_is_made_at_n1),
      TEST(any_printable_word_is_an_id), TEST(a_request_is_made_at_each_node_of_from),
      TEST(replies_are_named_by_node_and_then_by_id), TEST(clients_take_their_options_in_any_order),
      TEST(ids_to_draw_from_are_a_list_that_can_have_ranges), TEST(requests_have_an_exact_rate),
      TEST(loads_with_the_same_law_share_its_weights),
      TEST(a_line_names_a_hundred_thousand_ids_and_no_more), TEST(wrong_requests_get_a_diagnostic),
      TEST(an_id_with_blanks_or_of_the_language_is_quoted),
      TEST(requests_and_clients_have_a_timeout_of_their_own),
      TEST(clients_can_retry_and_requests_can_ramp),
      TEST(replies_under_every_are_numbered_from_time_to_time));
