/* A scenario carried by real processes, as simulate.c sees it: see carrier.h. */
#include "live.h"

#include "net/drive.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static enum run_state go(void *run, int64_t until_ns)
{
    enum run_state state = drive_run(run, until_ns);
    if (state == RUN_FAILED)
        fprintf(stderr, "dpsim: --net: %s\n", drive_why(run));
    return state;
}

static enum error add(void *run, const struct action *action)
{
    return drive_add(run, action);
}

static const struct action *action_at(const void *run, uint32_t index)
{
    return deeds_action(drive_deeds(run), index);
}

static int64_t now_ns(const void *run)
{
    return drive_now_ns(run);
}

static struct totals totals(void *run)
{
    return drive_totals(run);
}

static uint64_t events(const void *run)
{
    return drive_events(run);
}

static const struct check *check(const void *run)
{
    return judge_check(drive_judge(run));
}

static size_t missed(const void *run, const struct action **actions, size_t most)
{
    return deeds_missed(drive_deeds(run), actions, most);
}

static void end(void *run)
{
    drive_delete(run);
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
    bool set = settings->latency.kind != LAW_CONSTANT || settings->latency.least_ns != NS_PER_MS ||
               settings->loss_ppb || settings->duplicate_ppb || settings->reorder;
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

enum status live_carry(struct carrier *carrier, const struct carrier_setup *setup)
{
    char why[256];
    struct drive_setup drive = {
        .plan = setup->plan, .readers = setup->readers, .readers_count = setup->readers_count};
    *carrier = (struct carrier){.live = true,
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
    take_signals();
    warn(setup->plan);
    carrier->run = drive_new(&drive, why);
    if (carrier->run)
        return STATUS_HELD;
    fprintf(stderr, "dpsim: --net: %s\n", why);
    return STATUS_FAILED;
}
