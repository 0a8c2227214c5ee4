/* What is to be done later comes in order of time, and of coming in among equals. */
#include "net/process/timer_queue.h"

#include "base/random.h"
#include "support/suite.h"

#include <string.h>

static void add(struct timer_queue *queue, int64_t at_ns, uint64_t subject)
{
    struct timer timer = {.at_ns = at_ns, .kind = TIMER_ASKS, .subject = subject};
    CU_ASSERT_EQUAL_FATAL(timer_queue_add(queue, timer), OK);
}

static void nothing_is_due_never(void)
{
    struct timer_queue queue = {0};
    CU_ASSERT_EQUAL(timer_queue_next_ns(&queue), TIME_NEVER);
    add(&queue, 5, 1);
    CU_ASSERT_EQUAL(timer_queue_next_ns(&queue), 5);
    CU_ASSERT_EQUAL(timer_queue_pop(&queue).subject, 1);
    CU_ASSERT_EQUAL(timer_queue_next_ns(&queue), TIME_NEVER);
    timer_queue_close(&queue);
}

static void equals_come_in_the_order_of_coming_in(void)
{
    struct timer_queue queue = {0};
    for (uint64_t i = 0; i < 100; i++)
        add(&queue, (int64_t)(i % 2), i);
    for (uint64_t i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(timer_queue_pop(&queue).subject, i < 50 ? 2 * i : 2 * (i - 50) + 1);
    timer_queue_close(&queue);
}

static void what_is_kept_comes_back_whole(void)
{
    static char bytes[] = "a value of more than fifteen bytes";
    struct timer_queue queue = {0};
    struct timer timer = {.at_ns = 3, .kind = TIMER_LOADED, .code = true, .slot = 7, .subject = 9};
    CU_ASSERT_EQUAL_FATAL(text_set(&timer.text, bytes, strlen(bytes)), OK);
    CU_ASSERT_EQUAL_FATAL(timer_queue_add(&queue, timer), OK);
    struct timer got = timer_queue_pop(&queue);
    CU_ASSERT_EQUAL(got.at_ns, 3);
    CU_ASSERT_EQUAL(got.kind, TIMER_LOADED);
    CU_ASSERT_TRUE(got.code);
    CU_ASSERT_EQUAL(got.slot, 7);
    CU_ASSERT_EQUAL(got.subject, 9);
    CU_ASSERT_TRUE(text_equal(&got.text, &timer.text));
    text_clear(&got.text);
    timer_queue_close(&queue);
}

static void closing_frees_the_texts_that_were_not_taken(void)
{
    static char bytes[] = "a value of more than fifteen bytes";
    struct timer_queue queue = {0};
    for (int i = 0; i < 20; i++) {
        struct timer timer = {.at_ns = i};
        CU_ASSERT_EQUAL_FATAL(text_set(&timer.text, bytes, strlen(bytes)), OK);
        CU_ASSERT_EQUAL_FATAL(timer_queue_add(&queue, timer), OK);
    }
    timer_queue_close(&queue);
    CU_ASSERT_EQUAL(queue.heap.count, 0);
    CU_ASSERT_EQUAL(timer_queue_next_ns(&queue), TIME_NEVER);
}

/* The model: an array that is searched for the least. `subject` says which came in first. */
static void check_against_model(uint64_t seed)
{
    struct timer_queue queue = {0};
    int64_t model[64];
    uint64_t subjects[64], key = random_mix(seed), count = 0;
    for (uint64_t step = 0; step < 3000; step++) {
        uint64_t bits = random_draw(key, step);
        if (count < 64 && (count == 0 || bits % 2)) {
            model[count] = (int64_t)(bits >> 60);
            subjects[count] = step;
            add(&queue, model[count], subjects[count]);
            count++;
            continue;
        }
        uint64_t least = 0;
        for (uint64_t i = 1; i < count; i++)
            if (model[i] < model[least])
                least = i;
        CU_ASSERT_EQUAL(timer_queue_next_ns(&queue), model[least]);
        struct timer got = timer_queue_pop(&queue);
        CU_ASSERT_EQUAL(got.at_ns, model[least]);
        CU_ASSERT_EQUAL_FATAL(got.subject, subjects[least]);
        count--;
        memmove(&model[least], &model[least + 1], (count - least) * sizeof *model);
        memmove(&subjects[least], &subjects[least + 1], (count - least) * sizeof *subjects);
    }
    timer_queue_close(&queue);
}

static void any_order_of_adding_and_taking_gives_the_order_of_time(void)
{
    for (uint64_t seed = 1; seed <= 10; seed++)
        check_against_model(seed);
}

SUITE(net_timer_queue, TEST(nothing_is_due_never), TEST(equals_come_in_the_order_of_coming_in),
      TEST(what_is_kept_comes_back_whole), TEST(closing_frees_the_texts_that_were_not_taken),
      TEST(any_order_of_adding_and_taking_gives_the_order_of_time));
