#include "base/interrupt.h"
#include "base/memory.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "net/drive/drive_records.h"
#include "net/drive/drive_sources.h"
#include "net/process/epoch_file.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <zmq.h>

/* How often the records of all nodes are read: less and less often while there are none, and no
 * action waits for one. */
#define POLL_NS      (2 * NS_PER_MS)
#define POLL_MOST_NS (8 * NS_PER_MS)

int64_t drive_clock_ns(const struct drive *drive)
{
    return monotonic_ns() - drive->t0_ns;
}

void drive_fail(struct drive *drive, const char *format, ...)
{
    char text[FAILURE_TEXT_SIZE];
    va_list arguments;
    if (drive->state != RUN_GOES_ON)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    drive->state = RUN_FAILED;
    failure_set(&drive->failure, ERROR_IO, "%s", text);
}

/* ---- the run ------------------------------------------------------------------------------- */

/* As the nodes count it, which stand still: the checker holds the trace against it. */
static struct under_way sum_under_way(const struct drive *drive)
{
    struct under_way under_way = {.messages = 0};
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        const struct node_handle *handle = &drive->handles[node];
        const struct gauges *gauges = &handle->gauges;
        under_way.messages += gauges->sent - gauges->received - gauges->dropped;
        if (handle->state == SUPERVISOR_DOWN)
            continue;
        under_way.workers += gauges->workers;
        under_way.requests += gauges->requests + drive->sources[node].made;
    }
    under_way.messages -= trace_repair_written_off(&drive->repair);
    return under_way;
}

static struct tally *sum_tallies(struct drive *drive)
{
    drive->sum = drive->tally;
    for (uint32_t i = 0; i < drive->handles_count; i++) {
        const struct gauges *gauges = &drive->handles[i].gauges;
        if (!drive->attached || drive->plan->settings.trace != TRACE_ALL)
            tally_add(&drive->sum, &gauges->tally);
        drive->sum.totals.malformed += gauges->malformed - drive->before[i].malformed;
        drive->sum.totals.refused += gauges->refused - drive->before[i].refused;
    }
    return &drive->sum;
}

/* Stops the nodes that the run started: what they have made visible is then all there is. Nodes
 * that ran before the run go on, and what they record after its end is not read. */
static void stop(struct drive *drive)
{
    drive->now_ns = drive_clock_ns(drive);
    if (drive->attached)
        drive_gather_until(drive, drive->now_ns);
    for (node_id node = 0; node < drive->cluster_file.nodes && !drive->attached; node++) {
        node_handle_halt(&drive->handles[node]);
        drive_note_failure(drive, &drive->handles[node]);
    }
    for (uint32_t feed = 0; feed <= drive->cluster_file.nodes && !drive->attached; feed++)
        causal_merge_watermark(&drive->merge, feed, TIME_NEVER);
    causal_merge_run(&drive->merge);
    if (drive->plan->settings.end_ns < TIME_NEVER && !interrupt_came())
        drive->now_ns = drive->plan->settings.end_ns;
    drive->now_ns = max_i64(drive->now_ns, drive->merge.last_ns);
    drive_note_memory(drive);
}

/* Waits until all is made that sources have due before the end, as long as that is in time. */
static void await_sources(struct drive *drive, int64_t end_ns)
{
    int64_t giveup_ns = monotonic_ns() + NS_PER_S;
    bool behind = true;
    while (behind && drive->state == RUN_GOES_ON && !interrupt_came() &&
           monotonic_ns() < giveup_ns) {
        drive_gather(drive);
        behind = false;
        for (node_id node = 0; node < drive->cluster_file.nodes; node++)
            behind |= drive_sources_behind(drive, node, end_ns);
        if (behind)
            drive_pause(NS_PER_MS);
    }
}

/* A run whose load was not made is no run of its scenario. */
static void check_load(struct drive *drive, int64_t end_ns)
{
    uint64_t not_made = drive_sources_not_made(drive, end_ns);
    if (not_made)
        drive_fail(drive,
                   "%" PRIu64 " requests were not made: they were due more than a second before "
                   "their node could make them; ask for fewer a second, or of more nodes",
                   not_made);
}

/* Whether the run failed, or was interrupted: then not all records are in, and nothing more can be
 * judged. */
static bool is_cut_short(struct drive *drive)
{
    if (drive->state == RUN_GOES_ON && interrupt_came()) {
        sum_tallies(drive);
        drive->state = RUN_INTERRUPTED;
    }
    return drive->state != RUN_GOES_ON;
}

