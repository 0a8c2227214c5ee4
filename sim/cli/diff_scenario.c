#include "cli/diff_scenario.h"

#include "base/duration.h"
#include "base/number.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/run_source.h"
#include "trace/lines.h"
#include "trace/parting.h"
#include "trace/story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES_SHOWN 12u /* of what led to it, and of what happened then: the last ones */
#define VALUE_SHOWN 60u /* bytes */

/* A run, and what is to be said of it. */
struct compared_run {
    struct run_source source;
    struct run_events events;
    struct record event; /* what happens there, or happened last; its texts are the run's own: */
    struct text id;
    struct text value;
    char *story; /* up to that, in lines; NULL: there is no such event */
};

/* ---- the event ----------------------------------------------------------------------------- */

/* Keeps one record of a run, by its number. */
struct record_search {
    struct reader reader;
    struct compared_run *run;
    uint64_t wanted;
    uint64_t passed;
};

static void keep(struct reader *reader, const struct record *record)
{
    struct record_search *search = container_of(reader, struct record_search, reader);
    if (search->passed++ != search->wanted)
        return;
    search->run->event = *record;
    text_copy(&search->run->value, &record->value);
    text_copy(&search->run->id, &record->id); /* without memory it is the cluster's story */
}

static struct story_subject subject_of(const struct compared_run *run)
{
    const struct record *event = &run->event;
    bool of_worker = event->kind == RECORD_START || event->kind == RECORD_VALUE ||
                     event->kind == RECORD_LOAD_FAILED || event->kind == RECORD_EXPIRE ||
                     event->kind == RECORD_LOST || event->kind == RECORD_MOVED;
    if (event->request)
        return (struct story_subject){.kind = STORY_OF_REQUEST, .request = event->request};
    if (of_worker && text_size(&run->id))
        return (struct story_subject){.kind = STORY_OF_ID, .id = run->id};
    return (struct story_subject){.kind = STORY_OF_CLUSTER};
}

/* ---- its story ----------------------------------------------------------------------------- */

static enum status no_memory(const struct compared_run *run)
{
    return report(STATUS_FAILED, run->source.name, "out of memory");
}

static enum status write_story(struct compared_run *run, const struct story_search *search,
                               uint64_t until)
{
    size_t size;
    FILE *out = open_memstream(&run->story, &size);
    struct story_setup setup = run_source_story(&run->source, search, out);
    setup.until = until;
    struct story *story = out ? story_new(&setup) : NULL;
    enum status status =
        story ? run_source_follow(&run->source, (struct reader *)story) : no_memory(run);
    story_delete(story);
    if (out && fclose(out) && !status)
        status = no_memory(run);
    return status;
}

/* Finds the record, what it is about, and what happened to that. */
static enum status explain_run(struct compared_run *run, uint64_t record)
{
    struct record_search fetch = {.reader = {.take = keep}, .run = run, .wanted = record};
    struct story_search search;
    if (record == NO_RECORD)
        return STATUS_HELD;
    enum status status = run_source_follow(&run->source, &fetch.reader);
    if (status)
        return status;
    struct story_subject subject = subject_of(run);
    story_search_init(&search, &subject);
    if (subject.kind == STORY_OF_REQUEST)
        status = run_source_follow(&run->source, &search.reader);
    if (!status)
        status = write_story(run, &search, record + 1);
    story_search_close(&search);
    return status;
}

/* ---- printing ------------------------------------------------------------------------------ */

/* The size of the lines that both begin with. */
static size_t common_size(const char *a, const char *b)
{
    size_t common = 0;
    for (size_t i = 0; a && b && a[i] && a[i] == b[i]; i++)
        if (a[i] == '\n')
            common = i + 1;
    return common;
}

static void print_last_lines(const char *text, size_t size)
{
    size_t begin = size;
    for (uint32_t lines = 0; begin > 0; begin--) {
        lines += text[begin - 1] == '\n';
        if (lines > LINES_SHOWN)
            break;
    }
    if (begin)
        fputs("  …\n", stdout);
    fwrite(text + begin, 1, size - begin, stdout);
}

