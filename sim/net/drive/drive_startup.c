#include "base/interrupt.h"
#include "base/memory.h"
#include "base/monotonic.h"
#include "net/drive/drive_internal.h"
#include "net/wire/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <zmq.h>

/* Below the ports that the system gives out by itself. A node has every other port: the next one
 * would be its agent's. */
#define FIRST_PORT 7401u

/* A node may take so long to greet all others; with many of them the handshakes take their time. */
#define STARTUP_NS      (20 * NS_PER_S)
#define STARTUP_EACH_NS (500 * NS_PER_MS)

/* Room for records that are not yet read: with many nodes each has less. */
#define RING_LARGE (32u << 20)
#define RING_SMALL (8u << 20)
#define FEW_NODES  8u

/* The whole of 127.0.0.0/8 is this host: an address of the run's own keeps runs apart. */
static void draw_address(char address[64])
{
    uint8_t bytes[3] = {0};
    if (getrandom(bytes, sizeof bytes, 0) < 0)
        bytes[0] = (uint8_t)monotonic_ns();
    snprintf(address, 64, "127.%d.%d.%d", 1 + bytes[0] % 254, bytes[1], 1 + bytes[2] % 254);
}

/* A directory for what nodes keep under leases, for as long as the run. */
static enum error make_state(struct drive *drive)
{
    static const char name[] = "/dpsim-XXXXXX";
    const char *where = getenv("TMPDIR");
    if (!where || *where != '/' || strlen(where) + sizeof name > CLUSTER_FILE_STATE_MAX ||
        strpbrk(where, " \t\"'#"))
        where = "/tmp"; /* the cluster file could not say the other */
    char *path = memory_resize(NULL, strlen(where) + sizeof name);
    if (!path)
        return ERROR_MEMORY;
    sprintf(path, "%s%s", where, name);
    if (mkdtemp(path)) {
        drive->cluster_file.state = path;
        return OK;
    }
    failure_set(&drive->failure, ERROR_IO, "there can be no state directory for leases in %s: %s",
                where, strerror(errno));
    memory_free(path);
    return ERROR_IO;
}

static enum error make_cluster_file(struct drive *drive, struct key_pair *keys)
{
    struct cluster_file *cluster_file = &drive->cluster_file;
    uint32_t nodes = drive->plan->settings.nodes;
    char address[64];
    if (nodes > CLUSTER_FILE_NODES_MAX) {
        return failure_set(&drive->failure, ERROR_TEXT,
                           "%u nodes: real processes are %u at the most", nodes,
                           CLUSTER_FILE_NODES_MAX);
    }
    draw_address(address);
    snprintf(cluster_file->name, sizeof cluster_file->name, "local");
    cluster_file->nodes = nodes;
    cluster_file->keyed = true;
    cluster_file->settings = drive->plan->settings;
    cluster_file->limit_ns = CLUSTER_FILE_LIMIT_NS;
    cluster_file->at_once = CLUSTER_FILE_AT_ONCE;
    cluster_file->node = memory_zeroed(nodes * sizeof *cluster_file->node);
    if (!cluster_file->node)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < nodes; i++) {
        struct cluster_file_node *host = &cluster_file->node[i];
        if (keys_generate(&keys[i], &drive->failure))
            return ERROR_IO;
        memcpy(host->address, address, sizeof host->address);
        host->port = (uint16_t)(FIRST_PORT + 2 * i);
        host->has_key = true;
        memcpy(host->key, keys[i].public_key, KEY_SIZE);
    }
    return drive->plan->settings.leases ? make_state(drive) : OK;
}

static void take(void *context, node_id node, const struct record *record)
{
    struct drive *drive = context;
    struct record aligned = *record;
    int64_t t_ns = record->t_ns + drive->handles[node].offset_ns - drive->t0_ns;
    int64_t clock_ns = record->t_ns - drive->base_ns[node];
    bool before = t_ns < 0 || !drive->t0_ns;
    aligned.t_ns = before ? 0 : t_ns;
    aligned.clock_ns = before && !drive->attached ? 0 : clock_ns;
    if (record->kind == RECORD_REQUEST || record->kind == RECORD_LEASE)
        aligned.amount -= drive->base_ns[node];
    causal_merge_put(&drive->merge, node, &aligned);
}

static bool is_absent(const struct drive *drive, node_id node)
{
    const struct node_list *absent = &drive->plan->settings.absent;
    for (uint32_t i = 0; i < absent->count; i++)
        if (absent->nodes[i] == node)
            return true;
    return false;
}

