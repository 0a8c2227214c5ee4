/* A run as a plain scenario: the same hash, and nothing left to chance. */
#include "base/memory.h"
#include "search/flatten.h"
#include "support/parsed.h"
#include "support/suite.h"

#include <string.h>

static bool never(void)
{
    return false;
}

static struct hash_value hash_of(const struct plan *plan, uint64_t seed)
{
    struct trial trial;
    struct trial_result result;
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, plan), OK);
    trial_run(&trial, seed, &result);
    CU_ASSERT_EQUAL(result.state, RUN_OVER);
    struct hash_value hash = result.hash;
    trial_result_close(&result);
    trial_close(&trial);
    return hash;
}

/* The flat text of a run, to be freed. Run again, it has the same hash. */
static char *flat_text(const char *text, uint64_t seed, struct flatten_notes *notes)
{
    struct plan plan = parsed(text);
    struct script script;
    struct failure failure;
    CU_ASSERT_EQUAL_FATAL(flatten(&script, &plan, seed, never, notes, &failure), OK);
    char *flat = script_text(&script);
    CU_ASSERT_PTR_NOT_NULL_FATAL(flat);
    struct plan again = parsed(flat);
    CU_ASSERT_STRING_EQUAL(hash_of(&again, again.settings.seed).hex, notes->hash.hex);
    CU_ASSERT_STRING_EQUAL(hash_of(&plan, seed).hex, notes->hash.hex);
    plan_close(&again);
    script_close(&script);
    plan_close(&plan);
    return flat;
}

