#include "net/process/loader.h"
#include "net/process/program_output.h"

#include "support/net_loading.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the script prints for id 42 is this value. */
static void check_value(const char *script, const char *bytes, size_t size)
{
    struct loading loading;
    loading_open(&loading, script, "", 1);
    loading_start(&loading, "42");
    struct loaded loaded = loading_await(&loading);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_STRING_EQUAL(loaded.failure.text, "");
    struct text wanted = text_borrow(bytes, size);
    CU_ASSERT_TRUE(text_equal(&loaded.value, &wanted));
    text_clear(&loaded.value);
    loading_close(&loading);
}

/* The script fails for id 42, for this reason. */
static void check_failure(const char *script, const char *why)
{
    struct loading loading;
    loading_open(&loading, script, "", 1);
    loading_start(&loading, "42");
    struct loaded loaded = loading_await(&loading);
    CU_ASSERT_NOT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_STRING_EQUAL(loaded.failure.text, why);
    CU_ASSERT_EQUAL(text_size(&loaded.value), 0);
    loading_close(&loading);
}

static void what_the_program_prints_is_the_value(void)
{
    check_value("echo value of $1", "value of 42", 11);
    check_value("echo one; sleep 0.01; echo two", "one\ntwo", 7);
}

static void the_words_of_the_command_and_the_end_of_options_come_before_the_id(void)
{
    struct loading loading;
    loading_open(&loading, "for word; do echo \"<$word>\"; done", " \t -x  $HOME  'a b' ", 1);
    loading_start(&loading, "42");
    struct loaded loaded = loading_await(&loading);
    static const char words[] = "<-x>\n<$HOME>\n<'a>\n<b'>\n<-->\n<42>";
    struct text wanted = text_borrow(words, strlen(words));
    CU_ASSERT_TRUE(text_equal(&loaded.value, &wanted));
    text_clear(&loaded.value);
    loading_close(&loading);
}

static void a_program_without_a_slash_is_found_along_the_path(void)
{
    struct loading loading;
    loading_open_command(&loading, "basename", 1);
    loading_start(&loading, "7");
    struct loaded loaded = loading_await(&loading);
    struct text wanted = text_borrow("7", 1);
    CU_ASSERT_TRUE(text_equal(&loaded.value, &wanted));
    loading_close(&loading);
}

static void the_environment_holds_the_id_the_node_and_the_token(void)
{
    setenv("DPSIM_TOKEN", "another's", 1);
    check_value("echo $DPSIM_ID $DPSIM_NODE $DPSIM_TOKEN", "42 n1 -", 7);
    unsetenv("DPSIM_TOKEN");
    struct loading loading;
    loading_open(&loading, "echo $# $1 $DPSIM_TOKEN $DPSIM_TRY", "", 1);
    struct text id = text_borrow("42", 2), wanted = text_borrow("1 42 t1", 7);
    struct loader_task task = {.worker = {.slot = 7, .number = 1},
                               .id = &id,
                               .until_ns = LOADING_UNTIL_NS,
                               .ends_ns = LOADING_UNTIL_NS,
                               .token = "t1"};
    CU_ASSERT_EQUAL(loader_start(loading.loader, &task, LOADING_NOW_NS), OK);
    struct loaded loaded = loading_await(&loading);
    CU_ASSERT_TRUE(text_equal(&loaded.value, &wanted));
    loading_close(&loading);
}

static void one_newline_at_the_end_is_taken_off(void)
{
    check_value("printf '42\\n'", "42", 2);
    check_value("printf '42'", "42", 2);
    check_value("printf '42\\n\\n'", "42\n", 3);
    check_value("printf '\\n42'", "\n42", 3);
}

static void nothing_printed_is_a_value(void)
{
    check_value(":", "", 0);
    check_value("echo", "", 0);
}

static void a_value_is_any_bytes(void)
{
    check_value("printf '\\000\\377\\n\\001\\000'", "\0\xff\n\1\0", 5);
}

static void a_value_may_be_as_long_as_the_limit(void)
{
    char *zeros = calloc(1, LOADING_SIZE_MAX);
    check_value("head -c 1048576 /dev/zero", zeros, LOADING_SIZE_MAX);
    check_value("head -c 1048576 /dev/zero; echo", zeros, LOADING_SIZE_MAX);
    free(zeros);
}