static enum error start_all(struct drive *drive, const struct key_pair *keys)
{
    uint32_t nodes = drive->cluster_file.nodes;
    drive->handles = memory_zeroed(nodes * sizeof *drive->handles);
    if (!drive->handles)
        return ERROR_MEMORY;
    for (node_id node = 0; node < nodes; node++) {
        struct supervisor_setup setup = {
            .node = node,
            .cluster_file = &drive->cluster_file,
            .keys = &keys[node],
            .ring_size = nodes <= FEW_NODES ? RING_LARGE : RING_SMALL,
            .level = drive_level(drive),
            .waits = !is_absent(drive, node),
            .membership_static = drive->plan->settings.membership_static,
            .fail_ttl_ns = drive->plan->settings.fail_ttl_ns,
            .load_at_once = drive->plan->settings.load_at_once,
            .take = take,
            .context = drive,
        };
        drive->handles_count++;
        if (node_handle_open_local(&drive->handles[node], &setup, is_absent(drive, node)))
            return failure_set(&drive->failure, ERROR_IO, "a node's process can't be started: %s",
                               strerror(errno));
    }
    return OK;
}

static bool listens(const struct drive *drive, const struct node_handle *handle)
{
    (void)drive;
    return handle->listens;
}

static bool has_greeted_all(const struct drive *drive, const struct node_handle *handle)
{
    uint32_t absent = drive->plan->settings.absent.count;
    return !handle->starting && handle->gauges.greeted + 1 + absent >= drive->cluster_file.nodes;
}

/* How far nodes have to be. */
struct startup_stage {
    bool (*is_reached)(const struct drive *drive, const struct node_handle *handle);
    const char *what; /* of those that have reached it */
};

static void tell(const struct drive *drive, uint32_t reached, const char *what)
{
    uint32_t all = drive->cluster_file.nodes - drive->plan->settings.absent.count;
    if (drive->watch)
        drive->watch(drive->watch_context, reached, all, what);
}

/* OK: it is so of all that run; ERROR_FULL: not yet; ERROR_IO: of one it never will be. */
static enum error check_all(struct drive *drive, const struct startup_stage *stage)
{
    enum error error = OK;
    uint32_t reached = 0;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_handle *handle = &drive->handles[node];
        if (is_absent(drive, node))
            continue;
        node_handle_poll(handle, 0);
        if (handle->failure.error || handle->state != SUPERVISOR_UP)
            return failure_set(&drive->failure, ERROR_IO, "n%u could not start: %s", node + 1,
                               handle->failure.error ? handle->failure.text
                                                     : "its process has died");
        if (stage->is_reached(drive, handle))
            reached++;
        else
            error = ERROR_FULL;
    }
    tell(drive, reached, stage->what);
    return error;
}

static enum error await_all(struct drive *drive, const struct startup_stage *stage)
{
    struct timespec pause = {.tv_nsec = NS_PER_MS * (1 + drive->cluster_file.nodes / 8)};
    int64_t until_ns = monotonic_ns() + STARTUP_NS + STARTUP_EACH_NS * drive->cluster_file.nodes;
    enum error error;
    while ((error = check_all(drive, stage)) == ERROR_FULL && monotonic_ns() < until_ns &&
           drive->state == RUN_GOES_ON && !interrupt_came())
        nanosleep(&pause, NULL);
    if (error == ERROR_FULL)
        failure_set(&drive->failure, ERROR_IO, "%s",
                    interrupt_came() ? "interrupted" : "the nodes did not find each other in time");
    return error;
}

/* All listen before any of them connects: no attempt is in vain. */
static enum error let_greet(struct drive *drive)
{
    static const struct startup_stage up = {listens, "are up"};
    static const struct startup_stage together = {has_greeted_all, "have found all others"};
    struct order greet = {.kind = ORDER_GREET};
    enum error error = await_all(drive, &up);
    for (node_id node = 0; node < drive->cluster_file.nodes && !error; node++)
        if (!is_absent(drive, node))
            node_handle_send(&drive->handles[node], &greet);
    return error ? error : await_all(drive, &together);
}

enum error startup_own(struct drive *drive)
{
    uint32_t nodes = drive->plan->settings.nodes;
    struct key_pair *keys = memory_zeroed(nodes * sizeof *keys);
    if (!keys)
        return ERROR_MEMORY;
    enum error error = make_cluster_file(drive, keys);
    if (!error)
        error = start_all(drive, keys);
    for (uint32_t i = 0; i < nodes; i++)
        keys_wipe(&keys[i]);
    memory_free(keys);
    if (!error)
        error = let_greet(drive);
    if (error)
        return error;
    drive->t0_ns = monotonic_ns();
    for (node_id node = 0; node < nodes; node++) {
        drive->base_ns[node] = drive->t0_ns;
        if (!is_absent(drive, node))
            drive_brief(drive, node);
    }
    return OK;
}

