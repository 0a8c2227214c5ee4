/* Whole texts: lines and their ends, diagnostics in numbers, hostile bytes, the command line. */
#include "base/memory.h"

#include "support/each.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What comes of `size` bytes, which may have NULs; the diagnostics are kept until the next call. */
static enum error outcome_of(const char *text, size_t size, const char **diagnostics)
{
    static char *kept;
    struct plan plan;
    memory_free(kept);
    enum error error = parse_scenario(&plan, "x.txt", text, size, NULL, 0, &kept);
    if (error == OK)
        plan_close(&plan);
    *diagnostics = kept ? kept : "";
    return error;
}

/* `text` so many times over, to be freed. */
static char *repeated(const char *text, size_t times)
{
    size_t size = strlen(text);
    char *all = malloc(size * times + 1);
    if (!all)
        abort();
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * size, text, size);
    all[size * times] = '\0';
    return all;
}

static void a_diagnostic_looks_like_a_compiler_s(void)
{
    CU_ASSERT_STRING_EQUAL(
        diagnostics_about("connect\n\n\n\n\n\n\n\n\n\n\n        lattency 5ms   # slow\n", NULL),
        "x.txt:12:9: error: 'lattency' is no statement; did you mean 'latency'?\n"
        "   12 |         lattency 5ms   # slow\n"
        "      |         ^\n");
}

static void the_caret_stands_under_its_word_behind_tabs_and_wide_letters(void)
{
    CU_ASSERT_STRING_EQUAL(diagnostics_about("\t\tcrash\tn9", NULL),
                           "x.txt:1:9: error: n9: the scenario has 3 nodes (n1..n3)\n"
                           "    1 | \t\tcrash\tn9\n"
                           "      | \t\t     \t^\n");
    CU_ASSERT_STRING_EQUAL(diagnostics_about("request éé 2..1", NULL),
                           "x.txt:1:12: error: '2..1': the first end is above the second one\n"
                           "    1 | request éé 2..1\n"
                           "      |            ^\n");
}

static void a_long_line_is_shown_round_the_caret(void)
{
    char text[400] = "request ";
    memset(text + 8, 'x', 50);
    memset(text + 58, ' ', 100);
    strcpy(text + 158, "9..1");
    memset(text + 162, ' ', 1);
    memset(text + 163, 'y', 100);
    const char *got = diagnostics_about(text, NULL);
    char wanted[600];
    char blanks[60] = "", letters[40] = "";
    memset(blanks, ' ', 59);
    memset(letters, 'y', 36);
    snprintf(wanted, sizeof wanted,
             "x.txt:1:159: error: '9..1': the first end is above the second one\n"
             "    1 | …%s9..1 %s…\n      |  %s^\n",
             blanks, letters, blanks);
    CU_ASSERT_STRING_EQUAL(got, wanted);
}

static void a_high_line_number_keeps_the_caret_in_place(void)
{
    char *lines = repeated("\n", 123455);
    char *text = malloc(123455 + 10);
    if (!text)
        abort();
    sprintf(text, "%sfoo", lines);
    CU_ASSERT_STRING_EQUAL(diagnostics_about(text, NULL),
                           "x.txt:123456:1: error: 'foo' is no statement\n"
                           "123456 | foo\n       | ^\n");
    free(text);
    free(lines);
}

static void all_kinds_of_line_ends_are_the_same(void)
{
    struct plan plan = parsed("\xef\xbb\xbfnodes 4\r\nconnect\r\nheal");
    CU_ASSERT_EQUAL(plan.settings.nodes, 4);
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 2);
    CU_ASSERT_EQUAL(plan.actions[1].line, 3);
    CU_ASSERT_STRING_EQUAL(plan.actions[0].text, "connect");
    plan_close(&plan);
    diagnostic_is("connect\r\nfoo\r\n", 2, 1, "'foo' is no statement");
    CU_ASSERT_EQUAL(times_in("1:9: error: byte 0x0d", diagnostics_about("connect \rn1", NULL)), 1);
}

static void a_comment_may_have_any_bytes(void)
{
    struct plan plan =
        parsed("connect # \x01\xff\x1b[31m \xc2\xa0 nodes 0\n# heal\n   #heal\n\t\n");
    CU_ASSERT_EQUAL(plan.actions_count, 1);
    plan_close(&plan);
}