static void finish(struct drive *drive)
{
    int64_t end_ns = min_i64(drive->plan->settings.end_ns, drive_clock_ns(drive));
    await_sources(drive, end_ns);
    stop(drive);
    if (is_cut_short(drive))
        return;
    sum_tallies(drive);
    check_load(drive, end_ns);
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        drive_note_failure(drive, &drive->handles[node]);
    if (drive->state != RUN_GOES_ON)
        return;
    drive->state = RUN_OVER;
    struct under_way under_way =
        drive->attached ? trace_repair_under_way(&drive->repair) : sum_under_way(drive);
    judge_at_end(drive->runner.judge,
                 &(struct judge_end){.t_ns = drive->now_ns,
                                     .sum = &drive->sum,
                                     .quiet_ns = executor_quiet_ns(&drive->executor),
                                     .under_way = &under_way});
}

static void run_next_action(struct drive *drive)
{
    struct queued_action queued = action_queue_pop(&drive->executor.queue);
    drive_note(drive, executor_apply(&drive->executor, &queued, drive->now_ns));
    if (queued.action->kind != ACTION_EXPECT)
        return;
    drive_gather_until(drive, queued.at_ns);
    if (interrupt_came())
        return;
    drive->merge.last_ns = max_i64(drive->merge.last_ns, queued.at_ns);
    judge_at_cursor(drive->runner.judge, queued.action->as.expectation, drive->merge.last_ns, 0);
}

/* Whether anything but heartbeats will still happen without an action, by what the nodes have
 * reported since the last one. */
static bool is_busy(const struct drive *drive)
{
    if (drive->plan->settings.end_ns < TIME_NEVER || action_queue_first(&drive->executor.queue))
        return true;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        const struct node_handle *handle = &drive->handles[node];
        const struct gauges *gauges = &handle->gauges;
        if (drive_sources_busy(drive, node))
            return true;
        if (handle->state != SUPERVISOR_UP)
            continue;
        if (handle->starting || gauges->synced < drive->settled || gauges->workers ||
            gauges->requests || gauges->clients)
            return true;
    }
    return false;
}

static struct drive *drive_of(const struct runner *runner)
{
    return container_of(runner, struct drive, runner);
}

static enum run_state drive_run(struct runner *runner, int64_t until_ns)
{
    struct drive *drive = drive_of(runner);
    while (drive->state == RUN_GOES_ON) {
        if (interrupt_came()) {
            stop(drive);
            is_cut_short(drive);
            break;
        }
        bool any = drive_gather(drive);
        const struct queued_action *first = action_queue_first(&drive->executor.queue);
        drive->now_ns = drive_clock_ns(drive);
        if (first && first->at_ns <= drive->now_ns &&
            first->at_ns <= drive->plan->settings.end_ns) {
            run_next_action(drive);
            drive->settled = drive->syncs + 1;
            continue;
        }
        int64_t next_ns = min_i64(until_ns, first ? first->at_ns : TIME_NEVER);
        if (any || executor_awaits(&drive->executor))
            drive->poll_ns = 0;
        drive->poll_ns = min_i64(max_i64(2 * drive->poll_ns, POLL_NS), POLL_MOST_NS);
        if (drive->now_ns >= drive->plan->settings.end_ns || !is_busy(drive))
            finish(drive);
        else if (drive->now_ns >= until_ns)
            break;
        else if (!any)
            drive_pause(min_i64(drive->poll_ns, next_ns - drive->now_ns));
    }
    return drive->state;
}

int64_t drive_error_ns(const struct runner *runner)
{
    return drive_of(runner)->merge.error_ns;
}

static int64_t drive_now_ns(const struct runner *runner)
{
    return drive_of(runner)->now_ns;
}

static struct totals drive_totals(struct runner *runner)
{
    struct drive *drive = drive_of(runner);
    return judge_totals(runner->judge, sum_tallies(drive), drive->now_ns);
}

static struct hash_value drive_hash(const struct runner *runner)
{
    return hash_value(judge_hash(runner->judge));
}

uint64_t drive_events(const struct runner *runner)
{
    const struct drive *drive = drive_of(runner);
    uint64_t events = 0;
    for (uint32_t i = 0; i < drive->handles_count; i++)
        events += drive->handles[i].gauges.steps;
    return events - drive->events_before;
}

/* ---- making -------------------------------------------------------------------------------- */