/* A load that took no time has no line in a timeline. */
static void put_value(struct writer *writer, const struct compared_run *run)
{
    WRITER_PUT(writer, "worker ");
    writer_shown(writer, text_bytes(&run->id), text_size(&run->id), SIZE_MAX);
    WRITER_PUT(writer, " = ");
    writer_shown(writer, text_bytes(&run->value), text_size(&run->value), VALUE_SHOWN);
}

/* A lease, or the token that a request is answered or a worker loads under. */
static void put_lease(struct writer *writer, const struct record *event)
{
    bool is_lease = event->kind == RECORD_LEASE;
    if (is_lease) {
        WRITER_PUT(writer, "lease of slot ");
        writer_number(writer, event->number);
        WRITER_PUT(writer, " ");
        writer_string(writer, lease_how_name(event->code));
    } else if (event->kind == RECORD_SERVE) {
        WRITER_PUT(writer, "answers request ");
        writer_number(writer, event->request);
    } else {
        writer_string(writer, record_name(event->kind));
    }
    WRITER_PUT(writer, ", token (");
    writer_number(writer, event->epoch);
    WRITER_PUT(writer, ", ");
    writer_number(writer, is_lease ? event->worker : event->number);
    WRITER_PUT(writer, ")");
    if (is_lease) {
        WRITER_PUT(writer, ", until ");
        writer_string(writer, duration_exact(event->amount).text);
    }
}

static bool has_token(const struct record *record)
{
    return record->kind == RECORD_LEASE || record->kind == RECORD_LOAD ||
           record->kind == RECORD_SERVE;
}

/* An event in a line, as a timeline has it. */
static void print_event(const struct compared_run *run, enum parting_level level)
{
    struct lines lines;
    lines_init(&lines, stdout, run->source.head.nodes, output_wants_colour());
    struct writer *writer = lines_begin(&lines, run->event.t_ns, run->event.node, TONE_NODE);
    if (run->event.kind == RECORD_VALUE)
        put_value(writer, run);
    else if (level == PARTING_OF_LEASES && has_token(&run->event))
        put_lease(writer, &run->event);
    else
        writer_string(writer, record_name(run->event.kind));
    lines_end(&lines);
    writer_flush(writer);
}

static void print_run(const struct compared_run *run, enum parting_level level, bool happens,
                      size_t common)
{
    const char *story = run->story ? run->story + common : "";
    bool has_line =
        run->event.kind != RECORD_VALUE && !(level == PARTING_OF_LEASES && has_token(&run->event));
    printf(happens  ? "%s:\n"
           : *story ? "%s, instead:\n"
                    : "%s: nothing of the kind\n",
           run->source.name);
    if (has_line && (*story || !happens)) /* what every run begins with has none, either */
        print_last_lines(story, strlen(story));
    else
        print_event(run, level);
}

