/* Where two runs part: the first thing that happens in one alone, whatever lines and numbers do. */
#include "search/trial.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "trace/parting.h"

#define THREE "nodes 3\nlatency 5ms\n"
#define EARLY "connect\nat 1s request 1 2 3 from each\n"
#define LATE  "at 2s request 1 2 3 from each\n"
#define LOAD  EARLY LATE

static bool never(void)
{
    return false;
}

static void follow(const char *text, uint64_t seed, struct reader *reader)
{
    struct plan plan = parsed(text);
    struct trial trial;
    struct trial_result result;
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, &plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, &plan), OK);
    trial.reader = reader;
    trial_run(&trial, seed, &result);
    CU_ASSERT_EQUAL(result.state, RUN_OVER);
    trial_result_close(&result);
    trial_close(&trial);
    plan_close(&plan);
}

struct record_search {
    struct reader reader;
    uint64_t wanted;
    uint64_t passed;
    struct record record;
};

static void keep(struct reader *reader, const struct record *record)
{
    struct record_search *search = container_of(reader, struct record_search, reader);
    if (search->passed++ == search->wanted)
        search->record = *record;
}

/* The events at which they part, of the runs that have one; else its kind is that of what happens
 * instead. */
static struct parting part(const char *a, uint64_t a_seed, const char *b, uint64_t b_seed,
                           struct record *events)
{
    const char *texts[] = {a, b};
    uint64_t seeds[] = {a_seed, b_seed};
    struct run_events runs[2];
    for (uint32_t i = 0; i < 2; i++) {
        run_events_init(&runs[i]);
        follow(texts[i], seeds[i], &runs[i].reader);
        CU_ASSERT_FALSE(runs[i].no_memory);
    }
    struct parting parting = run_events_compare(&runs[0], &runs[1]);
    for (uint32_t i = 0; i < 2; i++) {
        struct record_search search = {
            {.take = keep}, parting.record[i], 0, record_of(RECORD_KINDS - 1)};
        follow(texts[i], seeds[i], &search.reader);
        events[i] = search.record;
        run_events_close(&runs[i]);
    }
    return parting;
}

static void a_run_does_not_part_from_itself(void)
{
    struct record events[2];
    struct parting parting =
        part(THREE "load 1ms..9ms\n" LOAD, 7, THREE "load 1ms..9ms\n" LOAD, 7, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_NONE);
}

static void lines_and_comments_do_not_part_runs(void)
{
    struct record events[2];
    struct parting parting =
        part(THREE LOAD "at 3s crash n2 for 1s\n", 1,
             "# words\n" THREE "\n" LOAD "\n\nat 3s crash n2 for 1s\n", 1, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_NONE);
}

static void other_latencies_part_times_alone(void)
{
    struct record events[2];
    struct parting parting = part(THREE LOAD, 1, "nodes 3\nlatency 4ms\n" LOAD, 1, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_OF_TIMES);
    CU_ASSERT_EQUAL(events[0].kind, RECORD_RECV);
    CU_ASSERT_EQUAL(events[0].t_ns, 1005 * NS_PER_MS);
    CU_ASSERT_EQUAL(events[1].t_ns, 1004 * NS_PER_MS);
    CU_ASSERT_EQUAL(events[0].request, events[1].request);
}

/* Though each request from then on has another number. */
static void a_request_more_is_found_where_it_is(void)
{
    struct record events[2];
    struct parting parting =
        part(THREE LOAD, 1, THREE EARLY "at 1500ms request 2 from n1\n" LATE, 1, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_OF_EVENTS);
    CU_ASSERT_FALSE(parting.happens[0]);
    CU_ASSERT_EQUAL(parting.record[0], NO_RECORD);
    CU_ASSERT_TRUE(parting.happens[1]);
    CU_ASSERT_EQUAL(events[1].kind, RECORD_REQUEST);
    CU_ASSERT_EQUAL(events[1].t_ns, 1500 * NS_PER_MS);
}

static void a_message_that_is_lost_comes_before_what_follows(void)
{
    struct record events[2];
    struct parting parting =
        part(THREE LOAD, 1,
             THREE
             "connect\nat 900ms loss n1 -> n2 100% for 500ms\nat 1s request 1 2 3 from each\n" LATE,
             1, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_OF_EVENTS);
    CU_ASSERT_EQUAL(events[1].kind, RECORD_SET);
    parting = part(THREE "loss n1 -> n2 1%\n" LOAD, 1, THREE "loss n1 -> n2 99%\n" LOAD, 1, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_OF_EVENTS);
    CU_ASSERT_TRUE(parting.happens[0] && parting.happens[1]);
    CU_ASSERT_EQUAL(events[0].kind, RECORD_RECV);
    CU_ASSERT_EQUAL(events[1].kind, RECORD_DROP);
    CU_ASSERT_EQUAL(events[0].request, events[1].request);
}

