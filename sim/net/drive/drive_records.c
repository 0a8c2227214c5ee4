#include "net/drive/drive_records.h"

#include "base/interrupt.h"
#include "base/monotonic.h"
#include "base/number.h"
#include "net/drive/drive_sources.h"

#include <time.h>

/* A node that has recorded nothing for this long, while records of others wait for its own, is
 * asked by a sync how far they are. */
#define QUIET_NS (10 * NS_PER_MS)

/* Bytes of one node's records that are read before the next one's. */
#define READ_MOST (4u << 20)

/* How long the driver waits for the records up to an expectation's time: a node that is silent for
 * longer hangs. */
#define SILENT_NS (10 * NS_PER_S)

/* For how long the clocks' measures may exceed the stated error: a new exchange takes less, on a
 * busy network too. */
#define VAGUE_NS NS_PER_S

void drive_note(struct drive *drive, enum error error)
{
    if (error && drive->state == RUN_GOES_ON)
        drive->state = RUN_NO_MEMORY;
}

void drive_put(void *context, const struct record *record)
{
    struct drive *drive = context;
    if (record->kind == RECORD_RECV)
        drive_note(drive, executor_saw(&drive->executor, (enum message_kind)record->message,
                                       record->peer, record->node, drive_clock_ns(drive)));
    if (record->kind == RECORD_REPLY && !record->request) {
        tally_take_latencies(&drive->tally, &record->value);
        return;
    }
    if (!trace_keeps(drive->plan->settings.trace, (enum record_kind)record->kind)) {
        tally_take(&drive->tally, record); /* see drive_level */
        return;
    }
    if (record->kind == RECORD_DROP && record->code == DROP_CUT)
        cuts_note_drop(&drive->executor.cuts, record->node, record->peer, record->t_ns);
    tally_take(&drive->tally, record);
    judge_take(drive->runner.judge, record);
}

static void send_sync(struct drive *drive, node_id node)
{
    struct order order = {.kind = ORDER_SYNC, .sync = ++drive->syncs};
    if (node_handle_send(&drive->handles[node], &order))
        drive->synced[node] = drive->syncs;
}

/* Sends a sync to a node that has been quiet since the last action, or for some time while records
 * wait. */
static void sync_if_quiet(struct drive *drive, node_id node)
{
    const struct node_handle *handle = &drive->handles[node];
    int64_t watermark_ns = handle->watermark_ns + handle->offset_ns;
    bool asked = handle->gauges.synced < drive->synced[node];
    bool quiet = drive->merge.waiting && monotonic_ns() - watermark_ns > QUIET_NS;
    if (handle->state == SUPERVISOR_UP && !asked && (quiet || drive->synced[node] < drive->settled))
        send_sync(drive, node);
}

static bool is_awaited(const struct drive *drive, node_id node)
{
    const struct node_handle *handle = &drive->handles[node];
    return handle->state == SUPERVISOR_UP && !handle->starting && !handle->failure.error &&
           handle->gauges.synced < drive->synced[node];
}

void drive_await_orders(struct drive *drive, int64_t within_ns)
{
    static const struct timespec pause = {.tv_nsec = NS_PER_MS / 5};
    int64_t until_ns = monotonic_ns() + within_ns;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        if (drive->handles[node].state == SUPERVISOR_UP)
            send_sync(drive, node);
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        while (is_awaited(drive, node) && monotonic_ns() < until_ns)
            if (!node_handle_poll(&drive->handles[node], SIZE_MAX))
                nanosleep(&pause, NULL);
}

void drive_note_memory(struct drive *drive)
{
    if (drive->merge.failed || drive->repair.failed || judge_failed(drive->runner.judge))
        drive_note(drive, ERROR_MEMORY);
}

void drive_note_failure(struct drive *drive, const struct node_handle *handle)
{
    if (handle->failure.error)
        drive_fail(drive, "n%u: %s", handle->node + 1, handle->failure.text);
}

/* `vague`: a clock is not known to the stated error, as when the driver itself stood still. For
 * VAGUE_NS that is no failure: the next exchange may mend it. */
static void note_vague(struct drive *drive, bool vague)
{
    if (!vague)
        drive->vague_ns = 0;
    else if (!drive->vague_ns)
        drive->vague_ns = monotonic_ns();
    else if (monotonic_ns() - drive->vague_ns > VAGUE_NS)
        drive_fail(drive, "the hosts' clocks can't be followed to the stated error");
}

bool drive_gather(struct drive *drive)
{
    bool any = false, vague = false;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_handle *handle = &drive->handles[node];
        any |= node_handle_poll(handle, READ_MOST);
        int64_t watermark_ns = handle->watermark_ns + handle->offset_ns - drive->t0_ns;
        drive_sources_tend(drive, node, watermark_ns);
        causal_merge_watermark(&drive->merge, node, watermark_ns);
        sync_if_quiet(drive, node);
        drive_note_failure(drive, handle);
        vague |= 2 * handle->error_ns > drive->merge.error_ns;
    }
    note_vague(drive, vague);
    causal_merge_watermark(&drive->merge, drive->cluster_file.nodes, drive_clock_ns(drive));
    causal_merge_run(&drive->merge);
    drive_note_memory(drive);
    return any;
}

void drive_pause(int64_t ns)
{
    struct timespec pause = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    if (ns > 0)
        nanosleep(&pause, NULL);
}

void drive_gather_until(struct drive *drive, int64_t at_ns)
{
    int64_t giveup_ns = monotonic_ns() + SILENT_NS;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        if (drive->handles[node].state == SUPERVISOR_UP)
            send_sync(drive, node);
    while (drive->state == RUN_GOES_ON && !interrupt_came()) {
        drive_gather(drive);
        if (causal_merge_done_ns(&drive->merge) > at_ns)
            return;
        if (monotonic_ns() > giveup_ns)
            drive_fail(drive, "a node has hung: it neither records nor answers");
        drive_pause(NS_PER_MS / 10);
    }
}
