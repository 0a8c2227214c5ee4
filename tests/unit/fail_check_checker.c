/* The checker and the readers when there is no memory: they say so, go on without harm, and leave
 * nothing behind. */
#include "support/memory_fail.h"
#include "support/story.h"

#include "trace/summary.h"
#include "trace/timeline.h"

static char long_id[] = "an-id-of-more-than-fifteen-bytes";

/* A bit of everything that the checker keeps. */
static void tell(struct story *story)
{
    sees(story, N1, 7);
    sees(story, N2, 5);
    reaches(story, N1, 17, "1", N2);
    starts(story, N2, 5, "1", "282");
    answers(story, N2, 5, 17, "1", "282", N1);
    makes(story, N1, 20, long_id);
    fails(story, N1, 20, long_id, OUTCOME_OVERLOADED);
    sends(story, N1, N2, MESSAGE_HEARTBEAT, 0);
    reaches(story, N1, 23, "1", N2);
    story_over(story);
}

static bool check_survives(long nth)
{
    struct checker_setup setup = story_setup();
    struct story story = {0};
    setup.views_static = false;
    memory_fail_at(nth, true);
    story.checker = checker_new(&setup, story_hears, &story);
    if (story.checker) {
        for (node_id node = 0; node < STORY_NODES; node++)
            plain(&story, RECORD_UP, node, 0);
        tell(&story);
    }
    bool over = memory_fail_calls() < nth;
    memory_fail_at(0, false);
    if (!over && story.checker) {
        CU_ASSERT_TRUE(checker_failed(story.checker));
    }
    if (over) {
        CU_ASSERT_FALSE(checker_failed(story.checker));
    }
    checker_delete(story.checker);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
    return over;
}

static void the_checker_without_memory_judges_no_more(void)
{
    for (long nth = 1; !check_survives(nth); nth++)
        CU_ASSERT_TRUE_FATAL(nth < 1000);
}

static struct record long_record(enum record_kind kind)
{
    struct record record = story_record(kind, long_id);
    record.node = N2;
    record.request = 17;
    record.worker = 5;
    record.value = record.id;
    return record;
}

static void take_all(struct reader *reader)
{
    for (int kind = 0; kind < RECORD_KINDS; kind++) {
        struct record record = long_record((enum record_kind)kind);
        reader_take(reader, &record);
    }
}

static bool readers_survive(long nth, FILE *out)
{
    struct findings found;
    memory_fail_at(nth, false);
    struct timeline *timeline = timeline_new(out, STORY_NODES, false);
    if (timeline)
        take_all((struct reader *)timeline);
    timeline_delete(timeline);
    findings_init(&found);
    take_all(&found.reader);
    findings_close(&found);
    bool over = memory_fail_calls() < nth;
    memory_fail_at(0, false);
    CU_ASSERT_EQUAL(memory_fail_blocks(), 0);
    return over;
}

static void readers_without_memory_go_on(void)
{
    FILE *out = fopen("/dev/null", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    for (long nth = 1; !readers_survive(nth, out); nth++)
        CU_ASSERT_TRUE_FATAL(nth < 1000);
    fclose(out);
}

SUITE(check_checker_memory, TEST(the_checker_without_memory_judges_no_more),
      TEST(readers_without_memory_go_on));
