/* What the command line says when there is no memory for it. */
#include "options.h"

#include "support/memory_fail.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static enum options_todo parse_quietly(char **message)
{
    char *words[] = {"dpsim", "-n3", "--set", "ttl=1s", "--seed=2", "a.txt", NULL};
    struct options options;
    size_t size;
    FILE *err = open_memstream(message, &size);
    enum options_todo todo = options_parse(6, words, &options, stdout, err);
    if (todo == OPTIONS_RUN)
        options_close(&options);
    fclose(err);
    return todo;
}

static void every_allocation_that_fails_is_told_and_nothing_leaks(void)
{
    long nth = 1;
    for (bool over = false; !over; nth++) {
        char *message;
        memory_fail_at(nth, false);
        enum options_todo todo = parse_quietly(&message);
        over = memory_fail_calls() < nth;
        memory_fail_at(0, false);
        CU_ASSERT_EQUAL(todo, over ? OPTIONS_RUN : OPTIONS_FAILED);
        CU_ASSERT_STRING_EQUAL(message, over ? "" : "dpsim: no memory for the command line\n");
        CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
        free(message);
    }
    CU_ASSERT_TRUE(nth > 4);
}

SUITE(options, TEST(every_allocation_that_fails_is_told_and_nothing_leaks));
