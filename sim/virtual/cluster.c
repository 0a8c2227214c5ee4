#include "virtual/cluster.h"

#include "base/duration.h"
#include "base/interrupt.h"
#include "base/large_pages.h"
#include "base/memory.h"
#include "base/number.h"
#include "virtual/cluster_state.h"

#include <stdio.h>

/* ---- the trace ----------------------------------------------------------------------------- */

void cluster_put(void *context, const struct record *record)
{
    struct cluster *cluster = context;
    judge_take(cluster->runner.judge, record);
}

static void fail(struct cluster *cluster, enum error error)
{
    if (error)
        cluster->state = RUN_NO_MEMORY;
}

/* Waits until the judge has all records made so far. Comes before every other use of the judge. */
static void catch_up(struct cluster *cluster)
{
    if (!cluster->runner.judge)
        return; /* there was no memory for it */
    fail(cluster, trace_merge_flush(cluster->target.around.trace_merge));
    if (judge_failed(cluster->runner.judge))
        cluster->state = RUN_NO_MEMORY;
}

/* A record that no host makes: it comes after all that hosts have made so far. */
void cluster_put_next(void *context, const struct record *record)
{
    catch_up(context);
    cluster_put(context, record);
}

/* No record that is made later comes before those that were collected. */
static void merge_screened(struct cluster *cluster)
{
    if (!cluster->screen)
        return;
    fail(cluster, screen_merge(cluster->screen));
    cluster->suspect |= screen_suspects_all(cluster->screen);
}

/* What comes next stands apart, whatever its times. */
static void close_trace(struct cluster *cluster)
{
    fail(cluster, trace_merge_close(cluster->target.around.trace_merge));
    merge_screened(cluster);
}

/* ---- after hosts have run ------------------------------------------------------------------ */

/* Takes note of when the host runs next, and whether it keeps the run going. */
static void note_next(struct cluster *cluster, const struct host *host)
{
    bool busy = host_busy(host);
    tournament_set(&cluster->tournament, host->id, host_next_ns(host));
    cluster->busy_count += busy - cluster->busy[host->id];
    cluster->busy[host->id] = busy;
}

/* Something comes to the host at at_ns: its node, which may lie anywhere in memory, is not looked
 * at. */
static void note_arrival(struct cluster *cluster, const struct host *host, int64_t at_ns)
{
    tournament_hurry(&cluster->tournament, host->id, at_ns);
    if (cluster->busy[host->id] || host->frozen || !host->queue.lively)
        return;
    cluster->busy[host->id] = true;
    cluster->busy_count++;
}

static void exchange(struct cluster *cluster, struct host *from)
{
    for (size_t i = 0; i < from->outbox_count; i++) {
        struct sent *sent = &from->outbox[i];
        struct host *to = &cluster->hosts[sent->to];
        if (event_queue_push(&to->queue, &sent->envelope)) {
            envelope_clear(&sent->envelope);
            fail(cluster, ERROR_MEMORY);
            continue;
        }
        note_arrival(cluster, to, sent->envelope.at_ns);
    }
    host_empty_outbox(from, cluster->outbox_kept);
}

static void advance(struct cluster *cluster, int64_t at_ns, uint16_t step)
{
    if (at_ns > cluster->now_ns || (at_ns == cluster->now_ns && step > cluster->step))
        cluster->step = step;
    cluster->now_ns = max_i64(cluster->now_ns, at_ns);
}

/* Gives what nodes received to the actions that wait for it. The instant is over when they are
 * applied. */
static void note_seen(struct cluster *cluster, struct host *host)
{
    for (size_t i = 0; i < host->seen_count; i++)
        fail(cluster, executor_saw(&cluster->target.executor, host->seen[i].kind,
                                   host->seen[i].from, host->id, cluster->now_ns));
    host->seen_count = 0;
}

/* Collects what the hosts did: records for the trace, messages for their receivers, their next
 * times. */
