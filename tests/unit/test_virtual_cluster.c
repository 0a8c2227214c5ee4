/* Whole runs: the same records in the same order, however many threads carry them and however the
 * run is cut; and a session by hand, written down and run again. */
#include "base/memory.h"
#include "run/session.h"
#include "scenario/parse.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "virtual/cluster.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS NS_PER_MS

/* Much at the same instants, on several nodes, of several causes. */
static const char busy_text[] = "nodes 4\n"
                                "latency 1ms..3ms\n"
                                "load 0ms..4ms\n"
                                "ttl 50ms\n"
                                "loss 1%\n"
                                "reorder on\n"
                                "connect\n"
                                "at 10ms clients 6 from each ids 1..30 until 900ms\n"
                                "at 100ms\n"
                                "every 3ms request 1 2 from n4 until 800ms\n"
                                "every 3ms request 5 from n1 until 800ms\n"
                                "every 3ms request 7 from any until 800ms\n"
                                "at 300ms partition n1,n2 | n3,n4 for 100ms\n"
                                "at 500ms crash n2 for 50ms\n"
                                "at 600ms freeze n3 for 80ms\n";

struct run {
    struct plan plan;
    struct runner *runner;
};

static void begin(struct run *run, const char *text, uint32_t threads)
{
    char *diagnostics;
    *run = (struct run){0};
    CU_ASSERT_EQUAL_FATAL(
        parse_scenario(&run->plan, "test", text, strlen(text), NULL, 0, &diagnostics), OK);
    struct runner_setup setup = {.plan = &run->plan, .threads = threads};
    CU_ASSERT_EQUAL_FATAL(cluster_new(&run->runner, &setup), OK);
}

static struct hash_value finish(struct run *run)
{
    CU_ASSERT_EQUAL(run->runner->operations->run(run->runner, TIME_NEVER), RUN_OVER);
    CU_ASSERT_EQUAL(checker_violations(judge_check(run->runner->judge)), 0);
    struct hash_value hash = run->runner->operations->hash(run->runner);
    run->runner->operations->delete (run->runner);
    plan_close(&run->plan);
    return hash;
}

static void run_sliced(struct run *run, int64_t until_ns, int64_t slice_ns)
{
    for (int64_t t_ns = slice_ns; t_ns < until_ns; t_ns += slice_ns)
        CU_ASSERT_EQUAL(run->runner->operations->run(run->runner, t_ns), RUN_GOES_ON);
}

static void a_run_is_the_same_however_it_is_cut_and_carried(void)
{
    struct run run;
    begin(&run, busy_text, 1);
    struct hash_value whole = finish(&run);
    for (uint32_t threads = 1; threads <= 4; threads++) {
        for (int64_t slice_ns = 100 * MS; slice_ns > MS / 2; slice_ns /= 6) {
            begin(&run, busy_text, threads);
            run_sliced(&run, 800 * MS, slice_ns);
            struct hash_value cut = finish(&run);
            CU_ASSERT_STRING_EQUAL(cut.hex, whole.hex);
        }
    }
}

/* Hashes all records in the order in which a reader gets them. */
struct order {
    struct reader reader;
    struct hash hash;
};

static void note_order(struct reader *reader, const struct record *record)
{
    hash_add(&((struct order *)reader)->hash, record);
}

static struct hash_value order_of(const char *text, uint32_t cores)
{
    struct run run = {.plan = parsed(text)};
    struct order order = {.reader.take = note_order};
    struct reader *readers[] = {&order.reader};
    struct runner_setup setup = {
        .plan = &run.plan, .readers = readers, .readers_count = 1, .threads = 2, .cores = cores};
    hash_init(&order.hash);
    CU_ASSERT_EQUAL_FATAL(cluster_new(&run.runner, &setup), OK);
    finish(&run);
    return hash_value(&order.hash);
}

