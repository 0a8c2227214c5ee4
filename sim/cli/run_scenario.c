#include "cli/run_scenario.h"

#include "base/duration.h"
#include "base/file_text.h"
#include "base/memory.h"
#include "base/monotonic.h"
#include "base/resident.h"
#include "check/conclusion.h"
#include "cli/net.h"
#include "cli/repeat.h"
#include "cli/report.h"
#include "cli/show.h"
#include "run/estimate.h"
#include "run/session.h"
#include "scenario/plan_printer.h"
#include "trace/hash.h"
#include "trace/jsonl.h"
#include "trace/summary.h"
#include "trace/timeline.h"
#include "virtual/cluster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Up to this many nodes each node has a thread of its own; more would only wait for a core. */
#define NODES_WITH_OWN_THREAD 64u

/* Virtual time between two checks of whether the output can still be written. */
#define OUTPUT_CHECK_NS NS_PER_S

/* Who may follow a run: the trace file, the timeline, the window, the hash and the summary. */
#define READERS_MAX 5u

/* One run, with all that follows it. */
struct run {
    const struct options *options;
    const char *file;
    struct plan plan;
    uint32_t threads;
    struct hash hash;
    struct timeline *timeline; /* NULL: not asked for */
    struct jsonl trace;
    FILE *trace_out; /* NULL: not asked for */
    struct findings found;
    struct show *show; /* NULL: neither window nor picture is asked for */
    struct reader *readers[READERS_MAX];
    size_t readers_count;
    struct net_cluster *cluster; /* NULL: the run has its own */
    struct runner *runner;
    struct session session;
    int64_t wall_ns;
};

static enum status no_memory(const struct run *run)
{
    return report(STATUS_FAILED, run->plan.file, "out of memory");
}

static bool trace_is_on_stdout(const struct options *options)
{
    return options->trace_file && strcmp(options->trace_file, "-") == 0;
}

