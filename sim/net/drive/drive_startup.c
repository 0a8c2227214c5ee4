#include "base/memory.h"
#include "base/monotonic.h"
#include "net/drive/drive_internal.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <zmq.h>

/* Below the ports that the system gives out by itself; each node takes every other one. */
#define FIRST_PORT 7401u

/* So long a node may take to greet all others; with many of them the handshakes take their time. */
#define STARTUP_NS      (20 * NS_PER_S)
#define STARTUP_EACH_NS (500 * NS_PER_MS)

/* Processes that start at a time. */
#define STARTING_MOST 8u

/* With many nodes each has less room for what it has recorded and nobody has read. */
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

static enum error make_hosts(struct drive *drive, struct key_pair *keys)
{
    struct cluster_file *cluster_file = &drive->cluster_file;
    uint32_t nodes = drive->plan->settings.nodes;
    char address[64];
    if (nodes > CLUSTER_FILE_NODES_MAX) {
        snprintf(drive->why, sizeof drive->why, "%u nodes: real processes are %u at the most",
                 nodes, CLUSTER_FILE_NODES_MAX);
        return ERROR_TEXT;
    }
    draw_address(address);
    snprintf(cluster_file->name, sizeof cluster_file->name, "local");
    cluster_file->nodes = nodes;
    cluster_file->keyed = true;
    cluster_file->settings = drive->plan->settings;
    cluster_file->load_limit_ns = CLUSTER_FILE_LOAD_LIMIT_NS;
    cluster_file->load_at_once = CLUSTER_FILE_LOAD_AT_ONCE;
    cluster_file->node = memory_zeroed(nodes * sizeof *cluster_file->node);
    if (!cluster_file->node)
        return ERROR_MEMORY;
    for (uint32_t i = 0; i < nodes; i++) {
        struct cluster_file_node *host = &cluster_file->node[i];
        struct failure failure;
        if (keys_generate(&keys[i], &failure)) {
            snprintf(drive->why, sizeof drive->why, "%s", failure.text);
            return ERROR_IO;
        }
        memcpy(host->address, address, sizeof host->address);
        host->port = (uint16_t)(FIRST_PORT + 2 * i);
        host->has_key = true;
        memcpy(host->key, keys[i].public_key, KEY_SIZE);
    }
    return OK;
}

static void take(void *context, node_id node, const struct record *record)
{
    struct drive *drive = context;
    struct record aligned = *record;
    int64_t t_ns = record->t_ns + drive->node_handles[node].offset_ns - drive->t0_ns;
    int64_t clock_ns = record->t_ns - drive->base_ns[node];
    bool before = t_ns < 0 || !drive->t0_ns;
    aligned.t_ns = before ? 0 : t_ns;
    aligned.clock_ns = before && !drive->there ? 0 : clock_ns;
    if (record->kind == RECORD_REQUEST)
        aligned.amount -= drive->base_ns[node];
    causal_merge_put(&drive->causal_merge, node, &aligned);
}

/* A process that has just been started is given some time, while many are: all at once would take
 * the processors from each other until the first gives up. */
static void let_start(struct drive *drive)
{
    static const struct timespec pause = {.tv_nsec = 5 * NS_PER_MS};
    int64_t until_ns = monotonic_ns() + NS_PER_S;
    uint32_t starting;
    do {
        starting = 0;
        for (node_id node = 0; node < drive->node_handles_count; node++) {
            node_handle_look(&drive->node_handles[node], 0);
            starting += drive->node_handles[node].starting;
            if (*drive->node_handles[node].why)
                return;
        }
        if (starting >= STARTING_MOST)
            nanosleep(&pause, NULL);
    } while (starting >= STARTING_MOST && monotonic_ns() < until_ns && !drive_is_interrupted());
}

static enum error start_all(struct drive *drive, const struct key_pair *keys)
{
    uint32_t nodes = drive->cluster_file.nodes;
    drive->node_handles = memory_zeroed(nodes * sizeof *drive->node_handles);
    if (!drive->node_handles)
        return ERROR_MEMORY;
    for (node_id node = 0; node < nodes; node++) {
        struct supervisor_setup setup = {
            .node = node,
            .cluster_file = &drive->cluster_file,
            .keys = &keys[node],
            .ring_size = nodes <= FEW_NODES ? RING_LARGE : RING_SMALL,
            .level = drive->plan->settings.trace,
            .membership_static = drive->plan->settings.membership_static,
            .take = take,
            .context = drive,
        };
        drive->node_handles_count++;
        if (node_handle_open_here(&drive->node_handles[node], &setup))
            goto fail;
        let_start(drive);
        if (drive_is_interrupted()) {
            snprintf(drive->why, sizeof drive->why, "interrupted");
            return ERROR_IO;
        }
    }
    return OK;
fail:
    snprintf(drive->why, sizeof drive->why, "a node's process can't be started: %s",
             strerror(errno));
    return ERROR_IO;
}

/* All are there, or not yet (ERROR_FULL), or one never will be. */
static enum error look_at_all(struct drive *drive)
{
    enum error error = OK;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_handle *node_handle = &drive->node_handles[node];
        node_handle_look(node_handle, 0);
        if (*node_handle->why || node_handle->state != SUPERVISOR_UP) {
            snprintf(drive->why, sizeof drive->why, "n%u could not start: %.200s", node + 1,
                     *node_handle->why ? node_handle->why : "its process has died");
            return ERROR_IO;
        }
        if (node_handle->starting || node_handle->gauges.greeted + 1 < drive->cluster_file.nodes)
            error = ERROR_FULL;
    }
    return error;
}