static void bytes_that_could_steer_a_terminal_are_never_shown(void)
{
    static const char text[] = "connect \x1b[31mn1\nnodes\x07\nfoo\xc2\x9b"
                               "31m\nfoo\xe2\x80\xae\nfoo\0bar\n\xff\xfe\n";
    const char *diagnostics;
    CU_ASSERT_EQUAL(outcome_of(text, sizeof text - 1, &diagnostics), ERROR_TEXT);
    CU_ASSERT_EQUAL(times_in("error: byte 0x", diagnostics), 6);
    CU_ASSERT_EQUAL(times_in("\x1b", diagnostics) + times_in("\x07", diagnostics), 0);
    CU_ASSERT_EQUAL(times_in("\xc2\x9b", diagnostics) + times_in("\xe2\x80\xae", diagnostics), 0);
    CU_ASSERT_EQUAL(times_in("\xff", diagnostics), 0);
    CU_ASSERT_EQUAL(times_in("byte 0x00: neither printable UTF-8 nor a space or a tab\n"
                             "    5 | foo\xef\xbf\xbd"
                             "bar\n"
                             "      |    ^\n",
                             diagnostics),
                    1);
}

static void text_in_utf_16_gets_a_diagnostic_of_its_own(void)
{
    const char *diagnostics;
    CU_ASSERT_EQUAL(outcome_of("\xff\xfen\0o\0", 6, &diagnostics), ERROR_TEXT);
    CU_ASSERT_STRING_EQUAL(diagnostics, "x.txt: error: this is UTF-16 text; a scenario is UTF-8\n");
}

static void twenty_diagnostics_are_printed_and_the_rest_counted(void)
{
    char *text = repeated("foo\n", 27);
    const char *diagnostics = diagnostics_about(text, NULL);
    CU_ASSERT_EQUAL(times_in("error:", diagnostics), 20);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics, "x.txt:20:1: error: 'foo' is no statement\n"
                                               "   20 | foo\n      | ^\n… and 7 more\n"));
    free(text);
    text = repeated("foo\n", 20);
    CU_ASSERT_EQUAL(times_in("more", diagnostics_about(text, NULL)), 0);
    free(text);
}

static void a_line_has_65536_bytes_at_most(void)
{
    const char *diagnostics;
    char *text = repeated(" ", PARSE_LINE_MAX + 1);
    memcpy(text, "heal", 4);
    CU_ASSERT_EQUAL(outcome_of(text, PARSE_LINE_MAX, &diagnostics), OK);
    CU_ASSERT_EQUAL(outcome_of(text, PARSE_LINE_MAX + 1, &diagnostics), ERROR_TEXT);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        diagnostics,
        "x.txt:1:1: error: a line of 65537 bytes; at most 65536 can be read\n    1 | heal "));
    CU_ASSERT_TRUE(strlen(diagnostics) < 400);
    free(text);
}

static void a_text_has_sixteen_mebibytes_at_most(void)
{
    const char *diagnostics;
    /* Comments of 64 bytes a line, one byte too many of them in all. */
    char *text = repeated("# a comment of sixty-four bytes, which counts as any other text\n",
                          PARSE_TEXT_MAX / 64 + 1);
    CU_ASSERT_EQUAL(outcome_of(text, PARSE_TEXT_MAX, &diagnostics), OK);
    CU_ASSERT_EQUAL(outcome_of(text, PARSE_TEXT_MAX + 1, &diagnostics), ERROR_TEXT);
    CU_ASSERT_STRING_EQUAL(diagnostics,
                           "x.txt: error: 16777217 bytes; a scenario has at most 16777216\n");
    free(text);
}

static void a_text_has_a_million_actions_at_most(void)
{
    if (each() > 1)
        return; /* a million lines that are alike */
    char *text = repeated("heal\n", PARSE_ACTIONS_MAX + 5);
    const char *diagnostics;
    CU_ASSERT_EQUAL(outcome_of(text, strlen(text), &diagnostics), ERROR_TEXT);
    CU_ASSERT_STRING_EQUAL(diagnostics,
                           "x.txt:1000001:1: error: a scenario has 1000000 actions at most\n"
                           "1000001 | heal\n        | ^\n");
    free(text);
}

