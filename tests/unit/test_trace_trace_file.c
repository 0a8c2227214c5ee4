/* Saved traces: what was written is read, and what was not is refused by its line. */
#include "scenario/plan_printer.h"
#include "search/trial.h"
#include "support/parsed.h"
#include "support/suite.h"
#include "trace/jsonl.h"
#include "trace/trace_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool never(void)
{
    return false;
}

/* ---- a run, written and read --------------------------------------------------------------- */

static void write_trace(FILE *out, const struct plan *plan)
{
    struct jsonl *jsonl = calloc(1, sizeof *jsonl);
    struct trial trial;
    struct trial_result result;
    struct string_builder settings = {0};
    plan_settings_json(&settings, &plan->settings);
    jsonl_begin(jsonl, out, plan->settings.nodes, plan->settings.seed, "a.txt", settings.text);
    CU_ASSERT_EQUAL_FATAL(trial_init(&trial, plan, never), OK);
    CU_ASSERT_EQUAL_FATAL(trial_result_init(&result, plan), OK);
    trial.reader = &jsonl->reader;
    trial_run(&trial, plan->settings.seed, &result);
    CU_ASSERT_EQUAL(result.state, RUN_OVER);
    jsonl_end(jsonl, result.virtual_ns, result.hash.hex, &result.totals, 0);
    trial_result_close(&result);
    trial_close(&trial);
    string_builder_close(&settings);
    free(jsonl);
}

/* Reads the trace and writes its records again, between the same head and end. */
static void write_again(FILE *out, const char *name)
{
    struct jsonl *jsonl = calloc(1, sizeof *jsonl);
    struct trace_file file;
    struct record record;
    enum trace_step step = trace_file_open(&file, name);
    CU_ASSERT_EQUAL_FATAL(step, TRACE_HAS_RECORD);
    jsonl_begin(jsonl, out, file.head.nodes, file.head.seed, file.head.scenario, "");
    while ((step = trace_file_next(&file, &record)) == TRACE_HAS_RECORD)
        reader_take(&jsonl->reader, &record);
    CU_ASSERT_EQUAL(step, TRACE_IS_OVER);
    CU_ASSERT_STRING_EQUAL(file.why, "");
    writer_flush(&jsonl->writer);
    trace_file_close(&file);
    free(jsonl);
}