static void collect(struct cluster *cluster, const node_id *nodes, uint32_t count)
{
    if (!cluster->screen && !cluster->target.around.is_alone)
        fail(cluster, trace_merge_gather(cluster->target.around.trace_merge, nodes, count));
    cluster->target.around.is_alone = false;
    for (uint32_t i = 0; i < count; i++) {
        struct host *host = &cluster->hosts[nodes[i]];
        fail(cluster, host->error);
        if (host->screen) {
            cluster->suspect |= screen_suspects(host->screen);
            screen_gather(host->screen, cluster->screen);
        }
        if (host->livelock)
            cluster->state = RUN_LIVELOCK;
        advance(cluster, host->now_ns, host->step);
        exchange(cluster, host);
        note_next(cluster, host);
    }
    for (uint32_t i = 0; i < count && cluster->target.around.awaited; i++)
        note_seen(cluster, &cluster->hosts[nodes[i]]);
}

/* A host has done its part of an action: takes what it sent, if that is much. */
void cluster_relieve(void *context, node_id node)
{
    struct cluster *cluster = context;
    if (cluster->hosts[node].outbox_count <= cluster->outbox_kept)
        return;
    collect(cluster, &node, 1);
    surroundings_check_memory(&cluster->target.around);
}

/* ---- windows ------------------------------------------------------------------------------- */

static uint64_t run_hosts(void *context, const node_id *nodes, uint32_t count, uint32_t thread)
{
    struct cluster *cluster = context;
    uint64_t events = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct host *host = &cluster->hosts[nodes[i]];
        events -= host->events;
        host->tally = &cluster->tallies[thread].tally;
        host_run(host, cluster->window_end_ns, cluster->window_step);
        events += host->events;
    }
    return events;
}

/* Runs the first active host alone. Where the records are merged on this thread they need no
 * merging now: all before are given to the judge first, and its own as it makes them, until they
 * are collected. */
static void run_alone(struct cluster *cluster)
{
    struct surroundings *around = &cluster->target.around;
    if (trace_merge_is_here(around->trace_merge)) {
        fail(cluster, trace_merge_close(around->trace_merge));
        around->is_alone = true;
    }
    run_hosts(cluster, cluster->active, 1, 0);
}

/* Runs these hosts, and collects from them, some at a time. */
static void run_active(struct cluster *cluster, uint32_t count, uint32_t most)
{
    for (uint32_t i = 0; i < count; i += most) {
        uint32_t some = min_u32(most, count - i);
        if (count == 1)
            run_alone(cluster);
        else
            thread_pool_run(cluster->thread_pool, cluster->active + i, some, run_hosts, cluster);
        collect(cluster, cluster->active + i, some);
        if (some < count)
            surroundings_check_memory(&cluster->target.around);
    }
}

/* Runs all events of [start, end), where no node can influence another: those of the first `count`
 * active hosts, which are all that have any. Where it ends after last_ns the rest of it comes with
 * the next call, so that it does not depend on pauses where windows end, and with them the run. */
static void run_window(struct cluster *cluster, int64_t end_ns, int64_t last_ns, uint32_t count)
{
    cluster->whole_end_ns = end_ns;
    if (end_ns > last_ns + 1) {
        end_ns = last_ns + 1;
        count = tournament_before(&cluster->tournament, end_ns, cluster->active);
    }
    cluster->window_end_ns = end_ns;
    cluster->window_step = STEP_ANY;
    cluster->target.around.window_end_ns = end_ns;
    run_active(cluster, count, UINT32_MAX);
}

/* Runs one causal step of one instant: with zero latency a node can influence another at once. The
 * hosts run some at a time; since they do so in the cluster's order, their records stay in order.
 */
