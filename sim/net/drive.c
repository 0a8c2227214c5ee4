#include "core/memory.h"
#include "net/drive_inner.h"
#include "net/monotonic.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <zmq.h>

/* The records of all nodes are looked at so often. */
#define LOOK_NS (2 * NS_PER_MS)

/* A node that has told nothing for so long is asked how far it is. */
#define QUIET_NS (10 * NS_PER_MS)

/* Bytes of one node's records that are read before the next one's. */
#define READ_MOST (4u << 20)

/* The records up to an expectation's time are waited for as long as this: a node that says nothing
 * for longer has hung. */
#define SILENT_NS (10 * NS_PER_S)

/* The hosts' clocks are measured anew within so long, on a busy network, too. */
#define VAGUE_NS NS_PER_S

static volatile sig_atomic_t interrupted;

void drive_interrupt(void)
{
    interrupted = 1;
}

bool drive_is_interrupted(void)
{
    return interrupted;
}

int64_t drive_clock_ns(const struct drive *drive)
{
    return monotonic_ns() - drive->t0_ns;
}

void drive_fail(struct drive *drive, const char *why)
{
    if (drive->state != RUN_GOES_ON)
        return;
    drive->state = RUN_FAILED;
    snprintf(drive->why, sizeof drive->why, "%s", why);
}

static void note(struct drive *drive, enum error error)
{
    if (error && drive->state == RUN_GOES_ON)
        drive->state = RUN_NO_MEMORY;
}

/* ---- records ------------------------------------------------------------------------------- */

/* Every record of the run passes here, once, in order. */
static void put(void *context, const struct record *record)
{
    struct drive *drive = context;
    if (record->kind == RECORD_DROP && record->code == DROP_CUT)
        strike_note_cut(drive, record);
    tally_take(&drive->tally, record);
    judge_take(drive->judge, record);
}

static void ask_how_far(struct drive *drive, node_id node)
{
    struct order order = {.kind = ORDER_SYNC, .count = ++drive->syncs};
    if (station_tell(&drive->stations[node], &order, NULL))
        drive->synced[node] = drive->syncs;
}

/* Asks a node that has told nothing for some time, or not since something was done. */
static void prompt(struct drive *drive, node_id node)
{
    const struct station *station = &drive->stations[node];
    int64_t watermark_ns = station->watermark_ns + station->offset_ns;
    bool asked = station->gauges.synced < drive->synced[node];
    bool quiet = monotonic_ns() - watermark_ns > QUIET_NS;
    if (station->state == WARDEN_UP && !asked && (quiet || drive->synced[node] < drive->settled))
        ask_how_far(drive, node);
}

static void note_memory(struct drive *drive)
{
    if (drive->weave.failed || drive->account.failed || judge_failed(drive->judge))
        note(drive, ERROR_MEMORY);
}

static void note_failure(struct drive *drive, const struct station *station)
{
    char why[sizeof drive->why];
    if (!*station->why)
        return;
    snprintf(why, sizeof why, "n%u: %.240s", station->node + 1, station->why);
    drive_fail(drive, why);
}

/* A driver that stood still has old measures of the clocks, until the next exchange. */
static void note_vague(struct drive *drive, bool vague)
{
    if (!vague)
        drive->vague_ns = 0;
    else if (!drive->vague_ns)
        drive->vague_ns = monotonic_ns();
    else if (monotonic_ns() - drive->vague_ns > VAGUE_NS)
        drive_fail(drive, "the hosts' clocks can't be followed to the stated error");
}

/* Reads what the nodes have recorded, and gives on what is in order. */
static bool gather(struct drive *drive)
{
    bool any = false, vague = false;
    for (node_id node = 0; node < drive->hosts.nodes; node++) {
        struct station *station = &drive->stations[node];
        any |= station_look(station, READ_MOST);
        weave_watermark(&drive->weave, node,
                        station->watermark_ns + station->offset_ns - drive->t0_ns);
        prompt(drive, node);
        note_failure(drive, station);
        vague |= 2 * station->error_ns > drive->weave.error_ns;
    }
    note_vague(drive, vague);
    weave_watermark(&drive->weave, drive->hosts.nodes, drive_clock_ns(drive));
    weave_run(&drive->weave);
    note_memory(drive);
    return any;
}

static void pause_for(int64_t ns)
{
    struct timespec pause = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    if (ns > 0)
        nanosleep(&pause, NULL);
}