/* ---- a cluster that runs ------------------------------------------------------------------- */

/* From the order to record until the run begins: what lives then is recorded first. */
#define ATTACH_NS (300 * NS_PER_MS)

/* Beyond twice the error that was measured, the stated one allows for a busier network, and for
 * what clocks drift while the driver stands still for as long as an agent has patience. */
#define ERROR_SLACK_NS (5 * NS_PER_MS)

static enum error greet_all(struct drive *drive, const struct key_pair *keys)
{
    uint32_t nodes = drive->cluster_file.nodes;
    struct machine_need need = machine_need_of_driver(nodes);
    drive->context = machine_context(&need, &drive->failure);
    if (!drive->context)
        return drive->failure.error;
    drive->handles = memory_zeroed(nodes * sizeof *drive->handles);
    if (!drive->handles)
        return ERROR_MEMORY;
    for (node_id node = 0; node < nodes; node++) {
        struct supervisor_setup setup = {.node = node,
                                         .cluster_file = &drive->cluster_file,
                                         .keys = keys,
                                         .take = take,
                                         .context = drive};
        struct node_handle *handle = &drive->handles[node];
        if (node_handle_open_remote(handle, &setup, drive->context)) {
            drive->failure = handle->failure;
            return ERROR_IO;
        }
        drive->handles_count++;
        for (node_id open = 0; open < node; open++) /* lest they take their driver for gone */
            node_handle_poll(&drive->handles[open], SIZE_MAX);
        int64_t stated_ns = 2 * handle->error_ns + ERROR_SLACK_NS;
        if (handle->error_ns && stated_ns > drive->merge.error_ns)
            drive->merge.error_ns = stated_ns;
    }
    return OK;
}

/* OK: all have recorded what lives there; ERROR_FULL: not yet. */
static enum error check_recording(struct drive *drive)
{
    enum error error = OK;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_handle *handle = &drive->handles[node];
        node_handle_poll(handle, SIZE_MAX);
        if (handle->failure.error) {
            drive->failure = handle->failure;
            return ERROR_IO;
        }
        if (handle->state != SUPERVISOR_UP || handle->gauges.synced < drive->synced[node] ||
            handle->starting)
            error = ERROR_FULL;
        else
            trace_repair_ignore(&drive->repair, node, handle->gauges.next_request,
                                handle->gauges.next_message);
    }
    return error;
}

/* Syncs are numbered from the time on, so that those of an earlier driver are lower. */
static void begin_recording(struct drive *drive)
{
    struct order level = {.kind = ORDER_LEVEL, .level = drive_level(drive)};
    struct order sync = {.kind = ORDER_SYNC};
    drive->t0_ns = monotonic_ns() + ATTACH_NS;
    drive->syncs = (uint64_t)drive->t0_ns;
    sync.sync = drive->syncs;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_handle *handle = &drive->handles[node];
        drive->base_ns[node] = drive->t0_ns - handle->offset_ns;
        node_handle_send(handle, &level);
        node_handle_send(handle, &sync);
        drive->synced[node] = drive->syncs;
    }
}

enum error startup_attach(struct drive *drive, const struct key_pair *keys)
{
    static const struct timespec pause = {.tv_nsec = NS_PER_MS};
    enum error error = greet_all(drive, keys);
    if (error)
        return error;
    begin_recording(drive);
    while ((error = check_recording(drive)) == ERROR_FULL &&
           monotonic_ns() < drive->t0_ns + STARTUP_NS && !interrupt_came())
        nanosleep(&pause, NULL);
    if (error == ERROR_FULL)
        failure_set(&drive->failure, ERROR_IO, "%s",
                    interrupt_came() ? "interrupted" : "not all nodes are up");
    while (!error && monotonic_ns() < drive->t0_ns)
        nanosleep(&pause, NULL);
    drive->events_before = drive_events(&drive->runner);
    for (node_id node = 0; node < drive->cluster_file.nodes; node++)
        drive->before[node] = drive->handles[node].gauges;
    for (node_id node = 0; node < drive->cluster_file.nodes && !error; node++)
        drive_brief(drive, node);
    return error;
}