static char *text_of_file(const char *name)
{
    FILE *in = fopen(name, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(in);
    fseek(in, 0, SEEK_END);
    size_t size = (size_t)ftell(in);
    char *text = malloc(size + 1);
    rewind(in);
    CU_ASSERT_EQUAL(fread(text, 1, size, in), size);
    text[size] = '\0';
    fclose(in);
    return text;
}

static void round_trip(const char *scenario)
{
    char name[] = "/tmp/dpsim-trace-XXXXXX", *again;
    size_t size;
    struct plan plan = parsed(scenario);
    FILE *out = fdopen(mkstemp(name), "w"), *memory = open_memstream(&again, &size);
    write_trace(out, &plan);
    fclose(out);
    CU_ASSERT_TRUE(trace_file_begins(name));
    write_again(memory, name);
    fclose(memory);
    char *first = text_of_file(name), *begin = strchr(first, '\n') + 1;
    char *records = strchr(again, '\n') + 1;
    size_t common = strlen(records);
    CU_ASSERT_TRUE(common > 1000);
    CU_ASSERT_EQUAL(strncmp(begin, records, common), 0);
    CU_ASSERT_EQUAL(strncmp(begin + common, "{\"ev\":\"end\",", 11), 0);
    remove(name);
    free(first);
    free(again);
    plan_close(&plan);
}

static void a_trace_is_read_as_it_was_written(void)
{
    round_trip(
        "nodes 5\nlatency 1ms..5ms\nload 1ms..9ms\nload-fail 5%\nttl 2s\nroute ring\nreorder on\n"
        "duplicate 2%\nloss n2 -> n3 1%\nclock n2 +200ppm\nclock n3 +15ms\nconnect\n"
        "at 1s clients 2 from each ids 1..12 until 12s think 50ms\n"
        "at 1s request \"a b\" élan from n1,n3\n"
        "at 2s crash n2 for 1s\nat 2s partition n1 | n3,n4 | n5 for 1s\n"
        "at 4s freeze n4 for 2s\nat 5s cut n1 -> n3,n5 for 1s\nat 5s cut n1 <-> n2\n"
        "at 6s heal\nat 6s latency n2,n3 <-> n1 9ms for 1s\nat 7s work 5ms on n1 for 1s\n"
        "at 7s load 30ms for 1s\nat 7s crash n5\nat 8s restart n5\nat 8s leave n2\n"
        "at 9s join n2\nat 9s seed 5\nat 10s clock n1 +1ms\nat 10s reorder n1 -> n2 off\n"
        "always one-worker\nsometimes duplicate\nexpect errors < 1\n");
    round_trip("nodes 12\nmembership static\nabsent n4,n5\nroute jump\nfallback none\nexpire idle\n"
               "at 1s every 100ms request 1 2 3 from any until 9s\nat 2s restart n4\n"
               "at 3s rolling restart n1,n2 pause 1s\nexpect workers 2\n");
}

/* n2 stands still until others have its ids, and then ends its workers; n3 is alone, and its leases
 * end while it goes on; n1 leaves and gives its leases up. */
static void leases_and_tokens_are_read_as_they_were_written(void)
{
    round_trip("nodes 3\nroute rendezvous\nownership lease\nslots 16\ntimeout 10s\n"
               "retry 400ms\nwork 100ms\nttl 60s\nclock n3 +20ms\nconnect\n"
               "at 1s request 1..12 from n1\nat 4s request 3 from n2\n"
               "at 4.050s freeze n2 for 4s\nat 5.2s request 1..12 from n3\nend 12s\n");
    round_trip("nodes 3\nroute rendezvous\nownership lease\nslots 16\nlatency 1ms..5ms\n"
               "ttl 60s\nload 1ms..9ms\nload-fail 5%\nconnect\nat 1s request 1..30 from n1\n"
               "at 2s partition n1,n2 | n3 for 8s\nat 5s request 1..30 from each\n"
               "at 12s request 1..30 from n3\nat 13s leave n1\nend 14s\n");
}

/* ---- what is no trace ---------------------------------------------------------------------- */

#define HEAD                                                                                       \
    "{\"ev\":\"run\",\"v\":2,\"seed\":18446744073709551615,\"nodes\":3,\"scenario\":\"a\","        \
    "\"settings\":{\"route\":\"modulo\",\"fallback\":\"local\",\"membership\":\"heartbeat\","      \
    "\"trace\":\"all\"}}\n"
#define END "{\"ev\":\"end\",\"t\":5}\n"

/* Reads all of it; the line and the reason where it ends. */
static enum trace_step read_all(const char *text, size_t size, uint64_t *line, char *why)
{
    char name[] = "/tmp/dpsim-trace-XXXXXX";
    struct trace_file file;
    struct record record;
    FILE *out = fdopen(mkstemp(name), "w");
    fwrite(text, 1, size, out);
    fclose(out);
    enum trace_step step = trace_file_open(&file, name);
    while (step == TRACE_HAS_RECORD)
        step = trace_file_next(&file, &record);
    *line = file.line;
    strcpy(why, file.why);
    trace_file_close(&file);
    remove(name);
    return step;
}

static void what_is_no_line_of_a_trace_is_refused_with_its_place(void)
{
    static const struct {
        const char *text;
        uint64_t line;
        const char *why;
    } cases[] = {
        {"", 1, "this is not a trace"},
        {"nodes 3\n", 1, "this is not a trace"},
        {"{\"ev\":\"up\",\"t\":0,\"node\":\"n1\"}\n", 1, "this is not a trace"},
        {"{\"ev\":\"run\",\"v\":3,\"seed\":1}\n", 1, "another version"},
        {HEAD, 2, "lacks its last line"},
        {HEAD "{\"ev\":\"up\",\"t\":0,\"node\":\"n1\"", 2,
         "ends in the middle of this line; save the trace again"},
        {HEAD "{\"ev\":\"up\",\"t\":0,\"node\":\"n1\"}\n", 3, "lacks its last line"},
        {HEAD END END, 3, "after the end"},
        {HEAD END "\n", 3, "not a JSON"},
        {HEAD "[]\n" END, 2, "not a JSON object"},
        {HEAD "{\"ev\":\"up\",\"node\":\"n1\"}\n" END, 2, "it has no 't'"},
        {HEAD "{\"ev\":\"up\",\"t\":-1,\"node\":\"n1\"}\n" END, 2, "its 't' is not valid"},
        {HEAD "{\"ev\":\"up\",\"t\":9223372036854775807,\"node\":\"n1\"}\n" END, 2,
         "its 't' is not valid"},
        {HEAD "{\"ev\":\"up\",\"t\":1}\n" END, 2, "it has no 'node'"},
        {HEAD "{\"ev\":\"up\",\"t\":1,\"node\":\"n4\"}\n" END, 2, "no node of its 3"},
        {HEAD "{\"ev\":\"up\",\"t\":1,\"node\":\"n0\"}\n" END, 2, "no node of its 3"},
        {HEAD "{\"ev\":\"up\",\"t\":1,\"node\":\"n1x\"}\n" END, 2, "no node of its 3"},
        {HEAD "{\"ev\":\"jump\",\"t\":1,\"node\":\"n1\"}\n" END, 2, "its 'ev' is not valid"},
        {HEAD "{\"ev\":\"duplicate\",\"t\":1,\"node\":\"n1\"}\n" END, 2, "its 'ev' is not valid"},
        {HEAD "{\"ev\":\"view\",\"t\":1,\"node\":\"n1\",\"epoch\":1,\"members\":[\"n7\"]}\n" END, 2,
         "no node of its 3"},
        {HEAD "{\"ev\":\"send\",\"t\":1,\"node\":\"n1\",\"msg\":0,\"to\":\"n2\",\"kind\":\"join\"}"
              "\n" END,
         2, "its 'msg' is not valid"},
        {HEAD
         "{\"ev\":\"send\",\"t\":1,\"node\":\"n1\",\"msg\":1,\"to\":\"n2\",\"kind\":\"x\"}\n" END,
         2, "its 'kind' is not valid"},
        {HEAD
         "{\"ev\":\"request\",\"t\":1,\"node\":\"n1\",\"req\":1,\"id\":\"\",\"deadline\":2}\n" END,
         2, "its 'id' is not valid"},
        {HEAD
         "{\"ev\":\"fail\",\"t\":1,\"node\":\"n1\",\"req\":1,\"id\":\"a\",\"error\":\"x\"}\n" END,
         2, "its 'error' is not valid"},
        {HEAD "{\"ev\":\"fault\",\"t\":1,\"line\":1,\"what\":\"\",\"kind\":\"cut\",\"nodes\":[],"
              "\"links\":[],\"on\":true}\n" END,
         2, "its 'links' are not those of a cut"},
        {HEAD "{\"ev\":\"fault\",\"t\":1,\"line\":1,\"what\":\"\",\"kind\":\"cut\",\"nodes\":[],"
              "\"links\":[\"n1 n2\"],\"on\":true}\n" END,
         2, "one of its 'links' is not valid"},
        {HEAD "{\"ev\":\"fault\",\"t\":1,\"line\":1,\"what\":\"\",\"kind\":\"crash\",\"nodes\":[],"
              "\"links\":[\"n1 -> n2\"],\"on\":true}\n" END,
         2, "its 'links' are not those of a crash"},
        {HEAD "{\"ev\":\"lease\",\"t\":1,\"node\":\"n1\",\"slot\":1,\"token\":[0],\"until\":2,"
              "\"how\":\"won\"}\n" END,
         2, "its 'token' is not valid"},
        {HEAD "{\"ev\":\"lease\",\"t\":1,\"node\":\"n1\",\"slot\":1,\"token\":[4294967296,1],"
              "\"until\":2,\"how\":\"won\"}\n" END,
         2, "its 'token' is not valid"},
        {HEAD "{\"ev\":\"lease\",\"t\":1,\"node\":\"n1\",\"slot\":1,\"token\":[0,1],"
              "\"until\":2,\"how\":\"x\"}\n" END,
         2, "its 'how' is not valid"},
        {HEAD "{\"ev\":\"lease\",\"t\":1,\"node\":\"n1\",\"slot\":1,\"until\":2,"
              "\"how\":\"won\"}\n" END,
         2, "it has no 'token'"},
        {HEAD "{\"ev\":\"load\",\"t\":1,\"node\":\"n1\",\"worker\":1,\"token\":[0,\"1\"]}\n" END, 2,
         "its 'token' is not valid"},
        {HEAD "{\"ev\":\"expire\",\"t\":1,\"node\":\"n1\",\"id\":\"a\",\"worker\":1,"
              "\"how\":\"x\"}\n" END,
         2, "its 'how' is not valid"},
        {"{\"ev\":\"run\",\"v\":2,\"seed\":1,\"nodes\":3,\"scenario\":\"a\",\"settings\":"
         "{\"route\":\"modulo\",\"fallback\":\"owner\",\"membership\":\"heartbeat\","
         "\"ownership\":\"lease\",\"slots\":0}}\n" END,
         1, "no 'slots'"},
        {HEAD "{\"ev\":\"violation\",\"t\":1,\"rule\":\"x\",\"id\":\"\",\"text\":\"\"}\n" END, 2,
         "its 'rule' is not valid"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t line;
        char why[200];
        CU_ASSERT_EQUAL(read_all(cases[i].text, strlen(cases[i].text), &line, why), TRACE_IS_WRONG);
        CU_ASSERT_EQUAL(line, cases[i].line);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, cases[i].why));
        if (!strstr(why, cases[i].why) || line != cases[i].line)
            fprintf(stderr, "case %zu: line %d: %s\n", i, (int)line, why);
    }
}

