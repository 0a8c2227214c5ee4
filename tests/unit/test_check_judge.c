/* The judge: in which order its readers see what, and what it makes of a plan. */
#include "check/judge.h"
#include "node/message.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "trace/fault.h"

#include <string.h>

#define MS NS_PER_MS

/* Keeps the kinds of all records. */
struct listener {
    struct reader reader;
    enum record_kind kinds[64];
    uint64_t numbers[64];
    size_t count;
};

static void listen(struct reader *reader, const struct record *record)
{
    struct listener *listener = (struct listener *)reader;
    CU_ASSERT_FATAL(listener->count < 64);
    listener->numbers[listener->count] = record->number;
    listener->kinds[listener->count++] = record->kind;
}

struct trial {
    struct plan plan;
    struct listener listener;
    struct reader *readers[1];
    struct judge *judge;
};

static void begin_with_error(struct trial *trial, const char *text, bool live, int64_t error_ns)
{
    *trial = (struct trial){.plan = parsed(text), .listener.reader.take = listen};
    trial->readers[0] = &trial->listener.reader;
    struct judge_setup setup = {.plan = &trial->plan,
                                .readers = trial->readers,
                                .readers_count = 1,
                                .live = live,
                                .error_ns = error_ns};
    trial->judge = judge_new(&setup);
    CU_ASSERT_PTR_NOT_NULL_FATAL(trial->judge);
    for (node_id node = 0; node < trial->plan.settings.nodes; node++) {
        struct record up = record_of(RECORD_UP);
        up.node = node;
        up.epoch = 1;
        judge_take(trial->judge, &up);
    }
}

static void begin(struct trial *trial, const char *text, bool live)
{
    begin_with_error(trial, text, live, 0);
}

/* Returns the breaches. */
static uint64_t end(struct trial *trial)
{
    CU_ASSERT_FALSE(judge_failed(trial->judge));
    uint64_t violations = checker_violations(judge_check(trial->judge));
    judge_delete(trial->judge);
    plan_close(&trial->plan);
    return violations;
}

/* An answer that nobody waits for: only a link that repeats messages can be the reason. */
static void answer_unasked(struct trial *trial, uint64_t number)
{
    struct record record = record_of(RECORD_SEND);
    record.t_ns = record.clock_ns = 1 * MS;
    record.number = number;
    record.message = MESSAGE_REPLY;
    record.request = 1;
    record.node = 1;
    record.peer = 0;
    judge_take(trial->judge, &record);
}

/* As the executor records `reorder on`, or its end, in this line of the scenario. */
static void set_reorder(struct trial *trial, uint32_t line, bool on, bool begins)
{
    struct record record = record_of(RECORD_SET);
    static const char all_nodes_all_links[2] = {0, 0};
    record.code = SET_REORDER;
    record.line = line;
    record.amount = on;
    record.number = begins;
    record.id = text_borrow(all_nodes_all_links, 2);
    judge_take(trial->judge, &record);
}

static void a_change_of_reorder_holds_until_the_next_or_its_own_end(void)
{
    static const struct {
        uint32_t line;
        bool on, begins;
        uint64_t breaches; /* of one unasked answer after it */
    } steps[] = {{2, false, true, 1}, {3, true, true, 0}, {4, false, true, 1}, {4, false, false, 0},
                 {3, true, false, 1}, {3, true, true, 0}, {4, false, true, 1}, {3, true, false, 1}};
    struct trial trial;
    uint64_t sum = 0;
    begin(&trial, "nodes 2\n", false);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        set_reorder(&trial, steps[i].line, steps[i].on, steps[i].begins);
        uint64_t before = checker_violations_of(judge_check(trial.judge), RULE_ONE_OUTCOME);
        answer_unasked(&trial, 2 + i);
        uint64_t after = checker_violations_of(judge_check(trial.judge), RULE_ONE_OUTCOME);
        CU_ASSERT_EQUAL(after - before, steps[i].breaches);
        sum += steps[i].breaches;
    }
    CU_ASSERT_EQUAL(end(&trial), sum);
}

static uint64_t breaches(const char *text, bool live)
{
    struct trial trial;
    begin(&trial, text, live);
    answer_unasked(&trial, 2);
    return end(&trial);
}