static void run_step(struct cluster *cluster, int64_t at_ns, uint32_t most)
{
    uint32_t count = tournament_before(&cluster->tournament, at_ns + 1, cluster->active), kept = 0;
    uint16_t least = STEP_ANY;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t step = host_next_step(&cluster->hosts[cluster->active[i]]);
        if (step < least)
            kept = 0;
        if (step <= least) {
            least = step;
            cluster->active[kept++] = cluster->active[i];
        }
    }
    cluster->window_end_ns = at_ns + 1;
    cluster->window_step = least;
    cluster->target.around.window_end_ns = at_ns;
    run_active(cluster, kept, most);
}

/* A window that may have more events than this is run piece by piece, lest all that they send and
 * record lie in memory at once. */
#define EVENTS_MOST (UINT64_C(1) << 16)

/* How many events there are at the first `hosts` active hosts. */
static uint64_t count_events(const struct cluster *cluster, uint32_t hosts)
{
    uint64_t events = 0;
    for (uint32_t i = 0; i < hosts; i++)
        events += cluster->hosts[cluster->active[i]].queue.count;
    return events;
}

/* Where most hosts have events at one instant, runs a causal step of that, some hosts at a time;
 * else a shorter window. */
static void run_dense(struct cluster *cluster, int64_t start_ns, int64_t end_ns, int64_t last_ns,
                      uint64_t events, uint32_t hosts)
{
    uint32_t now = tournament_before(&cluster->tournament, start_ns + 1, cluster->active);
    uint64_t most = hosts * EVENTS_MOST / events;
    __int128 span_ns = (__int128)(end_ns - start_ns) * EVENTS_MOST / events;
    end_ns = start_ns + max_i64((int64_t)span_ns, 1);
    if (now > hosts / 2)
        run_step(cluster, start_ns, (uint32_t)max_u64(most, 1));
    else
        run_window(cluster, end_ns, last_ns,
                   tournament_before(&cluster->tournament, end_ns, cluster->active));
}

/* A look at the memory limit asks the system, which takes as long as dozens of events: it comes
 * after as many as make up one large window, or sooner if the scenario has a limit of its own. */
#define EVENTS_UNCHECKED_OF_LIMITED 1024u

static void look_at_memory(struct cluster *cluster, uint64_t events)
{
    bool limited = cluster->plan->settings.memory_limit != 0;
    cluster->events_unchecked += events;
    if (cluster->events_unchecked <= (limited ? EVENTS_UNCHECKED_OF_LIMITED : EVENTS_MOST))
        return;
    surroundings_check_memory(&cluster->target.around);
    large_pages_for_heap();
    cluster->events_unchecked = 0;
}

static void run_next_window(struct cluster *cluster, int64_t start_ns, int64_t bound_ns,
                            int64_t last_ns)
{
    int64_t least_ns = network_least_ns(&cluster->target.around.network);
    /* A message that an action waits for ends its window: the action follows its instant. */
    int64_t most_ns = cluster->target.around.awaited ? min_i64(least_ns, 1) : least_ns;
    bool is_rest = start_ns < cluster->whole_end_ns;
    int64_t end_ns = min_i64(is_rest ? cluster->whole_end_ns : start_ns + most_ns, bound_ns);
    uint32_t hosts =
        least_ns ? tournament_before(&cluster->tournament, end_ns, cluster->active) : 0;
    uint64_t events = is_rest ? 0 : count_events(cluster, hosts);
    look_at_memory(cluster, max_u64(events, least_ns ? hosts : cluster->hosts_count));
    if (least_ns == 0)
        run_step(cluster, start_ns, UINT32_MAX);
    else if (events > EVENTS_MOST)
        run_dense(cluster, start_ns, end_ns, last_ns, events, hosts);
    else
        run_window(cluster, end_ns, last_ns, hosts);
    merge_screened(cluster);
}

/* ---- actions ------------------------------------------------------------------------------- */