static void an_empty_run_is_a_trace(void)
{
    uint64_t line;
    char why[200];
    CU_ASSERT_EQUAL(read_all(HEAD END, strlen(HEAD END), &line, why), TRACE_IS_OVER);
    CU_ASSERT_EQUAL(line, 2);
}

static void a_trace_that_was_cut_anywhere_is_refused(void)
{
    static const char text[] = HEAD "{\"ev\":\"up\",\"t\":0,\"node\":\"n1\"}\n" END;
    for (size_t size = 0; size < sizeof text - 1; size++) {
        uint64_t line;
        char why[200];
        CU_ASSERT_EQUAL(read_all(text, size, &line, why), TRACE_IS_WRONG);
        CU_ASSERT_TRUE(line >= 1 && line <= 3 && *why);
    }
}

/* The DUPLICATE among the trace's records, if there is one. */
static struct record duplicate_in(const char *text)
{
    char name[] = "/tmp/dpsim-trace-XXXXXX";
    struct trace_file file;
    struct record record, found = record_of(RECORD_UP);
    enum record_kind before = RECORD_UP;
    FILE *out = fdopen(mkstemp(name), "w");
    fputs(text, out);
    fclose(out);
    CU_ASSERT_EQUAL_FATAL(trace_file_open(&file, name), TRACE_HAS_RECORD);
    enum trace_step step;
    while ((step = trace_file_next(&file, &record)) == TRACE_HAS_RECORD) {
        if (record.kind == RECORD_DUPLICATE) {
            CU_ASSERT_EQUAL(before, RECORD_START);
            CU_ASSERT_EQUAL(found.kind, RECORD_UP);
            found = record;
        }
        before = record.kind;
    }
    CU_ASSERT_EQUAL(step, TRACE_IS_OVER);
    CU_ASSERT_STRING_EQUAL(file.why, "");
    trace_file_close(&file);
    remove(name);
    return found;
}

