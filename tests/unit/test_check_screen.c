/* The screen beside the checker: small runs whose records are changed one at a time, in every way
 * that is listed. The screen suspects every run in which the checker finds a breach, and where it
 * suspects nothing both find the same duplicates. */
#include "base/memory.h"
#include "base/number.h"
#include "check/judge.h"
#include "support/each.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "virtual/cluster.h"

#include <stdio.h>
#include <string.h>

#define MS NS_PER_MS

/* A run that was judged, with all its records. Their texts are short. */
struct taped {
    struct reader reader;
    struct plan plan;
    struct record *records;
    size_t count;
    size_t capacity;
    int64_t t_ns;
    struct tally sum;
    struct under_way under_way;
};

static void tape(struct reader *reader, const struct record *record)
{
    struct taped *taped = (struct taped *)reader;
    if (record->kind >= RECORD_FAULT && record->kind != RECORD_LEASE)
        return;
    CU_ASSERT_FATAL(!text_is_large(&record->id) && !text_is_large(&record->value));
    CU_ASSERT_FATAL(!memory_reserve((void **)&taped->records, &taped->capacity, taped->count + 1,
                                    sizeof *taped->records));
    taped->records[taped->count++] = *record;
}

/* The answer that this SEND of a REPLY carries: what its node has served just before. */
static const struct record *served_before(const struct taped *taped, size_t at)
{
    node_id node = taped->records[at].node;
    while (taped->records[--at].node != node)
        ;
    return &taped->records[at];
}

static bool is_of_arrival(const struct record *record)
{
    return record->kind == RECORD_RECV || record->kind == RECORD_DROP;
}

static bool arrives(const struct taped *taped, uint64_t number)
{
    for (size_t i = 0; i < taped->count; i++)
        if (is_of_arrival(&taped->records[i]) && taped->records[i].number == number)
            return true;
    return false;
}

static void add_under_way(struct taped *taped, size_t at)
{
    const struct record *sent = &taped->records[at];
    struct message message = {.kind = sent->message,
                              .from = sent->node,
                              .number = sent->number,
                              .request = sent->request};
    if (sent->message == MESSAGE_REQUEST) {
        message.code = sent->code;
        message.as.ask.id = sent->id;
    } else if (sent->message == MESSAGE_REPLY) {
        const struct record *served = served_before(taped, at);
        message.part = sent->code;
        message.as.answer.value = served->value;
        message.as.answer.worker = served->worker;
    } else if (sent->message == MESSAGE_LEASE) {
        message.code = sent->code;
    }
    taped->under_way.messages++;
    screen_add_under_way(&taped->under_way, &message, sent->peer);
}

static void count_under_way(struct taped *taped)
{
    struct under_way *sum = &taped->under_way;
    for (size_t i = 0; i < taped->count; i++) {
        enum record_kind kind = taped->records[i].kind;
        sum->requests += kind == RECORD_REQUEST;
        sum->requests -= kind == RECORD_REPLY || kind == RECORD_FAIL;
        sum->workers += kind == RECORD_START;
        sum->workers -= kind == RECORD_EXPIRE || kind == RECORD_LOST;
        if (kind == RECORD_SEND && !arrives(taped, taped->records[i].number))
            add_under_way(taped, i);
    }
}

static void tape_begin(struct taped *taped, const char *text)
{
    *taped = (struct taped){.reader.take = tape, .plan = parsed(text)};
    struct reader *readers[] = {&taped->reader};
    struct runner_setup setup = {
        .plan = &taped->plan, .readers = readers, .readers_count = 1, .threads = 1, .cores = 1};
    struct runner *runner;
    CU_ASSERT_EQUAL_FATAL(cluster_new(&runner, &setup), OK);
    CU_ASSERT_EQUAL(runner->operations->run(runner, TIME_NEVER), RUN_OVER);
    taped->t_ns = runner->operations->now_ns(runner);
    runner->operations->delete (runner);
    count_under_way(taped);
}

static void tape_end(struct taped *taped)
{
    memory_free(taped->records);
    plan_close(&taped->plan);
}

/* ---- two verdicts ---------------------------------------------------------------------------- */

struct verdict {
    bool suspect;
    uint64_t breaches;
    uint64_t duplicates;
    int64_t duplicate_ns;
    uint64_t causes[CAUSES_COUNT];
    struct hash_value hash; /* of the duplicates, with their texts */
};

