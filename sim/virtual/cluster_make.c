/* How a cluster is made, closed, and made again for a run that the screen suspects. */
#include "base/large_pages.h"
#include "base/memory.h"
#include "base/number.h"
#include "virtual/cluster_state.h"

#include <unistd.h>

/* All outboxes together keep so many messages' room when they are emptied: where every node sends
 * to thousands at one instant, more would be kept for nothing. */
#define OUTBOXES_KEPT (UINT32_C(1) << 19)

static enum error make_hosts(struct cluster *cluster)
{
    uint32_t nodes = cluster->plan->settings.nodes;
    cluster->hosts = memory_zeroed(nodes * sizeof *cluster->hosts);
    cluster->tallies = memory_zeroed(cluster->threads * sizeof *cluster->tallies);
    cluster->active = memory_zeroed(nodes * sizeof *cluster->active);
    cluster->busy = memory_zeroed(nodes * sizeof *cluster->busy);
    if (!cluster->hosts || !cluster->tallies || !cluster->active || !cluster->busy)
        return ERROR_MEMORY;
    large_pages_for_block(cluster->hosts, nodes * sizeof *cluster->hosts);
    for (uint32_t i = 0; i < cluster->threads; i++) {
        struct thread_tally *of = &cluster->tallies[i];
        of->tally.latencies = &of->latencies;
        of->latencies.next = i + 1 < cluster->threads ? &of[1].latencies : NULL;
    }
    for (node_id node = 0; node < nodes; node++)
        host_init(&cluster->hosts[node], &cluster->target.around, node, &cluster->tallies[0].tally);
    cluster->hosts_count = nodes;
    cluster->outbox_kept = max_u32(OUTBOXES_KEPT / nodes, 64);
    cluster->target.hosts = cluster->hosts;
    return tournament_init(&cluster->tournament, nodes);
}

void cluster_start_nodes(struct cluster *cluster)
{
    const struct queued_action *first;
    while ((first = action_queue_first(&cluster->target.executor.queue)) && first->action->initial)
        cluster_run_action(cluster);
    const struct node_list *absent = &cluster->plan->settings.absent;
    for (node_id node = 0, i = 0; node < cluster->hosts_count; node++) {
        if (i < absent->count && absent->nodes[i] == node)
            i++;
        else
            host_start(&cluster->hosts[node], 0, 0, false);
    }
    cluster_collect_all(cluster);
}

/* What is measured is the process. Half of the machine's memory is what it is for any number. */
static void share_memory(struct cluster *cluster, const struct runner_setup *setup)
{
    uint64_t *limit = &cluster->target.around.memory_limit;
    cluster->jobs = setup->jobs ? setup->jobs : 1;
    if (setup->plan->settings.memory_limit)
        *limit = *limit > UINT64_MAX / cluster->jobs ? UINT64_MAX : *limit * cluster->jobs;
}

enum error cluster_make(struct cluster *cluster)
{
    const struct runner_setup *setup = &cluster->setup;
    if (target_init(&cluster->target, setup->plan))
        return ERROR_MEMORY;
    share_memory(cluster, setup);
    cluster->target.record = cluster_put_next;
    cluster->target.acted = cluster_relieve;
    cluster->target.context = cluster;
    long cores = setup->cores ? setup->cores : max_i64(sysconf(_SC_NPROCESSORS_ONLN), 1);
    cluster->target.around.trace_merge =
        trace_merge_new(setup->plan->settings.nodes, cores > 1, cluster_put, cluster);
    if (!cluster->target.around.trace_merge || make_hosts(cluster))
        return ERROR_MEMORY;
    cluster->target.around.streams = trace_merge_streams(cluster->target.around.trace_merge);
    struct judge_setup judge = {.plan = setup->plan,
                                .readers = setup->readers,
                                .readers_count = setup->readers_count,
                                .may_screen = setup->may_screen && !cluster->suspect};
    cluster->runner.judge = judge_new(&judge);
    if (!cluster->runner.judge)
        return ERROR_MEMORY;
    cluster->suspect = false;
    cluster->screen = judge_screen(cluster->runner.judge);
    large_pages_for_heap();
    for (node_id node = 0; cluster->screen && node < cluster->hosts_count; node++)
        cluster->hosts[node].screen = screen_node(cluster->screen, node);
    /* Judging takes a core of its own. */
    bool judges = setup->plan->settings.trace == TRACE_ALL && cores > 1 && !cluster->screen;
    cluster->thread_pool = thread_pool_new(cluster->threads, (uint32_t)(cores - judges));
    return cluster->thread_pool ? OK : ERROR_MEMORY;
}

void cluster_close_parts(struct cluster *cluster)
{
    thread_pool_delete(cluster->thread_pool);
    trace_merge_delete(cluster->target.around.trace_merge); /* its thread calls the judge */
    for (uint32_t i = 0; i < cluster->hosts_count; i++)
        host_close(&cluster->hosts[i]);
    judge_delete(cluster->runner.judge);
    target_close(&cluster->target);
    tournament_close(&cluster->tournament);
    memory_free(cluster->hosts);
    for (uint32_t i = 0; cluster->tallies && i < cluster->threads; i++)
        quantiles_close(&cluster->tallies[i].latencies);
    memory_free(cluster->tallies);
    memory_free(cluster->active);
    memory_free(cluster->busy);
}

void cluster_repeat(struct cluster *cluster)
{
    struct cluster again = {.runner = cluster->runner,
                            .setup = cluster->setup,
                            .plan = cluster->plan,
                            .threads = cluster->threads,
                            .suspect = true};
    cluster_close_parts(cluster);
    *cluster = again;
    cluster->runner.judge = NULL;
    if (cluster_make(cluster)) {
        cluster->state = RUN_NO_MEMORY;
        return;
    }
    cluster_start_nodes(cluster);
}