static void one_byte_more_is_a_failure(void)
{
    check_failure("head -c 1048577 /dev/zero", "its output is longer than 1048576 bytes");
    check_failure("head -c 1048576 /dev/zero; echo; echo",
                  "its output is longer than 1048576 bytes");
}

static void one_that_prints_without_end_is_killed(void)
{
    struct loading loading;
    loading_open(&loading, "echo $$ > pid; exec yes", "", 1);
    loading_start(&loading, "42");
    struct loaded loaded = loading_await(&loading);
    CU_ASSERT_NOT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_TRUE(process_ends(scripts_number(&loading.scripts, "pid")));
    loading_close(&loading);
}

static void an_exit_status_is_a_failure_whatever_was_printed(void)
{
    check_failure("echo 42; exit 3", "exit status 3");
    check_failure("exit 127", "exit status 127");
}

static void a_signal_is_a_failure(void)
{
    check_failure("echo 42; kill -TERM $$", "ended by signal 15, Terminated");
}

static void signals_are_as_a_shell_gives_them(void)
{
    /* The spawner ignores and blocks some; a program must not. */
    check_value("grep -E '^Sig(Blk|Ign)' /proc/self/status | grep -c ' *0*$'", "2", 1);
    check_failure("kill -INT $$; sleep 1000", "ended by signal 2, Interrupt");
}

static void input_is_empty(void)
{
    check_value("cat", "", 0);
}

static char logged[4096];

static void keep_line(void *context, const struct text *id, const char *line)
{
    size_t size = strlen(logged);
    (void)context;
    snprintf(logged + size, sizeof logged - size, "%.*s: %s\n", id ? (int)text_size(id) : 1,
             id ? text_bytes(id) : "-", line);
}

/* Of one load, for this id. */
static void check_logged(const char *script, const char *id, const char *wanted)
{
    struct loading loading;
    logged[0] = '\0';
    loading_log(keep_line);
    loading_open(&loading, script, "", 1);
    loading_start(&loading, id);
    struct loaded loaded = loading_await(&loading);
    text_clear(&loaded.value);
    text_clear(&loaded.id);
    CU_ASSERT_STRING_EQUAL(logged, wanted);
    if (strcmp(logged, wanted) != 0)
        printf("\n%s---\n%s\n", logged, wanted);
    loading_close(&loading);
    loading_log(NULL);
}

static void standard_error_is_given_out_line_by_line_with_the_id(void)
{
    check_logged("echo one >&2; printf 'two\\033[2J' >&2; exit 1", "../-x",
                 "../-x: one\n../-x: two?[2J\n");
    check_logged("echo value", "42", "");
}

static void standard_error_is_bounded(void)
{
    char wanted[4096];
    size_t size = 0;
    for (unsigned i = 1; i <= PROGRAM_LINES_MAX; i++)
        size += (size_t)snprintf(wanted + size, sizeof wanted - size, "42: %u\n", i);
    snprintf(wanted + size, sizeof wanted - size, "42: (it prints more, which is left out)\n");
    check_logged("seq 100 >&2", "42", wanted);
    size = (size_t)snprintf(wanted, sizeof wanted, "42: ");
    memset(wanted + size, '0', PROGRAM_LINE_MAX);
    snprintf(wanted + size + PROGRAM_LINE_MAX, sizeof wanted - size - PROGRAM_LINE_MAX, "\n");
    check_logged("head -c 100000 /dev/zero | tr '\\0' 0 >&2", "42", wanted);
}

static void at_the_end_a_piece_of_a_line_is_a_line(void)
{
    int ends[2];
    struct program_output program;
    struct text id = text_borrow("42", 2);
    struct line_reader reader = {.take = keep_line, .id = &id};
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    logged[0] = '\0';
    program_output_open(&program, -1, ends[0]);
    CU_ASSERT_EQUAL(send(ends[1], "one\ntwo", 7, MSG_NOSIGNAL), 7);
    program_output_end_errors(&program, &reader);
    CU_ASSERT_STRING_EQUAL(logged, "42: one\n42: two\n");
    program_output_close(&program);
    close(ends[1]);
}

static void an_id_is_no_option_of_the_program(void)
{
    struct loading loading;
    loading_open_command(&loading, "basename", 1);
    loading_start(&loading, "--help");
    struct loaded loaded = loading_await(&loading);
    struct text wanted = text_borrow("--help", 6);
    CU_ASSERT_TRUE(text_equal(&loaded.value, &wanted));
    loading_close(&loading);
}