static void another_fallback_parts_runs_at_the_further_try(void)
{
    static const char frozen[] = THREE EARLY "at 1900ms freeze n2 for 800ms\n" LATE;
    struct record events[2];
    struct parting parting = part(
        frozen, 1, THREE "fallback none\n" EARLY "at 1900ms freeze n2 for 800ms\n" LATE, 1, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_OF_EVENTS);
    CU_ASSERT_TRUE(parting.happens[0]);
    CU_ASSERT_EQUAL(events[0].kind, RECORD_ROUTE);
    CU_ASSERT_EQUAL(events[0].code, 2);
    CU_ASSERT_FALSE(parting.happens[1]);
    CU_ASSERT_EQUAL(events[1].request, events[0].request);
}

static void a_view_that_no_request_sees_parts_views_alone(void)
{
#define PAUSE EARLY "at 5s freeze n2 for 700ms\n"
    struct record events[2];
    struct parting parting = part(THREE PAUSE, 1, THREE "suspect 500ms\n" PAUSE, 1, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_OF_VIEWS);
    CU_ASSERT_FALSE(parting.happens[0]);
    CU_ASSERT_EQUAL(events[1].kind, RECORD_VIEW);
    CU_ASSERT_TRUE(events[1].t_ns > 5000 * NS_PER_MS && events[1].t_ns < 6000 * NS_PER_MS);
}

static void another_seed_parts_values_if_nothing_else(void)
{
    struct record events[2];
    struct parting parting = part(THREE LOAD, 1, THREE LOAD, 2, events);
    CU_ASSERT_EQUAL(parting.level, PARTING_OF_VALUES);
    CU_ASSERT_EQUAL(events[0].kind, RECORD_VALUE);
    CU_ASSERT_EQUAL(events[0].worker, events[1].worker);
}

static void other_leases_and_tokens_part_runs_last(void)
{
    static const struct {
        uint8_t kind;
        uint32_t epoch;
        uint64_t number;
        uint64_t worker;
        int64_t until_ns;
    } cases[] = {
        {RECORD_LEASE, 0, 4, 7, 9}, {RECORD_LEASE, 1, 4, 7, 9}, {RECORD_LEASE, 0, 5, 7, 9},
        {RECORD_LEASE, 0, 4, 8, 9}, {RECORD_LEASE, 0, 4, 7, 8}, {RECORD_SERVE, 0, 7, 2, 0},
        {RECORD_SERVE, 1, 7, 2, 0}, {RECORD_SERVE, 0, 8, 2, 0}, {RECORD_LOAD, 0, 7, 2, 0},
        {RECORD_LOAD, 0, 8, 2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
            size_t which[] = {i, j};
            struct run_events runs[2];
            if (cases[i].kind != cases[j].kind)
                continue;
            for (uint32_t side = 0; side < 2; side++) {
                struct record record = record_of((enum record_kind)cases[which[side]].kind);
                record.t_ns = 5;
                record.node = 1;
                record.epoch = cases[which[side]].epoch;
                record.number = cases[which[side]].number;
                record.worker = cases[which[side]].worker;
                record.amount = cases[which[side]].until_ns;
                run_events_init(&runs[side]);
                reader_take(&runs[side].reader, &record);
            }
            struct parting parting = run_events_compare(&runs[0], &runs[1]);
            CU_ASSERT_EQUAL(parting.level, i == j ? PARTING_NONE : PARTING_OF_LEASES);
            run_events_close(&runs[0]);
            run_events_close(&runs[1]);
        }
}

SUITE(trace_parting, TEST(a_run_does_not_part_from_itself),
      TEST(lines_and_comments_do_not_part_runs), TEST(other_latencies_part_times_alone),
      TEST(a_request_more_is_found_where_it_is),
      TEST(a_message_that_is_lost_comes_before_what_follows),
      TEST(another_fallback_parts_runs_at_the_further_try),
      TEST(a_view_that_no_request_sees_parts_views_alone),
      TEST(another_seed_parts_values_if_nothing_else),
      TEST(other_leases_and_tokens_part_runs_last));