static struct verdict end_judge(struct judge *judge, const struct taped *taped)
{
    const struct checker *checker = judge_check(judge);
    judge_at_end(judge, &(struct judge_end){.t_ns = taped->t_ns,
                                            .sum = &taped->sum,
                                            .under_way = &taped->under_way});
    struct verdict verdict = {.breaches = checker_violations(checker),
                              .duplicates = checker_duplicates(checker),
                              .duplicate_ns = checker_duplicate_ns(checker, taped->t_ns),
                              .hash = hash_value(judge_hash(judge))};
    for (enum cause cause = 0; cause < CAUSES_COUNT; cause++)
        verdict.causes[cause] = checker_duplicates_by(checker, cause);
    judge_delete(judge);
    return verdict;
}

static struct verdict by_checker(const struct taped *taped)
{
    struct judge *judge = judge_new(&(struct judge_setup){.plan = &taped->plan});
    CU_ASSERT_PTR_NOT_NULL_FATAL(judge);
    for (size_t i = 0; i < taped->count; i++)
        judge_take(judge, &taped->records[i]);
    return end_judge(judge, taped);
}

static struct verdict by_screen(const struct taped *taped)
{
    struct judge *judge =
        judge_new(&(struct judge_setup){.plan = &taped->plan, .may_screen = true});
    struct screen *screen = judge ? judge_screen(judge) : NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(screen);
    bool suspect = false;
    for (size_t i = 0; i < taped->count && !suspect; i++) {
        struct screen_node *node = screen_node(screen, taped->records[i].node);
        CU_ASSERT_EQUAL_FATAL(screen_take(node, &taped->records[i]), OK);
        screen_gather(node, screen);
        CU_ASSERT_EQUAL_FATAL(screen_merge(screen), OK);
        suspect = screen_suspects(node) || screen_suspects_all(screen);
    }
    if (suspect || !screen_holds(screen, taped->t_ns, &taped->under_way)) {
        judge_delete(judge);
        return (struct verdict){.suspect = true};
    }
    return end_judge(judge, taped);
}

static bool is_same(const struct verdict *a, const struct verdict *b)
{
    return a->duplicates == b->duplicates && a->duplicate_ns == b->duplicate_ns &&
           !memcmp(a->causes, b->causes, sizeof a->causes) &&
           !memcmp(&a->hash, &b->hash, sizeof a->hash);
}

/* ---- changes --------------------------------------------------------------------------------- */

static void change_id(struct record *record)
{
    record->id = text_borrow(text_equal(&record->id, &(struct text){0}) ? "1" : "77", 2);
}

#define CHANGES 29u

/* No LEASE is of a slot that there is not. */
static bool has_its_slots(const struct taped *taped, const struct record *record)
{
    struct record one;
    struct byte_reader rest;
    if (record->kind != RECORD_LEASE)
        return true;
    for (bool more = record_first_slot(record, &one, &rest); more;
         more = record_next_slot(&one, &rest))
        if (one.number >= taped->plan.settings.slots)
            return false;
    return true;
}