/* On one core nobody merges the records of a node that runs alone. */
static void records_come_in_the_same_order_however_many_cores_there_are(void)
{
    static const char *const texts[] = {
        busy_text,
        "nodes 3\nconnect\nat 1s requests 50/s from any ids 1..9 until 3s\n"
        "at 2s crash n2 for 100ms\nat 2500ms freeze n1 for 300ms\n",
        "nodes 3\nlatency 0ms\nload 0ms\nconnect\nat 1s requests 200/s from any ids 1..9 until 3s\n"
        "at 2s leave n2\n",
        "nodes 3\nownership lease\nlatency 1ms..2ms\nconnect\n"
        "at 1s requests 50/s from any ids 1..9 until 3s\nat 2s cut n1 -> n2 for 500ms\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CU_ASSERT_STRING_EQUAL(order_of(texts[i], 1).hex, order_of(texts[i], 2).hex);
}

/* Where nothing keeps it going any more, leases and heartbeats still go to and fro. */
static void a_run_ends_at_the_same_time_however_it_is_cut(void)
{
    static const char text[] = "nodes 4\nownership lease\nlease 50ms\nslots 8\nttl 200ms\n"
                               "latency 30ms\nconnect\nat 1s request 1..8 from n1\n";
    struct hash_value whole = {.hex = ""};
    for (int64_t slice_ns = 10000 * MS; slice_ns > MS / 2; slice_ns /= 3) {
        struct run run;
        begin(&run, text, 1);
        for (int64_t t_ns = slice_ns; run.runner->operations->run(run.runner, t_ns) == RUN_GOES_ON;)
            t_ns += slice_ns;
        struct hash_value cut = finish(&run);
        CU_ASSERT_STRING_EQUAL(cut.hex, whole.hex[0] ? whole.hex : cut.hex);
        whole = cut;
    }
}

/* A run may be screened; whether it is so to the end, and what it comes to. */
static bool screened(const char *text, uint32_t threads, int64_t slice_ns, struct hash_value *hash,
                     struct totals *totals)
{
    struct run run = {.plan = parsed(text)};
    struct runner_setup setup = {.plan = &run.plan, .threads = threads, .may_screen = slice_ns > 0};
    CU_ASSERT_EQUAL_FATAL(cluster_new(&run.runner, &setup), OK);
    if (slice_ns)
        run_sliced(&run, 200 * MS, slice_ns);
    CU_ASSERT_EQUAL(run.runner->operations->run(run.runner, TIME_NEVER), RUN_OVER);
    bool to_the_end = judge_screen(run.runner->judge) != NULL;
    *totals = run.runner->operations->totals(run.runner);
    *hash = finish(&run);
    return to_the_end;
}

static void a_run_comes_to_the_same_whether_it_is_screened_or_not(void)
{
    static const struct {
        const char *text;
        bool is_suspect;
    } runs[] = {
        {"nodes 5\nlatency 1ms..2ms\nload 1ms\nttl 30ms\nconnect\n"
         "at 50ms clients 4 from each ids 1..50 until 300ms\n",
         false},
        {"nodes 5\nretry 20ms\nload 1ms..25ms\nttl 90ms\nconnect\n" /* it tries again */
         "at 50ms clients 4 from each ids 1..50 until 300ms\n",
         true},
        {"nodes 2\ntimeout 300ms\nload 1s\nconnect\nat 50ms request 1 2\nend 350ms\n", true},
    };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct hash_value wanted, got;
        struct totals wanted_totals, totals;
        CU_ASSERT_FALSE(screened(runs[i].text, 1, 0, &wanted, &wanted_totals));
        for (uint32_t threads = 1; threads <= 3; threads++) {
            bool to_the_end = screened(runs[i].text, threads, 7 * MS, &got, &totals);
            CU_ASSERT_EQUAL(to_the_end, !runs[i].is_suspect);
            CU_ASSERT_STRING_EQUAL(got.hex, wanted.hex);
            CU_ASSERT_EQUAL(memcmp(&totals, &wanted_totals, sizeof totals), 0);
        }
    }
}