static void ids_are_bounded_however_the_lines_end(void)
{
    static const char *const lines[] = {"request 1..100000\n", "request 1..99999 2..x\n"};
    for (int i = 0; i < 2; i++) {
        char *text = repeated(lines[i], 200);
        const char *diagnostics;
        CU_ASSERT_EQUAL(outcome_of(text, strlen(text), &diagnostics), ERROR_TEXT);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(diagnostics, "x.txt:11:9: error: a scenario can name 1000000 ids at most\n"));
        CU_ASSERT_PTR_NULL(strstr(diagnostics, "x.txt:12:"));
        free(text);
    }
}

static void replies_are_bounded(void)
{
    diagnostic_is("nodes 100000\nrequest 1..9 from all as a\nrequest 1..2 from all as b", 3, 26,
                  "a scenario can name 1000000 replies at most");
}

static void many_nodes_in_many_lines_cost_no_more_than_one_list(void)
{
    char *lines = repeated("connect\ncrash all\n", 50000);
    char *text = malloc(strlen(lines) + 20);
    if (!text)
        abort();
    sprintf(text, "nodes 100000\n%s", lines);
    struct plan plan = parsed(text);
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 100000);
    CU_ASSERT_EQUAL(plan.actions[99999].nodes.count, 100000);
    CU_ASSERT_PTR_EQUAL(plan.actions[99999].nodes.nodes, plan.actions[0].nodes.nodes);
    plan_close(&plan);
    free(text);
    free(lines);
}

static void rubbish_of_any_kind_ends_in_diagnostics(void)
{
    static const char *const words[] = {
        "at ", "every 1s ",     "wait ", "(",  "1e999", "-",    "=",
        "n",   "request from ", ",",     "..", "\"",    "%s%n", "request 1 as a "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *text = repeated(words[i], 200);
        const char *diagnostics;
        CU_ASSERT_EQUAL(outcome_of(text, strlen(text), &diagnostics), ERROR_TEXT);
        CU_ASSERT_EQUAL(times_in("error:", diagnostics), 1);
        free(text);
    }
}

static void the_command_line_wins_over_the_text(void)
{
    static const char *const settings[] = {"ttl=30s", "route=ring",           "nodes=7",
                                           "seed=9",  "load=exp 5ms min 1ms", NULL};
    struct plan plan = parsed_with("nodes 3\nttl 5s\nload 1ms\nconnect n7\nload 2ms\n", settings);
    CU_ASSERT_EQUAL(plan.settings.ttl_ns, 30 * NS_PER_S);
    CU_ASSERT_EQUAL(plan.settings.route, ROUTE_RING);
    CU_ASSERT_EQUAL(plan.settings.nodes, 7);
    CU_ASSERT_EQUAL(plan.settings.seed, 9);
    CU_ASSERT_EQUAL(plan.settings.load.kind, DISTRIBUTION_EXPONENTIAL);
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 2);
    CU_ASSERT_EQUAL(plan.actions[1].kind, ACTION_LOAD);
    plan_close(&plan);
}

static void the_last_of_equal_options_holds(void)
{
    static const char *const settings[] = {"nodes=9", "clock=n4 +1ms", "nodes=4", NULL};
    struct plan plan = parsed_with("connect n4", settings);
    CU_ASSERT_EQUAL(plan.settings.nodes, 4);
    plan_close(&plan);
    CU_ASSERT_STRING_EQUAL(diagnostics_about("connect n5", settings),
                           "x.txt:1:9: error: n5: the scenario has 4 nodes (n1..n4)\n"
                           "    1 | connect n5\n      |         ^\n");
}

static void links_and_clocks_of_the_command_line_are_set_after_those_of_the_text(void)
{
    static const char *const settings[] = {"clock=n2 +200ppm", "latency=n1 -> n2 9ms", NULL};
    struct plan plan =
        parsed_with("latency n1 -> n2 1ms\nloss n1 -> n2 1%\nclock n2 +1ms\nheal\n", settings);
    static const enum action_kind kinds[] = {ACTION_LATENCY, ACTION_LOSS,    ACTION_CLOCK,
                                             ACTION_CLOCK,   ACTION_LATENCY, ACTION_HEAL};
    static const uint32_t lines[] = {1, 2, 3, 0, 0, 4};
    CU_ASSERT_EQUAL_FATAL(plan.actions_count, 6);
    for (int i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(plan.actions[i].kind, kinds[i]);
        CU_ASSERT_EQUAL(plan.actions[i].line, lines[i]);
        CU_ASSERT_EQUAL(plan.actions[i].initial, i < 5);
    }
    CU_ASSERT_STRING_EQUAL(plan.actions[4].text, "latency n1 -> n2 9ms");
    plan_close(&plan);
}