/* Changes record `at` in way number `way`. Whether there is such a way. */
static bool change(struct taped *taped, size_t at, uint32_t way)
{
    struct record *record = &taped->records[at], *next = record + 1;
    uint32_t nodes = taped->plan.settings.nodes;
    bool last = at + 1 == taped->count;
    while (!last && next->node != record->node)
        last = ++next == taped->records + taped->count;
    struct record kept = *record;
    switch (way) {
    case 0: /* it is missing */
        memmove(record, record + 1, (--taped->count - at) * sizeof *record);
        return true;
    case 1: /* it is twice */
        memmove(record + 1, record, (taped->count++ - at) * sizeof *record);
        return true;
    case 2: /* it changes places with the node's next one, at the times of these */
    case 3: /* or comes in its stead, its twin being lost */
        if (last)
            return false;
        *record = *next;
        if (way == 2)
            *next = kept;
        next->t_ns = next->clock_ns = max_i64(next->t_ns, record->t_ns);
        record->t_ns = record->clock_ns = kept.t_ns;
        return true;
    case 4:
    case 5: /* two of a kind exchange what they are about */
        for (next = record + 1; next < taped->records + taped->count; next++)
            if (next->kind == record->kind && next->message == record->message)
                break;
        if (next == taped->records + taped->count)
            return false;
        record->request = way == 4 ? next->request : record->request;
        next->request = way == 4 ? kept.request : next->request;
        record->number = way == 5 ? next->number : record->number;
        next->number = way == 5 ? kept.number : next->number;
        return true;
    case 6:
    case 7: /* … what they bear */
        for (next = record + 1; next < taped->records + taped->count; next++)
            if (next->kind == record->kind && next->message == record->message)
                break;
        if (next == taped->records + taped->count)
            return false;
        record->value = way == 6 ? next->value : record->value;
        next->value = way == 6 ? kept.value : next->value;
        record->worker = way == 7 ? next->worker : record->worker;
        next->worker = way == 7 ? kept.worker : next->worker;
        return true;
    case 8:
        record->request += nodes;
        return true;
    case 9:
        record->request += 1;
        return true;
    case 10:
        record->number += nodes;
        return true;
    case 11:
        record->number += 1;
        return true;
    case 12:
        record->worker += nodes;
        return true;
    case 13:
        record->worker = 0;
        return true;
    case 14:
        record->value = text_borrow("altered", 7);
        return true;
    case 15:
        change_id(record);
        return true;
    case 16:
        record->peer = (record->peer == NODE_NONE ? 0 : record->peer + 1) % nodes;
        return true;
    case 17:
        record->node = (record->node + 1) % nodes;
        return true;
    case 18:
        record->code++;
        return true;
    case 19:
        record->amount++;
        return true;
    case 20:
        record->amount--;
        return true;
    case 21:
        record->message = record->message == MESSAGE_REPLY ? MESSAGE_REQUEST : MESSAGE_REPLY;
        return true;
    case 22: /* it is late, and all that follow it */
    case 23: /* the node's clock is wrong */
        for (next = record; next < taped->records + taped->count; next++) {
            next->t_ns += way == 22 ? MS : 0;
            next->clock_ns += next->node == kept.node || way == 22 ? MS : 0;
        }
        return true;
    case 24:
        record->epoch++;
        return true;
    case 25: /* what lasts until then is over long before */
        record->amount -= record->kind == RECORD_LEASE ? 9 * MS : 0;
        return record->kind == RECORD_LEASE;
    case 26: /* the turn failed, … */
        record->why++;
        return record->kind == RECORD_SERVE;
    case 27: /* … or began long before */
        record->amount += 40 * MS;
        return record->kind == RECORD_SERVE;
    case 28: /* its caller waits for a third of what the plan says */
        record->amount = record->t_ns + (record->amount - record->t_ns) / 3;
        return record->kind == RECORD_REQUEST;
    default:
        return false;
    }
}

/* No simulated message can come before it is sent: see host_post. */
static bool comes_before_it_is_sent(const struct taped *taped, size_t at)
{
    for (size_t i = at + 1; i < taped->count; i++)
        if (taped->records[i].kind == RECORD_SEND &&
            taped->records[i].number == taped->records[at].number)
            return true;
    return false;
}

static bool is_possible(const struct taped *taped)
{
    for (size_t i = 0; i < taped->count; i++)
        if (is_of_arrival(&taped->records[i]) && comes_before_it_is_sent(taped, i))
            return false;
    return true;
}

/* Changes every record in every way, or in some of them: each(). Returns how many changes the
 * checker found, times that. */
static size_t try_all(const char *text)
{
    struct taped taped;
    tape_begin(&taped, text);
    struct verdict checked = by_checker(&taped), screened = by_screen(&taped);
    CU_ASSERT_EQUAL(checked.breaches, 0);
    CU_ASSERT_FALSE(screened.suspect);
    CU_ASSERT_TRUE(is_same(&checked, &screened));
    struct taped changed = taped;
    changed.records = memory_zeroed((taped.count + 1) * sizeof *changed.records);
    CU_ASSERT_PTR_NOT_NULL_FATAL(changed.records);
    size_t found = 0;
    for (size_t i = 0; i < taped.count * CHANGES; i += each()) {
        changed.count = taped.count;
        memcpy(changed.records, taped.records, taped.count * sizeof *taped.records);
        if (!change(&changed, i / CHANGES, (uint32_t)(i % CHANGES)) || !is_possible(&changed) ||
            !has_its_slots(&taped, &changed.records[i / CHANGES]))
            continue;
        checked = by_checker(&changed);
        screened = by_screen(&changed);
        found += checked.breaches > 0;
        bool holds = screened.suspect || (!checked.breaches && is_same(&checked, &screened));
        CU_ASSERT_TRUE(holds);
        if (!holds)
            printf("\n%s\nrecord %zu, a %s, changed in way %zu, passes\n", text, i / CHANGES,
                   record_name(taped.records[i / CHANGES].kind), i % CHANGES);
    }
    memory_free(changed.records);
    tape_end(&taped);
    return found * each();
}

