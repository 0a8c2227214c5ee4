/* A scenario carried by real processes, as simulate.c sees it: see runner.h. */
#include "base/duration.h"
#include "cli/net.h"

#include "base/memory.h"
#include "cli/net_cluster.h"
#include "net/drive/drive.h"
#include "trace/timeline.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct net_run {
    struct drive *drive;
    struct net_cluster cluster; /* that runs already, if `there` */
    bool there;
    bool told; /* why it failed */
};

static struct drive *drive_of(const void *run)
{
    return ((const struct net_run *)run)->drive;
}

static enum run_state go(void *run, int64_t until_ns)
{
    enum run_state state = drive_run(drive_of(run), until_ns);
    struct net_run *live = run;
    if (state == RUN_FAILED && !live->told)
        fprintf(stderr, "dpsim: --net: %s\n", drive_why(live->drive));
    live->told = state == RUN_FAILED;
    return state;
}

static enum error add(void *run, const struct action *action)
{
    return drive_add(drive_of(run), action);
}

static const struct action *action_at(const void *run, uint32_t index)
{
    return actions_action(drive_deeds(drive_of(run)), index);
}

static int64_t now_ns(const void *run)
{
    return drive_now_ns(drive_of(run));
}

static struct totals totals(void *run)
{
    return drive_totals(drive_of(run));
}

static uint64_t events(const void *run)
{
    return drive_events(drive_of(run));
}

static const struct checker *check(const void *run)
{
    return judge_check(drive_judge(drive_of(run)));
}

static size_t missed(const void *run, const struct action **actions, size_t most)
{
    return actions_missed(drive_deeds(drive_of(run)), actions, most);
}

static void end(void *run)
{
    struct net_run *live = run;
    drive_delete(live->drive);
    if (live->there)
        net_cluster_close(&live->cluster);
    memory_free(live);
}

static void on_signal(int number)
{
    (void)number;
    drive_interrupt();
}

/* Ctrl-C ends the run in an orderly way; a second one ends it at once, and the nodes with it. */
static void take_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* What the plan sets of the network is the real one's own. */
static void warn(const struct plan *plan)
{
    const struct settings *settings = &plan->settings;
    bool set = settings->latency.kind != DISTRIBUTION_CONSTANT ||
               settings->latency.least_ns != NS_PER_MS || settings->loss_ppb ||
               settings->duplicate_ppb || settings->reorder;
    for (size_t i = 0; i < plan->actions_count; i++) {
        enum action_kind kind = plan->actions[i].kind;
        set |= kind == ACTION_LATENCY || kind == ACTION_LOSS || kind == ACTION_DUPLICATE ||
               kind == ACTION_REORDER || kind == ACTION_CLOCK;
    }
    if (set)
        fprintf(stderr,
                "%s: warning: latency, loss, duplicate, reorder and clock are the real network's "
                "own with --net: passed over\n",
                plan->file);
}

/* ---- a cluster that runs ------------------------------------------------------------------- */

static bool conflicts(const struct plan *plan, const struct cluster_file *cluster_file,
                      size_t setting)
{
    char said[256], theirs[256];
    plan_setting_line(&plan->settings, setting, said, sizeof said);
    plan_setting_line(&cluster_file->settings, setting, theirs, sizeof theirs);
    if (strcmp(said, theirs) == 0 || !(plan->said >> setting & 1))
        return false;
    fprintf(stderr, "dpsim: %s: it says '%.*s', the running cluster '%.*s'\n", plan->file,
            (int)strcspn(said, "\n"), said, (int)strcspn(theirs, "\n"), theirs);
    return true;
}

static void adopt(struct settings *settings, const struct settings *theirs)
{
    settings->ttl_ns = theirs->ttl_ns;
    settings->route = theirs->route;
    settings->expire_idle = theirs->expire_idle;
    settings->fallback_local = theirs->fallback_local;
    settings->timeout_ns = theirs->timeout_ns;
    settings->retry_ns = theirs->retry_ns;
    settings->mailbox = theirs->mailbox;
    settings->heartbeat_ns = theirs->heartbeat_ns;
    settings->suspect_ns = theirs->suspect_ns;
}

enum status net_adopt_cluster(const struct options *options, struct plan *plan)
{
    bool fits = true;
    struct net_cluster cluster;
    if (!options->cluster_file)
        return STATUS_HELD;
    enum status status = net_cluster_open(&cluster, options);
    if (status)
        return status;
    const struct cluster_file *cluster_file = &cluster.cluster_file;
    if (plan->settings.nodes != cluster_file->nodes) {
        fprintf(stderr, "dpsim: %s: it is for %u nodes, and the cluster has %u: say --nodes %u\n",
                plan->file, plan->settings.nodes, cluster_file->nodes, cluster_file->nodes);
        fits = false;
    }
    if (plan->settings.membership_static) {
        fprintf(stderr, "dpsim: %s: 'membership static' is for a cluster of the run's own\n",
                plan->file);
        fits = false;
    }
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (i != SETTING_LOAD && !cluster_file_refuses((enum setting_id)i) &&
            conflicts(plan, cluster_file, i))
            fits = false;
    adopt(&plan->settings, &cluster_file->settings);
    net_cluster_close(&cluster);
    return fits ? STATUS_HELD : STATUS_WRONG;
}

/* ---- the run ------------------------------------------------------------------------------- */

static enum status begin(struct net_run *live, const struct runner_setup *setup)
{
    char why[256];
    struct drive_setup drive = {.plan = setup->plan,
                                .readers = setup->readers,
                                .readers_count = setup->readers_count,
                                .cluster_file = live->there ? &live->cluster.cluster_file : NULL,
                                .keys = live->cluster.keys};
    take_signals();
    warn(setup->plan);
    live->drive = drive_new(&drive, why);
    if (live->drive && drive_error_ns(live->drive))
        fprintf(stderr, "dpsim: times of different hosts are told apart to %s\n",
                duration_short(drive_error_ns(live->drive)).text);
    if (live->drive)
        return STATUS_HELD;
    fprintf(stderr, "dpsim: --net: %s\n", why);
    return STATUS_FAILED;
}

static enum status open_run(struct net_run *live, const struct runner_setup *setup,
                            const struct options *options)
{
    if (options->cluster_file) {
        enum status status = net_cluster_open(&live->cluster, options);
        if (status)
            return status;
        live->there = true;
    }
    return begin(live, setup);
}

enum status net_open_runner(struct runner *runner, const struct runner_setup *setup,
                            const struct options *options)
{
    struct net_run *live = memory_zeroed(sizeof *live);
    *runner = (struct runner){.live = true,
                              .go = go,
                              .add = add,
                              .action = action_at,
                              .next_ns = now_ns,
                              .now_ns = now_ns,
                              .totals = totals,
                              .events = events,
                              .check = check,
                              .missed = missed,
                              .end = end};
    if (!live) {
        fputs("dpsim: --net: out of memory\n", stderr);
        return STATUS_FAILED;
    }
    enum status status = open_run(live, setup, options);
    if (status)
        end(live);
    else
        runner->run = live;
    return status;
}
