/* A plan's settings as the head of a trace has them. */
#include "scenario/plan.h"

#include "scenario/plan_printer.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

static void settings_are_written_as_people_write_them(void)
{
    char text[1024];
    struct plan plan = parsed("");
    static const char wanted[] =
        "\"nodes\":3,\"seed\":1,\"ttl\":\"5s\",\"route\":\"modulo\",\"expire\":\"start\","
        "\"fallback\":\"local\",\"timeout\":\"1s\",\"retry\":\"400ms\",\"mailbox\":1024,"
        "\"load\":\"0ms\",\"load-fail\":\"0%\",\"work\":\"0ms\",\"latency\":\"1ms\",\"loss\":\"0%"
        "\","
        "\"duplicate\":\"0%\",\"reorder\":\"off\",\"heartbeat\":\"200ms\",\"suspect\":\"1s\","
        "\"membership\":\"heartbeat\",\"trace\":\"all\"";
    CU_ASSERT_EQUAL(plan_settings_json(&plan, text, sizeof text), strlen(wanted));
    CU_ASSERT_STRING_EQUAL(text, wanted);
    plan_close(&plan);
}

static void every_setting_can_be_read_back(void)
{
    char text[1024];
    struct plan plan = parsed(
        "nodes 7\nseed 18446744073709551615\nttl 1.5s\nroute self-first\nexpire idle\n"
        "fallback none\nload 20ms..80.5ms\nload-fail 0.0000001%\nwork exp 5ms min 1ms\n"
        "latency lognormal 8ms 0.5\nloss 12.5%\nreorder on\nmembership static\nend 30s\ntrace off");
    plan_settings_json(&plan, text, sizeof text);
    static const char *const parts[] = {"\"seed\":18446744073709551615,",
                                        "\"ttl\":\"1.5s\"",
                                        "\"route\":\"self-first\"",
                                        "\"expire\":\"idle\"",
                                        "\"fallback\":\"none\"",
                                        "\"load\":\"20ms..80.5ms\"",
                                        "\"load-fail\":\"0.0000001%\"",
                                        "\"work\":\"exp 5ms min 1ms\"",
                                        "\"latency\":\"lognormal 8ms 0.5\"",
                                        "\"loss\":\"12.5%\"",
                                        "\"reorder\":\"on\"",
                                        "\"membership\":\"static\"",
                                        "\"end\":\"30s\"",
                                        "\"trace\":\"off\""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text, parts[i]));
    plan_close(&plan);
}

static void text_that_is_too_short_is_cut_and_says_how_long_it_should_be(void)
{
    char text[16], other[1024];
    struct plan plan = parsed("");
    size_t size = plan_settings_json(&plan, other, sizeof other);
    memset(text, 'x', sizeof text);
    CU_ASSERT_EQUAL(plan_settings_json(&plan, text, 8), size);
    CU_ASSERT_STRING_EQUAL(text, "\"nodes\"");
    CU_ASSERT_EQUAL(text[8], 'x');
    CU_ASSERT_EQUAL(plan_settings_json(&plan, NULL, 0), size);
    plan_close(&plan);
}

SUITE(scenario_plan, TEST(settings_are_written_as_people_write_them),
      TEST(every_setting_can_be_read_back),
      TEST(text_that_is_too_short_is_cut_and_says_how_long_it_should_be));
