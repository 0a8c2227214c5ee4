#include "net/drive/drive_sources.h"

#include "base/monotonic.h"
#include "base/number.h"

#include <time.h>

/* ---- beginning ----------------------------------------------------------------------------- */

struct source_spread {
    struct drive *drive;
    struct open_source source; /* what those of all nodes have in common */
    int64_t begin_ns;
    enum error error;
};

static void add(void *context, node_id node, struct client client)
{
    struct source_spread *spread = context;
    struct open_source source = spread->source;
    int64_t gap_ns = client_next_gap_ns(&client, spread->begin_ns);
    source.due_ns = gap_ns < TIME_NEVER - spread->begin_ns ? spread->begin_ns + gap_ns : TIME_NEVER;
    source.client = client;
    if (!spread->error)
        spread->error = sources_add(&spread->drive->sources[node].all, &source);
}

enum error drive_sources_add(struct drive *drive, size_t workload)
{
    const struct workload *begins = &drive->workloads[workload];
    int64_t until_ns = begins->action->as.load.until_ns;
    struct source_spread spread = {
        .drive = drive,
        .source = {.until_ns = min_i64(until_ns, drive->plan->settings.end_ns), .place = workload},
        .begin_ns = begins->from_ns};
    workload_spread(begins, add, &spread);
    return spread.error;
}

bool drive_source_at(const struct drive *drive, node_id node, size_t workload, struct order *order)
{
    const struct heap *heap = &drive->sources[node].all.heap;
    const struct open_source *all = heap->items;
    for (size_t i = 0; i < heap->count; i++) {
        if (all[i].place != workload)
            continue;
        order->gaps = all[i].client.gaps;
        order->ids = all[i].client.ids;
        order->due_ns = all[i].due_ns + drive->base_ns[node];
        return true;
    }
    return false;
}

/* ---- making -------------------------------------------------------------------------------- */

static void put(struct drive *drive, node_id node, struct record *record)
{
    if (trace_keeps(drive->plan->settings.trace, (enum record_kind)record->kind))
        causal_merge_put(&drive->merge, node, record);
    else
        tally_take(&drive->tally, record);
}

/* Records a request at the node, and gives it its number; at one that is down, records that it
 * fails at once, too. */
static void make(struct drive *drive, node_id node, struct source_request *request)
{
    struct node_handle *handle = &drive->handles[node];
    uint32_t nodes = drive->cluster_file.nodes;
    struct record record = record_of(RECORD_REQUEST);
    int64_t setting_ns = drive->cluster_file.settings.timeout_ns;
    bool down = handle->state == SUPERVISOR_DOWN;
    request->number = down ? node_handle_take_number(handle, nodes)
                           : handle->gauges.next_request + nodes * drive->sources[node].made++;
    record.t_ns = record.clock_ns = request->made_ns;
    record.node = node;
    record.request = request->number;
    record.id = request->id;
    record.number = request->tag;
    record.amount = request->made_ns + (request->timeout_ns ? request->timeout_ns : setting_ns);
    record.gap_ns = request->gap_ns;
    put(drive, node, &record);
    if (!down)
        return;
    record.kind = RECORD_FAIL;
    record.code = OUTCOME_CALLER_LOST;
    record.number = 0;
    record.amount = 0;
    record.gap_ns = 0;
    put(drive, node, &record);
}

/* Whether the driver makes the node's requests. What it has made for a frozen one it goes on with;
 * it begins only once the process has been stopped where it is known how far it was. */
static bool stands_in(const struct drive *drive, node_id node)
{
    const struct node_handle *handle = &drive->handles[node];
    if (handle->state == SUPERVISOR_DOWN)
        return handle->settled;
    return handle->state == SUPERVISOR_FROZEN && handle->settled && handle->halted &&
           !drive->sources[node].unmade;
}

