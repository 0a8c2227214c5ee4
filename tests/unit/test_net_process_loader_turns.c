/* Programs that do the work of turns, one for each or one that is kept. */
#include "net/process/loader.h"

#include "support/net_loading.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The example of sim/net/config/README.md, with its process at the end of each answer. */
#define KEPT                                                                                       \
    "while read -r size try token; do\n"                                                           \
    "  payload=$(head -c \"$size\"); answer=\"$1 $token $payload $$\"\n"                           \
    "  case $payload in\n"                                                                         \
    "    fail) printf 'failed 2\\nno'; continue ;;\n"                                              \
    "    fails) printf 'failed 0\\n'; continue ;;\n"                                               \
    "    die) exit 3 ;;\n"                                                                         \
    "    bad) echo bad; continue ;;\n"                                                             \
    "    more) answer=\"$answer\"; printf '%s\\n%sxyz' ${#answer} \"$answer\"; continue ;;\n"      \
    "  esac\n"                                                                                     \
    "  printf '%s\\n%s' ${#answer} \"$answer\"\n"                                                  \
    "done"

/* The turn that ends next has this answer. */
static void check_answer(struct loading *loading, const char *wanted)
{
    struct loaded loaded = loading_await(loading);
    struct text text = text_borrow(wanted, strlen(wanted));
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    CU_ASSERT_STRING_EQUAL(loaded.failure.text, "");
    CU_ASSERT_TRUE(text_equal(&loaded.value, &text));
    text_clear(&loaded.value);
}

/* Or it fails, for this reason and with these errors. */
static void check_failure(struct loading *loading, const char *why, const char *errors)
{
    struct loaded loaded = loading_await(loading);
    struct text text = text_borrow(errors, strlen(errors));
    CU_ASSERT_TRUE(loaded.began);
    CU_ASSERT_STRING_EQUAL(loaded.failure.text, why);
    CU_ASSERT_TRUE(text_equal(&loaded.errors, &text));
    text_clear(&loaded.errors);
}

/* The number at the end of the answer. */
static int answering_process(struct loading *loading)
{
    char bytes[200];
    struct loaded loaded = loading_await(loading);
    CU_ASSERT_EQUAL(loaded.failure.error, OK);
    snprintf(bytes, sizeof bytes, "%.*s", (int)text_size(&loaded.value), text_bytes(&loaded.value));
    text_clear(&loaded.value);
    const char *last = strrchr(bytes, ' ');
    return last ? atoi(last + 1) : 0;
}

static void a_turn_has_the_id_the_token_and_the_payload(void)
{
    struct loading loading;
    loading_open_turns(&loading, "echo $# $1 $2 $DPSIM_ID $DPSIM_TOKEN $DPSIM_TRY; cat",
                       LOADER_OF_TURNS, 2);
    loading_start_turn(&loading, 1, "42", "a payload of\ntwo lines", LOADING_UNTIL_NS);
    check_answer(&loading, "2 42 t1 42 t1 1\na payload of\ntwo lines");
    loading_start_turn(&loading, 1, "42", NULL, LOADING_UNTIL_NS);
    check_answer(&loading, "2 42 t1 42 t1 1");
    loading_close(&loading);
}

static void a_payload_may_be_a_mebibyte_and_need_not_be_read(void)
{
    struct loading loading;
    char *most = malloc(PAYLOAD_MAX + 1);
    memset(most, 'x', PAYLOAD_MAX);
    most[PAYLOAD_MAX] = '\0';
    loading_open_turns(&loading, "case $1 in long) cat ;; *) echo $1 ;; esac", LOADER_OF_TURNS, 2);
    loading_start_turn(&loading, 1, "long", most, LOADING_UNTIL_NS);
    check_answer(&loading, most);
    loading_start_turn(&loading, 1, "short", most, LOADING_UNTIL_NS);
    check_answer(&loading, "short");
    loading_close(&loading);
    free(most);
}