static enum error await_all(struct drive *drive)
{
    struct timespec pause = {.tv_nsec = NS_PER_MS * (1 + drive->cluster_file.nodes / 8)};
    int64_t until_ns = monotonic_ns() + STARTUP_NS + STARTUP_EACH_NS * drive->cluster_file.nodes;
    enum error error;
    while ((error = look_at_all(drive)) == ERROR_FULL && monotonic_ns() < until_ns &&
           drive->state == RUN_GOES_ON && !drive_is_interrupted())
        nanosleep(&pause, NULL);
    if (error == ERROR_FULL)
        snprintf(drive->why, sizeof drive->why, "%s",
                 drive_is_interrupted() ? "interrupted"
                                        : "the nodes did not find each other in time");
    return error;
}

enum error startup_here(struct drive *drive)
{
    uint32_t nodes = drive->plan->settings.nodes;
    struct key_pair *keys = memory_zeroed(nodes * sizeof *keys);
    if (!keys)
        return ERROR_MEMORY;
    enum error error = make_hosts(drive, keys);
    if (!error)
        error = start_all(drive, keys);
    for (uint32_t i = 0; i < nodes; i++)
        keys_wipe(&keys[i]);
    memory_free(keys);
    if (!error)
        error = await_all(drive);
    if (error)
        return error;
    drive->t0_ns = monotonic_ns();
    for (node_id node = 0; node < nodes; node++) {
        drive->base_ns[node] = drive->t0_ns;
        drive_brief(drive, node);
    }
    return OK;
}

/* ---- a cluster that runs ------------------------------------------------------------------- */

/* From the word that the nodes are to record until the run begins: what lives then is told first.
 */
#define ATTACH_NS (300 * NS_PER_MS)

/* Beyond twice the error that was measured, the stated one allows for a busier network, and for
 * what clocks drift while the driver stands still for as long as a agent has patience. */
#define ERROR_SLACK_NS (5 * NS_PER_MS)

static enum error greet_all(struct drive *drive, const struct key_pair *keys)
{
    uint32_t nodes = drive->cluster_file.nodes;
    drive->context = zmq_ctx_new();
    drive->node_handles = memory_zeroed(nodes * sizeof *drive->node_handles);
    if (!drive->context || !drive->node_handles)
        return ERROR_MEMORY;
    for (node_id node = 0; node < nodes; node++) {
        struct supervisor_setup setup = {.node = node,
                                         .cluster_file = &drive->cluster_file,
                                         .keys = keys,
                                         .take = take,
                                         .context = drive};
        struct node_handle *node_handle = &drive->node_handles[node];
        if (node_handle_open_there(node_handle, &setup, drive->context)) {
            memcpy(drive->why, node_handle->why, sizeof drive->why);
            return ERROR_IO;
        }
        drive->node_handles_count++;
        for (node_id open = 0; open < node; open++)
            node_handle_look(&drive->node_handles[open],
                             SIZE_MAX); /* that they hear from their driver */
        int64_t stated_ns = 2 * node_handle->error_ns + ERROR_SLACK_NS;
        if (node_handle->error_ns && stated_ns > drive->causal_merge.error_ns)
            drive->causal_merge.error_ns = stated_ns;
    }
    return OK;
}

/* All have told what lives there, or not yet (ERROR_FULL). */
static enum error look_if_told(struct drive *drive)
{
    enum error error = OK;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_handle *node_handle = &drive->node_handles[node];
        node_handle_look(node_handle, SIZE_MAX);
        if (*node_handle->why) {
            memcpy(drive->why, node_handle->why, sizeof drive->why);
            return ERROR_IO;
        }
        if (node_handle->state != SUPERVISOR_UP ||
            node_handle->gauges.synced < drive->synced[node] || node_handle->starting)
            error = ERROR_FULL;
        else
            trace_repair_ignore(&drive->trace_repair, node, node_handle->gauges.next_request,
                                node_handle->gauges.next_message);
    }
    return error;
}

/* The syncs of an earlier driver are not counted on: these begin at the time. */
static void have_them_record(struct drive *drive)
{
    struct order level = {.kind = ORDER_LEVEL, .level = drive->plan->settings.trace};
    struct order sync = {.kind = ORDER_SYNC};
    drive->t0_ns = monotonic_ns() + ATTACH_NS;
    drive->syncs = (uint64_t)drive->t0_ns;
    sync.sync = drive->syncs;
    for (node_id node = 0; node < drive->cluster_file.nodes; node++) {
        struct node_handle *node_handle = &drive->node_handles[node];
        drive->base_ns[node] = drive->t0_ns - node_handle->offset_ns;
        node_handle_send(node_handle, &level);
        node_handle_send(node_handle, &sync);
        drive->synced[node] = drive->syncs;
    }
}

enum error startup_there(struct drive *drive, const struct key_pair *keys)
{
    static const struct timespec pause = {.tv_nsec = NS_PER_MS};
    enum error error = greet_all(drive, keys);
    if (error)
        return error;
    have_them_record(drive);
    while ((error = look_if_told(drive)) == ERROR_FULL &&
           monotonic_ns() < drive->t0_ns + STARTUP_NS && !drive_is_interrupted())
        nanosleep(&pause, NULL);
    if (error == ERROR_FULL)
        snprintf(drive->why, sizeof drive->why, "%s",
                 drive_is_interrupted() ? "interrupted" : "not all nodes are up");
    while (!error && monotonic_ns() < drive->t0_ns)
        nanosleep(&pause, NULL);
    drive->events_before = drive_events(&drive->runner);
    for (node_id node = 0; node < drive->cluster_file.nodes && !error; node++)
        drive_brief(drive, node);
    return error;
}
