#include "cli/run_scenario.h"

#include "base/duration.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "base/resident.h"
#include "check/conclusion.h"
#include "cli/exports.h"
#include "cli/junit_run.h"
#include "cli/net.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/repeat.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "cli/show.h"
#include "run/estimate.h"
#include "run/missed.h"
#include "run/session.h"
#include "scenario/plan_printer.h"
#include "search/swarm.h"
#include "trace/hash.h"
#include "trace/jsonl.h"
#include "trace/summary.h"
#include "trace/timeline.h"
#include "virtual/cluster.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Up to this many nodes each node has a thread of its own; more would only wait for a core. */
#define NODES_WITH_OWN_THREAD 64u

/* A run is carried through in slices of virtual time, between which it is seen whether it was
 * interrupted and whether the output can still be written. A slice takes about this much real
 * time; the first ones are short, as nobody knows how dear they are. */
#define SLICE_WALL_NS  (100 * NS_PER_MS)
#define SLICE_FIRST_NS (10 * NS_PER_MS)

/* A timeline of more lines on a terminal is followed by the advice to leave it out. */
#define LINES_READ 10000u

/* Who may follow a run: the trace file, exports, the timeline, the window and the summary. */
#define READERS_MAX 6u
_Static_assert(REPEAT_NAME_SIZE >= SESSION_NAME_SIZE, "a name holds that of a session, too");

/* One run, with all that follows it. */
struct run {
    const struct options *options;
    const char *file;
    struct scenario_file scenario;
    struct plan plan;
    uint32_t threads;
    struct timeline *timeline; /* NULL: not asked for */
    struct jsonl trace;
    FILE *trace_out; /* NULL: not asked for */
    struct exports exports;
    struct findings found;
    struct show *show; /* NULL: neither window nor picture is asked for */
    struct reader *readers[READERS_MAX];
    size_t readers_count;
    struct net_cluster *cluster; /* NULL: the run has its own */
    struct runner *runner;
    struct session session;
    enum run_state state;   /* as it ended; RUN_GOES_ON: it did not begin, or was given up */
    struct summary summary; /* when the run is over, interrupted or failed */
    char *command;          /* that repeats it; NULL if all held */
    bool concluded;
    struct run_result result;
};

static enum status no_memory(const struct run *run)
{
    return report(STATUS_FAILED, run->plan.file, "out of memory");
}

/* ---- before the run ------------------------------------------------------------------------ */

static enum status read_plan(struct run *run)
{
    const struct options *options = run->options;
    enum status status = scenario_file_read(&run->scenario, run->file);
    if (status)
        return status;
    status = scenario_file_parse(&run->scenario, options->overrides, options->overrides_count,
                                 &run->plan);
    if (!status && options->swarm)
        swarm_apply(&run->plan);
    return status;
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
    struct string_builder settings = {0};
    if (!run->options->trace_file)
        return STATUS_HELD;
    enum status status = output_open(&run->trace_out, run->options->trace_file);
    if (status)
        return status;
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

static enum status open_exports(struct run *run)
{
    enum status status = exports_open(&run->exports, run->options, run->plan.settings.nodes);
    if (!status && run->exports.perfetto_out)
        add_reader(run, &run->exports.perfetto.reader);
    if (!status && run->exports.shiviz_out)
        add_reader(run, &run->exports.shiviz.reader);
    return status;
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
                                 .threads = run->threads,
                                 .may_screen = !run->options->viz};
    if (run->options->net)
        return net_open_runner(&run->runner, &setup, run->cluster);
    return cluster_new(&run->runner, &setup) ? no_memory(run) : STATUS_HELD;
}

static enum status prepare(struct run *run)
{
    const struct options *options = run->options;
    choose_threads(run);
    enum status status = open_trace(run);
    if (!status)
        status = open_exports(run);
    if (status)
        return status;
    if (!options->quiet && options_print_text(options)) {
        run->timeline = timeline_new(stdout, run->plan.settings.nodes, output_wants_colour());
        if (!run->timeline)
            return no_memory(run);
        add_reader(run, (struct reader *)run->timeline);
    }
    status = open_show(run);
    if (status)
        return status;
    findings_init(&run->found);
    add_reader(run, &run->found.reader);
    status = open_runner(run);
    session_init(&run->session, &run->plan, run->runner);
    return status;
}

/* ---- the run ------------------------------------------------------------------------------- */

static bool output_is_broken(const struct run *run)
{
    return ferror(stdout) || (run->trace_out && ferror(run->trace_out)) ||
           exports_are_broken(&run->exports);
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
    char text[256];
    switch (state) {
    case RUN_OVER:
        return STATUS_HELD;
    case RUN_NO_MEMORY:
        return no_memory(run);
    case RUN_LIVELOCK:
        snprintf(text, sizeof text,
                 "livelock at %s: 10,000 causal steps in one instant; give the latency, the load, "
                 "the work or the clients' 'think' some time",
                 duration_exact(run->runner->operations->now_ns(run->runner)).text);
        return report(STATUS_FAILED, run->plan.file, text);
    case RUN_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case RUN_FAILED:
        return report(STATUS_FAILED, run->runner->live ? "--net" : run->plan.file,
                      run->runner->why);
    default:
        return STATUS_FAILED; /* finish_output says why */
    }
}

