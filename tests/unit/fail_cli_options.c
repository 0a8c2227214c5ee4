/* What the command line says when there is no memory for it. */
#include "cli/options.h"

#include "support/memory_fail.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static char *scenario_words[] = {"dpsim", "-n3", "--set", "ttl=1s", "--seed=2", "a.txt", NULL};
static char *request_words[] = {"dpsim", "--net", "--cluster=c", "--request", "1", "2", NULL};

enum { WORDS = 6 };

static enum options_todo parse_quietly(char **words, char **message)
{
    struct options options;
    size_t size;
    FILE *err = open_memstream(message, &size);
    enum options_todo todo = options_parse(WORDS, words, &options, stdout, err);
    if (todo == OPTIONS_RUN)
        options_close(&options);
    fclose(err);
    return todo;
}

/* How many allocations there are, each of which failed once. */
static long fail_each(char *const *words)
{
    long nth = 1;
    for (bool over = false; !over; nth++) {
        char *message, *copy[WORDS + 1]; /* as getopt_long puts words into another order */
        memcpy(copy, words, sizeof copy);
        memory_fail_at(nth, false);
        enum options_todo todo = parse_quietly(copy, &message);
        over = memory_fail_calls() < nth;
        memory_fail_at(0, false);
        CU_ASSERT_EQUAL(todo, over ? OPTIONS_RUN : OPTIONS_FAILED);
        CU_ASSERT_STRING_EQUAL(message, over ? "" : "dpsim: no memory for the command line\n");
        CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
        free(message);
    }
    return nth - 2;
}

static void every_allocation_that_fails_is_reported_and_nothing_leaks(void)
{
    CU_ASSERT_TRUE(fail_each(scenario_words) >= 3);
    CU_ASSERT_TRUE(fail_each(request_words) >= 1);
}

SUITE(options, TEST(every_allocation_that_fails_is_reported_and_nothing_leaks));
