#include "support/suite.h"
#include "viz/model/history.h"
#include "viz/model/spans.h"

static void a_span_of_moments_is_counted_by_class(void)
{
    struct history history;
    uint32_t before[3];
    uint32_t after[3];
    CU_ASSERT_EQUAL_FATAL(history_init(&history, 3), OK);
    for (uint32_t i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL_FATAL(history_add(&history, (struct history_event){i * 10, i, i % 3}), OK);
    /* 100 <= t < 400: events 10..39 */
    history_counts(&history, history_find(&history, 0, 100), before);
    history_counts(&history, history_find(&history, 0, 400), after);
    for (uint32_t class = 0; class < 3; class ++)
        CU_ASSERT_EQUAL(after[class] - before[class], 10);
    history_close(&history);
}

static void a_moment_is_found_at_its_time_and_not_a_nanosecond_later(void)
{
    struct history history;
    CU_ASSERT_EQUAL_FATAL(history_init(&history, 1), OK);
    for (uint32_t i = 0; i < 100; i++)
        CU_ASSERT_EQUAL_FATAL(history_add(&history, (struct history_event){i * 10, i, 0}), OK);
    for (uint32_t i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(history_find(&history, 0, i * 10), i);
        CU_ASSERT_EQUAL(history_find(&history, 0, i * 10 + 1), i + 1);
        CU_ASSERT_EQUAL(history_find(&history, i / 2, i * 10), i);
    }
    history_close(&history);
}

static void moments_of_one_time_are_found_from_the_first_on(void)
{
    struct history history;
    CU_ASSERT_EQUAL_FATAL(history_init(&history, 1), OK);
    for (uint32_t i = 0; i < 300; i++)
        CU_ASSERT_EQUAL_FATAL(history_add(&history, (struct history_event){i < 20 ? 1 : 7, i, 0}),
                              OK);
    CU_ASSERT_EQUAL(history_find(&history, 0, 7), 20);
    CU_ASSERT_EQUAL(history_find(&history, 0, 8), 300);
    CU_ASSERT_EQUAL(history_find(&history, 0, 0), 0);
    history_close(&history);
}

/* What spans_next should find, the slow way. */
static size_t next_slowly(const struct spans *spans, size_t from, int64_t t0_ns, int64_t t1_ns)
{
    for (size_t i = from; i < spans->count; i++) {
        const struct span *span = spans_at(spans, i);
        if (span->start_ns < t1_ns && span->end_ns >= t0_ns)
            return i;
    }
    return SPANS_NONE;
}

static void overlapping_spans_are_found_whatever_ended_when(void)
{
    struct spans spans;
    spans_init(&spans, sizeof(struct span));
    for (int64_t i = 0; i < 5000; i++) {
        struct span span = {i * 10, TIME_NEVER};
        CU_ASSERT_EQUAL_FATAL(spans_add(&spans, &span), OK);
        if (i >= 40 && i % 7)
            spans_end(&spans, (size_t)(i - 40), (i - 40) * 10 + (i * 37 % 900));
    }
    for (int64_t t = 0; t < 50000; t += 613) {
        size_t at = 0;
        size_t slow = 0;
        do {
            at = spans_next(&spans, at, t, t + 50);
            slow = next_slowly(&spans, slow, t, t + 50);
            CU_ASSERT_EQUAL(at, slow);
        } while (at++ != SPANS_NONE && slow++ != SPANS_NONE && at < 4990);
    }
    spans_close(&spans);
}

SUITE(viz_history, TEST(a_span_of_moments_is_counted_by_class),
      TEST(a_moment_is_found_at_its_time_and_not_a_nanosecond_later),
      TEST(moments_of_one_time_are_found_from_the_first_on),
      TEST(overlapping_spans_are_found_whatever_ended_when));