/* Says before a run what it lacks, and of a simulated one what is dear in it. */
static void warn_before(const struct run *run)
{
    char text[ESTIMATE_TEXT_SIZE];
    uint64_t limit = run->plan.settings.memory_limit;
    if (!run->options->net && estimate_warn(&run->plan, limit ? limit : resident_most() / 2, text))
        fprintf(stderr, "dpsim: %s: warning: %s\n", run->plan.file, text);
    if (!run->options->cluster_file && estimate_unconnected(&run->plan))
        fprintf(stderr,
                "dpsim: %s: warning: each node is a cluster of its own, and an id has a worker at "
                "each that is asked: 'connect' first, and 'wait 1s'\n",
                run->plan.file);
}

/* Text goes to the terminal on which the progress would be shown. */
static enum progress_place place_of_progress(const struct run *run)
{
    bool text = run->timeline || !options_print_text(run->options);
    return text && isatty(STDOUT_FILENO) ? PROGRESS_BESIDE_TEXT : PROGRESS_ALONE;
}

static enum run_state run_slices(struct run *run)
{
    struct runner *runner = run->runner;
    struct progress progress;
    progress_begin(&progress, estimate_end_ns(&run->plan), place_of_progress(run));
    enum run_state state = RUN_GOES_ON;
    int64_t slice_ns = SLICE_FIRST_NS;
    while (state == RUN_GOES_ON && !output_is_broken(run)) {
        int64_t next_ns = runner->operations->next_ns(runner), began_ns = monotonic_ns();
        if (interrupt_came() && !runner->live) {
            state = RUN_INTERRUPTED;
            break;
        }
        state = runner->operations->run(runner, min_i64(next_ns, TIME_NEVER - slice_ns) + slice_ns);
        int64_t took_ns = monotonic_ns() - began_ns;
        if (took_ns < SLICE_WALL_NS / 2)
            slice_ns = min_i64(slice_ns, TIME_NEVER / 4) * 2;
        else if (took_ns > SLICE_WALL_NS * 2)
            slice_ns = max_i64(slice_ns / 2, 1);
        progress_reach(&progress, runner->operations->now_ns(runner));
    }
    progress_end(&progress);
    return state;
}

static enum status run_to_end(struct run *run)
{
    warn_before(run);
    int64_t started_ns = monotonic_ns();
    if (run_in_window(run))
        return STATUS_FAILED;
    run->state = run_slices(run);
    run->result.wall_ns = monotonic_ns() - started_ns;
    return report_state(run, run->state);
}

/* ---- after the run ------------------------------------------------------------------------- */

/* A fault that affected nothing was no test. */
static void note_missed(struct run *run)
{
    const struct executor *executor = run->runner->executor;
    const struct action *missed[FINDINGS_MAX];
    size_t count = action_list_missed(&executor->actions, missed, FINDINGS_MAX);
    for (size_t i = 0; i < count && i < FINDINGS_MAX; i++)
        findings_add_missed(&run->found, missed[i]->line, missed[i]->text,
                            why_missed(executor, &run->plan, missed[i]));
}

static void print_summary(const struct run *run)
{
    if (run->options->json)
        summary_json(stdout, &run->summary);
    else if (options_print_text(run->options))
        summary_print(stdout, &run->summary, output_wants_colour());
}

static struct conclusion conclusion_of(const struct run *run)
{
    const struct checker *checker = judge_check(run->runner->judge);
    const struct summary *summary = &run->summary;
    if (run->state == RUN_INTERRUPTED)
        return conclude_interrupted(&run->plan, &run->found, summary->virtual_ns, checker);
    if (run->state == RUN_FAILED)
        return conclude_error(run->runner->why);
    return conclude_run(&run->plan, &run->found, &summary->totals, checker);
}

/* Nobody reads so long a timeline on a terminal. */
static void suggest_quiet(const struct run *run)
{
    static bool told;
    uint64_t lines = run->timeline ? timeline_lines(run->timeline) : 0;
    if (lines <= LINES_READ || told || !isatty(STDOUT_FILENO))
        return;
    told = true;
    fflush(stdout);
    fprintf(stderr,
            "dpsim: the timeline had %" PRIu64 " lines: -q leaves it out, --trace FILE keeps all\n",
            lines);
}

