/* Events of one instant, in an order that the seed draws. */
#include "base/memory.h"
#include "scenario/parse.h"
#include "support/suite.h"
#include "virtual/cluster.h"

#include <stdio.h>
#include <string.h>

/* The requests that n1 received from others, and where workers expired, in their order. */
struct seen {
    struct reader reader;
    struct hash_value hash;
    char order[64];
};

static void listen(struct reader *reader, const struct record *record)
{
    struct seen *seen = container_of(reader, struct seen, reader);
    size_t size = strlen(seen->order);
    if (record->node != 0 || record->t_ns < NS_PER_S || size + 8 > sizeof seen->order)
        return;
    if (record->kind == RECORD_RECV && record->message == MESSAGE_REQUEST)
        snprintf(seen->order + size, 8, "%u", record->peer + 1);
    else if (record->kind == RECORD_EXPIRE)
        snprintf(seen->order + size, 8, "x");
}

static void run_by_seed(struct seen *seen, const char *rest, unsigned seed, uint32_t threads)
{
    char text[512], *diagnostics;
    struct plan plan;
    struct runner *runner;
    *seen = (struct seen){.reader = {.take = listen}};
    snprintf(text, sizeof text, "seed %u\nnodes 3\nlatency 1ms\n%s", seed, rest);
    CU_ASSERT_EQUAL_FATAL(parse_scenario(&plan, "test", text, strlen(text), NULL, 0, &diagnostics),
                          OK);
    struct reader *readers[] = {&seen->reader};
    struct runner_setup setup = {
        .plan = &plan, .threads = threads, .readers = readers, .readers_count = 1};
    CU_ASSERT_EQUAL_FATAL(cluster_new(&runner, &setup), OK);
    CU_ASSERT_EQUAL(runner->operations->run(runner, TIME_NEVER), RUN_OVER);
    CU_ASSERT_EQUAL(checker_violations(judge_check(runner->judge)), 0);
    seen->hash = runner->operations->hash(runner);
    runner->operations->delete (runner);
    plan_close(&plan);
}

#define TWO_EACH "connect\nat 1s request 3 6 from n2,n3\n"

static void without_ties_the_first_node_is_first(void)
{
    struct seen seen;
    for (unsigned seed = 1; seed <= 10; seed++) {
        run_by_seed(&seen, TWO_EACH, seed, 1);
        CU_ASSERT_STRING_EQUAL(seen.order, "2233xx");
    }
}

static void ties_let_either_node_be_first_and_keep_the_order_of_each(void)
{
    struct seen seen;
    unsigned n2_first = 0;
    for (unsigned seed = 1; seed <= 40; seed++) {
        run_by_seed(&seen, "ties on\n" TWO_EACH, seed, 1);
        bool n2 = strcmp(seen.order, "2233xx") == 0;
        CU_ASSERT_TRUE(n2 || strcmp(seen.order, "3322xx") == 0);
        n2_first += n2;
    }
    CU_ASSERT_TRUE(n2_first > 5 && n2_first < 35);
}

/* A request arrives at the very end of the worker's life. */
#define AT_THE_END "ttl 1s\nconnect\nat 1s request 3 from n1\nat 1999ms request 3 from n2\n"

static void what_is_due_comes_first_with_ties_too(void)
{
    struct seen seen;
    for (unsigned seed = 1; seed <= 20; seed++) {
        run_by_seed(&seen, "ties on\n" AT_THE_END, seed, 1);
        CU_ASSERT_STRING_EQUAL(seen.order, "x2x");
    }
}

static void ties_are_the_same_for_any_number_of_threads(void)
{
    static const char rest[] = "ties on\nconnect\nat 1s clients 4 from each ids 1..9 until 3s\n"
                               "at 2s freeze n2 for 300ms\nat 2500ms crash n3 for 100ms\n";
    struct seen one, several;
    run_by_seed(&one, rest, 1, 1);
    for (uint32_t threads = 2; threads <= 3; threads++) {
        run_by_seed(&several, rest, 1, threads);
        CU_ASSERT_STRING_EQUAL(several.hash.hex, one.hash.hex);
    }
    run_by_seed(&several, rest, 2, 1);
    CU_ASSERT_STRING_NOT_EQUAL(several.hash.hex, one.hash.hex);
}

SUITE(virtual_ties, TEST(without_ties_the_first_node_is_first),
      TEST(ties_let_either_node_be_first_and_keep_the_order_of_each),
      TEST(what_is_due_comes_first_with_ties_too),
      TEST(ties_are_the_same_for_any_number_of_threads));