static enum error startup(struct drive *drive, const struct drive_setup *setup)
{
    return drive->attached ? startup_attach(drive, setup->keys) : startup_own(drive);
}

/* After the startup, which measures how well the times of two nodes can be told apart. */
static enum error make_judge(struct drive *drive, const struct drive_setup *setup)
{
    struct judge_setup judge = {.plan = setup->plan,
                                .readers = setup->readers,
                                .readers_count = setup->readers_count,
                                .live = true,
                                .late_ns = DRIVE_LATE_NS,
                                .error_ns = drive->merge.error_ns};
    drive->runner.judge = judge_new(&judge);
    return drive->runner.judge ? OK : ERROR_MEMORY;
}

static enum error make(struct drive *drive, const struct drive_setup *setup)
{
    const struct plan *plan = setup->plan;
    uint32_t nodes = plan->settings.nodes;
    struct executor_setup executor = {.nodes = nodes,
                                      .settings = &plan->settings,
                                      .operations = &drive_operations,
                                      .cluster = drive,
                                      .drops_come_late = true};
    if (executor_init(&drive->executor, &executor) || executor_add_plan(&drive->executor, plan))
        return ERROR_MEMORY;
    drive->synced = memory_zeroed(nodes * sizeof *drive->synced);
    drive->cut_now = memory_zeroed((size_t)nodes * nodes);
    drive->base_ns = memory_zeroed(nodes * sizeof *drive->base_ns);
    drive->sources = memory_zeroed(nodes * sizeof *drive->sources);
    drive->before = memory_zeroed(nodes * sizeof *drive->before);
    if (!drive->before || !drive->synced || !drive->cut_now || !drive->base_ns || !drive->sources ||
        router_init(&drive->router, plan->settings.route, nodes) ||
        trace_repair_init(&drive->repair, nodes, drive_put, drive))
        return ERROR_MEMORY;
    drive->repair_made = true;
    drive->repair.replay.setup.views_static = plan->settings.membership_static;
    if (causal_merge_init(&drive->merge, nodes + 1, 0, &drive->repair))
        return ERROR_MEMORY;
    enum error error = drive_check_plan(drive);
    if (!error)
        error = startup(drive, setup);
    return error ? error : make_judge(drive, setup);
}

static void drive_delete(struct runner *runner)
{
    struct drive *drive = drive_of(runner);
    for (uint32_t i = 0; i < drive->handles_count; i++)
        node_handle_close(&drive->handles[i]);
    if (drive->context)
        zmq_ctx_term(drive->context);
    causal_merge_close(&drive->merge);
    if (drive->repair_made)
        trace_repair_close(&drive->repair);
    judge_delete(drive->runner.judge);
    executor_close(&drive->executor);
    for (node_id node = 0; drive->sources && node < drive->plan->settings.nodes; node++)
        sources_close(&drive->sources[node].all);
    router_close(&drive->router);
    if (!drive->attached) {
        if (drive->cluster_file.state)
            epoch_file_remove_all(&drive->cluster_file);
        cluster_file_close(&drive->cluster_file);
    }
    memory_free(drive->handles);
    memory_free(drive->base_ns);
    memory_free(drive->synced);
    memory_free(drive->cut_now);
    memory_free(drive->workloads);
    memory_free(drive->sources);
    memory_free(drive->before);
    quantiles_close(&drive->latencies);
    memory_free(drive);
}

struct runner *drive_new(const struct drive_setup *setup, struct failure *failure)
{
    static const struct runner_operations operations = {.run = drive_run,
                                                        .next_ns = drive_now_ns,
                                                        .now_ns = drive_now_ns,
                                                        .totals = drive_totals,
                                                        .events = drive_events,
                                                        .hash = drive_hash,
                                                        .delete = drive_delete};
    struct drive *drive = memory_zeroed(sizeof *drive);
    failure_memory(failure);
    if (!drive)
        return NULL;
    drive->runner = (struct runner){.operations = &operations,
                                    .live = true,
                                    .executor = &drive->executor,
                                    .why = drive->failure.text};
    drive->plan = setup->plan;
    drive->watch = setup->watch;
    drive->watch_context = setup->watch_context;
    drive->tally.latencies = &drive->latencies;
    drive->attached = setup->cluster_file != NULL;
    if (drive->attached)
        drive->cluster_file = *setup->cluster_file;
    enum error error = make(drive, setup);
    if (!error)
        return &drive->runner;
    if (error != ERROR_MEMORY)
        *failure = drive->failure;
    drive_delete(&drive->runner);
    return NULL;
}
