#include "scenario/suggest.h"

#include "base/base.h"
#include "support/suite.h"

#include <string.h>

static const char *const words[] = {"latency", "loss",   "ttl", "load", "load-fail",
                                    "leave",   "expect", "end", NULL};

static bool suggests(const char *word, const char *meant)
{
    const char *got = suggest(word, strlen(word), words);
    return meant ? got && strcmp(got, meant) == 0 : !got;
}

static void two_edits_of_each_kind_are_forgiven(void)
{
    CU_ASSERT_TRUE(suggests("lattency", "latency"));
    CU_ASSERT_TRUE(suggests("latenc", "latency"));
    CU_ASSERT_TRUE(suggests("lotency", "latency"));
    CU_ASSERT_TRUE(suggests("altency", "latency"));
    CU_ASSERT_TRUE(suggests("altenyc", "latency"));
    CU_ASSERT_TRUE(suggests("lattenzy", "latency"));
}

static void three_edits_are_another_word(void)
{
    CU_ASSERT_TRUE(suggests("lattenzyy", NULL));
    CU_ASSERT_TRUE(suggests("altnec", NULL));
    CU_ASSERT_TRUE(suggests("chaos", NULL));
}

static void less_than_half_of_a_word_may_be_wrong(void)
{
    CU_ASSERT_TRUE(suggests("tttl", "ttl"));
    CU_ASSERT_TRUE(suggests("tl", NULL));
    CU_ASSERT_TRUE(suggests("ttk", "ttl"));
    CU_ASSERT_TRUE(suggests("kkl", NULL));
    CU_ASSERT_TRUE(suggests("", NULL));
}

static void the_nearest_word_is_meant_and_of_equals_the_first(void)
{
    CU_ASSERT_TRUE(suggests("loaf", "load"));
    CU_ASSERT_TRUE(suggests("load-fall", "load-fail"));
    CU_ASSERT_TRUE(suggests("losd", "loss"));
}

static void capitals_cost_nothing(void)
{
    CU_ASSERT_TRUE(suggests("TTL", "ttl"));
    CU_ASSERT_TRUE(suggests("EXPCET", "expect"));
}

static void long_words_are_never_compared(void)
{
    char word[4096];
    memset(word, 'l', sizeof word);
    CU_ASSERT_PTR_NULL(suggest(word, sizeof word, words));
    CU_ASSERT_PTR_NULL(suggest("\0\0\0\0\0\0\0", 7, words));
}

static void a_word_is_never_meant_for_itself(void)
{
    static const char *const some[] = {"from", "form", NULL};
    CU_ASSERT_STRING_EQUAL(suggest("from", 4, some), "form");
    CU_ASSERT_PTR_NULL(suggest("within", 6, (const char *const[]){"within", NULL}));
}

SUITE(scenario_suggest, TEST(two_edits_of_each_kind_are_forgiven),
      TEST(three_edits_are_another_word), TEST(less_than_half_of_a_word_may_be_wrong),
      TEST(the_nearest_word_is_meant_and_of_equals_the_first), TEST(capitals_cost_nothing),
      TEST(long_words_are_never_compared), TEST(a_word_is_never_meant_for_itself));