static void whatever_the_checker_finds_the_screen_suspects(void)
{
    size_t found = try_all("nodes 3\n"
                           "membership static\n"
                           "clients 2 from each ids 1..4 until 6ms\n"
                           "end 7ms\n");
    CU_ASSERT_TRUE(found > 1000);
}

static void likewise_of_workers_that_load_work_and_hand_on(void)
{
    size_t found = try_all("nodes 3\n"
                           "membership static\n"
                           "ttl 8ms jitter 10%\n"
                           "load 1ms..2ms\n"
                           "work 1ms\n"
                           "clients 2 from each ids 1..2 until 20ms\n"
                           "end 21ms\n");
    CU_ASSERT_TRUE(found > 1000);
}

static void likewise_where_lives_are_prolonged_and_loads_wait(void)
{
    size_t found = try_all("nodes 2\n"
                           "membership static\n"
                           "route rendezvous\n"
                           "expire idle\n"
                           "load-at-once 1\n"
                           "ttl 4ms\n"
                           "load 1ms\n"
                           "clients 2 from each ids 1..3 think 1ms until 12ms\n"
                           "at 30ms request 1\n"
                           "end 31ms\n");
    CU_ASSERT_TRUE(found > 500);
}

static void likewise_where_nodes_connect(void)
{
    size_t found = try_all("nodes 3\n"
                           "heartbeat 3ms\n"
                           "connect\n"
                           "at 5ms request 1 2 3 from n1\n"
                           "end 12ms\n");
    CU_ASSERT_TRUE(found > 500);
}

static void likewise_of_open_load(void)
{
    size_t found = try_all("nodes 2\n"
                           "membership static\n"
                           "requests 1500/s from any ids 1..3 until 12ms\n"
                           "requests 500/s from n1 ids 1..3 until 12ms\n"
                           "end 14ms\n");
    CU_ASSERT_TRUE(found > 500);
}

/* n2 crashes with requests waiting there, which n1 and n3 try again; those that it owned have
 * workers elsewhere meanwhile. */
static void likewise_where_a_node_crashes(void)
{
    size_t found = try_all("nodes 3\n"
                           "heartbeat 8ms\n"
                           "suspect 20ms\n"
                           "ttl 15ms\n"
                           "load 1ms\n"
                           "connect\n"
                           "at 5ms clients 1 from each ids 1..4 until 40ms think 2ms\n"
                           "at 12ms crash n2 for 12ms\n"
                           "end 42ms\n");
    CU_ASSERT_TRUE(found > 1000);
}

static void likewise_where_nobody_sees_the_crash(void)
{
    size_t found = try_all("nodes 3\n"
                           "heartbeat 8ms\n"
                           "suspect 20ms\n"
                           "retry 6ms\n"
                           "timeout 30ms\n"
                           "fallback owner\n"
                           "connect\n"
                           "at 5ms clients 1 from each ids 1..4 until 40ms think 3ms\n"
                           "at 12ms crash n2 silently for 10ms\n"
                           "at 30ms crash n3 silently\n"
                           "end 55ms\n");
    CU_ASSERT_TRUE(found > 1000);
}

static void likewise_of_a_partition_and_loss(void)
{
    size_t found = try_all("nodes 3\n"
                           "heartbeat 8ms\n"
                           "suspect 20ms\n"
                           "retry 7ms\n"
                           "timeout 20ms\n"
                           "work 1ms\n"
                           "connect\n"
                           "at 5ms clients 1 from each ids 1..4 until 40ms think 3ms\n"
                           "at 12ms partition n1 | n2,n3 for 12ms\n"
                           "at 26ms loss 30%\n"
                           "end 45ms\n");
    CU_ASSERT_TRUE(found > 1000);
}

static void likewise_where_answers_are_lost(void)
{
    size_t found = try_all("nodes 4\n"
                           "membership static\n"
                           "route rendezvous\n"
                           "fallback owner\n"
                           "ttl 10ms jitter 20%\n"
                           "retry 4ms\n"
                           "timeout 8ms\n"
                           "work 3ms\n"
                           "loss 10%\n"
                           "requests 700/s from each ids 1..6 until 21ms\n"
                           "at 13ms crash n4 for 5ms may miss\n"
                           "at 17ms crash n2 may miss\n"
                           "end 25ms\n");
    CU_ASSERT_TRUE(found > 500);
}