/* An action may change any host: collects from all that have sent or recorded something. */
void cluster_collect_all(struct cluster *cluster)
{
    uint32_t count = 0;
    for (node_id node = 0; node < cluster->hosts_count; node++) {
        struct host *host = &cluster->hosts[node];
        if (host->screen || host->outbox_count ||
            trace_merge_has(cluster->target.around.trace_merge, node))
            cluster->active[count++] = node;
    }
    collect(cluster, cluster->active, count);
    for (node_id node = 0; node < cluster->hosts_count; node++) {
        struct host *host = &cluster->hosts[node];
        fail(cluster, host->error);
        note_next(cluster, host);
        note_seen(cluster, host);
    }
    cluster->target.around.awaited = executor_awaits(&cluster->target.executor);
}

void cluster_run_action(struct cluster *cluster)
{
    struct queued_action queued = action_queue_pop(&cluster->target.executor.queue);
    advance(cluster, queued.at_ns, 0);
    cluster->whole_end_ns = cluster->target.around.window_end_ns = cluster->now_ns;
    close_trace(cluster);
    fail(cluster, target_apply(&cluster->target, &queued, cluster->now_ns, cluster->step));
    if (queued.action->kind != ACTION_EXPECT) {
        cluster_collect_all(cluster);
        close_trace(cluster);
        return;
    }
    catch_up(cluster);
    judge_at_cursor(cluster->runner.judge, queued.action->as.expectation, cluster->now_ns,
                    cluster->step);
}

/* ---- the run ------------------------------------------------------------------------------- */

static void add_up(struct cluster *cluster)
{
    cluster->sum = (struct tally){.latencies = &cluster->tallies[0].latencies};
    for (uint32_t i = 0; i < cluster->threads; i++)
        tally_add(&cluster->sum, &cluster->tallies[i].tally);
}

static void finish(struct cluster *cluster)
{
    struct under_way under_way = {0};
    for (uint32_t i = 0; i < cluster->hosts_count; i++)
        host_count_under_way(&cluster->hosts[i], &under_way);
    catch_up(cluster);
    if (cluster->state != RUN_GOES_ON)
        return;
    if (cluster->plan->settings.end_ns < TIME_NEVER)
        advance(cluster, cluster->plan->settings.end_ns, 0);
    merge_screened(cluster);
    cluster->suspect |=
        cluster->screen && !screen_holds(cluster->screen, cluster->now_ns, &under_way);
    if (cluster->suspect)
        return;
    cluster->state = RUN_OVER;
    add_up(cluster);
    judge_at_end(cluster->runner.judge,
                 &(struct judge_end){.t_ns = cluster->now_ns,
                                     .step = cluster->step,
                                     .sum = &cluster->sum,
                                     .quiet_ns = executor_quiet_ns(&cluster->target.executor),
                                     .under_way = &under_way});
}

static struct cluster *cluster_of(const struct runner *runner)
{
    return container_of(runner, struct cluster, runner);
}

static void fail_for_memory(struct cluster *cluster)
{
    unsigned long long limit_mb = cluster->target.around.memory_limit >> 20;
    if (cluster->jobs > 1)
        snprintf(cluster->why, sizeof cluster->why,
                 "the sweep's %u jobs need more memory than %llu MB, the limit of all of them: use "
                 "a lower -j; 'limit memory 16G' allows each more, fewer nodes or a lower rate "
                 "need less",
                 cluster->jobs, limit_mb);
    else
        snprintf(
            cluster->why, sizeof cluster->why,
            "it needs more memory at %s than the limit of %llu MB; 'limit memory 16G' allows more, "
            "fewer nodes or a lower rate need less",
            duration_exact(cluster->now_ns).text, limit_mb);
    cluster->runner.why = cluster->why;
    cluster->state = RUN_FAILED;
}

