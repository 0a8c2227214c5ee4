/* A plan's settings as the head of a trace has them. */
#include "scenario/plan.h"

#include "scenario/plan_printer.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

static void settings_json(const struct plan *plan, char *text, size_t size)
{
    struct string_builder out = string_builder_over(text, size);
    plan_settings_json(&out, &plan->settings);
    CU_ASSERT_FALSE(out.failed);
}

static void settings_are_written_as_people_write_them(void)
{
    char text[1024];
    struct plan plan = parsed("");
    static const char wanted[] =
        "\"nodes\":3,\"seed\":1,\"ttl\":\"5s\",\"route\":\"modulo\",\"expire\":\"start\","
        "\"fallback\":\"local\",\"timeout\":\"1s\",\"retry\":\"400ms\",\"mailbox\":1024,\"held\":"
        "100000,"
        "\"load\":\"0ms\",\"load-fail\":\"0%\",\"work\":\"0ms\",\"latency\":\"1ms\",\"loss\":\"0%"
        "\","
        "\"duplicate\":\"0%\",\"reorder\":\"off\",\"ties\":\"off\",\"heartbeat\":\"200ms\","
        "\"suspect\":\"1s\","
        "\"membership\":\"heartbeat\",\"trace\":\"all\"";
    settings_json(&plan, text, sizeof text);
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
    settings_json(&plan, text, sizeof text);
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

static void the_longest_setting_fits_into_a_setting_line(void)
{
    char text[SETTING_LINE_SIZE];
    struct string_builder line = string_builder_over(text, sizeof text);
    struct plan plan =
        parsed("latency lognormal 999999999.999999999s 9.999999 min 999999999.999999998s");
    plan_setting_line(&line, &plan.settings, SETTING_LATENCY);
    CU_ASSERT_FALSE(line.failed);
    CU_ASSERT_STRING_EQUAL(
        text, "latency lognormal 999999999.999999999s 9.999999 min 999999999.999999998s");
    plan_close(&plan);
}

static void a_set_of_ids_has_the_numbers_of_its_range_as_they_are_written(void)
{
    struct id_set set = {.first = 5, .count = 6};
    static const struct {
        const char *id;
        bool in;
    } ids[] = {{"4", false},  {"5", true},   {"10", true}, {"11", false},
               {"05", false}, {"5a", false}, {"x", false}, {"18446744073709551616", false}};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct text id = text_borrow(ids[i].id, strlen(ids[i].id));
        CU_ASSERT_EQUAL(id_set_has(&set, &id), ids[i].in);
        CU_ASSERT_TRUE(id_set_has(&(struct id_set){.count = 0}, &id));
    }
}

static void a_set_of_ids_has_the_texts_that_it_lists(void)
{
    struct plan plan = parsed("load 5ms id zebra,a,an-id-of-more-than-15-bytes,\"b c\",10,9,9,aa");
    const struct id_set *set = &plan.actions[0].as.set.ids;
    static const char *const in[] = {
        "a", "aa", "b c", "9", "10", "zebra", "an-id-of-more-than-15-bytes"};
    static const char *const out[] = {"aaa", "b", "1", "c", "an-id-of-more-than-15-byte", "zebraz"};
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        CU_ASSERT_TRUE(id_set_has(set, &(struct text[]){text_borrow(in[i], strlen(in[i]))}[0]));
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        CU_ASSERT_FALSE(id_set_has(set, &(struct text[]){text_borrow(out[i], strlen(out[i]))}[0]));
    plan_close(&plan);
}

static void settings_without_a_value_are_left_out(void)
{
    char text[2048];
    struct plan plan = parsed("");
    settings_json(&plan, text, sizeof text);
    static const char *const none[] = {"end",   "fail-ttl", "load-at-once",
                                       "limit", "absent",   "clock"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CU_ASSERT_PTR_NULL(strstr(text, none[i]));
    plan_close(&plan);
    plan = parsed("nodes 5\nttl 5s jitter 12.5%\nfail-ttl 1s\nload-at-once 64\nlimit memory 1536M\n"
                  "absent n5,n4\nfallback owner\nlatency from tests/scenario/latencies.profile");
    settings_json(&plan, text, sizeof text);
    static const char *const some[] = {"\"ttl\":\"5s jitter 12.5%\"",
                                       "\"fail-ttl\":\"1s\"",
                                       "\"load-at-once\":64",
                                       "\"limit\":\"memory 1536M\"",
                                       "\"absent\":\"n4,n5\"",
                                       "\"fallback\":\"owner\"",
                                       "\"latency\":\"from tests/scenario/latencies.profile\""};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text, some[i]));
    plan_close(&plan);
}

SUITE(scenario_plan, TEST(settings_are_written_as_people_write_them),
      TEST(every_setting_can_be_read_back), TEST(the_longest_setting_fits_into_a_setting_line),
      TEST(a_set_of_ids_has_the_numbers_of_its_range_as_they_are_written),
      TEST(a_set_of_ids_has_the_texts_that_it_lists), TEST(settings_without_a_value_are_left_out));