static void likewise_of_a_freeze(void)
{
    size_t found = try_all("nodes 2\n"
                           "membership static\n"
                           "retry 7ms\n"
                           "timeout 12ms\n"
                           "ttl 15ms\n"
                           "work 1ms\n"
                           "fallback none\n"
                           "requests 800/s from each ids 1..3 until 40ms\n"
                           "at 12ms freeze n2 for 16ms\n"
                           "at 34ms freeze n1\n"
                           "at 38ms crash n1\n"
                           "end 45ms\n");
    CU_ASSERT_TRUE(found > 1000);
}

static void likewise_where_one_joins_late(void)
{
    size_t found = try_all("nodes 3\n"
                           "heartbeat 8ms\n"
                           "suspect 20ms\n"
                           "absent n3\n"
                           "route rendezvous\n"
                           "connect\n"
                           "at 5ms clients 1 from each ids 1..4 until 40ms think 3ms\n"
                           "at 12ms join n3\n"
                           "end 45ms\n");
    CU_ASSERT_TRUE(found > 1000);
}

static void likewise_of_leases(void)
{
    size_t found = try_all("nodes 3\n"
                           "membership static\n"
                           "ownership lease\n"
                           "slots 4\n"
                           "lease 20ms\n"
                           "ttl 7ms\n"
                           "at 6ms clients 1 from each ids 1..4 until 10ms\n"
                           "at 22ms request 1\n"
                           "end 23ms\n");
    CU_ASSERT_TRUE(found > 500);
}

/* Whether the screen suspects the run, or finds the same duplicates as the checker. */
static bool is_judged_alike(const char *text)
{
    struct taped taped;
    tape_begin(&taped, text);
    struct verdict checked = by_checker(&taped), screened = by_screen(&taped);
    CU_ASSERT_TRUE(checked.duplicates > 0);
    tape_end(&taped);
    return screened.suspect || is_same(&checked, &screened);
}

/* Others' requests wait at a node that joins, and are over when it finds its view. One worker
 * starts for its own request, which came later; one for those, if the checker has not forgotten
 * them. Further workers come later. */
static void likewise_of_a_worker_for_which_others_waited_before(void)
{
    CU_ASSERT_TRUE(
        is_judged_alike("nodes 5\n"
                        "absent n4,n5\n"
                        "connect\n"
                        "requests 30/s..60/s from each ids 1..10 until 4s timeout 458ms\n"
                        "at 782ms crash n2 for 7ms\n"
                        "at 3638ms restart n5\n"
                        "end 4s\n"));
    CU_ASSERT_TRUE(is_judged_alike("seed 1582\n"
                                   "nodes 4\n"
                                   "route jump\n"
                                   "fallback none\n"
                                   "retry 200ms\n"
                                   "loss 10%\n"
                                   "connect\n"
                                   "requests 80/s from each ids 1..10 until 4s timeout 100ms\n"
                                   "at 582ms join n2 may miss\n"
                                   "at 1654ms freeze n1 for 60ms may miss\n"
                                   "at 1897ms crash n2 for 3ms may miss\n"
                                   "at 3176ms crash n1 silently for 7ms may miss\n"
                                   "end 4500ms\n"));
}

static void runs_with_leases_and_faults_are_the_checkers(void)
{
    struct plan plan = parsed("nodes 1\nownership lease\nconnect\nrequest 1");
    CU_ASSERT_TRUE(screen_suits(&plan));
    plan_close(&plan);
    plan = parsed("nodes 2\nownership lease\nconnect\nrequest 1\nat 1s crash n2");
    CU_ASSERT_FALSE(screen_suits(&plan));
    plan_close(&plan);
}

SUITE(check_screen, TEST(likewise_of_open_load),
      TEST(whatever_the_checker_finds_the_screen_suspects),
      TEST(likewise_of_workers_that_load_work_and_hand_on),
      TEST(likewise_where_lives_are_prolonged_and_loads_wait), TEST(likewise_where_nodes_connect),
      TEST(likewise_where_a_node_crashes), TEST(likewise_where_nobody_sees_the_crash),
      TEST(likewise_of_a_partition_and_loss), TEST(likewise_where_answers_are_lost),
      TEST(likewise_of_a_freeze), TEST(likewise_where_one_joins_late), TEST(likewise_of_leases),
      TEST(likewise_of_a_worker_for_which_others_waited_before),
      TEST(runs_with_leases_and_faults_are_the_checkers));