#define START_ON(t, node, worker)                                                                  \
    "{\"ev\":\"start\",\"t\":" t ",\"node\":\"" node "\",\"id\":\"a\",\"worker\":" worker "}\n"

static void a_further_worker_is_followed_by_a_duplicate(void)
{
    struct record record = duplicate_in(
        HEAD START_ON("1", "n2", "2") "{\"ev\":\"start\",\"t\":1,\"node\":\"n1\","
                                      "\"id\":\"b\",\"worker\":1}\n" START_ON("2", "n3", "3") END);
    CU_ASSERT_EQUAL(record.kind, RECORD_DUPLICATE);
    CU_ASSERT_EQUAL(record.node, 2);
    CU_ASSERT_EQUAL(record.peer, 1);
    CU_ASSERT_EQUAL(record.worker, 3);
    CU_ASSERT_EQUAL(record.number, 2);
}

static void a_further_worker_has_its_cause_where_its_line_has_one(void)
{
    char name[] = "/tmp/dpsim-trace-XXXXXX";
    struct trace_file file;
    struct record record;
    FILE *out = fdopen(mkstemp(name), "w");
    fputs(HEAD START_ON("1", "n1", "1") START_ON(
              "2", "n2", "2") "{\"ev\":\"start\",\"t\":3,\"node\":\"n3\",\"id\":\"a\",\"worker\":3,"
                              "\"beside\":2,\"why\":\"a retry\"}\n" END,
          out);
    fclose(out);
    CU_ASSERT_EQUAL_FATAL(trace_file_open(&file, name), TRACE_HAS_RECORD);
    for (int i = 0; i < 5; i++) /* n1's, n2's with a DUPLICATE, n3's with one */
        CU_ASSERT_EQUAL(trace_file_next(&file, &record), TRACE_HAS_RECORD);
    CU_ASSERT_EQUAL(record.kind, RECORD_DUPLICATE);
    CU_ASSERT_EQUAL(record.worker, 3);
    CU_ASSERT_EQUAL(record.number, 2);
    CU_ASSERT_EQUAL(record.peer, 1);
    struct text why = text_borrow("a retry", 7);
    CU_ASSERT_TRUE(text_equal(&record.value, &why));
    CU_ASSERT_EQUAL(trace_file_next(&file, &record), TRACE_IS_OVER);
    trace_file_close(&file);
    remove(name);
}