/* What was done by hand is in no file yet: it is saved, with all settings. */
static char *command_of(const struct run *run)
{
    char name[REPEAT_NAME_SIZE];
    struct failure failure;
    if (run->session.added_count && !session_save(&run->session, name, &failure))
        return repeat_command(run->options, NULL, name);
    if (run->session.added_count)
        report(STATUS_FAILED, "the session can't be saved to repeat this run", failure.text);
    return repeat_command(run->options, &run->plan, repeat_file(&run->scenario, name));
}

/* What is known of the run as it stands: at its end, or where it was interrupted or failed. */
static enum status conclude(struct run *run)
{
    struct hash_value hash = run->runner->operations->hash(run->runner);
    const struct checker *checker = judge_check(run->runner->judge);
    note_missed(run);
    findings_sort(&run->found);
    run->summary = (struct summary){
        .scenario = run->plan.file,
        .seed = run->plan.settings.seed,
        .nodes = run->plan.settings.nodes,
        .threads = run->threads,
        .live = run->runner->live,
        .virtual_ns = run->runner->operations->now_ns(run->runner),
        .wall_ns = run->result.wall_ns,
        .events = run->runner->operations->events(run->runner),
        .totals = run->runner->operations->totals(run->runner),
        .found = &run->found,
        .hash = hash.hex,
    };
    struct conclusion conclusion = conclusion_of(run);
    run->result.status = run_result_status(conclusion.kind);
    run->result.verdict = run->summary.verdict = conclusion_name(conclusion.kind);
    snprintf(run->result.reason, sizeof run->result.reason, "%s", conclusion.reason);
    run->summary.reason = run->result.reason;
    run->command = run->result.status ? command_of(run) : NULL;
    run->summary.command = run->command;
    checker_fill_summary(checker, &run->summary);
    run->concluded = true;
    if (run->trace_out && run->state == RUN_FAILED)
        writer_flush(&run->trace.writer); /* whole lines, though without an end */
    else if (run->trace_out)
        jsonl_end(&run->trace, run->summary.virtual_ns, hash.hex, &run->summary.totals,
                  checker_violations(checker));
    print_summary(run);
    suggest_quiet(run);
    enum status drawn = draw_picture(run);
    return drawn ? drawn : run->result.status;
}

static enum status finish_output(struct run *run, enum status status)
{
    if (run->trace.writer.out && !run->concluded)
        writer_flush(&run->trace.writer); /* whole lines, though without an end */
    if (!output_is_written(stdout, "standard output"))
        status = STATUS_FAILED;
    if (exports_close(&run->exports))
        status = STATUS_FAILED;
    if (run->trace_out && output_close(run->trace_out, run->options->trace_file, OUTPUT_LINES))
        status = STATUS_FAILED;
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
    memory_free(run->command);
    scenario_file_close(&run->scenario);
    net_cluster_delete(run->cluster);
    plan_close(&run->plan);
}

static enum status run_and_judge(struct run *run)
{
    enum status status = prepare(run);
    if (!status)
        status = run_to_end(run);
    bool ended = run->state == RUN_OVER || run->state == RUN_INTERRUPTED;
    if (run->runner && (ended || run->state == RUN_FAILED))
        status = conclude(run);
    return finish_output(run, status);
}

static enum status check_or_run(struct run *run)
{
    const struct options *options = run->options;
    enum status status = STATUS_HELD;
    if (options->check)
        return status;
    if (options->net)
        status = net_adopt_cluster(options, &run->plan, &run->cluster);
    return status ? status : run_and_judge(run);
}

/* ---- what became of it --------------------------------------------------------------------- */

static void settle_result(struct run *run, enum status status)
{
    struct run_result *result = &run->result;
    result->seed = run->plan.settings.seed;
    result->is_printed = run->concluded || run->options->check;
    if (status == STATUS_INTERRUPTED && !run->concluded)
        result->verdict = conclusion_name(CONCLUDED_INTERRUPTED);
    else if (status == STATUS_FAILED)
        *result = (struct run_result){.seed = result->seed,
                                      .wall_ns = result->wall_ns,
                                      .is_printed = run->state == RUN_FAILED && run->concluded};
    result->status = status;
}

static void add_to_junit(struct run *run, struct junit *junit)
{
    run_result_settle(&run->result);
    junit_add_run(junit, &(struct junit_run){.scenario = run->plan.file,
                                             .result = &run->result,
                                             .plan = &run->plan,
                                             .summary = run->concluded && run->state != RUN_FAILED
                                                            ? &run->summary
                                                            : NULL});
    run->result.is_in_junit = true;
}

struct run_result run_scenario(const struct options *options, const char *file, struct junit *junit)
{
    struct run run = {.options = options, .file = file};
    enum status status = read_plan(&run);
    bool is_read = !status;
    if (!status)
        status = check_or_run(&run);
    settle_result(&run, status);
    if (junit && is_read)
        add_to_junit(&run, junit);
    close_run(&run);
    return run.result;
}
