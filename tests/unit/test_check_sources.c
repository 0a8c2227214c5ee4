/* What the checker says of open load: each request of a source is made when the one before it says.
 */
#include "support/story.h"

#define SOURCE 7

/* A request of open load at n2, now; the next one of its source is due after gap_ns. */
static void comes_due(struct story *story, uint64_t request, uint64_t source, int64_t gap_ns,
                      enum request_how how)
{
    struct record record = story_record(RECORD_REQUEST, "1");
    record.request = request;
    record.number = source;
    record.amount = story->t_ns + story->ahead_ns[N2] + S;
    record.gap_ns = gap_ns;
    record.code = (uint8_t)how;
    story->open++;
    story_put(story, record, N2);
}

static void begin(struct story *story, int64_t error_ns)
{
    struct checker_setup setup = story_setup();
    setup.error_ns = error_ns;
    setup.late_ns = error_ns ? 20 * MS : 0;
    story_begin(story, setup);
    at(story, 1 * S);
    comes_due(story, 17, SOURCE, 100 * MS, REQUEST_AS_DUE);
}

static void open_load_is_made_when_it_is_due(void)
{
    struct story story;
    begin(&story, 0);
    at(&story, 1050 * MS);
    comes_due(&story, 20, SOURCE + 1, 3 * MS, REQUEST_AS_DUE); /* another source's first */
    at(&story, 1053 * MS);
    comes_due(&story, 23, SOURCE + 1, TIME_NEVER, REQUEST_AS_DUE);
    at(&story, 1100 * MS);
    comes_due(&story, 26, SOURCE, 500 * MS, REQUEST_AS_DUE);
    at(&story, 1500 * MS);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

static void open_load_that_is_late_or_early_is_found(void)
{
    struct story story;
    for (int64_t off_ns = -1; off_ns <= 1; off_ns += 2) {
        begin(&story, 0);
        at(&story, 1100 * MS + off_ns);
        comes_due(&story, 20, SOURCE, TIME_NEVER, REQUEST_AS_DUE);
        story_over(&story);
        CU_ASSERT_TRUE(story_breaks(&story, RULE_OPEN_LOAD));
    }
}

static void open_load_of_real_processes_may_be_off_by_the_clocks_error(void)
{
    struct story story;
    for (int64_t off_ns = 2 * MS; off_ns <= 2 * MS + 1; off_ns++) {
        begin(&story, 2 * MS);
        at(&story, 1100 * MS + off_ns);
        comes_due(&story, 20, SOURCE, TIME_NEVER, REQUEST_AS_DUE);
        story_over(&story);
        CU_ASSERT_TRUE(off_ns == 2 * MS ? story_is_quiet(&story)
                                        : story_breaks(&story, RULE_OPEN_LOAD));
    }
}

static void open_load_that_stops_is_found_at_the_end(void)
{
    struct story story;
    begin(&story, 0);
    at(&story, 1100 * MS);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
    begin(&story, 0);
    at(&story, 1100 * MS + 1);
    story_over(&story);
    CU_ASSERT_STRING_EQUAL(story.text,
                           "the request of open load that was due at 1.1s at n2 was not made");
    CU_ASSERT_TRUE(story_breaks(&story, RULE_OPEN_LOAD));
}

static void open_load_ends_when_it_has_said_so(void)
{
    struct story story;
    begin(&story, 0);
    at(&story, 1100 * MS);
    comes_due(&story, 20, SOURCE, TIME_NEVER, REQUEST_AS_DUE);
    at(&story, 1900 * MS);
    comes_due(&story, 23, SOURCE, TIME_NEVER, REQUEST_AS_DUE);
    CU_ASSERT_TRUE(story_breaks(&story, RULE_OPEN_LOAD));
}

static void what_could_not_be_made_in_time_is_no_breach(void)
{
    struct story story;
    begin(&story, 0);
    at(&story, 1900 * MS);
    comes_due(&story, 20, SOURCE, TIME_NEVER, REQUEST_AFTER_GAP);
    story_over(&story);
    CU_ASSERT_TRUE(story_is_quiet(&story));
}

SUITE(check_sources, TEST(open_load_is_made_when_it_is_due),
      TEST(open_load_that_is_late_or_early_is_found),
      TEST(open_load_of_real_processes_may_be_off_by_the_clocks_error),
      TEST(open_load_that_stops_is_found_at_the_end), TEST(open_load_ends_when_it_has_said_so),
      TEST(what_could_not_be_made_in_time_is_no_breach));