static void refused(const char *command, const char *words)
{
    int before = descriptors();
    struct failure failure = {0};
    struct loader_setup setup = {
        .command = command, .node = "n1", .at_once = 1, .limit_ns = NS_PER_S, .size_max = 100};
    CU_ASSERT_PTR_NULL(loader_new(&setup, &failure));
    CU_ASSERT_STRING_EQUAL(failure.text, words);
    CU_ASSERT_EQUAL(descriptors(), before);
}

static void a_program_that_is_not_there_is_refused_at_once(void)
{
    refused("no-such-program-here 1", "'no-such-program-here': No such file or directory");
    refused("/no/such/program", "'/no/such/program': No such file or directory");
    refused("/", "'/': Is a directory");
    refused("/etc/passwd x", "'/etc/passwd': Permission denied");
    refused(" \t ", "no program is named");
    refused("", "no program is named");
}

static void a_program_that_goes_away_fails_its_loads(void)
{
    struct loading loading;
    loading_open(&loading, "echo 42", "", 1);
    remove(loading.scripts.path);
    loading_start(&loading, "42");
    struct loaded loaded = loading_await(&loading);
    CU_ASSERT_NOT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_STRING_EQUAL(loaded.failure.text, "No such file or directory");
    loading_close(&loading);
}

static void what_is_no_id_fails_at_once(void)
{
    struct loading loading;
    loading_open(&loading, "echo 42", "", 1);
    loading_start(&loading, "a\tb");
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), 0);
    struct loaded loaded = loading_await(&loading);
    CU_ASSERT_NOT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_STRING_EQUAL(loaded.failure.text, "it is not for an id");
    CU_ASSERT_EQUAL(loader_wake_ns(loading.loader), TIME_NEVER);
    loading_close(&loading);
}

static void output_closed_early_is_waited_for(void)
{
    struct loading loading;
    loading_open(&loading, "echo 42; exec >&-; : > closed; until [ -e go ]; do sleep 0.01; done",
                 "", 1);
    loading_start(&loading, "42");
    char nothing[8];
    scripts_read(&loading.scripts, "closed", nothing, sizeof nothing);
    struct loaded loaded;
    for (int i = 0; i < 3; i++)
        CU_ASSERT_FALSE(loader_take(loading.loader, LOADING_NOW_NS, &loaded));
    scripts_touch(&loading.scripts, "go");
    loaded = loading_await(&loading);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_EQUAL(text_size(&loaded.value), 2);
    loading_close(&loading);
}

static void what_a_program_leaves_behind_is_killed_and_not_waited_for(void)
{
    struct loading loading;
    loading_open(&loading, "sleep 1000 & echo $! > pid; echo 42", "", 1);
    loading_start(&loading, "42");
    struct loaded loaded = loading_await(&loading);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_EQUAL(text_size(&loaded.value), 2);
    CU_ASSERT_TRUE(process_ends(scripts_number(&loading.scripts, "pid")));
    loading_close(&loading);
}

SUITE(net_loader, TEST(standard_error_is_given_out_line_by_line_with_the_id),
      TEST(standard_error_is_bounded), TEST(at_the_end_a_piece_of_a_line_is_a_line),
      TEST(an_id_is_no_option_of_the_program), TEST(what_the_program_prints_is_the_value),
      TEST(the_words_of_the_command_and_the_end_of_options_come_before_the_id),
      TEST(a_program_without_a_slash_is_found_along_the_path),
      TEST(the_environment_holds_the_id_the_node_and_the_token),
      TEST(one_newline_at_the_end_is_taken_off), TEST(nothing_printed_is_a_value),
      TEST(a_value_is_any_bytes), TEST(a_value_may_be_as_long_as_the_limit),
      TEST(one_byte_more_is_a_failure), TEST(one_that_prints_without_end_is_killed),
      TEST(an_exit_status_is_a_failure_whatever_was_printed), TEST(a_signal_is_a_failure),
      TEST(signals_are_as_a_shell_gives_them), TEST(input_is_empty),
      TEST(a_program_that_is_not_there_is_refused_at_once),
      TEST(a_program_that_goes_away_fails_its_loads), TEST(what_is_no_id_fails_at_once),
      TEST(output_closed_early_is_waited_for),
      TEST(what_a_program_leaves_behind_is_killed_and_not_waited_for));