static char *read_file(const char *name)
{
    static char text[1 << 16];
    FILE *file = fopen(name, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = 0;
    fclose(file);
    return text;
}

static void a_session_by_hand_is_written_down_and_replays_to_the_same_hash(void)
{
    static const char text[] = "nodes 3\nlatency 1ms\nclock n2 +50ppm\nconnect\n"
                               "at 1s every 100ms request 1 2 3 from any until 3s\n"
                               "at 2s crash n3 for 300ms\nat 2500ms request 9 from any\n";
    static const struct {
        int64_t reached_ns;
        const char *statement;
    } done[] = {{1001 * MS, "crash n1"},
                {1500 * MS, "restart n1"},
                {1500 * MS, "request 9 from any"},
                {2100 * MS, "cut n1 <-> n2"},
                {2700 * MS, "heal"}};
    char folder[] = "/tmp/dpsim-test-XXXXXX", *home = getcwd(NULL, 0);
    struct failure failure;
    char name[SESSION_NAME_SIZE];
    struct session session;
    struct run run;
    begin(&run, text, 2);
    session_init(&session, &run.plan, run.runner);
    for (size_t i = 0; i < sizeof done / sizeof *done; i++) {
        CU_ASSERT_EQUAL(run.runner->operations->run(run.runner, done[i].reached_ns), RUN_GOES_ON);
        CU_ASSERT_EQUAL(session_act(&session, done[i].reached_ns + 1, done[i].statement, &failure),
                        OK);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_EQUAL(chdir(folder), 0);
    CU_ASSERT_EQUAL(session_save(&session, name, &failure), OK);
    CU_ASSERT_STRING_EQUAL(name, "dpsim-session-1.txt");
    const char *saved = read_file("dpsim-session-1.txt");
    struct hash_value live = finish(&run);
    session_close(&session);
    begin(&run, saved, 1);
    struct hash_value again = finish(&run);
    CU_ASSERT_STRING_EQUAL(again.hex, live.hex);
    unlink("dpsim-session-1.txt");
    CU_ASSERT_EQUAL(chdir(home), 0);
    rmdir(folder);
    free(home);
}

static void what_cant_be_done_by_hand_is_refused_with_each_word_once(void)
{
    static const struct {
        const char *statement, *why;
    } wrong[] = {
        {"expect errors 0",
         "expect errors 0: what can be done by hand are requests, clients and faults"},
        {"crash n9", "n9: the scenario has 3 nodes (n1..n3)"},
        {"request as a from n1", "request: want an id, such as 7"},
        {"request 1 as errors from n1",
         "as 'errors': that word has a meaning after 'expect'; take another one"},
        {"request 1 as a from n1",
         "request 1 as a from n1: 'as' names replies for what a file expects of them; leave it "
         "out"},
        {"clients 3 from n1", "clients: want 'ids', such as 'ids 1..100'"},
    };
    struct failure failure;
    struct session session;
    struct run run;
    begin(&run, "connect\n", 1);
    session_init(&session, &run.plan, run.runner);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CU_ASSERT_EQUAL(session_act(&session, MS, wrong[i].statement, &failure), ERROR_TEXT);
        CU_ASSERT_STRING_EQUAL(failure.text, wrong[i].why);
    }
    CU_ASSERT_EQUAL(session.added_count, 0);
    finish(&run);
    session_close(&session);
}

/* Keeps what the last reply for id 2 said. */
struct listener {
    struct reader reader;
    int64_t latency_ns;
    struct text value;
};

static void listen(struct reader *reader, const struct record *record)
{
    struct listener *listener = (struct listener *)reader;
    if (record->kind != RECORD_REPLY || text_bytes(&record->id)[0] != '2')
        return;
    listener->latency_ns = record->amount;
    listener->value = record->value;
}

static struct listener reply_for_2(const char *text)
{
    struct listener listener = {.reader = {.take = listen}};
    char *diagnostics;
    struct plan plan;
    CU_ASSERT_EQUAL_FATAL(parse_scenario(&plan, "test", text, strlen(text), NULL, 0, &diagnostics),
                          OK);
    struct reader *readers[] = {&listener.reader};
    struct runner_setup setup = {
        .plan = &plan, .threads = 1, .readers = readers, .readers_count = 1};
    struct runner *runner;
    CU_ASSERT_EQUAL_FATAL(cluster_new(&runner, &setup), OK);
    CU_ASSERT_EQUAL(runner->operations->run(runner, TIME_NEVER), RUN_OVER);
    runner->operations->delete (runner);
    plan_close(&plan);
    return listener;
}

static void taking_a_request_out_leaves_the_draws_of_others_alone(void)
{
    struct listener both = reply_for_2("load 1ms..100ms\nat 1s request 1\nat 3s request 2\n");
    struct listener alone = reply_for_2("load 1ms..100ms\nat 3s request 2\n");
    CU_ASSERT_EQUAL(both.latency_ns, alone.latency_ns);
    CU_ASSERT_TRUE(text_equal(&both.value, &alone.value));
    struct listener later = reply_for_2("load 1ms..100ms\nat 4s request 2\n");
    CU_ASSERT_NOT_EQUAL(later.latency_ns, alone.latency_ns);
}

static void chaos_of_latency_delays_messages_whose_latency_is_constant(void)
{
    struct listener slow = reply_for_2("latency 1ms\nconnect\n"
                                       "at 1s chaos latency 100ms 50/s for 1s until 3s\n"
                                       "at 2500ms request 2 from n1\n");
    CU_ASSERT_TRUE(slow.latency_ns >= 100 * MS);
}

SUITE(virtual_cluster, TEST(a_run_is_the_same_however_it_is_cut_and_carried),
      TEST(records_come_in_the_same_order_however_many_cores_there_are),
      TEST(a_run_ends_at_the_same_time_however_it_is_cut),
      TEST(a_run_comes_to_the_same_whether_it_is_screened_or_not),
      TEST(a_session_by_hand_is_written_down_and_replays_to_the_same_hash),
      TEST(what_cant_be_done_by_hand_is_refused_with_each_word_once),
      TEST(taking_a_request_out_leaves_the_draws_of_others_alone),
      TEST(chaos_of_latency_delays_messages_whose_latency_is_constant));
