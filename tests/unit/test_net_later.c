/* What is to be done later comes in order of time, and of coming in among equals. */
#include "net/later.h"

#include "core/random.h"
#include "support/suite.h"

#include <string.h>

static void add(struct laters *laters, int64_t at_ns, uint64_t subject)
{
    struct later later = {.at_ns = at_ns, .kind = LATER_ASKS, .subject = subject};
    CU_ASSERT_EQUAL_FATAL(later_add(laters, later), OK);
}

static void nothing_is_due_never(void)
{
    struct laters laters = {0};
    CU_ASSERT_EQUAL(later_next_ns(&laters), TIME_NEVER);
    add(&laters, 5, 1);
    CU_ASSERT_EQUAL(later_next_ns(&laters), 5);
    CU_ASSERT_EQUAL(later_pop(&laters).subject, 1);
    CU_ASSERT_EQUAL(later_next_ns(&laters), TIME_NEVER);
    later_close(&laters);
}

static void equals_come_in_the_order_of_coming_in(void)
{
    struct laters laters = {0};
    for (uint64_t i = 0; i < 100; i++)
        add(&laters, (int64_t)(i % 2), i);
    for (uint64_t i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(later_pop(&laters).subject, i < 50 ? 2 * i : 2 * (i - 50) + 1);
    later_close(&laters);
}

static void what_is_kept_comes_back_whole(void)
{
    static char bytes[] = "a value of more than fifteen bytes";
    struct laters laters = {0};
    struct later later = {.at_ns = 3, .kind = LATER_LOADED, .code = true, .slot = 7, .subject = 9};
    CU_ASSERT_EQUAL_FATAL(text_set(&later.text, bytes, strlen(bytes)), OK);
    CU_ASSERT_EQUAL_FATAL(later_add(&laters, later), OK);
    struct later got = later_pop(&laters);
    CU_ASSERT_EQUAL(got.at_ns, 3);
    CU_ASSERT_EQUAL(got.kind, LATER_LOADED);
    CU_ASSERT_TRUE(got.code);
    CU_ASSERT_EQUAL(got.slot, 7);
    CU_ASSERT_EQUAL(got.subject, 9);
    CU_ASSERT_TRUE(text_equal(&got.text, &later.text));
    text_clear(&got.text);
    later_close(&laters);
}

static void closing_frees_the_texts_that_were_not_taken(void)
{
    static char bytes[] = "a value of more than fifteen bytes";
    struct laters laters = {0};
    for (int i = 0; i < 20; i++) {
        struct later later = {.at_ns = i};
        CU_ASSERT_EQUAL_FATAL(text_set(&later.text, bytes, strlen(bytes)), OK);
        CU_ASSERT_EQUAL_FATAL(later_add(&laters, later), OK);
    }
    later_close(&laters);
    CU_ASSERT_EQUAL(laters.count, 0);
    CU_ASSERT_EQUAL(later_next_ns(&laters), TIME_NEVER);
}

/* The model: an array that is searched for the least. `subject` says which came in first. */
static void check_against_model(uint64_t seed)
{
    struct laters laters = {0};
    int64_t model[64];
    uint64_t subjects[64], key = random_mix(seed), count = 0;
    for (uint64_t step = 0; step < 3000; step++) {
        uint64_t bits = random_draw(key, step);
        if (count < 64 && (count == 0 || bits % 2)) {
            model[count] = (int64_t)(bits >> 60);
            subjects[count] = step;
            add(&laters, model[count], subjects[count]);
            count++;
            continue;
        }
        uint64_t least = 0;
        for (uint64_t i = 1; i < count; i++)
            if (model[i] < model[least])
                least = i;
        CU_ASSERT_EQUAL(later_next_ns(&laters), model[least]);
        struct later got = later_pop(&laters);
        CU_ASSERT_EQUAL(got.at_ns, model[least]);
        CU_ASSERT_EQUAL_FATAL(got.subject, subjects[least]);
        count--;
        memmove(&model[least], &model[least + 1], (count - least) * sizeof *model);
        memmove(&subjects[least], &subjects[least + 1], (count - least) * sizeof *subjects);
    }
    later_close(&laters);
}

static void any_order_of_adding_and_taking_gives_the_order_of_time(void)
{
    for (uint64_t seed = 1; seed <= 10; seed++)
        check_against_model(seed);
}

SUITE(net_later, TEST(nothing_is_due_never), TEST(equals_come_in_the_order_of_coming_in),
      TEST(what_is_kept_comes_back_whole), TEST(closing_frees_the_texts_that_were_not_taken),
      TEST(any_order_of_adding_and_taking_gives_the_order_of_time));