static void a_turn_that_fails_has_its_status_and_its_errors(void)
{
    struct loading loading;
    loading_open_turns(&loading, "echo one >&2; printf two >&2; exit 3", LOADER_OF_TURNS, 1);
    loading_start_turn(&loading, 1, "42", NULL, LOADING_UNTIL_NS);
    check_failure(&loading, "exit status 3", "one\ntwo\n");
    loading_close(&loading);
}

static void the_next_turn_of_an_id_waits_for_the_end_of_the_one_that_is_killed(void)
{
    struct loading loading;
    loading_open_turns(&loading,
                       "if [ -e first ]; then kill -0 $(cat first) 2>/dev/null && echo two || "
                       "echo one; exit; fi\n"
                       "echo $$ >first; sleep 1000",
                       LOADER_OF_TURNS, 4);
    loading_start_turn(&loading, 1, "42", NULL, LOADING_UNTIL_NS);
    int first = scripts_number(&loading.scripts, "first");
    loader_end(loading.loader, (struct worker_ref){7, 1});
    loading_start_turn(&loading, 2, "42", NULL, LOADING_UNTIL_NS);
    check_answer(&loading, "one");
    CU_ASSERT_TRUE(process_ends(first));
    loading_close(&loading);
}

static void those_wait_least_whose_time_is_up_first(void)
{
    struct loading loading;
    loading_open_turns(&loading, "echo $1", LOADER_OF_TURNS, 1);
    loading_start_turn(&loading, 1, "first", NULL, LOADING_UNTIL_NS);
    loading_start_turn(&loading, 2, "late", NULL, LOADING_UNTIL_NS + 2);
    loading_start_turn(&loading, 3, "soon", NULL, LOADING_UNTIL_NS + 1);
    check_answer(&loading, "first");
    check_answer(&loading, "soon");
    check_answer(&loading, "late");
    loading_close(&loading);
}

static void a_turn_whose_time_is_up_does_not_begin(void)
{
    struct loading loading;
    struct loaded loaded;
    loading_open_turns(&loading, "sleep 1000", LOADER_OF_TURNS, 1);
    loading_start_turn(&loading, 1, "1", NULL, LOADING_UNTIL_NS);
    loading_start_turn(&loading, 2, "2", NULL, LOADING_NOW_NS + 1);
    CU_ASSERT_TRUE_FATAL(loader_take(loading.loader, LOADING_NOW_NS + 1, &loaded));
    CU_ASSERT_TRUE(loaded.worker.number == 2 && !loaded.began);
    text_clear(&loaded.id);
    CU_ASSERT_TRUE_FATAL(loader_take(loading.loader, LOADING_NOW_NS + LOADING_LIMIT_NS, &loaded));
    CU_ASSERT_TRUE(loaded.worker.number == 1 && loaded.began);
    CU_ASSERT_STRING_EQUAL(loaded.failure.text, "it had not ended at its time limit");
    text_clear(&loaded.id);
    loading_close(&loading);
}

/* ---- kept programs ------------------------------------------------------------------------- */

static void a_kept_program_has_many_turns(void)
{
    struct loading loading;
    loading_open_turns(&loading, KEPT, LOADER_KEEPS, 2);
    loading_start_turn(&loading, 1, "42", "abc", LOADING_UNTIL_NS);
    int process = answering_process(&loading);
    for (int i = 0; i < 20; i++) {
        loading_start_turn(&loading, 1, "42", i % 2 ? "def" : NULL, LOADING_UNTIL_NS);
        CU_ASSERT_EQUAL(answering_process(&loading), process);
    }
    loading_start_turn(&loading, 2, "43", "abc", LOADING_UNTIL_NS);
    CU_ASSERT_NOT_EQUAL(answering_process(&loading), process);
    loading_close(&loading);
}