/* The file of the scenario that was run, without its folders. */
static const char *scenario_of(const struct compared_run *run)
{
    const char *file = run->source.is_trace ? run->source.head.scenario : run->source.name;
    const char *slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

static bool is_stdin(const char *scenario)
{
    return strcmp(scenario, "-") == 0 || strcmp(scenario, "<stdin>") == 0;
}

/* Of which scenarios the traces are, unless both runs are of one, as far as that is known. */
static void print_scenarios(const struct compared_run *runs)
{
    const char *one = scenario_of(&runs[0]), *other = scenario_of(&runs[1]);
    if (strcmp(one, other) == 0 || is_stdin(one) || is_stdin(other))
        return;
    for (uint32_t i = 0; i < 2; i++)
        if (runs[i].source.is_trace)
            printf("%s is of %s\n", runs[i].source.name, scenario_of(&runs[i]));
}

/* Lines of settings that only one has. */
static void print_settings(const struct compared_run *run, const struct compared_run *other)
{
    const char *lines = run->source.head.settings, *others = other->source.head.settings;
    const char *comma = "";
    for (const char *at = lines; *at;) {
        size_t size = strcspn(at, "\n");
        bool found = false;
        for (const char *line = others; *line && !found;) {
            size_t its = strcspn(line, "\n");
            found = its == size && memcmp(line, at, size) == 0;
            line += its + 1;
        }
        if (!found) {
            printf("%s%s%.*s", *comma ? "" : run->source.name, *comma ? comma : " has ", (int)size,
                   at);
            comma = ", ";
        }
        at += size + 1;
    }
    fputs(*comma ? "\n" : "", stdout);
}

static int64_t parting_ns(const struct compared_run *runs, const struct parting *parting)
{
    int64_t t_ns = TIME_NEVER;
    for (uint32_t i = 0; i < 2; i++)
        if (parting->happens[i])
            t_ns = min_i64(t_ns, runs[i].event.t_ns);
    return t_ns;
}

static void print_parting(const struct compared_run *runs, const struct parting *parting)
{
    static const char *const words[] = {
        [PARTING_OF_EVENTS] = "the runs part at %s\n",
        [PARTING_OF_VIEWS] = "the same happens in both; only views differ, from %s on\n",
        [PARTING_OF_TIMES] = "the same happens in both; only times differ, from %s on\n",
        [PARTING_OF_LEASES] = "the same happens in both; only leases differ, from %s on\n",
        [PARTING_OF_VALUES] = "the same happens in both; only values differ, from %s on\n"};
    size_t common = common_size(runs[0].story, runs[1].story);
    if (parting->level == PARTING_NONE) {
        puts("the runs are the same");
        return;
    }
    print_scenarios(runs);
    print_settings(&runs[0], &runs[1]);
    print_settings(&runs[1], &runs[0]);
    printf(words[parting->level], duration_exact(parting_ns(runs, parting)).text);
    if (common) {
        puts("in both:");
        print_last_lines(runs[0].story, common);
    }
    for (uint32_t i = 0; i < 2; i++)
        print_run(&runs[i], parting->level, parting->happens[i], common);
}

/* ---- the command --------------------------------------------------------------------------- */

static enum status compare(struct compared_run *runs)
{
    struct parting parting;
    enum status status = STATUS_HELD;
    for (uint32_t i = 0; i < 2 && !status; i++)
        status = run_source_follow(&runs[i].source, &runs[i].events.reader);
    for (uint32_t i = 0; i < 2 && !status; i++)
        status = runs[i].events.no_memory ? no_memory(&runs[i]) : STATUS_HELD;
    if (status)
        return status;
    parting = run_events_compare(&runs[0].events, &runs[1].events);
    for (uint32_t i = 0; i < 2 && !status; i++)
        status = explain_run(&runs[i], parting.record[i]);
    if (status)
        return status;
    print_parting(runs, &parting);
    if (!output_is_written(stdout, "standard output"))
        return STATUS_FAILED;
    return parting.level == PARTING_NONE ? STATUS_HELD : STATUS_BROKEN;
}

static enum status open_runs(struct compared_run *runs, const struct options *options,
                             const char *file)
{
    static const struct options none = {0};
    enum status status;
    if (strcmp(options->diff_file, "-") == 0)
        return report(STATUS_WRONG, "--diff",
                      "it reads a trace more than once, and standard input can be read once: save "
                      "the trace in a file");
    if (access(options->diff_file, R_OK))
        return report_unread(options->diff_file);
    if (!trace_file_begins(options->diff_file))
        return report(STATUS_WRONG, options->diff_file,
                      "this is not a trace; save one with: dpsim --trace FILE SCENARIO");
    status = run_source_open(&runs[0].source, options, file);
    if (status)
        return status;
    status = run_source_open(&runs[1].source, &none, options->diff_file);
    if (status)
        run_source_close(&runs[0].source);
    return status;
}

struct run_result diff_scenario(const struct options *options, const char *file)
{
    struct compared_run runs[2] = {0};
    struct run_result result = {.verdict = RUN_RESULT_ERROR};
    report_forget();
    result.status = open_runs(runs, options, file);
    if (result.status)
        return result;
    for (uint32_t i = 0; i < 2; i++)
        run_events_init(&runs[i].events);
    result.status = compare(runs);
    for (uint32_t i = 0; i < 2; i++) {
        run_events_close(&runs[i].events);
        run_source_close(&runs[i].source);
        text_clear(&runs[i].id);
        text_clear(&runs[i].value);
        free(runs[i].story);
    }
    return result;
}