static bool wants_colour(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

/* ---- before the run ------------------------------------------------------------------------ */

static enum status read_plan(struct run *run)
{
    struct file_text input;
    char *diagnostics = NULL;
    const struct options *options = run->options;
    const char *name = strcmp(run->file, "-") == 0 ? "<stdin>" : run->file;
    if (file_text_read(&input, run->file, PARSE_TEXT_MAX))
        return report_unread(name);
    enum error error = parse_scenario(&run->plan, name, input.text, input.size, options->overrides,
                                      options->overrides_count, &diagnostics);
    file_text_close(&input);
    return error ? report_unparsed(error, name, diagnostics) : STATUS_HELD;
}

static void choose_threads(struct run *run)
{
    uint32_t nodes = run->plan.settings.nodes;
    if (run->options->net) {
        run->threads = nodes; /* each in a process of its own */
        return;
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    run->threads = run->options->threads;
    if (!run->threads)
        run->threads = nodes <= NODES_WITH_OWN_THREAD ? nodes : cores > 0 ? (uint32_t)cores : 1;
    if (run->threads > nodes)
        run->threads = nodes;
}

static void add_reader(struct run *run, struct reader *reader)
{
    must(run->readers_count < READERS_MAX);
    run->readers[run->readers_count++] = reader;
}

static enum status open_trace(struct run *run)
{
    const char *file = run->options->trace_file;
    struct string_builder settings = {0};
    if (!file)
        return STATUS_HELD;
    run->trace_out = strcmp(file, "-") == 0 ? stdout : fopen(file, "w");
    if (!run->trace_out)
        return report(STATUS_FAILED, file, strerror(errno));
    plan_settings_json(&settings, &run->plan.settings);
    if (!settings.failed)
        jsonl_begin(&run->trace, run->trace_out, run->plan.settings.nodes, run->plan.settings.seed,
                    run->plan.file, settings.text);
    bool failed = settings.failed;
    string_builder_close(&settings);
    if (failed)
        return no_memory(run);
    add_reader(run, &run->trace.reader);
    return STATUS_HELD;
}

static enum status open_show(struct run *run)
{
    if (!run->options->viz && !run->options->png_file)
        return STATUS_HELD;
    struct failure failure = {0};
    if (show_load(&failure))
        return report(STATUS_FAILED, run->options->viz ? "--viz" : "--png", failure.text);
    run->show = show_new(&run->plan);
    if (!run->show)
        return no_memory(run);
    add_reader(run, show_reader(run->show));
    return STATUS_HELD;
}

static enum status open_runner(struct run *run)
{
    struct runner_setup setup = {.plan = &run->plan,
                                 .readers = run->readers,
                                 .readers_count = run->readers_count,
                                 .threads = run->threads};
    if (run->options->net)
        return net_open_runner(&run->runner, &setup, run->cluster);
    return cluster_new(&run->runner, &setup) ? no_memory(run) : STATUS_HELD;
}

static enum status prepare(struct run *run)
{
    const struct options *options = run->options;
    bool timeline = !options->quiet && !options->json && !trace_is_on_stdout(options);
    choose_threads(run);
    enum status status = open_trace(run);
    if (status)
        return status;
    if (timeline) {
        run->timeline = timeline_new(stdout, run->plan.settings.nodes, wants_colour());
        if (!run->timeline)
            return no_memory(run);
        add_reader(run, (struct reader *)run->timeline);
    }
    status = open_show(run);
    if (status)
        return status;
    hash_init(&run->hash);
    add_reader(run, &run->hash.reader);
    findings_init(&run->found);
    add_reader(run, &run->found.reader);
    status = open_runner(run);
    session_init(&run->session, &run->plan, run->runner);
    return status;
}

/* ---- the run ------------------------------------------------------------------------------- */

static bool output_is_broken(const struct run *run)
{
    return ferror(stdout) || (run->trace_out && ferror(run->trace_out));
}

static enum status run_in_window(struct run *run)
{
    struct failure failure;
    if (!run->options->viz || !show_run(run->show, &run->session, &failure))
        return STATUS_HELD;
    report(STATUS_FAILED, "--viz", failure.text);
    fputs("dpsim: --png FILE draws the run without a display\n", stderr);
    return STATUS_FAILED;
}

static enum status draw_picture(struct run *run)
{
    struct failure failure;
    if (!run->options->png_file || !show_png(run->show, run->options->png_file, &failure))
        return STATUS_HELD;
    return report(STATUS_FAILED, run->options->png_file, failure.text);
}

/* Prints why a run was not carried through, where that is not printed yet. */
static enum status report_state(const struct run *run, enum run_state state)
{
    switch (state) {
    case RUN_OVER:
        return STATUS_HELD;
    case RUN_NO_MEMORY:
        return no_memory(run);
    case RUN_LIVELOCK:
        fprintf(stderr,
                "dpsim: %s: livelock at %s: 10,000 causal steps in one instant; give the latency, "
                "the load, the work or the clients' 'think' some time\n",
                run->plan.file, duration_exact(run->runner->operations->now_ns(run->runner)).text);
        return STATUS_FAILED;
    case RUN_FAILED:
        return report(STATUS_FAILED, run->runner->live ? "--net" : run->plan.file,
                      run->runner->why);
    default:
        return STATUS_FAILED; /* finish_output says why */
    }
}

/* Says before a simulated run what is dear in it. */
static void warn_of_cost(const struct run *run)
{
    char text[ESTIMATE_TEXT_SIZE];
    uint64_t limit = run->plan.settings.memory_limit;
    if (!run->options->net && estimate_warn(&run->plan, limit ? limit : resident_most() / 2, text))
        fprintf(stderr, "dpsim: %s: warning: %s\n", run->plan.file, text);
}

static enum status run_to_end(struct run *run)
{
    warn_of_cost(run);
    struct runner *runner = run->runner;
    int64_t started_ns = monotonic_ns();
    if (run_in_window(run))
        return STATUS_FAILED;
    enum run_state state = RUN_GOES_ON;
    while (state == RUN_GOES_ON && !output_is_broken(run)) {
        int64_t next_ns = runner->operations->next_ns(runner);
        state = runner->operations->run(runner, next_ns < TIME_NEVER ? next_ns + OUTPUT_CHECK_NS
                                                                     : TIME_NEVER);
    }
    run->wall_ns = monotonic_ns() - started_ns;
    return report_state(run, state);
}

/* ---- after the run ------------------------------------------------------------------------- */

/* A fault that affected nothing was no test. */
static void note_missed(struct run *run)
{
    const struct action *missed[FINDINGS_MAX];
    size_t count = action_list_missed(&run->runner->executor->actions, missed, FINDINGS_MAX);
    for (size_t i = 0; i < count && i < FINDINGS_MAX; i++)
        findings_add_missed(&run->found, missed[i]->line, missed[i]->text);
}

static void print_summary(struct run *run, const struct summary *summary)
{
    if (run->options->json)
        summary_json(stdout, summary);
    else if (!trace_is_on_stdout(run->options))
        summary_print(stdout, summary, wants_colour());
}

static enum status conclude(struct run *run)
{
    static const enum status statuses[] = {[CONCLUDED_PASS] = STATUS_HELD,
                                           [CONCLUDED_FAIL] = STATUS_BROKEN,
                                           [CONCLUDED_EMPTY] = STATUS_UNCHECKED};
    struct hash_value hash = hash_now(&run->hash);
    note_missed(run);
    findings_sort(&run->found);
    struct summary summary = {
        .scenario = run->plan.file,
        .seed = run->plan.settings.seed,
        .nodes = run->plan.settings.nodes,
        .threads = run->threads,
        .live = run->runner->live,
        .virtual_ns = run->runner->operations->now_ns(run->runner),
        .wall_ns = run->wall_ns,
        .events = run->runner->operations->events(run->runner),
        .totals = run->runner->operations->totals(run->runner),
        .found = &run->found,
        .hash = hash.hex,
    };
    struct conclusion conclusion =
        conclude_run(&run->plan, &run->found, &summary.totals, judge_check(run->runner->judge));
    enum status status = statuses[conclusion.kind];
    summary.verdict = conclusion_name(conclusion.kind);
    summary.reason = conclusion.reason;
    char *command = status ? repeat_command(run->options, &run->plan) : NULL;
    summary.command = command;
    checker_fill_summary(judge_check(run->runner->judge), &summary);
    if (run->trace_out)
        jsonl_end(&run->trace, summary.virtual_ns, hash.hex, &summary.totals,
                  checker_violations(judge_check(run->runner->judge)));
    print_summary(run, &summary);
    memory_free(command);
    enum status drawn = draw_picture(run);
    return drawn ? drawn : status;
}

/* Whether all output could be written. If not, writes one byte more to learn why, since the reason
 * of the first failure is not kept, and prints it: but for a closed pipe, whose reader knows. */
static bool is_written(FILE *out, const char *name)
{
    if (!fflush(out) && !ferror(out))
        return true;
    clearerr(out);
    if (write(fileno(out), "\n", 1) == 1)
        errno = EIO;
    if (errno != EPIPE)
        report(STATUS_FAILED, name, strerror(errno));
    return false;
}

static enum status finish_output(struct run *run, enum status status)
{
    if (!is_written(stdout, "standard output"))
        status = STATUS_FAILED;
    if (!run->trace_out || run->trace_out == stdout)
        return status;
    if (!is_written(run->trace_out, run->options->trace_file))
        status = STATUS_FAILED;
    if (fclose(run->trace_out) && status != STATUS_FAILED)
        status = report(STATUS_FAILED, run->options->trace_file, strerror(errno));
    return status;
}

static void close_run(struct run *run)
{
    if (run->runner)
        run->runner->operations->delete (run->runner);
    session_close(&run->session);
    show_delete(run->show);
    if (run->timeline)
        timeline_delete(run->timeline);
    findings_close(&run->found);
    net_cluster_delete(run->cluster);
    plan_close(&run->plan);
}

static enum status run_and_judge(struct run *run)
{
    enum status status = prepare(run);
    if (!status)
        status = run_to_end(run);
    if (!status)
        status = conclude(run);
    return finish_output(run, status);
}

enum status run_scenario(const struct options *options, const char *file)
{
    struct run run = {.options = options, .file = file};
    enum status status = read_plan(&run);
    if (status)
        return status;
    if (options->net && !options->check)
        status = net_adopt_cluster(options, &run.plan, &run.cluster);
    if (!status && !options->check)
        status = run_and_judge(&run);
    close_run(&run);
    return status;
}