static void a_kept_program_goes_on_after_a_turn_that_it_says_has_failed(void)
{
    struct loading loading;
    loading_open_turns(&loading, KEPT, LOADER_KEEPS, 1);
    loading_start_turn(&loading, 1, "42", "abc", LOADING_UNTIL_NS);
    int process = answering_process(&loading);
    loading_start_turn(&loading, 1, "42", "fail", LOADING_UNTIL_NS);
    check_failure(&loading, "no", "");
    loading_start_turn(&loading, 1, "42", "fails", LOADING_UNTIL_NS);
    check_failure(&loading, "its program gave no reason", "");
    loading_start_turn(&loading, 1, "42", "abc", LOADING_UNTIL_NS);
    CU_ASSERT_EQUAL(answering_process(&loading), process);
    loading_close(&loading);
}

static void one_that_ends_or_gives_no_answer_is_followed_by_another(void)
{
    struct loading loading;
    loading_open_turns(&loading, KEPT, LOADER_KEEPS, 1);
    loading_start_turn(&loading, 1, "42", "die", LOADING_UNTIL_NS);
    check_failure(&loading, "exit status 3", "");
    loading_start_turn(&loading, 1, "42", "bad", LOADING_UNTIL_NS);
    check_failure(&loading, "what it printed is no answer", "");
    loading_start_turn(&loading, 1, "42", "more", LOADING_UNTIL_NS);
    check_failure(&loading, "what it printed is no answer", "");
    loading_start_turn(&loading, 1, "42", "abc", LOADING_UNTIL_NS);
    CU_ASSERT_NOT_EQUAL(answering_process(&loading), 0);
    loading_close(&loading);
}

static void a_kept_program_ends_with_its_worker(void)
{
    struct loading loading;
    loading_open_turns(&loading, KEPT, LOADER_KEEPS, 2);
    loading_start_turn(&loading, 1, "42", "abc", LOADING_UNTIL_NS);
    int process = answering_process(&loading);
    loader_end(loading.loader, (struct worker_ref){7, 1});
    CU_ASSERT_TRUE(process_ends(process));
    loading_start_turn(&loading, 2, "42", "abc", LOADING_UNTIL_NS);
    CU_ASSERT_NOT_EQUAL(answering_process(&loading), process);
    loading_close(&loading);
}

static void where_there_is_no_room_the_longest_idle_gives_way(void)
{
    struct loading loading;
    loading_open_turns(&loading, KEPT, LOADER_KEEPS, 2);
    loading_start_turn(&loading, 1, "1", "abc", LOADING_UNTIL_NS);
    int first = answering_process(&loading);
    loading_start_turn(&loading, 2, "2", "abc", LOADING_UNTIL_NS);
    int second = answering_process(&loading);
    loading_start_turn(&loading, 1, "1", "abc", LOADING_UNTIL_NS);
    CU_ASSERT_EQUAL(answering_process(&loading), first);
    loading_start_turn(&loading, 3, "3", "abc", LOADING_UNTIL_NS);
    int third = answering_process(&loading);
    CU_ASSERT_TRUE(third != first && third != second && process_ends(second));
    loading_start_turn(&loading, 1, "1", "abc", LOADING_UNTIL_NS);
    CU_ASSERT_EQUAL(answering_process(&loading), first);
    loading_close(&loading);
}

SUITE(net_loader_turns, TEST(a_turn_has_the_id_the_token_and_the_payload),
      TEST(a_payload_may_be_a_mebibyte_and_need_not_be_read),
      TEST(a_turn_that_fails_has_its_status_and_its_errors),
      TEST(the_next_turn_of_an_id_waits_for_the_end_of_the_one_that_is_killed),
      TEST(those_wait_least_whose_time_is_up_first), TEST(a_turn_whose_time_is_up_does_not_begin),
      TEST(a_kept_program_has_many_turns),
      TEST(a_kept_program_goes_on_after_a_turn_that_it_says_has_failed),
      TEST(one_that_ends_or_gives_no_answer_is_followed_by_another),
      TEST(a_kept_program_ends_with_its_worker),
      TEST(where_there_is_no_room_the_longest_idle_gives_way));
