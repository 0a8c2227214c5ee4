/* JSON: what RFC 8259 says is taken, and nothing else; each value is found where it is. */
#include "base/json.h"
#include "support/suite.h"

#include <string.h>

/* Parsed from a copy. */
static struct json json;
static char copy[4096];
static size_t wrong_at;

static enum error parse(const char *text)
{
    size_t size = strlen(text);
    CU_ASSERT_FATAL(size < sizeof copy);
    memcpy(copy, text, size);
    return json_parse(&json, copy, size, &wrong_at);
}

static uint64_t number_at(const char *key)
{
    uint64_t number = 12345;
    CU_ASSERT_TRUE(json_number(json_member(&json, json.values, key), &number));
    return number;
}

static void members_are_found_by_key(void)
{
    CU_ASSERT_EQUAL_FATAL(parse(" { \"a\" : [1, {\"b\": 2}, []] , \"b\":{},\"c\": 7 } "), OK);
    const struct json_value *list = json_member(&json, json.values, "a");
    CU_ASSERT_EQUAL_FATAL(list->kind, JSON_ARRAY);
    CU_ASSERT_EQUAL(list->size, 3);
    const struct json_value *one = json_first(list), *two = json_next(&json, list, one);
    const struct json_value *three = json_next(&json, list, two);
    uint64_t number;
    CU_ASSERT_TRUE(json_number(one, &number) && number == 1);
    CU_ASSERT_TRUE(json_number(json_member(&json, two, "b"), &number) && number == 2);
    CU_ASSERT_EQUAL(three->kind, JSON_ARRAY);
    CU_ASSERT_PTR_NULL(json_first(three));
    CU_ASSERT_PTR_NULL(json_next(&json, list, three));
    CU_ASSERT_EQUAL(number_at("c"), 7);
    CU_ASSERT_PTR_NULL(json_first(json_member(&json, json.values, "b")));
    CU_ASSERT_PTR_NULL(json_member(&json, json.values, "d"));
    CU_ASSERT_PTR_NULL(json_member(&json, list, "b"));
    CU_ASSERT_PTR_NULL(json_member(&json, NULL, "b"));
}

static void whole_numbers_are_exact(void)
{
    int64_t number;
    CU_ASSERT_EQUAL_FATAL(
        parse("{\"most\":18446744073709551615,\"more\":18446744073709551616,\"half\":0.5,"
              "\"low\":-9223372036854775808,\"lower\":-9223372036854775809,\"exp\":1e3,"
              "\"high\":9223372036854775807,\"higher\":9223372036854775808}"),
        OK);
    CU_ASSERT_EQUAL(number_at("most"), UINT64_MAX);
    uint64_t other;
    CU_ASSERT_FALSE(json_number(json_member(&json, json.values, "more"), &other));
    CU_ASSERT_FALSE(json_number(json_member(&json, json.values, "half"), &other));
    CU_ASSERT_FALSE(json_number(json_member(&json, json.values, "exp"), &other));
    CU_ASSERT_FALSE(json_number(json_member(&json, json.values, "low"), &other));
    CU_ASSERT_FALSE(json_number(NULL, &other));
    CU_ASSERT_TRUE(json_signed(json_member(&json, json.values, "low"), &number));
    CU_ASSERT_EQUAL(number, INT64_MIN);
    CU_ASSERT_FALSE(json_signed(json_member(&json, json.values, "lower"), &number));
    CU_ASSERT_TRUE(json_signed(json_member(&json, json.values, "high"), &number));
    CU_ASSERT_EQUAL(number, INT64_MAX);
    CU_ASSERT_FALSE(json_signed(json_member(&json, json.values, "higher"), &number));
}

static void strings_are_decoded(void)
{
    struct text text;
    CU_ASSERT_EQUAL_FATAL(
        parse("[\"a\\n\\\"\\\\\\/\\b\\f\\r\\t\", \"\\u00e4\\u20AC\\ud83d\\ude00\\u0000z\", \"\"]"),
        OK);
    const struct json_value *list = json.values, *one = json_first(list);
    const struct json_value *two = json_next(&json, list, one);
    CU_ASSERT_TRUE(json_is(one, "a\n\"\\/\b\f\r\t"));
    CU_ASSERT_FALSE(json_is(one, "a"));
    CU_ASSERT_TRUE_FATAL(json_text(two, &text));
    CU_ASSERT_EQUAL_FATAL(text_size(&text), 11);
    CU_ASSERT_EQUAL(memcmp(text_bytes(&text), "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\0z", 11), 0);
    CU_ASSERT_TRUE(json_is(json_next(&json, list, two), ""));
    CU_ASSERT_FALSE(json_text(list, &text));
}

static void what_is_no_json_is_refused_at_its_place(void)
{
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {{"", 0},
                 {"  ", 2},
                 {"{", 1},
                 {"[1,]", 3},
                 {"[1 2]", 3},
                 {"{\"a\" 1}", 5},
                 {"{\"a\":1,}", 7},
                 {"{a:1}", 1},
                 {"[1}", 2},
                 {"01", 1},
                 {"-", 1},
                 {"1.", 2},
                 {"1e", 2},
                 {"+1", 0},
                 {"nul", 0},
                 {"\"a", 2},
                 {"\"\\x\"", 2},
                 {"\"\\ud800\"", 7},
                 {"\"\\udc00\"", 7},
                 {"\"\\u12g4\"", 5},
                 {"\"\n\"", 1},
                 {"\"\xff\"", 1},
                 {"1 1", 2},
                 {"]", 0},
                 {"{\"a\":1]", 6},
                 {"\"\\ud800\\u0041\"", 13},
                 {"[", 1},
                 {"\"\\", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(parse(cases[i].text), ERROR_TEXT);
        if (wrong_at != cases[i].at)
            fprintf(stderr, "%s: at %zu, not at %zu\n", cases[i].text, cases[i].at, wrong_at);
        CU_ASSERT_EQUAL(wrong_at, cases[i].at);
    }
}

static void every_text_that_was_cut_is_refused(void)
{
    static const char text[] =
        "{\"a\":[1,{\"b\":\"\\u00e4\",\"c\":null},[true,-2.5e+3]],\"d\":\"\"}";
    char part[sizeof text];
    for (size_t size = 0; size + 1 < sizeof text; size++) {
        memcpy(part, text, size);
        CU_ASSERT_EQUAL(json_parse(&json, part, size, &wrong_at), ERROR_TEXT);
    }
    CU_ASSERT_EQUAL(parse(text), OK);
}

static void a_text_may_nest_deeply(void)
{
    for (size_t i = 0; i < sizeof copy / 2; i++) {
        copy[i] = '[';
        copy[sizeof copy - 1 - i] = ']';
    }
    CU_ASSERT_EQUAL(json_parse(&json, copy, sizeof copy, &wrong_at), OK);
    CU_ASSERT_EQUAL(json.count, sizeof copy / 2);
    json_close(&json);
}

SUITE(base_json, TEST(members_are_found_by_key), TEST(whole_numbers_are_exact),
      TEST(strings_are_decoded), TEST(what_is_no_json_is_refused_at_its_place),
      TEST(every_text_that_was_cut_is_refused), TEST(a_text_may_nest_deeply));