static void wrong_options_are_printed_as_they_were_given(void)
{
    static const struct {
        const char *settings[3];
        const char *diagnostics;
    } wrong[] = {
        {{"tttl=5s"}, "dpsim: --set tttl=5s: 'tttl' is no setting; did you mean 'ttl'?\n"},
        {{"connect=n1"}, "dpsim: --set connect=n1: 'connect' is no setting\n"},
        {{"ttl 5s=6s"}, "dpsim: --set ttl 5s=6s: 'ttl 5s' is no setting\n"},
        {{"nodes=0"}, "dpsim: --set nodes=0: nodes '0': want a whole number of 1..100000\n"},
        {{"ttl="}, "dpsim: --set ttl=: ttl: want a duration, such as 5s\n"},
        {{"ttl=5s 6s"},
         "dpsim: --set ttl=5s 6s: '6s' makes no sense here; the form is: ttl 5s "
         "[jitter 10%]\n"},
        {{"ttl=5s\n6s"},
         "dpsim: --set ttl=5s\xef\xbf\xbd"
         "6s: no printable UTF-8 text\n"},
        {{"suspect=1ms"},
         "dpsim: --set suspect=1ms: 'suspect' (1ms) must be longer than 'heartbeat' (200ms)\n"},
        {{"latency=n1 -> n9 5ms", "seed=x"},
         "dpsim: --set latency=n1 -> n9 5ms: n9: the scenario has 3 nodes (n1..n3)\n"
         "dpsim: --set seed=x: seed 'x': want a whole number of 0..2^64-1\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_STRING_EQUAL(diagnostics_about("heal", wrong[i].settings), wrong[i].diagnostics);
}

static void of_two_settings_that_contradict_the_later_one_is_named(void)
{
    static const char *const settings[] = {"heartbeat=3s", NULL};
    CU_ASSERT_STRING_EQUAL(
        diagnostics_about("suspect 2s", settings),
        "dpsim: --set heartbeat=3s: 'suspect' (2s) must be longer than 'heartbeat' (3s)\n");
    struct plan plan = parsed_with("heartbeat 1500ms\nsuspect 5s", settings);
    CU_ASSERT_EQUAL(plan.settings.heartbeat_ns, 3 * NS_PER_S);
    plan_close(&plan);
}

static void what_the_command_line_overrides_must_still_be_right(void)
{
    static const char *const settings[] = {"ttl=30s", NULL};
    CU_ASSERT_EQUAL(times_in("error:", diagnostics_about("ttl 5", settings)), 1);
    CU_ASSERT_EQUAL(
        times_in("is set in line 1 already", diagnostics_about("ttl 5s\nttl 6s", settings)), 1);
}

SUITE(scenario_parse, TEST(a_diagnostic_looks_like_a_compiler_s),
      TEST(the_caret_stands_under_its_word_behind_tabs_and_wide_letters),
      TEST(a_long_line_is_shown_round_the_caret), TEST(a_high_line_number_keeps_the_caret_in_place),
      TEST(all_kinds_of_line_ends_are_the_same), TEST(a_comment_may_have_any_bytes),
      TEST(bytes_that_could_steer_a_terminal_are_never_shown),
      TEST(text_in_utf_16_gets_a_diagnostic_of_its_own),
      TEST(twenty_diagnostics_are_printed_and_the_rest_counted),
      TEST(a_line_has_65536_bytes_at_most), TEST(a_text_has_sixteen_mebibytes_at_most),
      TEST(a_text_has_a_million_actions_at_most), TEST(ids_are_bounded_however_the_lines_end),
      TEST(replies_are_bounded), TEST(many_nodes_in_many_lines_cost_no_more_than_one_list),
      TEST(rubbish_of_any_kind_ends_in_diagnostics), TEST(the_command_line_wins_over_the_text),
      TEST(the_last_of_equal_options_holds),
      TEST(links_and_clocks_of_the_command_line_are_set_after_those_of_the_text),
      TEST(wrong_options_are_printed_as_they_were_given),
      TEST(of_two_settings_that_contradict_the_later_one_is_named),
      TEST(what_the_command_line_overrides_must_still_be_right));