/* A flat text has each of the parts, and none of the others; both ended by NULL. */
static void flat_has(const char *text, uint64_t seed, const char *const *parts,
                     const char *const *others)
{
    struct flatten_notes notes;
    char *flat = flat_text(text, seed, &notes);
    for (; *parts; parts++)
        if (!strstr(flat, *parts)) {
            printf("\nnot in it: %s\n%s", *parts, flat);
            CU_FAIL("a part is missing");
        }
    for (; *others; others++)
        CU_ASSERT_PTR_NULL(strstr(flat, *others));
    memory_free(flat);
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void nodes_that_were_drawn_have_their_names(void)
{
    flat_has(
        "nodes 4\nconnect\nat 1s request 1 2 from any as a\nat 2s crash any for 1s\n"
        "at 4s partition owner 7 | others for 1s\nat 6s cut any <-> any for 1s\n"
        "at 8s latency any -> owner 7 9ms for 1s\nat 9s freeze owner \"n1\" for 10ms\n"
        "expect a ok\n",
        3, PARTS("seed 3\n", "request 1 2 from n", "crash n", "partition n", "cut n", "latency n"),
        PARTS("any", "owner", "others"));
}

static void repetitions_are_lines_of_their_own(void)
{
    flat_has("connect\nat 1s every 500ms crash any for 100ms until 2s\n"
             "at 3s every 1s request 1 as a until 5s\nexpect a.2 ok\n"
             "every 1s expect workers 1 until 5s\n",
             1,
             PARTS("at 1s crash n", "at 1.5s crash n", "for 100ms may miss\n",
                   "at 3s every 1s request 1 as a until 5s", "every 1s expect workers 1 until 5s"),
             PARTS("every 500ms"));
}

/* A thaw of what is not frozen: all repetitions together must touch something. */
static void what_touched_nothing_touches_nothing_when_flat(void)
{
    flat_has("connect\nat 1s request 1\nat 2s every 1s thaw n2 until 4s\n", 1,
             PARTS("at 2s thaw n2 may miss\n", "at 3s thaw n2\n"), PARTS("every"));
    flat_has("nodes 2\nheartbeat 100s\nsuspect 300s\nconnect\nat 1s request 1\n"
             "chaos cut 1/s for 1us until 9s\n",
             1, PARTS("for 1us may miss\n", "for 1us\n"), PARTS("chaos"));
    flat_has("connect\nat 1s request 1\nat 2s freeze n2\nat 3s every 1s thaw n2 until 5s\n", 1,
             PARTS("at 3s thaw n2 may miss\n", "at 4s thaw n2 may miss\n"), PARTS("every"));
}

static void lines_that_stay_and_draw_are_counted(void)
{
    struct flatten_notes notes;
    char *flat = flat_text("connect\nat 1s every 1s request 1 from any as a until 3s\n"
                           "at 1s every 1s request 1 from n1 as b until 3s\n"
                           "expect a.2 ok\nexpect b.2 ok\n",
                           1, &notes);
    CU_ASSERT_EQUAL(notes.drawn, 1);
    memory_free(flat);
}

static void settings_are_those_that_are_not_as_by_default(void)
{
    flat_has(
        "nodes 2\nttl 5s\nlatency 2ms..3ms\nlatency n1 -> n2 9ms\nclock n2 +5ms\nabsent n2\n"
        "connect\nat 1s restart n2\nat 2s request 1\nalways members n1,n2 on n1 from 4s to 5s\n",
        7,
        PARTS("nodes 2\n", "seed 7\n", "latency 2ms..3ms\n", "latency n1 -> n2 9ms\n",
              "clock n2 +5ms\n", "absent n2\n", "always members n1,n2 on n1 from 4s to 5s\n"),
        PARTS("ttl", "route", "heartbeat"));
}

static void what_holds_from_the_cursor_on_stands_at_its_time(void)
{
    flat_has("connect\nexpect errors 0\nat 1s request 1\nat 2s always members n1,n2,n3 on n1\n"
             "wait 500ms sometimes worker 1 on n2\nalways worker 1 from 2s to 3s\n",
             1,
             PARTS("at 0ms expect errors 0\n", "at 2s always members n1,n2,n3 on n1\n",
                   "at 2.5s sometimes worker 1 on n2\n", "\nalways worker 1 from 2s to 3s\n"),
             PARTS("on n1 from", "on n2 from"));
}

static void chaos_becomes_what_it_did(void)
{
    flat_has("nodes 4\nconnect\nat 1s requests 9/s from any ids 1..9 until 9s\n"
             "chaos crash 1/s for 100ms..2s until 9s\nchaos cut 1/s for 1s until 9s\n"
             "chaos loss 1/s for 1s until 9s\nchaos partition 1/s for 1s until 9s\n",
             5, PARTS("may miss\n", "crash n", "cut n", "loss n", "partition n"),
             PARTS("chaos", "requests"));
}

static void open_load_becomes_single_requests(void)
{
    struct flatten_notes notes;
    char *flat =
        flat_text("latency 1ms..5ms\nconnect\n"
                  "at 1s requests 30/s from any ids 7,\"a b\",\"n1\" until 3s timeout 90ms\n",
                  2, &notes);
    CU_ASSERT_EQUAL(notes.loads, 1);
    CU_ASSERT_EQUAL(notes.loads_kept, 0);
    CU_ASSERT_EQUAL(notes.requests, times_in("request ", flat));
    CU_ASSERT_EQUAL(notes.requests, times_in(" timeout 90ms\n", flat));
    CU_ASSERT_TRUE(notes.requests > 30);
    CU_ASSERT_PTR_NOT_NULL(strstr(flat, "request \"a b\" from n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(flat, "request \"n1\" from n"));
    memory_free(flat);
}

/* With constant latency and no time to think an answer and the next request share an instant. */
static void load_that_can_not_be_taken_apart_stays(void)
{
    struct flatten_notes notes;
    char *flat = flat_text("connect\nat 1s clients 2 from each ids 1..9 until 2s\n"
                           "at 1s requests 30/s from n1 ids 1..9 until 3s\n",
                           2, &notes);
    CU_ASSERT_EQUAL(notes.loads, 2);
    CU_ASSERT_EQUAL(notes.loads_kept, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(flat, "at 1s clients 2 from each ids 1..9 until 2s\n"));
    CU_ASSERT_EQUAL(notes.requests, times_in("request ", flat));
    memory_free(flat);
}

SUITE(search_flatten, TEST(nodes_that_were_drawn_have_their_names),
      TEST(repetitions_are_lines_of_their_own),
      TEST(what_touched_nothing_touches_nothing_when_flat),
      TEST(lines_that_stay_and_draw_are_counted),
      TEST(settings_are_those_that_are_not_as_by_default),
      TEST(what_holds_from_the_cursor_on_stands_at_its_time), TEST(chaos_becomes_what_it_did),
      TEST(open_load_becomes_single_requests), TEST(load_that_can_not_be_taken_apart_stays));
