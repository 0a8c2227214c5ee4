/* The parser without memory: at every site, once and for good, it gives up in an orderly way. */
#include "scenario/parse.h"

#include "base/memory.h"
#include "support/memory_fail.h"
#include "support/suite.h"

#include <string.h>

static const char right[] =
    "nodes 5\nlatency n1 -> n5 40ms\nclock n2 +200ppm\nend 30s\nconnect\n"
    "request 1 2 an-id-of-more-than-15-bytes from n1,n2 as a\nrequest 7 as b\n"
    "clients 2 from each ids 1..50 zipf 1.1 until 20s\nrequests 5/s from any ids 1..50 zipf 1\n"
    "clients 2 from all ids a,b,an-id-of-more-than-15-bytes zipf 1\n"
    "partition n1,n2 | n3\ncut n1 -> n2,n3\nevery 1s crash n1,n2 until 5s\nexpect a ok\n"
    "expect workers 4\nexpect members n1,n2 on n1\nalways one-worker\n"
    "expect worker an-id-of-more-than-15-bytes\nload from tests/scenario/latencies.profile\n"
    "load 5ms on n2 id b,a\npartition owner 7 | others\npartition n1 | others\n";

static const char wrong[] = "ttl 5\nrequest 1 as a from n9\nexpect a ok\nfoo\nttl 6s\n\x01\n";

/* Lines enough to make each growing array grow again. */
static const char long_text[] =
    "heal\nheal\nheal\nheal\nheal\nheal\nheal\nheal\nheal\nheal\nexpect errors 0\nexpect errors 0\n"
    "expect errors 0\nexpect errors 0\nexpect errors 0\nexpect errors 0\nexpect errors 0\n"
    "expect errors 0\nexpect errors 0\nrequest 1 as a\nrequest 1 as b\nrequest 1 as c\n"
    "request 1 as d\nrequest 1 as e\nrequest 1 as f\nrequest 1 as g\nrequest 1 as h\n"
    "request 1 as i\nrequest 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n";

static const struct override overrides[] = {{"--set ttl=7s", "ttl", "7s"},
                                            {"--set clock=n1 +1ms", "clock", "n1 +1ms"}};

/* Parses and, if that went well, closes; whatever comes of it, nothing may be left. */
static enum error try_to_parse(const char *text)
{
    struct plan plan;
    char *diagnostics = NULL;
    enum error error =
        parse_scenario(&plan, "x.txt", text, strlen(text), overrides, 2, &diagnostics);
    if (error == OK)
        plan_close(&plan);
    CU_ASSERT_TRUE((error == ERROR_TEXT) == (diagnostics != NULL));
    memory_free(diagnostics);
    return error;
}

static void a_right_text_without_memory_leaves_nothing(void)
{
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, right, OK, false) > 20);
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, right, OK, true) > 20);
}

static void a_wrong_text_without_memory_leaves_nothing(void)
{
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, wrong, ERROR_TEXT, false) > 5);
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, wrong, ERROR_TEXT, true) > 5);
}

static void what_grows_again_without_memory_leaves_nothing(void)
{
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, long_text, OK, false) > 10);
    CU_ASSERT_TRUE(memory_fail_each(try_to_parse, long_text, OK, true) > 10);
}

SUITE(scenario_parse, TEST(a_right_text_without_memory_leaves_nothing),
      TEST(a_wrong_text_without_memory_leaves_nothing),
      TEST(what_grows_again_without_memory_leaves_nothing));