#define END_ON(t, node, worker)                                                                    \
    "{\"ev\":\"expire\",\"t\":" t ",\"node\":\"" node "\",\"id\":\"a\",\"worker\":" worker "}\n"

static void a_worker_that_has_ended_is_no_other(void)
{
    struct record record = duplicate_in(HEAD START_ON("1", "n2", "2") END_ON("2", "n2", "2")
                                            START_ON("2", "n3", "3") END);
    CU_ASSERT_EQUAL(record.kind, RECORD_UP);
    record = duplicate_in(HEAD START_ON("1", "n2", "2") END_ON("2", "n2", "2") END_ON(
        "2", "n2", "2") START_ON("3", "n3", "3") START_ON("4", "n1", "1") END);
    CU_ASSERT_EQUAL(record.kind, RECORD_DUPLICATE);
    CU_ASSERT_EQUAL(record.worker, 1);
}

/* n2 has the one slot until 50 on its clock, which is 10 ahead. */
#define OF_LEASES                                                                                  \
    "{\"ev\":\"run\",\"v\":2,\"seed\":1,\"nodes\":3,\"scenario\":\"a\",\"settings\":{\"route\":"   \
    "\"modulo\",\"fallback\":\"owner\",\"membership\":\"heartbeat\",\"ownership\":\"lease\","      \
    "\"slots\":1}}\n"                                                                              \
    "{\"ev\":\"lease\",\"t\":5,\"node\":\"n2\",\"clock\":15,\"slot\":0,\"token\":[0,1],\"until\":" \
    "50,"                                                                                          \
    "\"how\":\"won\"}\n"                                                                           \
    "{\"ev\":\"start\",\"t\":6,\"node\":\"n2\",\"clock\":16,\"id\":\"a\",\"worker\":2}\n"

static void a_worker_whose_lease_is_over_is_no_other(void)
{
    CU_ASSERT_EQUAL(duplicate_in(OF_LEASES START_ON("39", "n3", "3") END).kind, RECORD_DUPLICATE);
    CU_ASSERT_EQUAL(duplicate_in(OF_LEASES START_ON("40", "n3", "3") END).kind, RECORD_UP);
}

SUITE(trace_trace_file, TEST(a_trace_is_read_as_it_was_written),
      TEST(leases_and_tokens_are_read_as_they_were_written),
      TEST(a_worker_whose_lease_is_over_is_no_other), TEST(a_worker_that_has_ended_is_no_other),
      TEST(what_is_no_line_of_a_trace_is_refused_with_its_place), TEST(an_empty_run_is_a_trace),
      TEST(a_trace_that_was_cut_anywhere_is_refused),
      TEST(a_further_worker_is_followed_by_a_duplicate),
      TEST(a_further_worker_has_its_cause_where_its_line_has_one));