/* Until all records of a time up to at_ns are in. */
static void gather_until(struct drive *drive, int64_t at_ns)
{
    int64_t giveup_ns = monotonic_ns() + SILENT_NS;
    for (node_id node = 0; node < drive->hosts.nodes; node++)
        if (drive->stations[node].state == WARDEN_UP)
            ask_how_far(drive, node);
    while (drive->state == RUN_GOES_ON && !interrupted) {
        gather(drive);
        if (weave_done_ns(&drive->weave) > at_ns)
            return;
        if (monotonic_ns() > giveup_ns)
            drive_fail(drive, "a node has hung: it neither records nor answers");
        pause_for(NS_PER_MS / 10);
    }
}

/* ---- the run ------------------------------------------------------------------------------- */

/* By what the nodes say of themselves, who stand still: the trace is held against it. */
static struct under_way sum_under_way(const struct drive *drive)
{
    struct under_way under_way = {.messages = 0};
    for (node_id node = 0; node < drive->hosts.nodes; node++) {
        const struct station *station = &drive->stations[node];
        const struct gauges *gauges = &station->gauges;
        under_way.messages += gauges->sent - gauges->received - gauges->dropped;
        if (station->state == WARDEN_DOWN)
            continue;
        under_way.workers += gauges->workers;
        under_way.requests += gauges->requests;
    }
    under_way.messages -= drive->account.off.count;
    return under_way;
}

static struct tally *sum_tallies(struct drive *drive)
{
    drive->sum = drive->tally;
    for (uint32_t i = 0; i < drive->stations_count; i++)
        if (!drive->there || drive->plan->settings.trace != TRACE_ALL)
            tally_add(&drive->sum, station_tally(&drive->stations[i]));
    return &drive->sum;
}

/* Nodes of this host are stopped where they are, so that what they have made visible is all there
 * is. Others go on: the run ends at a time, and what comes later is not looked at. */
static void stop(struct drive *drive)
{
    drive->now_ns = drive_clock_ns(drive);
    if (drive->there)
        gather_until(drive, drive->now_ns);
    for (node_id node = 0; node < drive->hosts.nodes && !drive->there; node++) {
        station_halt(&drive->stations[node]);
        note_failure(drive, &drive->stations[node]);
    }
    for (uint32_t feed = 0; feed <= drive->hosts.nodes && !drive->there; feed++)
        weave_watermark(&drive->weave, feed, TIME_NEVER);
    weave_run(&drive->weave);
    if (drive->plan->settings.end_ns < TIME_NEVER)
        drive->now_ns = drive->plan->settings.end_ns;
    if (drive->weave.last_ns > drive->now_ns)
        drive->now_ns = drive->weave.last_ns;
    note_memory(drive);
}

static void finish(struct drive *drive)
{
    stop(drive);
    if (drive->state != RUN_GOES_ON)
        return;
    sum_tallies(drive);
    for (node_id node = 0; node < drive->hosts.nodes; node++)
        note_failure(drive, &drive->stations[node]);
    if (drive->state != RUN_GOES_ON)
        return;
    drive->state = RUN_OVER;
    struct under_way under_way =
        drive->there ? account_under_way(&drive->account) : sum_under_way(drive);
    judge_at_end(drive->judge, drive->now_ns, 0, &drive->sum, &under_way);
}

static void run_item(struct drive *drive)
{
    struct item item = agenda_pop(&drive->deeds.agenda);
    if (item.action->kind != ACTION_EXPECT) {
        note(drive, strike(drive, &item));
        return;
    }
    note(drive, deeds_repeat_later(&drive->deeds, &item));
    gather_until(drive, item.at_ns);
    if (item.at_ns > drive->weave.last_ns)
        drive->weave.last_ns = item.at_ns;
    judge_at_cursor(drive->judge, item.action->as.expectation, drive->weave.last_ns, 0);
}

/* Whether something but heartbeats is still to happen by itself, by what the nodes say since they
 * were asked last. */
