#include "run/runner.h"

#include "virtual/cluster.h"

#include <errno.h>

static enum run_state go(void *run, int64_t until_ns)
{
    return cluster_run(run, until_ns);
}

static enum error add(void *run, const struct action *action)
{
    return cluster_add(run, action);
}

static const struct action *action_at(const void *run, uint32_t index)
{
    return executor_action(cluster_executor(run), index);
}

static int64_t next_ns(const void *run)
{
    return cluster_next_ns(run);
}

static int64_t now_ns(const void *run)
{
    return cluster_now_ns(run);
}

static struct totals totals(void *run)
{
    return cluster_totals(run);
}

static uint64_t events(const void *run)
{
    return cluster_events(run);
}

static const struct checker *check(const void *run)
{
    return judge_check(cluster_judge(run));
}

static size_t missed(const void *run, const struct action **actions, size_t most)
{
    return executor_missed(cluster_executor(run), actions, most);
}

static void end(void *run)
{
    cluster_delete(run);
}

enum error runner_simulate(struct runner *runner, const struct runner_setup *setup)
{
    struct cluster_setup cluster = {.plan = setup->plan,
                                    .threads = setup->threads,
                                    .readers = setup->readers,
                                    .readers_count = setup->readers_count};
    *runner = (struct runner){.go = go,
                              .add = add,
                              .action = action_at,
                              .next_ns = next_ns,
                              .now_ns = now_ns,
                              .totals = totals,
                              .events = events,
                              .check = check,
                              .missed = missed,
                              .end = end};
    errno = ENOMEM;
    runner->run = cluster_new(&cluster);
    if (runner->run)
        return OK;
    return errno == ENOMEM ? ERROR_MEMORY : ERROR_IO;
}
