/* The heap against a model, and as what it is used for: queues, merging, sorting. */
#include "base/heap.h"
#include "base/random.h"
#include "support/suite.h"

struct timer {
    int64_t at_ns;
    uint64_t order;
};

static inline bool before(const void *left, const void *right)
{
    const struct timer *a = left, *b = right;
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static inline bool after(const void *left, const void *right)
{
    return before(right, left);
}

static struct timer timer_of(uint64_t draw, uint64_t order)
{
    return (struct timer){(int64_t)random_below(random_mix(draw), 50), order};
}

static void heap_gives_equal_items_in_the_order_of_their_keys(void)
{
    struct heap heap = {0};
    struct timer last = {-1, 0}, timer;
    CU_ASSERT_PTR_NULL(heap_first(&heap));
    for (uint64_t i = 0; i < 1000; i++) {
        timer = timer_of(i, i);
        CU_ASSERT_EQUAL(heap_push(&heap, &timer, sizeof timer, before), OK);
    }
    for (size_t left = 1000; left-- > 0;) {
        const struct timer *first = heap_first(&heap);
        struct timer expected = *first;
        heap_pop(&heap, &timer, sizeof timer, before);
        CU_ASSERT_TRUE(!before(&timer, &expected) && !before(&expected, &timer));
        CU_ASSERT_TRUE(before(&last, &timer));
        CU_ASSERT_EQUAL(heap.count, left);
        last = timer;
    }
    heap_close(&heap);
}

static void heap_gives_the_least_whatever_is_pushed_and_popped(void)
{
    enum { TIMERS = 300 };
    struct heap heap = {0};
    bool in[TIMERS] = {false};
    for (uint64_t i = 0; i < 30000; i++) {
        uint64_t order = random_below(random_draw(1, i), TIMERS);
        struct timer timer = timer_of(order, order);
        if (!in[order]) {
            CU_ASSERT_EQUAL(heap_push(&heap, &timer, sizeof timer, before), OK);
            in[order] = true;
            continue;
        }
        heap_pop(&heap, &timer, sizeof timer, before);
        in[timer.order] = false;
        for (uint64_t other = 0; other < TIMERS; other++) {
            struct timer left = timer_of(other, other);
            CU_ASSERT_FALSE(in[other] && before(&left, &timer));
        }
    }
    heap_close(&heap);
    CU_ASSERT_PTR_NULL(heap_first(&heap));
}

static void heap_of_an_array_merges_when_its_first_is_replaced(void)
{
    for (size_t count = 0; count < 20; count++) {
        struct timer timers[20];
        for (size_t i = 0; i < count; i++)
            timers[i] = timer_of(count * 20 + i, i);
        heap_build(timers, count, sizeof *timers, before);
        struct timer last = {-1, 0};
        for (size_t i = 0; count && i < 100; i++) {
            struct timer first = timers[0];
            CU_ASSERT_TRUE(before(&last, &first));
            last = first;
            first.at_ns += 1 + (int64_t)random_below(random_draw(2, i), 9);
            heap_sift_down(timers, count, 0, &first, sizeof first, before);
        }
    }
}

static void heap_sorts_what_is_after_behind(void)
{
    for (size_t count = 0; count < 70; count++) {
        struct timer timers[70];
        for (size_t i = 0; i < count; i++)
            timers[i] = timer_of(count + i, i);
        heap_sort(timers, count, sizeof *timers, after);
        for (size_t i = 1; i < count; i++)
            CU_ASSERT_TRUE(before(&timers[i - 1], &timers[i]));
    }
}

SUITE(base_heap, TEST(heap_gives_equal_items_in_the_order_of_their_keys),
      TEST(heap_gives_the_least_whatever_is_pushed_and_popped),
      TEST(heap_of_an_array_merges_when_its_first_is_replaced),
      TEST(heap_sorts_what_is_after_behind));