static void links_keep_order_unless_the_plan_says_otherwise_or_always_where_they_are_real(void)
{
    static const char always[] = "nodes 2\n", never[] = "nodes 2\nreorder on\n",
                      some[] = "nodes 2\nreorder n2 -> n1 on\n",
                      others[] = "nodes 2\nreorder n1 -> n2 on\n",
                      twice[] = "nodes 2\nduplicate 1%\n";
    CU_ASSERT_EQUAL(breaches(always, false), 1);
    CU_ASSERT_EQUAL(breaches(never, false), 0);
    CU_ASSERT_EQUAL(breaches(some, false), 0);
    CU_ASSERT_EQUAL(breaches(others, false), 1);
    CU_ASSERT_EQUAL(breaches(twice, false), 0);
    CU_ASSERT_EQUAL(breaches(always, true), 1);
    CU_ASSERT_EQUAL(breaches(never, true), 1);
    CU_ASSERT_EQUAL(breaches(some, true), 1);
    CU_ASSERT_EQUAL(breaches(twice, true), 1);
}

static void readers_see_a_record_before_what_is_made_of_it(void)
{
    static const enum record_kind kinds[] = {RECORD_UP, RECORD_UP, RECORD_SEND, RECORD_VIOLATION};
    struct trial trial;
    begin(&trial, "nodes 2\n", false);
    answer_unasked(&trial, 2);
    CU_ASSERT_EQUAL_FATAL(trial.listener.count, sizeof kinds / sizeof *kinds);
    CU_ASSERT_EQUAL(memcmp(trial.listener.kinds, kinds, sizeof kinds), 0);
    CU_ASSERT_EQUAL(end(&trial), 1);
}

static void without_a_trace_only_expectations_are_heard_of(void)
{
    static struct tally sum;
    struct under_way nothing = {0};
    struct trial trial;
    begin(&trial, "nodes 2\ntrace off\nat 1s request 1\nexpect requests = 0\n", false);
    answer_unasked(&trial, 2);
    CU_ASSERT_EQUAL(trial.listener.count, 0);
    judge_at_end(trial.judge,
                 &(struct judge_end){.t_ns = 5 * MS, .sum = &sum, .under_way = &nothing});
    CU_ASSERT_EQUAL(trial.listener.count, 1);
    CU_ASSERT_EQUAL(trial.listener.kinds[0], RECORD_EXPECT);
    CU_ASSERT_EQUAL(end(&trial), 0);
}

static void start_found(struct trial *trial, int64_t t_ns, node_id node, uint64_t worker)
{
    struct record record = record_of(RECORD_START);
    record.t_ns = record.clock_ns = t_ns;
    record.node = node;
    record.worker = worker;
    record.code = START_FOUND;
    record.id = text_borrow("a", 1);
    judge_take(trial->judge, &record);
}

/* What is made of the first one is a record too, and settles the second one. */
static void two_further_workers_that_are_certain_at_once_are_each_found_once(void)
{
    struct trial trial;
    uint64_t found = 0;
    begin_with_error(&trial, "nodes 3\n", true, 5 * MS);
    for (node_id node = 0; node < 3; node++)
        start_found(&trial, 1 * MS, node, node + 1);
    struct record later = record_of(RECORD_FAULT);
    later.t_ns = 20 * MS;
    judge_take(trial.judge, &later);
    for (size_t i = 0; i < trial.listener.count; i++)
        found += trial.listener.kinds[i] == RECORD_DUPLICATE;
    CU_ASSERT_EQUAL(found, 2);
    CU_ASSERT_EQUAL(checker_duplicates(judge_check(trial.judge)), 2);
    CU_ASSERT_EQUAL(end(&trial), 0);
}

static void readers_get_a_record_of_each_lease_that_is_renewed(void)
{
    struct trial trial;
    begin(&trial, "ownership lease\nslots 300\n", false);
    struct record record = record_of(RECORD_LEASE);
    record.node = 0;
    record.worker = 1;
    record.amount = 1;
    record.code = LEASE_RENEWED;
    record.number = 7;
    record.value = text_borrow("\0\1\200\1", 4);
    size_t before = trial.listener.count;
    judge_take(trial.judge, &record);
    static const uint64_t slots[] = {7, 8, 10, 139};
    for (size_t i = 0, at = before; i < 4; i++, at++) {
        while (at < trial.listener.count && trial.listener.kinds[at] != RECORD_LEASE)
            at++;
        CU_ASSERT_FATAL(at < trial.listener.count);
        CU_ASSERT_EQUAL(trial.listener.numbers[at], slots[i]);
    }
    CU_ASSERT_EQUAL(end(&trial), 4); /* it held none of them */
}

SUITE(check_judge, TEST(readers_get_a_record_of_each_lease_that_is_renewed),
      TEST(a_change_of_reorder_holds_until_the_next_or_its_own_end),
      TEST(links_keep_order_unless_the_plan_says_otherwise_or_always_where_they_are_real),
      TEST(readers_see_a_record_before_what_is_made_of_it),
      TEST(without_a_trace_only_expectations_are_heard_of),
      TEST(two_further_workers_that_are_certain_at_once_are_each_found_once));