void drive_sources_tend(struct drive *drive, node_id node, int64_t to_ns)
{
    struct node_sources *own = &drive->sources[node];
    int64_t process_ns = drive->handles[node].gauges.sources_ns - drive->base_ns[node];
    struct source_request request;
    sources_skip(&own->all, process_ns, UINT64_MAX);
    if (!stands_in(drive, node))
        return;
    while (sources_due_ns(&own->all) <= to_ns) {
        sources_take(&own->all, &request);
        make(drive, node, &request);
    }
    own->made_ns = max_i64(own->made_ns, to_ns);
}

/* The last numbers of a node that has just crashed on another host are known soon. */
static void await_settled(struct drive *drive, node_id node)
{
    static const struct timespec pause = {.tv_nsec = NS_PER_MS / 5};
    struct node_handle *handle = &drive->handles[node];
    int64_t until_ns = monotonic_ns() + NS_PER_S;
    while (!handle->settled && !handle->failure.error && monotonic_ns() < until_ns)
        if (!node_handle_poll(handle, SIZE_MAX))
            nanosleep(&pause, NULL);
}

bool drive_make_request(struct drive *drive, node_id node, struct order *order)
{
    const struct node_handle *handle = &drive->handles[node];
    if (handle->state == SUPERVISOR_DOWN)
        await_settled(drive, node);
    int64_t made_ns = drive_clock_ns(drive);
    drive_sources_tend(drive, node, made_ns);
    order->made_ns = made_ns + drive->base_ns[node];
    order->number = 0;
    struct source_request request = {
        .id = order->id, .tag = order->tag, .made_ns = made_ns, .timeout_ns = order->timeout_ns};
    if (stands_in(drive, node) || handle->state == SUPERVISOR_DOWN) {
        make(drive, node, &request);
        order->number = request.number;
    } else {
        drive->sources[node].unmade |= handle->state == SUPERVISOR_FROZEN;
    }
    return handle->state == SUPERVISOR_DOWN;
}

/* ---- faults -------------------------------------------------------------------------------- */

int64_t drive_sources_thaw(struct drive *drive, node_id node)
{
    struct node_sources *own = &drive->sources[node];
    drive_sources_tend(drive, node, drive_clock_ns(drive));
    bool stood_in = stands_in(drive, node);
    own->made = 0;
    own->unmade = false;
    if (stood_in)
        own->taken_ns = own->made_ns;
    return stood_in ? own->made_ns + drive->base_ns[node] : 0;
}

void drive_sources_crash(struct drive *drive, node_id node)
{
    struct node_sources *own = &drive->sources[node];
    for (uint64_t i = 0; i < own->made; i++)
        node_handle_take_number(&drive->handles[node], drive->cluster_file.nodes);
    if (drive->plan->settings.trace != TRACE_ALL)
        drive->tally.totals.outcomes[OUTCOME_CALLER_LOST] += own->made;
    own->made = 0;
    own->unmade = false;
}

/* ---- the end ------------------------------------------------------------------------------- */

bool drive_sources_busy(const struct drive *drive, node_id node)
{
    return drive->handles[node].state != SUPERVISOR_UP &&
           sources_next(&drive->sources[node].all) != NULL;
}

bool drive_sources_behind(const struct drive *drive, node_id node, int64_t end_ns)
{
    const struct node_handle *handle = &drive->handles[node];
    const struct node_sources *own = &drive->sources[node];
    int64_t done_ns = handle->gauges.sources_ns - drive->base_ns[node];
    bool due = done_ns < end_ns && sources_due_ns(&own->all) < end_ns;
    return handle->state == SUPERVISOR_UP && (due || done_ns < own->taken_ns);
}

uint64_t drive_sources_not_made(struct drive *drive, int64_t end_ns)
{
    uint64_t not_made = 0;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_sources *own = &drive->sources[node];
        not_made += drive->handles[node].gauges.not_made - drive->before[node].not_made;
        drive_sources_tend(drive, node, end_ns - 1);
        not_made += sources_skip(&own->all, end_ns - 1, UINT64_MAX);
    }
    return not_made;
}