static enum run_state cluster_run(struct runner *runner, int64_t until_ns)
{
    struct cluster *cluster = cluster_of(runner);
    int64_t last_ns = min_i64(until_ns, cluster->plan->settings.end_ns);
    while (cluster->state == RUN_GOES_ON) {
        const struct queued_action *first = action_queue_first(&cluster->target.executor.queue);
        int64_t event_ns = tournament_first_ns(&cluster->tournament);
        int64_t bound_ns = action_queue_bound_ns(&cluster->target.executor.queue);
        int64_t next_ns = first && bound_ns <= event_ns ? first->at_ns : event_ns;
        bool nothing_left = !first && !cluster->busy_count && event_ns >= cluster->whole_end_ns &&
                            cluster->plan->settings.end_ns == TIME_NEVER;
        if (nothing_left || next_ns > cluster->plan->settings.end_ns || next_ns >= TIME_NEVER)
            finish(cluster);
        else if (next_ns > last_ns)
            break;
        else if (first && bound_ns <= event_ns)
            cluster_run_action(cluster);
        else
            run_next_window(cluster, event_ns, bound_ns, last_ns);
        if (atomic_load_explicit(&cluster->target.around.memory_is_short, memory_order_relaxed))
            fail_for_memory(cluster);
        if (cluster->suspect && cluster->state == RUN_GOES_ON)
            cluster_repeat(cluster);
        if (interrupt_came())
            break;
    }
    catch_up(cluster);
    if (cluster->runner.judge && (cluster->state != RUN_GOES_ON || interrupt_came()))
        judge_stop(cluster->runner.judge);
    return cluster->state;
}

static int64_t cluster_next_ns(const struct runner *runner)
{
    const struct cluster *cluster = cluster_of(runner);
    const struct queued_action *first = action_queue_first(&cluster->target.executor.queue);
    int64_t event_ns = tournament_first_ns(&cluster->tournament);
    return first ? min_i64(first->at_ns, event_ns) : event_ns;
}

static int64_t cluster_now_ns(const struct runner *runner)
{
    return cluster_of(runner)->now_ns;
}

static struct totals cluster_totals(struct runner *runner)
{
    struct cluster *cluster = cluster_of(runner);
    add_up(cluster);
    return judge_totals(runner->judge, &cluster->sum, cluster->now_ns);
}

static struct hash_value cluster_hash(const struct runner *runner)
{
    const struct cluster *cluster = cluster_of(runner);
    struct hash hash = *judge_hash(runner->judge);
    for (uint32_t i = 0; i < cluster->hosts_count; i++)
        hash_join(&hash, &cluster->hosts[i].hash);
    return hash_value(&hash);
}

static uint64_t cluster_events(const struct runner *runner)
{
    const struct cluster *cluster = cluster_of(runner);
    uint64_t events = 0;
    for (uint32_t i = 0; i < cluster->hosts_count; i++)
        events += cluster->hosts[i].events;
    return events;
}

/* ---- the runner ------------------------------------------------------------------------------ */

static void cluster_delete(struct runner *runner)
{
    cluster_close_parts(cluster_of(runner));
    memory_free(cluster_of(runner));
}

enum error cluster_new(struct runner **runner, const struct runner_setup *setup)
{
    static const struct runner_operations operations = {.run = cluster_run,
                                                        .next_ns = cluster_next_ns,
                                                        .now_ns = cluster_now_ns,
                                                        .totals = cluster_totals,
                                                        .events = cluster_events,
                                                        .hash = cluster_hash,
                                                        .delete = cluster_delete};
    *runner = NULL;
    struct cluster *cluster = memory_zeroed(sizeof *cluster);
    if (!cluster)
        return ERROR_MEMORY;
    cluster->runner.operations = &operations;
    cluster->runner.executor = &cluster->target.executor;
    cluster->setup = *setup;
    cluster->plan = setup->plan;
    cluster->threads = setup->threads;
    if (cluster_make(cluster)) {
        cluster_delete(&cluster->runner);
        return ERROR_MEMORY;
    }
    cluster_start_nodes(cluster);
    *runner = &cluster->runner;
    return OK;
}