static bool is_busy(const struct drive *drive)
{
    if (drive->plan->settings.end_ns < TIME_NEVER || agenda_first(&drive->deeds.agenda))
        return true;
    for (node_id node = 0; node < drive->hosts.nodes; node++) {
        const struct station *station = &drive->stations[node];
        const struct gauges *gauges = &station->gauges;
        if (station->state != WARDEN_UP)
            continue;
        if (station->starting || gauges->synced < drive->settled || gauges->workers ||
            gauges->requests || gauges->clients)
            return true;
    }
    return false;
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum run_state drive_run(struct drive *drive, int64_t until_ns)
{
    while (drive->state == RUN_GOES_ON) {
        const struct item *item = agenda_first(&drive->deeds.agenda);
        if (interrupted)
            drive_fail(drive, "interrupted");
        bool any = gather(drive);
        drive->now_ns = drive_clock_ns(drive);
        if (item && item->at_ns <= drive->now_ns && item->at_ns <= drive->plan->settings.end_ns) {
            run_item(drive);
            drive->settled = drive->syncs + 1;
            continue;
        }
        if (drive->now_ns >= drive->plan->settings.end_ns || !is_busy(drive))
            finish(drive);
        else if (drive->now_ns >= until_ns)
            break;
        else if (!any)
            pause_for(least_of(LOOK_NS, (item ? item->at_ns : TIME_NEVER) - drive->now_ns));
    }
    return drive->state;
}

const char *drive_why(const struct drive *drive)
{
    return drive->why;
}

enum error drive_add(struct drive *drive, const struct action *action)
{
    must(drive->state == RUN_GOES_ON);
    return deeds_add(&drive->deeds, action);
}

/* ---- making -------------------------------------------------------------------------------- */

static enum error muster(struct drive *drive, const struct drive_setup *setup)
{
    return drive->there ? muster_there(drive, setup->keys) : muster_here(drive);
}

/* After the muster, which measures how well the times of two nodes can be told apart. */
static enum error make_judge(struct drive *drive, const struct drive_setup *setup)
{
    struct judge_setup judge = {.plan = setup->plan,
                                .readers = setup->readers,
                                .readers_count = setup->readers_count,
                                .live = true,
                                .late_ns = DRIVE_LATE_NS,
                                .error_ns = drive->weave.error_ns};
    drive->judge = judge_new(&judge);
    return drive->judge ? OK : ERROR_MEMORY;
}

static enum error make(struct drive *drive, const struct drive_setup *setup)
{
    const struct plan *plan = setup->plan;
    uint32_t nodes = plan->settings.nodes;
    drive->synced = memory_zeroed(nodes * sizeof *drive->synced);
    drive->cut_now = memory_zeroed((size_t)nodes * nodes);
    drive->base_ns = memory_zeroed(nodes * sizeof *drive->base_ns);
    if (!drive->synced || !drive->cut_now || !drive->base_ns ||
        account_init(&drive->account, nodes, put, drive))
        return ERROR_MEMORY;
    drive->account_made = true;
    if (weave_init(&drive->weave, nodes + 1, 0, &drive->account))
        return ERROR_MEMORY;
    for (size_t i = 0; i < plan->actions_count; i++)
        if (deeds_add(&drive->deeds, &plan->actions[i]))
            return ERROR_MEMORY;
    drive->load = plan->settings.load;
    drive->work = plan->settings.work;
    drive->load_fail_ppb = plan->settings.load_fail_ppb;
    drive->there = setup->hosts != NULL;
    if (drive->there)
        drive->hosts = *setup->hosts;
    enum error error = muster(drive, setup);
    return error ? error : make_judge(drive, setup);
}

struct drive *drive_new(const struct drive_setup *setup, char why[256])
{
    struct drive *drive = memory_zeroed(sizeof *drive);
    snprintf(why, 256, "out of memory");
    if (!drive)
        return NULL;
    drive->plan = setup->plan;
    deeds_init(&drive->deeds, setup->plan->settings.seed, setup->plan->settings.nodes);
    enum error error = make(drive, setup);
    if (!error)
        return drive;
    if (error != ERROR_MEMORY)
        memcpy(why, drive->why, 256);
    drive_delete(drive);
    return NULL;
}

void drive_delete(struct drive *drive)
{
    if (!drive)
        return;
    for (uint32_t i = 0; i < drive->stations_count; i++)
        station_close(&drive->stations[i]);
    if (drive->context)
        zmq_ctx_term(drive->context);
    weave_close(&drive->weave);
    if (drive->account_made)
        account_close(&drive->account);
    judge_delete(drive->judge);
    deeds_close(&drive->deeds);
    if (!drive->there)
        hosts_close(&drive->hosts);
    memory_free(drive->stations);
    memory_free(drive->base_ns);
    memory_free(drive->synced);
    memory_free(drive->cut_now);
    memory_free(drive->cuts);
    memory_free(drive->crowds);
    memory_free(drive);
}

/* ---- what is asked of it ------------------------------------------------------------------- */

int64_t drive_error_ns(const struct drive *drive)
{
    return drive->weave.error_ns;
}

const struct deeds *drive_deeds(const struct drive *drive)
{
    return &drive->deeds;
}

const struct judge *drive_judge(const struct drive *drive)
{
    return drive->judge;
}

int64_t drive_now_ns(const struct drive *drive)
{
    return drive->now_ns;
}

struct totals drive_totals(struct drive *drive)
{
    return judge_totals(drive->judge, sum_tallies(drive), drive->now_ns);
}

uint64_t drive_events(const struct drive *drive)
{
    uint64_t events = 0;
    for (uint32_t i = 0; i < drive->stations_count; i++)
        events += drive->stations[i].gauges.steps;
    return events - drive->events_before;
}
